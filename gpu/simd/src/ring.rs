//! Polynomials modulo q = 8380417 and X^256 + 1, and their number-theoretic transform (FIPS 204, section 7.5).
//!
//! Coefficients are signed and loosely reduced; each function says what it takes and leaves. Products are reduced in
//! Montgomery's form: [`reduce`] divides by 2^32 modulo q.

/// The modulus.
pub const Q: i32 = 8_380_417;
/// q^-1 modulo 2^32.
pub(crate) const Q_INVERSE: i32 = 58_728_449;
/// 2^64 / 256 modulo q: undoes the inverse transform's factor of 256 and one division by 2^32 of a product before it.
pub(crate) const SCALE: i32 = 41_978;

/// 256 coefficients, the constant one first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C, align(32))]
pub struct Poly(pub [i32; 256]);

impl Poly {
    /// The polynomial 0.
    pub const ZERO: Self = Self([0; 256]);
}

/// A factor in Montgomery's form, |factor| < q/2, and that factor times q^-1 modulo 2^32.
#[derive(Clone, Copy)]
pub(crate) struct Factor {
    pub(crate) value: i32,
    pub(crate) twisted: i32,
}

const fn multiply(a: u64, b: u64) -> u64 {
    a * b % Q as u64
}

const fn factor(value: u64) -> Factor {
    let scaled = multiply(value, (1 << 32) % Q as u64) as i32;
    let value = if scaled > Q / 2 { scaled - Q } else { scaled };
    Factor { value, twisted: value.wrapping_mul(Q_INVERSE) }
}

/// The factors of FIPS 204, appendix B: 1753 to the power of each index with its eight bits reversed.
pub(crate) const ZETAS: [Factor; 256] = {
    let mut powers = [1; 256];
    let mut i = 1;
    while i < 256 {
        powers[i] = multiply(powers[i - 1], 1753);
        i += 1;
    }
    let mut zetas = [factor(1); 256];
    let mut i = 0;
    while i < 256 {
        zetas[i] = factor(powers[(i as u8).reverse_bits() as usize]);
        i += 1;
    }
    zetas
};

/// `product` / 2^32 modulo q, for |product| < 2^31 q; the answer lies in (-q, q).
#[inline(always)]
pub(crate) fn reduce(product: i64) -> i32 {
    let multiple = (product as i32).wrapping_mul(Q_INVERSE);
    ((product - i64::from(multiple) * i64::from(Q)) >> 32) as i32
}

/// The transform. Takes |coefficients| <= q and leaves |coefficients| < 9q.
pub(crate) fn ntt(poly: &mut Poly) {
    let mut zetas = ZETAS.iter().skip(1);
    for length in [128, 64, 32, 16, 8, 4, 2, 1] {
        for (block, zeta) in poly.0.chunks_exact_mut(2 * length).zip(&mut zetas) {
            let (low, high) = block.split_at_mut(length);
            for (a, b) in low.iter_mut().zip(high) {
                let t = reduce(i64::from(*b) * i64::from(zeta.value));
                (*a, *b) = (*a + t, *a - t);
            }
        }
    }
}

/// The inverse transform times 2^32, which undoes one [`reduce`] before it. Takes |coefficients| < q and leaves
/// canonical ones, in `0..q`.
pub(crate) fn inverse_ntt(poly: &mut Poly) {
    let mut zetas = ZETAS.iter().rev();
    for length in [1, 2, 4, 8, 16, 32, 64, 128] {
        for (block, zeta) in poly.0.chunks_exact_mut(2 * length).zip(&mut zetas) {
            let (low, high) = block.split_at_mut(length);
            for (a, b) in low.iter_mut().zip(high) {
                (*a, *b) = (*a + *b, reduce(i64::from(*b - *a) * i64::from(zeta.value)));
            }
        }
    }
    for coefficient in &mut poly.0 {
        let reduced = reduce(i64::from(*coefficient) * i64::from(SCALE));
        *coefficient = reduced + (reduced >> 31 & Q);
    }
}

/// The sum of `left[i]` times `right[i]`, coefficient by coefficient, divided by 2^32. The sum of the products must stay
/// below 2^31 q; leaves |coefficients| < q.
pub(crate) fn inner_product<'a>(pairs: impl Iterator<Item = (&'a Poly, &'a Poly)> + Clone, sum: &mut Poly) {
    for (i, sum) in sum.0.iter_mut().enumerate() {
        let products = pairs.clone().map(|(left, right)| i64::from(left.0[i]) * i64::from(right.0[i]));
        *sum = reduce(products.sum());
    }
}
