//! Sums of multiples of points of BLS12-381's G1, on a device where there is one that is faster.
//!
//! [`G1Kernels`] cuts scalars into signed digits on the processor; the kernels of
//! [`bls12_381`](erbium_shaders::bls12_381) sum points by bucket and buckets by window, and the processor adds up the windows.
//! The executor is never believed: it is asked for two sums at once, over the same points, among which a random one is planted.
//! The second has all scalars times a secret factor, but the plant's, which is another. Both sums, less what the plant adds,
//! must be points of the subgroup of which the second is the first times the factor. An executor that errs without knowing the
//! factor passes with a chance of 2^-250; an old answer, infinity twice, or memory that nothing was written to does not fit.
//! It costs twice the work of a sum.

mod engine;
mod kernels;
mod plan;

pub use engine::G1Msm;
pub use kernels::G1Kernels;
