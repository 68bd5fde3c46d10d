//! `erbium bench range-proof --backend gpu`: range proofs a second on a device, beside this machine's cores.

use super::super::super::output::{self, Output};
use super::super::device::{DeviceBenchError, open, unless_wrong, write};
use super::super::measure::{Side, by_turns, median, ratio, timed};
use super::super::place;
use super::pool::{Library, claims, spoil};
use super::{CliError, Outcome};
use erbium::GpuMode;
use erbium::gpu::cpu::range_proof;
use erbium::gpu::device::{AdapterKind, Device, Field};
use erbium::gpu::plan::Executor;
use erbium::gpu::ranges::{Options, RangeEngine, RangeKernels};
use erbium::gpu::shaders::Form;
use erbium::gpu::{Trust, Use};
use erbium::vm::claims::{Claim, Verifier};
use rayon::prelude::*;
use serde::Serialize;
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// What to measure.
pub(super) struct DeviceArgs {
    pub(super) mode: GpuMode,
    pub(super) batches: Vec<usize>,
    pub(super) bits: Vec<u8>,
    pub(super) values: Vec<usize>,
    pub(super) json: Option<PathBuf>,
    pub(super) quick: bool,
}

/// One line of the table.
#[derive(Debug, Serialize)]
struct Row {
    bits: u8,
    values: usize,
    batch: usize,
    /// From claims to verdicts, with everything that distrust costs.
    device_per_second: f64,
    /// By the adapter's clock; none where it has none.
    kernels_per_second: Option<f64>,
    /// Erbium's batch on all cores.
    cpu_per_second: f64,
    /// Crate `bulletproofs`, one by one on all cores.
    bulletproofs_per_second: f64,
    /// The processor's time over the device's.
    ratio_to_cpu: f64,
    /// What the batch takes on the device with one false proof in it, over what it takes without.
    one_bad: f64,
    stages: Vec<Stage>,
}

/// Time in one kernel.
#[derive(Debug, Serialize)]
struct Stage {
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
    /// Products modulo 2^255 - 19 a second in each form that the adapter has.
    products_per_second: Vec<(String, f64)>,
    /// From which batch on `--gpu auto` uses it; none where it is slower at every size.
    crossover: Option<usize>,
    rows: Vec<Row>,
}

struct Bench {
    device: RangeKernels,
    timed: Option<(Arc<Device>, RangeKernels)>,
    reference: Library,
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
    let (device, timed) = (open(&args.mode, false)?, open(&args.mode, true)?);
    for device in [&device, &timed] {
        device.prepare_fields()?;
    }
    let kernels = |device: &Arc<Device>| RangeKernels::new(Arc::clone(device) as _, Options::default());
    let bench = Bench {
        device: kernels(&device),
        timed: timed.report().timestamps.then(|| (Arc::clone(&timed), kernels(&timed))),
        reference: Library::new(),
        rounds: if args.quick { 1 } else { 7 },
    };
    let adapter = device.report();
    let mut report = Report {
        bench: "range-proof",
        backend: "gpu",
        adapter: adapter.name.clone(),
        driver: adapter.driver.clone(),
        software: adapter.kind == AdapterKind::Software,
        forms: device.forms().to_string(),
        cpu: place::cpu(),
        cores: rayon::current_num_threads(),
        commit: place::commit(),
        rounds: bench.rounds,
        quick: args.quick,
        products_per_second: products(&device, args.quick)?,
        crossover: None,
        rows: Vec::new(),
    };
    if report.software {
        let adapter = &report.adapter;
        output::note(format_args!("{adapter} is a software adapter: its speed says nothing about a GPU"));
    }
    show(heading())?;
    for bits in &args.bits {
        for values in &args.values {
            for batch in &args.batches {
                let row = bench.row(*bits, *values, *batch)?;
                show(row.line())?;
                report.rows.push(row);
            }
        }
    }
    if !args.quick {
        let engine = RangeEngine::new(kernels(&device), Use::WhereFaster, Trust::new(&*device));
        report.crossover = engine.calibrate().and_then(|crossover| crossover.size());
    }
    Ok(report)
}

fn products(device: &Device, quick: bool) -> Result<Vec<(String, f64)>, DeviceBenchError> {
    let (threads, rounds) = if quick { (1 << 10, 16) } else { (1 << 17, 1024) };
    let forms = Form::ALL.into_iter().filter(|form| *form == Form::U32 || device.report().int64);
    forms
        .map(|form| {
            let time = device.products(Field::Ristretto, form, threads, rounds)?.as_secs_f64();
            Ok((form.to_string(), f64::from(threads) * f64::from(rounds) / time.max(f64::MIN_POSITIVE)))
        })
        .collect()
}

impl Bench {
    fn row(&self, bits: u8, values: usize, batch: usize) -> Result<Row, DeviceBenchError> {
        let made = claims(bits, values, batch)?;
        let asked: Vec<&Claim> = made.iter().collect();
        let mut device = || self.by_device(&self.device, &made, None);
        let mut processor = || {
            let mut right = false;
            let time = timed(|| {
                right = range_proof::verify(&asked)?.iter().all(|verdict| verdict.is_valid());
                Ok::<_, DeviceBenchError>(())
            })?;
            if right { Ok(time) } else { Err(DeviceBenchError::Wrong("erbium on the processor")) }
        };
        // One by one takes long: a part stands for the whole.
        let part = made.get(..64).unwrap_or(&made);
        let mut library = || {
            let mut right = false;
            let time = timed(|| {
                right = part.par_iter().all(|claim| self.reference.verify(claim));
                Ok::<_, DeviceBenchError>(())
            })?;
            if right {
                Ok(time.mul_f64(made.len() as f64 / part.len() as f64))
            } else {
                Err(DeviceBenchError::Wrong("bulletproofs"))
            }
        };
        let mut sides: [Side<'_, DeviceBenchError>; 3] = [&mut device, &mut processor, &mut library];
        let times = by_turns(self.rounds, &mut sides)?;
        let [on_device, on_cpu, by_library] = times.as_slice() else { return Err(DeviceBenchError::NoTimes) };
        let seconds =
            |times: &[Duration]| median(times.iter().map(Duration::as_secs_f64)).max(f64::MIN_POSITIVE);
        let (bad, mut with_bad) = (batch / 3, made.clone());
        if let Some(claim) = with_bad.get_mut(bad) {
            spoil(claim);
        }
        let mut with = Vec::new();
        for _ in 0..self.rounds {
            with.push(self.by_device(&self.device, &with_bad, Some(bad))?);
        }
        let (stages, kernels) = self.stages(&made)?;
        let per_second = |seconds: f64| made.len() as f64 / seconds;
        Ok(Row {
            bits,
            values,
            batch,
            device_per_second: per_second(seconds(on_device)),
            kernels_per_second: kernels.map(per_second),
            cpu_per_second: per_second(seconds(on_cpu)),
            bulletproofs_per_second: per_second(seconds(by_library)),
            ratio_to_cpu: ratio(on_device, on_cpu),
            one_bad: seconds(&with) / seconds(on_device),
            stages,
        })
    }

    /// The time of a batch by kernels; every verdict is looked at, outside of the time.
    fn by_device(
        &self,
        kernels: &RangeKernels,
        claims: &[Claim],
        bad: Option<usize>,
    ) -> Result<Duration, DeviceBenchError> {
        let mut verdicts = Vec::new();
        let time = timed(|| {
            verdicts = kernels.verify(claims)?;
            Ok::<_, DeviceBenchError>(())
        })?;
        let right =
            verdicts.iter().enumerate().all(|(index, verdict)| verdict.is_valid() == (Some(index) != bad));
        if right && verdicts.len() == claims.len() {
            Ok(time)
        } else {
            Err(DeviceBenchError::Wrong("erbium on the device"))
        }
    }

    /// Times of the kernels alone, by the adapter's clock, and their sum in seconds.
    fn stages(&self, claims: &[Claim]) -> Result<(Vec<Stage>, Option<f64>), DeviceBenchError> {
        let Some((device, kernels)) = &self.timed else { return Ok((Vec::new(), None)) };
        // The first one compiles.
        for _ in 0..2 {
            device.timings();
            self.by_device(kernels, claims, None)?;
        }
        let timings = device.timings();
        let sum: Duration = timings.values().map(|(_, time)| *time).sum();
        let stage = |(kernel, (runs, time)): (&'static str, (u64, Duration))| Stage {
            kernel,
            runs,
            nanoseconds_per_proof: time.as_secs_f64() * 1e9 / claims.len() as f64,
        };
        let seconds = sum.as_secs_f64().max(f64::MIN_POSITIVE);
        Ok((timings.into_iter().map(stage).collect(), Some(seconds)))
    }
}

fn heading() -> String {
    format!(
        "{:>4} {:>6} {:>6} {:>10} {:>10} {:>9} {:>9} {:>6} {:>7}",
        "bits", "values", "batch", "device/s", "kernels/s", "cpu/s", "crate/s", "x", "one bad"
    )
}

impl Row {
    fn line(&self) -> String {
        let Self { bits, values, batch, ratio_to_cpu, one_bad, .. } = self;
        let kernels = self.kernels_per_second.map_or("-".to_owned(), |rate| format!("{rate:.0}"));
        let (device, cpu, library) =
            (self.device_per_second, self.cpu_per_second, self.bulletproofs_per_second);
        format!(
            "{bits:>4} {values:>6} {batch:>6} {device:>10.0} {kernels:>10} {cpu:>9.0} {library:>9.0} \
             {ratio_to_cpu:>6.2} {one_bad:>7.2}"
        )
    }
}

impl Report {
    /// Lines under the table.
    fn ending(&self) -> String {
        let mut text = String::from(
            "\ndevice: from claims to verdicts; kernels: by the adapter's clock; cpu: erbium's batch on all cores; crate: \
             bulletproofs one by one on all cores; x: the processor's time over the device's\n\n",
        );
        for (form, rate) in &self.products_per_second {
            text.push_str(&format!(
                "products modulo 2^255 - 19, {form}: {:.1} million a second\n",
                rate / 1e6
            ));
        }
        if let Some(row) = self.rows.last() {
            text.push_str(&format!(
                "\nns a proof, {} bits, {} values, batch {}:\n",
                row.bits, row.values, row.batch
            ));
            for Stage { kernel, runs, nanoseconds_per_proof } in &row.stages {
                text.push_str(&format!("{kernel:<28} x{runs:<4} {nanoseconds_per_proof:>10.1}\n"));
            }
        }
        let crossover = self.crossover.map_or("never".to_owned(), |size| format!("from {size} claims on"));
        let Self { adapter, driver, forms, cpu, cores, commit, rounds, .. } = self;
        text.push_str(&format!(
            "\n--gpu auto: {crossover}\n{adapter}, {driver}, {forms}; CPU {cpu}, {cores} cores, commit {commit}, {rounds} rounds\n"
        ));
        text
    }
}
