//! Groth16 proofs by kernels.

mod plan;
