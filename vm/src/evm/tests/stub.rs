//! A coprocessor that answers what it is told to and keeps what it was asked, and small programs that ask.

use super::*;
use crate::spec::Policy;
use erbium_claims::{Bytes, Derivation};

/// What somebody asked.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Asked {
    Claim(Claim),
    Derivation(Derivation),
}

/// Answers every claim with `verdict` and every derivation with `bytes`.
pub(super) struct Stub {
    pub(super) verdict: Verdict,
    pub(super) bytes: Bytes,
    pub(super) asked: Mutex<Vec<Asked>>,
}

impl Stub {
    pub(super) fn answering(verdict: Verdict) -> Self {
        Self { verdict, bytes: vec![], asked: Mutex::default() }
    }

    pub(super) fn deriving(bytes: Bytes) -> Self {
        Self { bytes, ..Self::answering(Verdict::Invalid) }
    }

    /// What was asked since the last time.
    pub(super) fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

impl Verifier for Stub {
    fn verify(&self, claims: &[Claim]) -> Result<Vec<Verdict>, Fault> {
        self.asked.lock().unwrap().extend(claims.iter().cloned().map(Asked::Claim));
        Ok(vec![self.verdict; claims.len()])
    }
}

impl Deriver for Stub {
    fn derive(&self, derivation: &Derivation) -> Result<Result<Bytes, Halt>, Fault> {
        self.asked.lock().unwrap().push(Asked::Derivation(derivation.clone()));
        Ok(Ok(self.bytes.clone()))
    }
}

pub(super) fn erbium(policy: Policy) -> ChainSpec {
    ChainSpec { policy, ..ChainSpec::erbium() }
}

/// Runs `message` on `contracts`: cold and stepping. The same must come of both.
pub(super) fn run_with(
    spec: &ChainSpec,
    contracts: &[(H160, Vec<u8>)],
    message: &Message,
    stub: &Stub,
) -> (MessageResult, Vec<Asked>) {
    let (state, block) = (state(contracts), BlockEnv::default());
    let coprocessor = Coprocessor { verifier: stub, deriver: stub };
    let mut evm = Evm::new(spec, &block, &state).with_coprocessor(coprocessor);
    evm.journal.begin_transaction();
    evm.warm_precompiles().unwrap();
    let result = evm.message(message.clone()).unwrap();
    let asked = stub.asked();
    let mut count = Count::default();
    let mut stepping = Evm::new(spec, &block, &state).with_coprocessor(coprocessor).with_tracer(&mut count);
    stepping.journal.begin_transaction();
    stepping.warm_precompiles().unwrap();
    assert_eq!(stepping.message(message.clone()).unwrap(), result);
    assert_eq!(stub.asked(), asked);
    (result, asked)
}

/// PUSH32 of a number or of bytes.
pub(super) fn push(word: impl Into<U256>) -> Vec<u8> {
    [&[PUSH32][..], &word.into().to_big_endian()].concat()
}

/// Operands, listed top first as the opcode table does, and then the opcode.
pub(super) fn with_operands(operands: &[U256], opcode: &[u8]) -> Vec<u8> {
    let mut code: Vec<u8> = operands.iter().rev().flat_map(|operand| push(*operand)).collect();
    code.extend(opcode);
    code
}

/// Code that copies its input to memory.
pub(super) fn copying_input() -> Vec<u8> {
    vec![CALLDATASIZE, PUSH0, PUSH0, CALLDATACOPY]
}
