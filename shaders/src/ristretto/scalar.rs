//! Numbers modulo l, the order of the group, as the kernels' twins compute them: the twin of `ristretto/scalar*.wgsl`.

use super::Words;

/// 2^252 + 27742317777372353535851937790883648493.
const L: [u64; 4] = [0x5812_631a_5cf5_d3ed, 0x14de_f9de_a2f7_9cd6, 0, 1 << 60];
/// Minus the inverse of l modulo 2^64.
const L_INVERSE: u64 = 0xd2b5_1da3_1254_7e1b;

/// A number below l.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sc([u64; 4]);

impl Sc {
    pub(super) const ZERO: Self = Self([0; 4]);

    /// Below l, or any 256 bits that are only multiplied.
    pub(super) fn from_words(words: &Words) -> Self {
        Self(std::array::from_fn(|i| u64::from(words[2 * i]) | u64::from(words[2 * i + 1]) << 32))
    }

    pub(super) fn words(self) -> Words {
        std::array::from_fn(|i| (self.0[i / 2] >> (32 * (i % 2))) as u32)
    }

    pub(super) fn plus(self, other: Self) -> Self {
        let mut sum = [0; 4];
        let mut carry = 0;
        for (sum, (a, b)) in sum.iter_mut().zip(self.0.iter().zip(other.0)) {
            let wide = u128::from(*a) + u128::from(b) + carry;
            *sum = wide as u64;
            carry = wide >> 64;
        }
        Self(less_l(sum))
    }

    /// The product over 2^260.
    pub(super) fn times(self, other: Self) -> Self {
        // Over 2^256 twice, with 2^252 in between.
        Self(montgomery(&montgomery(&self.0, &other.0), &[0, 0, 0, 1 << 60]))
    }
}

fn subtract(a: &[u64; 4], b: &[u64; 4]) -> ([u64; 4], bool) {
    let mut borrow = false;
    let limbs = std::array::from_fn(|i| {
        let (first, under) = a[i].overflowing_sub(b[i]);
        let (second, under_again) = first.overflowing_sub(u64::from(borrow));
        borrow = under || under_again;
        second
    });
    (limbs, borrow)
}

/// From below 2 l to below l.
fn less_l(x: [u64; 4]) -> [u64; 4] {
    let (less, borrow) = subtract(&x, &L);
    if borrow { x } else { less }
}

/// The product over 2^256.
fn montgomery(x: &[u64; 4], y: &[u64; 4]) -> [u64; 4] {
    let mut t = [0_u64; 6];
    for factor in x {
        add_multiple(&mut t, *factor, y);
        let m = t[0].wrapping_mul(L_INVERSE);
        add_multiple(&mut t, m, &L);
        t.copy_within(1.., 0);
        t[5] = 0;
    }
    less_l([t[0], t[1], t[2], t[3]])
}

fn add_multiple(t: &mut [u64; 6], factor: u64, y: &[u64; 4]) {
    let mut carry = 0;
    for (i, t) in t.iter_mut().enumerate() {
        let product = u128::from(factor) * u128::from(y.get(i).copied().unwrap_or_default());
        let wide = u128::from(*t) + product + carry;
        *t = wide as u64;
        carry = wide >> 64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use curve25519_dalek::Scalar;
    use proptest::prelude::*;

    fn bytes(words: Words) -> [u8; 32] {
        std::array::from_fn(|i| words[i / 4].to_le_bytes()[i % 4])
    }

    proptest! {
        #[test]
        fn arithmetic_is_the_librarys(a: Words, b: Words) {
            let dalek = [a, b].map(|words| Scalar::from_bytes_mod_order(bytes(words)));
            let one = Sc::from_words(&super::super::FACTOR);
            // Reduced by a product.
            let [a, b] = [a, b].map(|words| Sc::from_words(&words).times(one));
            let same = |ours: Sc, theirs: Scalar| bytes(ours.words()) == theirs.to_bytes();
            prop_assert!(same(a, dalek[0]) && same(b, dalek[1]));
            prop_assert!(same(a.plus(b), dalek[0] + dalek[1]));
            let factor = (0..260).fold(Scalar::ONE, |power, _| power + power);
            prop_assert_eq!(Scalar::from_bytes_mod_order(bytes(a.times(b).words())) * factor, dalek[0] * dalek[1]);
        }
    }

    #[test]
    fn numbers_next_to_l_are_reduced() {
        let one = Sc::from_words(&[1, 0, 0, 0, 0, 0, 0, 0]);
        let minus_one = Sc(subtract(&L, &one.0).0);
        assert_eq!(minus_one.plus(one), Sc::ZERO);
        assert_eq!(minus_one.plus(minus_one).plus(one), minus_one);
    }
}
