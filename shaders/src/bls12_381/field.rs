//! Numbers modulo the base field's prime p as the kernels' twins compute them: the twin of `bls12_381/field*.wgsl`.

use super::Words;
use std::ops::{Add, Mul, Neg, Sub};

/// p, in words.
pub const P: Words = [
    0xffff_aaab,
    0xb9fe_ffff,
    0xb153_ffff,
    0x1eab_fffe,
    0xf6b0_f624,
    0x6730_d2a0,
    0xf385_12bf,
    0x6477_4b84,
    0x434b_acd7,
    0x4b1b_a7b6,
    0x397f_e69a,
    0x1a01_11ea,
];
const MODULUS: [u64; 6] = [
    0xb9fe_ffff_ffff_aaab,
    0x1eab_fffe_b153_ffff,
    0x6730_d2a0_f6b0_f624,
    0x6477_4b84_f385_12bf,
    0x4b1b_a7b6_434b_acd7,
    0x1a01_11ea_397f_e69a,
];
/// Minus the inverse of p modulo 2^64.
const INVERSE: u64 = 0x89f3_fffc_fffc_fffd;
/// 2^390 and 2^780, modulo p.
const R: [u64; 6] = [
    0x4676_0000_00d1_ff2e,
    0x84b8_0337_9b48_00ac,
    0x0dd9_a7e0_e882_431c,
    0xc26c_26d0_b683_dcf8,
    0x29f1_4576_63c4_a5ee,
    0x015d_e996_7f3e_804b,
];
const R_SQUARED: [u64; 6] = [
    0xaec6_41c3_4510_070f,
    0x6ea6_6ec3_a013_2243,
    0x5efe_e07b_1df5_07af,
    0x4144_2921_eed2_1b14,
    0x9790_0177_2d32_f70a,
    0x0f69_6ee0_4acd_918c,
];

/// A number modulo p, kept times 2^390 (Montgomery) and below p.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fe([u64; 6]);

impl Fe {
    /// 0.
    pub const ZERO: Self = Self([0; 6]);
    /// 1.
    pub const ONE: Self = Self(R);

    /// From the words of a buffer: the number times 2^390, of any 384 bits.
    pub fn from_words(words: &Words) -> Self {
        let mut limbs = std::array::from_fn(|i| u64::from(words[2 * i]) | u64::from(words[2 * i + 1]) << 32);
        // At most 9 times.
        while let Some(less) = less_p(&limbs) {
            limbs = less;
        }
        Self(limbs)
    }

    /// The words of a buffer: the number times 2^390, below p.
    pub fn words(self) -> Words {
        std::array::from_fn(|i| (self.0[i / 2] >> (32 * (i % 2))) as u32)
    }

    /// From the number itself, of any 384 bits.
    pub fn from_plain(words: &Words) -> Self {
        Self::from_words(words) * Self(R_SQUARED)
    }

    /// The number itself, below p.
    pub fn to_plain(self) -> Words {
        (self * Self([1, 0, 0, 0, 0, 0])).words()
    }

    /// Its square.
    pub fn square(self) -> Self {
        self * self
    }

    /// The power with this exponent, its lowest word first.
    pub fn pow(self, exponent: &[u32]) -> Self {
        let bits = exponent.iter().rev().flat_map(|word| (0..32).rev().map(move |bit| word >> bit & 1));
        bits.fold(Self::ONE, |power, bit| {
            let square = power.square();
            if bit == 1 { square * self } else { square }
        })
    }

    /// 1 over it; 0 for 0.
    pub fn inverse(self) -> Self {
        let mut exponent = P;
        exponent[0] -= 2;
        self.pow(&exponent)
    }

    /// Whether it is 0.
    pub fn is_zero(self) -> bool {
        self == Self::ZERO
    }
}

/// Less p; `None` where it is below p.
fn less_p(x: &[u64; 6]) -> Option<[u64; 6]> {
    let mut borrow = false;
    let limbs = std::array::from_fn(|i| {
        let (first, under) = x[i].overflowing_sub(MODULUS[i]);
        let (second, under_again) = first.overflowing_sub(u64::from(borrow));
        borrow = under || under_again;
        second
    });
    (!borrow).then_some(limbs)
}

/// x + factor y, the first limb last but in order, and what is carried out.
fn multiply_add(x: &mut [u64], factor: u64, y: &[u64; 6]) -> u64 {
    let mut carry = 0;
    for (x, y) in x.iter_mut().zip(y) {
        let wide = u128::from(*x) + u128::from(factor) * u128::from(*y) + carry;
        *x = wide as u64;
        carry = wide >> 64;
    }
    carry as u64
}

impl Add for Fe {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        // Below 2^382.
        let mut sum = self.0;
        multiply_add(&mut sum, 1, &other.0);
        Self(less_p(&sum).unwrap_or(sum))
    }
}

impl Sub for Fe {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Neg for Fe {
    type Output = Self;

    fn neg(self) -> Self {
        let mut borrow = false;
        let limbs = std::array::from_fn(|i| {
            let (first, under) = MODULUS[i].overflowing_sub(self.0[i]);
            let (second, under_again) = first.overflowing_sub(u64::from(borrow));
            borrow = under || under_again;
            second
        });
        // Of 0 it is p.
        Self(less_p(&limbs).unwrap_or(limbs))
    }
}

impl Mul for Fe {
    type Output = Self;

    /// The product over 2^390: over 2^384 word by word, then over 2^6.
    fn mul(self, other: Self) -> Self {
        let mut wide = [0; 13];
        for (i, factor) in self.0.into_iter().enumerate() {
            wide[i + 6] = multiply_add(&mut wide[i..i + 6], factor, &other.0);
        }
        for i in 0..6 {
            let factor = wide[i].wrapping_mul(INVERSE);
            let mut carry = multiply_add(&mut wide[i..i + 6], factor, &MODULUS);
            for limb in &mut wide[i + 6..] {
                let (sum, over) = limb.overflowing_add(carry);
                (*limb, carry) = (sum, u64::from(over));
            }
        }
        let factor = wide[6].wrapping_mul(INVERSE) & 63;
        wide[12] += multiply_add(&mut wide[6..12], factor, &MODULUS);
        let limbs = std::array::from_fn(|i| wide[6 + i] >> 6 | wide[7 + i] << 58);
        // Below p + p^2 / 2^390.
        Self(less_p(&limbs).unwrap_or(limbs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn small(value: u32) -> Words {
        let mut words = [0; 12];
        words[0] = value;
        words
    }

    /// p and a little.
    fn p_and(more: i32) -> Words {
        let mut words = P;
        words[0] = words[0].wrapping_add_signed(more);
        words
    }

    #[test]
    fn boundary_numbers_are_reduced() {
        for more in -3..19 {
            let expected = if more < 0 { p_and(more) } else { small(more as u32) };
            assert_eq!(Fe::from_words(&p_and(more)).words(), expected, "{more}");
        }
        // 2^384 - 1 is 9 p and the rest.
        let rest = Fe::from_words(&[!0; 12]);
        let nine = (0..9).fold(rest, |sum, _| sum + Fe::from_words(&P));
        assert_eq!(nine, rest);
        assert_eq!(Fe::from_plain(&[!0; 12]).to_plain(), rest.words());
        assert_eq!(-Fe::ZERO, Fe::ZERO);
        assert_eq!(Fe::from_plain(&p_and(-1)), -Fe::ONE);
        assert_eq!(Fe::ZERO.inverse(), Fe::ZERO);
    }

    #[test]
    fn the_factor_is_2_to_the_390() {
        let two = Fe::from_plain(&small(2));
        assert_eq!(two, Fe::ONE + Fe::ONE);
        assert_eq!(two.pow(&[390]).to_plain(), Fe::ONE.words());
        assert_eq!(Fe::ONE.to_plain(), small(1));
        assert_eq!((two * two.inverse()).to_plain(), small(1));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn laws_hold(a: Words, b: Words, c: Words) {
            let [a, b, c] = [a, b, c].map(|words| Fe::from_words(&words));
            prop_assert_eq!((a + b) * c, a * c + b * c);
            prop_assert_eq!((a * b) * c, a * (c * b));
            prop_assert_eq!(a - b + b, a);
            prop_assert_eq!(-a + a, Fe::ZERO);
            prop_assert_eq!(Fe::from_plain(&a.to_plain()), a);
            prop_assert!(less_p(&(a * b).0).is_none() && less_p(&(a + b).0).is_none());
            if !a.is_zero() {
                prop_assert_eq!(a * a.inverse(), Fe::ONE);
            }
        }
    }
}
