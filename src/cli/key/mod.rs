//! `erbium key`: quantum-safe keys of accounts.

mod new;
mod register;
mod show;
mod sign;

use super::Outcome;
use super::error::CliError;
use super::output::{Output, note};
use clap::Subcommand;
use erbium::keys::Key;
use erbium::vm::claims::DilithiumScheme;
use primitive_types::H160;
use serde_json::{Value, json};
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use zeroize::Zeroizing;

/// Bytes of the longest key file that is read: about ten times what is written.
const LONGEST_FILE: usize = 1 << 16;

/// Quantum-safe keys of accounts.
#[derive(Debug, Subcommand)]
pub(super) enum KeyCommand {
    New(new::NewArgs),
    Show(show::ShowArgs),
    Sign(sign::SignArgs),
    Register(register::RegisterArgs),
}

pub(super) fn run(command: KeyCommand, output: &mut Output) -> Result<Outcome, CliError> {
    match command {
        KeyCommand::New(args) => new::run(args, output),
        KeyCommand::Show(args) => show::run(args, output),
        KeyCommand::Sign(args) => sign::run(args, output),
        KeyCommand::Register(args) => register::run(args, output),
    }
}

/// Reads the key file at `path`; warns on stderr where others could read it too.
pub(super) fn read(path: &Path) -> Result<Key, CliError> {
    let failed = |source| CliError::File { path: path.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    warn_if_readable(path, &file);
    let text = read_secret(file).map_err(failed)?;
    Key::from_file(&text).map_err(|source| CliError::KeyFile { from: path.display().to_string(), source })
}

/// Reads a short secret text from a file (`-` for stdin).
pub(super) fn secret_text(path: &Path) -> Result<Zeroizing<String>, CliError> {
    let text = if path == Path::new("-") {
        read_secret(std::io::stdin().lock())
    } else {
        File::open(path).and_then(|file| {
            warn_if_readable(path, &file);
            read_secret(file)
        })
    };
    text.map_err(|source| CliError::File { path: path.to_owned(), source })
}

/// Writes a new file that only its owner may read, whole or not at all.
pub(super) fn write_secret(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    if written.is_err() {
        // Half a file is of no use; that it cannot be removed changes nothing about the error.
        let _ = std::fs::remove_file(path);
    }
    written
}

/// Reads a short text that is overwritten after use.
fn read_secret(from: impl Read) -> std::io::Result<Zeroizing<String>> {
    // Room for all of it, so that growing leaves no copy behind.
    let mut text = Zeroizing::new(String::with_capacity(LONGEST_FILE + 1));
    from.take(LONGEST_FILE as u64 + 1).read_to_string(&mut text)?;
    if text.len() > LONGEST_FILE {
        return Err(std::io::Error::other(format!("longer than {LONGEST_FILE} bytes")));
    }
    Ok(text)
}

#[cfg(unix)]
fn warn_if_readable(path: &Path, file: &File) {
    use std::os::unix::fs::PermissionsExt;
    let mode = file.metadata().map(|data| data.permissions().mode()).unwrap_or_default();
    if mode & 0o077 != 0 {
        note(format_args!(
            "warning: {}: others may read or write this file (mode {:o})",
            path.display(),
            mode & 0o777
        ));
    }
}

#[cfg(not(unix))]
fn warn_if_readable(_: &Path, _: &File) {}

/// The public parts of a key.
fn public_parts(key: &Key) -> Value {
    json!({
        "scheme": key.scheme().number(),
        "keyHash": format!("{:?}", key.key_hash()),
        "address": format!("{:?}", key.address()),
        "publicKey": hexed(key.public_key()),
    })
}

pub(super) fn hexed(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

/// Reads an address from the command line.
fn address(text: &str) -> Result<H160, String> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    let mut address = H160::zero();
    match hex::decode_to_slice(digits, &mut address.0) {
        Ok(()) => Ok(address),
        Err(_) => Err("an address is 0x and 40 hexadecimal digits".to_owned()),
    }
}

/// Reads the number of a scheme that makes keys.
fn scheme(text: &str) -> Result<DilithiumScheme, String> {
    let scheme = text.parse().ok().and_then(DilithiumScheme::from_number);
    scheme.filter(|scheme| scheme.is_fips204()).ok_or_else(|| "not one of 44, 65 and 87".to_owned())
}
