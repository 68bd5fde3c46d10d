//! Groth16 proofs by kernels.
//!
//! [`Groth16Kernels`] cuts claims into parts and parses their keys on the processor; the kernels decode points, look whether
//! they are in their subgroups, multiply A and C by random weights, sum C by key, and multiply the lines of all Miller loops
//! step by step; what comes back are 68 elements of the field of degree twelve and a point a key, which the processor finishes
//! with the keys' own pairs and the final exponentiation. The executor is never believed:
//!
//! * Among the proofs of a chunk stand [plants](pool) at random places: claims with one part wrong each, whose known terms the
//!   equation must come to, exactly: no old answer does, nor one that is one. And proofs whose points are none, for every
//!   reason that a point can be none: their flags have to say so.
//! * Where answers are to come, a pattern of the chunk's own is written first.
//! * A proof whose point is found to be none is looked at again on the processor. An equation that comes out as something
//!   else means that a proof does not hold: one half is asked about again, under the same weights, so that the other one's part
//!   follows, and at the end the processor; if it finds that all hold, the executor was wrong.
//! * A random part of the valid ones is checked again.
//!
//! [`Groth16Engine`] chooses between these kernels and the processor's own path.

mod encoding;
mod engine;
mod groups;
mod kernels;
mod plan;
mod pool;
mod question;

pub use engine::Groth16Engine;
pub use kernels::{Groth16Kernels, Options};
