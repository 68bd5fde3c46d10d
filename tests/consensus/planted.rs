//! Planted differences: what must turn the vectors red.

use crate::format::{Content, FILES, Piece, file, names};
use crate::memory::coprocessor;
use crate::run::{Change, Harness};
use erbium_vm::claims::{Bytes, Claim, Derivation, Deriver, Fault, Halt, Verdict, Verifier};
use erbium_vm::evm::Coprocessor;

/// Which files ask for derivations; the others ask for verdicts.
const DERIVING: [&str; 7] = ["E1", "E2", "F1", "F2", "F3", "F4", "0x101"];
/// Which files have operands that would publish a key.
const SECRET: [&str; 7] = ["E1", "E2", "E6", "F1", "F3", "F4", "0x101"];
/// Which ask nothing.
const SYMBOLIC: [&str; 4] = ["E5", "E6", "E7", "0x103"];

pub(crate) struct Always(pub(crate) Verdict);

impl Verifier for Always {
    fn verify(&self, claims: &[Claim]) -> Result<Vec<Verdict>, Fault> {
        Ok(vec![self.0; claims.len()])
    }
}

/// Changes the last byte of everything derived.
struct Lying<'a>(&'a dyn Deriver);

impl Deriver for Lying<'_> {
    fn derive(&self, derivation: &Derivation) -> Result<Result<Bytes, Halt>, Fault> {
        Ok(self.0.derive(derivation)?.map(|mut bytes| {
            if let Some(byte) = bytes.last_mut() {
                *byte ^= 1;
            }
            bytes
        }))
    }
}

/// The files in which something differs.
fn red(coprocessor: Coprocessor<'_>, change: Change) -> Vec<&'static str> {
    let names = names();
    let harness = Harness { coprocessor, change, calls: false };
    let differs = |name: &&str| {
        let file = file(name);
        file.cases.iter().any(|case| !harness.differences(&file, case, &names).is_empty())
    };
    FILES.into_iter().filter(differs).collect()
}

fn verifying() -> Vec<&'static str> {
    FILES.into_iter().filter(|name| !DERIVING.contains(name) && !SYMBOLIC.contains(name)).collect()
}

#[test]
fn a_verifier_that_always_says_the_same_is_seen() {
    for verdict in [Verdict::Valid, Verdict::Invalid] {
        let coprocessor = Coprocessor { verifier: &Always(verdict), ..coprocessor() };
        assert_eq!(red(coprocessor, |_| {}), verifying(), "{verdict:?}");
    }
}

#[test]
fn a_wrong_signature_or_key_is_seen() {
    let lying = Lying(coprocessor().deriver);
    assert_eq!(red(Coprocessor { deriver: &lying, ..coprocessor() }, |_| {}), DERIVING);
}

#[test]
fn a_price_that_differs_by_one_is_seen() {
    let changes: [(Change, &[&str]); 16] = [
        (|spec| spec.gas.dilithium_verify[0] += 1, &["E0", "0x12", "0x100"]),
        (|spec| spec.gas.dilithium_verify[1] += 1, &["E0", "0x13", "0x100"]),
        (|spec| spec.gas.dilithium_verify[2] -= 1, &["E0", "0x14", "0x100"]),
        (|spec| spec.gas.dilithium_word += 1, &["E0", "E1", "0x12", "0x13", "0x14", "0x100", "0x101"]),
        (|spec| spec.gas.dilithium_sign += 1, &["E1", "0x101"]),
        (|spec| spec.gas.dilithium_keygen -= 1, &["E2"]),
        (|spec| spec.gas.zk_verify += 1, &["E4", "0x102"]),
        (|spec| spec.gas.zk_input -= 1, &["E4", "0x102"]),
        (|spec| spec.gas.he_compute += 1, &SYMBOLIC),
        (|spec| spec.gas.range_proof += 1, &["F0", "F1", "0x104"]),
        (|spec| spec.gas.range_bit -= 1, &["F0", "F1", "0x104"]),
        (|spec| spec.gas.confidential += 1, &["F0"]),
        (|spec| spec.gas.confidential_commitment += 1, &["F0"]),
        (|spec| spec.gas.pedersen_commit += 1, &["F2"]),
        (|spec| spec.gas.stealth_address -= 1, &["F3"]),
        (|spec| spec.gas.stealth_scan_entry += 1, &["F4"]),
    ];
    for (at, (change, expected)) in changes.into_iter().enumerate() {
        assert_eq!(red(coprocessor(), change), expected, "change {at}");
    }
}

#[test]
fn a_policy_that_lets_secrets_pass_is_seen() {
    assert_eq!(red(coprocessor(), |spec| spec.policy = Default::default()), SECRET);
    let lax: Change = |spec| spec.policy = erbium_vm::spec::Policy::Local;
    assert_eq!(red(coprocessor(), lax), SECRET);
}

#[test]
fn a_changed_result_is_seen_in_every_case() {
    let names = names();
    let harness = Harness { coprocessor: coprocessor(), change: |_| {}, calls: true };
    for name in FILES {
        let file = file(name);
        // All cases would take a while: a part of them, another for each file.
        for case in file.cases.iter().skip(name.len()).step_by(7) {
            let mut changed = [(); 3].map(|()| case.clone());
            let [gas, outcome, output] = &mut changed;
            gas.result.gas_used ^= 1;
            outcome.result.outcome =
                if case.result.outcome == "Success" { "OutOfGas" } else { "Success" }.to_owned();
            let mut pieces = match &case.result.output {
                Content::Digits(text) => vec![Piece::Digits(text.clone())],
                Content::Pieces(pieces) => pieces.clone(),
            };
            pieces.push(Piece::Digits("0x00".to_owned()));
            output.result.output = Content::Pieces(pieces);
            for changed in changed {
                assert!(!harness.differences(&file, &changed, &names).is_empty(), "{name}: {}", case.name);
            }
        }
    }
}
