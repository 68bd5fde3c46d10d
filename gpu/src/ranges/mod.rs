//! Range proofs and confidential transfers by kernels.
//!
//! [`RangeKernels`] reads claims and replays their transcripts on the processor; the kernels decode points, compute the
//! generators' factors from the challenges, and sum; what comes back are a few dozen points by window, which the processor
//! adds up. The executor is never believed:
//!
//! * Every sum has a plant in it, a claim that does not hold, and must come to exactly its term: no old answer does, nor the
//!   identity.
//! * Among the points stand some that are none, and have to be found.
//! * Where answers are to come, a pattern of the chunk's own is written first.
//! * A claim whose point is found to be none is checked again on the processor. A sum that is another means that a claim does
//!   not hold: halves are asked about, and at the end the processor; if it finds that all hold, the executor was wrong.
//! * A random part of the valid ones is checked again.
//!
//! [`RangeEngine`] chooses between these kernels and the processor's own path.

mod engine;
mod kernels;
mod plan;
mod question;
mod table;

pub use engine::RangeEngine;
pub use kernels::{Options, RangeKernels};
