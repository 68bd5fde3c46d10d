//! Reading Keccak's output: words to bytes, and bytes to coefficients below q (FIPS 204, algorithm 30).

use crate::Kernels;
use crate::keccak::States;
use crate::ring::{Poly, Q};
use crate::sponge::Absorbing;

/// Bytes that SHAKE128 gives a permutation.
pub(crate) const RATE_128: usize = 168;
/// Blocks of SHAKE128 that nearly always hold 256 coefficients: 280 candidates, of which one in 1024 is refused.
const BLOCKS: usize = 5;
/// Bytes that [`Stream`] holds: the blocks, and room for a kernel that reads or writes a register too far.
const STREAM: usize = BLOCKS * RATE_128 + 32;

/// The first blocks of an output, with room behind them.
pub(crate) type Stream = [u8; STREAM];

/// A polynomial being filled.
pub(crate) struct Filling<'a> {
    pub(crate) poly: &'a mut Poly,
    pub(crate) count: usize,
}

impl Filling<'_> {
    /// Takes coefficients from three bytes each, as long as there are bytes and room; the top bit of the three is not
    /// part of the number.
    pub(crate) fn take(&mut self, bytes: &[u8]) {
        for &[a, b, c] in bytes.as_chunks::<3>().0 {
            let candidate = i32::from_le_bytes([a, b, c & 0x7f, 0]);
            if candidate < Q {
                let Some(place) = self.poly.0.get_mut(self.count) else { return };
                *place = candidate;
                self.count += 1;
            }
        }
    }
}

/// Fills a polynomial from the blocks of `stream` and counts its coefficients: fewer than 256 where more are needed.
pub(crate) fn accept(stream: &Stream, poly: &mut Poly) -> usize {
    let mut filling = Filling { poly, count: 0 };
    filling.take(&stream[..BLOCKS * RATE_128]);
    filling.count
}

/// The first `RATE_128` bytes of each state.
pub(crate) fn squeeze(states: &States, at: usize, streams: &mut [Stream; 4]) {
    for (i, words) in states.0[..RATE_128 / 8].iter().enumerate() {
        for (word, stream) in words.iter().zip(streams.iter_mut()) {
            stream[at + 8 * i..at + 8 * i + 8].copy_from_slice(&word.to_le_bytes());
        }
    }
}

/// Polynomials, uniform below q, from the SHAKE128 of 34 bytes each: four, or three and a hash that goes on.
pub(crate) fn uniform<const N: usize>(
    kernels: Kernels,
    seeds: &[[u8; 34]; N],
    mut polys: [&mut Poly; N],
    mut guest: Option<&mut Absorbing<'_>>,
) {
    let mut states = States::ZERO;
    for (lane, seed) in seeds.iter().enumerate() {
        for (i, word) in seed.as_chunks::<8>().0.iter().enumerate() {
            states.0[i][lane] = u64::from_le_bytes(*word);
        }
        // The last two bytes, then the bits that end a message to SHAKE.
        states.0[4][lane] = u64::from_le_bytes([seed[32], seed[33], 0x1f, 0, 0, 0, 0, 0]);
        states.0[RATE_128 / 8 - 1][lane] = 1 << 63;
    }
    if let Some(guest) = &guest {
        guest.enter(&mut states);
    }
    let mut streams = [[0; STREAM]; 4];
    for block in 0..BLOCKS {
        let fed = guest.as_mut().is_some_and(|guest| guest.feed(&mut states));
        kernels.permute4(&mut states);
        if let Some(guest) = guest.as_mut().filter(|_| fed) {
            guest.leave(&states);
        }
        kernels.squeeze(&states, block * RATE_128, &mut streams);
    }
    let mut counts = [0; N];
    let mut missing = false;
    for ((stream, poly), count) in streams.iter().zip(&mut polys).zip(&mut counts) {
        *count = kernels.accept(stream, poly);
        missing |= *count < 256;
    }
    // Once in some 10^30 polynomials.
    while missing {
        kernels.permute4(&mut states);
        squeeze(&states, 0, &mut streams);
        missing = false;
        for ((stream, poly), count) in streams.iter().zip(&mut polys).zip(&mut counts) {
            let mut filling = Filling { poly, count: *count };
            filling.take(&stream[..RATE_128]);
            *count = filling.count;
            missing |= *count < 256;
        }
    }
}
