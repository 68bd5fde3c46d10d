//! Vectors of range proofs (Bulletproofs over ristretto255) and of stealth addresses (ERC-5564, scheme 1).
//!
//! Every case of the published files is true. So each is asked changed too, in ways that must be refused: a verifier that
//! accepts everything fails every case.

mod judge;
mod range_proofs;
mod stealth;

pub(crate) use judge::outcomes;

use crate::source::Entry;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;

/// A form that is read: an object with a list of cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Range proofs in the bytes of crate `bulletproofs`.
    RangeProofs,
    /// Keys, announcements and addresses.
    Stealth,
}

/// Why the cases of a file cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    #[error("case {case}: {what} of {got} bytes, not {expected}")]
    Length { case: String, what: &'static str, got: usize, expected: usize },
}

#[derive(Deserialize)]
struct Head {
    cases: Vec<BTreeMap<String, IgnoredAny>>,
}

impl Format {
    /// The form of a JSON object that has `cases`; `None` for what is about something else.
    pub(crate) fn of_cases(json: &[u8]) -> Option<Self> {
        let head: Head = serde_json::from_slice(json).ok()?;
        let has = |keys: &[&str]| {
            head.cases.first().is_some_and(|case| keys.iter().all(|key| case.contains_key(*key)))
        };
        if has(&["n_bits", "m", "transcript_label", "commitments", "proof", "expected"]) {
            Some(Self::RangeProofs)
        } else if has(&[
            "spend_key",
            "view_key",
            "meta_address",
            "ephemeral_key",
            "view_tag",
            "stealth_address",
        ]) {
            Some(Self::Stealth)
        } else {
            None
        }
    }

    /// The cases of a file.
    ///
    /// # Errors
    /// [`ReadError`] with place or field.
    pub(crate) fn read(self, entry: &Entry) -> Result<Vec<judge::Case>, ReadError> {
        match self {
            Self::RangeProofs => range_proofs::cases(&entry.bytes),
            Self::Stealth => stealth::cases(&entry.bytes),
        }
    }
}

#[cfg(test)]
mod tests;
