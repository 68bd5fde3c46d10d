//! The ring modulo x^256 + 1 and q as the kernels' twins compute in it: the twin of `dilithium/ring.wgsl`.

use super::{N, Q};
use std::sync::LazyLock;

/// A polynomial, coefficients below q.
pub(super) type Polynomial = [u32; N as usize];

/// Factors of the transform and of its inverse.
///
/// 512 pairs of words: the factor, and the factor times 2^32 over q, rounded down. Pair i of the first 256 is 1753 to the
/// power of i with its 8 bits reversed (FIPS 204, appendix B); pair 256 + i is the inverse of that. Layer j of the
/// transform (0 to 7) multiplies by pair 2^j + b in its block b, and its undoing by the inverse at the same place.
pub fn zetas() -> &'static [u32] {
    static ZETAS: LazyLock<Vec<u32>> = LazyLock::new(|| {
        let zeta = |i: u32| power(1753, u64::from((i as u8).reverse_bits()));
        let inverse = |i: u32| power(zeta(i), u64::from(Q) - 2);
        let factors = (0..N).map(zeta).chain((0..N).map(inverse));
        factors.flat_map(|factor| [factor as u32, ((factor << 32) / u64::from(Q)) as u32]).collect()
    });
    &ZETAS
}

/// A power modulo q.
fn power(base: u64, exponent: u64) -> u64 {
    let mut result = 1;
    for bit in (0..64).rev() {
        result = result * result % u64::from(Q);
        if exponent >> bit & 1 == 1 {
            result = result * base % u64::from(Q);
        }
    }
    result
}

/// The product modulo q.
pub(super) fn times(a: u32, b: u32) -> u32 {
    (u64::from(a) * u64::from(b) % u64::from(Q)) as u32
}

/// The transform. `zetas` is the buffer.
pub(super) fn forward(zetas: &[u32], polynomial: &mut Polynomial) {
    for layer in 0..8 {
        let apart = N as usize >> (layer + 1);
        for (b, block) in polynomial.chunks_exact_mut(2 * apart).enumerate() {
            let factor = zetas[2 * ((1 << layer) + b)];
            for i in 0..apart {
                let product = times(factor, block[i + apart]);
                block[i + apart] = (block[i] + Q - product) % Q;
                block[i] = (block[i] + product) % Q;
            }
        }
    }
}

/// The inverse transform. `zetas` is the buffer.
pub(super) fn backward(zetas: &[u32], polynomial: &mut Polynomial) {
    for layer in (0..8).rev() {
        let apart = N as usize >> (layer + 1);
        for (b, block) in polynomial.chunks_exact_mut(2 * apart).enumerate() {
            let factor = zetas[2 * (256 + (1 << layer) + b)];
            for i in 0..apart {
                let (x, y) = (block[i], block[i + apart]);
                block[i] = (x + y) % Q;
                block[i + apart] = times(factor, x + Q - y);
            }
        }
    }
    // 256 times q less its inverse is a multiple of q but for 1: q is 1 modulo 256.
    let scale = Q - (Q - 1) / N;
    for coefficient in polynomial {
        *coefficient = times(scale, *coefficient);
    }
}

/// A number of `bits` bits in an array of words, the lowest bits first.
pub(super) fn bits_at(words: &[u32], bits: u32, index: u32) -> u32 {
    let at = bits * index;
    let low = words[at as usize / 32];
    let high = words.get(at as usize / 32 + 1).copied().unwrap_or(0);
    let pair = u64::from(high) << 32 | u64::from(low);
    ((pair >> (at % 32)) & ((1 << bits) - 1)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The product by its definition.
    fn schoolbook(a: &Polynomial, b: &Polynomial) -> Polynomial {
        let mut product = [0; N as usize];
        for (i, a) in a.iter().enumerate() {
            for (j, b) in b.iter().enumerate() {
                let term = times(*a, *b);
                let place = (i + j) % N as usize;
                // x^256 is -1.
                product[place] += if i + j < N as usize { term } else { Q - term };
                product[place] %= Q;
            }
        }
        product
    }

    fn transformed_product(a: &Polynomial, b: &Polynomial) -> Polynomial {
        let (mut a, mut b) = (*a, *b);
        forward(zetas(), &mut a);
        forward(zetas(), &mut b);
        let mut product = std::array::from_fn(|i| times(a[i], b[i]));
        backward(zetas(), &mut product);
        product
    }

    proptest! {
        #[test]
        fn products_are_those_of_the_schoolbook(
            a in prop::array::uniform32(prop::array::uniform8(0..Q)),
            b in prop::array::uniform32(prop::array::uniform8(0..Q)),
        ) {
            let (a, b) = (std::array::from_fn(|i| a[i / 8][i % 8]), std::array::from_fn(|i| b[i / 8][i % 8]));
            let product = transformed_product(&a, &b);
            prop_assert_eq!(schoolbook(&a, &b), product);
            // A coefficient more is another product.
            let mut other = a;
            other[17] = (other[17] + 1) % Q;
            prop_assert_ne!(transformed_product(&other, &b), product);
        }
    }

    #[test]
    fn quotients_and_inverses_belong_to_their_factors() {
        let (pairs, rest) = zetas().as_chunks::<2>();
        assert!(pairs.len() == 512 && rest.is_empty());
        for (i, [factor, quotient]) in pairs.iter().enumerate() {
            assert_eq!(u64::from(*quotient), (u64::from(*factor) << 32) / u64::from(Q));
            assert_eq!(times(*factor, pairs[(i + 256) % 512][0]), 1);
        }
        // FIPS 204's table begins so.
        assert_eq!([1, 2, 3].map(|i: usize| pairs[i][0]), [4_808_194, 3_765_607, 3_761_513]);
    }

    #[test]
    fn bits_are_read_across_words() {
        assert_eq!(bits_at(&[0xf000_0000, 0x0000_000a], 10, 3), 0x2b);
        assert_eq!(bits_at(&[0xf000_0000], 4, 7), 0xf);
    }
}
