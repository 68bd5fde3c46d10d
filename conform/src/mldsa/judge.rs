//! Asks the questions of a file's cases and compares the answers.

use super::case::{Case, Check, Form, Kind};
use crate::report::Outcome;
use erbium_vm::claims::{Claim, Deriver, Fault, Verdict, Verifier};
use rayon::prelude::*;
use std::fmt;

/// Who answers.
#[derive(Clone, Copy)]
pub(crate) struct Judge<'a> {
    pub(crate) verifier: &'a dyn Verifier,
    pub(crate) deriver: &'a dyn Deriver,
}

impl Judge<'_> {
    /// The outcome of each case that `wanted` lets through, by its number. All claims are asked in one batch.
    ///
    /// # Errors
    /// [`Fault`] when machinery failed.
    pub(crate) fn outcomes(
        self,
        cases: Vec<Case>,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Vec<(String, Outcome)>, Fault> {
        let mut cases: Vec<_> = cases.into_iter().filter(|case| wanted(&case.id)).collect();
        let claims: Vec<Claim> = cases.iter_mut().flat_map(Case::take_claims).collect();
        let verdicts = self.verifier.verify(&claims)?;
        if verdicts.len() != claims.len() {
            let reason = format!("{} verdicts to {} claims", verdicts.len(), claims.len());
            return Err(Fault::Coprocessor { reason });
        }
        let mut rest = verdicts.as_slice();
        let mut asked = Vec::with_capacity(cases.len());
        for case in cases {
            let (own, others) = rest.split_at_checked(case.claims()).unwrap_or((rest, &[]));
            rest = others;
            asked.push((case, own));
        }
        asked.into_par_iter().map(|(case, verdicts)| self.outcome(case, verdicts)).collect()
    }

    fn outcome(self, case: Case, mut verdicts: &[Verdict]) -> Result<(String, Outcome), Fault> {
        let Case { id, about, kind } = case;
        let checks = match kind {
            Kind::Checks(checks) => checks,
            Kind::Skipped(reason) => return Ok((id, Outcome::Skipped { reason: reason.to_owned() })),
        };
        let mut difference = None;
        for check in checks {
            let (own, others) = verdicts.split_at_checked(check.claims()).unwrap_or((verdicts, &[]));
            verdicts = others;
            // What is derived is asked for even behind a difference: a fault must not depend on it.
            let found = self.difference(check, own)?;
            difference = difference.or(found);
        }
        let outcome = match difference {
            None => Outcome::Passed,
            Some(difference) => Outcome::Failed { reason: format!("{difference}; the case: {about}") },
        };
        Ok((id, outcome))
    }

    fn difference(self, check: Check, verdicts: &[Verdict]) -> Result<Option<Difference>, Fault> {
        Ok(match check {
            Check::Signature { forms, expected, .. } => {
                let right = verdicts.len() == forms.len() && verdicts.iter().all(|got| *got == expected);
                let answers = forms.into_iter().zip(verdicts.iter().copied()).collect();
                (!right).then_some(Difference::Verdict { answers, expected })
            }
            Check::Refused { reason, expected } => {
                expected.is_valid().then_some(Difference::Refused { reason })
            }
            Check::Derived { what, derivation, expected } => match self.deriver.derive(&derivation)? {
                Ok(got) if got == expected => None,
                Ok(got) => {
                    let at = got.iter().zip(&expected).take_while(|(a, b)| a == b).count();
                    Some(Difference::Derived { what, at, got: got.len(), expected: expected.len() })
                }
                Err(halt) => Some(Difference::Halted { what, halt: halt.to_string() }),
            },
            Check::Stated { what, ours, theirs } => {
                (ours != theirs).then_some(Difference::Stated { what, ours, theirs })
            }
        })
    }
}

impl Case {
    fn take_claims(&mut self) -> Vec<Claim> {
        let checks = match &mut self.kind {
            Kind::Checks(checks) => checks.as_mut_slice(),
            Kind::Skipped(_) => &mut [],
        };
        let mut taken = Vec::new();
        for check in checks {
            if let Check::Signature { claims, .. } = check {
                taken.append(claims);
            }
        }
        taken
    }

    /// How many claims it asks, taken or not.
    fn claims(&self) -> usize {
        match &self.kind {
            Kind::Checks(checks) => checks.iter().map(Check::claims).sum(),
            Kind::Skipped(_) => 0,
        }
    }
}

impl Check {
    fn claims(&self) -> usize {
        if let Self::Signature { forms, .. } = self { forms.len() } else { 0 }
    }
}

#[derive(Debug, thiserror::Error)]
enum Difference {
    #[error("answered {}, not {}", Answers(answers), word(*expected))]
    Verdict { answers: Vec<(Form, Verdict)>, expected: Verdict },
    #[error("refused for its format: {reason}")]
    Refused { reason: String },
    #[error("another {what}: {got} bytes, not {expected}, the same up to byte {at}")]
    Derived { what: &'static str, at: usize, got: usize, expected: usize },
    #[error("no {what}: {halt}")]
    Halted { what: &'static str, halt: String },
    #[error("{what}: {ours}, not {theirs}")]
    Stated { what: &'static str, ours: String, theirs: String },
}

/// Verdicts with what they are over; where they disagree, that shows.
struct Answers<'a>(&'a [(Form, Verdict)]);

impl fmt::Display for Answers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (form, verdict)) in self.0.iter().enumerate() {
            let form = match form {
                Form::Message => "the message",
                Form::Mu => "mu",
            };
            let and = if i == 0 { "" } else { " and " };
            write!(f, "{and}{} over {form}", word(*verdict))?;
        }
        Ok(())
    }
}

fn word(verdict: Verdict) -> &'static str {
    if verdict.is_valid() { "valid" } else { "invalid" }
}
