//! Four Keccak states in the four words of each register.

use super::{load64, store64};
use crate::keccak::{self, ROUND_CONSTANTS, States, round};
use std::arch::x86_64::*;

#[inline]
#[target_feature(enable = "avx2")]
fn xor(a: __m256i, b: __m256i) -> __m256i {
    _mm256_xor_si256(a, b)
}

#[inline]
#[target_feature(enable = "avx2")]
fn chi(a: __m256i, b: __m256i, c: __m256i) -> __m256i {
    _mm256_xor_si256(a, _mm256_andnot_si256(b, c))
}

macro_rules! rotate {
    ($a:expr, $n:literal) => {{
        let a = $a;
        _mm256_or_si256(_mm256_slli_epi64::<$n>(a), _mm256_srli_epi64::<{ 64 - $n }>(a))
    }};
}

/// The round constants, where a cache line begins.
#[repr(align(64))]
struct Constants([u64; 24]);

/// [`crate::keccak::permute4`], all four at once.
#[target_feature(enable = "avx2")]
pub(crate) fn permute4(states: &mut States) {
    let mut a = [_mm256_setzero_si256(); 25];
    for (register, words) in a.iter_mut().zip(&states.0) {
        *register = load64(words);
    }
    // The state does not fit into the registers. A local that must be aligned makes the compiler align what it spills too;
    // spills at any address cross cache lines and, by the caller's depth, a page: a third slower.
    let constants = std::hint::black_box(Constants(ROUND_CONSTANTS));
    // Two rounds a turn, for each turn ends with every word back in its place: a fifth faster than one.
    for [first, second] in constants.0.as_chunks::<2>().0 {
        round!(a, _mm256_set1_epi64x(*first as i64));
        round!(a, _mm256_set1_epi64x(*second as i64));
    }
    for (register, words) in a.iter().zip(&mut states.0) {
        store64(words, *register);
    }
}

/// [`crate::keccak::permute`] with instructions of BMI1 and BMI2: and-not, and rotations into another register.
#[target_feature(enable = "avx2,bmi1,bmi2")]
pub(crate) fn permute(state: &mut [u64; 25]) {
    keccak::permute(state);
}
