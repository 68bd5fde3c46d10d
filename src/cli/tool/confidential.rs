//! `erbium tool confidential`: commitments and confidential transfers.

use super::super::Outcome;
use super::super::error::CliError;
use super::super::key::{hexed, secret_text, write_secret};
use super::super::output::{Output, note};
use clap::{Args, Subcommand};
use erbium::Seed;
use erbium::confidential::{Note, Plan, Wallet, check};
use serde_json::json;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Commitments and confidential transfers, from a seed. No secret is printed.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ConfidentialCommand {
    Commit(CommitArgs),
    Transfer(TransferArgs),
    Check(CheckArgs),
}

/// A wallet's seed and what it is to do.
#[derive(Debug, Args)]
struct Secrets {
    /// The wallet's seed: 64 hexadecimal digits in a file (`-` for stdin).
    #[arg(long, value_name = "FILE|-")]
    seed_from: PathBuf,
    /// The plan: JSON with chainId, context, fee, inputs and outputs, each of these with index and value.
    #[arg(long, value_name = "FILE")]
    plan: PathBuf,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Print the commitments of a plan's inputs and outputs.
#[derive(Debug, Args)]
pub(in crate::cli) struct CommitArgs {
    #[command(flatten)]
    secrets: Secrets,
    /// Write the outputs with their blindings, as a recipient needs them, to this new file, which only its owner may read.
    #[arg(long, value_name = "FILE")]
    openings_to: Option<PathBuf>,
}

/// Make the transfer of a plan and print its bytes, as CONFIDENTIAL_TX reads them.
#[derive(Debug, Args)]
pub(in crate::cli) struct TransferArgs {
    #[command(flatten)]
    secrets: Secrets,
}

/// Check a transfer by itself; whether its inputs are there to be spent, only its contract knows.
#[derive(Debug, Args)]
pub(in crate::cli) struct CheckArgs {
    /// The chain that it is for.
    #[arg(long, value_name = "N", default_value_t = 17_778)]
    chain_id: u64,
    /// The transfer's bytes in hexadecimal, in a file (`-` for stdin).
    #[arg(value_name = "FILE|-")]
    body: PathBuf,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(command: ConfidentialCommand, output: &mut Output) -> Result<Outcome, CliError> {
    match command {
        ConfidentialCommand::Commit(args) => commit(&args, output),
        ConfidentialCommand::Transfer(args) => transfer(&args, output),
        ConfidentialCommand::Check(args) => judge(&args, output),
    }
}

/// Reads a seed file.
pub(super) fn seed(path: &Path) -> Result<Seed, CliError> {
    Seed::from_text(&secret_text(path)?)
        .map_err(|source| CliError::SeedText { from: path.display().to_string(), source })
}

impl Secrets {
    fn read(&self) -> Result<(Wallet, Plan), CliError> {
        let wallet = Wallet::new(seed(&self.seed_from)?);
        let plan = Plan::from_json(&secret_text(&self.plan)?).map_err(|source| self.refused(source))?;
        Ok((wallet, plan))
    }

    fn refused(&self, source: erbium::confidential::PlanError) -> CliError {
        CliError::Plan { from: self.plan.display().to_string(), source }
    }
}

fn commit(args: &CommitArgs, output: &mut Output) -> Result<Outcome, CliError> {
    let secrets = &args.secrets;
    let (wallet, plan) = secrets.read()?;
    let commitments = |notes: &[Note]| -> Result<Vec<(u64, String)>, CliError> {
        notes
            .iter()
            .map(|note| {
                Ok((note.index, hexed(&wallet.commitment(note).map_err(|source| secrets.refused(source))?)))
            })
            .collect()
    };
    let (inputs, outputs) = (commitments(&plan.inputs)?, commitments(&plan.outputs)?);
    if let Some(path) = &args.openings_to {
        let text = openings(&wallet, &plan.outputs).map_err(|source| secrets.refused(source))?;
        write_secret(path, text.as_bytes())
            .map_err(|source| CliError::File { path: path.clone(), source })?;
        note(format_args!("openings: {} (secret)", path.display()));
    }
    if secrets.json {
        let list = |notes: &[(u64, String)]| {
            notes
                .iter()
                .map(|(index, point)| json!({"index": index, "commitment": point}))
                .collect::<Vec<_>>()
        };
        output.json(&json!({"inputs": list(&inputs), "outputs": list(&outputs)}))?;
        return Ok(Outcome::Fine);
    }
    for (what, notes) in [("input", inputs), ("output", outputs)] {
        for (index, commitment) in notes {
            output.line(format_args!("{what} {index}: {commitment}"))?;
        }
    }
    Ok(Outcome::Fine)
}

/// Notes with their blindings, in the form that plans have.
fn openings(wallet: &Wallet, notes: &[Note]) -> Result<Zeroizing<String>, erbium::confidential::PlanError> {
    // Room for all of it, so that growing leaves no copy behind.
    let mut text = Zeroizing::new(String::with_capacity(16 + 160 * notes.len()));
    text.push('[');
    for (place, note) in notes.iter().enumerate() {
        let opening = wallet.opening(note)?;
        let blinding = Zeroizing::new(hex::encode(opening.blinding.as_bytes()));
        let comma = if place == 0 { "" } else { "," };
        let index = note.index;
        let line = Zeroizing::new(format!(
            "{comma}\n {{\"index\": {index}, \"value\": {}, \"blinding\": \"0x{}\"}}",
            note.value, *blinding
        ));
        text.push_str(&line);
    }
    text.push_str("\n]\n");
    Ok(text)
}

fn transfer(args: &TransferArgs, output: &mut Output) -> Result<Outcome, CliError> {
    let secrets = &args.secrets;
    let (wallet, plan) = secrets.read()?;
    let made = wallet.transfer(&plan).map_err(|source| secrets.refused(source))?;
    let body = hexed(&made.body);
    if secrets.json {
        let list = |points: &[[u8; 32]]| points.iter().map(|point| hexed(point)).collect::<Vec<_>>();
        output.json(&json!({
            "chainId": plan.chain_id,
            "context": hexed(plan.context()),
            "inputs": list(&made.inputs),
            "outputs": list(&made.outputs),
            "body": body,
        }))?;
    } else {
        output.line(body)?;
    }
    Ok(Outcome::Fine)
}

fn judge(args: &CheckArgs, output: &mut Output) -> Result<Outcome, CliError> {
    let text = secret_text(&args.body)?;
    let digits = text.trim();
    let digits = digits.strip_prefix("0x").unwrap_or(digits);
    let body = hex::decode(digits).map_err(|error| CliError::Digits {
        from: args.body.display().to_string(),
        problem: error.to_string(),
    })?;
    let valid = check(args.chain_id, &body)?;
    if args.json {
        output.json(&json!({"valid": valid}))?;
    } else {
        output.line(if valid { "valid" } else { "invalid" })?;
    }
    Ok(if valid { Outcome::Fine } else { Outcome::No })
}
