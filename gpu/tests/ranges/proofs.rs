//! Single proofs, true and changed.

use crate::reference::{edges, ours, prove, theirs};
use erbium_claims::{Claim, Verdict};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use std::slice::from_ref;
use std::sync::LazyLock;

const SIZES: [(usize, usize); 7] = [(8, 1), (8, 2), (16, 1), (16, 4), (32, 2), (64, 1), (8, 16)];

/// True claims of all sizes, made once.
static TRUE: LazyLock<Vec<Claim>> = LazyLock::new(|| {
    SIZES
        .iter()
        .map(|(bits, values)| {
            let values: Vec<_> =
                (0..*values as u64).map(|index| (index * 77) & (u64::MAX >> (64 - bits))).collect();
            prove(b"a label", *bits, &values, [*bits as u8; 32])
        })
        .collect()
});

/// A change to a claim.
#[derive(Clone, Debug)]
enum Change {
    FlipProof(Index, u8),
    EdgeInProof(Index, Index),
    SwapInProof(Index, Index),
    FlipCommitment(Index, u8),
    EdgeInCommitment(Index, Index),
    DropCommitment,
    RepeatCommitment,
    ReverseCommitments,
    Resize(Index),
    DropRound,
    Bits(u8),
    Label,
}

fn changes() -> impl Strategy<Value = Change> {
    use Change::*;
    let at = || any::<Index>();
    prop_oneof![
        (at(), 0u8..8).prop_map(|(at, bit)| FlipProof(at, bit)),
        (at(), at()).prop_map(|(at, edge)| EdgeInProof(at, edge)),
        (at(), at()).prop_map(|(one, other)| SwapInProof(one, other)),
        (at(), 0u8..8).prop_map(|(at, bit)| FlipCommitment(at, bit)),
        (at(), at()).prop_map(|(at, edge)| EdgeInCommitment(at, edge)),
        Just(DropCommitment),
        Just(RepeatCommitment),
        Just(ReverseCommitments),
        at().prop_map(Resize),
        Just(DropRound),
        select(vec![0, 1, 4, 7, 8, 16, 24, 32, 64, 128, 255]).prop_map(Bits),
        Just(Label),
    ]
}

fn change(claim: &mut Claim, change: &Change) {
    let Claim::RangeProof { bits, label, commitments, proof } = claim else { return };
    let elements = |proof: &[u8]| proof.len() / 32;
    match change {
        Change::FlipProof(at, bit) => {
            if !proof.is_empty() {
                let at = at.index(proof.len());
                proof[at] ^= 1 << bit;
            }
        }
        Change::EdgeInProof(at, edge) => {
            if elements(proof) > 0 {
                let at = at.index(elements(proof));
                proof[32 * at..32 * at + 32].copy_from_slice(edge.get::<[u8; 32]>(&edges()));
            }
        }
        Change::SwapInProof(one, other) => {
            if elements(proof) > 0 {
                let (one, other) = (one.index(elements(proof)), other.index(elements(proof)));
                let bytes: [u8; 32] = proof[32 * one..32 * one + 32].try_into().unwrap();
                proof.copy_within(32 * other..32 * other + 32, 32 * one);
                proof[32 * other..32 * other + 32].copy_from_slice(&bytes);
            }
        }
        Change::FlipCommitment(at, bit) => {
            if !commitments.is_empty() {
                let at = at.index(32 * commitments.len());
                commitments[at / 32][at % 32] ^= 1 << bit;
            }
        }
        Change::EdgeInCommitment(at, edge) => {
            if !commitments.is_empty() {
                let at = at.index(commitments.len());
                commitments[at] = *edge.get::<[u8; 32]>(&edges());
            }
        }
        Change::DropCommitment => drop(commitments.pop()),
        Change::RepeatCommitment => commitments.extend(commitments.first().copied()),
        Change::ReverseCommitments => commitments.reverse(),
        Change::Resize(len) => proof.resize(len.index(proof.len() + 65), 1),
        Change::DropRound => proof.truncate(proof.len().saturating_sub(64)),
        Change::Bits(other) => *bits = *other,
        Change::Label => label.push(0),
    }
}

/// Where our verdict is not theirs.
fn difference(claim: &Claim, our: Verdict) -> Option<String> {
    (our != theirs(claim)).then(|| format!("{our:?} for {claim:?}"))
}

#[test]
fn proofs_of_all_sizes_hold() {
    for claim in TRUE.iter() {
        assert_eq!((theirs(claim), ours(from_ref(claim))), (Verdict::Valid, vec![Verdict::Valid]));
        // A verifier that accepts all would be found out.
        let mut wrong = claim.clone();
        change(&mut wrong, &Change::Label);
        assert!(difference(&wrong, Verdict::Valid).is_some());
    }
    assert_eq!(ours(&TRUE), vec![Verdict::Valid; SIZES.len()]);
}

#[test]
fn a_value_out_of_range_and_a_value_of_nothing() {
    // The crate makes a proof, and it does not hold.
    let claim = prove(b"a label", 8, &[256], [1; 32]);
    assert_eq!((theirs(&claim), ours(from_ref(&claim))), (Verdict::Invalid, vec![Verdict::Invalid]));
    // Blinding 0 for value 0: the commitment is the identity, and that is allowed.
    let mut claim = prove(b"a label", 8, &[0, 0, 0, 0, 0, 0, 0, 0], [1; 32]);
    if let Claim::RangeProof { commitments, .. } = &mut claim {
        assert_eq!(commitments[6], [0; 32]);
        assert_eq!((theirs(&claim), ours(from_ref(&claim))), (Verdict::Valid, vec![Verdict::Valid]));
    }
}

#[test]
fn every_element_at_every_edge() {
    for claim in TRUE.iter().filter(|claim| matches!(claim, Claim::RangeProof { bits: 8, .. })).take(2) {
        let Claim::RangeProof { commitments, proof, .. } = claim else { unreachable!() };
        let mut changed = Vec::new();
        for edge in edges() {
            for at in 0..proof.len() / 32 {
                let mut claim = claim.clone();
                if let Claim::RangeProof { proof, .. } = &mut claim {
                    proof[32 * at..32 * at + 32].copy_from_slice(&edge);
                }
                changed.push(claim);
            }
            for at in 0..commitments.len() {
                let mut claim = claim.clone();
                if let Claim::RangeProof { commitments, .. } = &mut claim {
                    commitments[at] = edge;
                }
                changed.push(claim);
            }
        }
        let verdicts = ours(&changed);
        for (claim, verdict) in changed.iter().zip(verdicts) {
            assert_eq!(difference(claim, verdict), None);
            assert_eq!(ours(from_ref(claim)), [verdict]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn changed_proofs_get_the_verdict_of_the_crate(
        which in any::<Index>(),
        changes in prop::collection::vec(changes(), 1..3),
    ) {
        let mut claim = which.get(&TRUE).clone();
        for step in &changes {
            change(&mut claim, step);
        }
        let [verdict] = ours(from_ref(&claim))[..] else { unreachable!() };
        prop_assert_eq!(difference(&claim, verdict), None);
    }

    #[test]
    fn random_proofs_get_the_verdict_of_the_crate(
        label in prop::collection::vec(any::<u8>(), 0..40),
        (bits, log) in (select(vec![8usize, 16, 32]), 0u32..3),
        values in any::<[u64; 4]>(),
        seed in any::<[u8; 32]>(),
    ) {
        // One value in four is out of range.
        let values: Vec<_> = values[..1 << log.min(2)]
            .iter()
            .map(|value| if value % 16 == 0 { *value } else { value & (u64::MAX >> (64 - bits)) })
            .collect();
        let claim = prove(&label, bits, &values, seed);
        let [verdict] = ours(from_ref(&claim))[..] else { unreachable!() };
        prop_assert_eq!(difference(&claim, verdict), None);
        prop_assert_eq!(verdict.is_valid(), values.iter().all(|value| *value <= u64::MAX >> (64 - bits)));
    }
}
