//! `erbium bench dilithium`: ML-DSA signatures a second, beside aws-lc-rs.

use super::super::error::CliError;
use super::super::output::{self, Output};
use super::super::{GpuArgs, Outcome};
use super::cores::CoresArg;
use super::device::{self, DeviceArgs};
use super::gas::prices;
use super::measure::{compare, timed};
use super::pool::{Keys, OneIn, Scheme};
use super::report::{Report, Row, heading};
use clap::{Args, ValueEnum};
use erbium::gpu::CpuVerifier;
use erbium::vm::claims::{Claim, Verifier};
use rayon::ThreadPoolBuilder;
use rayon::prelude::*;
use serde_json::json;
use std::path::PathBuf;
use std::time::Duration;

/// Check ML-DSA signatures, a batch at a time, by turns with aws-lc-rs alone.
///
/// One signature in 64 does not hold, and every verdict of both sides is looked at: exit code 1 where one is wrong.
#[derive(Debug, Args)]
pub(in crate::cli) struct DilithiumArgs {
    /// What checks.
    #[arg(long, value_enum, default_value = "cpu")]
    backend: Backend,
    /// Signatures in a batch; 1,16,256,4096 on the processor, 1,16,256,1024,4096,16384,65536 on a GPU.
    #[arg(long, value_name = "N", value_delimiter = ',', value_parser = clap::value_parser!(u32).range(1..=1 << 20))]
    batch: Vec<u32>,
    /// Parameter sets.
    #[arg(long, value_name = "44|65|87", value_delimiter = ',', default_value = "44,65,87", value_parser = scheme)]
    scheme: Vec<Scheme>,
    /// Whether each signature has a key of its own, or sixteen keys take turns.
    #[arg(long, value_enum, default_value = "both")]
    keys: KeysArg,
    /// Cores to use with --backend cpu; a GPU is held against all.
    #[arg(long, value_enum, default_value = "both")]
    cores: CoresArg,
    /// Write JSON to this file; - for stdout, in place of the table.
    #[arg(long, value_name = "FILE|-")]
    json: Option<PathBuf>,
    /// Draw signatures a second against the size of a batch, as SVG, into this file; with --backend gpu.
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
    #[command(flatten)]
    gpu: GpuArgs,
    /// Take few and short samples, which show that it runs and no more.
    #[arg(long)]
    quick: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Backend {
    /// The processor.
    Cpu,
    /// A GPU.
    Gpu,
}

impl Backend {
    /// Sizes of batches where none are named.
    fn batches(self) -> &'static [u32] {
        match self {
            Self::Cpu => &[1, 16, 256, 4096],
            Self::Gpu => &[1, 16, 256, 1024, 4096, 16_384, 65_536],
        }
    }
}

impl KeysArg {
    fn keys(self) -> &'static [Keys] {
        match self {
            Self::Distinct => &[Keys::Distinct],
            Self::Repeated => &[Keys::Repeated],
            Self::Both => &[Keys::Distinct, Keys::Repeated],
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum KeysArg {
    Distinct,
    Repeated,
    Both,
}

/// A parameter set that both sides know.
fn scheme(text: &str) -> Result<Scheme, String> {
    text.parse().ok().and_then(Scheme::of).ok_or_else(|| "not 44, 65 or 87".to_owned())
}

impl std::fmt::Debug for Scheme {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.scheme)
    }
}

/// One signature in so many does not hold.
const INVALID: OneIn = OneIn(64);

/// How long to measure.
#[derive(Clone, Copy)]
struct Plan {
    rounds: usize,
    /// Signatures in a sample, where a batch is not larger.
    checks: usize,
}

/// Why a measurement ended early.
enum Stop {
    /// A verdict was wrong; who gave it.
    Wrong(&'static str),
    Error(CliError),
}

impl From<CliError> for Stop {
    fn from(error: CliError) -> Self {
        Self::Error(error)
    }
}

impl From<erbium::vm::claims::Fault> for Stop {
    fn from(fault: erbium::vm::claims::Fault) -> Self {
        Self::Error(fault.into())
    }
}

pub(super) fn run(args: DilithiumArgs, output: &mut Output) -> Result<Outcome, CliError> {
    if let Backend::Gpu = args.backend {
        let args = DeviceArgs {
            batches: args.batches(),
            mode: args.gpu.mode(),
            schemes: args.scheme,
            keys: args.keys.keys(),
            json: args.json,
            plot: args.plot,
            quick: args.quick,
        };
        return device::run(&args, output);
    }
    if args.plot.is_some() {
        return Err(CliError::PlotWithoutGpu);
    }
    let plan = if args.quick { Plan { rounds: 2, checks: 16 } } else { Plan { rounds: 9, checks: 1024 } };
    let to_stdout = args.json.as_ref().is_some_and(|path| path.as_os_str() == "-");
    let mut report = Report::new(plan.rounds, args.quick);
    if !to_stdout {
        output.line(heading())?;
    }
    let mut show = |row: &Row| if to_stdout { Ok(()) } else { output.line(row.line()) };
    match measure(&args, plan, &mut report, &mut show) {
        Ok(()) => {}
        Err(Stop::Error(error)) => return Err(error),
        Err(Stop::Wrong(who)) => {
            output::note(format_args!("{who} gave a wrong verdict"));
            return Ok(Outcome::No);
        }
    }
    report.gas = prices(&args.scheme, plan.rounds, plan.checks.min(128))?;

    let json = json!(report);
    if to_stdout {
        output.json(&json)?;
        return Ok(Outcome::Fine);
    }
    output.text(&report.ending())?;
    if let Some(path) = args.json {
        std::fs::write(&path, format!("{json:#}\n")).map_err(|source| CliError::File { path, source })?;
    }
    Ok(Outcome::Fine)
}

impl DilithiumArgs {
    fn batches(&self) -> Vec<usize> {
        let batches = if self.batch.is_empty() { self.backend.batches() } else { &self.batch };
        batches.iter().map(|batch| *batch as usize).collect()
    }
}

fn measure(
    args: &DilithiumArgs,
    plan: Plan,
    report: &mut Report,
    show: &mut dyn FnMut(&Row) -> Result<(), CliError>,
) -> Result<(), Stop> {
    let cores = args.cores.counts();
    let batches = args.batches();
    let most = batches.iter().map(|batch| checks(*batch, plan)).max().unwrap_or_default();
    for scheme in &args.scheme {
        for keys in args.keys.keys() {
            let claims = scheme.claims(*keys, most, INVALID)?;
            for cores in &cores {
                let pool = ThreadPoolBuilder::new().num_threads(*cores).build().map_err(CliError::Threads)?;
                for batch in &batches {
                    let claims = claims.get(..checks(*batch, plan)).unwrap_or(&claims);
                    let times = pool.install(|| sides(*scheme, *keys, *batch, claims, plan))?;
                    let number = scheme.scheme.number();
                    let row = Row::new(number, *keys, *cores, *batch, claims.len(), times);
                    show(&row)?;
                    report.rows.push(row);
                }
            }
        }
    }
    Ok(())
}

/// Signatures in a sample: whole batches.
fn checks(batch: usize, plan: Plan) -> usize {
    plan.checks.div_ceil(batch) * batch
}

/// Both sides over the same claims, in batches, on the threads of the pool that this runs in.
fn sides(
    scheme: Scheme,
    keys: Keys,
    batch: usize,
    claims: &[Claim],
    plan: Plan,
) -> Result<super::measure::Comparison, Stop> {
    let mut kept = CpuVerifier::new();
    let ours = || -> Result<Duration, Stop> {
        if keys == Keys::Distinct {
            // No key may be known from the sample before.
            kept = CpuVerifier::new();
        }
        let mut verdicts = Vec::with_capacity(claims.len());
        let time = timed(|| {
            for batch in claims.chunks(batch) {
                verdicts.extend(kept.verify(batch)?);
            }
            Ok::<_, Stop>(())
        })?;
        look("erbium", verdicts.into_iter().map(|verdict| verdict.is_valid()))?;
        Ok(time)
    };
    let theirs = || {
        let mut verdicts = Vec::with_capacity(claims.len());
        let time = timed(|| {
            for batch in claims.chunks(batch) {
                match batch {
                    [one] => verdicts.push(scheme.by_library(one)),
                    many if rayon::current_num_threads() == 1 => {
                        verdicts.extend(many.iter().map(|claim| scheme.by_library(claim)));
                    }
                    many => {
                        let answers = many.par_iter().map(|claim| scheme.by_library(claim));
                        verdicts.extend(answers.collect::<Vec<_>>());
                    }
                }
            }
            Ok::<_, Stop>(())
        })?;
        look("aws-lc-rs", verdicts.into_iter())?;
        Ok(time)
    };
    compare(plan.rounds, ours, theirs)
}

/// Holds verdicts against what is known of the claims.
fn look(who: &'static str, verdicts: impl Iterator<Item = bool>) -> Result<(), Stop> {
    let mut verdicts = verdicts.enumerate();
    if verdicts.all(|(index, holds)| holds == INVALID.holds(index)) { Ok(()) } else { Err(Stop::Wrong(who)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_verdict_is_seen() {
        let right: Vec<bool> = (0..130).map(|index| INVALID.holds(index)).collect();
        assert!(look("ours", right.iter().copied()).is_ok());
        for index in [0, 63, 64, 129] {
            let wrong = right.iter().enumerate().map(|(i, holds)| *holds != (i == index));
            assert!(matches!(look("ours", wrong), Err(Stop::Wrong("ours"))));
        }
        // One that accepts all, or none.
        assert!(look("ours", [true; 130].into_iter()).is_err());
        assert!(look("ours", [false; 130].into_iter()).is_err());
    }

    #[test]
    fn samples_are_whole_batches() {
        let plan = Plan { rounds: 1, checks: 1024 };
        assert_eq!([1, 16, 1000, 4096].map(|batch| checks(batch, plan)), [1024, 1024, 2000, 4096]);
    }
}
