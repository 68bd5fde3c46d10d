//! `erbium bench range-proof`: range proofs a second, beside crate `bulletproofs`.

mod device;
mod pool;
mod report;

use super::super::error::CliError;
use super::super::output::{self, Output};
use super::super::{GpuArgs, Outcome};
use super::gas::Price;
use super::measure::{compare, median, timed};
use clap::{Args, ValueEnum};
use erbium::GasSchedule;
use erbium::gpu::cpu::range_proof::{self, Stages};
use erbium::gpu::{CpuDeriver, CpuVerifier};
use erbium::vm::claims::{Claim, Derivation, Deriver, Fault, Verdict, Verifier};
use pool::{Library, claims, spoil};
use primitive_types::{H256, U256};
use rayon::ThreadPoolBuilder;
use rayon::prelude::*;
use report::{Report, Row, heading};
use serde_json::json;
use std::path::PathBuf;
use std::time::Duration;

/// Check range proofs, a batch at a time, by turns with crate `bulletproofs` one by one.
///
/// All proofs hold, and each batch is checked once more with a false one in it; every verdict of both sides is looked at:
/// exit code 1 where one is wrong.
#[derive(Debug, Args)]
pub(in crate::cli) struct RangeProofArgs {
    /// What checks.
    #[arg(long, value_enum, default_value = "cpu")]
    backend: Backend,
    /// Proofs in a batch.
    #[arg(long, value_name = "N", value_delimiter = ',', default_value = "1,16,64,256,1024,4096,16384", value_parser = clap::value_parser!(u32).range(1..=1 << 18))]
    batch: Vec<u32>,
    /// Bits of a value: 8, 16, 32 or 64.
    #[arg(long, value_name = "BITS", value_delimiter = ',', default_value = "32,64", value_parser = bits)]
    bits: Vec<u8>,
    /// Values of a proof: 1, 2, 4, 8 or 16.
    #[arg(long, value_name = "M", value_delimiter = ',', default_value = "1,2,4,8", value_parser = values)]
    values: Vec<usize>,
    /// Cores to use with --backend cpu; a GPU is held against all.
    #[arg(long, value_enum, default_value = "both")]
    cores: Cores,
    /// Write JSON to this file; - for stdout, in place of the table.
    #[arg(long, value_name = "FILE|-")]
    json: Option<PathBuf>,
    /// Draw proofs a second against the size of a batch, as SVG, into this file; with --backend cpu.
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

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Cores {
    One,
    All,
    Both,
}

fn bits(text: &str) -> Result<u8, String> {
    text.parse()
        .ok()
        .filter(|bits| [8, 16, 32, 64].contains(bits))
        .ok_or_else(|| "not 8, 16, 32 or 64".to_owned())
}

fn values(text: &str) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|values| [1, 2, 4, 8, 16].contains(values))
        .ok_or_else(|| "not 1, 2, 4, 8 or 16".to_owned())
}

/// How long to measure.
#[derive(Clone, Copy)]
struct Plan {
    rounds: usize,
    /// Proofs that the crate checks in a round, and that we check at least.
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

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Error(fault.into())
    }
}

pub(super) fn run(args: RangeProofArgs, output: &mut Output) -> Result<Outcome, CliError> {
    if let Backend::Gpu = args.backend {
        let args = device::DeviceArgs {
            mode: args.gpu.mode(),
            batches: args.batch.iter().map(|batch| *batch as usize).collect(),
            bits: args.bits,
            values: args.values,
            json: args.json,
            quick: args.quick,
        };
        return device::run(&args, output);
    }
    let plan = if args.quick { Plan { rounds: 1, checks: 2 } } else { Plan { rounds: 5, checks: 64 } };
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
    report.gas = prices(plan)?;
    if let Some(path) = args.plot {
        std::fs::write(&path, report.plot().svg()).map_err(|source| CliError::File { path, source })?;
    }
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

fn measure(
    args: &RangeProofArgs,
    plan: Plan,
    report: &mut Report,
    show: &mut dyn FnMut(&Row) -> Result<(), CliError>,
) -> Result<(), Stop> {
    let all = rayon::current_num_threads();
    let cores: &[usize] = match args.cores {
        Cores::One => &[1],
        Cores::All => &[all],
        Cores::Both if all == 1 => &[1],
        Cores::Both => &[1, all],
    };
    let library = Library::new();
    let most = args.batch.iter().map(|batch| *batch as usize).max().unwrap_or_default().max(plan.checks);
    for bits in &args.bits {
        for values in &args.values {
            let made = claims(*bits, *values, most)?;
            for cores in cores {
                let pool = ThreadPoolBuilder::new().num_threads(*cores).build().map_err(CliError::Threads)?;
                for batch in &args.batch {
                    let mut row = pool.install(|| sides(&library, &made, *batch as usize, plan))?;
                    (row.bits, row.values, row.cores) = (*bits, *values, *cores);
                    show(&row)?;
                    report.rows.push(row);
                }
            }
        }
    }
    Ok(())
}

/// Both sides on the threads of the pool that this runs in: ours in batches, theirs one by one.
fn sides(library: &Library, made: &[Claim], batch: usize, plan: Plan) -> Result<Row, Stop> {
    let checked = plan.checks.div_ceil(batch) * batch;
    let ours: Vec<&Claim> = made.iter().cycle().take(checked).collect();
    let theirs = made.get(..plan.checks).unwrap_or(made);
    let mut stages = Stages::default();
    let mut samples = 0;
    let check = |stages: &mut Stages, claims: &[&Claim], bad: Option<usize>| -> Result<Duration, Stop> {
        let mut verdicts = Vec::with_capacity(claims.len());
        let time = timed(|| {
            for batch in claims.chunks(batch) {
                verdicts.extend(range_proof::verify_in_stages(batch, stages)?);
            }
            Ok::<_, Stop>(())
        })?;
        let right = |(index, verdict): (usize, &Verdict)| verdict.is_valid() == (Some(index) != bad);
        if verdicts.iter().enumerate().all(right) { Ok(time) } else { Err(Stop::Wrong("erbium")) }
    };
    let by_library = || {
        let mut verdicts = Vec::new();
        let time = timed(|| {
            verdicts = match rayon::current_num_threads() {
                1 => theirs.iter().map(|claim| library.verify(claim)).collect(),
                _ => theirs.par_iter().map(|claim| library.verify(claim)).collect(),
            };
            Ok::<_, Stop>(())
        })?;
        let scale = checked as f64 / theirs.len() as f64;
        if verdicts.iter().all(|holds| *holds) {
            Ok(time.mul_f64(scale))
        } else {
            Err(Stop::Wrong("bulletproofs"))
        }
    };
    let comparison = compare(
        plan.rounds,
        || {
            samples += 1;
            check(&mut stages, &ours, None)
        },
        by_library,
    )?;

    // One false proof, in the first batch.
    let bad = batch / 3;
    let mut false_claim = made.first().cloned().into_iter().collect::<Vec<_>>();
    false_claim.iter_mut().for_each(spoil);
    let mut with_bad: Vec<&Claim> = ours.iter().copied().take(batch).collect();
    let whole = with_bad.clone();
    if let (Some(place), Some(claim)) = (with_bad.get_mut(bad), false_claim.first()) {
        *place = claim;
    }
    let mut ratios = Vec::new();
    for _ in 0..plan.rounds {
        let unused = &mut Stages::default();
        let good = check(unused, &whole, None)?;
        ratios.push(check(unused, &with_bad, Some(bad))?.as_secs_f64() / good.as_secs_f64());
    }

    let each = |time: Duration| time.as_secs_f64() * 1e6 / (samples * checked) as f64;
    Ok(Row {
        bits: 0,
        values: 0,
        cores: 0,
        batch,
        erbium_per_second: checked as f64 / comparison.ours.as_secs_f64(),
        bulletproofs_per_second: checked as f64 / comparison.theirs.as_secs_f64(),
        ratio: comparison.ratio,
        stages: report::Stages {
            decode: each(stages.decode),
            decompress: each(stages.decompress),
            scalars: each(stages.scalars),
            multiply: each(stages.multiply),
        },
        one_bad: median(ratios.into_iter()),
    })
}

/// Prices of the privacy extensions beside ecrecover's, one at a time on this thread.
fn prices(plan: Plan) -> Result<Vec<Price>, CliError> {
    let schedule = GasSchedule::erbium();
    let (rounds, checks) = (plan.rounds, plan.checks.min(16));
    let ecrecover = Price::ecrecover(rounds, checks)?;
    let mut prices = vec![ecrecover.clone()];
    let verifier = CpuVerifier::new();
    for (bits, values) in [(8, 1), (64, 1), (64, 16)] {
        let claims = claims(bits, values, 1)?;
        let gas = schedule.range_proof(u64::from(bits) * values as u64);
        let work = || (0..checks).try_for_each(|_| verifier.verify(&claims).map(drop));
        let name = format!("range proof {bits}x{values}");
        prices.push(Price::measured(&name, gas, rounds, checks, work)?.beside(&ecrecover));
    }
    let key = H256::from_low_u64_be(7);
    let meta = erbium::gpu::cpu::stealth::meta_address(&key.0, &key.0).unwrap_or([0; 66]);
    let [mut spend_public_key, mut announcement] = [[0; 33], [0; 33]];
    spend_public_key.copy_from_slice(&meta[..33]);
    announcement.copy_from_slice(&meta[..33]);
    let derivations = [
        (
            "PEDERSEN_COMMIT",
            schedule.pedersen_commit,
            Derivation::PedersenCommit { value: U256::one() << 200, blinding: U256::one() << 201 },
        ),
        (
            "STEALTH_ADDRESS",
            schedule.stealth_address,
            Derivation::StealthAddress { ephemeral_key: key, meta_address: meta },
        ),
        (
            "STEALTH_SCAN entry",
            schedule.stealth_scan_entry,
            Derivation::StealthScan {
                view_key: key,
                spend_public_key,
                announcements: [&announcement[..], &[0; 21]].concat(),
            },
        ),
    ];
    for (name, gas, derivation) in derivations {
        let work = || (0..checks).try_for_each(|_| CpuDeriver.derive(&derivation).map(drop));
        prices.push(Price::measured(name, gas, rounds, checks, work)?.beside(&ecrecover));
    }
    Ok(prices)
}
