//! The consensus vectors of the extensions, against the whole machine with its real coprocessor: each in both forms of its
//! opcode or as its precompile, from outside and by every kind of call.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod dilithium;
mod format;
mod memory;
mod planted;
mod privacy;
#[path = "../../gpu/tests/ranges/reference.rs"]
#[allow(dead_code, reason = "made for the coprocessor's own tests")]
mod reference;
mod run;

use format::{FILES, file, names};
use memory::coprocessor;
use run::Harness;

#[test]
fn every_vector_holds() {
    let names = names();
    let harness = Harness { coprocessor: coprocessor(), change: |_| {}, calls: true };
    let failures: Vec<_> = FILES.iter().flat_map(|name| harness.failures(&file(name), &names)).collect();
    assert!(failures.is_empty(), "{} differ:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn every_file_of_vectors_is_run() {
    let mut found: Vec<_> = std::fs::read_dir(format::folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    found.retain(|name| name != "blobs");
    found.sort();
    let mut expected = FILES.map(str::to_owned);
    expected.sort();
    assert_eq!(found, expected);
}
