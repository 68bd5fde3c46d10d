//! Which of the forms a file has, and its cases.

use super::case::Case;
use super::rsp::{self, RspError};
use super::{acvp, eip8355, wycheproof};
use crate::source::Entry;
use serde::Deserialize;

/// A form that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Wycheproof: signatures to be checked.
    WycheproofVerify,
    /// Wycheproof: keys from seeds, and signatures to be made.
    WycheproofSign,
    /// ACVP's `sigVer`.
    AcvpVerify,
    /// ACVP's `sigGen`.
    AcvpSign,
    /// ACVP's `keyGen`.
    AcvpKeys,
    /// Calls of the precompile of EIP-8355.
    Eip8355,
    /// NIST's known answers.
    KnownAnswers(rsp::Subject),
}

/// Why the cases of a file cannot be read; the place is in it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    #[error("{0}")]
    Rsp(#[from] RspError),
}

/// What tells the files of Wycheproof and ACVP apart.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    algorithm: String,
    mode: Option<String>,
    #[serde(default)]
    test_groups: Vec<GroupHead>,
}

#[derive(Deserialize)]
struct GroupHead {
    #[serde(rename = "type")]
    kind: Option<String>,
}

impl Format {
    /// The form of a JSON object with an algorithm and groups of tests; `None` for what is about something else.
    ///
    /// # Errors
    /// Where the JSON is broken.
    pub(crate) fn of_groups(json: &[u8]) -> Result<Option<Self>, serde_json::Error> {
        let head: Head = serde_json::from_slice(json)?;
        if !head.algorithm.starts_with("ML-DSA") {
            return Ok(None);
        }
        let kind = head.test_groups.first().and_then(|group| group.kind.as_deref());
        Ok(match (head.mode.as_deref(), kind) {
            (Some("sigVer"), _) => Some(Self::AcvpVerify),
            (Some("sigGen"), _) => Some(Self::AcvpSign),
            (Some("keyGen"), _) => Some(Self::AcvpKeys),
            (None, Some("MlDsaVerify")) => Some(Self::WycheproofVerify),
            (None, Some("MlDsaSign")) => Some(Self::WycheproofSign),
            _ => None,
        })
    }

    /// The form of a precompile's vectors, where their path names an EIP of this form.
    pub(crate) fn of_vectors(path: &str) -> Option<Self> {
        let path = path.to_ascii_lowercase();
        (path.contains("eip-8355") || path.contains("eip8355")).then_some(Self::Eip8355)
    }

    /// The form of an `.rsp` file, which its name tells; `None` where it does not.
    pub(crate) fn of_known_answers(entry: &Entry) -> Option<Self> {
        rsp::Subject::of(entry).map(Self::KnownAnswers)
    }

    /// The cases of a file.
    ///
    /// # Errors
    /// [`ReadError`] with line or field.
    pub(crate) fn read(self, entry: &Entry) -> Result<Vec<Case>, ReadError> {
        let json = &entry.bytes;
        Ok(match self {
            Self::WycheproofVerify => wycheproof::verify(json)?,
            Self::WycheproofSign => wycheproof::sign(json)?,
            Self::AcvpVerify => acvp::verify(json)?,
            Self::AcvpSign => acvp::sign(json)?,
            Self::AcvpKeys => acvp::keys(json)?,
            Self::Eip8355 => eip8355::calls(json)?,
            Self::KnownAnswers(subject) => rsp::cases(subject, &entry.bytes)?,
        })
    }
}
