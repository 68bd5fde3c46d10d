//! The three traits through which the virtual machine asks and the coprocessor answers.

use crate::{Bytes, Claim, Derivation, Fault, Halt, Recovery, Verdict};
use primitive_types::H160;

/// Answers claims in batches.
pub trait Verifier: Sync {
    /// One verdict a claim, in the order of the claims.
    ///
    /// # Errors
    /// [`Fault`] when the machinery failed; then no claim has been answered.
    fn verify(&self, claims: &[Claim]) -> Result<Vec<Verdict>, Fault>;
}

/// Recovers signers in batches.
pub trait Recoverer: Sync {
    /// One answer a signature, in order; `None` where no key fits the signature.
    ///
    /// # Errors
    /// [`Fault`] when the machinery failed.
    fn recover(&self, signed: &[Recovery]) -> Result<Vec<Option<H160>>, Fault>;
}

/// Computes derivations.
pub trait Deriver: Sync {
    /// The derived bytes, or the halt that a malformed operand means for the asking frame.
    ///
    /// # Errors
    /// [`Fault`] when the machinery failed.
    fn derive(&self, derivation: &Derivation) -> Result<Result<Bytes, Halt>, Fault>;
}

/// Stands in where a build has no coprocessor: every question is a [`Fault`], never a wrong answer.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoCoprocessor;

impl Verifier for NoCoprocessor {
    fn verify(&self, claims: &[Claim]) -> Result<Vec<Verdict>, Fault> {
        match claims.first() {
            None => Ok(Vec::new()),
            Some(claim) => Err(Fault::Unsupported { what: claim.kind() }),
        }
    }
}

impl Deriver for NoCoprocessor {
    fn derive(&self, derivation: &Derivation) -> Result<Result<Bytes, Halt>, Fault> {
        Err(Fault::Unsupported { what: derivation.kind() })
    }
}
