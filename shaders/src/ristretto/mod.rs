//! The ristretto255 family (RFC 9496): decoding, sums of multiples of points, and the scalars of Bulletproofs range proofs.
//!
//! All buffers are words of 32 bits, numbers have eight of them, the lowest first, and are below p = 2^255 - 19 or l, the order
//! of the group, wherever a kernel leaves them: how a kernel writes numbers inside ([`Form`](crate::Form)) shows nowhere. One
//! thread does an item; groups are the count over 64, rounded up, and may spread over two dimensions.
//!
//! A sum of multiples of many points goes through these passes. `n` points, `w` windows of signed digits with `b` buckets
//! each, the host's lists say which points go to which bucket.
//!
//! | kernel | a thread | reads | writes |
//! | --- | --- | --- | --- |
//! | [`DECOMPRESS`] | point | encodings | points, flags in results |
//! | [`ACCUMULATE`] | bucket | points, entries, starts | sums |
//! | [`REDUCE_BUCKETS`] | part of a window | sums | totals |
//! | [`COMBINE_WINDOWS`] | window | totals | windows |
//! | [`ENCODE`] | point | sums | results |
//!
//! Points that are the same in every batch have their multiples in a table ([`multiples`]), and their factors come from the
//! proofs' challenges on the device:
//!
//! | kernel | a thread | reads | writes |
//! | --- | --- | --- | --- |
//! | [`MULTIPLY_SUBSETS`] | row and place | rows | products |
//! | [`SUM_SCALARS`] | column of some rows | products | sums |
//! | [`JOIN_FACTORS`] | generator | sums, constants | factors |
//! | [`SUM_FIXED`] | nibble and part of the points | table, factors | sums |
//! | [`SUM_POINTS`] | so many points | points | sums |
//!
//! | buffer | words | contents |
//! | --- | --- | --- |
//! | encodings | n * 8 | points as RFC 9496 writes them, and what claims to be one |
//! | points | n * 24 | y + x, y - x and 2 d x y; the identity for what is no point |
//! | flags | n | 1 for a point, 0 else |
//! | entries | any | a point's index, with 2^31 where it is to be subtracted |
//! | starts | w * b + 1 | where each bucket's entries begin, and the end |
//! | sums, windows | 32 each | points (x : y : z : t) |
//! | totals | 64 each | weighted sum and plain sum of a part of a window |
//! | rows | (1 + factors) * 8 each | a number, and factors times 2^260; a proof has three rows |
//! | products | size * 8 each | what each place stands for; as rows of a table a proof's three are one |
//! | factors | points * 8 | of G_0 .. and H_0 .. |
//! | table | points * 360 | the multiples by 1 to 15, as in points |
//!
//! Whoever builds a plan answers for every index that arguments, entries and starts imply, and for [`MAX_TRIPS`].

mod buckets;
mod coding;
mod factors;
mod field;
mod operations;
mod point;
mod scalar;
mod sums;

pub use buckets::{ACCUMULATE, COMBINE_WINDOWS, REDUCE_BUCKETS};
pub use coding::{DECOMPRESS, ENCODE};
pub use factors::{JOIN_FACTORS, MULTIPLY_SUBSETS, SUM_SCALARS};
pub use operations::{FIELD_OPERATIONS, Operation};
pub use sums::{MULTIPLES, SUM_FIXED, SUM_POINTS, multiples};

use crate::kernel::{Kernel, items, store};

/// Every kernel of this module.
pub const KERNELS: &[&Kernel] = &[
    &FIELD_OPERATIONS,
    &DECOMPRESS,
    &ACCUMULATE,
    &REDUCE_BUCKETS,
    &COMBINE_WINDOWS,
    &SUM_FIXED,
    &SUM_POINTS,
    &ENCODE,
    &MULTIPLY_SUBSETS,
    &SUM_SCALARS,
    &JOIN_FACTORS,
];

/// 256 bits, the lowest word first.
pub type Words = [u32; 8];

/// Words of a point that was decoded, and of a sum of points.
pub const POINT_WORDS: usize = 24;
/// Words of a sum of points.
pub const SUM_WORDS: usize = 32;

/// Most trips of all loops of a thread together: some drivers stop a shader's loops after 65,535.
pub const MAX_TRIPS: u32 = 30_000;

/// 2^260 modulo l: the factor that products of scalars take away.
pub const FACTOR: Words =
    [0x6721_e6ed, 0x45af_48bd, 0xab5a_c67e, 0x35e5_1b3b, 0xffff_ffeb, 0xffff_ffff, 0xffff_ffff, 0x0fff_ffff];

/// The first so many numbers of a buffer.
fn numbers(buffer: &[u32]) -> &[Words] {
    buffer.as_chunks().0
}
