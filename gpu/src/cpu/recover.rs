//! Signer recovery on all cores.

use super::stealth::account_of;
use crate::counter;
use erbium_claims::{Fault, Recoverer, Recovery};
use primitive_types::H160;
use rayon::prelude::*;
use secp256k1::ecdsa::{RecoverableSignature, RecoveryId};
use secp256k1::{Message, SECP256K1};
use std::time::Instant;

/// Signatures a work item holds at least: some 100 microseconds, so that splitting costs next to nothing.
const GRAIN: usize = 4;

/// Recovers secp256k1 signers with libsecp256k1, a batch over all cores of the current rayon pool.
///
/// Answers depend on each signature alone, never on its batch. It cannot fail.
#[derive(Clone, Copy, Debug, Default)]
pub struct CpuRecoverer;

impl Recoverer for CpuRecoverer {
    fn recover(&self, signed: &[Recovery]) -> Result<Vec<Option<H160>>, Fault> {
        let start = Instant::now();
        let signers: Vec<_> = signed.par_iter().with_min_len(GRAIN).map(recover_one).collect();
        let unrecoverable = signers.iter().filter(|signer| signer.is_none()).count();
        metrics::counter!(counter::RECOVERIES, "backend" => "cpu").increment(signed.len() as u64);
        metrics::counter!(counter::UNRECOVERABLE, "backend" => "cpu").increment(unrecoverable as u64);
        tracing::debug!(batch = signed.len(), unrecoverable, elapsed = ?start.elapsed(), "recovered signers");
        Ok(signers)
    }
}

/// The signer's address: the last 20 bytes of the hash of the public key (yellow paper, appendix F).
///
/// `None` where r or s is zero or not below the group order, where r is no x-coordinate on the curve, or where the
/// key would be the point at infinity. The library recovers a high s like any other.
fn recover_one(signed: &Recovery) -> Option<H160> {
    let mut compact = [0; 64];
    compact[..32].copy_from_slice(&signed.r.to_big_endian());
    compact[32..].copy_from_slice(&signed.s.to_big_endian());
    // Ethereum cannot express the ids 2 and 3, an x-coordinate of r plus the group order.
    let id = if signed.y_odd { RecoveryId::One } else { RecoveryId::Zero };
    let signature = RecoverableSignature::from_compact(&compact, id).ok()?;
    let key = SECP256K1.recover_ecdsa(Message::from_digest(signed.hash.0), &signature).ok()?;
    Some(account_of(&key))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use keccak_asm::Keccak256;
    use primitive_types::{H256, U256};
    use proptest::prelude::*;
    use secp256k1::{PublicKey, SecretKey};
    use std::str::FromStr;

    /// Order of the group.
    fn order() -> U256 {
        U256::from_str("0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141").unwrap()
    }

    fn sign(key: &SecretKey, hash: H256) -> Recovery {
        let (id, compact) =
            SECP256K1.sign_ecdsa_recoverable(Message::from_digest(hash.0), key).serialize_compact();
        let (r, s) = (U256::from_big_endian(&compact[..32]), U256::from_big_endian(&compact[32..]));
        Recovery { hash, r, s, y_odd: i32::from(id) & 1 == 1 }
    }

    fn address(key: &SecretKey) -> H160 {
        let public = PublicKey::from_secret_key(SECP256K1, key).serialize_uncompressed();
        let hash: [u8; 32] = Keccak256::digest(&public[1..]).into();
        H160::from_slice(&hash[12..])
    }

    fn recover(signed: &[Recovery]) -> Vec<Option<H160>> {
        CpuRecoverer.recover(signed).unwrap()
    }

    fn keys() -> impl Strategy<Value = SecretKey> {
        any::<[u8; 32]>().prop_filter_map("not a scalar", |bytes| SecretKey::from_byte_array(bytes).ok())
    }

    #[test]
    fn the_key_of_the_yellow_paper_tests() {
        // The best known test key, with the address that every Ethereum client gives it.
        let bytes =
            U256::from_str("0x45a915e4d060149eb4365960e6a7a45f334393093061116b197e3240065ff2d8").unwrap();
        let key = SecretKey::from_byte_array(bytes.to_big_endian()).unwrap();
        let expected = H160::from_str("a94f5374fce5edbc8e2a8697c15331677e6ebf0b").unwrap();
        assert_eq!(recover(&[sign(&key, H256::repeat_byte(7))]), [Some(expected)]);
    }

    #[test]
    fn numbers_outside_the_group_have_no_signer() {
        let key = SecretKey::from_byte_array([3; 32]).unwrap();
        let good = sign(&key, H256::repeat_byte(1));
        for bad in [U256::zero(), order(), order() + 1, U256::MAX] {
            assert_eq!(recover(&[Recovery { r: bad, ..good }, Recovery { s: bad, ..good }]), [None, None]);
        }
        assert_eq!(recover(&[good]), [Some(address(&key))]);
        assert_eq!(recover(&[]), []);
    }

    proptest! {
        #[test]
        fn signers_come_back_whatever_the_batch(
            batch in prop::collection::vec((keys(), any::<[u8; 32]>()), 1..24),
            split in any::<prop::sample::Index>(),
            seed in any::<[prop::sample::Index; 24]>(),
        ) {
            let signed: Vec<_> = batch.iter().map(|(key, hash)| sign(key, H256(*hash))).collect();
            let expected: Vec<_> = batch.iter().map(|(key, _)| Some(address(key))).collect();
            prop_assert_eq!(&recover(&signed), &expected);

            let (left, right) = signed.split_at(split.index(signed.len()));
            prop_assert_eq!(&[recover(left), recover(right)].concat(), &expected);

            let mut shuffled: Vec<_> = signed.iter().copied().zip(expected).collect();
            for (i, index) in seed.iter().enumerate().take(batch.len()) {
                shuffled.swap(i, index.index(batch.len()));
            }
            let (signed, expected): (Vec<_>, Vec<_>) = shuffled.into_iter().unzip();
            prop_assert_eq!(recover(&signed), expected);
        }

        #[test]
        fn a_high_s_recovers_to_the_same_signer(key in keys(), hash in any::<[u8; 32]>()) {
            let low = sign(&key, H256(hash));
            let high = Recovery { s: order() - low.s, y_odd: !low.y_odd, ..low };
            prop_assert_eq!(recover(&[low, high]), vec![Some(address(&key)); 2]);
        }

        #[test]
        fn a_flipped_bit_names_another_signer_or_none(
            key in keys(),
            hash in any::<[u8; 32]>(),
            bit in 0usize..769,
        ) {
            let mut flipped = sign(&key, H256(hash));
            let mask = U256::one() << (bit % 256);
            match bit / 256 {
                0 => flipped.hash.0[bit / 8] ^= 1 << (bit % 8),
                1 => flipped.r ^= mask,
                2 => flipped.s ^= mask,
                _ => flipped.y_odd ^= true,
            }
            prop_assert_ne!(recover(&[flipped]), vec![Some(address(&key))]);
        }

        #[test]
        fn arbitrary_numbers_never_panic(hash in any::<[u8; 32]>(), r in any::<[u8; 32]>(), s in any::<[u8; 32]>()) {
            let (r, s) = (U256::from_big_endian(&r), U256::from_big_endian(&s));
            recover(&[Recovery { hash: H256(hash), r, s, y_odd: false }]);
        }
    }
}
