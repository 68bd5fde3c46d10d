//! `erbium key sign`.

use super::{hexed, read};
use crate::cli::Outcome;
use crate::cli::error::CliError;
use crate::cli::output::{Output, note};
use crate::cli::run::unhex;
use clap::Args;
use serde_json::json;
use std::io::{self, Read};
use std::path::PathBuf;

/// Sign a message: deterministic ML-DSA, pure, with an empty context.
#[derive(Debug, Args)]
pub(in crate::cli) struct SignArgs {
    /// The key file.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The message, in hexadecimal [default: the bytes of stdin].
    #[arg(long, value_name = "HEX")]
    message: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: SignArgs, output: &mut Output) -> Result<Outcome, CliError> {
    let key = read(&args.file)?;
    let message = match &args.message {
        Some(text) => unhex("--message", text)?,
        None => {
            let mut bytes = Vec::new();
            let read = io::stdin().lock().read_to_end(&mut bytes);
            read.map_err(|source| CliError::File { path: "-".into(), source })?;
            bytes
        }
    };
    if message.starts_with(b"erbium:") {
        note("warning: this message has the form of a transaction or of a key's registration");
    }
    let signature = key.sign(&message)?;
    if args.json {
        output.json(&json!({
            "scheme": key.scheme().number(),
            "keyHash": format!("{:?}", key.key_hash()),
            "message": hexed(&message),
            "signature": hexed(&signature),
        }))?;
    } else {
        output.line(hexed(&signature))?;
    }
    Ok(Outcome::Fine)
}
