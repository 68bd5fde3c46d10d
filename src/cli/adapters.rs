//! `erbium adapters`: which devices there are, and what runs where.

use super::Outcome;
use super::error::CliError;
use super::output::Output;
use clap::Args;
use erbium::PLACEMENTS;
use serde_json::json;

/// List the devices that can do cryptography, and say what runs where and why.
#[derive(Debug, Args)]
pub(super) struct AdaptersArgs {
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: AdaptersArgs, output: &mut Output) -> Result<Outcome, CliError> {
    let threads = rayon::current_num_threads();
    if args.json {
        let placements: Vec<_> = PLACEMENTS
            .iter()
            .map(|at| json!({ "work": at.work, "runs": at.runs, "reason": at.reason }))
            .collect();
        output.json(&json!({ "adapters": [], "threads": threads, "placements": placements }))?;
        return Ok(Outcome::Fine);
    }
    output.line("no device support built in yet")?;
    output.line(format_args!("processor threads: {threads}"))?;
    for at in PLACEMENTS {
        output.line(format_args!("{}: {} ({})", at.work, at.runs, at.reason))?;
    }
    Ok(Outcome::Fine)
}
