//! go-ethereum's precompile vectors: exact output, exact gas, failure with one gas less, failure of bad input.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use erbium_vm::precompile::{Precompile, PrecompileError, PrecompileOutput, Precompiles};
use erbium_vm::{Fork, H160};
use proptest::prelude::*;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// Which contract a file is about, and a fork whose gas it has.
const FILES: [(&str, Fork, u64); 29] = [
    ("ecRecover", Fork::Frontier, 0x01),
    ("modexp", Fork::Byzantium, 0x05),
    ("modexp_eip2565", Fork::Berlin, 0x05),
    ("modexp_eip7883", Fork::Osaka, 0x05),
    ("bn256Add", Fork::Istanbul, 0x06),
    ("bn256ScalarMul", Fork::Istanbul, 0x07),
    ("bn256Pairing", Fork::Istanbul, 0x08),
    ("blake2F", Fork::Istanbul, 0x09),
    ("fail-blake2f", Fork::Istanbul, 0x09),
    ("pointEvaluation", Fork::Cancun, 0x0a),
    ("blsG1Add", Fork::Prague, 0x0b),
    ("blsG1Mul", Fork::Prague, 0x0c),
    ("blsG1MultiExp", Fork::Prague, 0x0c),
    ("blsG2Add", Fork::Prague, 0x0d),
    ("blsG2Mul", Fork::Prague, 0x0e),
    ("blsG2MultiExp", Fork::Prague, 0x0e),
    ("blsPairing", Fork::Prague, 0x0f),
    ("blsMapG1", Fork::Prague, 0x10),
    ("blsMapG2", Fork::Prague, 0x11),
    ("fail-blsG1Add", Fork::Prague, 0x0b),
    ("fail-blsG1Mul", Fork::Prague, 0x0c),
    ("fail-blsG1MultiExp", Fork::Prague, 0x0c),
    ("fail-blsG2Add", Fork::Prague, 0x0d),
    ("fail-blsG2Mul", Fork::Prague, 0x0e),
    ("fail-blsG2MultiExp", Fork::Prague, 0x0e),
    ("fail-blsPairing", Fork::Prague, 0x0f),
    ("fail-blsMapG1", Fork::Prague, 0x10),
    ("fail-blsMapG2", Fork::Prague, 0x11),
    ("p256Verify", Fork::Osaka, 0x100),
];

/// One case of a file; a case without an expected output is one that fails.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Case {
    name: String,
    input: String,
    expected: Option<String>,
    #[serde(default)]
    gas: u64,
}

impl Case {
    fn input(&self) -> Vec<u8> {
        hex::decode(&self.input).unwrap()
    }
}

fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/precompiles")
}

fn read(folder: &Path, file: &str) -> Vec<Case> {
    let path = folder.join(file).with_extension("json");
    let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn contract(fork: Fork, number: u64) -> &'static Precompile {
    Precompiles::of(fork).get(&H160::from_low_u64_be(number)).unwrap()
}

/// What is wrong with the contract's answers to a case, if anything.
fn difference(contract: &Precompile, case: &Case) -> Option<String> {
    let input = case.input();
    let Some(expected) = &case.expected else {
        return match contract.call(&input, u64::MAX) {
            Err(PrecompileError::OutOfGas) => Some("is out of gas where the input is wrong".to_owned()),
            Err(_) => None,
            Ok(done) => Some(format!("succeeds with {}", hex::encode(done.output))),
        };
    };
    let done = match contract.call(&input, case.gas) {
        Ok(done) => done,
        Err(error) => return Some(format!("fails: {error}")),
    };
    if done != (PrecompileOutput { gas_used: case.gas, output: hex::decode(expected).unwrap() }) {
        return Some(format!("got {} for {} gas", hex::encode(done.output), done.gas_used));
    }
    match contract.call(&input, case.gas.checked_sub(1)?) {
        Err(PrecompileError::OutOfGas) => None,
        other => Some(format!("with one gas less: {other:?}")),
    }
}

/// Runs every file of a folder; the number of cases.
fn run(folder: &Path) -> usize {
    let mut cases = 0;
    for (file, fork, number) in FILES {
        for case in read(folder, file) {
            if let Some(difference) = difference(contract(fork, number), &case) {
                panic!("{file}: {}: {difference}", case.name);
            }
            cases += 1;
        }
    }
    cases
}

#[test]
fn shipped_vectors() {
    assert!(run(&shipped()) > 100);
}

/// No file lies in the folder that the table does not name.
#[test]
fn the_table_names_every_file() {
    let mut on_disk: Vec<_> = std::fs::read_dir(shipped())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    on_disk.sort();
    let mut named = FILES.map(|(file, ..)| file.to_owned());
    named.sort();
    assert_eq!(on_disk, named);
}

/// All vectors, where the fixtures are at hand.
#[test]
fn all_vectors() {
    let fixtures = std::env::var_os("ERBIUM_FIXTURES")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared"), PathBuf::from);
    let folder = fixtures.join("vectors/precompiles");
    if folder.is_dir() {
        println!("{} cases", run(&folder));
    } else {
        println!("skipped: no folder {}", folder.display());
    }
}

/// Cases that differ from a good one in one thing each.
fn planted(case: &Case) -> Vec<Case> {
    let Some(expected) = &case.expected else {
        return vec![Case { expected: Some(String::new()), gas: 1_000_000, ..case.clone() }];
    };
    let mut flipped = hex::decode(expected).unwrap();
    match flipped.last_mut() {
        Some(byte) => *byte ^= 1,
        None => flipped.push(1),
    }
    let mut planted = vec![
        Case { expected: Some(hex::encode(flipped)), ..case.clone() },
        Case { gas: case.gas + 1, ..case.clone() },
        Case { expected: None, ..case.clone() },
    ];
    if let Some(gas) = case.gas.checked_sub(1) {
        planted.push(Case { gas, ..case.clone() });
    }
    planted
}

/// The harness itself: each kind of difference is reported, for every file.
#[test]
fn planted_differences_are_reported() {
    for (file, fork, number) in FILES {
        let contract = contract(fork, number);
        let cases = read(&shipped(), file);
        let case = cases.first().unwrap();
        assert_eq!(difference(contract, case), None, "{file}");
        for (kind, case) in planted(case).iter().enumerate() {
            assert!(difference(contract, case).is_some(), "{file}: planted difference {kind}");
        }
    }
}

/// Prices that changed, on both sides of the change.
#[test]
fn prices_by_fork() {
    let gas = |fork, number, len: usize| {
        contract(fork, number).call(&vec![0; len], 1_000_000).map(|done| done.gas_used).unwrap()
    };
    for (number, len, byzantium, istanbul) in [
        (0x06, 128, 500, 150),
        (0x07, 96, 40_000, 6_000),
        (0x08, 0, 100_000, 45_000),
        (0x08, 384, 260_000, 113_000),
    ] {
        assert_eq!(gas(Fork::Byzantium, number, len), byzantium);
        assert_eq!(gas(Fork::Petersburg, number, len), byzantium);
        assert_eq!(gas(Fork::Istanbul, number, len), istanbul);
        assert_eq!(gas(Fork::Osaka, number, len), istanbul);
    }
    for (fork, price) in [(Fork::Istanbul, 0), (Fork::Berlin, 200), (Fork::Prague, 200), (Fork::Osaka, 500)] {
        assert_eq!(gas(fork, 0x05, 96), price);
    }
}

/// All shipped inputs, as seeds that reach beyond the first checks.
static SEEDS: LazyLock<Vec<(u64, Vec<u8>)>> = LazyLock::new(|| {
    FILES
        .into_iter()
        .flat_map(|(file, _, number)| {
            read(&shipped(), file).into_iter().map(move |case| (number, case.input()))
        })
        .collect()
});

/// No answer uses more than the limit, and what it used is enough.
fn holds(contract: &Precompile, input: &[u8], gas_limit: u64) -> Result<(), TestCaseError> {
    if let Ok(done) = contract.call(input, gas_limit) {
        prop_assert!(done.gas_used <= gas_limit, "{}", contract.name());
        prop_assert_eq!(contract.call(input, done.gas_used), Ok(done), "{}", contract.name());
    }
    Ok(())
}

fn fork() -> impl Strategy<Value = Fork> {
    prop::sample::select(Fork::ALL.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_input(
        fork in fork(),
        zeros in 0_usize..400,
        input in prop::collection::vec(any::<u8>(), 0..700),
        gas_limit in 0_u64..300_000,
    ) {
        let input = [vec![0; zeros], input].concat();
        let set = Precompiles::of(fork);
        for address in set.addresses() {
            holds(set.get(&address).unwrap(), &input, gas_limit)?;
        }
    }

    #[test]
    fn mutated_input(
        fork in fork(),
        seed: prop::sample::Index,
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        cut in prop::option::of(any::<prop::sample::Index>()),
        gas_limit in 0_u64..1_000_000,
    ) {
        let (number, mut input) = seed.get(&SEEDS).clone();
        for (at, byte) in edits {
            if !input.is_empty() {
                let at = at.index(input.len());
                input[at] = byte;
            }
        }
        if let Some(cut) = cut {
            input.truncate(cut.index(input.len() + 1));
        }
        if let Some(contract) = Precompiles::of(fork).get(&H160::from_low_u64_be(number)) {
            holds(contract, &input, gas_limit)?;
        }
    }
}
