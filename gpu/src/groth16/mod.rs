//! Groth16 proofs by kernels.

mod encoding;
mod groups;
mod plan;
