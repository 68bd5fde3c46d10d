//! Numbers modulo l, the order of ristretto255, for long sums of products: crate `curve25519-dalek` keeps scalars in bytes and
//! takes them apart for every operation, which is most of the time here.

use curve25519_dalek::Scalar;

/// l = 2^252 + 27742317777372353535851937790883648493, lowest limb first.
const L: [u64; 4] = [0x5812_631a_5cf5_d3ed, 0x14de_f9de_a2f7_9cd6, 0, 0x1000_0000_0000_0000];
/// -1/l modulo 2^64.
const INVERSE: u64 = inverse();
/// 2^512 modulo l.
const R_SQUARED: [u64; 4] = power_of_two(512);

/// A number below l in Montgomery form: times 2^256, four limbs of 64 bits, lowest first. Public data: nothing runs in
/// constant time by intent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Residue([u64; 4]);

impl Residue {
    /// 0.
    pub(super) const ZERO: Self = Self([0; 4]);

    pub(super) fn new(scalar: &Scalar) -> Self {
        let mut limbs = [0; 4];
        for (limb, bytes) in limbs.iter_mut().zip(scalar.as_bytes().as_chunks().0) {
            *limb = u64::from_le_bytes(*bytes);
        }
        Self(product(&limbs, &R_SQUARED))
    }

    pub(super) fn scalar(&self) -> Scalar {
        let limbs = product(&self.0, &[1, 0, 0, 0]);
        let mut bytes = [0; 32];
        for (bytes, limb) in bytes.as_chunks_mut().0.iter_mut().zip(limbs) {
            *bytes = limb.to_le_bytes();
        }
        // Below l already.
        Scalar::from_bytes_mod_order(bytes)
    }

    #[inline]
    pub(super) fn times(&self, other: &Self) -> Self {
        Self(product(&self.0, &other.0))
    }

    #[inline]
    pub(super) fn plus(&self, other: &Self) -> Self {
        // Both are below 2^253, so nothing is carried out.
        let mut sum = [0; 4];
        let mut carry = false;
        for (sum, (a, b)) in sum.iter_mut().zip(self.0.iter().zip(&other.0)) {
            let (partial, first) = a.overflowing_add(*b);
            let (whole, second) = partial.overflowing_add(u64::from(carry));
            *sum = whole;
            carry = first | second;
        }
        Self(reduced(sum))
    }
}

/// `a * b / 2^256` modulo l, for a and b below 2^256 of which one is below l; the answer is below l.
#[inline]
fn product(a: &[u64; 4], b: &[u64; 4]) -> [u64; 4] {
    let mut t = [0u64; 5];
    for &limb in a {
        // t += limb * b
        let mut carry = 0u128;
        for (t, &b) in t.iter_mut().zip(b) {
            carry += u128::from(limb) * u128::from(b) + u128::from(*t);
            *t = carry as u64;
            carry >>= 64;
        }
        let high = u128::from(t[4]) + carry;
        // t = (t + m l) / 2^64, with m such that the lowest limb becomes 0.
        let m = t[0].wrapping_mul(INVERSE);
        let mut carry = u128::from(m) * u128::from(L[0]) + u128::from(t[0]);
        carry >>= 64;
        carry += u128::from(m) * u128::from(L[1]) + u128::from(t[1]);
        t[0] = carry as u64;
        carry >>= 64;
        // L[2] is 0.
        carry += u128::from(t[2]);
        t[1] = carry as u64;
        carry >>= 64;
        carry += u128::from(m) * u128::from(L[3]) + u128::from(t[3]);
        t[2] = carry as u64;
        carry >>= 64;
        carry += high;
        t[3] = carry as u64;
        t[4] = (carry >> 64) as u64;
    }
    // Below 2 l, which is below 2^254.
    reduced([t[0], t[1], t[2], t[3]])
}

/// A number below 2 l, less l unless it is below l.
#[inline]
fn reduced(number: [u64; 4]) -> [u64; 4] {
    let mut less = [0; 4];
    let mut borrow = false;
    for (less, (a, b)) in less.iter_mut().zip(number.iter().zip(&L)) {
        let (partial, first) = a.overflowing_sub(*b);
        let (whole, second) = partial.overflowing_sub(u64::from(borrow));
        *less = whole;
        borrow = first | second;
    }
    if borrow { number } else { less }
}

/// By Newton's iteration; every odd number is its own inverse modulo 8.
const fn inverse() -> u64 {
    let mut inverse = L[0];
    let mut round = 0;
    while round < 5 {
        inverse = inverse.wrapping_mul(2u64.wrapping_sub(L[0].wrapping_mul(inverse)));
        round += 1;
    }
    inverse.wrapping_neg()
}

/// 2^exponent modulo l, by doubling.
const fn power_of_two(exponent: u32) -> [u64; 4] {
    let mut power = [1u64, 0, 0, 0];
    let mut done = 0;
    while done < exponent {
        // Below l, so below 2^253: the double is below 2^254.
        let mut double = [0u64; 4];
        let mut limb = 0;
        while limb < 4 {
            let carried = if limb == 0 { 0 } else { power[limb - 1] >> 63 };
            double[limb] = power[limb] << 1 | carried;
            limb += 1;
        }
        let mut less = [0; 4];
        let mut borrow = 0;
        limb = 0;
        while limb < 4 {
            let (partial, first) = double[limb].overflowing_sub(L[limb]);
            let (whole, second) = partial.overflowing_sub(borrow);
            less[limb] = whole;
            borrow = (first | second) as u64;
            limb += 1;
        }
        power = if borrow == 1 { double } else { less };
        done += 1;
    }
    power
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Random numbers and those at the edges: 0, 1, 2, l - 1, l - 2, 2^252, 2^252 - 1.
    fn scalars() -> impl Strategy<Value = Scalar> {
        let two = Scalar::from(2u8);
        let high = (0..252).fold(Scalar::ONE, |power, _| power * two);
        let edges = vec![Scalar::ZERO, Scalar::ONE, two, -Scalar::ONE, -two, high, high - Scalar::ONE];
        prop_oneof![prop::sample::select(edges), any::<[u8; 32]>().prop_map(Scalar::from_bytes_mod_order),]
    }

    proptest! {
        #[test]
        fn crate_dalek_gives_the_same(a in scalars(), b in scalars()) {
            let (x, y) = (Residue::new(&a), Residue::new(&b));
            prop_assert_eq!(x.scalar(), a);
            prop_assert_eq!(x.times(&y).scalar(), a * b);
            prop_assert_eq!(x.plus(&y).scalar(), a + b);
            prop_assert_eq!(x.plus(&Residue::new(&-a)), Residue::ZERO);
            // Every number has one form.
            prop_assert_eq!(x == y, a == b);
        }
    }
}
