//! Dilithium signatures by kernels.
//!
//! [`DilithiumKernels`] answers batches with the kernels of crate `erbium-shaders`, run by any [`Executor`]: a device,
//! or their twins. The host judges the form of each signature (lengths, norm of z, hints), the kernels compute the
//! c-tilde that belongs to it, and the host compares. The executor is never believed:
//!
//! * Among the signatures of a chunk stand [plants](plant) under fresh keys, whose c-tilde the processor computes too.
//! * Where answers are to come, a pattern of the chunk's own is written first; one that is still there shows a pass that
//!   did not run.
//! * Whoever is found invalid is checked again on the processor, and so is a random part of the valid ones
//!   ([`Recheck`]).
//!
//! [`DilithiumEngine`] chooses between these kernels and the processor's own path, and gives a device up for good when
//! it was wrong once.

mod chunk;
mod crossover;
mod engine;
mod host;
mod judge;
mod kernels;
mod options;
mod plan;
mod plant;
mod random;
mod selftest;
mod table;

pub use crate::trust::{Standing, Use};
pub use crossover::{Crossover, Line};
pub use engine::DilithiumEngine;
pub(crate) use host::{Clocks, Part};
pub use kernels::DilithiumKernels;
pub use options::{Counts, Failure, Hashing, HostTimes, MAX_MESSAGE_BYTES, Options, Recheck};
pub(crate) use random::Random;
pub use random::{SEED_VARIABLE, SeedError, process_seed};
