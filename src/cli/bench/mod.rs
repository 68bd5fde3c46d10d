//! `erbium bench`: how fast this machine checks.

mod device;
mod dilithium;
mod gas;
#[cfg(feature = "he")]
mod he;
mod measure;
mod place;
mod plot;
mod pool;
mod range_proof;
mod report;

pub(super) use device::DeviceBenchError;

use super::Outcome;
use super::error::CliError;
use super::output::Output;
use clap::Subcommand;

/// Measure how fast this machine checks cryptography.
#[derive(Debug, Subcommand)]
pub(super) enum BenchCommand {
    Dilithium(dilithium::DilithiumArgs),
    #[cfg(feature = "he")]
    He(he::HeArgs),
    RangeProof(range_proof::RangeProofArgs),
}

pub(super) fn run(command: BenchCommand, output: &mut Output) -> Result<Outcome, CliError> {
    match command {
        BenchCommand::Dilithium(args) => dilithium::run(args, output),
        #[cfg(feature = "he")]
        BenchCommand::He(args) => he::run(args, output),
        BenchCommand::RangeProof(args) => range_proof::run(args, output),
    }
}
