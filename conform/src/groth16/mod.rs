//! Groth16 proofs over BLS12-381: a verifying key with its proofs in one file, in the form of `shared/vectors/groth16` or in
//! snarkjs's own.
//!
//! Every case becomes a claim. Of a proof that must hold two more are made that must not: with A negated, and with the next
//! case's inputs where those differ.

mod file;
mod native;

use crate::report::Outcome;
use erbium_vm::claims::{Claim, Fault, Verdict, Verifier};
use serde::Deserialize;

/// A form that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Points as bytes, with what is expected.
    Bytes,
    /// snarkjs's: coordinates as decimal numbers, and proofs that hold.
    Native,
}

/// A proof and what must be said of it.
pub(crate) struct Case {
    /// Its name in the file.
    id: String,
    /// What the file says that it is about.
    about: String,
    claim: Claim,
    expected: Verdict,
}

/// Why the cases of a file cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    #[error("{place} {problem}")]
    Point { place: String, problem: &'static str },
    #[error("the curve is `{0}`, not BLS12-381")]
    Curve(String),
}

impl Format {
    /// The form of a JSON object with these keys, if it is one of these.
    pub(crate) fn of_keys(has: impl Fn(&str) -> bool) -> Option<Self> {
        if !has("cases") {
            None
        } else if has("vk") && has("curve") {
            Some(Self::Bytes)
        } else {
            has("verification_key").then_some(Self::Native)
        }
    }

    /// The cases of a file.
    ///
    /// # Errors
    /// [`ReadError`] with line or field.
    pub(crate) fn read(self, json: &[u8]) -> Result<Vec<Case>, ReadError> {
        match self {
            Self::Bytes => file::cases(json),
            Self::Native => native::cases(json),
        }
    }
}

/// Another curve is none of ours.
fn check_curve(name: &str) -> Result<(), ReadError> {
    match name {
        "bls12-381" | "bls12381" => Ok(()),
        other => Err(ReadError::Curve(other.chars().take(40).collect())),
    }
}

/// The outcome of each case that `wanted` lets through, by its name. All claims are asked in one batch.
///
/// # Errors
/// [`Fault`] when machinery failed.
pub(crate) fn outcomes(
    verifier: &dyn Verifier,
    cases: Vec<Case>,
    wanted: impl Fn(&str) -> bool,
) -> Result<Vec<(String, Outcome)>, Fault> {
    let cases: Vec<_> = cases.into_iter().filter(|case| wanted(&case.id)).collect();
    let mut asked = Vec::new();
    for (at, case) in cases.iter().enumerate() {
        asked.push((at, "as it is", case.claim.clone(), case.expected));
        if case.expected.is_valid() {
            asked.push((at, "with A negated", negated(&case.claim), Verdict::Invalid));
            let next = cases.get((at + 1) % cases.len());
            if let Some(other) = next.and_then(|next| with_inputs_of(&case.claim, &next.claim)) {
                asked.push((at, "with another's inputs", other, Verdict::Invalid));
            }
        }
    }
    let claims: Vec<_> = asked.iter().map(|(_, _, claim, _)| claim.clone()).collect();
    let verdicts = verifier.verify(&claims)?;
    if verdicts.len() != claims.len() {
        let reason = format!("{} verdicts to {} claims", verdicts.len(), claims.len());
        return Err(Fault::Coprocessor { reason });
    }
    let mut outcomes = vec![Outcome::Passed; cases.len()];
    for ((at, how, _, expected), verdict) in asked.iter().zip(verdicts) {
        if let (Some(outcome @ Outcome::Passed), Some(case)) = (outcomes.get_mut(*at), cases.get(*at))
            && verdict != *expected
        {
            let word = |verdict: Verdict| if verdict.is_valid() { "valid" } else { "invalid" };
            let (got, expected) = (word(verdict), word(*expected));
            let reason = format!("answered {got}, not {expected}, {how}; the case: {}", case.about);
            *outcome = Outcome::Failed { reason };
        }
    }
    Ok(cases.into_iter().map(|case| case.id).zip(outcomes).collect())
}

/// The claim with the sign of A's y turned.
fn negated(claim: &Claim) -> Claim {
    let mut claim = claim.clone();
    if let Claim::Groth16 { proof, .. } = &mut claim
        && let Some(first) = proof.first_mut()
    {
        *first ^= 0x20;
    }
    claim
}

/// The claim with the inputs of another, where those differ.
fn with_inputs_of(claim: &Claim, other: &Claim) -> Option<Claim> {
    let (Claim::Groth16 { inputs, .. }, Claim::Groth16 { inputs: others, .. }) = (claim, other) else {
        return None;
    };
    let mut changed = claim.clone();
    if let Claim::Groth16 { inputs, .. } = &mut changed {
        inputs.clone_from(others);
    }
    (inputs != others).then_some(changed)
}

/// Bytes as pairs of hexadecimal digits, without anything around them.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "std::borrow::Cow<'_, str>")]
struct Digits(Vec<u8>);

impl TryFrom<std::borrow::Cow<'_, str>> for Digits {
    type Error = hex::FromHexError;

    fn try_from(digits: std::borrow::Cow<'_, str>) -> Result<Self, Self::Error> {
        hex::decode(&*digits).map(Self)
    }
}

#[cfg(test)]
mod tests;
