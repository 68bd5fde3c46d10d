//! `erbium bench dilithium --backend gpu`: ML-DSA signatures a second on a device, beside this machine's cores.

mod peak;
mod report;
mod sides;

use super::super::Outcome;
use super::super::backend::{self, BackendError};
use super::super::error::CliError;
use super::super::output::{self, Output};
use super::pool::{Keys, OneIn, Scheme};
use erbium::GpuMode;
use erbium::gpu::CpuVerifier;
use erbium::gpu::device::{Device, Options as DeviceOptions};
use erbium::gpu::plan::ExecuteError;
use erbium::gpu::signatures::{DilithiumEngine, DilithiumKernels, Options, Use, process_seed};
use erbium::vm::claims::Fault;
use report::{Crossover, Report, Row, Share, Stage, heading};
use serde_json::json;
use sides::{Case, checks, on_one_core};
use std::path::PathBuf;
use std::sync::Arc;

/// What to measure.
#[derive(Debug)]
pub(super) struct DeviceArgs {
    pub(super) mode: GpuMode,
    pub(super) batches: Vec<usize>,
    pub(super) schemes: Vec<Scheme>,
    pub(super) keys: &'static [Keys],
    pub(super) json: Option<PathBuf>,
    pub(super) plot: Option<PathBuf>,
    pub(super) quick: bool,
}

/// Why a measurement ended early.
#[derive(Debug, thiserror::Error)]
pub(in crate::cli) enum DeviceBenchError {
    #[error("{0} gave a wrong verdict")]
    Wrong(&'static str),
    #[error("nothing was measured")]
    NoTimes,
    #[error(transparent)]
    Fault(#[from] Fault),
    #[error(transparent)]
    Execute(#[from] ExecuteError),
    #[error(transparent)]
    Cli(Box<CliError>),
}

impl From<CliError> for DeviceBenchError {
    fn from(error: CliError) -> Self {
        Self::Cli(Box::new(error))
    }
}

/// Who is measured, and how long.
struct Bench {
    kernels: DilithiumKernels,
    /// The same on a device that times its kernels, which runs them one by one; none where the adapter cannot.
    timed: Option<(Arc<Device>, DilithiumKernels)>,
    rounds: usize,
    quick: bool,
}

/// One signature in so many of the mixed rows does not hold.
const MIXED: OneIn = OneIn(100);

pub(super) fn run(args: &DeviceArgs, output: &mut Output) -> Result<Outcome, CliError> {
    let to_stdout = args.json.as_ref().is_some_and(|path| path.as_os_str() == "-");
    let mut show = |line: String| if to_stdout { Ok(()) } else { output.line(line) };
    let Some(report) = unless_wrong(measure(args, &mut show))? else { return Ok(Outcome::No) };
    if let Some(path) = &args.plot {
        write(path, &report.plot().svg())?;
    }
    if to_stdout {
        output.json(&json!(report))?;
        return Ok(Outcome::Fine);
    }
    output.text(&report.ending())?;
    if let Some(path) = &args.json {
        write(path, &format!("{:#}\n", json!(report)))?;
    }
    Ok(Outcome::Fine)
}

/// What was measured; nothing, and a note, where a verdict was wrong.
pub(super) fn unless_wrong<T>(measured: Result<T, DeviceBenchError>) -> Result<Option<T>, CliError> {
    match measured {
        Ok(report) => Ok(Some(report)),
        Err(wrong @ DeviceBenchError::Wrong(_)) => {
            output::note(wrong);
            Ok(None)
        }
        Err(DeviceBenchError::Cli(error)) => Err(*error),
        Err(error) => Err(CliError::DeviceBench(error)),
    }
}

pub(super) fn write(path: &std::path::Path, text: &str) -> Result<(), CliError> {
    std::fs::write(path, text).map_err(|source| CliError::File { path: path.to_owned(), source })
}

/// Opens the device that `mode` asks for; `timed` has kernels one by one and timed.
pub(super) fn open(mode: &GpuMode, timed: bool) -> Result<Arc<Device>, CliError> {
    let options = DeviceOptions::from_environment().map_err(BackendError::from)?;
    let options = DeviceOptions { timestamps: timed, ..options };
    let device = Device::open(&backend::choice(mode)?, &options).map_err(BackendError::from)?;
    Ok(Arc::new(device))
}

fn kernels(device: &Arc<Device>) -> Result<DilithiumKernels, CliError> {
    let seed = process_seed().map_err(BackendError::from)?;
    Ok(DilithiumKernels::new(Arc::clone(device) as _, Options::default(), seed, CpuVerifier::new()))
}

fn measure(
    args: &DeviceArgs,
    show: &mut dyn FnMut(String) -> Result<(), CliError>,
) -> Result<Report, DeviceBenchError> {
    let device = open(&args.mode, false)?;
    let timed = open(&args.mode, true)?;
    let has_clock = timed.report().timestamps;
    let bench = Bench {
        kernels: kernels(&device)?,
        timed: if has_clock { Some((Arc::clone(&timed), kernels(&timed)?)) } else { None },
        rounds: if args.quick { 2 } else { 9 },
        quick: args.quick,
    };
    let mut report = Report::new(&device, peak::measure(&timed)?, bench.rounds, args.quick);
    if report.software {
        output::note(format_args!(
            "{} is a software adapter: its speed says nothing about a GPU",
            report.adapter
        ));
    }
    show(heading())?;
    let largest = args.batches.iter().copied().max().unwrap_or(1);
    for scheme in &args.schemes {
        for keys in args.keys {
            for batch in &args.batches {
                let (row, stages) = row(&bench, *scheme, *keys, *batch, None)?;
                show(row.line())?;
                report.rows.push(row);
                if *batch == largest {
                    report.shares.extend(shares(*scheme, *keys, &stages, &report.peak));
                    report.stages.extend(stages);
                }
            }
            if largest >= MIXED.0 {
                let (row, _) = row(&bench, *scheme, *keys, largest, Some(MIXED))?;
                show(row.line())?;
                report.rows.push(row);
            }
        }
        let number = scheme.scheme.number();
        let engine = DilithiumEngine::new(CpuVerifier::new(), kernels(&device)?, Use::WhereFaster);
        report.crossovers.push(Crossover {
            scheme: number,
            calibrated: engine.calibrate(scheme.scheme).and_then(|crossover| crossover.size()),
            measured: report.measured_crossover(number),
            aws_lc_rs_one_core_per_second: on_one_core(*scheme, bench.rounds, args.quick)?,
        });
    }
    Ok(report)
}

/// Measures one size of a batch.
fn row(
    bench: &Bench,
    scheme: Scheme,
    keys: Keys,
    batch: usize,
    invalid: Option<OneIn>,
) -> Result<(Row, Vec<Stage>), DeviceBenchError> {
    let count = checks(batch, bench.quick);
    // One that does not hold shows a side that accepts all.
    let invalid = invalid.unwrap_or(OneIn(count));
    let claims = scheme.claims(keys, count, invalid)?;
    Case { scheme, keys, batch, claims: &claims, invalid }.row(bench)
}

/// How near to the adapter's peak the two kernels come that do most of the work.
fn shares(scheme: Scheme, keys: Keys, stages: &[Stage], peak: &peak::Peak) -> Vec<Share> {
    if keys == Keys::Repeated {
        return Vec::new();
    }
    // Rows and columns of the matrix.
    let (k, l) = match scheme.scheme.number() {
        44 => (4.0, 4.0),
        65 => (6.0, 5.0),
        _ => (8.0, 7.0),
    };
    // A transform has 8 layers of 128 products, the inverse scales as well; matrix and t1 are met point by point.
    let products = (l + 1.0) * 1024.0 + k * (1024.0 + 256.0) + k * (l + 1.0) * 256.0;
    // A polynomial takes five blocks of SHAKE128, and hardly ever a sixth.
    let keccak = k * l * 5.0;
    let share = |kernel: &'static str, what, each: f64, peak: f64| {
        let stage = stages.iter().find(|stage| stage.kernel == kernel)?;
        let per_second = each * 1e9 / stage.nanoseconds_per_signature.max(f64::MIN_POSITIVE);
        Some(Share {
            scheme: scheme.scheme.number(),
            kernel,
            what,
            per_second,
            of_peak: per_second / peak.max(f64::MIN_POSITIVE),
        })
    };
    [
        share("dilithium_compute_w1", "products", products, peak.products_per_second),
        share("dilithium_expand_a", "Keccak-f", keccak, peak.keccak_per_second),
    ]
    .into_iter()
    .flatten()
    .collect()
}
