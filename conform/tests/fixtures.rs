//! A fixed part of every public archive, where they are: `ERBIUM_FIXTURES` names their folder, by default `../shared`
//! beside the repository. `docs/conform.md` says what the part is; `tests/amsterdam.rs` has Amsterdam's archives whole.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use erbium_conform::{Filter, Note, Report, Runner, Sample, Suite};
use erbium_gpu::{CpuDeriver, CpuRecoverer, CpuVerifier};
use erbium_vm::claims::{Claim, Fault, Verdict, Verifier};
use erbium_vm::speculation::{ExecutionOptions, Parallel};
use erbium_vm::{Fork, ParallelVM};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The archives, and of how many cases one is run.
const PARTS: [(&str, u32); 14] = [
    ("blockchain-amsterdam-bal-v5.7.0", 20),
    ("blockchain-amsterdam-bal-v5.7.0-static", 20),
    ("blockchain-bal-v5.7.0-older-forks", 10),
    ("blockchain-eest-v5.4.0", 1),
    ("blockchain-eest-v5.4.0-static", 10),
    ("blockchain-tests-valid-invalid-transition", 2),
    ("misc-trie-rlp-difficulty-basic", 1),
    ("precompile-and-opcode-vectors", 1),
    ("state-amsterdam-eels", 20),
    ("state-eest-v5.4.0", 5),
    ("state-legacy-cancun", 10),
    ("state-legacy-constantinople", 10),
    ("state-tests-develop", 10),
    ("transaction-tests", 1),
];

/// Cases that each fork has at the least.
const FLOOR: u64 = 100;
/// Those of forks of which the archives have changes from one to the next only.
const FLOORS: [(Fork, u64); 4] = [(Fork::Bpo1, 12), (Fork::Bpo2, 12), (Fork::Bpo3, 12), (Fork::Bpo4, 5)];

/// The folder of `input`, or `None`, said aloud, where it is not there.
fn shared(input: &str) -> Option<PathBuf> {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let path = std::env::var_os("ERBIUM_FIXTURES").map_or_else(default, PathBuf::from).join(input);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: no {}", path.display());
    None
}

fn run(path: PathBuf, sample: Option<Sample>) -> Report {
    let (verifier, filter) = (CpuVerifier::new(), Filter { sample, ..Filter::default() });
    let runner = Runner::new(&CpuRecoverer).with_verifier(&verifier).with_deriver(&CpuDeriver);
    runner.with_filter(filter).run(&[path])
}

/// The forks that the cases of a suite are of: both of a change from one to the other.
fn forks(suite: &str) -> Vec<Fork> {
    let network = suite.rsplit(' ').next().unwrap_or_default();
    let both = network.split_once("At").map_or(network, |(both, _)| both);
    match (network.parse(), both.split_once("To")) {
        (Ok(fork), _) => vec![fork],
        (Err(_), Some((from, to))) => [from, to].iter().filter_map(|name| name.parse().ok()).collect(),
        (Err(_), None) => Vec::new(),
    }
}

/// What is wrong with the reports on all archives: a failure, an error, an archive without cases, or a fork with few.
fn judge(reports: &BTreeMap<&str, Report>) -> Result<(), String> {
    let mut by_fork: BTreeMap<Fork, u64> = BTreeMap::new();
    for (archive, report) in reports {
        if !report.is_clean() || report.totals().passed == 0 {
            return Err(format!("{archive}: {report}"));
        }
        for suite in &report.suites {
            forks(&suite.name).into_iter().for_each(|fork| *by_fork.entry(fork).or_default() += suite.passed);
        }
    }
    for fork in Fork::ALL {
        let found = by_fork.get(&fork).copied().unwrap_or_default();
        let floor = FLOORS.iter().find(|(of, _)| *of == fork).map_or(FLOOR, |(_, floor)| *floor);
        if found < floor {
            return Err(format!("{fork}: {found} cases, fewer than {floor}; all: {by_fork:?}"));
        }
    }
    Ok(())
}

#[test]
fn a_part_of_every_archive_passes() {
    let mut reports = BTreeMap::new();
    for (archive, whole) in PARTS {
        let Some(path) = shared(&format!("fixtures/{archive}.tar.zst")) else { return };
        reports.insert(archive, run(path, Some(Sample::new(1, whole).unwrap())));
    }
    judge(&reports).unwrap_or_else(|wrong| panic!("{wrong}"));
    let passed: u64 = reports.values().map(|report| report.totals().passed).sum();
    println!("{passed} cases");
}

/// Blockchain tests with all transactions of a block running ahead of each other.
#[test]
fn a_part_of_the_blockchain_tests_passes_in_parallel() {
    let parts = [
        ("blockchain-bal-v5.7.0-older-forks", 100),
        ("blockchain-eest-v5.4.0", 10),
        ("blockchain-tests-valid-invalid-transition", 20),
    ];
    let options = ExecutionOptions { parallel: Parallel::Always, ..ExecutionOptions::default() };
    for (archive, whole) in parts {
        let Some(path) = shared(&format!("fixtures/{archive}.tar.zst")) else { return };
        let filter = Filter { sample: Some(Sample::new(1, whole).unwrap()), ..Filter::default() };
        let runner = Runner::new(&CpuRecoverer).with_vm(ParallelVM::new(options)).with_filter(filter);
        let report = runner.run(&[path]);
        assert!(report.is_clean() && report.totals().passed > 100, "{archive}: {report}");
    }
}

#[test]
fn precompile_vectors_pass() {
    let Some(path) = shared("vectors/precompiles") else { return };
    let report = run(path, None);
    assert!(report.is_clean(), "{report}");
    assert_eq!((report.suites.len(), report.totals().passed), (29, 1266), "{report}");
}

/// Accepts whatever it is asked.
struct AcceptAll;

impl Verifier for AcceptAll {
    fn verify(&self, claims: &[Claim]) -> Result<Vec<Verdict>, Fault> {
        Ok(vec![Verdict::Valid; claims.len()])
    }
}

#[test]
fn range_proofs_and_stealth_addresses_pass() {
    let Some(path) = shared("vectors/bulletproofs") else { return };
    let proofs = run(path.clone(), None).totals();
    assert_eq!((proofs.passed, proofs.failed, proofs.skipped), (11, 0, 0));
    let accepting =
        Runner::new(&CpuRecoverer).with_verifier(&AcceptAll).with_deriver(&CpuDeriver).run(&[path]).totals();
    assert_eq!((accepting.passed, accepting.failed), (0, 11));
    let Some(path) = shared("vectors/stealth.json") else { return };
    let stealth = run(path, None).totals();
    assert_eq!((stealth.passed, stealth.failed, stealth.skipped), (32, 0, 0));
}

#[test]
fn one_failure_or_a_fork_with_few_cases_is_noticed() {
    let suite = |fork: &Fork| Suite { name: format!("x {fork}"), passed: FLOOR, ..Suite::default() };
    let whole = Report { suites: Fork::ALL.iter().map(suite).collect(), ..Report::default() };
    let judged = |change: fn(&mut Report)| {
        let mut report = whole.clone();
        change(&mut report);
        judge(&BTreeMap::from([("x", report)]))
    };
    assert_eq!(judged(|_| {}), Ok(()));
    let failed = judged(|report| {
        let reason = "another root".to_owned();
        report.suites[3].failures.push(Note { name: "n".to_owned(), reason });
        report.suites[3].failed = 1;
    });
    assert!(failed.unwrap_err().contains("another root"));
    let few = judged(|report| report.suites[0].passed -= 1).unwrap_err();
    assert!(few.starts_with("Frontier: 99 cases, fewer than 100"), "{few}");
    assert!(judged(|report| report.suites.truncate(1)).is_err());
    let reports = BTreeMap::from([("x", whole.clone()), ("y", Report::default())]);
    assert!(judge(&reports).is_err(), "an archive without cases");
    assert_eq!(forks("x BPO2ToAmsterdamAtTime15k"), [Fork::Bpo2, Fork::Amsterdam]);
    assert_eq!(forks("x trie"), []);
}
