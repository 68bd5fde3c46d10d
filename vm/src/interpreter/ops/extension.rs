//! The extensions: what each reads, costs and asks. The coprocessor answers; symbolic operations need none.

use super::{charge, homomorphic, privacy};
use crate::evm::Evm;
use crate::interpreter::action::{Action, Answer, Question};
use crate::interpreter::dispatch::{Exit, Step};
use crate::interpreter::word::{self, Word};
use crate::opcode::{self, extension as page};
use crate::spec::Policy;
use erbium_claims::{Claim, Derivation, DilithiumScheme, Groth16Parts, Halt};
use primitive_types::H256;
use std::ops::Range;

/// Whether an operation needs a secret operand, and where such operations may run (policy of the chain spec).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Secrecy {
    Public,
    Secret,
    LocalOnly,
}

/// Runs the extension `byte` on its operands, bottom first.
pub(in crate::interpreter) fn extension(
    evm: &mut Evm<'_>,
    byte: u8,
    operands: &mut [Word],
    gas: i64,
) -> Result<i64, Exit> {
    use Secrecy::{LocalOnly, Public, Secret};
    let mut top_first = [word::ZERO; 6];
    for (operand, slot) in top_first.iter_mut().zip(operands.iter().rev()) {
        *operand = *slot;
    }
    let (secrecy, violation) = match byte {
        opcode::DILITHIUM_SIGN | opcode::DILITHIUM_KEYGEN => (Secret, Halt::QuantumSecurityViolation),
        opcode::ZK_PROVE | opcode::HE_DECRYPT => (LocalOnly, Halt::QuantumSecurityViolation),
        page::RANGE_PROOF | page::STEALTH_ADDRESS | page::STEALTH_SCAN => (Secret, Halt::PrivacyViolation),
        _ => (Public, Halt::QuantumSecurityViolation),
    };
    let allowed = match evm.spec.policy {
        Policy::Block => secrecy == Public,
        Policy::TestChain => secrecy != LocalOnly,
        Policy::Local => true,
    };
    if !allowed {
        return Err(violation.into());
    }
    match byte {
        opcode::DILITHIUM_VERIFY => dilithium_verify(evm, &top_first, gas),
        opcode::DILITHIUM_SIGN => dilithium_sign(evm, &top_first, gas),
        opcode::DILITHIUM_KEYGEN => dilithium_keygen(evm, &top_first, gas),
        opcode::ZK_VERIFY => zk_verify(evm, &top_first, gas),
        page::CONFIDENTIAL_TX => privacy::confidential_tx(evm, &top_first, operands.first_mut(), gas),
        page::RANGE_PROOF => privacy::range_proof(evm, &top_first, gas),
        page::PEDERSEN_COMMIT => privacy::pedersen_commit(evm, &top_first, gas),
        page::STEALTH_ADDRESS => privacy::stealth_address(evm, &top_first, gas),
        page::STEALTH_SCAN => privacy::stealth_scan(evm, &top_first, gas),
        opcode::HE_ENCRYPT => homomorphic::encrypt(evm, operands, gas),
        opcode::HE_DECRYPT => homomorphic::decrypt(evm, operands, gas),
        opcode::HE_COMPUTE => homomorphic::compute(evm, operands, gas),
        _ => private(evm, byte, top_first.get(..operands.len()).unwrap_or_default(), gas),
    }
}

fn suspend(evm: &mut Evm<'_>, question: Question, gas: i64) -> Result<i64, Exit> {
    evm.cursor.gas = gas;
    evm.action = Some(Action::Ask(question));
    Err(Exit::End(Step::Suspend))
}

pub(super) fn claim(evm: &mut Evm<'_>, claim: Claim, gas: i64) -> Result<i64, Exit> {
    suspend(evm, Question::Claim { claim, answer: Answer::Word }, gas)
}

pub(super) fn derive(
    evm: &mut Evm<'_>,
    derivation: Derivation,
    answer: Answer,
    gas: i64,
) -> Result<i64, Exit> {
    suspend(evm, Question::Derive { derivation, answer }, gas)
}

/// Grows memory over a range, as every operand that names one does; answers the range.
pub(super) fn range(
    evm: &mut Evm<'_>,
    offset: &Word,
    size: &Word,
    gas: i64,
) -> Result<(Range<usize>, i64), Halt> {
    let (offset, len, gas) = evm.memory.reserve(offset, size, gas)?;
    Ok((offset..offset + len, gas))
}

pub(super) fn bytes(evm: &Evm<'_>, range: &Range<usize>) -> Vec<u8> {
    evm.memory.slice(range.start, range.len()).to_vec()
}

fn scheme(number: &Word) -> Result<DilithiumScheme, Halt> {
    word::to_u64(number).and_then(DilithiumScheme::from_number).ok_or(Halt::QuantumSecurityViolation)
}

/// Schemes that sign and make keys: those of FIPS 204.
fn signing_scheme(number: &Word) -> Result<DilithiumScheme, Halt> {
    scheme(number)
        .and_then(|scheme| scheme.is_fips204().then_some(scheme).ok_or(Halt::QuantumSecurityViolation))
}

fn dilithium_verify(evm: &mut Evm<'_>, operands: &[Word; 6], gas: i64) -> Result<i64, Exit> {
    let [number, key, signature, message, message_len, _] = operands;
    let scheme = scheme(number)?;
    let gas = charge(gas, evm.spec.gas.signature(scheme, word::saturate(message_len)))?;
    let (key, gas) = range(evm, key, &Word::from(scheme.public_key_len()), gas)?;
    let (signature, gas) = range(evm, signature, &Word::from(scheme.signature_len()), gas)?;
    let (message, gas) = range(evm, message, message_len, gas)?;
    let question = Claim::Signature {
        scheme,
        public_key: bytes(evm, &key),
        signature: bytes(evm, &signature),
        message: bytes(evm, &message).into(),
    };
    claim(evm, question, gas)
}

fn dilithium_sign(evm: &mut Evm<'_>, operands: &[Word; 6], gas: i64) -> Result<i64, Exit> {
    let [number, seed, message, message_len, out, _] = operands;
    let scheme = signing_scheme(number)?;
    let gas = charge(gas, evm.spec.gas.signing(word::saturate(message_len)))?;
    let (message, gas) = range(evm, message, message_len, gas)?;
    let (output, gas) = range(evm, out, &Word::from(scheme.signature_len()), gas)?;
    let derivation =
        Derivation::DilithiumSign { scheme, seed: H256(word::to_be(seed)), message: bytes(evm, &message) };
    derive(evm, derivation, Answer::Length(output), gas)
}

fn dilithium_keygen(evm: &mut Evm<'_>, operands: &[Word; 6], gas: i64) -> Result<i64, Exit> {
    let [number, seed, out, ..] = operands;
    let scheme = signing_scheme(number)?;
    let gas = charge(gas, evm.spec.gas.dilithium_keygen)?;
    let (output, gas) = range(evm, out, &Word::from(scheme.public_key_len()), gas)?;
    derive(
        evm,
        Derivation::DilithiumKeygen { scheme, seed: H256(word::to_be(seed)) },
        Answer::Length(output),
        gas,
    )
}

fn zk_verify(evm: &mut Evm<'_>, operands: &[Word; 6], gas: i64) -> Result<i64, Exit> {
    let [key, key_len, inputs, count, proof, _] = operands;
    let count = word::saturate(count);
    let inputs_len = count.saturating_mul(32);
    let gas = charge(gas, evm.spec.gas.proof(count))?;
    let (key, gas) = range(evm, key, key_len, gas)?;
    let (inputs, gas) = range(evm, inputs, &Word::from(inputs_len), gas)?;
    let (proof, gas) = range(evm, proof, &Word::from(Groth16Parts::PROOF_LEN), gas)?;
    let question = Claim::Groth16 {
        verifying_key: bytes(evm, &key),
        inputs: bytes(evm, &inputs),
        proof: bytes(evm, &proof),
    };
    claim(evm, question, gas)
}

/// What an operation takes and gives besides its operands: a price, ranges of memory it reads and writes as offset and
/// size, and how its answer comes back.
struct Needs {
    price: u64,
    reads: [(Word, Word); 2],
    writes: (Word, Word),
}

/// The operations on circuits. The derivation carries the operands as they are, and
/// the bytes of each range read.
fn private(evm: &mut Evm<'_>, byte: u8, operands: &[Word], gas: i64) -> Result<i64, Exit> {
    const NONE: (Word, Word) = (word::ZERO, word::ZERO);
    let prices = &evm.spec.gas;
    let at = |index: usize| operands.get(index).copied().unwrap_or_default();
    let sized = |index: usize, size: u64| (at(index), Word::from(size));
    let needs = match byte {
        opcode::ZK_PROVE => {
            Needs { price: prices.zk_verify, reads: [(at(1), at(2)), NONE], writes: sized(4, 192) }
        }
        _ => return Err(Halt::InvalidOpcode.into()),
    };
    let mut gas = charge(gas, needs.price)?;
    let mut ranges = [0..0, 0..0];
    for (range_read, (offset, size)) in ranges.iter_mut().zip(&needs.reads) {
        (*range_read, gas) = range(evm, offset, size, gas)?;
    }
    let (output, gas) = range(evm, &needs.writes.0, &needs.writes.1, gas)?;
    let derivation = Derivation::Private {
        operation: byte,
        operands: operands.to_vec(),
        inputs: ranges.iter().map(|range| bytes(evm, range)).collect(),
        contract: evm.frame.address,
    };
    derive(evm, derivation, Answer::WordThenBytes(output), gas)
}
