//! Erbium against revm on random programs: gas, status, output, logs and state must be equal.
//!
//! `PROPTEST_CASES` sets the number of cases and `PROPTEST_RNG_SEED` repeats a search. A difference is printed as a
//! case to keep in `tests/data/differential`, where every file is run again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

#[path = "../benches/support/mod.rs"]
mod bench;
mod support;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestError, TestRunner};
use revm::context_interface::cfg::{GasId, GasParams};
use std::collections::HashMap;
use std::path::Path;
use support::case::Case;
use support::compare::compare;
use support::observed::Status;
use support::{listing, ours, strategy};

/// Cases of a search where the environment names no number.
const CASES: u32 = 15_000;

/// The first difference that `config`'s cases show, with the smallest case that still shows one.
fn search(config: Config, reprice: impl Fn(&mut GasParams)) -> Option<(Case, String)> {
    let config = Config { failure_persistence: None, max_shrink_iters: 20_000, ..config };
    let result = TestRunner::new(config).run(&strategy::case(), |case| {
        compare(&case, &reprice).map_err(|difference| TestCaseError::fail(difference.to_string()))
    });
    match result {
        Ok(()) => None,
        Err(TestError::Fail(reason, case)) => Some((case, reason.to_string())),
        Err(TestError::Abort(reason)) => panic!("the search was given up: {reason}"),
    }
}

/// The configuration from the environment, with this file's number of cases where that names none.
fn config() -> Config {
    let default = Config::default();
    match std::env::var_os("PROPTEST_CASES") {
        Some(_) => default,
        None => Config { cases: CASES, ..default },
    }
}

/// The case as a file and its code as a listing.
fn report(case: &Case) -> String {
    let mut text = serde_json::to_string_pretty(case).unwrap();
    for account in case.accounts.iter().filter(|account| !account.code.0.is_empty()) {
        text += &format!("\n{:?}\n{}", account.address.0, listing::listing(case.fork(), &account.code.0));
    }
    for transaction in case.transactions.iter().filter(|transaction| transaction.to.is_none()) {
        text += &format!("\ninit code\n{}", listing::listing(case.fork(), &transaction.data.0));
    }
    text
}

#[test]
fn erbium_and_revm_agree_on_random_cases() {
    if let Some((case, difference)) = search(config(), |_| {}) {
        panic!("{difference}\n{}", report(&case));
    }
}

/// The budget of the real search, its seed fixed: whether a bug is found is no matter of luck.
fn planted(reprice: impl Fn(&mut GasParams)) -> String {
    let config = Config { cases: CASES, rng_seed: RngSeed::Fixed(1), ..Config::default() };
    search(config, reprice).expect("the planted bug is found").1
}

#[test]
fn a_wrong_sstore_refund_is_found() {
    let difference = planted(|gas| {
        let refund = gas.get(GasId::sstore_clearing_slot_refund());
        gas.override_gas([(GasId::sstore_clearing_slot_refund(), refund - 100)]);
    });
    assert!(difference.contains("gas used differs"), "{difference}");
}

#[test]
fn wrong_memory_gas_is_found() {
    // Dearer memory also lets gas run out: the first difference may be the status.
    planted(|gas| {
        // The square of the words is divided by 512.
        gas.override_gas([(GasId::memory_quadratic_reduction(), 480)]);
    });
}

#[test]
fn cases_reach_far() {
    let mut runner = TestRunner::deterministic();
    let (mut ends, mut logs, mut long) = (HashMap::new(), 0, 0);
    for _ in 0..500 {
        let case = strategy::case().new_tree(&mut runner).unwrap().current();
        for seen in ours::run(&case, &ours::state(&case), false) {
            *ends.entry(seen.status).or_insert(0) += 1;
            logs += seen.logs.len();
            long += usize::from(seen.status == Status::Success && seen.gas_used > 100_000);
        }
    }
    let enough = |status, least| ends.get(&status).is_some_and(|&count| count >= least);
    assert!(enough(Status::Success, 250) && enough(Status::Halt, 100), "{ends:?}");
    assert!(enough(Status::Revert, 5) && !enough(Status::Rejected, 50), "{ends:?}");
    assert!(logs > 100 && long > 25, "{logs} logs, {long} transactions that ran for long");
}

#[test]
fn kept_cases_agree() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/differential");
    let mut ran = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let case: Case = serde_json::from_slice(&std::fs::read(&path).unwrap())
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        if let Err(difference) = compare(&case, |_| {}) {
            panic!("{}: {difference}\n{}", path.display(), report(&case));
        }
        ran += 1;
    }
    assert!(ran > 0, "{} holds cases", folder.display());
}
