//! The cases of `tests/data/consensus/dilithium`, one file a scheme, through the opcode and the precompiles.

use crate::format::{Case, Content, Expected, File, Piece, folder, names};
use crate::run::Harness;
use erbium::Machine;
use erbium_vm::claims::{DilithiumScheme, Verdict};
use erbium_vm::evm::Coprocessor;
use erbium_vm::opcode::*;
use erbium_vm::spec::GasSchedule;
use serde::Deserialize;

const SCHEMES: [u8; 9] = [2, 3, 5, 18, 19, 21, 44, 65, 87];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Signatures {
    version: u64,
    scheme: u8,
    oracle: String,
    bases: Vec<Base>,
    cases: Vec<Question>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Base {
    #[expect(dead_code, reason = "for readers of the file")]
    name: String,
    input: Input,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Input {
    public_key: String,
    signature: String,
    message: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    name: String,
    base: usize,
    operations: Vec<Operation>,
    valid: bool,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Field {
    PublicKey,
    Signature,
    Message,
}

#[derive(Deserialize)]
#[serde(tag = "op", rename_all = "camelCase", deny_unknown_fields)]
enum Operation {
    Flip { field: Field, at: usize, bit: u8 },
    Replace { field: Field, at: usize, bytes: String },
    Truncate { field: Field, len: usize },
    Append { field: Field, bytes: String },
    SetZ { polynomial: usize, coefficient: usize, value: i64 },
}

fn unhex(text: &str) -> Vec<u8> {
    hex::decode(text).unwrap()
}

fn read(scheme: u8) -> Signatures {
    let text = std::fs::read(folder().join(format!("dilithium/{scheme}.json"))).unwrap();
    let file: Signatures = serde_json::from_slice(&text).unwrap();
    assert_eq!((file.version, file.scheme, file.oracle.is_empty()), (1, scheme, false));
    file
}

impl Operation {
    fn apply(&self, scheme: DilithiumScheme, parts: &mut [Vec<u8>; 3]) {
        match self {
            Self::Flip { field, at, bit } => parts[*field as usize][*at] ^= 1 << bit,
            Self::Replace { field, at, bytes } => {
                let bytes = unhex(bytes);
                parts[*field as usize][*at..*at + bytes.len()].copy_from_slice(&bytes);
            }
            Self::Truncate { field, len } => parts[*field as usize].truncate(*len),
            Self::Append { field, bytes } => parts[*field as usize].extend(unhex(bytes)),
            Self::SetZ { polynomial, coefficient, value } => {
                let (gamma1, width) = if scheme.level() == 2 { (1 << 17, 18) } else { (1 << 19, 20) };
                let challenge = match scheme.number() {
                    19 | 65 => 48,
                    21 | 87 => 64,
                    _ => 32,
                };
                let written = u64::try_from(gamma1 - value).unwrap();
                let first = 8 * (challenge + polynomial * width * 32) + coefficient * width;
                for bit in 0..width {
                    let at = first + bit;
                    let byte = &mut parts[Field::Signature as usize][at / 8];
                    *byte = *byte & !(1 << (at % 8)) | (((written >> bit & 1) as u8) << (at % 8));
                }
            }
        }
    }
}

/// Bytes as a file would have them.
fn content(bytes: &[u8]) -> Content {
    Content::Digits(format!("0x{}", hex::encode(bytes)))
}

fn memory(end: usize) -> u64 {
    let words = end.div_ceil(32) as u64;
    3 * words + words * words / 512
}

/// The question to the opcode: its input goes to memory as it is, and the answer is what the code returns.
fn to_opcode(scheme: DilithiumScheme, question: &Question, parts: &[Vec<u8>; 3], price: u64) -> Case {
    let input = parts.concat();
    let mut code = vec![CALLDATASIZE, PUSH1, 0, PUSH1, 0, CALLDATACOPY];
    let offsets = [parts[2].len(), parts[0].len() + parts[1].len(), parts[0].len(), 0];
    for operand in offsets.into_iter().chain([usize::from(scheme.number())]) {
        code.push(PUSH1 + 3);
        code.extend(u32::try_from(operand).unwrap().to_be_bytes());
    }
    let tail = [PUSH1, 0, MSTORE, PUSH1, 32, PUSH1, 0, RETURN];
    let copying = 2 + 3 + 3 + 3 + 3 * input.len().div_ceil(32) as u64 + memory(input.len());
    let gas_used = copying + 5 * 3 + price + 3 + 3 + 3 + 3;
    let digits = |bytes: &[u8]| Piece::Digits(format!("0x{}", hex::encode(bytes)));
    let code = Content::Pieces(vec![digits(&code), Piece::Opcode { opcode: true }, digits(&tail)]);
    Case::new(&question.name, Some(code), content(&input), gas_used, answer(question.valid, gas_used))
}

fn answer(valid: bool, gas_used: u64) -> Expected {
    let output = content(&[&[0; 31][..], &[u8::from(valid)]].concat());
    Expected { outcome: "Success".to_owned(), output, gas_used }
}

/// Runs a scheme's cases in every way that can express them: what differed, and how many runs there were of valid and of
/// invalid cases through the opcode.
fn run(scheme: u8, harness: &Harness<'_>) -> (Vec<String>, [usize; 2]) {
    let names = names();
    let scheme = DilithiumScheme::from_number(scheme.into()).unwrap();
    let file = read(scheme.number());
    let opcode = File::opcode("DILITHIUM_VERIFY", DILITHIUM_VERIFY);
    let numbered = File::precompile("DILITHIUM_VERIFY", 0x100);
    let own = match scheme {
        DilithiumScheme::MlDsa44 => Some(File::precompile("MLDSA44", 0x12)),
        DilithiumScheme::MlDsa65 => Some(File::precompile("MLDSA65", 0x13)),
        DilithiumScheme::MlDsa87 => Some(File::precompile("MLDSA87", 0x14)),
        _ => None,
    };
    let lengths = [scheme.public_key_len(), scheme.signature_len()];
    let (mut failures, mut counts) = (Vec::new(), [0; 2]);
    for question in &file.cases {
        let base = &file.bases[question.base].input;
        let mut parts = [&base.public_key, &base.signature, &base.message].map(|text| unhex(text));
        for operation in &question.operations {
            operation.apply(scheme, &mut parts);
        }
        let whole = [parts[0].len(), parts[1].len()] == lengths;
        // The opcode takes keys and signatures from memory at their length: a wrong one cannot be said.
        if whole {
            counts[usize::from(question.valid)] += 1;
            let price = GasSchedule::erbium().signature(scheme, parts[2].len() as u64);
            let case = to_opcode(scheme, question, &parts, price);
            failures.extend(harness.differences(&opcode, &case, &names));
        }
        assert!(whole || !question.valid);
        // A precompile cuts its input by the lengths, whatever was meant.
        let input = parts.concat();
        let message = input.len().saturating_sub(lengths[0] + lengths[1]);
        let price = GasSchedule::erbium().signature(scheme, message as u64);
        let expected = answer(question.valid, price);
        if let Some(own) = &own {
            let case = Case::new(&question.name, None, content(&input), price, expected.clone());
            failures.extend(harness.differences(own, &case, &names));
        }
        let input = [&[scheme.number()], &input[..]].concat();
        // Shorter input is P256VERIFY's.
        if input.len() >= 3_733 {
            let case = Case::new(&question.name, None, content(&input), price, expected);
            failures.extend(harness.differences(&numbered, &case, &names));
        }
    }
    (failures, counts)
}

#[test]
fn every_signature_of_every_scheme_is_judged_as_its_oracle_judged() {
    let machine = Machine::default();
    let harness = Harness { coprocessor: machine.coprocessor(), change: |_| {}, calls: true };
    for scheme in SCHEMES {
        let (failures, [rejected, valid]) = run(scheme, &harness);
        assert!(failures.is_empty(), "{} differ:\n{}", failures.len(), failures.join("\n"));
        assert!(rejected >= 50 && valid >= 2, "scheme {scheme}: only {rejected} rejects, {valid} valid");
    }
}

#[test]
fn a_verifier_that_always_says_the_same_is_seen_in_every_scheme() {
    let machine = Machine::default();
    for verdict in [Verdict::Valid, Verdict::Invalid] {
        let verifier = crate::planted::Always(verdict);
        let coprocessor = Coprocessor { verifier: &verifier, ..machine.coprocessor() };
        let harness = Harness { coprocessor, change: |_| {}, calls: true };
        for scheme in SCHEMES {
            let (failures, counts) = run(scheme, &harness);
            let wrong = counts[usize::from(verdict == Verdict::Invalid)];
            // Each case fails in two forms, in five ways each, and through precompiles.
            assert!(failures.len() >= 10 * wrong, "scheme {scheme}: {} of {wrong}", failures.len());
        }
    }
}
