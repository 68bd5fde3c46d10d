//! Commitments, range proofs and stealth addresses as derivations.
#![allow(clippy::unwrap_used, reason = "tests")]

use bulletproofs::{BulletproofGens, PedersenGens, RangeProof};
use curve25519_dalek::Scalar;
use erbium_claims::{Claim, Derivation, Deriver, Halt, RANGE_LABEL, Verdict, Verifier};
use erbium_gpu::cpu::stealth;
use erbium_gpu::{CpuDeriver, CpuVerifier};
use merlin::Transcript;
use primitive_types::{H256, U256};
use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

fn derive(derivation: &Derivation) -> Result<Vec<u8>, Halt> {
    CpuDeriver.derive(derivation).unwrap()
}

fn number(scalar: &Scalar) -> U256 {
    U256::from_little_endian(scalar.as_bytes())
}

/// l.
fn order() -> U256 {
    number(&-Scalar::ONE) + 1
}

#[test]
fn what_is_no_scalar_halts() {
    let commit = |value, blinding| derive(&Derivation::PedersenCommit { value, blinding });
    assert_eq!(commit(U256::zero(), U256::zero()), Ok(vec![0; 32]));
    assert!(commit(order() - 1, order() - 1).is_ok());
    for wrong in [order(), order() + 1, U256::MAX] {
        assert_eq!(commit(wrong, U256::one()), Err(Halt::PrivacyViolation));
        assert_eq!(commit(U256::one(), wrong), Err(Halt::PrivacyViolation));
        let (bits, seed) = (8, H256::zero());
        let proof =
            Derivation::RangeProof { bits, values: vec![1, 2], blindings: vec![U256::one(), wrong], seed };
        assert_eq!(derive(&proof), Err(Halt::PrivacyViolation));
    }
    for (bits, values, blindings) in [(9, vec![1], 1), (8, vec![256], 1), (8, vec![1], 2), (8, vec![], 0)] {
        let blindings = vec![U256::one(); blindings];
        let proof = Derivation::RangeProof { bits, values, blindings, seed: H256::zero() };
        assert_eq!(derive(&proof), Err(Halt::PrivacyViolation));
    }
}

#[test]
fn what_is_no_key_halts_and_a_malformed_announcement_is_for_nobody() {
    let key = H256::repeat_byte(5);
    let meta_address = stealth::meta_address(&key.0, &key.0).unwrap();
    let pay =
        |ephemeral_key, meta_address| derive(&Derivation::StealthAddress { ephemeral_key, meta_address });
    let made = pay(key, meta_address).unwrap();
    assert_eq!((made.len(), &made[..12]), (66, &[0; 12][..]));
    let mut spend_public_key = [0; 33];
    spend_public_key.copy_from_slice(&meta_address[..33]);
    let announcement = [&made[32..], &made[12..32]].concat();
    let announcements = [&[0xff; 54][..], &announcement, &[0; 54]].concat();
    let scan = |view_key, spend_public_key, announcements: &[u8]| {
        let announcements = announcements.to_vec();
        derive(&Derivation::StealthScan { view_key, spend_public_key, announcements })
    };
    let found = scan(key, spend_public_key, &announcements).unwrap();
    assert_eq!((found[31], &found[32..]), (1, &[0, 1, 0][..]));
    assert_eq!(scan(key, spend_public_key, &[]), Ok(vec![0; 32]));
    for no_key in [H256::zero(), H256::repeat_byte(0xff)] {
        assert_eq!(pay(no_key, meta_address), Err(Halt::PrivacyViolation));
        assert_eq!(scan(no_key, spend_public_key, &announcements), Err(Halt::PrivacyViolation));
    }
    for at in [0, 33] {
        let mut wrong = meta_address;
        wrong[at] = 4;
        assert_eq!(pay(key, wrong), Err(Halt::PrivacyViolation));
    }
    assert_eq!(scan(key, [0; 33], &announcements), Err(Halt::PrivacyViolation));
    assert_eq!(scan(key, spend_public_key, &announcements[1..]), Err(Halt::PrivacyViolation));
}

#[test]
fn secrets_are_wiped() {
    let mut derivation = Derivation::RangeProof {
        bits: 8,
        values: vec![7],
        blindings: vec![U256::from(9)],
        seed: H256::repeat_byte(3),
    };
    derivation.wipe();
    let Derivation::RangeProof { values, blindings, seed, .. } = derivation else { unreachable!() };
    assert_eq!((values, blindings, seed), (vec![], vec![U256::zero()], H256::zero()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn commitments_and_proofs_are_the_crate_s(
        bits in prop::sample::select(vec![8usize, 16, 32]),
        log in 0u32..3,
        values in any::<[u64; 4]>(),
        blindings in any::<[[u8; 32]; 4]>(),
        seed in any::<[u8; 32]>(),
    ) {
        let count = 1usize << log.min(2);
        let values: Vec<_> = values[..count].iter().map(|value| value & (u64::MAX >> (64 - bits))).collect();
        let blindings: Vec<_> = blindings[..count].iter().map(|bytes| Scalar::from_bytes_mod_order(*bytes)).collect();
        let (pedersen, generators) = (PedersenGens::default(), BulletproofGens::new(64, 4));
        let (proof, commitments) = RangeProof::prove_multiple_with_rng(
            &generators,
            &pedersen,
            &mut Transcript::new(RANGE_LABEL),
            &values,
            &blindings,
            bits,
            &mut ChaCha20Rng::from_seed(seed),
        ).unwrap();
        let answer = derive(&Derivation::RangeProof {
            bits: bits as u8,
            values: values.clone(),
            blindings: blindings.iter().map(number).collect(),
            seed: H256(seed),
        }).unwrap();
        let mut expected = U256::from(proof.to_bytes().len()).to_big_endian().to_vec();
        expected.extend(commitments.iter().flat_map(|point| point.to_bytes()));
        expected.extend(proof.to_bytes());
        prop_assert_eq!(&answer, &expected);
        for ((value, blinding), commitment) in values.iter().zip(&blindings).zip(&commitments) {
            let derivation = Derivation::PedersenCommit { value: (*value).into(), blinding: number(blinding) };
            prop_assert_eq!(derive(&derivation).unwrap(), commitment.to_bytes());
        }
        let claim = Claim::RangeProof {
            bits: bits as u8,
            label: RANGE_LABEL.to_vec(),
            commitments: commitments.iter().map(|point| point.to_bytes()).collect(),
            proof: proof.to_bytes(),
        };
        prop_assert_eq!(CpuVerifier::new().verify(&[claim]), Ok(vec![Verdict::Valid]));
    }
}
