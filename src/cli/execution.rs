//! Flags on how blocks are executed, and what it took.

use super::error::CliError;
use clap::{Args, ValueEnum};
use erbium::vm::speculation::{Counters, ExecutionOptions, Parallel, Presumption};
use std::fmt::Write;

/// How blocks are executed. Results are the same.
#[derive(Debug, Args)]
pub(super) struct ExecutionArgs {
    /// Run transactions in parallel: auto (where it pays), on, off.
    #[arg(long, value_enum, value_name = "auto|on|off", default_value = "auto")]
    parallel: Choice,
    /// Presume contracts' claims to be valid and check them in batches: auto and on, or off, each where it is made.
    #[arg(long, value_enum, value_name = "auto|on|off", default_value = "auto")]
    speculate: Choice,
    /// Transactions that run before claims are checked; all of the block if not given.
    #[arg(long, value_name = "N")]
    window: Option<usize>,
    /// Threads for everything, 1 or more; as many as the processor has if not given.
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Choice {
    Auto,
    On,
    Off,
}

impl ExecutionArgs {
    /// The options; makes rayon's global pool where a number of threads is asked for.
    pub(super) fn options(&self) -> Result<ExecutionOptions, CliError> {
        for (flag, number) in [("--threads", self.threads), ("--window", self.window)] {
            if number == Some(0) {
                return Err(CliError::Flag { flag, problem: "it is at least 1" });
            }
        }
        if let Some(threads) = self.threads {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            pool.build_global().map_err(CliError::Threads)?;
        }
        Ok(ExecutionOptions {
            parallel: match self.parallel {
                Choice::Auto => Parallel::WherePays,
                Choice::On => Parallel::Always,
                Choice::Off => Parallel::Off,
            },
            threads: self.threads,
            presumption: match self.speculate {
                Choice::Auto | Choice::On => Presumption::Valid,
                Choice::Off => Presumption::Nothing,
            },
            window: self.window,
            ..ExecutionOptions::default()
        })
    }
}

/// What executing blocks took: a line on transactions, and one on claims if there were any.
pub(super) fn lines(counters: &Counters, blocks: u64) -> String {
    let mut text = format!(
        "execution: {} transactions ahead of their turn on up to {} threads; {} run again, {} after conflicts; \
         {:.3} Mgas thrown away",
        counters.ahead,
        counters.threads,
        counters.replays,
        counters.conflicts,
        counters.speculative_gas as f64 / 1e6,
    );
    for (reason, count) in &counters.sequential {
        // Writing to a string cannot fail.
        let _ = write!(text, "\nin order in {count} of {blocks}: {reason}");
    }
    if counters.claims > 0 {
        let batches = &counters.batches;
        let _ = write!(
            text,
            "\nclaims: {} by contracts, {} known; {} presumed, {} wrongly; {} checked in {} batches, {} at most",
            counters.claims,
            counters.hits,
            counters.presumed,
            counters.wrong,
            batches.claims,
            batches.count,
            batches.largest,
        );
    }
    text
}
