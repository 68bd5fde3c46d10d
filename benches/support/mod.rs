//! What both comparisons with revm share: options, the two machines, the interleaved timer and the table.
#![allow(dead_code, reason = "each bench uses its part")]

pub(crate) mod block;
pub(crate) mod measure;
pub(crate) mod options;
pub(crate) mod ours;
pub(crate) mod peer;
#[path = "../../src/cli/bench/place.rs"]
pub(crate) mod place;
pub(crate) mod report;
pub(crate) mod workload;

use erbium_conform::source::SourceError;
use erbium_vm::block::BlockError;
use erbium_vm::block::json::BlockFileError;
use measure::Receipt;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

/// Why a comparison could not be made, or what it found to be wrong.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BenchError {
    #[error("{0}")]
    Usage(String),
    #[error("{}: {source}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{}: {source}", path.display())]
    NotAWorkload { path: PathBuf, source: serde_json::Error },
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error("{place}: {source}")]
    NotABlock { place: String, source: BlockFileError },
    #[error("{place}: {source}")]
    BlockRefused { place: String, source: BlockError },
    #[error("{place}: {reason}")]
    Malformed { place: String, reason: String },
    #[error("{name}: {machine} could not run it: {reason}")]
    Failed { name: String, machine: &'static str, reason: String },
    #[error("{name}, transaction {index}: erbium and revm differ: {} against {}", Shown(ours), Shown(peer))]
    Different { name: String, index: usize, ours: Box<Receipt>, peer: Box<Receipt> },
    #[error("{name}: erbium executed {ours} transactions, revm {peer}")]
    DifferentCount { name: String, ours: usize, peer: usize },
}

/// A receipt in one line; of the output only its length and beginning.
struct Shown<'a>(&'a Receipt);

impl std::fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Receipt { succeeded, gas, refund, logs, output } = self.0;
        let shown = hex::encode(&output[..output.len().min(32)]);
        let (outcome, len) = (if *succeeded { "success" } else { "failure" }, output.len());
        write!(f, "{gas} gas ({outcome}, refund {refund}, {logs} logs, output of {len} bytes 0x{shown})")
    }
}

/// 0 fine, 1 the machines differ, 2 could not compare.
pub(crate) fn exit(result: Result<(), BenchError>) -> ExitCode {
    let Err(error) = result else { return ExitCode::SUCCESS };
    eprintln!("error: {error}");
    let differ = matches!(error, BenchError::Different { .. } | BenchError::DifferentCount { .. });
    ExitCode::from(if differ { 1 } else { 2 })
}
