//! `erbium bench groth16`: Groth16 proofs a second, beside arkworks.

mod device;

use super::super::error::CliError;
use super::super::output::{self, Output};
use super::super::{GpuArgs, Outcome};
use super::cores::CoresArg;
use super::gas::Price;
use super::measure::{by_turns, median, ratio, timed};
use super::place;
use super::plot::{Line, Panel, Plot};
use super::proofs::{InputSum, Sample};
use clap::{Args, ValueEnum};
use erbium::GasSchedule;
use erbium::gpu::ZKProofEngine;
use erbium::gpu::proofs::Stages;
use erbium::vm::claims::{Claim, Verdict, Verifier};
use rayon::ThreadPoolBuilder;
use serde::Serialize;
use serde_json::json;
use std::path::PathBuf;
use std::time::Duration;

/// Check Groth16 proofs over BLS12-381, a batch at a time and from their bytes, by turns with arkworks.
///
/// arkworks checks one proof after another, on so many cores as we do: once as it is, once with its public inputs summed by
/// a multi-scalar multiplication. Every verdict is looked at: exit code 1 where one is wrong.
#[derive(Debug, Args)]
pub(in crate::cli) struct Groth16Args {
    /// What checks: the processor, a GPU, or the kernels' twins in Rust, which are slow.
    #[arg(long, value_enum, default_value = "cpu")]
    backend: Backend,
    /// Proofs in a batch.
    #[arg(long, value_name = "N", value_delimiter = ',', default_value = "1,16,256,1024,16384", value_parser = clap::value_parser!(u32).range(1..=1 << 16))]
    batch: Vec<u32>,
    /// Public inputs of a proof.
    #[arg(long, value_name = "N", value_delimiter = ',', default_value = "1,16,1024", value_parser = clap::value_parser!(u32).range(0..=1 << 14))]
    inputs: Vec<u32>,
    /// Cores to use with --backend cpu; kernels are held against all.
    #[arg(long, value_enum, default_value = "both")]
    cores: CoresArg,
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Backend {
    /// The processor.
    Cpu,
    /// A GPU.
    Gpu,
    /// The kernels' twins.
    Twin,
}

/// Public inputs of a batch together at most: what is beyond it is left out.
const MOST_INPUTS: u64 = 1 << 20;

/// What is known before a batch, or wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The verifying key has been seen.
    Warm,
    /// It has not.
    Cold,
    /// It has, and one proof does not hold.
    OneBad,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            Self::Warm => "warm",
            Self::Cold => "cold",
            Self::OneBad => "one bad",
        }
    }
}

/// One line of the table. Times are microseconds a proof, medians over the rounds.
#[derive(Clone, Debug, Serialize)]
struct Row {
    inputs: u32,
    cores: usize,
    batch: u32,
    /// `warm`, `cold` or `one bad`.
    state: &'static str,
    erbium: f64,
    arkworks: f64,
    arkworks_msm: f64,
    /// arkworks' time over ours, median of the rounds' own.
    ratio: f64,
    ratio_msm: f64,
}

/// Where the time of a batch went, microseconds a proof, of the median round.
#[derive(Clone, Debug, Serialize)]
struct StageRow {
    inputs: u32,
    cores: usize,
    batch: u32,
    state: &'static str,
    keys: f64,
    decode: f64,
    subgroup: f64,
    weights: f64,
    miller: f64,
    finish: f64,
}

#[derive(Debug, Serialize)]
struct Report {
    bench: &'static str,
    backend: &'static str,
    cpu: String,
    cores: usize,
    commit: String,
    rounds: usize,
    quick: bool,
    rows: Vec<Row>,
    stages: Vec<StageRow>,
    /// One proof at a time.
    gas: Vec<Price>,
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

impl From<ark_serialize::SerializationError> for Stop {
    fn from(error: ark_serialize::SerializationError) -> Self {
        Self::Error(CliError::BenchProofs(error.to_string()))
    }
}

const HEADING: &str = "inputs cores batch state     erbium us  arkworks us  with MSM us  ratio  ratio MSM";

impl Row {
    fn line(&self) -> String {
        let Self { inputs, cores, batch, state, erbium, arkworks, arkworks_msm, ratio, ratio_msm } = self;
        format!(
            "{inputs:<6} {cores:>5} {batch:>5} {state:<8} {erbium:>10.1} {arkworks:>12.1} {arkworks_msm:>12.1} {ratio:>6.2} {ratio_msm:>10.2}"
        )
    }
}

/// Makes a proof one that does not hold: with A negated.
fn spoil(claim: &mut Claim) {
    if let Claim::Groth16 { proof, .. } = claim
        && let Some(first) = proof.first_mut()
    {
        *first ^= 0x20;
    }
}

pub(super) fn run(args: Groth16Args, output: &mut Output) -> Result<Outcome, CliError> {
    if args.backend != Backend::Cpu {
        let args = device::DeviceArgs {
            mode: (args.backend == Backend::Gpu).then(|| args.gpu.mode()),
            batches: args.batch.iter().map(|batch| *batch as usize).collect(),
            inputs: args.inputs.iter().map(|inputs| *inputs as usize).collect(),
            json: args.json,
            quick: args.quick,
        };
        return device::run(&args, output);
    }
    let to_stdout = args.json.as_ref().is_some_and(|path| path.as_os_str() == "-");
    let mut report = Report {
        bench: "groth16",
        backend: "cpu",
        cpu: place::cpu(),
        cores: std::thread::available_parallelism().map_or(1, usize::from),
        commit: place::commit(),
        rounds: if args.quick { 1 } else { 5 },
        quick: args.quick,
        rows: Vec::new(),
        stages: Vec::new(),
        gas: Vec::new(),
    };
    let mut show = |line: String| if to_stdout { Ok(()) } else { output.line(line) };
    show(HEADING.to_owned())?;
    match measure(&args, &mut report, &mut show) {
        Ok(()) => {}
        Err(Stop::Error(error)) => return Err(error),
        Err(Stop::Wrong(who)) => {
            output::note(format_args!("{who} gave a wrong verdict"));
            return Ok(Outcome::No);
        }
    }
    report.gas = prices(&args.inputs, report.rounds)?;
    if let Some(path) = &args.plot {
        std::fs::write(path, report.plot().svg())
            .map_err(|source| CliError::File { path: path.clone(), source })?;
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
    args: &Groth16Args,
    report: &mut Report,
    show: &mut dyn FnMut(String) -> Result<(), CliError>,
) -> Result<(), Stop> {
    let fits = |inputs: u32, batch: u32| u64::from(inputs) * u64::from(batch) <= MOST_INPUTS;
    for inputs in &args.inputs {
        let batches: Vec<_> = args.batch.iter().copied().filter(|batch| fits(*inputs, *batch)).collect();
        let largest = batches.iter().copied().max().unwrap_or(1);
        let sample = Sample::new(*inputs as usize, largest as usize)?;
        for cores in args.cores.counts() {
            let pool = ThreadPoolBuilder::new().num_threads(cores).build().map_err(CliError::Threads)?;
            for batch in &batches {
                for state in [State::Warm, State::Cold, State::OneBad] {
                    // What differs shows at the ends: a key for one proof, one bad proof among many.
                    let telling = match state {
                        State::Warm => true,
                        State::Cold => *batch == 1,
                        State::OneBad => *batch == 1024 || *batch == largest && largest > 1,
                    };
                    if telling {
                        let case = Case { inputs: *inputs, cores, batch: *batch, state, quick: args.quick };
                        let (row, stages) = pool.install(|| case.measure(&sample, report.rounds))?;
                        show(row.line())?;
                        report.rows.push(row);
                        report.stages.push(stages);
                    }
                }
            }
        }
    }
    Ok(())
}

/// Prices of a check beside ecrecover's, one at a time on this thread, the key known.
fn prices(inputs: &[u32], rounds: usize) -> Result<Vec<Price>, CliError> {
    let schedule = GasSchedule::erbium();
    let ecrecover = Price::ecrecover(rounds, 16)?;
    let mut prices = vec![ecrecover.clone()];
    let pool = ThreadPoolBuilder::new().num_threads(1).build().map_err(CliError::Threads)?;
    for inputs in inputs {
        let sample =
            Sample::new(*inputs as usize, 1).map_err(|error| CliError::BenchProofs(error.to_string()))?;
        let (claims, engine) = (sample.claims(1), ZKProofEngine::new());
        let work = || engine.verify(&claims).map(drop);
        let name = format!("{inputs} inputs");
        let gas = schedule.proof(u64::from(*inputs));
        let price = pool.install(|| Price::measured(&name, gas, rounds, 1, work))?;
        prices.push(price.beside(&ecrecover));
    }
    Ok(prices)
}

struct Case {
    inputs: u32,
    cores: usize,
    batch: u32,
    state: State,
    quick: bool,
}

impl Case {
    fn measure(&self, sample: &Sample, rounds: usize) -> Result<(Row, StageRow), Stop> {
        let batch = self.batch as usize;
        // Every batch on its own; small ones as often as makes up a sample that can be timed.
        let times = if self.quick { 1 } else { 32usize.div_ceil(batch) };
        let mut claims = sample.claims(batch);
        let bad = (self.state == State::OneBad).then_some(batch / 3);
        bad.and_then(|bad| claims.get_mut(bad)).into_iter().for_each(spoil);
        // arkworks takes as long for each of a thousand proofs as for each of a few.
        let theirs = match self.inputs {
            _ if self.quick => 1,
            0..64 => 16,
            64..512 => 4,
            _ => 1,
        } * self.cores;
        let theirs_count = if self.state == State::Cold { 1 } else { theirs.min(batch.max(1)) };
        let rounds = if batch > 4096 { rounds.min(3) } else { rounds };

        let mut engine = ZKProofEngine::new();
        let mut stages = Vec::new();
        let mut ours = || {
            let mut sum = Duration::ZERO;
            for _ in 0..times {
                if self.state == State::Cold {
                    engine = ZKProofEngine::new();
                }
                let mut answer = None;
                sum += timed(|| {
                    answer = Some(engine.verify_in_stages(&claims)?);
                    Ok::<_, Stop>(())
                })?;
                let (verdicts, parts) = answer.ok_or(Stop::Wrong("erbium"))?;
                let right = |(at, verdict): (usize, &Verdict)| verdict.is_valid() == (Some(at) != bad);
                if verdicts.len() != batch || !verdicts.iter().enumerate().all(right) {
                    return Err(Stop::Wrong("erbium"));
                }
                stages.push(parts);
            }
            Ok(sum.div_f64((times * batch) as f64))
        };
        let ark = |sum| {
            move || {
                let mut holds = true;
                let time = timed(|| {
                    holds = sample.holds(theirs_count, sum, self.state == State::Cold)?;
                    Ok::<_, Stop>(())
                })?;
                if holds { Ok(time.div_f64(theirs_count as f64)) } else { Err(Stop::Wrong("arkworks")) }
            }
        };
        let (mut plain, mut with_msm) = (ark(InputSum::OneByOne), ark(InputSum::Msm));
        let sides = by_turns(rounds, &mut [&mut ours, &mut plain, &mut with_msm])?;
        let [ours, plain, with_msm] = sides.as_slice() else { return Err(Stop::Wrong("nobody")) };
        let middle = |times: &[Duration]| 1e6 * median(times.iter().map(Duration::as_secs_f64));
        let Self { inputs, cores, batch, state, .. } = *self;
        let row = Row {
            inputs,
            cores,
            batch,
            state: state.name(),
            erbium: middle(ours),
            arkworks: middle(plain),
            arkworks_msm: middle(with_msm),
            ratio: ratio(ours, plain),
            ratio_msm: ratio(ours, with_msm),
        };
        let each = |part: fn(&Stages) -> Duration| {
            1e6 * median(stages.iter().map(|stages| part(stages).as_secs_f64())) / f64::from(batch)
        };
        let stages = StageRow {
            inputs,
            cores,
            batch,
            state: state.name(),
            keys: each(|stages| stages.keys),
            decode: each(|stages| stages.decode),
            subgroup: each(|stages| stages.subgroup),
            weights: each(|stages| stages.weights),
            miller: each(|stages| stages.miller),
            finish: each(|stages| stages.finish),
        };
        Ok((row, stages))
    }
}

impl Report {
    /// Lines under the table.
    fn ending(&self) -> String {
        let mut text = String::from(
            "us: microseconds a proof, median of rounds; ratio: arkworks' time over erbium's, median of the rounds' own\n\
             \n\
             stages, microseconds a proof:\n\
             inputs cores batch state        keys   decode subgroup  weights   miller   finish\n",
        );
        for row in &self.stages {
            let StageRow { inputs, cores, batch, state, keys, decode, subgroup, weights, miller, finish } =
                row;
            text.push_str(&format!(
                "{inputs:<6} {cores:>5} {batch:>5} {state:<8} {keys:>8.1} {decode:>8.1} {subgroup:>8.1} {weights:>8.1} {miller:>8.1} {finish:>8.1}\n"
            ));
        }
        text.push_str("\none at a time, gas of the default prices:\n");
        self.gas.iter().for_each(|price| text.push_str(&price.line()));
        for warning in self.gas.iter().filter_map(Price::warning) {
            text.push_str(&format!("warning: {warning}\n"));
        }
        let Self { cpu, cores, commit, rounds, .. } = self;
        text.push_str(&format!(
            "\nCPU {cpu}, {cores} cores, commit {commit}, {rounds} rounds; not measured on a GPU\n"
        ));
        text
    }

    /// Proofs a second against the size of a batch, a chart for each number of inputs.
    fn plot(&self) -> Plot {
        let mut inputs: Vec<_> = self.rows.iter().map(|row| row.inputs).collect();
        inputs.dedup();
        let panel = |inputs: u32| {
            let line = |name, cores: fn(usize) -> bool, time: fn(&Row) -> f64| {
                let rows =
                    self.rows.iter().filter(|row| row.inputs == inputs && row.state == State::Warm.name());
                let points =
                    rows.filter(|row| cores(row.cores)).map(|row| (f64::from(row.batch), 1e6 / time(row)));
                Line { name, points: points.collect() }
            };
            let one = |cores| cores == 1;
            let lines = vec![
                line("erbium, one core", one, |row| row.erbium),
                line("erbium, all cores", |cores| cores > 1, |row| row.erbium),
                line("arkworks, one core", one, |row| row.arkworks),
                line("arkworks with an MSM, one core", one, |row| row.arkworks_msm),
            ];
            Panel { title: format!("{inputs} public inputs"), lines }
        };
        Plot {
            title: "Groth16 over BLS12-381, proofs checked a second".to_owned(),
            across: "proofs in a batch",
            upward: "proofs a second",
            panels: inputs.into_iter().map(panel).collect(),
            footnote: format!("{}, {} cores, commit {}", self.cpu, self.cores, self.commit),
        }
    }
}
