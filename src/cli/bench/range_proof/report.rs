//! The table, on the terminal, as JSON and as a drawing.

use super::super::gas::Price;
use super::super::place;
use super::super::plot::{Line, Panel, Plot};
use serde::Serialize;

/// One line of the table.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Row {
    pub(super) bits: u8,
    pub(super) values: usize,
    pub(super) cores: usize,
    pub(super) batch: usize,
    pub(super) erbium_per_second: f64,
    pub(super) bulletproofs_per_second: f64,
    /// The crate's time over ours.
    pub(super) ratio: f64,
    /// Microseconds a proof.
    pub(super) stages: Stages,
    /// What the batch takes with one false proof in it, over what it takes without.
    pub(super) one_bad: f64,
}

/// Wall-clock microseconds a proof, stage by stage.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Stages {
    pub(super) decode: f64,
    pub(super) decompress: f64,
    pub(super) scalars: f64,
    pub(super) multiply: f64,
}

impl Row {
    pub(super) fn line(&self) -> String {
        let Self { bits, values, cores, batch, ratio, one_bad, .. } = self;
        let (ours, theirs) = (self.erbium_per_second, self.bulletproofs_per_second);
        let Stages { decode, decompress, scalars, multiply } = self.stages;
        format!(
            "{bits:>4} {values:>6} {cores:>5} {batch:>6} {ours:>9.0} {theirs:>9.0} {ratio:>6.2} \
             {decode:>7.1} {decompress:>10.1} {scalars:>7.1} {multiply:>8.1} {one_bad:>7.2}"
        )
    }
}

/// The table's first line.
pub(super) fn heading() -> String {
    format!(
        "{:>4} {:>6} {:>5} {:>6} {:>9} {:>9} {:>6} {:>7} {:>10} {:>7} {:>8} {:>7}",
        "bits",
        "values",
        "cores",
        "batch",
        "erbium/s",
        "crate/s",
        "ratio",
        "decode",
        "decompress",
        "scalars",
        "multiply",
        "one bad"
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
            bench: "range-proof",
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
            "ratio: the time of crate bulletproofs, one proof after the other, over erbium's, median of rounds; stages in us\n\
             a proof; one bad: time with a false proof in the batch over time without\n\
             \n\
             one at a time, gas of the default prices:\n",
        );
        for price in &self.gas {
            text.push_str(&price.line());
        }
        for warning in self.gas.iter().filter_map(Price::warning) {
            text.push_str(&format!("warning: {warning}\n"));
        }
        text.push_str(&self.footnote());
        text.push('\n');
        text
    }

    fn footnote(&self) -> String {
        let Self { cpu, cores, commit, rounds, .. } = self;
        format!("CPU {cpu}, {cores} cores, commit {commit}, {rounds} rounds")
    }

    /// Proofs a second against the size of a batch, a chart for each size of proof.
    pub(super) fn plot(&self) -> Plot {
        let mut panels: Vec<(u8, usize)> = self.rows.iter().map(|row| (row.bits, row.values)).collect();
        panels.dedup();
        let panel = |(bits, values): (u8, usize)| {
            let of = |name, cores: fn(&Row) -> bool, number: fn(&Row) -> f64| Line {
                name,
                points: self
                    .rows
                    .iter()
                    .filter(|row| (row.bits, row.values) == (bits, values) && cores(row))
                    .map(|row| (row.batch as f64, number(row)))
                    .collect(),
            };
            let lines = [
                of("erbium, one core", |row| row.cores == 1, |row| row.erbium_per_second),
                of("crate bulletproofs, one core", |row| row.cores == 1, |row| row.bulletproofs_per_second),
                of("erbium, all cores", |row| row.cores > 1, |row| row.erbium_per_second),
                of("crate bulletproofs, all cores", |row| row.cores > 1, |row| row.bulletproofs_per_second),
            ];
            let lines = lines.into_iter().filter(|line| !line.points.is_empty()).collect();
            Panel { title: format!("{bits} bits, {values} values"), lines }
        };
        Plot {
            title: "Range proofs checked a second".to_owned(),
            across: "proofs in a batch",
            upward: "proofs a second",
            panels: panels.into_iter().map(panel).collect(),
            footnote: self.footnote(),
        }
    }
}
