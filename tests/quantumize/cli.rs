//! `erbium quantumize` from outside.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder that is gone when the test is.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("erbium-quantumize-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn at(&self, name: &str) -> String {
        self.0.join(name).to_string_lossy().into_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[track_caller]
fn erbium(code: i32, args: &[&str]) -> (String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_erbium"));
    command.args(args).current_dir(env!("CARGO_MANIFEST_DIR"));
    command.env_remove("ERBIUM_GPU").env_remove("ERBIUM_LOG");
    let Output { status, stdout, stderr } = command.output().unwrap();
    let [stdout, stderr] = [stdout, stderr].map(|text| String::from_utf8(text).unwrap());
    assert_eq!(status.code(), Some(code), "stdout: {stdout}\nstderr: {stderr}");
    (stdout, stderr)
}

const BLOCK: &str = "examples/blocks/2688148.json";

#[test]
fn a_file_becomes_a_file_that_validate_accepts() {
    let folder = Folder::new("file");
    let (plain, packed) = (folder.at("twin.json"), folder.at("twin.json.xz"));
    let (stdout, _) = erbium(0, &["quantumize", BLOCK, &plain, "--scheme", "44"]);
    let line = "block 2688148 (EIP158+Erbium): 4 of 4 transactions signed with scheme 44 by 3 senders, gas used 2725844 -> ";
    assert!(stdout.starts_with(line), "{stdout}");
    erbium(0, &["quantumize", BLOCK, &packed, "--scheme", "44"]);
    for path in [&plain, &packed] {
        let (stdout, _) = erbium(0, &["validate", path]);
        assert!(stdout.contains("4 signatures (4 ML-DSA-44)"), "{stdout}");
        assert!(!stdout.contains("not checkable"), "{stdout}");
    }
    assert!(fs::metadata(&packed).unwrap().len() < fs::metadata(&plain).unwrap().len());

    let seed = "11".repeat(32);
    let other = folder.at("other.json");
    erbium(0, &["quantumize", BLOCK, &other, "--scheme", "44", "--seed", &seed]);
    assert_ne!(fs::read(&plain).unwrap(), fs::read(&other).unwrap());
}

#[test]
fn a_folder_becomes_a_folder_and_json_reports_it() {
    let folder = Folder::new("folder");
    let blocks = folder.at("blocks");
    fs::create_dir(&blocks).unwrap();
    for number in ["2688148", "930196"] {
        let name = format!("{number}.json");
        fs::copy(
            Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/blocks").join(&name),
            format!("{blocks}/{name}"),
        )
        .unwrap();
    }
    let out = folder.at("twins");
    let (stdout, _) = erbium(0, &["quantumize", &blocks, &out, "--compress", "--json"]);
    let json: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(json["summary"]["twins"], 2);
    assert_eq!((&json["summary"]["signed"], &json["summary"]["transactions"]), (&22.into(), &22.into()));
    assert_eq!(json["twins"][0]["signatureGas"], 30_056);
    let mut names: Vec<_> =
        fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["2688148.json.xz", "930196.json.xz"]);
    erbium(0, &["validate", &out]);

    let (_, stderr) = erbium(2, &["quantumize", &blocks, &folder.at("one.json")]);
    assert!(stderr.contains("two twins cannot go to one file"), "{stderr}");
}

#[test]
fn an_invalid_block_is_refused() {
    let folder = Folder::new("invalid");
    let (bad, out) = (folder.at("bad.json"), folder.at("twin.json"));
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(BLOCK)).unwrap();
    let changed = text.replacen("\"gasUsed\":\"0x", "\"gasUsed\":\"0x1", 1);
    assert_ne!(changed, text);
    fs::write(&bad, changed).unwrap();
    let (stdout, _) = erbium(1, &["quantumize", &bad, &out]);
    assert!(stdout.contains("refused: block 2688148 is not valid: "), "{stdout}");
    assert!(stdout.contains("sum: 0 twins, 1 refused"), "{stdout}");
    assert!(!Path::new(&out).exists());
    let (stdout, _) = erbium(1, &["quantumize", &bad, &out, "--json"]);
    let json: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(json["summary"]["refused"], 1);
    assert!(json["twins"][0]["refused"].as_str().unwrap().contains("is not valid"));
}

#[test]
fn what_cannot_be_done_is_said() {
    let folder = Folder::new("cannot");
    let out = folder.at("twin.json");
    for (args, expected) in [
        (vec!["quantumize", BLOCK, &out, "--seed", "00"], "--seed: 1 bytes where 32 belong"),
        (vec!["quantumize", BLOCK, &out, "--seed", "0x0g"], "`g` at character 4 is no hexadecimal digit"),
        (vec!["quantumize", BLOCK, &out, "--scheme", "3"], "invalid value '3' for '--scheme <SCHEME>'"),
        (vec!["quantumize", "no/such/file", &out], "no/such/file"),
        (vec!["quantumize", "Cargo.toml", &out], "not a JSON block file"),
        (vec!["quantumize", BLOCK, "Cargo.toml/x.json"], "Cargo.toml/x.json"),
    ] {
        let (_, stderr) = erbium(2, &args);
        assert!(stderr.contains(expected), "{args:?}: {stderr}");
    }
    assert!(!Path::new(&out).exists());
}
