//! `erbium tool`: what helps to test and to measure.

mod generate;

use super::Outcome;
use super::error::CliError;
use super::output::Output;
use clap::Subcommand;

/// Tools for tests and measurements.
#[derive(Debug, Subcommand)]
pub(super) enum ToolCommand {
    Generate(generate::GenerateArgs),
}

pub(super) fn run(command: ToolCommand, output: &mut Output) -> Result<Outcome, CliError> {
    match command {
        ToolCommand::Generate(args) => generate::run(args, output),
    }
}
