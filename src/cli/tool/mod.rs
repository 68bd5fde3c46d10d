//! `erbium tool`: wallets, and what helps to test and to measure.

mod circuit;
mod confidential;
mod generate;
#[cfg(feature = "he")]
mod he;
mod stealth;

#[cfg(feature = "he")]
pub(super) use he::{CiphertextArgs, HeError};

use super::Outcome;
use super::error::CliError;
use super::output::Output;
use clap::Subcommand;

/// Tools for wallets, tests and measurements.
#[derive(Debug, Subcommand)]
pub(super) enum ToolCommand {
    #[command(subcommand)]
    Circuit(circuit::CircuitCommand),
    Generate(generate::GenerateArgs),
    #[command(subcommand)]
    Confidential(confidential::ConfidentialCommand),
    #[cfg(feature = "he")]
    #[command(subcommand)]
    He(he::HeCommand),
    #[command(subcommand)]
    Stealth(stealth::StealthCommand),
}

pub(super) fn run(command: ToolCommand, output: &mut Output) -> Result<Outcome, CliError> {
    match command {
        ToolCommand::Circuit(command) => circuit::run(command, output),
        ToolCommand::Generate(args) => generate::run(args, output),
        ToolCommand::Confidential(command) => confidential::run(command, output),
        #[cfg(feature = "he")]
        ToolCommand::He(command) => he::run(command, output),
        ToolCommand::Stealth(command) => stealth::run(command, output),
    }
}
