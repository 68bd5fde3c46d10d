//! On how many cores something is measured.

use clap::ValueEnum;

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum CoresArg {
    One,
    All,
    Both,
}

impl CoresArg {
    /// Numbers of threads, one or two of them.
    pub(super) fn counts(self) -> Vec<usize> {
        let all = rayon::current_num_threads();
        match self {
            Self::One => vec![1],
            Self::All => vec![all],
            Self::Both => vec![1, all],
        }
    }
}
