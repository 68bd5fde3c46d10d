//! A batch never changes an answer.

use crate::reference::{ours, prove, theirs};
use crate::transfers;
use erbium_claims::{Claim, Verdict};
use proptest::prelude::*;
use proptest::sample::Index;
use std::sync::LazyLock;

/// Claims of many sizes, every third of them false, each with the verdict it has alone.
static ASKED: LazyLock<Vec<(Claim, Verdict)>> = LazyLock::new(|| {
    let sizes = [(8, 1), (16, 2), (64, 1), (8, 4), (32, 1), (8, 1), (16, 1), (8, 2), (8, 16)];
    let mut claims: Vec<_> = sizes
        .iter()
        .enumerate()
        .map(|(index, (bits, values))| {
            let mut claim = prove(b"batch", *bits, &vec![index as u64; *values], [index as u8; 32]);
            if let (Claim::RangeProof { proof, .. }, true) = (&mut claim, index % 3 == 2) {
                // t_x, or a point that no longer decompresses or is another.
                proof[[4 * 32, 5, 10 * 32][index / 3 % 3]] ^= 1;
            }
            claim
        })
        .collect();
    claims.push(transfers::good(1, 2));
    let mut false_transfer = transfers::good(2, 1);
    if let Claim::ConfidentialTransfer { chain_id, .. } = &mut false_transfer {
        *chain_id += 1;
    }
    claims.push(false_transfer);
    claims.into_iter().map(|claim| (claim.clone(), theirs(&claim))).collect()
});

#[test]
fn half_of_it_holds() {
    let valid = ASKED.iter().filter(|(_, verdict)| verdict.is_valid()).count();
    assert_eq!((ASKED.len(), valid), (11, 7));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn however_it_is_put_together(
        places in prop::collection::vec(any::<Index>(), 1..24),
        split in any::<Index>(),
        threads in 1usize..4,
    ) {
        let (claims, expected): (Vec<_>, Vec<_>) = places.iter().map(|place| place.get(&ASKED).clone()).unzip();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let verdicts = pool.install(|| ours(&claims));
        prop_assert_eq!(&verdicts, &expected);
        let (left, right) = claims.split_at(split.index(claims.len()));
        prop_assert_eq!([ours(left), ours(right)].concat(), expected);
    }
}

#[test]
fn nobody_is_hidden_by_another() {
    // Two false claims whose errors would cancel each other without weights: one off by what the other is off by.
    let one = prove(b"batch", 8, &[1], [1; 32]);
    let shifted = |by: i8| {
        let mut claim = one.clone();
        if let Claim::RangeProof { proof, .. } = &mut claim {
            let last = proof.len() - 32;
            proof[last] = proof[last].wrapping_add_signed(by);
        }
        claim
    };
    assert_eq!(ours(&[shifted(1), shifted(-1)]), [Verdict::Invalid; 2]);
    assert_eq!(ours(&[one.clone(), shifted(1), one]), [Verdict::Valid, Verdict::Invalid, Verdict::Valid]);
    assert_eq!(ours(&[]), []);
}
