//! 256-bit arithmetic on stack words, limb by limb.
//!
//! A [`Word`] is four 64-bit limbs, least significant first. Every operation is modulo 2^256 and total: what Ethereum
//! defines for division by zero and out-of-range shifts is the answer here.

use primitive_types::U256;
use ruint::Uint;

/// A stack word.
pub(crate) type Word = U256;
type Wide = Uint<256, 4>;

pub(crate) const ZERO: Word = U256([0; 4]);
pub(crate) const ONE: Word = U256([1, 0, 0, 0]);

#[inline(always)]
pub(crate) fn flag(value: bool) -> Word {
    U256([u64::from(value), 0, 0, 0])
}

#[inline(always)]
pub(crate) fn small(value: u64) -> Word {
    U256([value, 0, 0, 0])
}

/// The word as a u64, if it is one.
#[inline(always)]
pub(crate) fn to_u64(word: &Word) -> Option<u64> {
    let [low, a, b, c] = word.0;
    (a | b | c == 0).then_some(low)
}

/// The word as a u64, or `u64::MAX` where it is larger.
#[inline(always)]
pub(crate) fn saturate(word: &Word) -> u64 {
    to_u64(word).unwrap_or(u64::MAX)
}

#[inline(always)]
fn add_carry(a: u64, b: u64, carry: bool) -> (u64, bool) {
    let (sum, c1) = a.overflowing_add(b);
    let (sum, c2) = sum.overflowing_add(u64::from(carry));
    (sum, c1 | c2)
}

#[inline(always)]
fn sub_borrow(a: u64, b: u64, borrow: bool) -> (u64, bool) {
    let (difference, b1) = a.overflowing_sub(b);
    let (difference, b2) = difference.overflowing_sub(u64::from(borrow));
    (difference, b1 | b2)
}

#[inline(always)]
pub(crate) fn add(a: &Word, b: &Word) -> Word {
    let (l0, c) = a.0[0].overflowing_add(b.0[0]);
    let (l1, c) = add_carry(a.0[1], b.0[1], c);
    let (l2, c) = add_carry(a.0[2], b.0[2], c);
    let (l3, _) = add_carry(a.0[3], b.0[3], c);
    U256([l0, l1, l2, l3])
}

#[inline(always)]
pub(crate) fn sub(a: &Word, b: &Word) -> Word {
    sub_with_borrow(a, b).0
}

#[inline(always)]
fn sub_with_borrow(a: &Word, b: &Word) -> (Word, bool) {
    let (l0, c) = a.0[0].overflowing_sub(b.0[0]);
    let (l1, c) = sub_borrow(a.0[1], b.0[1], c);
    let (l2, c) = sub_borrow(a.0[2], b.0[2], c);
    let (l3, c) = sub_borrow(a.0[3], b.0[3], c);
    (U256([l0, l1, l2, l3]), c)
}

#[inline(always)]
pub(crate) fn lt(a: &Word, b: &Word) -> bool {
    sub_with_borrow(a, b).1
}

#[inline(always)]
pub(crate) fn slt(a: &Word, b: &Word) -> bool {
    let (a_negative, b_negative) = (is_negative(a), is_negative(b));
    if a_negative == b_negative { lt(a, b) } else { a_negative }
}

#[inline(always)]
pub(crate) fn eq(a: &Word, b: &Word) -> bool {
    (a.0[0] ^ b.0[0]) | (a.0[1] ^ b.0[1]) | (a.0[2] ^ b.0[2]) | (a.0[3] ^ b.0[3]) == 0
}

#[inline(always)]
pub(crate) fn is_zero(a: &Word) -> bool {
    a.0[0] | a.0[1] | a.0[2] | a.0[3] == 0
}

#[inline(always)]
fn is_negative(a: &Word) -> bool {
    (a.0[3] as i64) < 0
}

/// The two's complement negation.
#[inline(always)]
pub(crate) fn neg(a: &Word) -> Word {
    sub(&ZERO, a)
}

/// One column step of a schoolbook product: `a * b + c + d`, which fits 128 bits.
#[inline(always)]
fn mul_add(a: u64, b: u64, c: u64, d: u64) -> (u64, u64) {
    let wide = u128::from(a) * u128::from(b) + u128::from(c) + u128::from(d);
    (wide as u64, (wide >> 64) as u64)
}

#[inline(always)]
pub(crate) fn mul(a: &Word, b: &Word) -> Word {
    let (a, b) = (&a.0, &b.0);
    let (r0, h) = mul_add(a[0], b[0], 0, 0);
    let (r1, h) = mul_add(a[0], b[1], h, 0);
    let (r2, h) = mul_add(a[0], b[2], h, 0);
    let r3 = a[0].wrapping_mul(b[3]).wrapping_add(h);
    let (r1, h) = mul_add(a[1], b[0], r1, 0);
    let (r2, h) = mul_add(a[1], b[1], r2, h);
    let r3 = a[1].wrapping_mul(b[2]).wrapping_add(h).wrapping_add(r3);
    let (r2, h) = mul_add(a[2], b[0], r2, 0);
    let r3 = a[2].wrapping_mul(b[1]).wrapping_add(h).wrapping_add(r3);
    let r3 = a[3].wrapping_mul(b[0]).wrapping_add(r3);
    U256([r0, r1, r2, r3])
}

#[inline(always)]
fn wide(a: &Word) -> Wide {
    Wide::from_limbs(a.0)
}

#[inline(always)]
fn narrow(a: Wide) -> Word {
    U256(a.into_limbs())
}

/// Quotient and remainder; both zero for a zero divisor.
#[inline]
fn div_rem(a: &Word, b: &Word) -> (Word, Word) {
    if (a.0[1] | a.0[2] | a.0[3] | b.0[1] | b.0[2] | b.0[3]) == 0 {
        let (Some(q), Some(r)) = (a.0[0].checked_div(b.0[0]), a.0[0].checked_rem(b.0[0])) else {
            return (ZERO, ZERO);
        };
        return (small(q), small(r));
    }
    if is_zero(b) {
        return (ZERO, ZERO);
    }
    if lt(a, b) {
        return (ZERO, *a);
    }
    let (q, r) = wide(a).div_rem(wide(b));
    (narrow(q), narrow(r))
}

pub(crate) fn div(a: &Word, b: &Word) -> Word {
    div_rem(a, b).0
}

pub(crate) fn rem(a: &Word, b: &Word) -> Word {
    div_rem(a, b).1
}

#[inline]
fn magnitude(a: &Word) -> Word {
    if is_negative(a) { neg(a) } else { *a }
}

pub(crate) fn sdiv(a: &Word, b: &Word) -> Word {
    let quotient = div(&magnitude(a), &magnitude(b));
    if is_negative(a) == is_negative(b) { quotient } else { neg(&quotient) }
}

/// The sign of the remainder is the dividend's.
pub(crate) fn smod(a: &Word, b: &Word) -> Word {
    let remainder = rem(&magnitude(a), &magnitude(b));
    if is_negative(a) { neg(&remainder) } else { remainder }
}

pub(crate) fn addmod(a: &Word, b: &Word, modulus: &Word) -> Word {
    if is_zero(modulus) { ZERO } else { narrow(wide(a).add_mod(wide(b), wide(modulus))) }
}

pub(crate) fn mulmod(a: &Word, b: &Word, modulus: &Word) -> Word {
    if is_zero(modulus) { ZERO } else { narrow(wide(a).mul_mod(wide(b), wide(modulus))) }
}

/// `base` to the power of `exponent`, from the exponent's highest set bit down.
pub(crate) fn exp(base: &Word, exponent: &Word) -> Word {
    if base.0 == [2, 0, 0, 0] {
        return shl(exponent, &ONE);
    }
    let mut result = ONE;
    for bit in (0..exponent.bits()).rev() {
        result = mul(&result, &result);
        if (exponent.0[bit / 64] >> (bit % 64)) & 1 == 1 {
            result = mul(&result, base);
        }
    }
    result
}

/// Extends the sign of the number in the low `index + 1` bytes.
#[inline]
pub(crate) fn signextend(index: &Word, value: &Word) -> Word {
    let Some(index @ 0..31) = to_u64(index) else { return *value };
    let sign_bit = index as usize * 8 + 7;
    let (limb, shift) = (sign_bit / 64, 63 - sign_bit % 64);
    let mut limbs = value.0;
    let extended = ((limbs[limb] << shift) as i64) >> shift;
    limbs[limb] = extended as u64;
    let fill = (extended >> 63) as u64;
    for upper in &mut limbs[limb + 1..] {
        *upper = fill;
    }
    U256(limbs)
}

/// Byte `index` counted from the most significant; zero beyond 31.
#[inline(always)]
pub(crate) fn byte(index: &Word, value: &Word) -> Word {
    match to_u64(index) {
        Some(index @ 0..32) => {
            let position = 31 - index as usize;
            small((value.0[position / 8] >> (position % 8 * 8)) & 0xff)
        }
        _ => ZERO,
    }
}

// Shifts move whole limbs by a match and bits by pairs of shifts, without a local array: an array whose address is taken
// would keep the instructions that inline them from ending in a jump.

#[inline]
pub(crate) fn shl(shift: &Word, value: &Word) -> Word {
    let Some(shift @ 0..256) = to_u64(shift) else { return ZERO };
    let [a, b, c, d] = value.0;
    let (a, b, c, d) = match shift / 64 {
        0 => (a, b, c, d),
        1 => (0, a, b, c),
        2 => (0, 0, a, b),
        _ => (0, 0, 0, a),
    };
    let bits = shift % 64;
    // In two steps, since a shift by 64 is none.
    let joined = |high: u64, low: u64| high << bits | low >> 1 >> (63 - bits);
    U256([a << bits, joined(b, a), joined(c, b), joined(d, c)])
}

#[inline]
pub(crate) fn shr(shift: &Word, value: &Word) -> Word {
    match to_u64(shift) {
        Some(shift @ 0..256) => shift_right(value, shift, 0),
        _ => ZERO,
    }
}

#[inline]
pub(crate) fn sar(shift: &Word, value: &Word) -> Word {
    let fill = ((value.0[3] as i64) >> 63) as u64;
    match to_u64(shift) {
        Some(shift @ 0..256) => shift_right(value, shift, fill),
        _ => U256([fill; 4]),
    }
}

/// `shift` is below 256.
#[inline(always)]
fn shift_right(value: &Word, shift: u64, fill: u64) -> Word {
    let [a, b, c, d] = value.0;
    let (a, b, c, d) = match shift / 64 {
        0 => (a, b, c, d),
        1 => (b, c, d, fill),
        2 => (c, d, fill, fill),
        _ => (d, fill, fill, fill),
    };
    let bits = shift % 64;
    let joined = |high: u64, low: u64| low >> bits | high << 1 << (63 - bits);
    U256([joined(b, a), joined(c, b), joined(d, c), joined(fill, d)])
}

/// Number of zero bits above the highest set bit; 256 for zero (EIP-7939).
pub(crate) fn clz(value: &Word) -> Word {
    small(u64::from(value.leading_zeros()))
}

/// The word from 32 big-endian bytes.
#[inline(always)]
pub(crate) fn from_be(bytes: &[u8; 32]) -> Word {
    let limb = |at: usize| {
        let mut eight = [0u8; 8];
        eight.copy_from_slice(&bytes[at..at + 8]);
        u64::from_be_bytes(eight)
    };
    U256([limb(24), limb(16), limb(8), limb(0)])
}

/// The word as 32 big-endian bytes.
#[inline(always)]
pub(crate) fn to_be(word: &Word) -> [u8; 32] {
    let mut bytes = [0u8; 32];
    for (chunk, limb) in bytes.chunks_exact_mut(8).zip(word.0.iter().rev()) {
        chunk.copy_from_slice(&limb.to_be_bytes());
    }
    bytes
}

/// The low 20 bytes, as an address.
#[inline(always)]
pub(crate) fn to_address(word: &Word) -> primitive_types::H160 {
    let bytes = to_be(word);
    primitive_types::H160::from_slice(&bytes[12..])
}

/// An address as a word.
#[inline(always)]
pub(crate) fn from_address(address: &primitive_types::H160) -> Word {
    let mut bytes = [0u8; 32];
    bytes[12..].copy_from_slice(address.as_bytes());
    from_be(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn word() -> impl Strategy<Value = Word> {
        let limb = prop_oneof![Just(0u64), Just(1), Just(u64::MAX), Just(1 << 63), any::<u64>()];
        prop::array::uniform4(limb).prop_map(U256)
    }

    /// The number as a sign and a magnitude, by the definition of two's complement.
    fn signed(a: Word) -> (bool, U256) {
        let negative = a.bit(255);
        (negative, if negative { (!a).overflowing_add(U256::one()).0 } else { a })
    }

    fn resigned(negative: bool, magnitude: U256) -> Word {
        if negative { (!magnitude).overflowing_add(U256::one()).0 } else { magnitude }
    }

    proptest! {
        #[test]
        fn arithmetic_is_that_of_a_library(a in word(), b in word(), m in word()) {
            prop_assert_eq!(add(&a, &b), a.overflowing_add(b).0);
            prop_assert_eq!(sub(&a, &b), a.overflowing_sub(b).0);
            prop_assert_eq!(mul(&a, &b), a.overflowing_mul(b).0);
            prop_assert_eq!(div(&a, &b), a.checked_div(b).unwrap_or_default());
            prop_assert_eq!(rem(&a, &b), a.checked_rem(b).unwrap_or_default());
            prop_assert_eq!(lt(&a, &b), a < b);
            prop_assert_eq!(eq(&a, &b), a == b);
            let (na, ma) = signed(a);
            let (nb, mb) = signed(b);
            prop_assert_eq!(sdiv(&a, &b), resigned(na != nb, ma.checked_div(mb).unwrap_or_default()));
            prop_assert_eq!(smod(&a, &b), resigned(na, ma.checked_rem(mb).unwrap_or_default()));
            prop_assert_eq!(slt(&a, &b), (na && !nb) || (na == nb && a < b));
            if !m.is_zero() {
                let product = a.full_mul(b) % primitive_types::U512::from(m);
                prop_assert_eq!(primitive_types::U512::from(mulmod(&a, &b, &m)), product);
                let sum = (primitive_types::U512::from(a) + primitive_types::U512::from(b)) % primitive_types::U512::from(m);
                prop_assert_eq!(primitive_types::U512::from(addmod(&a, &b, &m)), sum);
            }
            prop_assert_eq!(exp(&a, &b), a.overflowing_pow(b).0);
        }

        #[test]
        fn shifts_are_those_of_a_library(a in word(), s in prop_oneof![0u64..300, any::<u64>()]) {
            let shift = small(s);
            let wide = usize::try_from(s.min(256)).unwrap_or(256);
            prop_assert_eq!(shl(&shift, &a), a << wide);
            prop_assert_eq!(shr(&shift, &a), a >> wide);
            let ones = if a.bit(255) { !(U256::MAX >> wide) } else { U256::zero() };
            prop_assert_eq!(sar(&shift, &a), (a >> wide) | ones);
            let expected = if s < 32 { u64::from(a.byte(31 - s as usize)) } else { 0 };
            prop_assert_eq!(byte(&shift, &a), small(expected));
            let bits = (s.min(31) as usize + 1) * 8;
            let kept = if bits == 256 { U256::MAX } else { (U256::one() << bits) - 1 };
            let extended = if a.bit(bits - 1) { a | !kept } else { a & kept };
            prop_assert_eq!(signextend(&shift, &a), if s > 31 { a } else { extended });
        }

        #[test]
        fn bytes_read_back(a in word()) {
            prop_assert_eq!(from_be(&to_be(&a)), a);
            prop_assert_eq!(to_be(&a), a.to_big_endian());
        }
    }
}
