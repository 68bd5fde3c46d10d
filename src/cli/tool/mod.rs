//! `erbium tool`: what users of the extensions do outside blocks.

mod he;

pub(super) use he::{CiphertextArgs, HeError};

use super::Outcome;
use super::error::CliError;
use super::output::Output;
use clap::Subcommand;

/// What users of the extensions do outside blocks.
#[derive(Debug, Subcommand)]
pub(super) enum ToolCommand {
    #[command(subcommand)]
    He(he::HeCommand),
}

pub(super) fn run(command: ToolCommand, output: &mut Output) -> Result<Outcome, CliError> {
    match command {
        ToolCommand::He(command) => he::run(command, output),
    }
}
