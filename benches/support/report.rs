//! The table, on the terminal and as JSON.

use super::BenchError;
use super::measure::{Comparison, Times, ratio};
use super::place;
use serde::Serialize;
use std::path::Path;
use std::time::Duration;

/// revm's build in this workspace.
const PEER: &str = "revm 43, features std, blst, c-kzg, secp256k1, asm-keccak";

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
    /// Median of the rounds' ratios.
    pub(crate) ratio: f64,
    /// revm's fastest run over erbium's.
    pub(crate) best_ratio: f64,
    pub(crate) erbium_best_ns: u64,
    pub(crate) revm_best_ns: u64,
}

/// Where and on what it was measured.
#[derive(Debug, Serialize)]
pub(crate) struct Place {
    cpu: String,
    commit: String,
    peer: &'static str,
    /// What was known of the code before each run.
    code: &'static str,
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
        let Comparison { gas, transactions, ours, peer, ratio: median_ratio } = *comparison;
        Self {
            name: name.to_owned(),
            transactions,
            gas,
            erbium_ns: nanoseconds(ours.median),
            revm_ns: nanoseconds(peer.median),
            erbium_mgas_per_s: mgas_per_s(gas, ours.median),
            revm_mgas_per_s: mgas_per_s(gas, peer.median),
            ratio: median_ratio,
            best_ratio: ratio(peer.best, ours.best),
            erbium_best_ns: nanoseconds(ours.best),
            revm_best_ns: nanoseconds(peer.best),
        }
    }

    /// All rows as one run after the other.
    pub(crate) fn sum(rows: &[Self]) -> Self {
        let total = |part: fn(&Self) -> u64| rows.iter().map(part).sum::<u64>();
        let times = |median: fn(&Self) -> u64, best: fn(&Self) -> u64| Times {
            median: Duration::from_nanos(total(median)),
            best: Duration::from_nanos(total(best)),
        };
        let ours = times(|row| row.erbium_ns, |row| row.erbium_best_ns);
        let peer = times(|row| row.revm_ns, |row| row.revm_best_ns);
        let transactions = rows.iter().map(|row| row.transactions).sum();
        let ratio = ratio(peer.median, ours.median);
        Self::new("sum", &Comparison { gas: total(|row| row.gas), transactions, ours, peer, ratio })
    }

    /// This row under the columns of [`heading`].
    pub(crate) fn line(&self) -> String {
        let Self { name, transactions, gas, ratio, best_ratio, .. } = self;
        let (ours, peer) = (self.erbium_mgas_per_s, self.revm_mgas_per_s);
        format!(
            "{name:<26} {transactions:>5} {gas:>10} {ours:>10.1} {peer:>12.1} {ratio:>7.2} {best_ratio:>7.2}"
        )
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
    format!(
        "{what:<26} {:>5} {:>10} {:>10} {:>12} {:>7} {:>7}",
        "txs", "gas", "Mgas/s", "revm Mgas/s", "ratio", "best"
    )
}

/// The typical one of `ratios`.
pub(crate) fn geometric_mean(ratios: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = ratios.len();
    (ratios.map(f64::ln).sum::<f64>() / count as f64).exp()
}

impl Place {
    /// This machine and the checked-out commit.
    pub(crate) fn here(cold: bool) -> Self {
        let code = if cold { "new in each run" } else { "warm from earlier runs" };
        Self { cpu: place::cpu(), commit: place::commit(), peer: PEER, code }
    }

    /// Lines under the table.
    pub(crate) fn lines(&self) -> String {
        let Self { cpu, commit, peer, code } = self;
        format!(
            "ratio: revm's time over erbium's, median of rounds; best: the same of the fastest runs\n\
             code: {code}; {peer}, same profile\n\
             CPU {cpu}, commit {commit}"
        )
    }
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
