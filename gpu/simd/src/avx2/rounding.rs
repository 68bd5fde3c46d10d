//! Reading z eight coefficients at a time; the rest is the portable code, compiled for wider registers.

use super::{load_bytes, store32};
use crate::ring::Poly;
use crate::rounding::{self, Range};
use std::arch::x86_64::*;

/// [`crate::rounding::decode_response`].
#[target_feature(enable = "avx2")]
pub(crate) fn decode_response(range: Range, bytes: &[u8], bound: i32, poly: &mut Poly) -> bool {
    if bytes.len() != range.response_len() {
        *poly = Poly::ZERO;
        return false;
    }
    let (gamma1, mask) = match range {
        Range::Narrow => (1 << 17, (1 << 18) - 1),
        Range::Wide => (1 << 19, (1 << 20) - 1),
    };
    let numbers_of = Numbers::of(range);
    let (gamma1, mask) = (_mm256_set1_epi32(gamma1), _mm256_set1_epi32(mask));
    let limit = _mm256_set1_epi32(bound);
    let mut within = _mm256_set1_epi32(-1);
    for (i, coefficients) in poly.0.as_chunks_mut::<8>().0.iter_mut().enumerate() {
        let numbers = numbers_of.read(bytes, i);
        let z = _mm256_sub_epi32(gamma1, _mm256_and_si256(numbers, mask));
        within = _mm256_and_si256(within, _mm256_cmpgt_epi32(limit, _mm256_abs_epi32(z)));
        store32(coefficients, z);
    }
    _mm256_movemask_epi8(within) == -1
}

/// How eight coefficients are spread from 18 or 20 bytes; the high half begins with the fifth, at byte 9 or 10 of them.
struct Numbers {
    step: usize,
    spread: __m256i,
    shift: __m256i,
}

impl Numbers {
    #[inline]
    #[target_feature(enable = "avx2")]
    fn of(range: Range) -> Self {
        let (step, spread, shift) = match range {
            Range::Narrow => (
                18,
                _mm256_setr_epi8(
                    0, 1, 2, -1, 2, 3, 4, -1, 4, 5, 6, -1, 6, 7, 8, -1, //
                    1, 2, 3, -1, 3, 4, 5, -1, 5, 6, 7, -1, 7, 8, 9, -1,
                ),
                _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6),
            ),
            Range::Wide => (
                20,
                _mm256_setr_epi8(
                    0, 1, 2, -1, 2, 3, 4, -1, 5, 6, 7, -1, 7, 8, 9, -1, //
                    2, 3, 4, -1, 4, 5, 6, -1, 7, 8, 9, -1, 9, 10, 11, -1,
                ),
                _mm256_setr_epi32(0, 4, 0, 4, 0, 4, 0, 4),
            ),
        };
        Self { step, spread, shift }
    }

    /// The `i`th eight, with bits of their neighbours above them.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn read(&self, bytes: &[u8], i: usize) -> __m256i {
        let rest = bytes.get(i * self.step..).unwrap_or_default();
        let mut tail = [0; 32];
        let block = match rest.first_chunk::<32>() {
            Some(block) => block,
            None => {
                for (to, from) in tail.iter_mut().zip(rest) {
                    *to = *from;
                }
                &tail
            }
        };
        let halves = _mm256_permute4x64_epi64::<0b10_01_01_00>(load_bytes(block));
        _mm256_srlv_epi32(_mm256_shuffle_epi8(halves, self.spread), self.shift)
    }
}

/// [`crate::rounding::responses_within`].
#[target_feature(enable = "avx2")]
pub(crate) fn responses_within(range: Range, bytes: &[u8], bound: u32) -> bool {
    if bound == 0 {
        return bytes.is_empty();
    }
    let (least, span) = rounding::stored_range(range, bound);
    let mask = match range {
        Range::Narrow => (1 << 18) - 1,
        Range::Wide => (1 << 20) - 1,
    };
    let (mask, least) = (_mm256_set1_epi32(mask), _mm256_set1_epi32(least as i32));
    let numbers_of = Numbers::of(range);
    // Each number less the least, as unsigned: what is below it becomes the largest.
    let mut most = _mm256_setzero_si256();
    for i in 0..bytes.len() / numbers_of.step {
        let numbers = _mm256_and_si256(numbers_of.read(bytes, i), mask);
        most = _mm256_max_epu32(most, _mm256_sub_epi32(numbers, least));
    }
    let within = _mm256_cmpeq_epi32(
        _mm256_max_epu32(most, _mm256_set1_epi32(span as i32)),
        _mm256_set1_epi32(span as i32),
    );
    _mm256_movemask_epi8(within) == -1
}

/// [`crate::rounding::high_bits`].
#[target_feature(enable = "avx2")]
pub(crate) fn high_bits(range: Range, poly: &Poly, high: &mut [u8; 256]) {
    match range {
        Range::Narrow => rounding::high_bits(Range::Narrow, poly, high),
        Range::Wide => rounding::high_bits(Range::Wide, poly, high),
    }
}

/// [`crate::rounding::pack_high`].
#[target_feature(enable = "avx2")]
pub(crate) fn pack_high(range: Range, high: &[u8; 256], bytes: &mut [u8]) {
    match range {
        Range::Narrow => rounding::pack_high(Range::Narrow, high, bytes),
        Range::Wide => rounding::pack_high(Range::Wide, high, bytes),
    }
}
