//! `erbium tool`: wallets, and what helps to test and to measure.

mod confidential;
mod generate;
mod stealth;

use super::Outcome;
use super::error::CliError;
use super::output::Output;
use clap::Subcommand;

/// Tools for wallets, tests and measurements.
#[derive(Debug, Subcommand)]
pub(super) enum ToolCommand {
    Generate(generate::GenerateArgs),
    #[command(subcommand)]
    Confidential(confidential::ConfidentialCommand),
    #[command(subcommand)]
    Stealth(stealth::StealthCommand),
}

pub(super) fn run(command: ToolCommand, output: &mut Output) -> Result<Outcome, CliError> {
    match command {
        ToolCommand::Generate(args) => generate::run(args, output),
        ToolCommand::Confidential(command) => confidential::run(command, output),
        ToolCommand::Stealth(command) => stealth::run(command, output),
    }
}
