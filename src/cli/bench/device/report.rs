//! What was measured of a device, as a table, as JSON and as a plot.

use super::super::place;
use super::super::plot::{Line, Panel, Plot};
use super::peak::Peak;
use erbium::gpu::device::{AdapterKind, Device};
use serde::Serialize;
use std::fmt::Write as _;

/// One line of the table.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Row {
    pub(super) scheme: u8,
    /// `distinct` or `repeated`.
    pub(super) keys: &'static str,
    pub(super) batch: usize,
    /// One signature in so many does not hold.
    pub(super) invalid_one_in: usize,
    /// Signatures in a sample.
    pub(super) checks: usize,
    /// From claims to verdicts, with everything that distrust costs.
    pub(super) device_per_second: f64,
    /// By the adapter's clock; none where it has none.
    pub(super) kernels_per_second: Option<f64>,
    /// Erbium on all cores.
    pub(super) cpu_per_second: f64,
    /// aws-lc-rs on all cores.
    pub(super) aws_lc_rs_per_second: f64,
    /// The processor's time over the device's.
    pub(super) ratio_to_cpu: f64,
    /// aws-lc-rs's time over the device's.
    pub(super) ratio_to_aws_lc_rs: f64,
    /// Time of a batch on the device.
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
    /// How many times these two are taken from.
    pub(super) latencies: usize,
}

/// Time in one kernel.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Stage {
    pub(super) scheme: u8,
    pub(super) keys: &'static str,
    pub(super) batch: usize,
    pub(super) kernel: &'static str,
    /// Dispatches in a sample.
    pub(super) runs: u64,
    pub(super) nanoseconds_per_signature: f64,
}

/// From which batch on a device is used.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Crossover {
    pub(super) scheme: u8,
    /// As `--gpu auto` finds it; none where the device is slower at every size.
    pub(super) calibrated: Option<usize>,
    /// The smallest batch here from which on the device was sooner done, keys distinct.
    pub(super) measured: Option<usize>,
    /// aws-lc-rs's signatures a second on one core.
    pub(super) aws_lc_rs_one_core_per_second: f64,
}

/// How much of the adapter's peak a kernel reaches.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Share {
    pub(super) scheme: u8,
    pub(super) kernel: &'static str,
    /// `products` or `keccak`.
    pub(super) what: &'static str,
    pub(super) per_second: f64,
    pub(super) of_peak: f64,
}

/// Everything.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    bench: &'static str,
    backend: &'static str,
    pub(super) adapter: String,
    driver: String,
    /// The adapter is a processor's software: its speed says nothing about GPUs.
    pub(super) software: bool,
    forms: String,
    cpu: String,
    cores: usize,
    commit: String,
    rounds: usize,
    quick: bool,
    pub(super) peak: Peak,
    pub(super) rows: Vec<Row>,
    pub(super) stages: Vec<Stage>,
    pub(super) shares: Vec<Share>,
    pub(super) crossovers: Vec<Crossover>,
}

impl Report {
    pub(super) fn new(device: &Device, peak: Peak, rounds: usize, quick: bool) -> Self {
        let adapter = device.report();
        Self {
            bench: "dilithium",
            backend: "gpu",
            adapter: adapter.name.clone(),
            driver: adapter.driver.clone(),
            software: adapter.kind == AdapterKind::Software,
            forms: device.forms().to_string(),
            cpu: place::cpu(),
            cores: rayon::current_num_threads(),
            commit: place::commit(),
            rounds,
            quick,
            peak,
            rows: Vec::new(),
            stages: Vec::new(),
            shares: Vec::new(),
            crossovers: Vec::new(),
        }
    }

    /// The smallest batch from which on the device was sooner done, keys distinct.
    pub(super) fn measured_crossover(&self, scheme: u8) -> Option<usize> {
        let rows = self.rows.iter().rev().filter(|row| row.scheme == scheme && row.keys == "distinct");
        rows.take_while(|row| row.ratio_to_cpu > 1.0).map(|row| row.batch).last()
    }

    /// Lines under the table.
    pub(super) fn ending(&self) -> String {
        let mut text = String::from(
            "device: from claims to verdicts; kernels: by the adapter's clock; cpu: erbium on all cores; aws-lc-rs on all cores;\n\
             x: device over cpu, median of rounds; distinct: every key is new; repeated: 16 keys take turns\n\nstage, ns a signature:\n",
        );
        // Writing to a string does not fail.
        for stage in &self.stages {
            let Stage { scheme, keys, batch, kernel, runs, nanoseconds_per_signature: time } = stage;
            let _ =
                writeln!(text, "{scheme:<6} {keys:<8} {batch:>6} {kernel:<28} {runs:>4} runs {time:>9.1}");
        }
        let Peak { products_per_second, keccak_per_second } = self.peak;
        let _ = writeln!(
            text,
            "\npeak: {:.1} G products modulo q a second, {:.1} M Keccak-f a second",
            products_per_second / 1e9,
            keccak_per_second / 1e6
        );
        for Share { scheme, kernel, what, per_second, of_peak } in &self.shares {
            let _ = writeln!(
                text,
                "{scheme:<6} {kernel:<28} {:>9.1} M {what} a second, {:.0} % of the peak",
                per_second / 1e6,
                of_peak * 100.0
            );
        }
        text.push('\n');
        let size = |size: Option<usize>| size.map_or("none".to_owned(), |size| size.to_string());
        for Crossover { scheme, calibrated, measured, aws_lc_rs_one_core_per_second } in &self.crossovers {
            let _ = writeln!(
                text,
                "{scheme:<6} crossover: calibrated {}, measured {}; aws-lc-rs on one core {aws_lc_rs_one_core_per_second:.0}/s",
                size(*calibrated),
                size(*measured)
            );
        }
        let _ = writeln!(text, "{}", self.place());
        text
    }

    fn place(&self) -> String {
        let Self { adapter, driver, forms, cpu, cores, commit, rounds, .. } = self;
        let software =
            if self.software { " (SOFTWARE: no GPU, its speed says nothing about one)" } else { "" };
        format!(
            "{adapter}{software}, driver {driver}; {forms}; CPU {cpu}, {cores} cores; commit {commit}, {rounds} rounds"
        )
    }

    /// Throughput against batch, a panel a scheme.
    pub(super) fn plot(&self) -> Plot {
        let mut schemes: Vec<u8> = self.rows.iter().map(|row| row.scheme).collect();
        schemes.dedup();
        let panel = |scheme: u8| {
            let line = |name, keys: &str, value: fn(&Row) -> f64| {
                let rows = self.main_rows().filter(|row| row.scheme == scheme && row.keys == keys);
                Line { name, points: rows.map(|row| (row.batch as f64, value(row))).collect() }
            };
            let kernels = |row: &Row| row.kernels_per_second.unwrap_or_default();
            let lines = vec![
                line("device, repeated keys", "repeated", |row| row.device_per_second),
                line("device, distinct keys", "distinct", |row| row.device_per_second),
                line("kernels alone, distinct keys", "distinct", kernels),
                line("erbium on all cores, repeated", "repeated", |row| row.cpu_per_second),
                line("erbium on all cores, distinct", "distinct", |row| row.cpu_per_second),
                line("aws-lc-rs on all cores", "distinct", |row| row.aws_lc_rs_per_second),
            ];
            let lines = lines.into_iter().filter(|line| !line.points.is_empty()).collect();
            Panel { title: format!("ML-DSA-{scheme}"), lines }
        };
        Plot {
            title: format!("ML-DSA signatures checked a second, {}", self.adapter),
            across: "signatures in a batch",
            upward: "signatures a second",
            panels: schemes.into_iter().map(panel).collect(),
            footnote: self.place(),
        }
    }

    /// Rows of batches that hold but for one signature.
    fn main_rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| row.invalid_one_in == row.checks)
    }
}

impl Row {
    pub(super) fn line(&self) -> String {
        let invalid = if self.invalid_one_in == self.checks {
            "one".to_owned()
        } else {
            format!("{:.0} %", 100.0 / self.invalid_one_in as f64)
        };
        let kernels = self.kernels_per_second.map_or("-".to_owned(), |rate| format!("{rate:.0}"));
        format!(
            "{:<6} {:<8} {:>6} {invalid:>7} {:>10.0} {kernels:>10} {:>10.0} {:>10.0} {:>6.2} {:>9.3} {:>9.3}",
            self.scheme,
            self.keys,
            self.batch,
            self.device_per_second,
            self.cpu_per_second,
            self.aws_lc_rs_per_second,
            self.ratio_to_cpu,
            self.p50_ms,
            self.p99_ms
        )
    }
}

/// The table's first line.
pub(super) fn heading() -> String {
    format!(
        "{:<6} {:<8} {:>6} {:>7} {:>10} {:>10} {:>10} {:>10} {:>6} {:>9} {:>9}",
        "scheme",
        "keys",
        "batch",
        "invalid",
        "device/s",
        "kernels/s",
        "cpu/s",
        "aws-lc/s",
        "x",
        "p50 ms",
        "p99 ms"
    )
}
