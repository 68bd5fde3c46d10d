//! `erbium key new`.

use super::{public_parts, scheme, secret_text, write_secret};
use crate::cli::Outcome;
use crate::cli::error::CliError;
use crate::cli::output::{Output, note};
use clap::Args;
use erbium::keys::Key;
use erbium::vm::claims::DilithiumScheme;
use std::path::{Path, PathBuf};

/// Make a key and write it to a file that only its owner may read. No file is ever overwritten.
#[derive(Debug, Args)]
pub(in crate::cli) struct NewArgs {
    /// ML-DSA parameter set: 44, 65 or 87.
    #[arg(long, value_name = "N", default_value = "65", value_parser = scheme)]
    scheme: DilithiumScheme,
    /// Where to write the key file [default: erbium-key-ADDRESS.json].
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Make the key from this seed, 64 hexadecimal digits in a file (`-` for stdin), not from the operating system's
    /// randomness.
    #[arg(long, value_name = "FILE|-")]
    seed_from: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: NewArgs, output: &mut Output) -> Result<Outcome, CliError> {
    let key = match &args.seed_from {
        Some(path) => from_seed(args.scheme, path)?,
        None => Key::generate(args.scheme)?,
    };
    let path = args.out.unwrap_or_else(|| format!("erbium-key-{:?}.json", key.address()).into());
    write_secret(&path, key.to_file().as_bytes())
        .map_err(|source| CliError::File { path: path.clone(), source })?;
    note(format_args!("key file: {} (secret: whoever reads it signs for the account)", path.display()));
    if args.json {
        let mut parts = public_parts(&key);
        parts["file"] = path.display().to_string().into();
        output.json(&parts)?;
    } else {
        output.line(format_args!("scheme: {}", key.scheme().number()))?;
        output.line(format_args!("key hash: {:?}", key.key_hash()))?;
        output.line(format_args!("address: {:?}", key.address()))?;
    }
    Ok(Outcome::Fine)
}

fn from_seed(scheme: DilithiumScheme, path: &Path) -> Result<Key, CliError> {
    Key::from_seed_text(scheme, &secret_text(path)?)
        .map_err(|source| CliError::KeyFile { from: path.display().to_string(), source })
}
