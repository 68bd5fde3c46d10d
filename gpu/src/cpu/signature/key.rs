//! What a public key expands to.

use super::{MAX_K, MAX_L};
use crate::cpu::cache::Held;
use crate::cpu::dilithium::Params;
use erbium_simd::{Absorbing, Kernels, Poly};

/// Bytes of the seed of the matrix, which a public key begins with.
const SEED: usize = 32;
/// Bytes of an encoded polynomial of t1: ten bits a coefficient.
const T1_POLY: usize = 320;
/// Bits that t1 lacks of t.
const D: u32 = 13;

/// The matrix and t1 of a public key, transformed: two thirds of the work of a check with a key that is new.
pub(super) struct ExpandedKey {
    /// The matrix, row by row.
    matrix: Box<[Poly]>,
    /// -t1 * 2^13, transformed; |coefficients| < 9q.
    t1: Box<[Poly]>,
    /// SHAKE256 of the public key.
    hash: [u8; 64],
}

impl ExpandedKey {
    /// Room for a key of any parameter set, without one in it.
    pub(super) fn room() -> Self {
        let polys = |count| vec![Poly::ZERO; count].into_boxed_slice();
        Self { matrix: polys(MAX_K * MAX_L), t1: polys(MAX_K), hash: [0; 64] }
    }

    /// Expands a public key of the set's length. There is no malformed key of the right length.
    pub(super) fn expand(kernels: Kernels, params: &Params, public_key: &[u8]) -> Self {
        let polys = |count| vec![Poly::ZERO; count].into_boxed_slice();
        let mut key = Self { matrix: polys(params.k * params.l), t1: polys(params.k), hash: [0; 64] };
        key.fill(kernels, params, public_key, None);
        key
    }

    /// [`ExpandedKey::expand`] in the place of what was here. The key's hash may be known already; if not, it is found on
    /// the way.
    pub(super) fn fill(
        &mut self,
        kernels: Kernels,
        params: &Params,
        public_key: &[u8],
        hash: Option<[u8; 64]>,
    ) {
        let (seed, encoded) = public_key.split_at(SEED.min(public_key.len()));
        let mut seeds = [[0; SEED + 2]; 4];
        for lane in &mut seeds {
            for (to, from) in lane.iter_mut().zip(seed) {
                *to = *from;
            }
        }
        let mut guest = Absorbing::new(if hash.is_none() { public_key } else { &[] });
        let mut spare = [Poly::ZERO; 3];
        let [spare_1, spare_2, spare_3] = &mut spare;
        let mut rest = &mut self.matrix[..params.k * params.l];
        let mut entry = 0;
        while !rest.is_empty() {
            for (lane, seed) in seeds.iter_mut().enumerate() {
                // Column, then row; both below 9. Lanes past the end draw what nobody reads.
                seed[SEED] = ((entry + lane) % params.l) as u8;
                seed[SEED + 1] = ((entry + lane) / params.l) as u8;
            }
            // A hash is one state after the other: it takes a lane of its own until it is done.
            let hashing = hash.is_none() && guest.is_hungry();
            let width = if hashing { 3 } else { 4 };
            let len = width.min(rest.len());
            let (now, later) = std::mem::take(&mut rest).split_at_mut(len);
            let four = match now {
                [a, b, c, d] => [a, b, c, d],
                [a, b, c] => [a, b, c, &mut *spare_1],
                [a, b] => [a, b, &mut *spare_1, &mut *spare_2],
                [a] => [a, &mut *spare_1, &mut *spare_2, &mut *spare_3],
                _ => break,
            };
            if hashing {
                let ([a, b, c, _], [first, second, third, _]) = (seeds, four);
                kernels.uniform3(&[a, b, c], [first, second, third], &mut guest);
            } else {
                kernels.uniform4(&seeds, four);
            }
            (rest, entry) = (later, entry + width);
        }
        self.hash = hash.unwrap_or_else(|| guest.finish(kernels).first());
        for (poly, bytes) in self.t1.iter_mut().zip(encoded.chunks_exact(T1_POLY)) {
            for (four, [a, b, c, d, e]) in
                poly.0.as_chunks_mut::<4>().0.iter_mut().zip(bytes.as_chunks::<5>().0)
            {
                let bits = u64::from_le_bytes([*a, *b, *c, *d, *e, 0, 0, 0]);
                *four = [0, 10, 20, 30].map(|shift| -(((bits >> shift & 0x3ff) as i32) << D));
            }
            kernels.ntt(poly);
        }
    }

    /// SHAKE256 of the public key, 64 bytes.
    pub(super) fn hash(&self) -> &[u8; 64] {
        &self.hash
    }

    /// What a row of A*z - c*t1*2^13 is summed from, `z` and `c` being transformed.
    pub(super) fn row<'a>(
        &'a self,
        params: &Params,
        row: usize,
        z: &'a [Poly],
        c: &'a Poly,
    ) -> impl Iterator<Item = (&'a Poly, &'a Poly)> + Clone {
        // |matrix| < q, the others < 9q: the sum stays below (7 * 9 + 81) q^2 < 2^31 q.
        self.matrix[row * params.l..][..params.l].iter().zip(z).chain([(&self.t1[row], c)])
    }
}

impl Held for ExpandedKey {
    fn size(&self) -> usize {
        size_of::<Self>() + size_of_val(&*self.matrix) + size_of_val(&*self.t1)
    }
}
