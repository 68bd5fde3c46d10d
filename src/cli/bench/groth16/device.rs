//! `erbium bench groth16 --backend gpu` and `twin`: Groth16 proofs a second by kernels, beside this machine's cores.

use super::super::super::output::{self, Output};
use super::super::device::{DeviceBenchError, open, unless_wrong, write};
use super::super::measure::{Side, by_turns, median, ratio, timed};
use super::super::place;
use super::super::proofs::{InputSum, Sample};
use super::{CliError, Outcome, spoil};
use erbium::GpuMode;
use erbium::gpu::device::{AdapterKind, Device, Field};
use erbium::gpu::groth16::{Groth16Engine, Groth16Kernels, Options};
use erbium::gpu::plan::{Executor, TwinExecutor};
use erbium::gpu::shaders::Form;
use erbium::gpu::signatures::HostTimes;
use erbium::gpu::{Trust, Use, ZKProofEngine};
use erbium::vm::claims::{Claim, Verdict, Verifier};
use serde::Serialize;
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// What to measure.
pub(super) struct DeviceArgs {
    /// The device that is asked for; none for the kernels' twins.
    pub(super) mode: Option<GpuMode>,
    pub(super) batches: Vec<usize>,
    pub(super) inputs: Vec<usize>,
    pub(super) json: Option<PathBuf>,
    pub(super) quick: bool,
}

/// One line of the table.
#[derive(Debug, Serialize)]
struct Row {
    inputs: usize,
    batch: usize,
    /// From claims to verdicts, with everything that distrust costs.
    device_per_second: f64,
    /// By the adapter's clock; none where it has none.
    kernels_per_second: Option<f64>,
    /// Erbium's batch on all cores.
    cpu_per_second: f64,
    /// arkworks one by one on all cores, inputs summed as it does.
    arkworks_per_second: f64,
    /// The processor's time over the device's.
    ratio_to_cpu: f64,
    /// What the batch takes on the device with one false proof in it, over what it takes without.
    one_bad: f64,
    stages: Stages,
    kernels: Vec<Kernel>,
}

/// Where a batch's time goes, microseconds a proof. Chunks overlap, so that parts may add up to more than the whole.
#[derive(Clone, Copy, Debug, Default, Serialize)]
struct Stages {
    /// Claims to parts and keys.
    keys: f64,
    /// Weights, plants and the plan.
    planning: f64,
    /// Copying what the device reads.
    upload: f64,
    /// Kernels, by the adapter's clock.
    kernels: Option<f64>,
    /// Waiting for kernels and readback.
    waiting: f64,
    /// The rest of waiting, on a device that has a clock.
    readback: Option<f64>,
    /// Keys' pairs, the last squarings, the final exponentiation.
    finish: f64,
    /// Verdicts checked again on the processor.
    recheck: f64,
}

/// Time in one kernel.
#[derive(Debug, Serialize)]
struct Kernel {
    kernel: &'static str,
    runs: u64,
    nanoseconds_per_proof: f64,
}

/// Everything.
#[derive(Debug, Serialize)]
struct Report {
    bench: &'static str,
    backend: &'static str,
    adapter: String,
    driver: String,
    /// The adapter is a processor's software: its speed says nothing about GPUs.
    software: bool,
    forms: String,
    cpu: String,
    cores: usize,
    commit: String,
    rounds: usize,
    quick: bool,
    /// Products modulo the prime of BLS12-381's base field a second, in each form that the adapter has.
    products_per_second: Vec<(String, f64)>,
    /// From which batch on `--gpu auto` uses it; none where it is slower at every size.
    crossover: Option<usize>,
    rows: Vec<Row>,
}

struct Bench {
    kernels: Groth16Kernels,
    timed: Option<(Arc<Device>, Groth16Kernels)>,
    cpu: ZKProofEngine,
    rounds: usize,
}

pub(super) fn run(args: &DeviceArgs, output: &mut Output) -> Result<Outcome, CliError> {
    let to_stdout = args.json.as_ref().is_some_and(|path| path.as_os_str() == "-");
    let mut show = |line: String| if to_stdout { Ok(()) } else { output.line(line) };
    let Some(report) = unless_wrong(measure(args, &mut show))? else { return Ok(Outcome::No) };
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

fn measure(
    args: &DeviceArgs,
    show: &mut dyn FnMut(String) -> Result<(), CliError>,
) -> Result<Report, DeviceBenchError> {
    let devices = args.mode.as_ref().map(|mode| Ok::<_, CliError>([open(mode, false)?, open(mode, true)?]));
    let devices = devices.transpose()?;
    for device in devices.iter().flatten() {
        device.prepare_base_field()?;
    }
    let cpu = ZKProofEngine::new();
    let on = |executor: Arc<dyn Executor>| Groth16Kernels::new(executor, Options::default(), cpu.clone());
    let (kernels, timed) = match &devices {
        None => (on(Arc::new(TwinExecutor::new())), None),
        Some([device, timed]) => {
            let clocked = timed.report().timestamps.then(|| (Arc::clone(timed), on(Arc::clone(timed) as _)));
            (on(Arc::clone(device) as _), clocked)
        }
    };
    let device = devices.as_ref().map(|[device, _]| device);
    let bench = Bench { kernels, timed, cpu: cpu.clone(), rounds: if args.quick { 1 } else { 7 } };
    let adapter = device.map(|device| device.report());
    let mut report = Report {
        bench: "groth16",
        backend: if device.is_some() { "gpu" } else { "twin" },
        adapter: bench.kernels.executor().name().to_owned(),
        driver: adapter.map(|adapter| adapter.driver.clone()).unwrap_or_default(),
        software: adapter.is_none_or(|adapter| adapter.kind == AdapterKind::Software),
        forms: device.map(|device| device.forms().to_string()).unwrap_or_default(),
        cpu: place::cpu(),
        cores: rayon::current_num_threads(),
        commit: place::commit(),
        rounds: bench.rounds,
        quick: args.quick,
        products_per_second: device.map_or(Ok(Vec::new()), |device| products(device, args.quick))?,
        crossover: None,
        rows: Vec::new(),
    };
    if report.software {
        output::note(format_args!("{} is no GPU: its speed says nothing about one", report.adapter));
    }
    show(heading())?;
    for inputs in &args.inputs {
        for batch in &args.batches {
            let row = bench.row(*inputs, *batch)?;
            show(row.line())?;
            report.rows.push(row);
        }
    }
    if let Some(device) = device.filter(|_| !args.quick) {
        let trust = Trust::new(&**device);
        let engine = Groth16Engine::new(cpu.clone(), on(Arc::clone(device) as _), Use::WhereFaster, trust);
        report.crossover = engine.calibrate().and_then(|crossover| crossover.size());
    }
    Ok(report)
}

fn products(device: &Device, quick: bool) -> Result<Vec<(String, f64)>, DeviceBenchError> {
    let (threads, rounds) = if quick { (1 << 10, 16) } else { (1 << 17, 1024) };
    let forms = Form::ALL.into_iter().filter(|form| *form == Form::U32 || device.report().int64);
    forms
        .map(|form| {
            let time = device.products(Field::Bls12381, form, threads, rounds)?.as_secs_f64();
            Ok((form.to_string(), f64::from(threads) * f64::from(rounds) / time.max(f64::MIN_POSITIVE)))
        })
        .collect()
}

impl Bench {
    fn row(&self, inputs: usize, batch: usize) -> Result<Row, DeviceBenchError> {
        let sample = Sample::new(inputs, batch).map_err(|error| CliError::BenchProofs(error.to_string()))?;
        let claims = sample.claims(batch);
        // The first compiles and parses.
        self.by_kernels(&self.kernels, &claims, None)?;
        let before = self.kernels.host_times();
        let mut runs = 0;
        let mut device = || {
            runs += 1;
            self.by_kernels(&self.kernels, &claims, None)
        };
        let mut processor = || {
            let mut verdicts = Vec::new();
            let time = timed(|| {
                verdicts = self.cpu.verify(&claims)?;
                Ok::<_, DeviceBenchError>(())
            })?;
            right(&verdicts, batch, None)
                .then_some(time)
                .ok_or(DeviceBenchError::Wrong("erbium on the processor"))
        };
        // One by one takes long: a part stands for the whole.
        let part = batch.min(if inputs > 64 { 4 } else { 32 });
        let mut arkworks = || {
            let mut holds = false;
            let time = timed(|| {
                let held = sample.holds(part, InputSum::OneByOne, false);
                holds = held.map_err(|error| CliError::BenchProofs(error.to_string()))?;
                Ok::<_, DeviceBenchError>(())
            })?;
            if holds {
                Ok(time.mul_f64(batch as f64 / part as f64))
            } else {
                Err(DeviceBenchError::Wrong("arkworks"))
            }
        };
        let mut sides: [Side<'_, DeviceBenchError>; 3] = [&mut device, &mut processor, &mut arkworks];
        let times = by_turns(self.rounds, &mut sides)?;
        let [on_device, on_cpu, by_arkworks] = times.as_slice() else {
            return Err(DeviceBenchError::NoTimes);
        };
        let after = self.kernels.host_times();
        let seconds =
            |times: &[Duration]| median(times.iter().map(Duration::as_secs_f64)).max(f64::MIN_POSITIVE);
        let (bad, mut with_bad) = (batch / 3, claims.clone());
        with_bad.get_mut(bad).into_iter().for_each(spoil);
        let with = (0..self.rounds).map(|_| self.by_kernels(&self.kernels, &with_bad, Some(bad)));
        let with = with.collect::<Result<Vec<_>, _>>()?;
        let (kernels, by_clock) = self.kernels_of(&claims)?;
        let per_second = |seconds: f64| batch as f64 / seconds;
        let part = |of: fn(&HostTimes) -> Duration| {
            (of(&after) - of(&before)).as_secs_f64() * 1e6 / (runs * batch).max(1) as f64
        };
        let (waiting, clocked) = (part(|times| times.waiting), by_clock.map(|s| s * 1e6 / batch as f64));
        Ok(Row {
            inputs,
            batch,
            device_per_second: per_second(seconds(on_device)),
            kernels_per_second: by_clock.map(per_second),
            cpu_per_second: per_second(seconds(on_cpu)),
            arkworks_per_second: per_second(seconds(by_arkworks)),
            ratio_to_cpu: ratio(on_device, on_cpu),
            one_bad: seconds(&with) / seconds(on_device),
            stages: Stages {
                keys: part(|times| times.reading),
                planning: part(|times| times.planting + times.planning),
                upload: part(|times| times.sending),
                kernels: clocked,
                waiting,
                readback: clocked.map(|kernels| (waiting - kernels).max(0.0)),
                finish: part(|times| times.judging),
                recheck: part(|times| times.rechecking),
            },
            kernels,
        })
    }

    /// The time of a batch by kernels; every verdict is looked at, outside of the time.
    fn by_kernels(
        &self,
        kernels: &Groth16Kernels,
        claims: &[Claim],
        bad: Option<usize>,
    ) -> Result<Duration, DeviceBenchError> {
        let mut verdicts = Vec::new();
        let time = timed(|| {
            verdicts = kernels.verify(claims)?;
            Ok::<_, DeviceBenchError>(())
        })?;
        right(&verdicts, claims.len(), bad)
            .then_some(time)
            .ok_or(DeviceBenchError::Wrong("erbium by kernels"))
    }

    /// Times of the kernels alone, by the adapter's clock, and their sum in seconds.
    fn kernels_of(&self, claims: &[Claim]) -> Result<(Vec<Kernel>, Option<f64>), DeviceBenchError> {
        let Some((device, kernels)) = &self.timed else { return Ok((Vec::new(), None)) };
        // The first one compiles.
        for _ in 0..2 {
            device.timings();
            self.by_kernels(kernels, claims, None)?;
        }
        let timings = device.timings();
        let sum: Duration = timings.values().map(|(_, time)| *time).sum();
        let kernel = |(kernel, (runs, time)): (&'static str, (u64, Duration))| Kernel {
            kernel,
            runs,
            nanoseconds_per_proof: time.as_secs_f64() * 1e9 / claims.len() as f64,
        };
        let seconds = sum.as_secs_f64().max(f64::MIN_POSITIVE);
        Ok((timings.into_iter().map(kernel).collect(), Some(seconds)))
    }
}

/// Whether as many verdicts are there as there should be, and all but the bad one's are valid.
fn right(verdicts: &[Verdict], batch: usize, bad: Option<usize>) -> bool {
    let is_due = |(place, verdict): (usize, &Verdict)| verdict.is_valid() == (Some(place) != bad);
    verdicts.len() == batch && verdicts.iter().enumerate().all(is_due)
}

fn heading() -> String {
    format!(
        "{:>6} {:>6} {:>10} {:>10} {:>9} {:>10} {:>6} {:>7}",
        "inputs", "batch", "device/s", "kernels/s", "cpu/s", "arkworks/s", "x", "one bad"
    )
}

fn or_dash(number: Option<f64>, digits: usize) -> String {
    number.map_or("-".to_owned(), |number| format!("{number:.digits$}"))
}

impl Row {
    fn line(&self) -> String {
        let Self { inputs, batch, ratio_to_cpu, one_bad, .. } = self;
        let kernels = or_dash(self.kernels_per_second, 0);
        let (device, cpu, arkworks) = (self.device_per_second, self.cpu_per_second, self.arkworks_per_second);
        format!(
            "{inputs:>6} {batch:>6} {device:>10.1} {kernels:>10} {cpu:>9.0} {arkworks:>10.0} {ratio_to_cpu:>6.2} {one_bad:>7.2}"
        )
    }
}

impl Report {
    /// Lines under the table.
    fn ending(&self) -> String {
        let mut text = String::from(
            "\ndevice: from claims to verdicts; kernels: by the adapter's clock; cpu: erbium's batch on all cores; arkworks: one by\n\
             one on all cores; x: the processor's time over the device's\n\n\
             stages, microseconds a proof:\n\
             inputs  batch     keys planning   upload  kernels  waiting readback   finish  recheck\n",
        );
        for Row { inputs, batch, stages, .. } in &self.rows {
            let Stages { keys, planning, upload, kernels, waiting, readback, finish, recheck } = stages;
            let (kernels, readback) = (or_dash(*kernels, 1), or_dash(*readback, 1));
            text.push_str(&format!(
                "{inputs:>6} {batch:>6} {keys:>8.1} {planning:>8.1} {upload:>8.1} {kernels:>8} {waiting:>8.1} {readback:>8} {finish:>8.1} {recheck:>8.1}\n"
            ));
        }
        for (form, rate) in &self.products_per_second {
            text.push_str(&format!(
                "\nproducts in the base field, {form}: {:.1} million a second",
                rate / 1e6
            ));
        }
        if let Some(row) = self.rows.last() {
            text.push_str(&format!("\n\nns a proof, {} inputs, batch {}:\n", row.inputs, row.batch));
            for Kernel { kernel, runs, nanoseconds_per_proof } in &row.kernels {
                text.push_str(&format!("{kernel:<28} x{runs:<4} {nanoseconds_per_proof:>10.1}\n"));
            }
        }
        let crossover = self.crossover.map_or("never".to_owned(), |size| format!("from {size} proofs on"));
        let Self { adapter, driver, forms, cpu, cores, commit, rounds, .. } = self;
        let measured = if self.software { "; not measured on a GPU" } else { "" };
        text.push_str(&format!(
            "\n--gpu auto: {crossover}\n{adapter}, {driver}, {forms}; CPU {cpu}, {cores} cores, commit {commit}, {rounds} rounds{measured}\n"
        ));
        text
    }
}
