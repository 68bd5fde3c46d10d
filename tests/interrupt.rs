//! What the program does when it is interrupted.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[allow(dead_code, reason = "other tests look at more")]
mod command;

use command::{Answer, COULD_NOT};
use std::fs;
use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const MANY: u64 = 3_000;
const PATIENCE: Duration = Duration::from_secs(60);

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("erbium-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn validate(path: &Path, flags: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_erbium"))
        .arg("validate")
        .arg(path)
        .args(flags)
        .env("ERBIUM_GPU", "off")
        .env_remove("ERBIUM_LOG")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn interrupt(child: &Child) {
    let status = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}

fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "{what} does not come");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Answers of a program that is interrupted once it has printed something.
fn interrupted(flags: &[&str]) -> Answer {
    let folder = Folder::new(&format!("interrupt{}", flags.len()));
    let block = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/blocks/930196.json");
    for number in 0..MANY {
        std::os::unix::fs::symlink(&block, folder.0.join(format!("{number:05}.json"))).unwrap();
    }
    let mut child = validate(&folder.0, flags);
    let mut first = vec![0; 20];
    child.stdout.as_mut().unwrap().read_exact(&mut first).unwrap();
    interrupt(&child);
    let output = child.wait_with_output().unwrap();
    let mut answer = Answer::from(output).expect(COULD_NOT);
    answer.stdout.insert_str(0, std::str::from_utf8(&first).unwrap());
    answer
}

#[test]
fn an_interrupted_run_sums_up_what_it_did() {
    let answer = interrupted(&["--json"]).err("interrupted: ");
    let json = answer.json();
    let blocks = json["blocks"].as_array().unwrap();
    let sum = &json["summary"];
    assert_eq!((&json["interrupted"], &json["errors"]), (&true.into(), &serde_json::json!([])));
    assert_eq!(
        (sum["blocks"].as_u64(), sum["valid"].as_u64()),
        (Some(blocks.len() as u64), sum["blocks"].as_u64())
    );
    assert!((1..MANY / 2).contains(&(blocks.len() as u64)), "{} blocks", blocks.len());
    let gas: u64 = blocks.iter().map(|block| block["gasUsed"].as_u64().unwrap()).sum();
    assert_eq!(sum["gasUsed"].as_u64(), Some(gas));

    let answer = interrupted(&[]).err("interrupted: ");
    let lines = answer.stdout.lines().filter(|line| line.starts_with("block 930196")).count();
    let answer = answer.out(&format!("sum: {lines} valid, 0 invalid"));
    assert!(answer.stderr.contains(&format!("of {lines} blocks")), "{}", answer.stderr);
}

#[test]
fn the_second_interrupt_ends_at_once() {
    let folder = Folder::new("interrupt-twice");
    let pipe = folder.0.join("block.json");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut child = validate(&pipe, &[]);
    // Opened on both sides, and nothing is written: the program waits for the file.
    let writer = fs::OpenOptions::new().write(true).open(&pipe).unwrap();
    let status = PathBuf::from(format!("/proc/{}/status", child.id()));
    wait_until("a handler", || {
        let status = fs::read_to_string(&status).unwrap();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap().trim();
        u64::from_str_radix(caught, 16).unwrap() & 0b10 != 0
    });
    interrupt(&child);
    std::thread::sleep(Duration::from_millis(100));
    assert!(child.try_wait().unwrap().is_none(), "the first interrupt lets it go on");
    interrupt(&child);
    let mut ended = None;
    wait_until("the end", || {
        ended = child.try_wait().unwrap();
        ended.is_some()
    });
    assert_eq!(ended.unwrap().signal(), Some(2));
    drop(writer);
}
