//! The table, on the terminal and as JSON.

use super::gas::Price;
use super::measure::Comparison;
use super::place;
use super::pool::Keys;
use serde::Serialize;

/// One line of the table.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Row {
    pub(super) scheme: u8,
    /// `distinct` or `repeated`.
    pub(super) keys: &'static str,
    pub(super) cores: usize,
    pub(super) batch: usize,
    /// Signatures checked in each round.
    pub(super) checks: usize,
    pub(super) erbium_per_second: f64,
    pub(super) aws_lc_rs_per_second: f64,
    /// aws-lc-rs's time over ours.
    pub(super) ratio: f64,
}

impl Row {
    pub(super) fn new(
        scheme: u8,
        keys: Keys,
        cores: usize,
        batch: usize,
        checks: usize,
        times: Comparison,
    ) -> Self {
        Self {
            scheme,
            keys: keys.name(),
            cores,
            batch,
            checks,
            erbium_per_second: checks as f64 / times.ours.as_secs_f64(),
            aws_lc_rs_per_second: checks as f64 / times.theirs.as_secs_f64(),
            ratio: times.ratio,
        }
    }

    pub(super) fn line(&self) -> String {
        let Self {
            scheme, keys, cores, batch, erbium_per_second: ours, aws_lc_rs_per_second: theirs, ..
        } = self;
        format!("{scheme:<6} {keys:<8} {cores:>5} {batch:>5} {ours:>12.0} {theirs:>12.0} {:>6.2}", self.ratio)
    }
}

/// The table's first line.
pub(super) fn heading() -> String {
    format!(
        "{:<6} {:<8} {:>5} {:>5} {:>12} {:>12} {:>6}",
        "scheme", "keys", "cores", "batch", "erbium/s", "aws-lc-rs/s", "ratio"
    )
}

/// Everything that was measured, and where.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    bench: &'static str,
    backend: &'static str,
    cpu: String,
    /// Cores that this process may use.
    cores: usize,
    commit: String,
    rounds: usize,
    quick: bool,
    pub(super) rows: Vec<Row>,
    pub(super) gas: Vec<Price>,
}

impl Report {
    pub(super) fn new(rounds: usize, quick: bool) -> Self {
        Self {
            bench: "dilithium",
            backend: "cpu",
            cpu: place::cpu(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            commit: place::commit(),
            rounds,
            quick,
            rows: Vec::new(),
            gas: Vec::new(),
        }
    }

    /// Lines under the table.
    pub(super) fn ending(&self) -> String {
        let mut text = String::from(
            "ratio: aws-lc-rs's time over erbium's, median of rounds; distinct: every key is new; repeated: 16 keys take turns\n\
             \n\
             one check at a time, new keys, gas of the default prices:\n",
        );
        for price in &self.gas {
            text.push_str(&price.line());
        }
        for warning in self.gas.iter().filter_map(Price::warning) {
            text.push_str(&format!("warning: {warning}\n"));
        }
        let Self { cpu, cores, commit, rounds, .. } = self;
        text.push_str(&format!("CPU {cpu}, {cores} cores, commit {commit}, {rounds} rounds\n"));
        text
    }
}
