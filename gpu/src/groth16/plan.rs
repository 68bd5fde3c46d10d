//! A chunk of Groth16 proofs as a plan.

#![allow(dead_code, reason = "the engine asks")]

use crate::plan::Plan;
use std::ops::Range;

/// Most proofs of a chunk.
pub(super) const MAX_PROOFS: usize = 1 << 14;
/// Words of the largest buffer for each proof.
pub(super) const LARGEST_A_PROOF: usize = 1 << 13;

/// Lines of a Miller loop: 63 doublings and 5 additions.
pub(super) const LINES: usize = 68;

/// Words of a number of the base field: times 2^390, below p, the lowest word first.
pub(super) const NUMBER_WORDS: usize = 12;

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

/// The passes of a chunk of at most [`MAX_PROOFS`] proofs. Before they run, the words that are read back are the pattern of
/// `seed`. `None` where lists are empty, too long, of different lengths, or keys are not numbered as they should be.
pub(super) fn question(_terms: Terms<'_>, _seed: u32) -> Option<(Plan<'_>, Layout)> {
    None
}

/// Bytes of device memory that a chunk of so many proofs takes, tables aside.
pub(super) fn bytes(proofs: usize) -> usize {
    proofs << 14
}
