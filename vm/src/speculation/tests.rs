//! Blocks of random contracts and transactions: whatever the options, what comes out is what sequential execution gives.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod blocks;
mod keys;
mod known;
pub(super) mod planted;
mod program;
mod scene;

use super::*;
use crate::block::{BlockError, BlockInput, BlockResult, execute_block};
use crate::evm::{Coprocessor, Evm};
use crate::keccak::keccak256;
use crate::state::AccountChange;
use erbium_claims::{Claim, Fault, NoCoprocessor, Verdict, Verifier};
use primitive_types::{H160, H256};
use proptest::prelude::ProptestConfig;
use scene::Scene;
use std::sync::{LazyLock, Mutex};

/// Says valid of some claims, by a hash of their bytes, and keeps the sizes of what it is asked.
#[derive(Debug, Default)]
pub(super) struct Oracle {
    /// Of 256 claims, so many are invalid.
    invalid: u16,
    batches: Mutex<Vec<usize>>,
}

impl Oracle {
    fn new(invalid: u16) -> Self {
        Self { invalid, batches: Mutex::default() }
    }

    fn verdict(&self, claim: &Claim) -> Verdict {
        Verdict::from(u16::from(keccak256(&claim.encoding()).0[7]) >= self.invalid)
    }

    fn asked(&self) -> u64 {
        self.batches.lock().unwrap().iter().map(|&size| size as u64).sum()
    }
}

impl Verifier for Oracle {
    fn verify(&self, claims: &[Claim]) -> Result<Vec<Verdict>, Fault> {
        self.batches.lock().unwrap().push(claims.len());
        Ok(claims.iter().map(|claim| self.verdict(claim)).collect())
    }
}

/// What came of a block.
#[derive(Debug, PartialEq)]
struct Came {
    result: Result<BlockResult, BlockError>,
    /// In the order of addresses and keys; of a refused block nothing.
    changes: Vec<(H160, AccountChange)>,
}

impl Came {
    fn of(evm: &Evm<'_>, result: Result<BlockResult, BlockError>) -> Self {
        let mut changes = if result.is_ok() { evm.journal.changes().accounts } else { Vec::new() };
        changes.sort_by_key(|entry| entry.0);
        for (_, change) in &mut changes {
            change.storage.sort_unstable();
        }
        Self { result, changes }
    }
}

/// Rayon pools of one to four threads.
static POOLS: LazyLock<Vec<rayon::ThreadPool>> = LazyLock::new(|| {
    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    (1..=4).map(pool).collect()
});

/// Executes the scene's block sequentially, each claim judged where it is made.
fn sequential(scene: &Scene, oracle: &Oracle) -> Came {
    with_evm(scene, oracle, |evm, input| {
        let result = execute_block(evm, input).unwrap();
        Came::of(evm, result)
    })
}

/// Executes the scene's block as `options` say, on a pool of so many threads.
fn parallel(scene: &Scene, oracle: &Oracle, options: ExecutionOptions, threads: usize) -> (Came, Counters) {
    POOLS[threads - 1].install(|| {
        with_evm(scene, oracle, |evm, input| {
            let mut counters = Counters::default();
            let result = ParallelVM::new(options).execute_block(evm, input, &mut counters).unwrap();
            (Came::of(evm, result), counters)
        })
    })
}

fn with_evm<T>(scene: &Scene, oracle: &Oracle, run: impl FnOnce(&mut Evm<'_>, &BlockInput<'_>) -> T) -> T {
    let env = scene.env();
    let coprocessor = Coprocessor { verifier: oracle, deriver: &NoCoprocessor };
    let mut evm = Evm::new(&scene.spec, &env, &scene.state).with_coprocessor(coprocessor);
    let input = BlockInput {
        block: &scene.block,
        senders: &scene.senders,
        authorities: &scene.authorities,
        rlp_size: None,
        state_root: None,
    };
    run(&mut evm, &input)
}

/// The manners that each block is executed in.
fn manners() -> Vec<(ExecutionOptions, usize)> {
    let mut manners = Vec::new();
    for (threads, window, presumption) in [
        (1, None, Presumption::Valid),
        (1, Some(1), Presumption::Random(7)),
        (1, Some(2), Presumption::Valid),
        (2, None, Presumption::Random(1)),
        (3, Some(2), Presumption::Random(2)),
        (4, None, Presumption::Valid),
        (2, None, Presumption::Nothing),
    ] {
        let parallel = Parallel::Always;
        manners.push((
            ExecutionOptions { parallel, threads: None, parallel_from: 2, presumption, window },
            threads,
        ));
    }
    // As it comes: the first claim asks, the second begins to presume.
    manners.push((ExecutionOptions { parallel: Parallel::Off, ..ExecutionOptions::default() }, 1));
    manners.push((ExecutionOptions::default(), 4));
    manners.push((ExecutionOptions::sequential(), 1));
    manners
}

/// So many cases, or those of `PROPTEST_CASES`.
fn cases(number: u32) -> ProptestConfig {
    match std::env::var_os("PROPTEST_CASES") {
        Some(_) => ProptestConfig::default(),
        None => ProptestConfig::with_cases(number),
    }
}

fn address(number: u64) -> H160 {
    H160::from_low_u64_be(number)
}
