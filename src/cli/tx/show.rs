//! `erbium tx show`.

use super::read;
use crate::cli::error::CliError;
use crate::cli::output::{Output, note};
use crate::cli::run::unhex;
use crate::cli::spec::SpecArgs;
use crate::cli::{GpuArgs, Outcome};
use clap::Args;
use erbium::vm::ChainSpec;
use erbium::vm::block::json::transaction_to_json;
use erbium::vm::claims::{Fault, Verdict};
use erbium::vm::tx::{Transaction, TransactionType};
use erbium::{Machine, SpecSource};
use primitive_types::H160;
use serde_json::json;
use std::path::Path;

/// Print a raw transaction of any type as RPC's JSON, and check its signature.
///
/// Exit code 1 where the bytes are no canonical transaction or the signature does not hold; stderr says why. Whether a
/// quantum-safe key may sign for the sender is not checked: the chain's state says so.
#[derive(Debug, Args)]
pub(in crate::cli) struct ShowArgs {
    /// The raw bytes, in hexadecimal; `-` for stdin.
    #[arg(value_name = "RAW|-")]
    raw: String,
    #[command(flatten)]
    spec: SpecArgs,
    #[command(flatten)]
    gpu: GpuArgs,
    /// Print JSON: the transaction and what became of the check.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: ShowArgs, output: &mut Output) -> Result<Outcome, CliError> {
    let spec = args.spec.source()?.as_ref().map_or_else(ChainSpec::erbium, SpecSource::latest);
    let machine = Machine::new(&args.gpu.mode())?;
    let bytes = if args.raw == "-" {
        unhex("stdin", String::from_utf8_lossy(&read(Path::new("-"))?).trim())?
    } else {
        unhex("RAW", &args.raw)?
    };
    let transaction = match Transaction::decode(&bytes) {
        Ok(transaction) => transaction,
        Err(error) => {
            note(format_args!("no canonical transaction: {error}"));
            if args.json {
                output.json(&json!({ "transaction": null, "valid": false, "reason": error.to_string() }))?;
            }
            return Ok(Outcome::No);
        }
    };
    let signer = signer(&machine, &spec, &transaction)?;
    let shown = transaction_to_json(&transaction, signer.as_ref().ok()).map_err(CliError::Json)?;
    if args.json {
        let mut answer =
            json!({ "transaction": shown, "valid": signer.is_ok(), "reason": signer.as_ref().err() });
        if let Some(quantum) = &transaction.quantum {
            answer["keyHash"] = format!("{:?}", quantum.key_hash()).into();
        }
        output.json(&answer)?;
    } else {
        output.json(&shown)?;
    }
    match signer {
        Ok(sender) => {
            note(format_args!("the signature holds; sender {sender:?}"));
            Ok(Outcome::Fine)
        }
        Err(reason) => {
            note(format_args!("the signature does not hold: {reason}"));
            Ok(Outcome::No)
        }
    }
}

/// Whose signature it is, or why it is nobody's.
fn signer(
    machine: &Machine,
    spec: &ChainSpec,
    transaction: &Transaction,
) -> Result<Result<H160, String>, CliError> {
    let broken = |reason: &str| Fault::Coprocessor { reason: reason.to_owned() };
    if transaction.kind == TransactionType::Quantum {
        let claim = match transaction.signature_claim() {
            Ok(claim) => claim,
            Err(rejection) => return Ok(Err(rejection.to_string())),
        };
        let verdicts = machine.coprocessor().verifier.verify(&[claim])?;
        let sender = transaction.quantum_signature().map(|quantum| quantum.sender);
        return match (verdicts.as_slice(), sender) {
            ([Verdict::Valid], Ok(sender)) => Ok(Ok(sender)),
            ([Verdict::Invalid], _) => {
                Ok(Err("it is not the key's signature of this transaction".to_owned()))
            }
            _ => Err(broken("not one verdict for one claim").into()),
        };
    }
    match transaction.recovery(spec.fork) {
        Err(rejection) => Ok(Err(rejection.to_string())),
        Ok(recovery) => match machine.recoverer().recover(&[recovery])?.as_slice() {
            [Some(sender)] => Ok(Ok(*sender)),
            [None] => Ok(Err("no key fits it".to_owned())),
            _ => Err(broken("not one signer for one signature").into()),
        },
    }
}
