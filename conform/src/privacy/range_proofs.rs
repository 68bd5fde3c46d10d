//! Range proofs: `{cases: [{name, n_bits, m, transcript_label, commitments, proof, expected}]}`, hexadecimal.

use super::ReadError;
use super::judge::{Case, Question};
use crate::hex::Bytes;
use erbium_vm::claims::{Claim, Verdict};
use serde::Deserialize;

#[derive(Deserialize)]
struct File {
    cases: Vec<Proof>,
}

#[derive(Deserialize)]
struct Proof {
    name: String,
    n_bits: u8,
    m: usize,
    transcript_label: String,
    commitments: Vec<Bytes>,
    proof: Bytes,
    expected: bool,
}

/// A range proof in parts, for changes.
#[derive(Clone)]
struct Parts {
    bits: u8,
    label: Vec<u8>,
    commitments: Vec<[u8; 32]>,
    proof: Vec<u8>,
}

impl From<Parts> for Claim {
    fn from(Parts { bits, label, commitments, proof }: Parts) -> Self {
        Self::RangeProof { bits, label, commitments, proof }
    }
}

pub(super) fn cases(json: &[u8]) -> Result<Vec<Case>, ReadError> {
    let file: File = serde_json::from_slice(json)?;
    file.cases.into_iter().map(case).collect()
}

fn case(proof: Proof) -> Result<Case, ReadError> {
    let length = |what, got, expected| ReadError::Length { case: proof.name.clone(), what, got, expected };
    let commitments = proof
        .commitments
        .iter()
        .map(|bytes| {
            <[u8; 32]>::try_from(bytes.0.as_slice()).map_err(|_| length("a commitment", bytes.0.len(), 32))
        })
        .collect::<Result<Vec<_>, _>>()?;
    if commitments.len() != proof.m {
        return Err(length("commitments", 32 * commitments.len(), 32 * proof.m));
    }
    let parts = Parts {
        bits: proof.n_bits,
        label: proof.transcript_label.into_bytes(),
        commitments,
        proof: proof.proof.0,
    };
    let question = |what: String, parts: Parts, holds: bool| Question {
        what,
        asked: Claim::from(parts),
        expected: Verdict::from(holds),
    };
    let mut claims = vec![question("as it is".to_owned(), parts.clone(), proof.expected)];
    if proof.expected {
        claims.extend(changed(&parts).into_iter().map(|(what, parts)| question(what, parts, false)));
    }
    Ok(Case { id: proof.name, claims, derivations: Vec::new(), stated: Vec::new() })
}

/// The same proof, changed in ways that no longer hold.
fn changed(parts: &Parts) -> Vec<(String, Parts)> {
    let mut all = Vec::new();
    let mut add = |what: String, change: &dyn Fn(&mut Parts)| {
        let mut changed = parts.clone();
        change(&mut changed);
        all.push((what, changed));
    };
    for element in 0..parts.proof.len() / 32 {
        let flip = |parts: &mut Parts, bit: u8| {
            if let Some(byte) = parts.proof.get_mut(32 * element) {
                *byte ^= bit;
            }
        };
        // Odd encodings are of negative numbers, which no point has; another even one is another point or none.
        add(format!("element {element}, lowest bit flipped"), &|parts| flip(parts, 1));
        add(format!("element {element}, second bit flipped"), &|parts| flip(parts, 2));
    }
    for index in 0..parts.commitments.len() {
        add(format!("commitment {index}, second bit flipped"), &|parts| {
            if let Some([first, ..]) = parts.commitments.get_mut(index) {
                *first ^= 2;
            }
        });
    }
    add("the last commitment missing".to_owned(), &|parts| {
        parts.commitments.pop();
    });
    add("another label".to_owned(), &|parts| parts.label.push(b'!'));
    add("twice the bits".to_owned(), &|parts| parts.bits = parts.bits.wrapping_mul(2));
    add("half the bits".to_owned(), &|parts| parts.bits /= 2);
    add("one byte more".to_owned(), &|parts| parts.proof.push(0));
    add("one round less".to_owned(), &|parts| parts.proof.truncate(parts.proof.len().saturating_sub(64)));
    if parts.commitments.len() > 1 {
        add("commitments turned round".to_owned(), &|parts| parts.commitments.reverse());
    }
    all
}
