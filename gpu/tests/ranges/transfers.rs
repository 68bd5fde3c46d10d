//! Confidential transfers, true and changed.

use crate::reference::{edges, ours, theirs};
use curve25519_dalek::Scalar;
use erbium_claims::{Claim, Verdict};
use erbium_gpu::cpu::range_proof::{Opening, TransferError, make_transfer};
use proptest::prelude::*;
use proptest::sample::Index;
use std::slice::from_ref;
use std::sync::LazyLock;

const CHAIN: u64 = 17_778;

fn openings(count: usize, value: u64, salt: u64) -> Vec<Opening> {
    (0..count as u64)
        .map(|index| Opening { value: value + index, blinding: -Scalar::from(salt * 100 + index + 1) })
        .collect()
}

fn made(inputs: &[Opening], outputs: &[Opening], fee: u64) -> Result<Vec<u8>, TransferError> {
    make_transfer(CHAIN, &[0xc0; 32], fee, inputs, outputs, &[0x11; 32])
}

/// A true transfer.
pub(crate) fn good(inputs: usize, outputs: usize) -> Claim {
    let spent = openings(inputs, 1_000, 1);
    let created = openings(outputs, 10, 2);
    let total = |openings: &[Opening]| openings.iter().map(|opening| opening.value).sum::<u64>();
    let body = made(&spent, &created, total(&spent) - total(&created)).unwrap();
    Claim::ConfidentialTransfer { chain_id: CHAIN, body }
}

static TRUE: LazyLock<Vec<Claim>> =
    LazyLock::new(|| [(1, 1), (2, 2), (16, 1), (3, 4)].map(|(i, o)| good(i, o)).into());

fn with_body(claim: &Claim, change: impl FnOnce(&mut Vec<u8>)) -> Claim {
    let mut claim = claim.clone();
    if let Claim::ConfidentialTransfer { body, .. } = &mut claim {
        change(body);
    }
    claim
}

#[test]
fn transfers_hold_on_their_own_chain_alone() {
    for claim in TRUE.iter() {
        assert_eq!((theirs(claim), ours(from_ref(claim))), (Verdict::Valid, vec![Verdict::Valid]));
        let Claim::ConfidentialTransfer { body, .. } = claim else { unreachable!() };
        let elsewhere = Claim::ConfidentialTransfer { chain_id: 1, body: body.clone() };
        assert_eq!(
            (theirs(&elsewhere), ours(from_ref(&elsewhere))),
            (Verdict::Invalid, vec![Verdict::Invalid])
        );
    }
    assert_eq!(ours(&TRUE), vec![Verdict::Valid; TRUE.len()]);
}

#[test]
fn a_transfer_that_does_not_balance_is_not_made() {
    let (one, two) = (openings(1, 100, 1), openings(2, 50, 2));
    assert_eq!(made(&one, &two, 0), Err(TransferError::Unbalanced));
    assert!(made(&openings(1, 101, 1), &two, 0).is_ok());
    assert_eq!(made(&[], &two, 0), Err(TransferError::Counts));
    assert_eq!(made(&one, &openings(3, 1, 2), 97), Err(TransferError::Counts));
    let twice = [one[0].clone(), one[0].clone()];
    assert_eq!(made(&twice, &openings(1, 200, 2), 0), Err(TransferError::Repeated));
    // Values that only balance modulo 2^64 do not.
    let most = openings(2, u64::MAX - 1, 3);
    assert_eq!(made(&most, &openings(1, u64::MAX - 2, 2), 0), Err(TransferError::Unbalanced));
}

#[test]
fn another_amount_fee_context_or_input_does_not_hold() {
    let claim = &TRUE[1];
    // The context, the fee, an input, an output, R and s.
    let Claim::ConfidentialTransfer { body, .. } = claim else { unreachable!() };
    let places = [0, 31, 41, 42, 42 + 64, 42 + 3 * 32, 42 + 4 * 32 + 7, body.len() - 64, body.len() - 1];
    let changed: Vec<_> = places.iter().map(|at| with_body(claim, |body| body[*at] ^= 1)).collect();
    assert_eq!(ours(&changed), vec![Verdict::Invalid; places.len()]);
    assert!(changed.iter().all(|claim| theirs(claim) == Verdict::Invalid));
    // An input twice and both inputs swapped.
    let twice = with_body(claim, |body| body.copy_within(42..74, 74));
    let swapped = with_body(claim, |body| body[42..106].rotate_left(32));
    assert_eq!(ours(&[twice, swapped]), [Verdict::Invalid; 2]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn changed_transfers_get_the_verdict_of_plain_arithmetic(
        which in any::<Index>(),
        at in any::<Index>(),
        bit in 0u8..8,
        edge in any::<Option<Index>>(),
        longer in 0usize..40,
        resize in prop::bool::weighted(0.1),
    ) {
        let claim = with_body(which.get(&TRUE), |body| {
            match edge {
                // Whole elements stand behind the head of 42 bytes.
                Some(edge) => {
                    let at = 42 + 32 * at.index((body.len() - 42) / 32);
                    body[at..at + 32].copy_from_slice(edge.get::<[u8; 32]>(&edges()));
                }
                None => {
                    let at = at.index(body.len());
                    body[at] ^= 1 << bit;
                }
            }
            if resize {
                body.resize(body.len() - 20 + longer, 0);
            }
        });
        prop_assert_eq!(ours(from_ref(&claim)), [theirs(&claim)]);
    }
}
