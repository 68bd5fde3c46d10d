//! `erbium conform` from outside: right and wrong answers, and bad input, of which what is wrong is named with its place, the
//! rest still runs, and the exit code is 2.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod command;

use command::{Answer, COULD_NOT, FINE, NO};
use erbium_conform::source::xz;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// Seven cases.
const SAMPLE: &str = include_str!("data/state/testeth-add11.json");
/// One case.
const OTHER: &str = "tests/data/state/retesteth-arith.json";

fn conform(args: &[&str]) -> Answer {
    let mut command = Command::new(env!("CARGO_BIN_EXE_erbium"));
    command.arg("conform").args(args).current_dir(env!("CARGO_MANIFEST_DIR"));
    command.env_remove("ERBIUM_GPU").env_remove("ERBIUM_LOG");
    command.output().expect("the program starts").into()
}

/// Files in a folder that is gone when the test is.
struct TempFolder(PathBuf);

impl TempFolder {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("erbium-conform-cli-{}-{count}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.0.join(name);
        fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

impl Drop for TempFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn tar(files: &[(&str, &str)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, text) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, text.as_bytes()).unwrap();
    }
    builder.into_inner().unwrap()
}

/// The archive under each suffix, packed as that says.
fn packed(tar: &[u8]) -> [(&'static str, Vec<u8>); 3] {
    [("tar", tar.to_vec()), ("tar.xz", xz(tar).unwrap()), ("tar.zst", zstd::encode_all(tar, 3).unwrap())]
}

/// Runs `path` and, behind it, a file with one case that passes; how many cases passed in `path`.
#[track_caller]
fn passed_beside(path: &str, said: &[&str]) -> u64 {
    let answer = conform(&["--json", path, OTHER]).expect(COULD_NOT);
    let answer = said.iter().fold(answer, |answer, text| answer.err(text));
    let report = answer.json();
    let passed = report["suites"].as_array().unwrap().iter().map(|suite| suite["passed"].as_u64().unwrap());
    let of_other = report["suites"].as_array().unwrap().iter();
    let of_other = of_other.filter(|suite| suite["name"].as_str().unwrap().starts_with("retesteth-arith"));
    assert_eq!(of_other.map(|suite| suite["passed"].as_u64().unwrap()).sum::<u64>(), 1, "{report}");
    passed.sum::<u64>() - 1
}

#[test]
fn a_whole_archive_passes() {
    let folder = TempFolder::new();
    for (suffix, bytes) in packed(&tar(&[("a.json", SAMPLE), ("b.json", SAMPLE)])) {
        let path = folder.write(&format!("whole.{suffix}"), &bytes);
        let report = conform(&["--json", &path]).expect(FINE).json();
        assert_eq!(report["errors"], Value::Null, "{report}");
    }
}

#[test]
fn a_truncated_archive_is_named_with_the_byte() {
    let folder = TempFolder::new();
    let whole = tar(&[("a.json", SAMPLE), ("b.json", SAMPLE)]);
    for (suffix, bytes) in packed(&whole) {
        for (part, cut) in [("end", bytes.len() - 3), ("half", bytes.len() / 2), ("start", 5), ("empty", 0)] {
            if (suffix, part) == ("tar", "end") {
                // All that is cut off is zeros behind the mark.
                continue;
            }
            let path = folder.write(&format!("{part}.{suffix}"), &bytes[..cut]);
            passed_beside(&path, &[&format!("error: {path}"), "damaged near byte"]);
        }
    }
    // In the middle of the second file, which is named; the first still runs.
    let path = folder.write("second.tar", &whole[..whole.len() - 4096]);
    assert_eq!(passed_beside(&path, &["second.tar", "at b.json", "unexpected end of file"]), 7);
}

#[test]
fn an_archive_cut_between_two_files_is_not_whole() {
    let folder = TempFolder::new();
    let whole = tar(&[("a.json", SAMPLE), ("b.json", SAMPLE)]);
    let first = tar(&[("a.json", SAMPLE)]).len() - 1024;
    for (suffix, bytes) in packed(&whole[..first]) {
        let path = folder.write(&format!("between.{suffix}"), &bytes);
        assert_eq!(passed_beside(&path, &[&path, "at a.json", "the end of the archive is missing"]), 7);
    }
}

#[test]
fn truncated_json_in_an_archive_keeps_no_other_file_from_running() {
    let folder = TempFolder::new();
    let truncated = &SAMPLE[..SAMPLE.len() / 2];
    let tar = tar(&[("a.json", SAMPLE), ("b/broken.json", truncated), ("c.json", SAMPLE)]);
    for (suffix, bytes) in packed(&tar) {
        let path = folder.write(&format!("part.{suffix}"), &bytes);
        assert_eq!(passed_beside(&path, &[&format!("error: {path}: b/broken.json: "), " at line "]), 14);
    }
    let path = folder.write("alone.json", truncated.as_bytes());
    assert_eq!(passed_beside(&path, &[&format!("error: {path}: "), " at line "]), 0);
}

#[test]
fn an_unknown_fork_is_named_with_its_test() {
    let folder = TempFolder::new();
    let unknown = SAMPLE.replacen("\"Byzantium\"", "\"Atlantis\"", 1);
    assert_ne!(unknown, SAMPLE);
    for (suffix, bytes) in packed(&tar(&[("a.json", &unknown), ("b.json", SAMPLE)])) {
        let path = folder.write(&format!("fork.{suffix}"), &bytes);
        let said = [&format!("error: {path}: a.json: "), "[Atlantis d0 g0 v0]: unknown fork `Atlantis`"];
        assert_eq!(passed_beside(&path, &said), 13);
    }
    // A network of a blockchain test, and a formula of a difficulty test.
    let blockchain = include_str!("data/blockchain/frontier-nonce.json");
    let blockchain = blockchain.replace("\"network\": \"Frontier\"", "\"network\": \"Atlantis\"");
    let path = folder.write("chain.json", blockchain.as_bytes());
    assert_eq!(passed_beside(&path, &[&path, "unknown fork or network `Atlantis`"]), 0);
    let path = folder.write("d.json", br#"{"a":{"_info":{},"Frontier":{},"Atlantis":{}}}"#);
    assert_eq!(passed_beside(&path, &[&path, "unknown fork `Atlantis`"]), 0);
}

#[test]
fn an_archive_of_listed_skips_is_fine_and_one_without_cases_is_not() {
    let folder = TempFolder::new();
    let key = r#"{"key":{"json":{},"password":"x","priv":"00"}}"#;
    let path =
        folder.write("skips.tar.zst", &zstd::encode_all(&*tar(&[("KeyStoreTests/a.json", key)]), 3).unwrap());
    conform(&[&path]).expect(FINE).out("skipped: KeyStoreTests/a.json: keys encrypted");
    let path = folder.write("none.tar", &tar(&[("README.md", "nothing")]));
    conform(&[&path]).expect(COULD_NOT).err("no test ran");
}

#[test]
fn it_tells_right_from_wrong() {
    let vectors = "tests/data/precompiles/ecRecover.json";
    let answer = conform(&["--json", vectors]).expect(FINE).json();
    let passed = answer["suites"][0]["passed"].as_u64().unwrap();
    assert!(passed > 0 && answer["suites"][0]["failed"] == 0, "{answer}");
    conform(&["tests/data/state", "tests/data/precompiles"]).expect(FINE).out("total");

    // The file's name tells the precompile, so the changed copy keeps it.
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(vectors);
    let mut changed: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let vector = changed.as_array_mut().unwrap().iter_mut().find(|vector| vector["Expected"] != "").unwrap();
    vector["Expected"] = json!(format!("{:064x}", 1));
    let name = vector["Name"].as_str().unwrap().to_owned();
    let folder = TempFolder::new();
    let file = folder.write("ecRecover.json", &serde_json::to_vec(&changed).unwrap());
    let json = conform(&["--json", &file]).expect(NO).json();
    assert_eq!(json["suites"][0]["failed"], 1);
    assert!(json["suites"][0]["failures"][0]["name"].as_str().unwrap().contains(&name));
}

#[test]
fn it_asks_the_backend_that_is_named() {
    let vectors = "tests/data/mldsa";
    for args in [&[vectors][..], &["--backend", "cpu", vectors]] {
        conform(args).expect(FINE).out("mldsa acvp_sigVer").err("passed over");
    }
    conform(&["--backend", "abacus", vectors]).expect(COULD_NOT).err("no such backend");
}

#[test]
fn it_traces_one_case() {
    let case = "eip_7702";
    let trace = conform(&["tests/data/state", "--trace", case]).expect(FINE);
    trace.out("\"opName\":\"SSTORE\"").out("\"pass\":true");
    conform(&["tests/data/state", "--trace", "nosuchcase"]).expect(COULD_NOT).err("nosuchcase");
}

#[test]
fn it_needs_something_to_run() {
    conform(&["examples/spec"]).expect(COULD_NOT).err("no test ran");
    conform(&["no/such/file"]).expect(COULD_NOT).err("no/such/file");
    let folder = TempFolder::new();
    let garbage = folder.write("garbage.tar.xz", b"garbage");
    conform(&[&garbage]).expect(COULD_NOT).err(&garbage);
    conform(&["--fork", "Atlantis", "examples/spec"]).expect(COULD_NOT).err("unknown fork `Atlantis`");
}
