//! `erbium spec`, and how commands find the chain spec they are given.

use super::Outcome;
use super::error::CliError;
use super::output::Output;
use clap::{Args, Subcommand};
use erbium::SpecSource;
use std::path::Path;

/// Chain specs.
#[derive(Debug, Subcommand)]
pub(super) enum SpecCommand {
    /// Print a chain spec as TOML, in the form that --spec reads.
    Show(SpecArgs),
}

/// Which rules hold.
#[derive(Debug, Args)]
pub(super) struct SpecArgs {
    /// Chain spec: mainnet, erbium, a fork's name, or a TOML file [default: mainnet].
    #[arg(long, value_name = "NAME|FILE")]
    spec: Option<String>,
}

impl SpecArgs {
    /// The spec that was asked for, if one was.
    pub(super) fn source(&self) -> Result<Option<SpecSource>, CliError> {
        self.spec.as_deref().map(source).transpose()
    }
}

/// A built-in of this name, else the file.
fn source(name: &str) -> Result<SpecSource, CliError> {
    let unknown = match name.parse() {
        Ok(source) => return Ok(source),
        Err(unknown) => unknown,
    };
    let path = Path::new(name);
    if !path.exists() {
        return Err(CliError::UnknownSpec(unknown));
    }
    let text =
        std::fs::read_to_string(path).map_err(|source| CliError::File { path: path.to_owned(), source })?;
    SpecSource::from_toml(&text).map_err(|source| CliError::SpecFile { path: path.to_owned(), source })
}

pub(super) fn run(command: SpecCommand, output: &mut Output) -> Result<Outcome, CliError> {
    let SpecCommand::Show(args) = command;
    output.text(&args.source()?.unwrap_or_default().to_toml())?;
    Ok(Outcome::Fine)
}
