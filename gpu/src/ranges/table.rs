//! The generators' multiples, for devices.

use crate::cpu::range_proof::{Generators, MAX_BITS};
use curve25519_dalek::RistrettoPoint;
use erbium_shaders::ristretto::{Words, multiples};
use std::sync::OnceLock;

/// Bits of a value and values of a proof: proofs of one shape have the same generators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Shape {
    pub(super) bits: usize,
    pub(super) values: usize,
}

impl Shape {
    /// Generators of each letter.
    pub(super) fn size(self) -> usize {
        self.bits * self.values
    }

    /// Its place among all 20.
    fn index(self) -> Option<usize> {
        erbium_claims::range_proof_len(self.bits, self.values)?;
        Some((self.bits.trailing_zeros() as usize - 3) * 5 + self.values.trailing_zeros() as usize)
    }

    /// The multiples of G_0 .. and H_0 .. as kernels want them, made when first asked for and kept; `None` for a shape that
    /// proofs do not have.
    pub(super) fn table(self) -> Option<&'static [u32]> {
        const SHAPES: usize = 20;
        static TABLES: [OnceLock<Option<Vec<u32>>>; SHAPES] = [const { OnceLock::new() }; SHAPES];
        TABLES.get(self.index()?)?.get_or_init(|| multiples(&self.encodings()?)).as_deref()
    }

    fn encodings(self) -> Option<Vec<Words>> {
        let place = |i: usize| i / self.bits * MAX_BITS + i % self.bits;
        let letter = |of: fn(usize) -> Option<&'static RistrettoPoint>| {
            (0..self.size()).map(move |i| Some(words(&of(place(i))?.compress().to_bytes())))
        };
        letter(Generators::g).chain(letter(Generators::h)).collect()
    }
}

/// 32 bytes as a kernel has them.
pub(super) fn words(bytes: &[u8; 32]) -> Words {
    let mut words = [0; 8];
    crate::plan::write_words(&mut words, bytes);
    words
}
