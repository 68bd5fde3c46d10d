//! `erbium conform`: official tests.

use super::backend::{self, Backend};
use super::error::CliError;
use super::output::{self, Output};
use super::progress::Progress;
use super::{GpuArgs, Outcome};
use clap::Args;
use erbium::vm::Fork;
use erbium::{ExecutionOptions, JsonTracer, Machine, Parallel, ParallelVM};
use erbium_conform::state_test::Single;
use erbium_conform::{Filter, Report, Runner, Sample};
use serde_json::json;
use std::path::PathBuf;

/// Run official tests, known by their content: state, blockchain and transaction tests, the small formats, precompile and
/// ML-DSA vectors.
#[derive(Debug, Args)]
pub(super) struct ConformArgs {
    /// Test files, folders of them, or archives; plain or compressed.
    #[arg(required = true, value_name = "FILE|DIR|ARCHIVE")]
    paths: Vec<PathBuf>,
    /// Run this fork's cases only; may be given more than once.
    #[arg(long = "fork", value_name = "FORK")]
    forks: Vec<Fork>,
    /// Run cases with this text in their name only.
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Run a fixed part of the cases, chosen by their names, such as 1/50.
    #[arg(long, value_name = "PART/WHOLE", conflicts_with = "trace")]
    sample: Option<Sample>,
    /// Run the one state test whose name has this text in it, and print its EIP-3155 trace, then the verdict.
    #[arg(long, value_name = "CASE", conflicts_with = "json")]
    trace: Option<String>,
    /// Who answers cryptographic cases, whatever --gpu says of others: cpu (the processor only), twin (the kernels in Rust),
    /// gpu, or all, who must agree [default: as --gpu says].
    #[arg(long, value_name = "BACKEND", conflicts_with = "trace")]
    backend: Option<Backend>,
    /// Run the transactions of blockchain tests in parallel, few or many, and presume claims.
    #[arg(long)]
    parallel: bool,
    #[command(flatten)]
    gpu: GpuArgs,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: ConformArgs, output: &mut Output) -> Result<Outcome, CliError> {
    let mode = args.gpu.mode();
    let machine = match args.backend {
        None => Machine::new(&mode)?,
        // The backend opens the device that it needs.
        Some(_) => Machine::default(),
    };
    let rungs = args.backend.map(|backend| backend.verifier(&mode)).transpose()?;
    let deriver = machine.coprocessor().deriver;
    let filter = Filter { forks: args.forks, name: args.filter, sample: args.sample };
    if let Some(case) = &args.trace {
        let single = Runner::new(machine.recoverer()).with_filter(filter).find(&args.paths, case)?;
        return trace(&single, output);
    }
    let options = match args.parallel {
        true => ExecutionOptions { parallel: Parallel::Always, ..ExecutionOptions::default() },
        false => ExecutionOptions::sequential(),
    };
    let progress = Progress::new("cases");
    let report = {
        let reach = |done: erbium_conform::Progress| progress.reach(done.cases);
        let runner = Runner::new(machine.recoverer())
            .with_verifier(backend::verifier(&machine, rungs.as_ref()))
            .with_deriver(deriver)
            .with_vm(ParallelVM::new(options))
            .with_filter(filter)
            .with_progress(&reach);
        match rungs.as_ref().filter(|rungs| rungs.have_kernels()) {
            Some(rungs) => runner.with_bls12_381(rungs).run(&args.paths),
            None => runner.run(&args.paths),
        }
    };
    drop(progress);
    if let Some(rungs) = &rungs {
        rungs.tell_precompiles();
    }

    for passed_over in &report.passed_over {
        output::note(format_args!("{}: passed over, {}", passed_over.name, passed_over.reason));
    }
    if args.json {
        output.json(&json!(report))?;
    } else {
        output.text(&report.to_string())?;
    }
    for error in &report.errors {
        output::note(format_args!("error: {}: {}", error.name, error.reason));
    }
    outcome(&report)
}

/// Runs one case under the tracer; the last line says whether it passed.
fn trace(single: &Single, output: &mut Output) -> Result<Outcome, CliError> {
    let execution = match &single.parts {
        Ok(parts) => {
            let mut tracer = JsonTracer::new(&parts.spec, output.writer());
            let execution = single.execute(Some(&mut tracer))?;
            tracer.finish().map_err(CliError::Output)?;
            execution
        }
        // Nothing runs, so nothing is traced.
        Err(_) => single.execute(None)?,
    };
    let failure = single.judge(&execution).err().map(|failure| failure.to_string());
    let (name, root) = (&single.name, format!("{:?}", execution.state_root()));
    output.line(json!({ "case": name, "pass": failure.is_none(), "stateRoot": root, "reason": failure }))?;
    Ok(if failure.is_none() { Outcome::Fine } else { Outcome::No })
}

/// A run that met no case at all has shown nothing; listed skips are cases that were met.
fn outcome(report: &Report) -> Result<Outcome, CliError> {
    let totals = report.totals();
    if !report.errors.is_empty() {
        Ok(Outcome::Incomplete)
    } else if totals.failed > 0 {
        Ok(Outcome::No)
    } else if totals.passed + totals.skipped == 0 {
        Err(CliError::NothingRan)
    } else {
        Ok(Outcome::Fine)
    }
}
