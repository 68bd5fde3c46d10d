//! What the fuzz targets run, on stable: every corpus file, random bytes, and planted bugs that must be found.
//!
//! `ERBIUM_FUZZ_SEEDS=1` writes the first files of each corpus instead of reading what is there.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

#[path = "../benches/support/mod.rs"]
mod bench;
#[path = "support/crypto.rs"]
mod crypto;
#[path = "../gpu/tests/dilithium/mod.rs"]
mod dilithium;
#[path = "../gpu/tests/reference/mod.rs"]
mod reference;
#[allow(dead_code, reason = "each test binary uses a part")]
mod support;

use crypto::Stubborn;
use dilithium::signer::{self, Rules as Verification};
use erbium_claims::{Claim, Fault, SignedMessage, Verdict, Verifier};
use erbium_gpu::CpuVerifier;
use revm::context_interface::cfg::{GasId, GasParams};
use std::path::PathBuf;
use support::stack::{self, Rules};
use support::{bytes, compare};

/// Files written for each target, and random inputs tried beside the corpus.
const SEEDS: u64 = 24;
const RANDOM: u64 = 150;

fn vm(input: &[u8], reprice: impl Fn(&mut GasParams)) -> Option<String> {
    compare::compare(&bytes::case(input), reprice).err().map(|difference| difference.to_string())
}

fn crypto(input: &[u8]) -> Option<String> {
    crypto::disagreement(input, &CpuVerifier::new())
}

/// Input `number` of `target`: pseudorandom, the same everywhere, 32 to 608 bytes long.
fn random(target: &str, number: u64) -> Vec<u8> {
    let seed = erbium_vm::keccak256(format!("{target} {number}").as_bytes());
    let blocks = 1 + u64::from(seed[0]) % 19;
    let block = |i: u64| erbium_vm::keccak256(&[seed.as_bytes(), &i.to_be_bytes()].concat());
    (0..blocks).flat_map(|i| block(i).0).collect()
}

/// Inputs that random bytes hardly hit upon, by what they are about.
fn named(target: &str) -> Vec<(&'static str, Vec<u8>)> {
    // A transaction to the first of two contracts, which consists of one fragment and has slot 1 set to 1.
    let fragment = |bytes: &[u8]| {
        let transaction = [0, 1, 1, 1, 0, 2, 2, 64, 0, 2, 0, 0, 0, 0, 6, 1, 0, 0, 0];
        [&transaction[..], &[0, 1, 1, 1, 1, 1], bytes, &[0, 0, 1, 0, 0]].concat()
    };
    // One change of the forgery under round 3, level 2.
    let change = |bytes: &[u8]| [&[0, 1, 1], bytes].concat();
    match target {
        "vm_fuzzer" => vec![
            ("sstore-refund", fragment(&[8, 0, 1, 0])),
            ("memory-at-32768", fragment(&[5, 1, 255, 128, 0, 0, 7, 0])),
        ],
        "stack_fuzzer" => vec![
            ("swap-among-many", vec![1, 30, 128, 135, 143]),
            ("exchange-among-many", vec![0, 40, 176, 0]),
            ("dupn-then-swapn", vec![0, 255, 177, 0, 178, 128]),
            ("one-too-many", vec![0, 4, 224, 255, 224, 255, 224, 255, 224, 255, 0]),
        ],
        _ => vec![
            ("response-at-the-bound", change(&[0, 0, 0, 4, 0, 2])),
            ("hint-in-the-padding", change(&[0, 0, 70, 5, 9])),
            ("hints-out-of-order", change(&[0, 0, 0, 5, 255])),
            ("signed", vec![6, 2, 0]),
            ("signed-and-changed", vec![7, 2, 1, 0, 0, 9, 0, 3]),
        ],
    }
}

/// The corpus of `target`: names and contents.
fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    if std::env::var_os("ERBIUM_FUZZ_SEEDS").is_some() {
        std::fs::create_dir_all(&folder).unwrap();
        for number in 0..SEEDS {
            std::fs::write(folder.join(format!("seed-{number:02}")), random(target, number)).unwrap();
        }
        for (name, input) in named(target) {
            std::fs::write(folder.join(name), input).unwrap();
        }
    }
    let read = |entry: std::io::Result<std::fs::DirEntry>| {
        let path = entry.unwrap().path();
        (path.display().to_string(), std::fs::read(&path).unwrap())
    };
    let files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(read).collect();
    assert!(files.len() >= 10, "{} holds {} files", folder.display(), files.len());
    files
}

/// The corpus and the inputs beside it.
fn inputs(target: &str) -> Vec<(String, Vec<u8>)> {
    let mut inputs = corpus(target);
    inputs.extend((SEEDS..SEEDS + RANDOM).map(|number| (format!("random {number}"), random(target, number))));
    inputs
}

/// `oracle` finds nothing on all inputs of `target`.
fn agrees(target: &str, oracle: impl Fn(&[u8]) -> Option<String>) {
    for (name, input) in inputs(target) {
        if let Some(difference) = oracle(&input) {
            panic!("{name} ({}): {difference}", hex::encode(&input));
        }
    }
}

/// The first difference that `oracle` finds; there has to be one.
fn found(target: &str, oracle: impl Fn(&[u8]) -> Option<String>) -> String {
    inputs(target).iter().find_map(|(_, input)| oracle(input)).expect("the planted bug is found")
}

#[test]
fn the_vm_target_finds_nothing() {
    agrees("vm_fuzzer", |input| vm(input, |_| {}));
}

#[test]
fn the_stack_target_finds_nothing() {
    agrees("stack_fuzzer", |input| stack::disagreement(input, Rules::RIGHT));
}

#[test]
fn the_crypto_target_finds_nothing() {
    agrees("crypto_fuzzer", crypto);
}

#[test]
fn every_length_is_an_input() {
    for len in 0..40 {
        for byte in [0, 1, 0x7f, 0xff] {
            let input = vec![byte; len];
            assert_eq!(vm(&input, |_| {}), None);
            assert_eq!(stack::disagreement(&input, Rules::RIGHT), None);
        }
    }
    for input in [&[][..], &[7], &[8, 0], &[255; 3]] {
        assert_eq!(crypto(input), None);
    }
}

#[test]
fn the_vm_target_finds_wrong_gas() {
    found("vm_fuzzer", |input| {
        vm(input, |gas| {
            let refund = gas.get(GasId::sstore_clearing_slot_refund());
            gas.override_gas([(GasId::sstore_clearing_slot_refund(), refund - 100)]);
        })
    });
    // The square of the words is divided by 512.
    found("vm_fuzzer", |input| {
        vm(input, |gas| gas.override_gas([(GasId::memory_quadratic_reduction(), 480)]))
    });
}

#[test]
fn the_stack_target_finds_wrong_instructions() {
    for (what, wrong) in [
        ("a limit too low", Rules { limit: 1023, ..Rules::RIGHT }),
        ("a limit too high", Rules { limit: 1025, ..Rules::RIGHT }),
        ("a DUP of its neighbour", Rules { dup: 1, ..Rules::RIGHT }),
        ("a SWAP with its neighbour", Rules { swap: 1, ..Rules::RIGHT }),
        ("an EXCHANGE from the top", Rules { exchange: false, ..Rules::RIGHT }),
    ] {
        let found =
            inputs("stack_fuzzer").into_iter().any(|(_, input)| stack::disagreement(&input, wrong).is_some());
        assert!(found, "{what} is not found");
    }
}

/// A verifier that lacks a rule.
struct Lenient(Verification);

impl Verifier for Lenient {
    fn verify(&self, claims: &[Claim]) -> Result<Vec<Verdict>, Fault> {
        let verdict = |claim: &Claim| match claim {
            Claim::Signature { scheme, public_key, signature, message: SignedMessage::Plain(message) } => {
                let params = signer::params(*scheme);
                Ok(signer::verify(&params, public_key, message, signature, self.0).into())
            }
            _ => CpuVerifier::new().verify(std::slice::from_ref(claim)).map(|verdicts| verdicts[0]),
        };
        claims.iter().map(verdict).collect()
    }
}

#[test]
fn the_crypto_target_finds_wrong_verifiers() {
    for verdict in [Verdict::Valid, Verdict::Invalid] {
        found("crypto_fuzzer", |input| crypto::disagreement(input, &Stubborn(verdict)));
    }
    for rules in Verification::WITHOUT_ONE {
        found("crypto_fuzzer", |input| crypto::disagreement(input, &Lenient(rules)));
    }
}
