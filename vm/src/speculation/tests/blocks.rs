//! Random blocks.

use super::planted::{self, Planted};
use super::program::{Piece, code, contract};
use super::scene::{Scene, scenes, sender};
use super::*;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// The first manner in which the scene does not come out as it does sequentially.
fn difference(scene: &Scene, invalid: u16) -> Option<String> {
    let expected = sequential(scene, &Oracle::new(invalid));
    for (options, threads) in manners() {
        let (came, counters) = parallel(scene, &Oracle::new(invalid), options, threads);
        if came != expected {
            return Some(format!(
                "{options:?}, {threads} threads, {counters:?}\n{came:?}\nfor\n{expected:?}"
            ));
        }
    }
    None
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn blocks_come_out_the_same_in_every_manner(
        scene in scenes(),
        invalid in prop::sample::select(vec![0u16, 64, 128, 256]),
    ) {
        if let Some(difference) = difference(&scene, invalid) {
            prop_assert!(false, "{difference}");
        }
    }
}

/// The search finds both defects, and claims that steer: random contracts are worth it.
#[test]
fn planted_defects_are_found() {
    for defect in [Planted::BelievesReads, Planted::BelievesPresumptions] {
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
        let mut runner = TestRunner::new_with_rng(Config::with_cases(60), rng);
        let found = (0..60).any(|_| {
            let scene = scenes().new_tree(&mut runner).unwrap().current();
            let expected = sequential(&scene, &Oracle::new(128));
            manners().into_iter().filter(|manner| manner.1 == 1).any(|(options, _)| {
                // One thread has nothing to believe of what it reads unless a presumption was wrong.
                let came = planted::with(defect, || here(&scene, options));
                came != expected
            })
        });
        assert!(found, "{defect:?}");
    }
}

/// As [`parallel`], on the calling thread.
fn here(scene: &Scene, options: ExecutionOptions) -> Came {
    let oracle = Oracle::new(128);
    let options = ExecutionOptions { threads: Some(1), ..options };
    with_evm(scene, &oracle, |evm, input| {
        let mut counters = Counters::default();
        let result = ParallelVM::new(options).execute_block(evm, input, &mut counters).unwrap();
        Came::of(evm, result)
    })
}

/// A counter that every transaction reads and writes: all but the first to look depend on one another.
#[test]
fn a_hot_slot_is_counted_up_one_by_one() {
    let mut scene = Scene::erbium();
    scene.put(contract(0), &code(&[Piece::Load(0), Piece::Store(0), Piece::Log]), 0, &[1]);
    for number in 0..40 {
        scene.call(sender(number), contract(0), 1, 100_000);
    }
    let expected = sequential(&scene, &Oracle::new(0));
    let hot = expected.changes.iter().find(|change| change.0 == contract(0)).unwrap();
    assert_eq!(hot.1.storage, [(H256::zero(), H256::from_low_u64_be(41))]);
    for (options, threads) in manners() {
        let (came, _) = parallel(&scene, &Oracle::new(0), options, threads);
        assert_eq!(came, expected);
    }
}
