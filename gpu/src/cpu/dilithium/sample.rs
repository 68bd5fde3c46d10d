//! Polynomials out of hashes.

use super::ntt::Poly;
use super::params::{N, Params, Q};
use super::shake::{RATE_128, Shake128, Shake256};

/// The matrix A-hat that `rho` stands for, row by row (FIPS 204, algorithm 32).
pub(super) fn expand_a(params: &Params, rho: &[u8; 32]) -> Vec<Poly> {
    let mut matrix = Vec::with_capacity(params.k * params.l);
    // No set has more than 8 rows or columns.
    for row in 0..params.k as u8 {
        matrix.extend((0..params.l as u8).map(|column| uniform(rho, [column, row])));
    }
    matrix
}

/// A uniform polynomial, coefficients below q (FIPS 204, algorithm 30).
fn uniform(rho: &[u8; 32], place: [u8; 2]) -> Poly {
    let mut output = Shake128::default().absorb(rho).absorb(&place).finish();
    let mut poly = [0; N];
    let mut filled = 0;
    while filled < N {
        filled = reject(&output.block(), &mut poly, filled);
    }
    poly
}

/// Appends the candidates of a block that are below q, until the polynomial is full; answers how many there are.
#[inline]
fn reject(block: &[u8; RATE_128], poly: &mut Poly, mut filled: usize) -> usize {
    for [low, middle, high] in block.as_chunks::<3>().0 {
        let candidate = u32::from_le_bytes([*low, *middle, high & 0x7f, 0]);
        let Some(place) = poly.get_mut(filled) else { break };
        // Written in any case; the next one overwrites what was too large. No branch depends on the hash.
        *place = candidate;
        filled += usize::from(candidate < Q);
    }
    // The last candidate written may be too large without being overwritten; then the polynomial is not full.
    filled
}

/// The challenge: `tau` coefficients 1 or q - 1, the others 0 (FIPS 204, algorithm 29). `seed` is the part of c-tilde
/// that the version takes.
pub(super) fn in_ball(params: &Params, seed: &[u8]) -> Poly {
    let mut output = Shake256::default().absorb(seed).finish();
    let mut block = output.block();
    let (signs, mut places) = block.split_first_chunk::<8>().map_or(([0; 8], &[][..]), |(s, p)| (*s, p));
    let mut signs = u64::from_le_bytes(signs);
    let mut poly = [0; N];
    for last in N - params.tau..N {
        let place = loop {
            match places.split_first() {
                Some((place, rest)) => {
                    places = rest;
                    if usize::from(*place) <= last {
                        break usize::from(*place);
                    }
                }
                None => {
                    block = output.block();
                    places = &block;
                }
            }
        };
        poly[last] = poly[place];
        poly[place] = if signs & 1 == 0 { 1 } else { Q - 1 };
        signs >>= 1;
    }
    poly
}
