//! Groth16 claims, one by one and in batches, against arkworks.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod maker;
mod oracle;
mod prove;

use erbium_gpu::claims::{Claim, DilithiumScheme, Fault, Verdict, Verifier};
use erbium_gpu::{CpuVerifier, ZKProofEngine};
use maker::{CHANGES, Key, Numbers, Zero};
use proptest::prelude::*;
use rayon::ThreadPoolBuilder;

const ZEROS: [Zero; 7] = [Zero::None, Zero::A, Zero::B, Zero::C, Zero::Alpha, Zero::Gamma, Zero::Ic];

fn verify(claims: &[Claim]) -> Vec<Verdict> {
    ZKProofEngine::new().verify(claims).unwrap()
}

/// Claims with what arkworks says of each.
fn judged(claims: Vec<Claim>) -> Vec<(Claim, Verdict)> {
    claims
        .into_iter()
        .map(|claim| (oracle::verdict(&claim), claim))
        .map(|(verdict, claim)| (claim, verdict))
        .collect()
}

#[test]
fn every_change_is_judged_as_arkworks_judges_it() {
    let mut numbers = Numbers::new(1);
    let key = Key::new(&mut numbers, 2, Zero::None);
    let mut claims = vec![key.claim(&mut numbers, Zero::None)];
    for kind in 0..CHANGES {
        for seed in 0..9 {
            let mut claim = claims[0].clone();
            maker::change(&mut claim, kind, seed);
            assert!(claim != claims[0], "{kind} {seed}");
            claims.push(claim);
        }
    }
    for zero in ZEROS {
        let key = Key::new(&mut numbers, 3, zero);
        claims.push(key.claim(&mut numbers, zero));
        assert_eq!(oracle::verdict(claims.last().unwrap()), Verdict::Valid, "{zero:?}");
    }
    let (claims, expected): (Vec<_>, Vec<_>) = judged(claims).into_iter().unzip();
    let valid = expected.iter().filter(|verdict| verdict.is_valid()).count();
    assert!((8..16).contains(&valid), "{valid} valid");
    assert_eq!(verify(&claims), expected);
    for (claim, expected) in claims.iter().zip(&expected) {
        assert_eq!(verify(std::slice::from_ref(claim)), [*expected]);
    }
}

#[test]
fn one_bad_proof_and_all_bad_proofs_are_found() {
    let mut numbers = Numbers::new(2);
    let keys = [Key::new(&mut numbers, 1, Zero::None), Key::new(&mut numbers, 3, Zero::None)];
    let claims: Vec<_> = (0..70).map(|at| keys[at % 2].claim(&mut numbers, Zero::None)).collect();
    assert_eq!(verify(&claims), [Verdict::Valid; 70]);
    for bad in [0, 1, 35, 68, 69] {
        let (mut claims, mut expected) = (claims.clone(), [Verdict::Valid; 70]);
        maker::change(&mut claims[bad], 0, 1);
        expected[bad] = Verdict::Invalid;
        assert_eq!(verify(&claims), expected, "{bad}");
    }
    let (mut worst, mut half) = (claims.clone(), claims);
    worst.iter_mut().for_each(|claim| maker::change(claim, 1, 3));
    assert_eq!(verify(&worst), [Verdict::Invalid; 70]);
    half.iter_mut().step_by(2).for_each(|claim| maker::change(claim, 14, 0));
    let expected: Vec<_> = (0..70).map(|at| Verdict::from(at % 2 == 1)).collect();
    assert_eq!(verify(&half), expected);
}

/// Errors that cancel out where all proofs weigh the same.
#[test]
fn errors_that_make_up_for_each_other_are_found() {
    let mut numbers = Numbers::new(3);
    let key = Key::new(&mut numbers, 1, Zero::None);
    let mut claims: Vec<_> = (0..8).map(|_| key.claim(&mut numbers, Zero::None)).collect();
    let parts = |claim: &Claim| match claim {
        Claim::Groth16 { proof, .. } => proof[144..].to_vec(),
        _ => panic!("another claim"),
    };
    let (first, second) = (parts(&claims[2]), parts(&claims[5]));
    for (at, c) in [(2, second), (5, first)] {
        let Claim::Groth16 { proof, .. } = &mut claims[at] else { panic!("another claim") };
        proof[144..].copy_from_slice(&c);
    }
    let expected: Vec<_> = (0..8).map(|at| Verdict::from(at != 2 && at != 5)).collect();
    assert_eq!(verify(&claims), expected);
}

#[test]
fn kinds_may_be_mixed_and_others_are_a_fault_here() {
    let mut numbers = Numbers::new(4);
    let key = Key::new(&mut numbers, 1, Zero::None);
    let proof = key.claim(&mut numbers, Zero::None);
    let signature = Claim::Signature {
        scheme: DilithiumScheme::MlDsa44,
        public_key: vec![0; 1312],
        signature: vec![0; 2420],
        message: vec![].into(),
    };
    let mixed = [proof.clone(), signature.clone(), proof.clone(), signature.clone(), proof];
    let expected = [1, 0, 1, 0, 1].map(|valid| Verdict::from(valid == 1));
    assert_eq!(CpuVerifier::new().verify(&mixed).unwrap(), expected);
    let fault = Err(Fault::Unsupported { what: "a Dilithium signature" });
    assert_eq!(ZKProofEngine::new().verify(&mixed), fault);
    assert_eq!(verify(&[]), []);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if std::env::var_os("PROPTEST_CASES").is_some() { ProptestConfig::default().cases } else { 10 }))]

    #[test]
    fn verdicts_are_arkworks_s_whatever_the_batch(
        seed in any::<u64>(),
        inputs in prop::collection::vec(0usize..6, 1..4),
        wanted in prop::collection::vec((any::<prop::sample::Index>(), 0..2 * CHANGES, any::<u16>(), 0..3usize * ZEROS.len()), 1..30),
        split in any::<prop::sample::Index>(),
        order in prop::collection::vec(any::<prop::sample::Index>(), 30),
        threads in 1usize..5,
    ) {
        let mut numbers = Numbers::new(seed);
        let keys: Vec<_> = inputs.iter().enumerate().map(|(at, inputs)| {
            let zero = ZEROS[(seed as usize + at) % (3 * ZEROS.len()) % ZEROS.len()];
            Key::new(&mut numbers, *inputs, if seed % 4 == 0 { zero } else { Zero::None })
        }).collect();
        let claims = wanted.iter().map(|(key, kind, seed, zero)| {
            let zero = ZEROS.get(*zero).copied().unwrap_or(Zero::None);
            let mut claim = key.get(&keys).claim(&mut numbers, zero);
            // Half of them stay as they are.
            maker::change(&mut claim, *kind, u64::from(*seed));
            claim
        });
        let mut asked = judged(claims.collect());
        let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let (claims, expected): (Vec<_>, Vec<_>) = asked.iter().cloned().unzip();
        let engine = ZKProofEngine::with_cache(if seed % 2 == 0 { 0 } else { 1 << 20 });
        prop_assert_eq!(&pool.install(|| engine.verify(&claims)).unwrap(), &expected);
        // Split, doubled, in another order, and with keys that are known by now.
        let (left, right) = claims.split_at(split.index(claims.len()));
        prop_assert_eq!(&[verify(left), engine.verify(right).unwrap()].concat(), &expected);
        let doubled = [&claims[..], &claims].concat();
        prop_assert_eq!(engine.verify(&doubled).unwrap(), [&expected[..], &expected].concat());
        for (at, other) in order.iter().enumerate().take(asked.len()) {
            let other = other.index(asked.len());
            asked.swap(at, other);
        }
        let (claims, expected): (Vec<_>, Vec<_>) = asked.into_iter().unzip();
        prop_assert_eq!(engine.verify(&claims).unwrap(), expected);
    }

    #[test]
    fn any_bytes_are_invalid_and_no_fault(
        key in prop::collection::vec(any::<u8>(), 768),
        inputs in prop::collection::vec(any::<u8>(), 0..70),
        proof in prop::collection::vec(any::<u8>(), 0..200),
        fits in any::<bool>(),
    ) {
        let mut claim = Claim::Groth16 { verifying_key: key, inputs, proof };
        if let (Claim::Groth16 { inputs, proof, .. }, true) = (&mut claim, fits) {
            inputs.clear();
            proof.resize(192, 0x8a);
        }
        prop_assert_eq!(verify(&[claim]), [Verdict::Invalid]);
    }
}
