//! How batches go through an executor, and what may come of it.

use super::random::Random;
use crate::plan::ExecuteError;
use erbium_claims::Fault;
use std::time::Duration;

/// Which valid verdicts of an executor are checked again on the processor. Invalid ones all are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recheck {
    /// None.
    Never,
    /// One in so many, at random places.
    OneIn(u32),
    /// All.
    Always,
}

impl Recheck {
    /// Which of so many are checked again, in order: of each that many in a row one at random, the last ones as often.
    pub(super) fn places(self, many: usize, random: &mut Random) -> Vec<usize> {
        let step = match self {
            Self::Never => return Vec::new(),
            Self::OneIn(step) => step.max(1) as usize,
            Self::Always => 1,
        };
        (0..many)
            .step_by(step)
            .map(|first| first + random.below(step))
            .filter(|place| *place < many)
            .collect()
    }
}

/// Most bytes of a message that a device hashes: one thread does it, and the whole pass waits for the longest.
pub const MAX_MESSAGE_BYTES: usize = 1024;
const _: () = assert!(MAX_MESSAGE_BYTES <= erbium_shaders::dilithium::MAX_MESSAGE_BYTES as usize);

/// Where messages are hashed. Those over [`MAX_MESSAGE_BYTES`] always are on the processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hashing {
    /// On the device.
    Device,
    /// On the processor, on all cores.
    Processor,
}

/// How batches go through an executor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Bytes for the expanded keys of each scheme, as far as the executor's limits allow; at least a few keys.
    pub table_bytes: usize,
    /// Most signatures in a chunk, plants not counted; not 0.
    pub chunk: usize,
    /// Plants in each chunk.
    pub plants: usize,
    /// Which valid verdicts are checked again.
    pub recheck: Recheck,
    /// Where messages are hashed.
    pub hashing: Hashing,
}

impl Default for Options {
    /// 768 MiB of keys a scheme, chunks of 16,384, two plants in each, one in 64 checked again, hashing on the device.
    fn default() -> Self {
        Self {
            table_bytes: 768 << 20,
            chunk: 16_384,
            plants: 2,
            recheck: Recheck::OneIn(64),
            hashing: Hashing::Device,
        }
    }
}

/// Why kernels gave no verdicts. The batch is untouched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// The executor did not run them to their end.
    #[error(transparent)]
    Unavailable(#[from] ExecuteError),
    /// Other batches that are being put together need every slot of the table of keys.
    #[error("every slot for expanded keys is in use")]
    Busy,
    /// The executor gave a wrong answer: it is not to be asked again.
    #[error("wrong answer: {reason}")]
    Wrong {
        /// What was wrong.
        reason: String,
    },
    /// The processor could not confirm an answer.
    #[error("not confirmed: {fault}")]
    Processor {
        /// Its fault.
        fault: Fault,
    },
}

impl Failure {
    /// Whether another batch may be tried: there was no room for this one.
    pub fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Unavailable(ExecuteError::OutOfMemory { .. }) | Self::Busy | Self::Processor { .. }
        )
    }
}

/// What kernels have done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Chunks begun.
    pub chunks: u64,
    /// Claims judged.
    pub claims: u64,
    /// Keys that were expanded, plants' not counted.
    pub expanded: u64,
}

/// Time on the clock that callers spent on each part of a chunk's way. Each part is done on all cores of the caller's
/// pool but [`HostTimes::waiting`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HostTimes {
    /// Making plants, and finding their answers while the executor works.
    pub planting: Duration,
    /// Judging the form of signatures, hashing keys and looking them up.
    pub reading: Duration,
    /// Reserving slots for keys and giving them back.
    pub placing: Duration,
    /// Putting plans together.
    pub planning: Duration,
    /// Sending them: copying what the executor reads.
    pub sending: Duration,
    /// Waiting for the executor.
    pub waiting: Duration,
    /// Comparing answers.
    pub judging: Duration,
    /// Checking verdicts again.
    pub rechecking: Duration,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_in_so_many_is_checked_again_and_each_as_often() {
        let mut random = Random::new(&[1; 32], 0);
        assert_eq!(Recheck::Never.places(500, &mut random), [0; 0]);
        assert_eq!(Recheck::Always.places(5, &mut random), [0, 1, 2, 3, 4]);
        assert_eq!(Recheck::OneIn(0).places(2, &mut random), [0, 1]);
        let mut taken = [0; 70];
        for _ in 0..6400 {
            let places = Recheck::OneIn(64).places(70, &mut random);
            assert!(places.is_sorted_by(|a, b| a < b));
            places.into_iter().for_each(|place| taken[place] += 1);
        }
        // 100 each, give or take six deviations of 10.
        assert!(taken.iter().all(|times| (40..160).contains(times)), "{taken:?}");
    }
}
