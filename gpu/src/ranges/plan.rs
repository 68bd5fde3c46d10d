//! A chunk of range proofs as a plan.

use super::table::{Shape, words};
use crate::digits::Cut;
use crate::plan::{BufferIndex, Plan, Source};
use curve25519_dalek::Scalar;
use erbium_shaders::ristretto::{
    ACCUMULATE, COMBINE_WINDOWS, DECOMPRESS, ENCODE, JOIN_FACTORS, MAX_TRIPS, MULTIPLY_SUBSETS, POINT_WORDS,
    REDUCE_BUCKETS, SUM_FIXED, SUM_POINTS, SUM_SCALARS, SUM_WORDS,
};
use erbium_shaders::{Kernel, Program, common};

/// Words of a number and of an encoding.
pub(super) const WORDS: usize = 8;
/// Bits of a scalar.
const BITS: usize = 253;
/// Nibbles of a factor.
pub(super) const NIBBLES: usize = 64;
/// Most points of a chunk: one bucket may get all of them, one after the other.
pub(super) const MAX_POINTS: usize = MAX_TRIPS as usize;
/// Rows that a thread adds up.
const ROWS_A_SUM: usize = 32;

/// What a plan is made of.
#[derive(Debug)]
pub(super) struct Terms<'a> {
    pub(super) shape: Shape,
    /// The claims' own points, and what each is multiplied by; at most [`MAX_POINTS`].
    pub(super) encodings: Vec<&'a [u8; 32]>,
    pub(super) scalars: Vec<Scalar>,
    /// Three rows a proof, each a number and its factors times 2^260.
    pub(super) rows: Vec<u32>,
    /// Proofs in `rows`.
    pub(super) proofs: usize,
    /// What is added to every factor of G and of H.
    pub(super) constants: [Scalar; 2],
}

/// Where answers stand in the words that are read back: encodings of the windows of the claims' own points, those of the
/// generators' nibbles, then a flag a point.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    pub(super) cut: Cut,
    pub(super) points: usize,
}

impl Layout {
    /// Encodings in front of the flags.
    pub(super) fn encodings(&self) -> usize {
        self.cut.windows() + NIBBLES
    }

    /// All words.
    pub(super) fn words(&self) -> usize {
        self.encodings() * WORDS + self.points
    }
}

/// The passes of a chunk. Before they run, the words that are read back are the pattern of `seed`. `None` where the shape is
/// none or there is nothing to do.
pub(super) fn sums<'a>(terms: Terms<'a>, seed: u32) -> Option<(Plan<'a>, Layout)> {
    let Terms { shape, encodings, scalars, rows, proofs, constants } = terms;
    let table = shape.table()?;
    if encodings.is_empty() || encodings.len() > MAX_POINTS || proofs == 0 {
        return None;
    }
    let (count, size) = (encodings.len(), shape.size());
    let cut = Cut::for_points(count, BITS);
    let bytes: Vec<_> = scalars.iter().map(Scalar::to_bytes).collect();
    let lists = cut.lists(&bytes);
    let layout = Layout { cut, points: count };
    let mut plan = Plan::new("ranges");
    let results = plan.scratch("results", layout.words());
    plan.read_back(results);
    pass(&mut plan, &common::FILL, &[layout.words(), seed as usize], &[results]);

    // The claims' own points.
    let sent = plan.upload_items("encodings", WORDS, encodings.into_iter().map(|bytes| &bytes[..]).collect());
    let points = plan.scratch("points", count * POINT_WORDS);
    pass(&mut plan, &DECOMPRESS, &[count, layout.encodings() * WORDS], &[sent, points, results]);
    let (windows, buckets) = (cut.windows(), cut.buckets());
    let mut entries = lists.entries;
    // A buffer has a word at least.
    entries.push(0);
    let entries = plan.upload("entries", entries);
    let starts = plan.upload("starts", lists.starts);
    let sums = plan.scratch("bucket_sums", windows * buckets * SUM_WORDS);
    pass(&mut plan, &ACCUMULATE, &[windows * buckets], &[points, entries, starts, sums]);
    let doublings = cut.width() / 2;
    let parts = buckets >> doublings;
    let totals = plan.scratch("totals", windows * parts * 2 * SUM_WORDS);
    pass(&mut plan, &REDUCE_BUCKETS, &[windows * parts, 1 << doublings], &[sums, totals]);
    let windows_sums = plan.scratch("windows", windows * SUM_WORDS);
    pass(&mut plan, &COMBINE_WINDOWS, &[windows, parts, doublings], &[totals, windows_sums]);
    pass(&mut plan, &ENCODE, &[windows, 0], &[windows_sums, results]);

    // The generators.
    let columns = 3 * size;
    let rows = plan.upload("rows", rows);
    let mut products = plan.scratch("products", proofs * columns * WORDS);
    let factors_a_row = size.trailing_zeros() as usize;
    pass(&mut plan, &MULTIPLY_SUBSETS, &[proofs * columns, size, factors_a_row], &[rows, products]);
    let mut height = proofs;
    while height > 1 {
        let next = height.div_ceil(ROWS_A_SUM);
        let sums = plan.scratch("product_sums", next * columns * WORDS);
        pass(&mut plan, &SUM_SCALARS, &[next * columns, columns, ROWS_A_SUM, height], &[products, sums]);
        (products, height) = (sums, next);
    }
    let constants = constants.iter().flat_map(|constant| words(constant.as_bytes())).collect();
    let constants = plan.upload("constants", constants);
    let factors = plan.scratch("factors", 2 * size * WORDS);
    pass(&mut plan, &JOIN_FACTORS, &[2 * size, size], &[products, constants, factors]);
    let table = plan.buffer("table", table.len(), Source::Table(table));
    let size_of_part = (2 * size).isqrt();
    let parts = (2 * size).div_ceil(size_of_part);
    let sums = plan.scratch("nibble_sums", NIBBLES * parts * SUM_WORDS);
    let arguments = [NIBBLES * parts, parts, size_of_part, 2 * size];
    pass(&mut plan, &SUM_FIXED, &arguments, &[table, factors, sums]);
    let nibbles = plan.scratch("nibbles", NIBBLES * SUM_WORDS);
    pass(&mut plan, &SUM_POINTS, &[NIBBLES, parts], &[sums, nibbles]);
    pass(&mut plan, &ENCODE, &[NIBBLES, windows * WORDS], &[nibbles, results]);
    Some((plan, layout))
}

/// Threads as the first argument says. All arguments are below 2^32, as buffers are that they count in.
fn pass(plan: &mut Plan<'_>, kernel: &'static Kernel, given: &[usize], buffers: &[BufferIndex]) {
    let mut arguments = [0; 8];
    for (argument, given) in arguments.iter_mut().zip(given) {
        *argument = *given as u32;
    }
    plan.pass(Program::plain(kernel), arguments, buffers, arguments[0].div_ceil(kernel.workgroup));
}

/// Bytes of device memory that a chunk takes for each proof, and once.
pub(super) fn bytes(shape: Shape, points: usize) -> usize {
    // Encodings and rows twice, as they are staged; points; entries of up to 85 windows twice; products and their sums.
    let own = points * 4 * (2 * WORDS + POINT_WORDS + 2 * 85 + 1);
    own + 4
        * WORDS
        * 3
        * (2 * (1 + shape.size().trailing_zeros() as usize) + shape.size() + shape.size() / 16)
}
