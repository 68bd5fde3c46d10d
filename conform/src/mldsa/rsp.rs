//! NIST's known answers: `.rsp` files of records, each a few lines `name = value`.
//!
//! Nothing inside a file tells its scheme: a file of round 3 and one of ML-DSA-44 both say `# Dilithium2`. Its name does.

use super::case::{Case, Kind, Signed};
use crate::source::Entry;
use erbium_vm::claims::{DilithiumScheme, Verdict};

/// What a file's records are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// Signatures of a scheme, all valid.
    Signatures(DilithiumScheme),
    /// Nothing that can be asked here, with the reason.
    Foreign(&'static str),
}

/// Parts of file names in lower case.
const SUBJECTS: [(&str, Subject); 7] = [
    ("pqcsignkat_dilithium2", Subject::Signatures(DilithiumScheme::Round3Level2)),
    ("pqcsignkat_dilithium3", Subject::Signatures(DilithiumScheme::Round3Level3)),
    ("pqcsignkat_dilithium5", Subject::Signatures(DilithiumScheme::Round3Level5)),
    ("mldsa_nist", Subject::Signatures(DilithiumScheme::MlDsa44)),
    (
        "mldsa_evm",
        Subject::Foreign("ML-DSA-ETH: EIP-8051's variant with Keccak instead of SHAKE is no scheme here"),
    ),
    ("falcon", FALCON),
    ("hashtopoint", FALCON),
];

const FALCON: Subject = Subject::Foreign("Falcon-512 is no scheme here");

impl Subject {
    /// By the file's name.
    pub(super) fn of(entry: &Entry) -> Option<Self> {
        let stem = entry.stem().to_ascii_lowercase();
        SUBJECTS.into_iter().find(|(part, _)| stem.contains(part)).map(|(_, subject)| subject)
    }
}

/// A line that is not what it should be.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub(crate) struct RspError {
    line: usize,
    problem: Problem,
}

#[derive(Debug, PartialEq, thiserror::Error)]
enum Problem {
    #[error("not text")]
    Text,
    #[error("no `name = value`")]
    Form,
    #[error("`{0}` twice in one record")]
    Twice(String),
    #[error("`{field}` is not hexadecimal: {error}")]
    Hex { field: &'static str, error: hex::FromHexError },
    #[error("`{0}` is not a number")]
    Number(&'static str),
    #[error("the record ends without `{0}`")]
    Missing(&'static str),
    #[error("`{field}` says {said} bytes where there are {got}")]
    Length { field: &'static str, said: usize, got: usize },
    #[error("`sm` is no signature of {0} bytes with `msg` behind it")]
    Message(usize),
    #[error("no record in the file")]
    Empty,
}

/// The lines of one record.
#[derive(Default)]
struct Record<'a> {
    fields: Vec<(&'a str, &'a str)>,
    last_line: usize,
}

/// The cases of a file: each signature holds, and does not with a bit changed.
pub(super) fn cases(subject: Subject, bytes: &[u8]) -> Result<Vec<Case>, RspError> {
    let mut cases = Vec::new();
    for record in records(bytes)? {
        let problem = |problem| RspError { line: record.last_line, problem };
        let count = record.get("count").map_err(problem)?;
        let kind = match subject {
            Subject::Signatures(scheme) => record.signature(scheme).map_err(problem)?,
            Subject::Foreign(reason) => Kind::Skipped(reason),
        };
        let about = "a known answer, which is valid".to_owned();
        cases.push(Case { id: format!("count {count}"), about, kind });
    }
    if cases.is_empty() {
        return Err(RspError { line: 1, problem: Problem::Empty });
    }
    Ok(cases)
}

/// Records begin with `count`; blank lines and comments mean nothing.
fn records(bytes: &[u8]) -> Result<Vec<Record<'_>>, RspError> {
    let mut records: Vec<Record<'_>> = Vec::new();
    for (i, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let error = |problem| RspError { line: i + 1, problem };
        let line = str::from_utf8(line).map_err(|_| error(Problem::Text))?.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (name, value) = line.split_once('=').ok_or_else(|| error(Problem::Form))?;
        let (name, value) = (name.trim(), value.trim());
        if name == "count" {
            records.push(Record::default());
        }
        let record = records.last_mut().ok_or_else(|| error(Problem::Missing("count")))?;
        if record.fields.iter().any(|(known, _)| *known == name) {
            return Err(error(Problem::Twice(name.chars().take(20).collect())));
        }
        record.fields.push((name, value));
        record.last_line = i + 1;
    }
    Ok(records)
}

impl<'a> Record<'a> {
    fn signature(&self, scheme: DilithiumScheme) -> Result<Kind, Problem> {
        let message = self.bytes("msg", "mlen")?;
        let signed = self.bytes("sm", "smlen")?;
        let public_key = self.hex("pk")?;
        let signature = match signed.split_at_checked(scheme.signature_len()) {
            Some((signature, rest)) if rest == message => signature,
            _ => return Err(Problem::Message(scheme.signature_len())),
        };
        let signed = Signed { scheme, public_key: &public_key, signature, expected: Verdict::Valid };
        let ask = |signed: &Signed<'_>| {
            if scheme.is_fips204() { signed.external(&[], &message) } else { signed.message(&message) }
        };
        Ok(Kind::Checks(signed.and_damaged(ask).into()))
    }

    /// The bytes of `field`, as many as `length` says.
    fn bytes(&self, field: &'static str, length: &'static str) -> Result<Vec<u8>, Problem> {
        let bytes = self.hex(field)?;
        let said = self.get(length)?.parse().map_err(|_| Problem::Number(length))?;
        if bytes.len() == said {
            Ok(bytes)
        } else {
            Err(Problem::Length { field: length, said, got: bytes.len() })
        }
    }

    fn hex(&self, field: &'static str) -> Result<Vec<u8>, Problem> {
        hex::decode(self.get(field)?).map_err(|error| Problem::Hex { field, error })
    }

    fn get(&self, field: &'static str) -> Result<&'a str, Problem> {
        let found = self.fields.iter().find(|(name, _)| *name == field);
        found.map(|(_, value)| *value).ok_or(Problem::Missing(field))
    }
}
