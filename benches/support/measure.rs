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

    /// One run and its time.
    fn run(&mut self) -> Result<Duration, BenchError> {
        self.prepare()?;
        let start = Instant::now();
        self.execute()?;
        Ok(start.elapsed())
    }
}

/// What a [`Cold`] machine lends its new machine to.
pub(crate) type Lend<'l> = &'l mut dyn FnMut(&mut dyn Machine) -> Result<Duration, BenchError>;

/// A machine that `make` makes anew for each run, with its state, so that nothing lives on: neither buffers nor what it
/// found out about code.
pub(crate) struct Cold<F> {
    make: F,
    receipts: Vec<Receipt>,
}

impl<F: FnMut(Lend<'_>) -> Result<Duration, BenchError>> Cold<F> {
    pub(crate) fn new(make: F) -> Self {
        Self { make, receipts: Vec::new() }
    }
}

impl<F: FnMut(Lend<'_>) -> Result<Duration, BenchError>> Machine for Cold<F> {
    fn prepare(&mut self) -> Result<(), BenchError> {
        Ok(())
    }

    fn execute(&mut self) -> Result<(), BenchError> {
        self.run().map(drop)
    }

    fn receipts(&self) -> Vec<Receipt> {
        self.receipts.clone()
    }

    fn run(&mut self) -> Result<Duration, BenchError> {
        let receipts = &mut self.receipts;
        (self.make)(&mut |machine| {
            let time = machine.run()?;
            *receipts = machine.receipts();
            Ok(time)
        })
    }
}

/// How long to measure.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// Samples of each machine.
    pub(crate) rounds: usize,
    /// Least length of a sample.
    pub(crate) sample: Duration,
}

/// Times of one run on both machines.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Comparison {
    pub(crate) gas: u64,
    pub(crate) transactions: usize,
    pub(crate) ours: Times,
    pub(crate) peer: Times,
    /// revm's time over ours, the median of the rounds' own ratios: a disturbance that lasts longer than a round
    /// slows both sides of it.
    pub(crate) ratio: f64,
}

/// Times of one machine's runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    /// Median of the rounds' medians.
    pub(crate) median: Duration,
    /// The fastest run: what a busy computer disturbs least.
    pub(crate) best: Duration,
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
    let slower = sample(ours, 1)?.best.max(sample(peer, 1)?.best);
    let runs = runs_per_sample(slower, plan.sample);

    let (mut our_samples, mut peer_samples) = (Vec::new(), Vec::new());
    for _ in 0..plan.rounds {
        our_samples.push(sample(ours, runs)?);
        peer_samples.push(sample(peer, runs)?);
        agree(name, ours, peer)?;
    }
    let ratios = our_samples.iter().zip(&peer_samples);
    Ok(Comparison {
        gas: receipts.iter().map(|receipt| receipt.gas).sum(),
        transactions: receipts.len(),
        ours: Times::of_samples(&our_samples),
        peer: Times::of_samples(&peer_samples),
        ratio: median(ratios.map(|(ours, peer)| ratio(peer.median, ours.median))),
    })
}

impl Times {
    fn of_samples(samples: &[Self]) -> Self {
        let medians = samples.iter().map(|sample| sample.median.as_secs_f64());
        let best = samples.iter().map(|sample| sample.best).min().unwrap_or_default();
        Self { median: Duration::from_secs_f64(median(medians)), best }
    }
}

/// `time` over `base`.
pub(crate) fn ratio(time: Duration, base: Duration) -> f64 {
    time.as_secs_f64() / base.as_secs_f64()
}

fn runs_per_sample(run: Duration, sample: Duration) -> usize {
    // A run that the clock does not see counts as a nanosecond.
    let runs = sample.as_nanos().div_ceil(run.as_nanos().max(1));
    usize::try_from(runs).unwrap_or(usize::MAX).clamp(1, 100_000)
}

/// Median and best time of `runs` runs.
fn sample(machine: &mut dyn Machine, runs: usize) -> Result<Times, BenchError> {
    let mut times = Vec::with_capacity(runs);
    for _ in 0..runs {
        times.push(machine.run()?);
    }
    times.sort_unstable();
    let time = |index: usize| times.get(index).copied().unwrap_or_default();
    Ok(Times { median: time(runs / 2), best: time(0) })
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
    values.get(values.len() / 2).copied().unwrap_or_default()
}
