//! `erbium bench`: how fast this machine checks.

mod block;
mod device;
mod dilithium;
mod gas;
mod measure;
mod place;
mod plot;
mod pool;
mod range_proof;
mod report;
mod timeline;

pub(super) use device::DeviceBenchError;

use super::Outcome;
use super::error::CliError;
use super::output::Output;
use clap::Subcommand;

/// Measure how fast this machine checks cryptography and blocks.
#[derive(Debug, Subcommand)]
pub(super) enum BenchCommand {
    Dilithium(dilithium::DilithiumArgs),
    Block(block::BlockArgs),
    RangeProof(range_proof::RangeProofArgs),
}

pub(super) fn run(command: BenchCommand, output: &mut Output) -> Result<Outcome, CliError> {
    match command {
        BenchCommand::Dilithium(args) => dilithium::run(args, output),
        BenchCommand::Block(args) => block::run(args, output),
        BenchCommand::RangeProof(args) => range_proof::run(args, output),
    }
}
