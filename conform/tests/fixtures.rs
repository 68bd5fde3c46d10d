//! The big public archives, where they are: `ERBIUM_FIXTURES` names their folder, by default `../shared` beside the
//! repository.

use erbium_conform::{Filter, Report, Runner};
use erbium_gpu::CpuRecoverer;
use erbium_vm::Fork;
use std::path::{Path, PathBuf};

/// The report on an input, or `None`, said aloud, where it is not there.
fn run(input: &str, forks: &[Fork]) -> Option<Report> {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let path = std::env::var_os("ERBIUM_FIXTURES").map_or_else(default, PathBuf::from).join(input);
    if !path.exists() {
        eprintln!("skipped: no {}", path.display());
        return None;
    }
    let filter = Filter { forks: forks.to_vec(), name: None };
    Some(Runner::new(&CpuRecoverer).with_filter(filter).run(&[path]))
}

#[test]
fn state_tests_of_the_last_three_forks_pass() {
    let forks = [Fork::Cancun, Fork::Prague, Fork::Osaka];
    let Some(report) = run("fixtures/state-eest-v5.4.0.tar.zst", &forks) else { return };
    assert!(report.is_clean(), "{report}");
    let passed = report.suites.iter().map(|suite| (suite.name.as_str(), suite.passed, suite.skipped.len()));
    let expected = [
        ("state-eest-v5.4.0 Cancun", 7408, 0),
        ("state-eest-v5.4.0 Osaka", 8911, 0),
        ("state-eest-v5.4.0 Prague", 8330, 0),
    ];
    assert!(passed.eq(expected), "{report}");
}

#[test]
fn precompile_vectors_pass() {
    let Some(report) = run("vectors/precompiles", &[]) else { return };
    assert!(report.is_clean(), "{report}");
    assert_eq!((report.suites.len(), report.totals().passed), (29, 1266), "{report}");
}

#[test]
fn blockchain_tests_pass() {
    for (input, passed) in [
        ("fixtures/blockchain-eest-v5.4.0.tar.zst", 5133),
        ("fixtures/blockchain-tests-valid-invalid-transition.tar.zst", 2716),
    ] {
        let Some(report) = run(input, &[]) else { return };
        assert!(report.is_clean(), "{report}");
        assert_eq!((report.totals().passed, report.totals().skipped), (passed, 0), "{report}");
    }
}

#[test]
fn transaction_trie_rlp_and_difficulty_tests_pass() {
    for (input, passed, skipped) in [
        ("fixtures/transaction-tests.tar.zst", 2156, 0),
        ("fixtures/misc-trie-rlp-difficulty-basic.tar.zst", 55 + 13 + 23_600, 13),
    ] {
        let Some(report) = run(input, &[]) else { return };
        assert!(report.is_clean(), "{report}");
        assert_eq!((report.totals().passed, report.totals().skipped), (passed, skipped), "{report}");
    }
}
