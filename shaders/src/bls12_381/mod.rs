//! The BLS12-381 family: its base field, and sums of multiples of points of G1.
//!
//! All buffers are words of 32 bits. A number modulo p has twelve of them, the lowest first, times 2^390 (Montgomery) and
//! below p wherever a kernel leaves it: how a kernel writes numbers inside ([`Form`](crate::Form)) shows nowhere.

mod field;
pub mod programs;

pub use field::{Fe, P};

/// 384 bits, the lowest word first.
pub type Words = [u32; 12];

use crate::kernel::Kernel;

/// Every kernel of this module.
pub const KERNELS: &[&Kernel] = &[&programs::RUN];
