//! ZK_PROVE and ZK_VERIFY from the command line: keys for a circuit, a proof of it made in one contract and checked there.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod command;

use command::{Answer, COULD_NOT, FINE, NO};
use erbium_vm::opcode::*;
use std::path::{Path, PathBuf};
use std::process::Command;

fn erbium(args: &[&str]) -> Answer {
    let mut command = Command::new(env!("CARGO_BIN_EXE_erbium"));
    command.args(args).env_remove("ERBIUM_LOG").env_remove("ERBIUM_GPU");
    command.output().expect("the program starts").into()
}

/// A folder that is gone when the test is.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("erbium-zk-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> String {
        std::fs::write(self.0.join(name), bytes).unwrap();
        text(&self.0.join(name))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

/// x * x = y with y public, in iden3's format.
fn square() -> Vec<u8> {
    let mut order = erbium_vm::claims::BLS12_381_ORDER;
    order.reverse();
    let counts = [3u32, 1, 0, 1].map(u32::to_le_bytes).concat();
    let header =
        [&32u32.to_le_bytes()[..], &order, &counts, &3u64.to_le_bytes(), &1u32.to_le_bytes()].concat();
    let term = |wire: u32| [&1u32.to_le_bytes()[..], &wire.to_le_bytes(), &[1], &[0; 31]].concat();
    let section = |kind: u32, bytes: &[u8]| {
        [&kind.to_le_bytes()[..], &(bytes.len() as u64).to_le_bytes(), bytes].concat()
    };
    let constraints = [term(2), term(2), term(1)].concat();
    [&b"r1cs"[..], &[1u32, 2].map(u32::to_le_bytes).concat(), &section(1, &header), &section(2, &constraints)]
        .concat()
}

fn word(number: u64) -> [u8; 32] {
    let mut word = [0; 32];
    word[24..].copy_from_slice(&number.to_be_bytes());
    word
}

/// Code that proves what its call data says, of two words, under the circuit, then has the proof checked with the first of
/// them as input by the key behind it, and returns both answers.
fn code(circuit: &str, key: &[u8]) -> String {
    let push = |number: usize| [&[PUSH1 + 1][..], &u16::try_from(number).unwrap().to_be_bytes()].concat();
    // Memory: answers, witness, proof, key.
    let [witness, proof, at] = [64, 128, 320];
    let circuit = hex::decode(circuit.trim_start_matches("0x")).unwrap();
    let tail = [
        &[CALLDATASIZE, PUSH1, 0][..],
        &push(witness),
        &[CALLDATACOPY],
        // out, seed, length, offset, circuit.
        &push(proof),
        &[PUSH1, 9, CALLDATASIZE],
        &push(witness),
        &[PUSH1 + 31],
        &circuit,
        &[EXTENSION, ZK_PROVE, PUSH1, 0, MSTORE],
        // proof, count, inputs, length, key.
        &push(proof),
        &[PUSH1, 1],
        &push(witness),
        &push(key.len()),
        &push(at),
        &[EXTENSION, ZK_VERIFY, PUSH1, 32, MSTORE, PUSH1, 64, PUSH1, 0, RETURN],
    ]
    .concat();
    let head = |place: usize| [push(key.len()), push(place), push(at), vec![CODECOPY]].concat();
    let place = head(0).len() + tail.len();
    hex::encode([head(place), tail, key.to_vec()].concat())
}

#[test]
fn a_proof_is_made_and_checked_in_one_contract() {
    let folder = Folder::new("prove");
    let (file, circuits) = (folder.write("square.r1cs", &square()), text(&folder.0.join("circuits")));
    let seed = "11".repeat(32);
    let setup = erbium(&["tool", "circuit", "setup", &file, "--out", &circuits, "--seed", &seed, "--json"]);
    let setup = setup.expect(FINE).err("keys for tests").json();
    assert_eq!((setup["variables"].as_u64(), setup["constraints"].as_u64()), (Some(3), Some(1)));
    let circuit = setup["circuit"].as_str().unwrap();
    let key = hex::decode(setup["verifyingKey"].as_str().unwrap().trim_start_matches("0x")).unwrap();
    let again = erbium(&["tool", "circuit", "setup", &file, "--out", &circuits, "--seed", &seed, "--json"]);
    assert_eq!(again.expect(FINE).json(), setup);

    let code = code(circuit, &key);
    let local = folder.write("local.toml", b"fork = 'Osaka'\nextensions = 'erbium'\npolicy = 'local'\n");
    let input = |y: u64, x: u64| hex::encode([word(y), word(x)].concat());
    let run = |spec: &str, input: &str, more: &[&str]| {
        erbium(&[&["run", "--spec", spec, "--code", &code, "--input", input, "--json"], more].concat())
    };
    let output = |answer: Answer| answer.json()["output"].as_str().unwrap().to_owned();
    let answers = |proved, valid| format!("0x{}", hex::encode([word(proved), word(valid)].concat()));
    let with = ["--circuits", &circuits];
    assert_eq!(output(run(&local, &input(49, 7), &with).expect(FINE)), answers(1, 1));
    // Not satisfied: no proof, and what lies in memory is none.
    assert_eq!(output(run(&local, &input(50, 7), &with).expect(FINE)), answers(0, 0));
    // A witness of another length halts.
    run(&local, &input(49, 7)[..64], &with).expect(NO).out("quantum security violation");
    // In a block, it would publish the witness.
    run("erbium", &input(49, 7), &with).expect(NO).out("quantum security violation");
    // No folder, or none with the circuit.
    run(&local, &input(49, 7), &[]).expect(COULD_NOT).err("ZK_PROVE without a folder of circuits");
    run(&local, &input(49, 7), &["--circuits", &text(&folder.0)]).expect(COULD_NOT).err(circuit);
}

#[test]
fn what_is_no_circuit_is_told() {
    let folder = Folder::new("no-circuit");
    let out = text(&folder.0);
    let setup = |file: &str| erbium(&["tool", "circuit", "setup", file, "--out", &out]);
    setup(&folder.write("a", b"nothing")).expect(COULD_NOT).err("does not begin as erbium/r1cs/v1 does");
    setup(&folder.write("b", &square()[..30])).expect(COULD_NOT).err("ends in");
    setup(&text(&folder.0.join("c"))).expect(COULD_NOT).err("c: ");
}

#[test]
fn kernels_answer_proofs_pairings_and_sums() {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data");
    let vectors =
        ["blsPairing", "fail-blsPairing", "blsG1Add", "blsG1Mul", "blsG1MultiExp", "fail-blsG1MultiExp"];
    let paths = vectors.map(|name| format!("{data}/precompiles/{name}.json"));
    let paths: Vec<_> = paths.iter().map(String::as_str).collect();
    for backend in ["cpu", "twin"] {
        let proofs = format!("{data}/groth16");
        let args = [&["conform", "--backend", backend, "--json", &proofs][..], &paths].concat();
        let mut answer = erbium(&args).expect(FINE);
        if backend == "twin" {
            answer = answer.err("3 vectors of pairings").err("sums in G1 went to twin as well");
        }
        let report = answer.json();
        let passed =
            report["suites"].as_array().unwrap().iter().map(|suite| suite["passed"].as_u64().unwrap());
        assert_eq!(passed.sum::<u64>(), 41 + 5 + 6 + 6 + 5, "{backend}: {report}");
    }
}

#[test]
fn sums_are_measured_by_twins() {
    let args =
        ["bench", "msm", "--backend", "twin", "--quick", "--cores", "one", "--log", "4,6", "--json", "-"];
    let report = erbium(&args).expect(FINE).err("is no GPU").json();
    let rows = report["rows"].as_array().unwrap();
    assert!(rows.len() == 2 && rows.iter().all(|row| row["device"].as_f64().unwrap() > 0.0), "{report}");
}

#[test]
fn proofs_are_measured_by_twins() {
    let args = ["bench", "groth16", "--backend", "twin", "--quick", "--inputs", "1", "--batch", "2,3"];
    let report = erbium(&[&args[..], &["--json", "-"]].concat()).expect(FINE).err("is no GPU").json();
    let rows = report["rows"].as_array().unwrap();
    assert_eq!(rows.iter().map(|row| row["batch"].as_u64().unwrap()).collect::<Vec<_>>(), [2, 3]);
    for row in rows {
        for name in ["device_per_second", "cpu_per_second", "arkworks_per_second", "ratio_to_cpu", "one_bad"]
        {
            assert!(row[name].as_f64().is_some_and(|number| number > 0.0), "{name} of {row}");
        }
    }
    assert_eq!((report["backend"].as_str(), report["software"].as_bool()), (Some("twin"), Some(true)));
}
