//! 0x100 P256VERIFY: ECDSA over secp256r1 (EIP-7951).

use super::{PrecompileError, PrecompileOutput, charge};
use p256::Sec1Point;
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use p256::ecdsa::{Signature, VerifyingKey};

const GAS: u64 = 6_900;

/// Input: hash | r | s | x | y, 32 bytes each. Output: 1 in 32 bytes for a valid signature, nothing for any other
/// input, whatever is wrong with it.
pub(super) fn run(input: &[u8], gas_limit: u64) -> Result<PrecompileOutput, PrecompileError> {
    let gas_used = charge(GAS, gas_limit)?;
    let mut output = Vec::new();
    if verify(input) == Some(true) {
        output.resize(31, 0);
        output.push(1);
    }
    Ok(PrecompileOutput { gas_used, output })
}

/// `None` for a malformed length, signature (r or s not in 1..n) or key (off the curve, or a coordinate not below p).
fn verify(input: &[u8]) -> Option<bool> {
    let (hash, rest) = input.split_first_chunk::<32>()?;
    let (signature, rest) = rest.split_first_chunk::<64>()?;
    let key: &[u8; 64] = rest.try_into().ok()?;
    let signature = Signature::from_slice(signature).ok()?;
    let key = VerifyingKey::from_sec1_point(&Sec1Point::from_untagged_bytes(key.into())).ok()?;
    Some(key.verify_prehash(hash, &signature).is_ok())
}
