//! Polynomials and the number-theoretic transform (FIPS 204, algorithms 41 and 42).
//!
//! Coefficients are kept below a small multiple of q and are reduced late: a 32-bit word holds 512 q. Products with a
//! known factor are Shoup's, sums of products are reduced once, by Montgomery's method.

use super::params::{N, Q};

/// Coefficients, each congruent to its value modulo q; how far it may exceed q stands where it is used.
pub type Poly = [u32; N];

/// A known factor: its value below q, and that times 2^32 over q, rounded down.
#[derive(Clone, Copy)]
struct Factor {
    value: u32,
    quotient: u32,
}

impl Factor {
    const fn new(value: u32) -> Self {
        Self { value, quotient: (((value as u64) << 32) / Q as u64) as u32 }
    }

    /// The product with any word, below 2 q.
    #[inline(always)]
    fn times(self, other: u32) -> u32 {
        let quotient = (u64::from(self.quotient) * u64::from(other)) >> 32;
        // The true difference is below 2 q, so its low 32 bits are it.
        self.value.wrapping_mul(other).wrapping_sub((quotient as u32).wrapping_mul(Q))
    }
}

/// Powers of the root in bit-reversed order, first those of the forward transform, then their negatives.
static ZETAS: [[Factor; N]; 2] = zetas();
/// What the inverse transform leaves to divide by, with the 2^32 that Montgomery's reduction took: 2^32 over 256.
const SCALE: Factor = Factor::new(power(2, 32 - 8));
/// The inverse of q modulo 2^32.
const Q_INVERSE: u32 = inverse_of_q();

const fn power(base: u64, exponent: u32) -> u32 {
    let mut result = 1;
    let mut i = 0;
    while i < exponent {
        result = result * base % Q as u64;
        i += 1;
    }
    result as u32
}

const fn zetas() -> [[Factor; N]; 2] {
    let mut table = [[Factor::new(0); N]; 2];
    let mut i = 0;
    while i < N {
        // 1753 is a 512th root of unity.
        let zeta = power(1753, (i as u8).reverse_bits() as u32);
        table[0][i] = Factor::new(zeta);
        table[1][i] = Factor::new(Q - zeta);
        i += 1;
    }
    table
}

const fn inverse_of_q() -> u32 {
    // Newton's iteration doubles the right bits: 3, 6, 12, 24, 48.
    let mut inverse = Q;
    let mut i = 0;
    while i < 4 {
        inverse = inverse.wrapping_mul(2u32.wrapping_sub(Q.wrapping_mul(inverse)));
        i += 1;
    }
    inverse
}

/// The transform; coefficients below 2 q become ones below 18 q.
pub(super) fn forward(poly: &mut Poly) {
    forward_layer::<128>(poly);
    forward_layer::<64>(poly);
    forward_layer::<32>(poly);
    forward_layer::<16>(poly);
    forward_layer::<8>(poly);
    forward_layer::<4>(poly);
    forward_layer::<2>(poly);
    forward_layer::<1>(poly);
}

/// Adds 2 q to the bound.
#[inline(always)]
fn forward_layer<const LEN: usize>(poly: &mut Poly) {
    let zetas = &ZETAS[0][N / 2 / LEN..N / LEN];
    for (block, zeta) in poly.chunks_exact_mut(2 * LEN).zip(zetas) {
        let (low, high) = block.split_at_mut(LEN);
        for (a, b) in low.iter_mut().zip(high) {
            let product = zeta.times(*b);
            *b = *a + 2 * Q - product;
            *a += product;
        }
    }
}

/// The inverse transform of [`reduce`]'s answer; coefficients below 2 q become ones below q, and its factor is undone.
pub(super) fn inverse(poly: &mut Poly) {
    inverse_layer::<1>(poly);
    inverse_layer::<2>(poly);
    inverse_layer::<4>(poly);
    inverse_layer::<8>(poly);
    inverse_layer::<16>(poly);
    inverse_layer::<32>(poly);
    inverse_layer::<64>(poly);
    inverse_layer::<128>(poly);
    for coefficient in poly {
        *coefficient = below_q(SCALE.times(*coefficient));
    }
}

/// Doubles the bound, which is 2 q times `LEN` before; at most 512 q are reached, within a word.
#[inline(always)]
fn inverse_layer<const LEN: usize>(poly: &mut Poly) {
    let bound = 2 * Q * LEN as u32;
    let zetas = ZETAS[1][N / 2 / LEN..N / LEN].iter().rev();
    for (block, zeta) in poly.chunks_exact_mut(2 * LEN).zip(zetas) {
        let (low, high) = block.split_at_mut(LEN);
        for (a, b) in low.iter_mut().zip(high) {
            let difference = *a + (bound - *b);
            *a += *b;
            *b = zeta.times(difference);
        }
    }
}

/// Reduces every coefficient, less than 2^32 before, below q.
pub(super) fn normalize(poly: &mut Poly) {
    const ONE: Factor = Factor::new(1);
    for coefficient in poly {
        *coefficient = below_q(ONE.times(*coefficient));
    }
}

fn below_q(less_than_2q: u32) -> u32 {
    // The wrapped difference is the larger one where there is nothing to subtract.
    less_than_2q.min(less_than_2q.wrapping_sub(Q))
}

/// Sums of products of coefficients; 2^32 q is the bound that [`reduce`] needs.
pub(super) type Sums = [u64; N];

/// Adds the products of `a` (below q) and `b` (below 18 q); 28 calls fill a sum.
pub(super) fn accumulate(sums: &mut Sums, a: &Poly, b: &Poly) {
    for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
        *sum += u64::from(*a) * u64::from(*b);
    }
}

/// Divides sums below 2^32 q by 2^32 modulo q; the answers are below 2 q.
pub(super) fn reduce(sums: &Sums) -> Poly {
    std::array::from_fn(|i| {
        let sum = sums[i];
        let multiple = (sum as u32).wrapping_mul(Q_INVERSE);
        let cleared = (u64::from(multiple) * u64::from(Q)) >> 32;
        // Both low words are equal, so the difference of the high words is exact: more than -q, less than q.
        (sum >> 32) as u32 + Q - cleared as u32
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn polys(bound: u32) -> impl Strategy<Value = Poly> {
        let edge = prop_oneof![Just(0), Just(1), Just(bound - 1)];
        prop_oneof![
            prop::collection::vec(0..bound, N),
            prop::collection::vec(edge, N),
            Just(vec![bound - 1; N]),
        ]
        .prop_map(|coefficients| std::array::from_fn(|i| coefficients[i]))
    }

    /// The product modulo X^256 + 1, by the school's method.
    fn product(a: &Poly, b: &Poly) -> Poly {
        let mut sums = [0u64; 2 * N];
        for (i, a) in a.iter().enumerate() {
            for (j, b) in b.iter().enumerate() {
                sums[i + j] = (sums[i + j] + u64::from(*a) * u64::from(*b)) % u64::from(Q);
            }
        }
        std::array::from_fn(|i| ((sums[i] + u64::from(Q) - sums[i + N]) % u64::from(Q)) as u32)
    }

    #[test]
    fn constants_are_those_of_the_standard() {
        // FIPS 204, appendix B: the first powers of the root in bit-reversed order.
        assert_eq!(ZETAS[0].map(|zeta| zeta.value)[..5], [1, 4_808_194, 3_765_607, 3_761_513, 5_178_923]);
        assert_eq!(Q.wrapping_mul(Q_INVERSE), 1);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn products_are_those_of_polynomials(a in polys(Q), b in polys(2 * Q), times in 1..=8u32) {
            let (mut a_hat, mut b_hat) = (a, b);
            forward(&mut a_hat);
            normalize(&mut a_hat);
            forward(&mut b_hat);
            prop_assert!(a_hat.iter().all(|c| *c < Q) && b_hat.iter().all(|c| *c < 18 * Q));
            let mut sums = [0; N];
            for _ in 0..times {
                accumulate(&mut sums, &a_hat, &b_hat);
            }
            let mut result = reduce(&sums);
            prop_assert!(result.iter().all(|c| *c < 2 * Q));
            inverse(&mut result);
            let expected = product(&a, &b).map(|c| (u64::from(c) * u64::from(times) % u64::from(Q)) as u32);
            prop_assert_eq!(result, expected);
        }

        #[test]
        fn the_inverse_takes_its_whole_range(a in polys(2 * Q)) {
            // Transformed again, with the factor 2^32 taken out, it is what it was.
            let mut result = a;
            inverse(&mut result);
            prop_assert!(result.iter().all(|c| *c < Q));
            forward(&mut result);
            let expected = a.map(|c| ((u64::from(c) << 32) % u64::from(Q)) as u32);
            prop_assert_eq!(result.map(|c| c % Q), expected);
        }

        #[test]
        fn any_word_is_normalized(words in prop::collection::vec(any::<u32>(), N)) {
            let mut poly: Poly = std::array::from_fn(|i| words[i]);
            normalize(&mut poly);
            prop_assert_eq!(poly.to_vec(), words.iter().map(|c| c % Q).collect::<Vec<_>>());
        }
    }
}
