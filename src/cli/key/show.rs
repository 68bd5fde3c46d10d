//! `erbium key show`.

use super::{hexed, public_parts, read};
use crate::cli::Outcome;
use crate::cli::error::CliError;
use crate::cli::output::Output;
use clap::Args;
use std::path::PathBuf;
use zeroize::Zeroizing;

/// Print the public parts of a key file.
#[derive(Debug, Args)]
pub(in crate::cli) struct ShowArgs {
    /// The key file.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Print the seed too. Whoever sees it signs for the account.
    #[arg(long)]
    show_secrets: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: ShowArgs, output: &mut Output) -> Result<Outcome, CliError> {
    let key = read(&args.file)?;
    let seed = args.show_secrets.then(|| Zeroizing::new(hexed(key.seed())));
    if args.json {
        let mut parts = public_parts(&key);
        if let Some(seed) = seed {
            parts["seed"] = seed.as_str().into();
        }
        output.json(&parts)?;
    } else {
        output.line(format_args!("scheme: {}", key.scheme().number()))?;
        output.line(format_args!("key hash: {:?}", key.key_hash()))?;
        output.line(format_args!("address: {:?}", key.address()))?;
        output.line(format_args!("public key: {}", hexed(key.public_key())))?;
        if let Some(seed) = seed {
            output.line(format_args!("seed: {}", seed.as_str()))?;
        }
    }
    Ok(Outcome::Fine)
}
