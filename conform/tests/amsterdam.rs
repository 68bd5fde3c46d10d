//! Amsterdam as of 2026-04-21: the pass rate of its archives, where they are, against the one on record; and samples.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use erbium_conform::{Report, Runner};
use erbium_gpu::CpuRecoverer;
use std::fs;
use std::path::{Path, PathBuf};

const RECORD: &str = include_str!("../data/amsterdam.txt");

/// An archive, its cases, and how many of them pass.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    archive: String,
    cases: u64,
    passed: u64,
}

fn lines(record: &str) -> Vec<Line> {
    let line = |line: &str| {
        let [archive, cases, passed] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        Line { archive: archive.to_owned(), cases: cases.parse().unwrap(), passed: passed.parse().unwrap() }
    };
    record.lines().filter(|line| !line.starts_with('#')).map(line).collect()
}

/// What is wrong with a report, against its line: fewer or more that pass, skips, or another number of cases.
fn compare(line: &Line, report: &Report) -> Result<(), String> {
    let totals = report.totals();
    let (cases, passed) = (totals.passed + totals.failed, totals.passed);
    if !report.errors.is_empty() || totals.skipped != 0 || cases != line.cases {
        return Err(format!("{}: {cases} cases, {} on record\n{report}", line.archive, line.cases));
    }
    match passed {
        passed if passed < line.passed => {
            Err(format!("{}: {passed} pass, {} on record\n{report}", line.archive, line.passed))
        }
        passed if passed > line.passed => {
            Err(format!("{}: {passed} pass, raise the {} on record", line.archive, line.passed))
        }
        _ => Ok(()),
    }
}

fn run(path: PathBuf) -> Report {
    Runner::new(&CpuRecoverer).run(&[path])
}

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/amsterdam")
}

#[test]
fn the_pass_rate_does_not_fall() {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let folder = std::env::var_os("ERBIUM_FIXTURES").map_or_else(default, PathBuf::from).join("fixtures");
    let record = lines(RECORD);
    assert_eq!(record.len(), 3);
    for line in record {
        let path = folder.join(format!("{}.tar.zst", line.archive));
        if !path.exists() {
            eprintln!("skipped: no {}", path.display());
            continue;
        }
        compare(&line, &run(path)).unwrap_or_else(|difference| panic!("{difference}"));
    }
}

#[test]
fn the_samples_pass() {
    let report = run(samples());
    let count = report.totals().passed;
    assert!(report.is_clean() && count >= 10, "{report}");
}

#[test]
fn another_pass_rate_is_noticed() {
    let report = run(samples());
    let passed = report.totals().passed;
    let line = |cases, passed| Line { archive: "samples".to_owned(), cases, passed };
    assert_eq!(compare(&line(passed, passed), &report), Ok(()));
    for wrong in [line(passed + 1, passed + 1), line(passed, passed + 1), line(passed, passed - 1)] {
        assert!(compare(&wrong, &report).is_err(), "{wrong:?}");
    }
}

#[test]
fn one_case_that_fails_is_noticed() {
    let text = fs::read_to_string(samples().join("eip8037-create_charges_state_gas.json")).unwrap();
    let path = std::env::temp_dir().join(format!("erbium-amsterdam-{}.json", std::process::id()));
    // In half the block, a byte of state costs less.
    let changed =
        text.replacen("\"currentGasLimit\": \"0x07270e00\"", "\"currentGasLimit\": \"0x03938700\"", 1);
    assert_ne!(text, changed);
    fs::write(&path, changed).unwrap();
    let report = run(path.clone());
    fs::remove_file(path).unwrap();
    let totals = report.totals();
    assert_eq!(totals.failed, 1, "{report}");
    let cases = totals.passed + totals.failed;
    assert!(compare(&Line { archive: "changed".to_owned(), cases, passed: cases }, &report).is_err());
}
