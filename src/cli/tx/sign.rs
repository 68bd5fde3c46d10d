//! `erbium tx sign`.

use super::read;
use crate::cli::Outcome;
use crate::cli::error::CliError;
use crate::cli::key;
use crate::cli::output::{Output, note};
use crate::cli::spec::SpecArgs;
use clap::Args;
use erbium::SpecSource;
use erbium::vm::block::json::{BlockFileError, UnsignedTransaction, transaction_to_json};
use erbium::vm::claims::DilithiumScheme;
use erbium::vm::evm::intrinsic_gas;
use erbium::vm::spec::{ChainSpec, Extensions};
use erbium::vm::tx::Transaction;
use serde_json::json;
use std::path::PathBuf;

/// Sign a transaction of type 0x45 and print its raw bytes.
///
/// The file has the fields of RPC type 2: nonce, gas, maxFeePerGas, maxPriorityFeePerGas, to (null to create a contract),
/// and where needed value, input, accessList, chainId and from. Without `from` the key's own address sends; without
/// `chainId` the spec's chain is meant.
#[derive(Debug, Args)]
pub(in crate::cli) struct SignArgs {
    /// The key file.
    #[arg(value_name = "KEY")]
    key: PathBuf,
    /// The transaction, `-` for stdin.
    #[arg(value_name = "TX.json")]
    transaction: PathBuf,
    #[command(flatten)]
    spec: SpecArgs,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: SignArgs, output: &mut Output) -> Result<Outcome, CliError> {
    let spec = args.spec.source()?.as_ref().map(SpecSource::latest);
    let key = key::read(&args.key)?;
    let file = args.transaction.display().to_string();
    let UnsignedTransaction { mut transaction, from } =
        UnsignedTransaction::from_json(&read(&args.transaction)?).map_err(|source| {
            CliError::Transaction {
                file: file.clone(),
                problem: match source {
                    BlockFileError::Json(error) => error.to_string(),
                    other => other.to_string(),
                },
            }
        })?;
    let problem = match (transaction.chain_id, &spec) {
        (None, None) => Some("chainId: missing, and no --spec says which chain is meant".to_owned()),
        (Some(got), Some(spec)) if got != spec.chain_id => {
            Some(format!("chainId: {got}, but the chain of --spec is {}", spec.chain_id))
        }
        _ => None,
    };
    if let Some(problem) = problem {
        return Err(CliError::Transaction { file, problem });
    }
    transaction.chain_id = transaction.chain_id.or(spec.as_ref().map(|spec| spec.chain_id));
    let sender = from.unwrap_or_else(|| key.address());
    let transaction = key.sign_transaction(transaction, sender)?;

    let warnings = spec.map_or_else(Vec::new, |spec| warnings(&spec, key.scheme(), &transaction));
    warnings.iter().for_each(|warning| note(format_args!("warning: {warning}")));
    let raw = key::hexed(&transaction.encode());
    if args.json {
        output.json(&json!({
            "raw": raw,
            "hash": format!("{:?}", transaction.hash()),
            "transaction": transaction_to_json(&transaction, None).map_err(CliError::Json)?,
            "warnings": warnings,
        }))?;
    } else {
        output.line(raw)?;
    }
    Ok(Outcome::Fine)
}

/// Why a chain would refuse the transaction, as far as that follows from the spec alone.
fn warnings(spec: &ChainSpec, scheme: DilithiumScheme, transaction: &Transaction) -> Vec<String> {
    let mut warnings = Vec::new();
    if spec.extensions == Extensions::None {
        warnings
            .push("the spec has no extensions: transactions of type 0x45 are not valid under it".to_owned());
    }
    let intrinsic = intrinsic_gas(spec.fork, transaction);
    let (least, signature) = (intrinsic.gas.max(intrinsic.floor), spec.gas.transaction_signature(scheme));
    let (limit, needed) = (transaction.gas_limit, least.saturating_add(signature));
    if limit < needed {
        warnings.push(format!(
            "gas {limit} is below {needed}: {least} for the transaction's bytes and {signature} for its signature"
        ));
    }
    if let Some(cap) = spec.max_transaction_gas.filter(|&cap| limit > cap) {
        warnings.push(format!("gas {limit} is above the cap of {cap} (EIP-7825)"));
    }
    warnings
}
