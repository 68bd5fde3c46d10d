//! The table, on the terminal and as JSON.

use super::BenchError;
use super::measure::Comparison;
use serde::Serialize;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// revm's build in this workspace.
const PEER: &str = "revm 43, features std, blst, c-kzg, secp256k1";

/// One line of the table.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) transactions: usize,
    pub(crate) gas: u64,
    pub(crate) erbium_ns: u64,
    pub(crate) revm_ns: u64,
    pub(crate) erbium_mgas_per_s: f64,
    pub(crate) revm_mgas_per_s: f64,
    pub(crate) ratio: f64,
}

/// Where and on what it was measured.
#[derive(Debug, Serialize)]
pub(crate) struct Place {
    cpu: String,
    commit: String,
    peer: &'static str,
}

#[derive(Serialize)]
struct Json<'a> {
    bench: &'a str,
    place: &'a Place,
    rows: &'a [Row],
    sum: Option<&'a Row>,
}

impl Row {
    pub(crate) fn new(name: &str, comparison: &Comparison) -> Self {
        let Comparison { gas, transactions, ours, peer, ratio } = *comparison;
        Self {
            name: name.to_owned(),
            transactions,
            gas,
            erbium_ns: nanoseconds(ours),
            revm_ns: nanoseconds(peer),
            erbium_mgas_per_s: mgas_per_s(gas, ours),
            revm_mgas_per_s: mgas_per_s(gas, peer),
            ratio,
        }
    }

    /// All rows as one run after the other.
    pub(crate) fn sum(rows: &[Self]) -> Self {
        let total = |part: fn(&Self) -> u64| rows.iter().map(part).sum::<u64>();
        let (ours, peer) = (total(|row| row.erbium_ns), total(|row| row.revm_ns));
        Self::new(
            "sum",
            &Comparison {
                gas: total(|row| row.gas),
                transactions: rows.iter().map(|row| row.transactions).sum(),
                ours: Duration::from_nanos(ours),
                peer: Duration::from_nanos(peer),
                ratio: peer as f64 / ours as f64,
            },
        )
    }

    /// This row under the columns of [`heading`].
    pub(crate) fn line(&self) -> String {
        let Self { name, transactions, gas, erbium_mgas_per_s: ours, revm_mgas_per_s: peer, ratio, .. } =
            self;
        format!("{name:<24} {transactions:>6} {gas:>12} {ours:>12.1} {peer:>12.1} {ratio:>7.2}")
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

fn mgas_per_s(gas: u64, time: Duration) -> f64 {
    gas as f64 / 1e6 / time.as_secs_f64()
}

/// The table's first line.
pub(crate) fn heading(what: &str) -> String {
    format!("{what:<24} {:>6} {:>12} {:>12} {:>12} {:>7}", "txs", "gas", "Mgas/s", "revm Mgas/s", "ratio")
}

/// The typical ratio.
pub(crate) fn geometric_mean(rows: &[Row]) -> f64 {
    (rows.iter().map(|row| row.ratio.ln()).sum::<f64>() / rows.len() as f64).exp()
}

impl Place {
    /// This machine and the checked-out commit.
    pub(crate) fn here() -> Self {
        Self { cpu: cpu(), commit: commit().unwrap_or_else(|| "unknown".to_owned()), peer: PEER }
    }

    /// Two lines under the table.
    pub(crate) fn lines(&self) -> String {
        let Self { cpu, commit, peer } = self;
        format!(
            "CPU {cpu}, commit {commit}\nagainst {peer}, same profile; code analysed beforehand on both sides"
        )
    }
}

fn cpu() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    model.map_or_else(|| std::env::consts::ARCH.to_owned(), |(_, model)| model.to_owned())
}

fn commit() -> Option<String> {
    let output = Command::new("git").args(["describe", "--always", "--dirty"]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(text.trim().to_owned()).filter(|text| output.status.success() && !text.is_empty())
}

/// Writes the table as JSON.
pub(crate) fn write_json(
    path: &Path,
    bench: &str,
    place: &Place,
    rows: &[Row],
    sum: Option<&Row>,
) -> Result<(), BenchError> {
    let unwritable = |source| BenchError::Unreadable { path: path.to_owned(), source };
    let text = serde_json::to_vec_pretty(&Json { bench, place, rows, sum })
        .map_err(|error| unwritable(error.into()))?;
    std::fs::write(path, text).map_err(unwritable)
}
