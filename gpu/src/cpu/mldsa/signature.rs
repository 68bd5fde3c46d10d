//! The parts of a signature.

use super::parameters::{MAX_ROWS, Parameters};
use erbium_simd::{Poly, Shake256};

/// Signs of c: the first bytes that the challenge's sponge gives.
const SIGNS: usize = 8;

/// A signature of the right length, cut into its parts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts<'a> {
    /// c-tilde.
    pub(super) challenge: &'a [u8],
    /// z, polynomial by polynomial.
    pub(super) response: &'a [u8],
    hints: &'a [u8],
    /// Where the hints of each row end.
    ends: [usize; MAX_ROWS],
}

impl<'a> Parts<'a> {
    /// Reads a signature; `None` where its length or its hints are malformed (FIPS 204, algorithms 27 and 21).
    pub(super) fn read(set: &Parameters, signature: &'a [u8]) -> Option<Self> {
        let (challenge, rest) = signature.split_at_checked(set.challenge_len)?;
        let (response, rest) = rest.split_at_checked(set.columns * set.range.response_len())?;
        let (hints, counts) = rest.split_at_checked(set.hints)?;
        if counts.len() != set.rows {
            return None;
        }
        let mut ends = [0; MAX_ROWS];
        let mut start = 0;
        for (end, count) in ends.iter_mut().zip(counts) {
            *end = usize::from(*count);
            // The positions of a row rise, which leaves one spelling of each set.
            if !hints.get(start..*end)?.is_sorted_by(|a, b| a < b) {
                return None;
            }
            start = *end;
        }
        hints.get(start..)?.iter().all(|byte| *byte == 0).then_some(Self { challenge, response, hints, ends })
    }

    /// Positions of the coefficients of a row whose high bits are off by one.
    pub(super) fn hints(&self, row: usize) -> &'a [u8] {
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        self.hints.get(start..self.ends[row]).unwrap_or_default()
    }
}

/// c from the sponge that took in c-tilde: `weight` coefficients of 1 or -1 (algorithm 29).
pub(super) fn sample_in_ball(sponge: &mut Shake256, weight: usize, c: &mut Poly) {
    *c = Poly::ZERO;
    let mut block = sponge.block();
    let mut signs = block.first_chunk::<SIGNS>().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    let mut at = SIGNS;
    for i in 256 - weight..256 {
        let j = loop {
            if at == block.len() {
                sponge.advance();
                (block, at) = (sponge.block(), 0);
            }
            let j = usize::from(block[at]);
            at += 1;
            if j <= i {
                break j;
            }
        };
        c.0[i] = c.0[j];
        c.0[j] = 1 - 2 * (signs & 1) as i32;
        signs >>= 1;
    }
}
