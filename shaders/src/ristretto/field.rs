//! Numbers modulo p = 2^255 - 19 as the kernels' twins compute them: the twin of `ristretto/field*.wgsl`.

use super::Words;
use std::ops::{Add, Mul, Neg, Sub};

const LOW_51: u64 = (1 << 51) - 1;
/// The even square root of minus 1.
const ROOT: Words =
    [0x4a0e_a0b0, 0xc4ee_1b27, 0xad2f_e478, 0x2f43_1806, 0x3dfb_d7a7, 0x2b4d_0099, 0x4fc1_df0b, 0x2b83_2480];

/// A number modulo p: five limbs of 51 bits and a little.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fe([u64; 5]);

impl Fe {
    pub(super) const ZERO: Self = Self([0; 5]);
    pub(super) const ONE: Self = Self([1, 0, 0, 0, 0]);

    /// Any 256 bits.
    pub(super) fn from_words(words: &Words) -> Self {
        let [a, b, c, d] = [0, 2, 4, 6].map(|i| u64::from(words[i]) | u64::from(words[i + 1]) << 32);
        Self([
            (a & LOW_51) + 19 * (d >> 63),
            (a >> 51 | b << 13) & LOW_51,
            (b >> 38 | c << 26) & LOW_51,
            (c >> 25 | d << 39) & LOW_51,
            (d >> 12) & LOW_51,
        ])
    }

    /// Those of the number below p that it is.
    pub(super) fn words(self) -> Words {
        let Self([mut a, mut b, mut c, mut d, mut e]) = self.carried().carried();
        // 1 where it is p or more.
        let above = [b, c, d, e].iter().fold((a + 19) >> 51, |carry, limb| (limb + carry) >> 51);
        a += 19 * above;
        b += a >> 51;
        c += b >> 51;
        d += c >> 51;
        e += d >> 51;
        let [a, b, c, d, e] = [a, b, c, d, e].map(|limb| limb & LOW_51);
        let words = [a | b << 51, b >> 13 | c << 38, c >> 26 | d << 25, d >> 39 | e << 12];
        std::array::from_fn(|i| (words[i / 2] >> (32 * (i % 2))) as u32)
    }

    fn carried(self) -> Self {
        let Self([a, mut b, mut c, mut d, mut e]) = self;
        b += a >> 51;
        c += b >> 51;
        d += c >> 51;
        e += d >> 51;
        let mut limbs = [a, b, c, d, e].map(|limb| limb & LOW_51);
        limbs[0] += 19 * (e >> 51);
        Self(limbs)
    }

    pub(super) fn square(self) -> Self {
        self * self
    }

    pub(super) fn is_odd(self) -> bool {
        self.words()[0] & 1 != 0
    }

    /// The even one of it and its negative.
    pub(super) fn even(self) -> Self {
        if self.is_odd() { -self } else { self }
    }

    pub(super) fn root_of_minus_one() -> Self {
        Self::from_words(&ROOT)
    }

    /// The power 2^252 - 3.
    fn power(self) -> Self {
        // All bits but the second are set.
        let step = |power: Self, bit: u32| if bit == 1 { power.square() } else { power.square() * self };
        (0..251).rev().fold(self, step)
    }

    /// 1 over the square root, even, and whether it is a square; of the number times the root of minus 1 where it is not.
    /// 0 for 0, which counts as none.
    pub(super) fn inverse_root(self) -> (Self, bool) {
        let cube = self.square() * self;
        let root = cube * (cube.square() * self).power();
        let check = root.square() * self;
        let is = |value: Self| (check - value).words() == [0; 8];
        let i = Self::root_of_minus_one();
        let turned = if is(-Self::ONE) || is(-i) { root * i } else { root };
        (turned.even(), is(Self::ONE) || is(-Self::ONE))
    }

    /// 1 over it; 0 for 0.
    pub(super) fn inverse(self) -> Self {
        // The power p - 2 = 8 (2^252 - 3) + 3.
        (0..3).fold(self.power(), |power, _| power.square()) * self.square() * self
    }

    /// Whether these words are those of a number below p.
    pub(super) fn is_canonical(words: &Words) -> bool {
        Self::from_words(words).words() == *words
    }
}

impl Add for Fe {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] + other.0[i])).carried()
    }
}

impl Sub for Fe {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        // 16 p, limb by limb.
        let many = [(LOW_51 - 18) << 4, LOW_51 << 4, LOW_51 << 4, LOW_51 << 4, LOW_51 << 4];
        Self(std::array::from_fn(|i| self.0[i] + many[i] - other.0[i])).carried()
    }
}

impl Neg for Fe {
    type Output = Self;

    fn neg(self) -> Self {
        Self::ZERO - self
    }
}

impl Mul for Fe {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let wide = |a: u64, b: u64| u128::from(a) * u128::from(b);
        let (f, g) = (self.0, other.0);
        let mut sums: [u128; 5] = std::array::from_fn(|k| {
            let term = |i: usize| {
                if i <= k { wide(f[i], g[k - i]) } else { wide(f[i], 19 * g[5 + k - i]) }
            };
            (0..5).map(term).sum()
        });
        for i in 0..4 {
            sums[i + 1] += sums[i] >> 51;
        }
        let over = (sums[4] >> 51) as u64;
        let mut limbs = sums.map(|sum| sum as u64 & LOW_51);
        // Below 2^51 times 2^8.
        limbs[0] += 19 * over;
        limbs[1] += limbs[0] >> 51;
        limbs[0] &= LOW_51;
        Self(limbs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const P: Words = [0xffff_ffed, !0, !0, !0, !0, !0, !0, 0x7fff_ffff];

    fn p_and(more: i64) -> Words {
        let mut words = P;
        words[0] = words[0].wrapping_add(more as u32);
        words
    }

    #[test]
    fn boundary_numbers_are_reduced() {
        for more in -3..19 {
            let expected = if more < 0 { p_and(more) } else { [more as u32, 0, 0, 0, 0, 0, 0, 0] };
            assert_eq!(Fe::from_words(&p_and(more)).words(), expected, "{more}");
        }
        // 2^256 - 1 is 37.
        assert_eq!(Fe::from_words(&[!0; 8]).words(), [37, 0, 0, 0, 0, 0, 0, 0]);
        assert!(!Fe::is_canonical(&P) && Fe::is_canonical(&p_and(-1)));
    }

    #[test]
    fn the_root_is_one_of_minus_one() {
        assert_eq!(Fe::root_of_minus_one().square().words(), p_and(-1));
        assert!(!Fe::ZERO.inverse_root().1);
        assert_eq!(Fe::ZERO.inverse().words(), [0; 8]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn laws_hold(a: Words, b: Words, c: Words) {
            let [a, b, c] = [a, b, c].map(|words| Fe::from_words(&words));
            prop_assert_eq!(((a + b) * c).words(), (a * c + b * c).words());
            prop_assert_eq!(((a - b) + b).words(), a.words());
            prop_assert_eq!((-a + a).words(), [0; 8]);
            if a.words() != [0; 8] {
                prop_assert_eq!((a * a.inverse()).words(), Fe::ONE.words());
                let (root, is_square) = a.inverse_root();
                let factor = if is_square { Fe::ONE } else { Fe::root_of_minus_one() };
                prop_assert_eq!((root.square() * a).words(), factor.words());
                prop_assert!(!root.is_odd());
                prop_assert!(a.square().inverse_root().1);
            }
        }
    }
}
