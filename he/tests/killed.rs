//! A process that is killed in the middle of an evaluation, and others that go on where it was.
#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

use erbium_claims::homomorphic::{CiphertextType, Code, LoggedOperation};
use erbium_he::{Evaluator, Reference, Store, StoreError, evaluate};
use primitive_types::U256;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};
use support::{Folder, Log};

/// What a child process is to evaluate into.
const CHILD: &str = "ERBIUM_HE_KILLED";
/// Longer than any evaluation here takes.
const PATIENCE: Duration = Duration::from_secs(120);

fn open(folder: &Path) -> Store {
    Store::open(folder, "key").unwrap()
}

/// Sums of one, two of which are under way at any time.
fn log() -> Log {
    let mut log = Log::default();
    let one = log.encrypt(CiphertextType::U64, 1);
    let (mut left, mut right) = (one, one);
    for _ in 0..60 {
        left = log.two(Code::Add, left, one);
        right = log.two(Code::Add, right, left);
    }
    log
}

/// The reference, with results of a size that is not written at once, and slow enough to be killed.
struct Slow;

/// Bytes of a stored result: the number in front, then what belongs to it.
const BYTES: usize = 64 << 10;

impl Evaluator for Slow {
    type Ciphertext = U256;
    type Error = std::io::Error;

    fn apply(&self, entry: &LoggedOperation, inputs: &[&U256]) -> Result<U256, Self::Error> {
        sleep(Duration::from_millis(1));
        Ok(Reference.apply(entry, inputs).unwrap())
    }

    fn to_bytes(&self, value: &U256) -> Result<Vec<u8>, Self::Error> {
        let number = value.to_big_endian();
        Ok(number.into_iter().chain((number.len()..BYTES).map(|_| number[31])).collect())
    }

    fn read(&self, _: CiphertextType, bytes: &[u8]) -> Result<Option<U256>, Self::Error> {
        Ok(bytes.get(..32).map(U256::from_big_endian))
    }
}

/// Not a test by itself: what the next one starts and kills.
#[test]
fn child() {
    let Ok(folder) = std::env::var(CHILD) else { return };
    evaluate(&log().0, &open(Path::new(&folder)), &Slow, &|_| {}).unwrap();
}

fn start(folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child"])
        .env(CHILD, folder)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// Results that are stored; each of them is what it should be.
fn stored(folder: &Path, log: &Log) -> usize {
    let store = open(folder);
    let mut expected = std::collections::HashMap::new();
    let mut count = 0;
    for entry in &log.0 {
        let inputs: Vec<_> = entry.operation.inputs().map(|input| expected[&input]).collect();
        let value = erbium_he::compute(entry, &inputs);
        expected.insert(entry.result, value);
        match store.get(&entry.result) {
            Ok(bytes) => {
                assert_eq!(bytes, Slow.to_bytes(&value).unwrap());
                count += 1;
            }
            Err(StoreError::Missing { handle }) => assert_eq!(handle, entry.result),
            Err(error) => unreachable!("{error}"),
        }
    }
    count
}

/// The child's end, or `None` where it has stored `until` results before.
fn run(child: &mut Child, folder: &Path, until: usize) -> Option<ExitStatus> {
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        let results = std::fs::read_dir(folder.join("handles")).map_or(0, Iterator::count);
        if results >= until {
            return None;
        }
        sleep(Duration::from_millis(1));
    }
    unreachable!("the child does not come to an end")
}

#[test]
fn killed_processes_leave_what_the_next_goes_on_from() {
    let (folder, log) = (Folder::new(), log());
    let (mut killed, mut before) = (0, 0);
    for until in (10..log.0.len()).step_by(15) {
        let mut child = start(folder.path());
        if run(&mut child, folder.path(), until).is_none() {
            child.kill().unwrap();
            killed += u32::from(!child.wait().unwrap().success());
        }
        let now = stored(folder.path(), &log);
        assert!(now >= before, "{before} results, then {now}");
        before = now;
    }
    assert!(killed >= 2 && before > 0, "killed {killed} times, {before} results");
    let status = run(&mut start(folder.path()), folder.path(), usize::MAX);
    assert!(status.unwrap().success());
    assert_eq!(stored(folder.path(), &log), log.0.len());
    // Nothing is computed again.
    let again = evaluate(&log.0, &open(folder.path()), &Slow, &|_| {}).unwrap();
    assert_eq!((again.computed, again.found), (0, log.0.len()));
}
