//! `erbium tx`: transactions, one at a time.

mod show;
mod sign;

use super::Outcome;
use super::error::CliError;
use super::output::Output;
use clap::Subcommand;
use std::io::{self, Read};
use std::path::Path;

/// Transactions, one at a time.
#[derive(Debug, Subcommand)]
pub(super) enum TxCommand {
    Sign(sign::SignArgs),
    Show(show::ShowArgs),
}

pub(super) fn run(command: TxCommand, output: &mut Output) -> Result<Outcome, CliError> {
    match command {
        TxCommand::Sign(args) => sign::run(args, output),
        TxCommand::Show(args) => show::run(args, output),
    }
}

/// Reads the file at `path`, stdin for `-`.
fn read(path: &Path) -> Result<Vec<u8>, CliError> {
    let bytes = if path == Path::new("-") {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        std::fs::read(path)
    };
    bytes.map_err(|source| CliError::File { path: path.to_owned(), source })
}
