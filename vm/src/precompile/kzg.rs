//! 0x0a KZG_POINT_EVALUATION (EIP-4844).

use super::{PrecompileError, PrecompileOutput, charge};
use c_kzg::{Bytes32, Bytes48, ethereum_kzg_settings};
use sha2::{Digest, Sha256};

const GAS: u64 = 50_000;
/// First byte of a versioned hash that stands for a KZG commitment.
const VERSIONED_HASH_VERSION_KZG: u8 = 1;
/// Tables for faster multi-scalar multiplication; verification has no use for them.
const PRECOMPUTE: u64 = 0;

/// FIELD_ELEMENTS_PER_BLOB (4,096) and BLS_MODULUS, 32 bytes each.
const SUCCESS: [u8; 64] = [
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    0, //
    0x73, 0xed, 0xa7, 0x53, 0x29, 0x9d, 0x7d, 0x48, 0x33, 0x39, 0xd8, 0x08, 0x09, 0xa1, 0xd8, 0x05, //
    0x53, 0xbd, 0xa4, 0x02, 0xff, 0xfe, 0x5b, 0xfe, 0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x01,
];

/// Input: versioned hash 32 | z 32 | y 32 | commitment 48 | proof 48. Fails unless the proof holds that the
/// committed polynomial is y at z.
///
/// The trusted setup is loaded by the first call that gets as far as its proof.
pub(super) fn run(input: &[u8], gas_limit: u64) -> Result<PrecompileOutput, PrecompileError> {
    let gas_used = charge(GAS, gas_limit)?;
    let (versioned_hash, [z, y], [commitment, proof]) =
        split(input).ok_or(PrecompileError::InputLength { expected: "192", got: input.len() })?;
    if *versioned_hash != kzg_to_versioned_hash(commitment) {
        return Err(PrecompileError::VersionedHash);
    }
    // An error is a malformed scalar or point: to the caller the same as a proof that does not hold.
    let holds = ethereum_kzg_settings(PRECOMPUTE)
        .verify_kzg_proof(
            &Bytes48::new(*commitment),
            &Bytes32::new(*z),
            &Bytes32::new(*y),
            &Bytes48::new(*proof),
        )
        .unwrap_or(false);
    if !holds {
        return Err(PrecompileError::KzgProof);
    }
    Ok(PrecompileOutput { gas_used, output: SUCCESS.to_vec() })
}

type Parts<'a> = (&'a [u8; 32], [&'a [u8; 32]; 2], [&'a [u8; 48]; 2]);

/// The parts of an input of exactly 192 bytes.
fn split(input: &[u8]) -> Option<Parts<'_>> {
    let (versioned_hash, rest) = input.split_first_chunk()?;
    let (z, rest) = rest.split_first_chunk()?;
    let (y, rest) = rest.split_first_chunk()?;
    let (commitment, proof) = rest.split_first_chunk()?;
    Some((versioned_hash, [z, y], [commitment, proof.try_into().ok()?]))
}

/// SHA-256 of the commitment with its first byte replaced by the version.
fn kzg_to_versioned_hash(commitment: &[u8; 48]) -> [u8; 32] {
    let mut hash: [u8; 32] = Sha256::digest(commitment).into();
    hash[0] = VERSIONED_HASH_VERSION_KZG;
    hash
}
