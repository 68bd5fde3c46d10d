//! `erbium key new`.

use super::{public_parts, read_secret, scheme};
use crate::cli::Outcome;
use crate::cli::error::CliError;
use crate::cli::output::{Output, note};
use clap::Args;
use erbium::keys::Key;
use erbium::vm::claims::DilithiumScheme;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
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
    write(&key, &path).map_err(|source| CliError::File { path: path.clone(), source })?;
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
    let failed = |source| CliError::File { path: path.to_owned(), source };
    let text = if path == Path::new("-") {
        read_secret(io::stdin().lock())
    } else {
        File::open(path).and_then(read_secret)
    };
    Key::from_seed_text(scheme, &text.map_err(failed)?)
        .map_err(|source| CliError::KeyFile { from: path.display().to_string(), source })
}

/// Writes a new file whole, or none.
fn write(key: &Key, path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    let written = file.write_all(key.to_file().as_bytes()).and_then(|()| file.sync_all());
    if written.is_err() {
        // Half a key file is of no use; that it cannot be removed changes nothing about the error.
        let _ = fs::remove_file(path);
    }
    written
}
