//! `erbium tool circuit`: circuits and their keys, for ZK_PROVE.

use super::super::Outcome;
use super::super::error::CliError;
use super::super::output::{self, Output};
use super::super::run::unhex;
use clap::{Args, Subcommand};
use erbium::gpu::proofs::{Circuit, CircuitError, R1cs};
use serde_json::json;
use std::path::PathBuf;

/// Circuits that ZK_PROVE proves and ZK_VERIFY checks.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum CircuitCommand {
    Setup(SetupArgs),
}

/// Make the keys of a circuit and put it into a folder, for tests.
///
/// The keys come out of one seed on this machine: whoever knows it can prove what is false. Keys that guard anything come
/// out of a ceremony of many.
#[derive(Debug, Args)]
pub(in crate::cli) struct SetupArgs {
    /// The circuit: a file of erbium's or of iden3's r1cs format, over BLS12-381.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The folder, made where it is missing.
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// The seed, 32 bytes [default: random].
    #[arg(long, value_name = "HEX")]
    seed: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(command: CircuitCommand, output: &mut Output) -> Result<Outcome, CliError> {
    let CircuitCommand::Setup(args) = command;
    let seed = match &args.seed {
        Some(text) => {
            let bytes = unhex("--seed", text)?;
            let got = bytes.len();
            bytes.try_into().map_err(|_| CliError::SeedLength { got })?
        }
        None => {
            let mut seed = [0; 32];
            getrandom::fill(&mut seed).map_err(|_| CliError::Flag {
                flag: "--seed",
                problem: "the system gives no random bytes",
            })?;
            seed
        }
    };
    let path = args.file;
    let file = std::fs::read(&path).map_err(|source| CliError::File { path: path.clone(), source })?;
    let read = if file.starts_with(b"r1cs") { R1cs::read_iden3(&file) } else { R1cs::read(&file) };
    let system = read.map_err(|source| CircuitError::R1cs { path, source })?;
    let circuit = Circuit::setup(system, &seed)?;
    let name = circuit.write(&args.out)?;
    output::note("keys for tests: whoever knows their seed can prove what is false");
    let system = circuit.system();
    let (variables, publics, constraints) = (system.variables(), system.publics(), system.constraints());
    if args.json {
        output.json(&json!({
            "circuit": format!("{name:?}"),
            "variables": variables,
            "publicInputs": publics,
            "constraints": constraints,
            "verifyingKey": format!("0x{}", hex::encode(circuit.verifying_key())),
        }))?;
    } else {
        output.text(&format!(
            "circuit {name:?}\n{variables} variables, {publics} public inputs, {constraints} constraints\n"
        ))?;
    }
    Ok(Outcome::Fine)
}
