//! `erbium adapters`: which devices there are, and what runs where.

use super::GpuArgs;
use super::Outcome;
use super::error::CliError;
use super::output::Output;
use clap::Args;
use erbium::gpu::device::{AdapterReport, adapters};
use erbium::placements;
use serde_json::{Value, json};

/// List the devices that can do cryptography, and say what runs where and why.
#[derive(Debug, Args)]
pub(super) struct AdaptersArgs {
    #[command(flatten)]
    gpu: GpuArgs,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: AdaptersArgs, output: &mut Output) -> Result<Outcome, CliError> {
    let threads = rayon::current_num_threads();
    let adapters = adapters();
    let placements = placements(&args.gpu.mode())?;
    if args.json {
        let placements: Vec<_> = placements
            .iter()
            .map(|at| json!({ "work": at.work, "runs": at.runs, "reason": at.reason }))
            .collect();
        let adapters: Vec<_> = adapters.iter().map(describe).collect();
        output.json(&json!({ "adapters": adapters, "threads": threads, "placements": placements }))?;
        return Ok(Outcome::Fine);
    }
    if adapters.is_empty() {
        output.line("no adapter")?;
    }
    for adapter in &adapters {
        output.line(format_args!("adapter: {adapter}"))?;
    }
    output.line(format_args!("processor threads: {threads}"))?;
    for at in &placements {
        output.line(format_args!("{}: {} ({})", at.work, at.runs, at.reason))?;
    }
    Ok(Outcome::Fine)
}

fn describe(adapter: &AdapterReport) -> Value {
    json!({
        "name": adapter.name,
        "backend": adapter.backend,
        "driver": adapter.driver,
        "kind": adapter.kind.to_string(),
        "int64": adapter.int64,
        "timestamps": adapter.timestamps,
        "subgroup": [adapter.subgroup.0, adapter.subgroup.1],
        "bufferBytes": adapter.buffer_bytes,
        "bindingBytes": adapter.binding_bytes,
        "workgroupInvocations": adapter.workgroup_invocations,
        "workgroupBytes": adapter.workgroup_bytes,
        "lacks": adapter.lacks,
    })
}
