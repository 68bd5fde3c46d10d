//! `erbium key register`.

use super::{address, hexed, read};
use crate::cli::Outcome;
use crate::cli::error::CliError;
use crate::cli::output::{Output, note};
use crate::cli::spec::SpecArgs;
use clap::Args;
use erbium::SpecSource;
use erbium::vm::ChainSpec;
use primitive_types::H160;
use serde_json::json;
use std::path::PathBuf;

/// Print the call data that registers a key for an account, with the key's proof.
///
/// The account itself must send it, in a transaction to the registry without value. From then on no other key signs for
/// the account.
#[derive(Debug, Args)]
pub(in crate::cli) struct RegisterArgs {
    /// The key file.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The account that the key is to sign for.
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    account: H160,
    /// The chain's id [default: that of the spec].
    #[arg(long, value_name = "N")]
    chain_id: Option<u64>,
    /// The registry's address [default: that of the spec].
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    registry: Option<H160>,
    #[command(flatten)]
    spec: SpecArgs,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: RegisterArgs, output: &mut Output) -> Result<Outcome, CliError> {
    let spec = args.spec.source()?.as_ref().map_or_else(ChainSpec::erbium, SpecSource::latest);
    let chain_id = args.chain_id.unwrap_or(spec.chain_id);
    let registry = args.registry.unwrap_or(spec.registry);
    let key = read(&args.file)?;
    let registration = key.register(args.account, chain_id, registry)?;
    note(format_args!("for account {:?} in the registry {registry:?} of chain {chain_id}", args.account));
    if args.json {
        output.json(&json!({
            "chainId": format!("{chain_id:#x}"),
            "to": format!("{registry:?}"),
            "from": format!("{:?}", registration.account),
            "scheme": key.scheme().number(),
            "publicKey": hexed(key.public_key()),
            "keyHash": format!("{:?}", registration.key_hash),
            "message": hexed(&registration.message),
            "proof": hexed(&registration.proof),
            "data": hexed(&registration.call_data),
        }))?;
    } else {
        output.line(hexed(&registration.call_data))?;
    }
    Ok(Outcome::Fine)
}
