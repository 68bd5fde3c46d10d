//! A chunk of Groth16 proofs as a plan.

use super::encoding::Encoded;
use super::groups::{Level, levels};
use crate::plan::{BufferIndex, Plan, Source};
use erbium_shaders::bls12_381::programs::{
    BLOCKS, BLOCKS_OF_LINES, LINE_ROWS, LINES_A_PART, Programs, RUN, Routine, row, status,
};
use erbium_shaders::{Program, common};
use std::ops::Range;

pub(super) use erbium_shaders::bls12_381::{NUMBER_WORDS, programs::LINES};

/// Most proofs of a chunk.
pub(super) const MAX_PROOFS: usize = 1 << 14;

/// Words of an element of the field of degree 12.
pub(super) const FP12_WORDS: usize = 12 * NUMBER_WORDS;

/// What a plan is made of: a proof has an entry in each list.
#[derive(Debug)]
pub(super) struct Terms<'a> {
    /// A, compressed.
    pub(super) a: Vec<&'a [u8; 48]>,
    /// B, compressed.
    pub(super) b: Vec<&'a [u8; 96]>,
    /// C, compressed.
    pub(super) c: Vec<&'a [u8; 48]>,
    /// The halves of the weight: r = `[0]` + `[1]` lambda.
    pub(super) weights: Vec<[u64; 2]>,
    /// The number of its verifying key: from 0, ascending, each used.
    pub(super) keys: Vec<u32>,
}

/// Bits of a proof's flags: what is wrong with its points.
pub(super) mod flag {
    /// A is no point of its curve, or not written as points are.
    pub(in super::super) const A: u32 = 1;
    /// B is none.
    pub(in super::super) const B: u32 = 1 << 1;
    /// C is none.
    pub(in super::super) const C: u32 = 1 << 2;
    /// A is a point outside the subgroup.
    pub(in super::super) const A_OUTSIDE: u32 = 1 << 3;
    /// B is one.
    pub(in super::super) const B_OUTSIDE: u32 = 1 << 4;
    /// C is one.
    pub(in super::super) const C_OUTSIDE: u32 = 1 << 5;
}

/// Where answers stand in the words that are read back: a flag word a proof, the products of lines, the sums.
///
/// A proof with flags counts in no product and no sum. The lines' products are in the order of the Miller loop over the bits
/// of |z| below the highest, from the top: a doubling's, and an addition's where the bit is set. With f = 1, then
/// f = f^2 * line for a doubling and f = f * line for an addition, f is the conjugate of the product of the Miller loops of
/// (r A, B), but for a factor that the final exponentiation takes away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) proofs: usize,
    pub(super) keys: usize,
}

impl Layout {
    /// A word a proof, of bits of [`flag`].
    pub(super) fn flags(&self) -> Range<usize> {
        0..self.proofs
    }

    /// The product over all proofs of a line, of [`LINES`]: the twelve numbers of an element of the field of degree 12 in
    /// blst's order.
    pub(super) fn line(&self, line: usize) -> Range<usize> {
        let from = self.proofs + line * FP12_WORDS;
        from..from + FP12_WORDS
    }

    /// The sum of r C over a key's proofs: X, Y and Z of a homogeneous projective point, (0 : 1 : 0) being infinity.
    pub(super) fn sum(&self, key: usize) -> [Range<usize>; 3] {
        let first = self.proofs + LINES * FP12_WORDS;
        [0, 1, 2].map(|row| {
            let from = first + (row * self.keys + key) * NUMBER_WORDS;
            from..from + NUMBER_WORDS
        })
    }

    /// All words.
    pub(super) fn words(&self) -> usize {
        self.proofs + LINES * FP12_WORDS + 3 * self.keys * NUMBER_WORDS
    }
}

/// Rows of points: of A and C, of B, and of all.
const G1_ROWS: usize = 6;
const B_ROWS: usize = 5;
const ROWS: usize = G1_ROWS + B_ROWS;
/// Rows of a product of lines, and of a sum.
const PRODUCT_ROWS: usize = 12;
const SUM_ROWS: usize = 3;
/// Proofs from which on a lane multiplies as many lines as it may.
const MANY: usize = 64;

/// Numbers in a buffer, from a word on: so many rows a step, and columns.
#[derive(Clone, Copy)]
struct Numbers {
    buffer: BufferIndex,
    first: usize,
    rows: usize,
    columns: usize,
}

/// A plan in the making.
struct Maker {
    plan: Plan<'static>,
    table: BufferIndex,
    registers: BufferIndex,
    words: BufferIndex,
}

impl Maker {
    /// All slices of a part of a program, for so many steps; groups are the target's columns.
    fn run(&mut self, routine: &Routine, part: usize, steps: usize, from: Numbers, to: Numbers) {
        let lanes = steps * to.columns;
        let buffers = [self.table, from.buffer, self.words, self.registers, to.buffer];
        for [first, end] in routine.passes(part) {
            let [lanes, groups, source_rows, columns, rows, base] =
                [lanes, to.columns, from.rows, from.columns, to.rows, to.first].map(|number| number as u32);
            let arguments = [lanes, first, end, groups, source_rows, columns, rows, base];
            self.plan.pass(Program::plain(&RUN), arguments, &buffers, lanes.div_ceil(RUN.workgroup));
        }
    }

    fn numbers(&mut self, name: &'static str, rows: usize, columns: usize) -> Numbers {
        self.steps(name, 1, rows, columns)
    }

    fn steps(&mut self, name: &'static str, steps: usize, rows: usize, columns: usize) -> Numbers {
        let buffer = self.plan.scratch(name, steps * rows * columns * NUMBER_WORDS);
        Numbers { buffer, first: 0, rows, columns }
    }
}

/// The passes of a chunk of at most [`MAX_PROOFS`] proofs. Before they run, the words that are read back are the pattern of
/// `seed`. `None` where lists are empty, too long, of different lengths, or keys are not numbered as they should be.
pub(super) fn question(terms: Terms<'_>, seed: u32) -> Option<(Plan<'static>, Layout)> {
    let Terms { a, b, c, weights, keys } = terms;
    let proofs = a.len();
    if proofs == 0 || proofs > MAX_PROOFS || [b.len(), c.len(), weights.len(), keys.len()] != [proofs; 4] {
        return None;
    }
    let sums = levels(&keys)?;
    let layout = Layout { proofs, keys: sums.last()?.lanes };
    let programs = Programs::get()?;
    let mut plan = Plan::new("groth16");
    let results = plan.scratch("results", layout.words());
    plan.read_back(results);
    let words = layout.words() as u32;
    let arguments = [words, seed, 0, 0, 0, 0, 0, 0];
    plan.pass(Program::plain(&common::FILL), arguments, &[results], words.div_ceil(common::FILL.workgroup));

    let (a, b, c) = (Encoded::g1(&a), Encoded::g2(&b), Encoded::g1(&c));
    let mut shared = [a.words, c.words, b.words].concat();
    for half in 0..4 {
        let word = |weight: &[u64; 2]| (weight[half / 2] >> (32 * (half % 2))) as u32;
        shared.extend(weights.iter().map(word));
    }
    // A point whose decoding does not run is none.
    shared.resize(row::COUNT as usize * proofs, status::NO_POINT);
    let at =
        |buffer, rows, row| Numbers { buffer, first: row * proofs * NUMBER_WORDS, rows, columns: proofs };
    let encodings_g1 = at(plan.upload("encodings_g1", [a.numbers, c.numbers].concat()), 1, 0);
    let encodings_g2 = at(plan.upload("encodings_g2", b.numbers), 2, 0);
    let table = plan.buffer("programs", programs.table.len(), Source::Table(&programs.table));
    let words = plan.upload("words", shared);
    let sizes = Sizes::new(programs, proofs);
    let registers = plan.scratch("registers", sizes.registers);
    let mut maker = Maker { plan, table, registers, words };

    let points = maker.numbers("points", G1_ROWS, proofs);
    let points = Numbers { rows: SUM_ROWS, ..points };
    let weighted = maker.numbers("weighted", ROWS, proofs);
    let b_points = at(weighted.buffer, B_ROWS, G1_ROWS);
    let weighted = Numbers { rows: SUM_ROWS, ..weighted };
    maker.run(&programs.decode_g1, 0, 2, encodings_g1, points);
    maker.run(&programs.decode_g2, 0, 1, encodings_g2, b_points);
    maker.run(&programs.subgroup_g1, 0, 2, points, weighted);
    maker.run(&programs.subgroup_g2, 0, 1, weighted, points);
    maker.run(&programs.weigh, 0, 2, points, weighted);
    maker.run(&programs.flags, 0, 1, points, at(results, 0, 0));
    maker.multiply(programs, &sizes, weighted, layout, results);
    maker.sum(programs, sums, weighted, layout, results);
    Some((maker.plan, layout))
}

impl Maker {
    /// The lines, and their products over all proofs.
    fn multiply(
        &mut self,
        programs: &Programs,
        sizes: &Sizes,
        weighted: Numbers,
        layout: Layout,
        results: BufferIndex,
    ) {
        let proofs = layout.proofs;
        let lines = self.steps("lines", LINES_A_PART, LINE_ROWS, proofs);
        let products = self.registers;
        // Between its parts the program for lines keeps its registers.
        let kept = self.plan.scratch("line_registers", sizes.line_registers);
        let levels: Vec<_> = product_levels(proofs)
            .map(|(blocks, columns)| {
                let product =
                    (columns > 1).then(|| self.steps("products", LINES_A_PART, PRODUCT_ROWS, columns));
                (blocks, product)
            })
            .collect();
        for part in 0..programs.lines.parts() {
            self.registers = kept;
            self.run(&programs.lines, part, 1, weighted, lines);
            self.registers = products;
            let first = layout.line(part * LINES_A_PART).start;
            let last = Numbers { buffer: results, first, rows: PRODUCT_ROWS, columns: 1 };
            let mut from = lines;
            for (place, (blocks, product)) in levels.iter().enumerate() {
                let to = product.unwrap_or(last);
                let routine = match (place, *blocks) {
                    (0, BLOCKS_OF_LINES) => &programs.multiply_many_lines,
                    (0, _) => &programs.multiply_lines,
                    _ => &programs.multiply,
                };
                self.run(routine, 0, LINES_A_PART, from, to);
                from = to;
            }
        }
    }

    /// C times r, summed key by key.
    fn sum(
        &mut self,
        programs: &Programs,
        sums: Vec<Level>,
        weighted: Numbers,
        layout: Layout,
        results: BufferIndex,
    ) {
        let (mut from, count) = (weighted, sums.len());
        for (place, Level { lanes, columns }) in sums.into_iter().enumerate() {
            let routine = if place == 0 { &programs.sum_points } else { &programs.sum_sums };
            let [first, ..] = layout.sum(0);
            let to = if place + 1 == count {
                Numbers { buffer: results, first: first.start, rows: SUM_ROWS, columns: lanes }
            } else {
                self.numbers("sums", SUM_ROWS, lanes)
            };
            self.words = self.plan.upload("lists", columns);
            self.run(routine, 0, 1, from, to);
            from = to;
        }
    }
}

/// How many blocks a lane multiplies in each level, and how many products of a line are left then.
fn product_levels(proofs: usize) -> impl Iterator<Item = (u32, usize)> {
    let first = if proofs < MANY { BLOCKS } else { BLOCKS_OF_LINES };
    let level = |columns: usize, blocks: u32| (blocks, columns.div_ceil(blocks as usize));
    let next = move |before: &(u32, usize)| (before.1 > 1).then(|| level(before.1, BLOCKS));
    std::iter::successors(Some(level(proofs, first)), next)
}

/// Words of the buffers that grow with a chunk.
#[derive(Clone, Copy, Debug)]
struct Sizes {
    registers: usize,
    line_registers: usize,
    lines: usize,
    /// All others, those of keys aside.
    rest: usize,
}

impl Sizes {
    fn new(programs: &Programs, proofs: usize) -> Self {
        let products: Vec<_> = product_levels(proofs).collect();
        let lanes = |place: usize| products.get(place).map_or(0, |(_, columns)| LINES_A_PART * columns);
        let Programs { decode_g1, decode_g2, subgroup_g1, subgroup_g2, weigh, flags, .. } = programs;
        // Sums have no more lanes than there are proofs.
        let used = [
            (2 * proofs, decode_g1),
            (proofs, decode_g2),
            (2 * proofs, subgroup_g1),
            (proofs, subgroup_g2),
            (2 * proofs, weigh),
            (proofs, flags),
            (proofs, &programs.sum_points),
            (proofs, &programs.sum_sums),
            (lanes(0), if proofs < MANY { &programs.multiply_lines } else { &programs.multiply_many_lines }),
            (lanes(1), &programs.multiply),
        ];
        let registers = used.iter().map(|(lanes, routine)| lanes * routine.registers()).max().unwrap_or(0);
        let product_words: usize =
            products.iter().map(|(_, columns)| LINES_A_PART * PRODUCT_ROWS * columns * NUMBER_WORDS).sum();
        Self {
            registers: registers * NUMBER_WORDS,
            line_registers: proofs * programs.lines.registers() * NUMBER_WORDS,
            lines: LINES_A_PART * LINE_ROWS * proofs * NUMBER_WORDS,
            // Uploads are staged: they count twice.
            rest: product_words
                + proofs * NUMBER_WORDS * (G1_ROWS + ROWS + 2 * 4)
                + 2 * proofs * row::COUNT as usize,
        }
    }
}

/// Bytes of device memory that a chunk of so many proofs takes, programs aside, with a key for each.
pub(super) fn bytes(proofs: usize) -> usize {
    let Some(programs) = Programs::get() else { return usize::MAX };
    let Sizes { registers, line_registers, lines, rest } = Sizes::new(programs, proofs);
    let layout = Layout { proofs, keys: proofs };
    4 * (registers
        + line_registers
        + lines
        + rest
        + 2 * layout.words()
        + 4 * SUM_ROWS * NUMBER_WORDS * proofs)
}

/// Words of the largest buffer of such a chunk.
pub(super) fn largest(proofs: usize) -> usize {
    let Some(programs) = Programs::get() else { return usize::MAX };
    let Sizes { registers, line_registers, lines, .. } = Sizes::new(programs, proofs);
    registers.max(line_registers).max(lines).max(Layout { proofs, keys: proofs }.words())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
mod tests;
