//! `erbium bench`: how fast this machine checks.

mod block;
mod cores;
mod device;
mod dilithium;
mod gas;
mod groth16;
#[cfg(feature = "he")]
mod he;
mod measure;
mod msm;
mod place;
mod plot;
mod pool;
mod proofs;
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
    Groth16(groth16::Groth16Args),
    Msm(msm::MsmArgs),
    #[cfg(feature = "he")]
    He(he::HeArgs),
    RangeProof(range_proof::RangeProofArgs),
}

pub(super) fn run(command: BenchCommand, output: &mut Output) -> Result<Outcome, CliError> {
    match command {
        BenchCommand::Dilithium(args) => dilithium::run(args, output),
        BenchCommand::Block(args) => block::run(args, output),
        BenchCommand::Groth16(args) => groth16::run(args, output),
        BenchCommand::Msm(args) => msm::run(args, output),
        #[cfg(feature = "he")]
        BenchCommand::He(args) => he::run(args, output),
        BenchCommand::RangeProof(args) => range_proof::run(args, output),
    }
}
