//! What it took to execute a block.

use std::fmt;
use std::ops::AddAssign;

/// Why transactions did not run ahead of each other, in the whole block or from some transaction on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum SequentialReason {
    /// It was asked for.
    Off,
    /// There are too few threads to gain by it.
    FewThreads,
    /// The block is too small to gain by it.
    SmallBlock,
    /// Most of the block's transactions are plain transfers.
    Transfers,
    /// From Amsterdam on blocks list what each transaction reads, and share a second kind of gas.
    Amsterdam,
    /// Receipts before Byzantium hold the state's root after each transaction.
    StateRoots,
    /// Instructions are traced.
    Traced,
    /// Too many transactions read what others had written at the same time.
    Conflicts,
    /// Half of the block's gas limit has been used for results that were thrown away.
    SpeculativeGas,
}

impl SequentialReason {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "it is off",
            Self::FewThreads => "there are few threads",
            Self::SmallBlock => "the block is small",
            Self::Transfers => "transactions are plain transfers",
            Self::Amsterdam => "block access lists",
            Self::StateRoots => "receipts hold state roots",
            Self::Traced => "instructions are traced",
            Self::Conflicts => "transactions depend on each other",
            Self::SpeculativeGas => "too much gas was thrown away",
        }
    }
}

impl fmt::Display for SequentialReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How large batches were.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batches {
    /// Batches.
    pub count: u64,
    /// Claims in all of them.
    pub claims: u64,
    /// Claims in the largest.
    pub largest: u64,
    /// Batches by the power of two in their size: at `n` those of 2^n to 2^(n+1) - 1 claims.
    pub by_power: [u64; 32],
}

impl Batches {
    /// Adds a batch of so many claims; an empty one is none.
    pub fn add(&mut self, size: usize) {
        let size = size as u64;
        let power = size.checked_ilog2().and_then(|power| self.by_power.get_mut(power as usize));
        if let Some(count) = power {
            *count += 1;
            self.count += 1;
            self.claims += size;
            self.largest = self.largest.max(size);
        }
    }
}

impl AddAssign<&Self> for Batches {
    fn add_assign(&mut self, other: &Self) {
        self.count += other.count;
        self.claims += other.claims;
        self.largest = self.largest.max(other.largest);
        for (count, more) in self.by_power.iter_mut().zip(other.by_power) {
            *count += more;
        }
    }
}

/// What it took to execute a block, or several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Claims that contracts made, in runs that were thrown away too.
    pub claims: u64,
    /// Of these, claims whose verdict was known from before.
    pub hits: u64,
    /// Claims whose verdict was presumed.
    pub presumed: u64,
    /// Presumptions that the verdict proved wrong.
    pub wrong: u64,
    /// Runs of a transaction after its first.
    pub replays: u64,
    /// Runs thrown away since they had read what another transaction changed.
    pub conflicts: u64,
    /// Gas of runs that were thrown away.
    pub speculative_gas: u64,
    /// Batches of claims that went to the coprocessor.
    pub batches: Batches,
    /// Transactions that ran ahead of others.
    pub ahead: u64,
    /// Threads that executed transactions, at most.
    pub threads: usize,
    /// Blocks that ran one transaction after the other, in whole or from some transaction on, and why.
    pub sequential: Vec<(SequentialReason, u64)>,
}

impl Counters {
    /// Notes a block that ran one transaction after the other.
    pub(super) fn note_sequential(&mut self, reason: SequentialReason, blocks: u64) {
        match self.sequential.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, count)) => *count += blocks,
            None => self.sequential.push((reason, blocks)),
        }
    }
}

impl AddAssign<&Self> for Counters {
    fn add_assign(&mut self, other: &Self) {
        self.claims += other.claims;
        self.hits += other.hits;
        self.presumed += other.presumed;
        self.wrong += other.wrong;
        self.replays += other.replays;
        self.conflicts += other.conflicts;
        self.speculative_gas += other.speculative_gas;
        self.batches += &other.batches;
        self.ahead += other.ahead;
        self.threads = self.threads.max(other.threads);
        for &(reason, blocks) in &other.sequential {
            self.note_sequential(reason, blocks);
        }
    }
}
