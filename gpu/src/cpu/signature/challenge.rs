//! The challenge polynomial c.

use erbium_simd::{Poly, Shake256};

/// Bytes of signs: the first that the challenge's sponge gives.
const SIGNS: usize = 8;

/// c from the sponge that took in the part of c-tilde that the version takes: `tau` coefficients of 1 or -1 (FIPS 204,
/// algorithm 29).
pub(super) fn sample_in_ball(sponge: &mut Shake256, tau: usize, c: &mut Poly) {
    *c = Poly::ZERO;
    let mut block = sponge.block();
    let mut signs = block.first_chunk::<SIGNS>().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    let mut at = SIGNS;
    for i in 256 - tau..256 {
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
