//! Derivations of the privacy extensions: operands in, the bytes of the answer out.

use super::range_proof::{Opening, commit, prove_range};
use super::stealth;
use curve25519_dalek::Scalar;
use erbium_claims::{Bytes, Halt, StealthScanInput};
use primitive_types::{H256, U256};
use zeroize::{Zeroize, Zeroizing};

/// The word of an operand as a scalar; not below l, it is malformed.
fn scalar(word: &U256) -> Result<Scalar, Halt> {
    let mut bytes = word.to_little_endian();
    let scalar = Scalar::from_canonical_bytes(bytes).into_option();
    bytes.zeroize();
    scalar.ok_or(Halt::PrivacyViolation)
}

/// A number as the first word of an answer.
fn word(number: usize) -> [u8; 32] {
    U256::from(number).to_big_endian()
}

pub(super) fn pedersen_commit(value: &U256, blinding: &U256) -> Result<Bytes, Halt> {
    let (value, blinding) = (Zeroizing::new(scalar(value)?), Zeroizing::new(scalar(blinding)?));
    Ok(commit(&value, &blinding).to_vec())
}

pub(super) fn range_proof(bits: u8, values: &[u64], blindings: &[U256], seed: &H256) -> Result<Bytes, Halt> {
    if values.len() != blindings.len() {
        return Err(Halt::PrivacyViolation);
    }
    let openings = values
        .iter()
        .zip(blindings)
        .map(|(value, blinding)| Ok(Opening { value: *value, blinding: scalar(blinding)? }))
        .collect::<Result<Vec<_>, _>>()?;
    let (commitments, proof) =
        prove_range(usize::from(bits), &openings, &seed.0).ok_or(Halt::PrivacyViolation)?;
    Ok([&word(proof.len())[..], commitments.as_flattened(), &proof].concat())
}

pub(super) fn stealth_address(ephemeral_key: &H256, meta_address: &[u8; 66]) -> Result<Bytes, Halt> {
    let made = stealth::stealth_address(&ephemeral_key.0, meta_address).ok_or(Halt::PrivacyViolation)?;
    Ok([&[0; 12], made.address.as_bytes(), &made.ephemeral_public_key, &[made.view_tag]].concat())
}

pub(super) fn stealth_scan(
    view_key: &H256,
    spend_public_key: &[u8; 33],
    announcements: &[u8],
) -> Result<Bytes, Halt> {
    let input = StealthScanInput::read(spend_public_key, announcements)?;
    let ours =
        stealth::scan(&view_key.0, spend_public_key, input.announcements).ok_or(Halt::PrivacyViolation)?;
    let mut answer = word(ours.iter().filter(|ours| **ours).count()).to_vec();
    answer.extend(ours.iter().map(|ours| u8::from(*ours)));
    Ok(answer)
}
