//! The kernels with AVX2. Every function here needs it, some BMI1 and BMI2 too; [`crate::Kernels`] calls them only where
//! all three were found.
#![allow(unsafe_code, reason = "loads and stores of whole registers, each from an array of just that size")]

pub(crate) mod keccak;
pub(crate) mod ring;
pub(crate) mod rounding;
pub(crate) mod sample;

use std::arch::x86_64::*;

#[inline]
#[target_feature(enable = "avx2")]
fn load64(words: &[u64; 4]) -> __m256i {
    // SAFETY: the array is 32 bytes that may be read, and the load asks for no alignment.
    unsafe { _mm256_loadu_si256(words.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn store64(words: &mut [u64; 4], register: __m256i) {
    // SAFETY: the array is 32 bytes borrowed for writing, and the store asks for no alignment.
    unsafe { _mm256_storeu_si256(words.as_mut_ptr().cast(), register) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn load32(words: &[i32; 8]) -> __m256i {
    // SAFETY: the array is 32 bytes that may be read, and the load asks for no alignment.
    unsafe { _mm256_loadu_si256(words.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn store32(words: &mut [i32; 8], register: __m256i) {
    // SAFETY: the array is 32 bytes borrowed for writing, and the store asks for no alignment.
    unsafe { _mm256_storeu_si256(words.as_mut_ptr().cast(), register) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn load_bytes(bytes: &[u8; 32]) -> __m256i {
    // SAFETY: the array is 32 bytes that may be read, and the load asks for no alignment.
    unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn store_bytes(bytes: &mut [u8; 32], register: __m256i) {
    // SAFETY: the array is 32 bytes borrowed for writing, and the store asks for no alignment.
    unsafe { _mm256_storeu_si256(bytes.as_mut_ptr().cast(), register) }
}
