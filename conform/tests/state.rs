//! The runner on official state tests, as they are and with one thing wrong in each.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use erbium_conform::{Filter, FindError, Note, Progress, Report, Runner, Totals};
use erbium_gpu::CpuRecoverer;
use erbium_vm::Fork;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/state")
}

fn run(path: &Path, filter: Filter) -> Report {
    Runner::new(&CpuRecoverer).with_filter(filter).run(&[path.to_owned()])
}

/// The report on `file` after its text went through `change`, which must change it.
fn run_changed(file: &str, change: impl Fn(&str) -> String) -> Report {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let text = fs::read_to_string(data().join(file)).unwrap();
    let changed = change(&text);
    assert_ne!(text, changed);
    let name =
        format!("erbium-conform-{}-{}.json", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let path = std::env::temp_dir().join(name);
    fs::write(&path, changed).unwrap();
    let report = run(&path, Filter::default());
    fs::remove_file(path).unwrap();
    report
}

/// The one failure of a report without passes.
fn failure(report: &Report) -> &Note {
    let [failure] = report.suites[0].failures.as_slice() else { panic!("{report}") };
    assert_eq!(report.totals(), Totals { passed: 0, failed: 1, skipped: 0 });
    failure
}

#[test]
fn the_samples_pass() {
    let report = run(&data(), Filter::default());
    assert_eq!(report.totals(), Totals { passed: 24, failed: 0, skipped: 0 }, "{report}");
    assert!(report.is_clean());
    let [note] = report.passed_over.as_slice() else { panic!("{report:?}") };
    assert!(note.name.ends_with("README.md"));
}

#[test]
fn another_root_is_a_failure() {
    let root = "4c6e15a60aaab17fd64cdb35d269c1a4035566d57a8f9f29a88271b703d94132";
    let report = run_changed("retesteth-arith.json", |text| text.replace(root, &root.replacen('4', "5", 1)));
    let reason = &failure(&report).reason;
    assert!(reason.contains(&format!("state root 0x{root}, not 0x5c6e")), "{reason}");
}

#[test]
fn the_first_difference_is_named_where_the_test_tells_the_state() {
    let change = |text: &str| {
        let wrong_root = text.replace("0x99caed3e70eec0ed", "0x89caed3e70eec0ed");
        wrong_root.replace("0x3635c9adc5de9556af", "0x3635c9adc5de9556ae")
    };
    let report = run_changed("eest-prague-set-code.json", change);
    let reason = &failure(&report).reason;
    let expected = "0x78d03ebeca16df0be46069103a22faeaf727cb48 has balance 0x3635c9adc5de9556af, \
                    not 0x3635c9adc5de9556ae (+1)";
    assert!(reason.ends_with(expected), "{reason}");
}

#[test]
fn other_logs_are_a_failure() {
    let report = run_changed("retesteth-arith.json", |text| text.replace("0x1dcc4de8", "0x1dcc4de9"));
    assert!(failure(&report).reason.contains("0 logs hash to 0x1dcc4de8"), "{report}");
}

#[test]
fn an_acceptance_and_another_reason_are_failures() {
    let cap = "TransactionException.GAS_LIMIT_EXCEEDS_MAXIMUM";
    let report =
        run_changed("eest-osaka-gas-cap.json", |text| text.replace(cap, "TransactionException.NONCE_IS_MAX"));
    assert!(failure(&report).reason.contains("refused for another reason"), "{report}");
    // Without its exception the transaction should run.
    let report = run_changed("eest-osaka-gas-cap.json", |text| {
        let line = format!("\"expectException\": \"{cap}\"");
        text.replace(&line, "\"was\": 0")
    });
    assert!(failure(&report).reason.starts_with("refused: "), "{report}");
    let report = run_changed("eest-osaka-clz.json", |text| {
        text.replace("\"logs\":", &format!("\"expectException\": \"{cap}\", \"logs\":"))
    });
    assert!(failure(&report).reason.starts_with("accepted; expected"), "{report}");
}

#[test]
fn bytes_and_template_must_agree() {
    let value = "\"value\" : [\n                \"0x01\"";
    let report = run_changed("retesteth-arith.json", |text| text.replace(value, &value.replace("01", "02")));
    assert!(failure(&report).reason.contains("differ from the template in value"), "{report}");
    // The sender is recovered from the bytes and never believed.
    let sender = "\"sender\" : \"0xa94f";
    let report = run_changed("retesteth-arith.json", |text| text.replace(sender, "\"sender\" : \"0xa94e"));
    assert!(failure(&report).reason.starts_with("signed by 0xa94f"), "{report}");
}

#[test]
fn a_test_that_cannot_be_read_fails_with_its_field() {
    let report = run_changed("retesteth-arith.json", |text| text.replace("\"0x03e8\"", "\"0x03e8g\""));
    let failure = failure(&report);
    assert!(failure.name.ends_with(": arith"), "{report}");
    assert!(failure.reason.contains("`0x03e8g`") && failure.reason.contains("line"), "{report}");
    let report = run_changed("retesteth-arith.json", |text| text.replacen('{', "[", 1));
    assert_eq!(report.errors.len(), 1, "{report}");
    assert!(!report.is_clean());
}

#[test]
fn an_unknown_fork_is_an_error() {
    let report = run_changed("retesteth-arith.json", |text| text.replace("\"Cancun\"", "\"Atlantis\""));
    assert_eq!(report.totals(), Totals::default());
    let [error] = report.errors.as_slice() else { panic!("{report}") };
    assert_eq!(error.reason, "unknown fork `Atlantis`");
    assert!(!report.is_clean());
}

#[test]
fn filters_choose_forks_and_names() {
    let forks = vec![Fork::Homestead, Fork::Cancun];
    let report = run(&data(), Filter { forks: forks.clone(), ..Filter::default() });
    assert_eq!(report.totals().passed, 4, "{report}");
    let report = run(&data(), Filter { forks, name: Some("add11".to_owned()), sample: None });
    let [suite] = report.suites.as_slice() else { panic!("{report}") };
    assert_eq!((suite.name.as_str(), suite.passed), ("state Homestead", 1));
}

#[test]
fn progress_comes_after_each_file() {
    let seen = Mutex::new(Vec::new());
    let progress = |progress: Progress| seen.lock().unwrap().push(progress);
    Runner::new(&CpuRecoverer).with_progress(&progress).run(&[data()]);
    let mut seen = seen.into_inner().unwrap();
    seen.sort_by_key(|progress| progress.files);
    let last = seen.last().unwrap();
    assert_eq!((seen.len(), last.files), (8, 8));
    assert_eq!(seen.iter().map(|progress| progress.cases).max(), Some(24));
    assert!(last.bytes <= last.bytes_total);
}

#[test]
fn one_case_is_found_by_name_and_run_alone() {
    let runner = Runner::new(&CpuRecoverer);
    let single = runner.find(&[data()], "arith").unwrap_or_else(|error| panic!("{error}"));
    let execution = single.execute(None).unwrap();
    assert_eq!(single.judge(&execution), Ok(()));
    assert!(execution.outcome.is_ok());
    assert!(matches!(runner.find(&[data()], "add11"), Err(FindError::Ambiguous { .. })));
    assert!(matches!(runner.find(&[data()], "no such case"), Err(FindError::NotFound { .. })));
}

#[test]
fn a_damaged_archive_is_an_error_and_the_other_inputs_still_run() {
    let mut builder = tar::Builder::new(zstd::Encoder::new(Vec::new(), 1).unwrap());
    for name in ["a.json", "b.json"] {
        builder.append_path_with_name(data().join("testeth-add11.json"), name).unwrap();
    }
    let archive = builder.into_inner().unwrap().finish().unwrap();
    let path = std::env::temp_dir().join(format!("erbium-conform-{}.tar.zst", std::process::id()));
    fs::write(&path, &archive[..archive.len() - 5]).unwrap();
    let report = Runner::new(&CpuRecoverer).run(&[path.clone(), data().join("retesteth-arith.json")]);
    fs::remove_file(path).unwrap();
    let [error] = report.errors.as_slice() else { panic!("{report}") };
    assert!(error.reason.contains("damaged near byte"), "{report}");
    assert!(!report.is_clean());
    assert_eq!(report.suites.last().map(|suite| suite.passed), Some(1), "{report}");
}
