//! The two forms, with small cases of their own, and verifiers and derivers that are wrong.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::{Format, ReadError, outcomes};
use crate::report::Outcome;
use crate::source::Entry;
use erbium_gpu::{CpuDeriver, CpuVerifier};
use erbium_vm::claims::{Claim, Derivation, Deriver, Fault, Halt, NoCoprocessor, Verdict, Verifier};
use serde_json::{Value, json};

/// One proof by our own prover, with the label of the opcodes; one payment of the published file.
fn files() -> [Value; 2] {
    let derivation = Derivation::RangeProof {
        bits: 8,
        values: vec![5, 255],
        blindings: vec![7.into(), 9.into()],
        seed: erbium_vm::H256::repeat_byte(3),
    };
    let bytes = CpuDeriver.derive(&derivation).unwrap().unwrap();
    let proofs = json!({"source": "here", "cases": [{
        "name": "n8_m2", "n_bits": 8, "m": 2, "transcript_label": "erbium/range/v1",
        "commitments": [hex::encode(&bytes[32..64]), hex::encode(&bytes[64..96])],
        "proof": hex::encode(&bytes[96..]), "expected": true,
    }]});
    let stealth = json!({"cases": [{
        "spend_key": "0x6ec0ea6bbad3b94e3299e0bd5b4bc380e5144d1140695d85a30948285b16c7af",
        "view_key": "0xe9201d54e253f1798d814628ffa1080198ef05167bfc3de86ef38ad72cd7523a",
        "meta_address": "0x03bcd3a9798777f77eb46446d29d42711dd0607b4d4ec3d904ea61ffc92442dfe3023185899e657b18d3a507ce1eeffae34b09919d3f07374332d2854333ecd0f8be",
        "ephemeral_key": "0xcdece6e56212682a03caa6a949e95c83b658108be0ce608c992d880cb878927d",
        "ephemeral_public_key": "0x023463b54aae1b9df6c8cff870c7be2ae295badad72539eff132ef594b3490f646",
        "view_tag": "0xa0",
        "stealth_address": "0x469e81fc02bbaad3449a34c88c2eb6148cf6816b",
        "stealth_key": "0x0f75060d0584405a950f495fbeceb1ffd054342f141d317d22a875fe33228bc2",
    }]});
    [proofs, stealth]
}

fn entry(file: &Value) -> Entry {
    Entry { archive: None, name: "a.json".to_owned(), bytes: file.to_string().into_bytes() }
}

fn run(file: &Value, verifier: &dyn Verifier, deriver: &dyn Deriver) -> Result<Outcome, Fault> {
    let entry = entry(file);
    let cases = Format::of_cases(&entry.bytes).unwrap().read(&entry).unwrap();
    outcomes(verifier, deriver, cases, |_| true).map(|mut outcomes| outcomes.pop().unwrap().1)
}

fn is_red(outcome: Result<Outcome, Fault>) -> bool {
    matches!(outcome, Ok(Outcome::Failed { .. }))
}

struct Says(Verdict);

impl Verifier for Says {
    fn verify(&self, claims: &[Claim]) -> Result<Vec<Verdict>, Fault> {
        Ok(vec![self.0; claims.len()])
    }
}

/// Derives something, always the same.
struct Derives(Result<Vec<u8>, Halt>);

impl Deriver for Derives {
    fn derive(&self, _: &Derivation) -> Result<Result<Vec<u8>, Halt>, Fault> {
        Ok(self.0.clone())
    }
}

#[test]
fn our_own_pass_and_those_who_say_always_the_same_fail() {
    let [proofs, stealth] = files();
    for file in [&proofs, &stealth] {
        assert_eq!(run(file, &CpuVerifier::new(), &CpuDeriver).unwrap(), Outcome::Passed);
    }
    for verdict in [Verdict::Valid, Verdict::Invalid] {
        assert!(is_red(run(&proofs, &Says(verdict), &CpuDeriver)));
    }
    for answer in [Ok(vec![0; 66]), Err(Halt::PrivacyViolation)] {
        assert!(is_red(run(&stealth, &CpuVerifier::new(), &Derives(answer))));
    }
}

#[test]
fn what_nobody_answers_is_skipped_with_a_reason() {
    let [proofs, _] = files();
    let Outcome::Skipped { reason } = run(&proofs, &NoCoprocessor, &CpuDeriver).unwrap() else {
        panic!("not skipped")
    };
    assert!(reason.contains("a range proof"), "{reason}");
}

#[test]
fn a_changed_file_fails() {
    let [mut proofs, mut stealth] = files();
    proofs["cases"][0]["transcript_label"] = json!("erbium/range/v2");
    assert!(is_red(run(&proofs, &CpuVerifier::new(), &CpuDeriver)));
    proofs["cases"][0]["expected"] = json!(false);
    assert_eq!(run(&proofs, &CpuVerifier::new(), &CpuDeriver).unwrap(), Outcome::Passed);
    for (field, value) in [
        ("view_tag", "0xa1".to_owned()),
        ("stealth_address", format!("0x{}", "46".repeat(20))),
        ("stealth_key", format!("0x{}", "46".repeat(32))),
        ("spend_key", format!("0x{}", "46".repeat(32))),
    ] {
        let kept = stealth["cases"][0][field].clone();
        stealth["cases"][0][field] = value.into();
        assert!(is_red(run(&stealth, &CpuVerifier::new(), &CpuDeriver)), "{field}");
        stealth["cases"][0][field] = kept;
    }
}

#[test]
fn wrong_lengths_are_named() {
    let [mut proofs, mut stealth] = files();
    proofs["cases"][0]["m"] = json!(3);
    stealth["cases"][0]["view_tag"] = json!("0xa0a0");
    for (file, what) in
        [(proofs, "case n8_m2: commitments of 64 bytes, not 96"), (stealth, "view_tag of 2 bytes")]
    {
        let entry = entry(&file);
        let error: ReadError = Format::of_cases(&entry.bytes).unwrap().read(&entry).err().unwrap();
        assert!(error.to_string().contains(what), "{error}");
    }
}
