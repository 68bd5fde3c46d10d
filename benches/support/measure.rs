//! Two machines on the same work, by turns.

use super::BenchError;
use std::time::{Duration, Instant};

/// What became of one transaction, as far as both machines must agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Receipt {
    pub(crate) succeeded: bool,
    pub(crate) gas: u64,
    pub(crate) refund: i64,
    pub(crate) logs: usize,
    pub(crate) output: Vec<u8>,
}

/// A machine with work to do over and over. Only [`Machine::execute`] is timed.
pub(crate) trait Machine {
    /// Drops what the last run left and makes ready for the next.
    fn prepare(&mut self) -> Result<(), BenchError>;

    /// Does the work once.
    fn execute(&mut self) -> Result<(), BenchError>;

    /// What came of the last run, transaction by transaction.
    fn receipts(&self) -> Vec<Receipt>;
}

/// How long to measure.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// Samples of each machine.
    pub(crate) rounds: usize,
    /// Least length of a sample.
    pub(crate) sample: Duration,
}

/// Times of one run, medians over the rounds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Comparison {
    pub(crate) gas: u64,
    pub(crate) transactions: usize,
    pub(crate) ours: Duration,
    pub(crate) peer: Duration,
    /// revm's time over ours, the median of the rounds' own ratios: a disturbance that lasts longer than a round
    /// slows both sides of it.
    pub(crate) ratio: f64,
}

/// Measures `ours` and `peer` by turns, and after each turn holds their receipts against each other.
pub(crate) fn compare(
    name: &str,
    ours: &mut dyn Machine,
    peer: &mut dyn Machine,
    plan: Plan,
) -> Result<Comparison, BenchError> {
    // The first run pays for page faults and cold caches, the second says how long a run takes.
    sample(ours, 1)?;
    sample(peer, 1)?;
    let receipts = agree(name, ours, peer)?;
    let slower = sample(ours, 1)?.max(sample(peer, 1)?);
    let runs = runs_per_sample(slower, plan.sample);

    let mut times = Vec::with_capacity(plan.rounds);
    for _ in 0..plan.rounds {
        times.push((sample(ours, runs)?.as_secs_f64(), sample(peer, runs)?.as_secs_f64()));
        agree(name, ours, peer)?;
    }
    Ok(Comparison {
        gas: receipts.iter().map(|receipt| receipt.gas).sum(),
        transactions: receipts.len(),
        ours: Duration::from_secs_f64(median(times.iter().map(|time| time.0))),
        peer: Duration::from_secs_f64(median(times.iter().map(|time| time.1))),
        ratio: median(times.iter().map(|time| time.1 / time.0)),
    })
}

fn runs_per_sample(run: Duration, sample: Duration) -> u32 {
    let runs = sample.as_secs_f64() / run.as_secs_f64().max(1e-9);
    // Saturates; a run is never shorter than the clock's tick.
    (runs.ceil() as u32).clamp(1, 100_000)
}

/// Mean time of `runs` runs.
fn sample(machine: &mut dyn Machine, runs: u32) -> Result<Duration, BenchError> {
    let mut total = Duration::ZERO;
    for _ in 0..runs {
        machine.prepare()?;
        let start = Instant::now();
        machine.execute()?;
        total += start.elapsed();
    }
    Ok(total / runs)
}

/// The receipts of the last run, if both machines have the same.
pub(crate) fn agree(name: &str, ours: &dyn Machine, peer: &dyn Machine) -> Result<Vec<Receipt>, BenchError> {
    let (ours, peer) = (ours.receipts(), peer.receipts());
    if ours.len() != peer.len() {
        return Err(BenchError::DifferentCount { name: name.to_owned(), ours: ours.len(), peer: peer.len() });
    }
    match ours.iter().zip(&peer).position(|(ours, peer)| ours != peer) {
        None => Ok(ours),
        Some(index) => Err(BenchError::Different {
            name: name.to_owned(),
            index,
            ours: Box::new(ours[index].clone()),
            peer: Box::new(peer[index].clone()),
        }),
    }
}

/// The middle of the values; the upper one of two.
pub(crate) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
