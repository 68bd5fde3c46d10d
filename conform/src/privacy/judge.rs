//! Asks what cases ask and compares the answers.

use crate::report::Outcome;
use erbium_vm::claims::{Claim, Derivation, Deriver, Fault, Halt, Verdict, Verifier};

/// One case of a file.
pub(crate) struct Case {
    pub(super) id: String,
    /// What is claimed, and whether it holds.
    pub(super) claims: Vec<Question<Claim, Verdict>>,
    /// What is derived.
    pub(super) derivations: Vec<Question<Derivation, Result<Vec<u8>, Halt>>>,
    /// What was computed when the file was read.
    pub(super) stated: Vec<Question<Vec<u8>, Vec<u8>>>,
}

/// Something asked, and what has to come of it.
pub(super) struct Question<Q, A> {
    /// For messages: which change of the case this is.
    pub(super) what: String,
    pub(super) asked: Q,
    pub(super) expected: A,
}

impl Case {
    fn outcome(&self, verdicts: &[Verdict], deriver: &dyn Deriver) -> Result<Outcome, Fault> {
        let mut wrong = Vec::new();
        for (question, verdict) in self.claims.iter().zip(verdicts) {
            if question.expected != *verdict {
                wrong.push(format!("{}: {verdict:?}", question.what));
            }
        }
        for question in &self.derivations {
            let got = deriver.derive(&question.asked)?;
            if got != question.expected {
                wrong.push(match got {
                    Ok(bytes) => format!("{}: 0x{}", question.what, hex::encode(bytes)),
                    Err(halt) => format!("{}: {halt}", question.what),
                });
            }
        }
        for Question { what, asked, expected } in &self.stated {
            if asked != expected {
                wrong.push(format!("{what}: 0x{}", hex::encode(asked)));
            }
        }
        Ok(match wrong.as_slice() {
            [] => Outcome::Passed,
            [first, ..] => {
                Outcome::Failed { reason: format!("{} wrong answers, the first: {first}", wrong.len()) }
            }
        })
    }
}

/// The outcome of each case that `wanted` lets through, by its name; all claims are asked in one batch. Cases that nobody
/// asked can answer are skipped, with the reason.
///
/// # Errors
/// [`Fault`] when machinery failed.
pub(crate) fn outcomes(
    verifier: &dyn Verifier,
    deriver: &dyn Deriver,
    cases: Vec<Case>,
    wanted: impl Fn(&str) -> bool,
) -> Result<Vec<(String, Outcome)>, Fault> {
    let cases: Vec<_> = cases.into_iter().filter(|case| wanted(&case.id)).collect();
    let claims: Vec<_> =
        cases.iter().flat_map(|case| &case.claims).map(|question| question.asked.clone()).collect();
    let verdicts = match verifier.verify(&claims) {
        Ok(verdicts) if verdicts.len() == claims.len() => verdicts,
        Ok(verdicts) => {
            let reason = format!("{} verdicts to {} claims", verdicts.len(), claims.len());
            return Err(Fault::Coprocessor { reason });
        }
        Err(Fault::Unsupported { what }) => {
            let reason = format!("this backend has no answer to {what}");
            let skipped = |case: Case| (case.id, Outcome::Skipped { reason: reason.clone() });
            return Ok(cases.into_iter().map(skipped).collect());
        }
        Err(fault) => return Err(fault),
    };
    let mut rest = verdicts.as_slice();
    let mut outcomes = Vec::with_capacity(cases.len());
    for case in cases {
        let (own, others) = rest.split_at_checked(case.claims.len()).unwrap_or((rest, &[]));
        rest = others;
        let outcome = case.outcome(own, deriver)?;
        outcomes.push((case.id, outcome));
    }
    Ok(outcomes)
}
