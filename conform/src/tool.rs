//! What keeps a tool that goes through a file case by case from doing so.

use erbium_vm::claims::Fault;
use std::io;

/// Why the cases of a file were not run to the end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ToolError {
    /// The file is no JSON object of tests; the message has line and column.
    #[error("not a JSON object of tests: {0}")]
    Json(#[from] serde_json::Error),
    /// Machinery failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// A trace cannot be written.
    #[error("cannot write the trace: {0}")]
    Trace(#[from] io::Error),
}
