//! 0x01 ECRECOVER (yellow paper, appendix E) and the recovery of signers that transactions share with it.

use super::input::padded;
use super::{PrecompileError, PrecompileOutput, charge};
use crate::keccak::keccak256;
use primitive_types::{H160, H256, U256};
use secp256k1::ecdsa::{RecoverableSignature, RecoveryId};
use secp256k1::{Message, SECP256K1};

const GAS: u64 = 3_000;

/// Input: hash | v | r | s, 32 bytes each. Output: the address in 32 bytes, or nothing where no key fits.
pub(super) fn run(input: &[u8], gas_limit: u64) -> Result<PrecompileOutput, PrecompileError> {
    let gas_used = charge(GAS, gas_limit)?;
    let signer = parity(&padded(input, 32))
        .and_then(|y_odd| recover(padded(input, 0), &padded(input, 64), y_odd))
        .map(|address| H256::from(address).0.to_vec());
    Ok(PrecompileOutput { gas_used, output: signer.unwrap_or_default() })
}

/// The parity of y that `v` (27 or 28) stands for.
fn parity(v: &[u8; 32]) -> Option<bool> {
    match v {
        [zeros @ .., 27] if *zeros == [0; 31] => Some(false),
        [zeros @ .., 28] if *zeros == [0; 31] => Some(true),
        _ => None,
    }
}

/// The address whose secp256k1 key signed `hash`; `None` where r or s is zero or not below the group order, or where
/// no point of the curve has r as its x and the parity `y_odd`.
///
/// A high s is recovered too: whether it is allowed (EIP-2) is the caller's rule.
pub fn ecrecover(hash: H256, r: U256, s: U256, y_odd: bool) -> Option<H160> {
    let mut signature = [0; 64];
    signature[..32].copy_from_slice(&r.to_big_endian());
    signature[32..].copy_from_slice(&s.to_big_endian());
    recover(hash.0, &signature, y_odd)
}

fn recover(hash: [u8; 32], signature: &[u8; 64], y_odd: bool) -> Option<H160> {
    let id = if y_odd { RecoveryId::One } else { RecoveryId::Zero };
    let signature = RecoverableSignature::from_compact(signature, id).ok()?;
    let key = SECP256K1.recover_ecdsa(Message::from_digest(hash), &signature).ok()?;
    let [_tag, coordinates @ ..] = key.serialize_uncompressed();
    Some(H160::from(keccak256(&coordinates)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With r the x of the generator, s = r and hash 0, the key is the generator itself: Q = (s*R - z*G) / r = R.
    #[test]
    fn recovers_the_generator() {
        let x = U256::from_str_radix("79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798", 16)
            .unwrap_or_default();
        let signer = ecrecover(H256::zero(), x, x, false);
        assert_eq!(
            format!("{:?}", signer.unwrap_or_default()),
            "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf",
            "the well-known address of the key 1"
        );
        assert_ne!(ecrecover(H256::zero(), x, x, true), signer);
    }

    #[test]
    fn numbers_outside_the_group_recover_nothing() {
        let order =
            U256::from_str_radix("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", 16)
                .unwrap_or_default();
        let one = U256::one();
        for (r, s) in [(U256::zero(), one), (one, U256::zero()), (order, one), (one, order)] {
            assert_eq!(ecrecover(H256::repeat_byte(7), r, s, false), None);
        }
        assert!(ecrecover(H256::repeat_byte(7), one, order - 1, false).is_some());
    }
}
