//! How a block is executed. None of it changes what comes out.

/// What is taken for the verdict on a claim that nobody has judged yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Presumption {
    /// Nothing: the coprocessor is asked at once, one claim at a time.
    Nothing,
    /// That it is valid.
    #[default]
    Valid,
    /// Valid or invalid by the claim's hash and this seed. For tests.
    Random(u64),
}

/// Whether transactions run ahead of each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Parallel {
    /// They do not.
    Off,
    /// Where there are threads enough, and transactions enough in the block, to gain by it.
    #[default]
    WherePays,
    /// In every block, on one thread too. For tests and benchmarks.
    Always,
}

/// How a block is executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExecutionOptions {
    /// Whether transactions run in parallel.
    pub parallel: Parallel,
    /// Threads at most, the calling one included; `None` for all of rayon's current pool.
    pub threads: Option<usize>,
    /// Threads from which on [`Parallel::WherePays`] runs transactions in parallel.
    pub parallel_from: usize,
    /// What is presumed of claims that contracts make.
    pub presumption: Presumption,
    /// Transactions at most that run before the claims that are open are judged; `None` for all of the block.
    pub window: Option<usize>,
}

impl Default for ExecutionOptions {
    /// Parallel where it pays, from four threads on: with two, the stages of other blocks need them more.
    fn default() -> Self {
        Self {
            parallel: Parallel::default(),
            threads: None,
            parallel_from: 4,
            presumption: Presumption::default(),
            window: None,
        }
    }
}

impl ExecutionOptions {
    /// One transaction after the other, each claim judged where it is made.
    pub fn sequential() -> Self {
        Self { parallel: Parallel::Off, presumption: Presumption::Nothing, ..Self::default() }
    }
}
