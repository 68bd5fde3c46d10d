//! `erbium bench msm`: sums of multiples of points of BLS12-381's G1, beside arkworks.

use super::super::error::CliError;
use super::super::output::{self, Output};
use super::super::{GpuArgs, Outcome};
use super::cores::CoresArg;
use super::device::open;
use super::measure::{by_turns, median, ratio, timed};
use super::place;
use super::plot::{Line, Panel, Plot};
use super::proofs::Numbers;
use ark_bls12_381::{Fr, G1Affine, G1Projective};
use ark_ec::{CurveGroup, VariableBaseMSM};
use ark_ff::PrimeField;
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use clap::{Args, ValueEnum};
use erbium::gpu::device::AdapterKind;
use erbium::gpu::msm::G1Kernels;
use erbium::gpu::plan::{Executor, TwinExecutor};
use erbium::gpu::proofs::{G1Point, g1_msm, g1_multiples};
use rayon::ThreadPoolBuilder;
use serde::Serialize;
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Sum multiples of points of BLS12-381's G1, by turns with arkworks on one core, and by kernels where they are asked for. All
/// sums are compared: exit code 1 where they differ.
#[derive(Debug, Args)]
pub(in crate::cli) struct MsmArgs {
    /// Who sums beside the processor and arkworks: a GPU, or the kernels' twins in Rust, which are slow.
    #[arg(long, value_enum, default_value = "cpu")]
    backend: Backend,
    /// Logarithms to base 2 of how many points.
    #[arg(long, value_name = "LOG", value_delimiter = ',', default_value = "10,12,14,16,18,20", value_parser = clap::value_parser!(u32).range(0..=22))]
    log: Vec<u32>,
    /// Cores to use.
    #[arg(long, value_enum, default_value = "both")]
    cores: CoresArg,
    /// Write JSON to this file; - for stdout, in place of the table.
    #[arg(long, value_name = "FILE|-")]
    json: Option<PathBuf>,
    /// Draw points a second against their number, as SVG, into this file.
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
    #[command(flatten)]
    gpu: GpuArgs,
    /// Take one short sample, which shows that it runs and no more.
    #[arg(long)]
    quick: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Backend {
    /// Nobody.
    Cpu,
    /// A GPU.
    Gpu,
    /// The kernels' twins.
    Twin,
}

/// Who sums by kernels.
struct Kernels {
    kernels: G1Kernels,
    /// No GPU, so that its speed says nothing about one.
    software: bool,
}

impl Kernels {
    fn open(args: &MsmArgs) -> Result<Option<Self>, CliError> {
        let on = |executor: Arc<dyn Executor>, software| Self { kernels: G1Kernels::new(executor), software };
        Ok(match args.backend {
            Backend::Cpu => None,
            Backend::Twin => Some(on(Arc::new(TwinExecutor::new()), true)),
            Backend::Gpu => {
                let device = open(&args.gpu.clone().mode(), false)?;
                device.prepare_base_field().map_err(|error| CliError::BenchProofs(error.to_string()))?;
                let software = device.report().kind == AdapterKind::Software;
                Some(on(device, software))
            }
        })
    }
}

/// One line of the table; milliseconds a sum, medians over the rounds.
#[derive(Clone, Debug, Serialize)]
struct Row {
    log: u32,
    cores: usize,
    rounds: usize,
    erbium: f64,
    /// On one core, whatever ours runs on.
    arkworks: f64,
    /// By kernels, with what distrust costs: twice the sum, and the processor's part on as many cores as ours.
    device: Option<f64>,
    /// arkworks' time over ours, median of the rounds' own.
    ratio: f64,
    /// Our time over the kernels', median of the rounds' own.
    device_ratio: Option<f64>,
}

#[derive(Debug, Serialize)]
struct Report {
    bench: &'static str,
    backend: &'static str,
    /// Who ran kernels; none with --backend cpu.
    adapter: Option<String>,
    /// It is no GPU: its speed says nothing about one.
    software: Option<bool>,
    cpu: String,
    cores: usize,
    commit: String,
    quick: bool,
    rows: Vec<Row>,
}

/// Why a measurement ended early.
enum Stop {
    Differ,
    Error(CliError),
}

impl From<CliError> for Stop {
    fn from(error: CliError) -> Self {
        Self::Error(error)
    }
}

impl From<ark_serialize::SerializationError> for Stop {
    fn from(error: ark_serialize::SerializationError) -> Self {
        Self::Error(CliError::BenchProofs(error.to_string()))
    }
}

pub(super) fn run(args: MsmArgs, output: &mut Output) -> Result<Outcome, CliError> {
    let to_stdout = args.json.as_ref().is_some_and(|path| path.as_os_str() == "-");
    let kernels = Kernels::open(&args)?;
    let mut report = Report {
        bench: "msm",
        backend: match args.backend {
            Backend::Cpu => "cpu",
            Backend::Gpu => "gpu",
            Backend::Twin => "twin",
        },
        adapter: kernels.as_ref().map(|kernels| kernels.kernels.executor().name().to_owned()),
        software: kernels.as_ref().map(|kernels| kernels.software),
        cpu: place::cpu(),
        cores: std::thread::available_parallelism().map_or(1, usize::from),
        commit: place::commit(),
        quick: args.quick,
        rows: Vec::new(),
    };
    let mut show = |line: String| if to_stdout { Ok(()) } else { output.line(line) };
    if let Some(Kernels { kernels, software: true }) = &kernels {
        output::note(format_args!(
            "{} is no GPU: its speed says nothing about one",
            kernels.executor().name()
        ));
    }
    show("log cores    erbium ms  arkworks ms  ratio    device ms  erbium/device".to_owned())?;
    match measure(&args, kernels.as_ref(), &mut report, &mut show) {
        Ok(()) => {}
        Err(Stop::Error(error)) => return Err(error),
        Err(Stop::Differ) => {
            output::note("the sums differ");
            return Ok(Outcome::No);
        }
    }
    if let Some(path) = &args.plot {
        std::fs::write(path, report.plot().svg())
            .map_err(|source| CliError::File { path: path.clone(), source })?;
    }
    let json = json!(report);
    if to_stdout {
        output.json(&json)?;
        return Ok(Outcome::Fine);
    }
    let Report { cpu, cores, commit, .. } = &report;
    let device = match (&report.adapter, report.software) {
        (Some(adapter), Some(false)) => format!("device {adapter}"),
        (Some(adapter), _) => format!("device {adapter}, which is no GPU; not measured on a GPU"),
        (None, _) => "not measured on a GPU".to_owned(),
    };
    output.text(&format!(
        "arkworks on one core; ratios: its time over erbium's, erbium's over the device's, medians of rounds\nCPU {cpu}, {cores} cores, commit {commit}; {device}\n"
    ))?;
    if let Some(path) = args.json {
        std::fs::write(&path, format!("{json:#}\n")).map_err(|source| CliError::File { path, source })?;
    }
    Ok(Outcome::Fine)
}

fn measure(
    args: &MsmArgs,
    kernels: Option<&Kernels>,
    report: &mut Report,
    show: &mut dyn FnMut(String) -> Result<(), CliError>,
) -> Result<(), Stop> {
    let most = args.log.iter().copied().max().unwrap_or_default();
    let mut numbers = Numbers::new(u64::from(most));
    let mut scalar = || {
        let mut bytes = numbers.bytes();
        // Below the order.
        bytes[31] &= 0x3f;
        bytes
    };
    let start = G1Point::generator_multiple(&scalar()).unwrap_or_default();
    let points = g1_multiples(&start, 1 << most);
    let scalars: Vec<_> = points.iter().map(|_| scalar()).collect();
    let read = |point: &G1Point| G1Affine::deserialize_uncompressed_unchecked(&point.to_uncompressed()[..]);
    let their_points = points.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let their_scalars: Vec<_> = scalars.iter().map(|bytes| Fr::from_le_bytes_mod_order(bytes)).collect();
    for log in &args.log {
        let count = 1usize << log;
        let part = |all: &[[u8; 32]]| all.get(..count).map(<[_]>::to_vec).unwrap_or_default();
        let (scalars, points) = (part(&scalars), points.get(..count).unwrap_or_default());
        let (their_points, their_scalars) =
            (their_points.get(..count).unwrap_or_default(), their_scalars.get(..count).unwrap_or_default());
        for cores in args.cores.counts() {
            let pool = ThreadPoolBuilder::new().num_threads(cores).build().map_err(CliError::Threads)?;
            let rounds = if args.quick || *log > 17 { 1 } else { 5 };
            let (mut sum, mut their_sum) = (None, None);
            let mut ours = || {
                timed(|| {
                    sum = pool.install(|| g1_msm(points, &scalars));
                    Ok::<_, Stop>(())
                })
            };
            let mut theirs = || {
                timed(|| {
                    their_sum = G1Projective::msm(their_points, their_scalars).ok();
                    Ok::<_, Stop>(())
                })
            };
            let mut device_sum = None;
            let mut by_device = || {
                timed(|| {
                    let Some(Kernels { kernels, .. }) = kernels else { return Ok(()) };
                    let found = pool.install(|| kernels.sum(points, &scalars));
                    device_sum = found.map_err(|failure| CliError::BenchProofs(failure.to_string()))?;
                    Ok::<_, Stop>(())
                })
            };
            let sides = by_turns(rounds, &mut [&mut ours, &mut theirs, &mut by_device])?;
            if kernels.is_some() && device_sum != sum {
                return Err(Stop::Differ);
            }
            let mut bytes = Vec::new();
            their_sum.ok_or(Stop::Differ)?.into_affine().serialize_uncompressed(&mut bytes)?;
            if sum.ok_or(Stop::Differ)?.to_uncompressed()[..] != bytes {
                return Err(Stop::Differ);
            }
            let [ours, theirs, by_device] = sides.as_slice() else { return Err(Stop::Differ) };
            let middle = |times: &[Duration]| 1e3 * median(times.iter().map(Duration::as_secs_f64));
            let row = Row {
                log: *log,
                cores,
                rounds,
                erbium: middle(ours),
                arkworks: middle(theirs),
                device: kernels.map(|_| middle(by_device)),
                ratio: ratio(ours, theirs),
                device_ratio: kernels.map(|_| ratio(by_device, ours)),
            };
            let device = row.device.zip(row.device_ratio);
            let device = device.map_or(format!("{:>12} {:>14}", "-", "-"), |(time, ratio)| {
                format!("{time:>12.2} {ratio:>14.2}")
            });
            show(format!(
                "{log:<3} {cores:>5} {:>12.2} {:>12.2} {:>6.2} {device}",
                row.erbium, row.arkworks, row.ratio
            ))?;
            report.rows.push(row);
        }
    }
    Ok(())
}

impl Report {
    /// Points a second against their number.
    fn plot(&self) -> Plot {
        let line = |name, cores: fn(usize) -> bool, time: fn(&Row) -> f64| {
            let rows = self.rows.iter().filter(|row| cores(row.cores));
            let point = |row: &Row| (f64::from(row.log).exp2(), f64::from(row.log).exp2() * 1e3 / time(row));
            Line { name, points: rows.map(point).collect() }
        };
        let lines = vec![
            line("erbium, one core", |cores| cores == 1, |row| row.erbium),
            line("erbium, all cores", |cores| cores > 1, |row| row.erbium),
            line("arkworks, one core", |cores| cores == 1, |row| row.arkworks),
        ];
        Plot {
            title: "Multi-scalar multiplication in BLS12-381's G1".to_owned(),
            across: "points",
            upward: "points a second",
            panels: vec![Panel { title: "255-bit scalars".to_owned(), lines }],
            footnote: format!("{}, {} cores, commit {}", self.cpu, self.cores, self.commit),
        }
    }
}
