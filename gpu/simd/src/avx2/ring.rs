//! The transform, eight coefficients a register. Operation for operation that of [`crate::ring`], so the very same
//! representatives come out.

use super::{load32, store32};
use crate::ring::{Factor, Poly, Q, Q_INVERSE, SCALE, ZETAS};
use std::arch::x86_64::*;

/// Factors for eight butterflies.
#[repr(C, align(32))]
#[derive(Clone, Copy)]
struct Factors {
    value: [i32; 8],
    twisted: [i32; 8],
}

/// The factors of the last three levels, by 16 coefficients; level `2^LOG` has eight butterflies there, so each factor is
/// repeated `2^LOG` times. Backwards for the inverse.
const fn spread<const LOG: usize, const BACKWARDS: bool>() -> [Factors; 16] {
    let mut all = [Factors { value: [0; 8], twisted: [0; 8] }; 16];
    let count = 128 >> LOG;
    let mut at = 0;
    while at < 128 {
        let block = at >> LOG;
        let index = if BACKWARDS { 2 * count - 1 - block } else { count + block };
        all[at / 8].value[at % 8] = ZETAS[index].value;
        all[at / 8].twisted[at % 8] = ZETAS[index].twisted;
        at += 1;
    }
    all
}

static LENGTH_4: [Factors; 16] = spread::<2, false>();
static LENGTH_2: [Factors; 16] = spread::<1, false>();
static LENGTH_1: [Factors; 16] = spread::<0, false>();
static BACK_4: [Factors; 16] = spread::<2, true>();
static BACK_2: [Factors; 16] = spread::<1, true>();
static BACK_1: [Factors; 16] = spread::<0, true>();
static FACTORS: [Factor; 256] = ZETAS;

/// Eight factors ready for the even and the odd coefficients.
#[derive(Clone, Copy)]
struct Ready {
    even: __m256i,
    odd: __m256i,
    twisted_even: __m256i,
    twisted_odd: __m256i,
}

#[inline]
#[target_feature(enable = "avx2")]
fn odd(a: __m256i) -> __m256i {
    _mm256_srli_epi64::<32>(a)
}

/// One factor for all.
#[inline]
#[target_feature(enable = "avx2")]
fn same(index: usize) -> Ready {
    let factor = FACTORS[index & 255];
    let (value, twisted) = (_mm256_set1_epi32(factor.value), _mm256_set1_epi32(factor.twisted));
    Ready { even: value, odd: value, twisted_even: twisted, twisted_odd: twisted }
}

/// Factors that come in equal pairs.
#[inline]
#[target_feature(enable = "avx2")]
fn pairs(factors: &Factors) -> Ready {
    let (value, twisted) = (load32(&factors.value), load32(&factors.twisted));
    Ready { even: value, odd: value, twisted_even: twisted, twisted_odd: twisted }
}

/// Any factors.
#[inline]
#[target_feature(enable = "avx2")]
fn each(factors: &Factors) -> Ready {
    let (value, twisted) = (load32(&factors.value), load32(&factors.twisted));
    Ready { even: value, odd: odd(value), twisted_even: twisted, twisted_odd: odd(twisted) }
}

/// `a` times the factors, reduced.
#[inline]
#[target_feature(enable = "avx2")]
fn multiply(a: __m256i, by: Ready) -> __m256i {
    let q = _mm256_set1_epi32(Q);
    let a_odd = odd(a);
    let even = _mm256_sub_epi64(
        _mm256_mul_epi32(a, by.even),
        _mm256_mul_epi32(_mm256_mul_epi32(a, by.twisted_even), q),
    );
    let odd_ones = _mm256_sub_epi64(
        _mm256_mul_epi32(a_odd, by.odd),
        _mm256_mul_epi32(_mm256_mul_epi32(a_odd, by.twisted_odd), q),
    );
    _mm256_blend_epi32::<0b1010_1010>(odd(even), odd_ones)
}

#[inline]
#[target_feature(enable = "avx2")]
fn butterfly(a: __m256i, b: __m256i, by: Ready) -> (__m256i, __m256i) {
    let t = multiply(b, by);
    (_mm256_add_epi32(a, t), _mm256_sub_epi32(a, t))
}

#[inline]
#[target_feature(enable = "avx2")]
fn inverse_butterfly(a: __m256i, b: __m256i, by: Ready) -> (__m256i, __m256i) {
    (_mm256_add_epi32(a, b), multiply(_mm256_sub_epi32(b, a), by))
}

/// Two registers with the halves of their blocks of eight side by side: (a0-3 b0-3, a4-7 b4-7). Its own inverse.
#[inline]
#[target_feature(enable = "avx2")]
fn cross_4(a: __m256i, b: __m256i) -> (__m256i, __m256i) {
    (_mm256_permute2x128_si256::<0x20>(a, b), _mm256_permute2x128_si256::<0x31>(a, b))
}

/// The same with blocks of four.
#[inline]
#[target_feature(enable = "avx2")]
fn cross_2(a: __m256i, b: __m256i) -> (__m256i, __m256i) {
    (_mm256_unpacklo_epi64(a, b), _mm256_unpackhi_epi64(a, b))
}

/// The same with blocks of two.
#[inline]
#[target_feature(enable = "avx2")]
fn cross_1(a: __m256i, b: __m256i) -> (__m256i, __m256i) {
    (
        _mm256_blend_epi32::<0b1010_1010>(a, _mm256_slli_epi64::<32>(b)),
        _mm256_blend_epi32::<0b1010_1010>(_mm256_srli_epi64::<32>(a), b),
    )
}

/// Four butterflies on eight registers. Written out, for a loop over an array would keep the registers in memory.
macro_rules! eight {
    ($v:ident, $butterfly:ident, $([$a:literal, $b:literal] $by:expr),* $(,)?) => {
        $(($v[$a], $v[$b]) = $butterfly($v[$a], $v[$b], $by);)*
    };
}

/// The butterflies of four pairs of neighbours, with factors that a table has from `$pair` on.
macro_rules! level {
    ($v:ident, $butterfly:ident, $ready:ident, $table:ident, $pair:ident) => {
        eight!(
            $v,
            $butterfly,
            [0, 1] $ready(&$table[$pair & 15]),
            [2, 3] $ready(&$table[($pair + 1) & 15]),
            [4, 5] $ready(&$table[($pair + 2) & 15]),
            [6, 7] $ready(&$table[($pair + 3) & 15])
        )
    };
}

/// Four pairs of neighbours crossed.
macro_rules! cross {
    ($v:ident, $cross:ident) => {
        ($v[0], $v[1]) = $cross($v[0], $v[1]);
        ($v[2], $v[3]) = $cross($v[2], $v[3]);
        ($v[4], $v[5]) = $cross($v[4], $v[5]);
        ($v[6], $v[7]) = $cross($v[6], $v[7]);
    };
}

/// [`crate::ring::ntt`].
#[target_feature(enable = "avx2")]
pub(crate) fn ntt(poly: &mut Poly) {
    let (registers, _) = poly.0.as_chunks_mut::<8>();
    for column in 0..4 {
        let mut v = [_mm256_setzero_si256(); 8];
        for (k, v) in v.iter_mut().enumerate() {
            *v = load32(&registers[4 * k + column]);
        }
        eight!(v, butterfly, [0, 4] same(1), [1, 5] same(1), [2, 6] same(1), [3, 7] same(1));
        eight!(v, butterfly, [0, 2] same(2), [1, 3] same(2), [4, 6] same(3), [5, 7] same(3));
        eight!(v, butterfly, [0, 1] same(4), [2, 3] same(5), [4, 5] same(6), [6, 7] same(7));
        for (k, v) in v.iter().enumerate() {
            store32(&mut registers[4 * k + column], *v);
        }
    }
    for (block, registers) in registers.as_chunks_mut::<8>().0.iter_mut().enumerate() {
        let mut v = [_mm256_setzero_si256(); 8];
        for (v, register) in v.iter_mut().zip(&*registers) {
            *v = load32(register);
        }
        let (by_16, by_8, pair) = (8 + 2 * block, 16 + 4 * block, 4 * block);
        eight!(
            v,
            butterfly,
            [0, 2] same(by_16),
            [1, 3] same(by_16),
            [4, 6] same(by_16 + 1),
            [5, 7] same(by_16 + 1)
        );
        eight!(
            v,
            butterfly,
            [0, 1] same(by_8),
            [2, 3] same(by_8 + 1),
            [4, 5] same(by_8 + 2),
            [6, 7] same(by_8 + 3)
        );
        cross!(v, cross_4);
        level!(v, butterfly, pairs, LENGTH_4, pair);
        cross!(v, cross_2);
        level!(v, butterfly, pairs, LENGTH_2, pair);
        cross!(v, cross_1);
        level!(v, butterfly, each, LENGTH_1, pair);
        cross!(v, cross_1);
        cross!(v, cross_2);
        cross!(v, cross_4);
        for (v, register) in v.iter().zip(registers) {
            store32(register, *v);
        }
    }
}

/// [`crate::ring::inverse_ntt`].
#[target_feature(enable = "avx2")]
pub(crate) fn inverse_ntt(poly: &mut Poly) {
    let (registers, _) = poly.0.as_chunks_mut::<8>();
    for (block, registers) in registers.as_chunks_mut::<8>().0.iter_mut().enumerate() {
        let mut v = [_mm256_setzero_si256(); 8];
        for (v, register) in v.iter_mut().zip(&*registers) {
            *v = load32(register);
        }
        let (by_16, by_8, pair) = (15 - 2 * block, 31 - 4 * block, 4 * block);
        cross!(v, cross_4);
        cross!(v, cross_2);
        cross!(v, cross_1);
        level!(v, inverse_butterfly, each, BACK_1, pair);
        cross!(v, cross_1);
        level!(v, inverse_butterfly, pairs, BACK_2, pair);
        cross!(v, cross_2);
        level!(v, inverse_butterfly, pairs, BACK_4, pair);
        cross!(v, cross_4);
        eight!(
            v,
            inverse_butterfly,
            [0, 1] same(by_8),
            [2, 3] same(by_8 - 1),
            [4, 5] same(by_8 - 2),
            [6, 7] same(by_8 - 3)
        );
        eight!(
            v,
            inverse_butterfly,
            [0, 2] same(by_16),
            [1, 3] same(by_16),
            [4, 6] same(by_16 - 1),
            [5, 7] same(by_16 - 1)
        );
        for (v, register) in v.iter().zip(registers) {
            store32(register, *v);
        }
    }
    let (scale, q) = (_mm256_set1_epi32(SCALE), _mm256_set1_epi32(Q));
    let twisted = _mm256_set1_epi32(SCALE.wrapping_mul(Q_INVERSE));
    let scale = Ready { even: scale, odd: scale, twisted_even: twisted, twisted_odd: twisted };
    for column in 0..4 {
        let mut v = [_mm256_setzero_si256(); 8];
        for (k, v) in v.iter_mut().enumerate() {
            *v = load32(&registers[4 * k + column]);
        }
        eight!(v, inverse_butterfly, [0, 1] same(7), [2, 3] same(6), [4, 5] same(5), [6, 7] same(4));
        eight!(v, inverse_butterfly, [0, 2] same(3), [1, 3] same(3), [4, 6] same(2), [5, 7] same(2));
        eight!(v, inverse_butterfly, [0, 4] same(1), [1, 5] same(1), [2, 6] same(1), [3, 7] same(1));
        for (k, v) in v.iter().enumerate() {
            let reduced = multiply(*v, scale);
            let canonical = _mm256_add_epi32(reduced, _mm256_and_si256(_mm256_srai_epi32::<31>(reduced), q));
            store32(&mut registers[4 * k + column], canonical);
        }
    }
}

/// [`crate::ring::inner_product`].
#[target_feature(enable = "avx2")]
pub(crate) fn inner_product<'a>(pairs: impl Iterator<Item = (&'a Poly, &'a Poly)> + Clone, sum: &mut Poly) {
    let (q, q_inverse) = (_mm256_set1_epi32(Q), _mm256_set1_epi32(Q_INVERSE));
    let (sums, _) = sum.0.as_chunks_mut::<8>();
    for (i, sum) in sums.iter_mut().enumerate() {
        let (mut even, mut odds) = (_mm256_setzero_si256(), _mm256_setzero_si256());
        for (left, right) in pairs.clone() {
            let (left, right) =
                (load32(&left.0.as_chunks::<8>().0[i]), load32(&right.0.as_chunks::<8>().0[i]));
            even = _mm256_add_epi64(even, _mm256_mul_epi32(left, right));
            odds = _mm256_add_epi64(odds, _mm256_mul_epi32(odd(left), odd(right)));
        }
        let even_multiple = _mm256_mul_epi32(_mm256_mul_epi32(even, q_inverse), q);
        let odd_multiple = _mm256_mul_epi32(_mm256_mul_epi32(odds, q_inverse), q);
        let even = _mm256_sub_epi64(even, even_multiple);
        let odds = _mm256_sub_epi64(odds, odd_multiple);
        store32(sum, _mm256_blend_epi32::<0b1010_1010>(odd(even), odds));
    }
}
