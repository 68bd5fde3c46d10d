//! The precompiles of the extensions: what each reads, costs and asks. The coprocessor answers, as it does for opcodes.
//!
//! Prices follow from the input's declared sizes alone and are charged before anything is asked. What is malformed is
//! answered at once, at the price that the same sizes would cost if it were not.

use super::Precompile;
use crate::interpreter::{Answer, Question};
use crate::spec::{ChainSpec, Extensions, Policy};
use erbium_claims::homomorphic::Operation;
use erbium_claims::{
    Claim, DilithiumScheme, EncryptionInput, Halt, ProofInput, RangeProofInput, SignatureInput, SigningInput,
};
use primitive_types::H160;

/// A word, as contracts that check answer.
const WORD: usize = 32;

/// A precompiled contract of the extensions. Their addresses are data of the chain spec.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExtensionPrecompile {
    /// Checks a signature: scheme (one byte) | public key | signature | message. An input too short for any signature
    /// goes to P256VERIFY (EIP-7951), on every fork.
    DilithiumVerify,
    /// Signs: scheme (one byte) | seed, 32 bytes | message. It fails under [`Policy::Block`].
    DilithiumSign,
    /// Checks a Groth16 proof over BLS12-381: length of the verifying key, four bytes | verifying key | proof | inputs.
    ZkVerify,
    /// Checks a range proof: bits u8 | values u8 | commitments, 32 bytes each | proof.
    RangeProof,
    /// Encrypts trivially: type (one byte) | value, 32 bytes | seed, 32 bytes; answers the handle, which is the
    /// caller's. It fails in static frames.
    HeEncrypt,
    /// Checks an ML-DSA signature: public key | signature | message (EIP-8355).
    MlDsa(DilithiumScheme),
}

/// A call whose gas has been charged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    /// Gas that the call costs, whatever the answer; never above the limit it ran under.
    pub gas_used: u64,
    /// Where the return data comes from.
    pub reply: Reply,
}

/// Where the return data of a call comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// It is known.
    Known(Vec<u8>),
    /// The coprocessor has to be asked.
    Ask(Question),
    /// A handle is to be made for the caller; the price counts against what a transaction may spend on them.
    Operate(Operation),
}

impl ExtensionPrecompile {
    /// The contract at `address` under `spec`, if there is one.
    #[inline]
    pub fn at(spec: &ChainSpec, address: &H160) -> Option<Self> {
        match spec.extensions {
            Extensions::None => None,
            Extensions::Erbium => {
                contracts(spec).into_iter().find(|(at, _)| at == address).map(|(_, contract)| contract)
            }
        }
    }

    /// The addresses in use under `spec`.
    pub fn addresses(spec: &ChainSpec) -> impl Iterator<Item = H160> + use<> {
        let exist = spec.extensions == Extensions::Erbium;
        contracts(spec).into_iter().filter(move |_| exist).map(|(address, _)| address)
    }

    /// The contract's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::DilithiumVerify => "DILITHIUM_VERIFY",
            Self::DilithiumSign => "DILITHIUM_SIGN",
            Self::ZkVerify => "ZK_VERIFY",
            Self::RangeProof => "RANGE_PROOF",
            Self::HeEncrypt => "HE_ENCRYPT",
            Self::MlDsa(DilithiumScheme::MlDsa44) => "MLDSA44",
            Self::MlDsa(DilithiumScheme::MlDsa65) => "MLDSA65",
            Self::MlDsa(_) => "MLDSA87",
        }
    }

    /// Reads `input` and charges for the call.
    ///
    /// # Errors
    /// The halt that the call fails with; all of `gas_limit` is consumed then.
    pub fn prepare(self, spec: &ChainSpec, input: &[u8], gas_limit: u64) -> Result<Prepared, Halt> {
        match self {
            Self::DilithiumVerify if input.len() < SignatureInput::SHORTEST_WITH_SCHEME => {
                let answer = Precompile::P256VERIFY.call(input, gas_limit)?;
                Ok(Prepared { gas_used: answer.gas_used, reply: Reply::Known(answer.output) })
            }
            Self::DilithiumVerify => check(spec, &SignatureInput::with_scheme(input), gas_limit),
            Self::MlDsa(scheme) => check(spec, &SignatureInput::of_scheme(scheme, input), gas_limit),
            Self::DilithiumSign => sign(spec, input, gas_limit),
            Self::ZkVerify => zk_verify(spec, &ProofInput::read(input), gas_limit),
            Self::RangeProof => range_proof(spec, &RangeProofInput::read(input), gas_limit),
            Self::HeEncrypt => encrypt(spec, input, gas_limit),
        }
    }
}

/// The contracts that are built, in the order in which they are looked up.
fn contracts(spec: &ChainSpec) -> [(H160, ExtensionPrecompile); 8] {
    use DilithiumScheme::{MlDsa44, MlDsa65, MlDsa87};
    use ExtensionPrecompile::{DilithiumSign, DilithiumVerify, HeEncrypt, MlDsa, RangeProof, ZkVerify};
    let addresses = &spec.precompiles;
    [
        (addresses.dilithium_verify, DilithiumVerify),
        (addresses.dilithium_sign, DilithiumSign),
        (addresses.zk_verify, ZkVerify),
        (addresses.he_encrypt, HeEncrypt),
        (addresses.range_proof, RangeProof),
        (addresses.mldsa44, MlDsa(MlDsa44)),
        (addresses.mldsa65, MlDsa(MlDsa65)),
        (addresses.mldsa87, MlDsa(MlDsa87)),
    ]
}

/// An unknown scheme costs the base price of level 2.
fn check(spec: &ChainSpec, input: &SignatureInput<'_>, gas_limit: u64) -> Result<Prepared, Halt> {
    let [unknown, ..] = spec.gas.dilithium_verify;
    let price = input.scheme().map_or(unknown, |scheme| spec.gas.signature(scheme, input.message_len()));
    Ok(Prepared { gas_used: charge(price, gas_limit)?, reply: verdict_on(input.claim()) })
}

fn zk_verify(spec: &ChainSpec, input: &ProofInput<'_>, gas_limit: u64) -> Result<Prepared, Halt> {
    let price = spec.gas.proof(input.inputs_count());
    Ok(Prepared { gas_used: charge(price, gas_limit)?, reply: verdict_on(input.claim()) })
}

fn range_proof(spec: &ChainSpec, input: &RangeProofInput<'_>, gas_limit: u64) -> Result<Prepared, Halt> {
    let price = spec.gas.range_proof(input.total_bits());
    Ok(Prepared { gas_used: charge(price, gas_limit)?, reply: verdict_on(input.claim()) })
}

/// What answers a check: nobody has to be asked about malformed input.
fn verdict_on(claim: Option<Claim>) -> Reply {
    match claim {
        Some(claim) => Reply::Ask(Question::Claim { claim, answer: Answer::Return(WORD) }),
        None => Reply::Known(vec![0; WORD]),
    }
}

fn sign(spec: &ChainSpec, input: &[u8], gas_limit: u64) -> Result<Prepared, Halt> {
    // The seed would be published with the block.
    if spec.policy == Policy::Block {
        return Err(Halt::QuantumSecurityViolation);
    }
    let input = SigningInput::read(input).ok_or(Halt::QuantumSecurityViolation)?;
    let gas_used = charge(spec.gas.signing(input.message.len() as u64), gas_limit)?;
    let answer = Answer::Return(input.scheme.signature_len());
    Ok(Prepared { gas_used, reply: Reply::Ask(Question::Derive { derivation: input.derivation(), answer }) })
}

fn encrypt(spec: &ChainSpec, input: &[u8], gas_limit: u64) -> Result<Prepared, Halt> {
    let input = EncryptionInput::read(input).ok_or(Halt::PrivacyViolation)?;
    let operation = input.operation().map_err(|_| Halt::PrivacyViolation)?;
    let gas_used = charge(operation.gas(spec.gas.he_compute), gas_limit)?;
    Ok(Prepared { gas_used, reply: Reply::Operate(operation) })
}

fn charge(price: u64, gas_limit: u64) -> Result<u64, Halt> {
    if price > gas_limit { Err(Halt::OutOfGas) } else { Ok(price) }
}

#[cfg(test)]
mod tests;
