//! The BLS12-381 family: its base field, and sums of multiples of points of G1.
//!
//! All buffers are words of 32 bits. A number modulo p has twelve of them, the lowest first, times 2^390 (Montgomery) and
//! below p wherever a kernel leaves it: how a kernel writes numbers inside ([`Form`](crate::Form)) shows nowhere. One thread
//! does an item; groups are the count over 64, rounded up, and may spread over two dimensions.
//!
//! A sum of multiples of many points goes through these passes. The host's lists say which of `n` points go to which of `b`
//! buckets of `w` windows of signed digits; a bucket's list is cut into parts of about the same length.
//!
//! | kernel | a thread | reads | writes |
//! | --- | --- | --- | --- |
//! | [`ACCUMULATE`] | part of a bucket | points, entries, starts | sums of parts |
//! | [`SUM_PARTS`] | bucket | sums of parts, starts | sums of buckets |
//! | [`REDUCE_BUCKETS`] | buckets side by side | sums of buckets | totals |
//! | [`COMBINE_PARTS`] | totals side by side | totals | totals, at the end one a window |
//!
//! | buffer | words | contents |
//! | --- | --- | --- |
//! | points | n * 24 | x and y of finite points of the curve |
//! | entries | any | a point's index, with 2^31 where it is to be subtracted |
//! | starts | one more than items | where each item's entries or parts begin, and the end |
//! | sums | 36 each | points (x : y : z) of y^2 = x^3 + 4, infinity being (0 : 1 : 0) |
//! | totals | 72 each | weighted sum and plain sum of a part of a window |
//!
//! Whoever builds a plan answers for every index that arguments, entries and starts imply, and for [`MAX_TRIPS`].

mod buckets;
mod field;
mod operations;
mod point;
pub mod programs;

pub use buckets::{ACCUMULATE, COMBINE_PARTS, REDUCE_BUCKETS, SUM_PARTS};
pub use field::{Fe, P};
pub use operations::{FIELD_OPERATIONS, Operation};

use crate::kernel::{Kernel, items, store};

/// Every kernel of this module.
pub const KERNELS: &[&Kernel] =
    &[&FIELD_OPERATIONS, &ACCUMULATE, &SUM_PARTS, &REDUCE_BUCKETS, &COMBINE_PARTS, &programs::RUN];

/// 384 bits, the lowest word first.
pub type Words = [u32; 12];

/// Words of a number.
pub const NUMBER_WORDS: usize = 12;
/// Words of a finite point: x and y.
pub const AFFINE_WORDS: usize = 2 * NUMBER_WORDS;
/// Words of a sum of points: x, y and z.
pub const POINT_WORDS: usize = 3 * NUMBER_WORDS;

/// Most trips of all loops of a thread together: some drivers stop a shader's loops after 65,535.
pub const MAX_TRIPS: u32 = 30_000;
/// Trips of a product, in the form that has most.
pub const PRODUCT_TRIPS: u32 = 7;
/// Trips of an addition of points in a kernel's loop: its twelve products, two of its own, and the loop's.
pub const ADD_TRIPS: u32 = 12 * PRODUCT_TRIPS + 3;

/// The number at this place of a buffer.
fn number(buffer: &[u32], place: usize) -> Fe {
    Fe::from_words(&buffer.as_chunks().0[place])
}
