//! Logs of operations as files.

use crate::keccak256;
use erbium_claims::homomorphic::{LogError, LoggedOperation};
use serde_json::Value;

/// A file is no log.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogFileError {
    /// It is no JSON.
    #[error("no JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// It has neither operations nor blocks with operations.
    #[error("no `operations` in it, nor `blocks` with `operations`")]
    NoOperations,
    /// An entry is wrong.
    #[error("operation {index}: {source}")]
    Entry {
        /// Its place in the log, from 0.
        index: usize,
        /// What is wrong with it.
        source: LogError,
    },
}

/// Reads a log: an array of operations, an object whose `operations` is one (as `erbium run --json` prints), or an object
/// whose `blocks` are such objects, which follow each other (as `erbium validate --json` prints).
///
/// # Errors
/// [`LogFileError`]. Every entry's handle is computed again and compared.
pub fn read_log(bytes: &[u8]) -> Result<Vec<LoggedOperation>, LogFileError> {
    let value: Value = serde_json::from_slice(bytes)?;
    let lists: Vec<&Vec<Value>> = match (&value, value.get("operations"), value.get("blocks")) {
        (Value::Array(entries), ..) => vec![entries],
        (_, Some(Value::Array(entries)), _) => vec![entries],
        (_, None, Some(Value::Array(blocks))) => blocks
            .iter()
            .map(|block| block.get("operations").and_then(Value::as_array).ok_or(LogFileError::NoOperations))
            .collect::<Result<_, _>>()?,
        _ => return Err(LogFileError::NoOperations),
    };
    let entries = lists.into_iter().flatten().enumerate();
    entries
        .map(|(index, entry)| {
            LoggedOperation::from_json(entry, keccak256)
                .map_err(|source| LogFileError::Entry { index, source })
        })
        .collect()
}
