//! The runner on official blockchain and transaction tests, as they are and with one thing wrong in each.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use erbium_conform::{Filter, Report, Runner, Totals};
use erbium_gpu::CpuRecoverer;
use erbium_vm::H160;
use erbium_vm::claims::{Fault, Recoverer, Recovery};
use erbium_vm::speculation::{ExecutionOptions, Parallel};
use erbium_vm::{Fork, ParallelVM};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

fn data(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data").join(folder)
}

fn run(path: &Path, forks: &[Fork]) -> Report {
    let filter = Filter { forks: forks.to_vec(), ..Filter::default() };
    Runner::new(&CpuRecoverer).with_filter(filter).run(&[path.to_owned()])
}

/// The report on a file of `text`.
fn run_text(text: &str) -> Report {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("erbium-blockchain-{}-{count}.json", std::process::id()));
    fs::write(&path, text).unwrap();
    let report = run(&path, &[]);
    fs::remove_file(path).unwrap();
    report
}

/// The reason for which `file` fails after its text went through `change`, which must change it.
fn failure(file: &str, change: impl Fn(&str) -> String) -> String {
    let text = fs::read_to_string(data("blockchain").join(file)).unwrap();
    let changed = change(&text);
    assert!(text != changed, "nothing was changed");
    let report = run_text(&changed);
    assert_eq!(report.totals(), Totals { passed: 0, failed: 1, skipped: 0 }, "{report}");
    report.suites[0].failures[0].reason.clone()
}

/// `text` with the last digit of the first hash behind `key` changed.
fn with_other_hash(text: &str, key: &str) -> String {
    let start = text.find(key).unwrap() + key.len();
    let last = start + text[start..].find("\"0x").unwrap() + 66;
    let digit = if text.as_bytes()[last] == b'0' { "1" } else { "0" };
    let mut changed = text.to_owned();
    changed.replace_range(last..=last, digit);
    changed
}

#[test]
fn the_samples_pass() {
    let report = run(&data("blockchain"), &[]);
    assert!(report.is_clean(), "{report}");
    assert_eq!(report.totals(), Totals { passed: 7, failed: 0, skipped: 0 }, "{report}");
    let report = run(&data("blockchain"), &[Fork::Paris, Fork::Frontier]);
    assert_eq!(report.totals().passed, 2, "{report}");
}

/// With all transactions of a block running ahead of each other,.
#[test]
fn the_samples_pass_in_parallel() {
    let options = ExecutionOptions { parallel: Parallel::Always, ..ExecutionOptions::default() };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
    let report = pool
        .install(|| Runner::new(&CpuRecoverer).with_vm(ParallelVM::new(options)).run(&[data("blockchain")]));
    assert!(report.is_clean(), "{report}");
    assert_eq!(report.totals(), Totals { passed: 7, failed: 0, skipped: 0 }, "{report}");
}

#[test]
fn the_chain_must_end_as_the_test_says() {
    for file in ["side-chain-berlin.json", "ommer-berlin.json", "merge.json"] {
        let reason = failure(file, |text| with_other_hash(text, "\"lastblockhash\""));
        assert!(reason.starts_with("the chain ends with block "), "{reason}");
    }
}

#[test]
fn other_hashes_in_the_file_are_failures() {
    let reason = failure("osaka-logs.json", |text| with_other_hash(text, "\"hash\""));
    assert!(reason.starts_with("genesis: hash is 0x"), "{reason}");
    let reason = failure("osaka-logs.json", |text| {
        let blocks = text.find("\"blocks\"").unwrap();
        format!("{}{}", &text[..blocks], with_other_hash(&text[blocks..], "\"hash\""))
    });
    assert!(reason.starts_with("block 1: hash is 0x"), "{reason}");
}

#[test]
fn the_first_difference_of_the_post_state_is_named() {
    let reason = failure("frontier-nonce.json", |text| {
        let post = text.find("\"postState\"").unwrap();
        format!("{}{}", &text[..post], text[post..].replacen("\"nonce\": \"0x06\"", "\"nonce\": \"0x07\"", 1))
    });
    assert!(reason.contains("post state: 0x") && reason.ends_with("has nonce 6, not 7"), "{reason}");
}

#[test]
fn another_genesis_state_is_a_failure() {
    let reason = failure("frontier-nonce.json", |text| {
        let pre = text.find("\"pre\"").unwrap();
        format!("{}{}", &text[..pre], text[pre..].replacen("\"nonce\": \"0x00\"", "\"nonce\": \"0x07\"", 1))
    });
    assert!(reason.starts_with("genesis: `pre` has state root"), "{reason}");
}

#[test]
fn an_acceptance_another_reason_and_an_unknown_name_are_failures() {
    let name = "BlockException.INVALID_BASEFEE_PER_GAS";
    let exception = format!("\"expectException\": \"{name}\"");
    let with = |other: &str| {
        failure("london-base-fee.json", |text| {
            text.replace(&exception, &format!("\"expectException\": \"BlockException.{other}\""))
        })
    };
    let reason = with("INVALID_GASLIMIT");
    assert!(reason.starts_with("block 1: refused for another reason: header: baseFeePerGas is "), "{reason}");
    let reason = with("MOON_PHASE");
    assert!(reason.contains("unknown exception name `BlockException.MOON_PHASE`"), "{reason}");
    let reason = failure("london-base-fee.json", |text| text.replace("\"expectException\"", "\"was\""));
    assert!(reason.starts_with("block 1: refused: header: baseFeePerGas is "), "{reason}");
    let reason = failure("frontier-nonce.json", |text| {
        text.replacen("\"rlp\":", &format!("{exception}, \"rlp\":"), 1)
    });
    assert!(reason.starts_with("block 1: accepted; expected BlockException"), "{reason}");
}

#[test]
fn other_bytes_are_another_block() {
    // The transactions' root, deep in the first block's header.
    let reason = failure("ommer-berlin.json", |text| {
        let start = text.find("\"rlp\": \"0x").unwrap() + 10;
        let mut changed = text.to_owned();
        let at = start + 200;
        let digit = if &text[at..=at] == "0" { "1" } else { "0" };
        changed.replace_range(at..=at, digit);
        changed
    });
    assert!(reason.starts_with("block 1: "), "{reason}");
}

#[test]
fn what_the_header_commits_to_is_compared() {
    for (from, to, expected) in [
        ("a0a49629e1", "a0a49629e2", "stateRoot is 0xa49629e2"),
        ("a0921fa5ec", "a0921fa5ed", "transactionsRoot is 0x921fa5ed"),
        ("a060271f36", "a060271f37", "receiptsRoot is 0x60271f37"),
        ("8252080c80a0", "8252090c80a0", "gasUsed is 21001, the block gives 21000"),
        ("83020040018407", "83020041018407", "header: difficulty is 131137, not 131136"),
    ] {
        // Without the decoded form there is no hash beside the bytes to differ from.
        let change = |text: &str| text.replace("\"blockHeader\"", "\"was\"").replace(from, to);
        let reason = failure("frontier-nonce.json", change);
        assert!(reason.starts_with(&format!("block 1: refused: {expected}")), "{reason}");
    }
}

#[test]
fn an_unknown_network_is_an_error() {
    let text = fs::read_to_string(data("blockchain/frontier-nonce.json")).unwrap();
    let network = "\"network\": \"Frontier\"";
    let report = run_text(&text.replace(network, "\"network\": \"FrontierToAtlantisAt5\""));
    let [error] = report.errors.as_slice() else { panic!("{report}") };
    assert_eq!(error.reason, "unknown fork or network `FrontierToAtlantisAt5`");
    assert!(error.name.contains("erbium-blockchain-") && error.name.contains("test_tx_nonce"), "{report}");
}

#[test]
fn truncated_json_is_an_error_with_a_place_and_other_files_still_run() {
    let text = fs::read_to_string(data("blockchain/frontier-nonce.json")).unwrap();
    let path = std::env::temp_dir().join(format!("erbium-truncated-{}.json", std::process::id()));
    fs::write(&path, &text[..text.len() / 2]).unwrap();
    let report = Runner::new(&CpuRecoverer).run(&[path.clone(), data("blockchain/merge.json")]);
    fs::remove_file(path).unwrap();
    let [error] = report.errors.as_slice() else { panic!("{report}") };
    assert!(error.name.contains("erbium-truncated-") && error.reason.contains("line "), "{report}");
    assert_eq!(report.totals().passed, 1, "{report}");
}

#[test]
fn altered_texts_never_panic() {
    let text = fs::read_to_string(data("blockchain/cancun-transition.json")).unwrap();
    let quoted: Vec<_> = text.split('"').collect();
    for (count, with) in ["", "0x", "-1", "0xc0", "0xffffffffffffffffff"].into_iter().enumerate() {
        for place in (1 + 2 * count..quoted.len()).step_by(10) {
            let mut changed = quoted.clone();
            changed[place] = with;
            let report = run_text(&changed.join("\""));
            assert!(!report.to_string().contains("panicked"), "{report}");
        }
    }
}

/// Says that nobody signed anything.
struct Nobody;

impl Recoverer for Nobody {
    fn recover(&self, signed: &[Recovery]) -> Result<Vec<Option<H160>>, Fault> {
        Ok(vec![None; signed.len()])
    }
}

#[test]
fn senders_come_from_the_recoverer() {
    let report = Runner::new(&Nobody).run(&[data("blockchain/frontier-nonce.json"), data("transaction")]);
    let reasons = report.suites.iter().flat_map(|suite| &suite.failures);
    assert!(reasons.clone().all(|note| note.reason.contains("no key fits it")), "{report}");
    assert_eq!(reasons.count(), 5, "{report}");
}

#[test]
fn transactions_are_judged_under_every_fork() {
    let path = data("transaction");
    let report = run(&path, &[]);
    assert!(report.is_clean(), "{report}");
    assert_eq!(report.totals().passed, 13, "{report}");
    let text = fs::read_to_string(path.join("GasLimitPriceProductOverflowtMinusOne.json")).unwrap();
    for (from, to, expected) in [
        ("\"sender\": \"0x", "\"sender\": \"0x0", "sender is 0x"),
        ("\"intrinsicGas\": \"0x5", "\"intrinsicGas\": \"0x4", "intrinsicGas is 2"),
        ("TYPE_NOT_SUPPORTED", "NONCE_IS_MAX", "refused for another reason: transaction type 2"),
        ("TYPE_NOT_SUPPORTED", "MOON_PHASE", "unknown exception name `TransactionException.MOON_PHASE`"),
        ("\"exception\"", "\"was\"", "refused: transaction type 2"),
    ] {
        let shortened = |text: &str| match from {
            // One digit more in front, one less behind.
            "\"sender\": \"0x" => {
                let at = text.find(from).unwrap() + from.len() + 39;
                format!("{}{}", &text[..at], &text[at + 1..])
            }
            _ => text.to_owned(),
        };
        let report = run_text(&shortened(&text).replacen(from, to, 1));
        let failures: Vec<_> = report.suites.iter().flat_map(|suite| &suite.failures).collect();
        assert!(matches!(failures[..], [note] if note.reason.contains(expected)), "{expected}: {report}");
    }
}
