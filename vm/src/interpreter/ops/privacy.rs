//! The privacy extensions: commitments, range proofs, confidential transfers and stealth addresses.

use super::charge;
use super::extension::{bytes, claim, derive, range};
use crate::evm::Evm;
use crate::interpreter::action::Answer;
use crate::interpreter::dispatch::Exit;
use crate::interpreter::word::{self, Word};
use erbium_claims::{
    Claim, Derivation, Halt, StealthScanInput, TransferParts, range_proof_derivation, range_proof_len,
    stealth_address_derivation,
};
use primitive_types::H256;

/// Bytes of a compressed secp256k1 key.
const KEY: u64 = 33;

/// Priced by the input and output counts behind the 32-byte context; bytes that are not there count as zero. What is
/// malformed is answered at once: it is 0.
pub(super) fn confidential_tx(
    evm: &mut Evm<'_>,
    operands: &[Word; 6],
    result: Option<&mut Word>,
    gas: i64,
) -> Result<i64, Exit> {
    let [offset, len, ..] = operands;
    let (body, gas) = range(evm, offset, len, gas)?;
    let body = evm.memory.slice(body.start, body.len());
    let (inputs, outputs) = TransferParts::declared_counts(body);
    let gas = charge(gas, evm.spec.gas.confidential_transfer(inputs, outputs))?;
    if TransferParts::read(body).is_none() {
        if let Some(result) = result {
            *result = word::ZERO;
        }
        return Ok(gas);
    }
    let question = Claim::ConfidentialTransfer { chain_id: evm.spec.chain_id, body: body.to_vec() };
    claim(evm, question, gas)
}

/// Operands: value and blinding, both below l.
pub(super) fn pedersen_commit(evm: &mut Evm<'_>, operands: &[Word; 6], gas: i64) -> Result<i64, Exit> {
    let [value, blinding, ..] = *operands;
    let gas = charge(gas, evm.spec.gas.pedersen_commit)?;
    derive(evm, Derivation::PedersenCommit { value, blinding }, Answer::Word, gas)
}

/// Sizes that no proof has halt before gas is looked at, as unknown schemes do.
pub(super) fn range_proof(evm: &mut Evm<'_>, operands: &[Word; 6], gas: i64) -> Result<i64, Exit> {
    let [bits, count, values, blindings, seed, out] = operands;
    let small = |word: &Word| word::to_u64(word).and_then(|number| usize::try_from(number).ok());
    let sizes = small(bits).zip(small(count));
    let Some((bits, count, len)) =
        sizes.and_then(|(bits, count)| Some((bits, count, range_proof_len(bits, count)?)))
    else {
        return Err(Halt::PrivacyViolation.into());
    };
    let gas = charge(gas, evm.spec.gas.range_proof((bits * count) as u64))?;
    let words = Word::from(32 * count);
    let (values, gas) = range(evm, values, &words, gas)?;
    let (blindings, gas) = range(evm, blindings, &words, gas)?;
    let (output, gas) = range(evm, out, &Word::from(32 * count + len), gas)?;
    let derivation = range_proof_derivation(
        bits,
        evm.memory.slice(values.start, values.len()),
        evm.memory.slice(blindings.start, blindings.len()),
        H256(word::to_be(seed)),
    )?;
    derive(evm, derivation, Answer::WordThenBytes(output), gas)
}

pub(super) fn stealth_address(evm: &mut Evm<'_>, operands: &[Word; 6], gas: i64) -> Result<i64, Exit> {
    let [key, meta, out, ..] = operands;
    let gas = charge(gas, evm.spec.gas.stealth_address)?;
    let (meta, gas) = range(evm, meta, &Word::from(2 * KEY), gas)?;
    // Ephemeral public key and view tag.
    let (output, gas) = range(evm, out, &Word::from(KEY + 1), gas)?;
    let derivation = stealth_address_derivation(H256(word::to_be(key)), &bytes(evm, &meta))?;
    derive(evm, derivation, Answer::WordThenBytes(output), gas)
}

pub(super) fn stealth_scan(evm: &mut Evm<'_>, operands: &[Word; 6], gas: i64) -> Result<i64, Exit> {
    let [view_key, spend_key, list, count, out, _] = operands;
    let entries = word::saturate(count);
    let gas = charge(gas, evm.spec.gas.stealth_scan_entry.saturating_mul(entries))?;
    let list_len = entries.saturating_mul(StealthScanInput::ANNOUNCEMENT as u64);
    let (spend_key, gas) = range(evm, spend_key, &Word::from(KEY), gas)?;
    let (list, gas) = range(evm, list, &Word::from(list_len), gas)?;
    let (output, gas) = range(evm, out, count, gas)?;
    let (spend_key, list) = (bytes(evm, &spend_key), evm.memory.slice(list.start, list.len()));
    let derivation = StealthScanInput::read(&spend_key, list)?.derivation(H256(word::to_be(view_key)));
    derive(evm, derivation, Answer::WordThenBytes(output), gas)
}
