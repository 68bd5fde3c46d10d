//! Kernels of ML-DSA verification for the processor: four Keccak states at once, polynomials modulo 8380417, and the
//! encodings between them, each in a portable form and with AVX2.
//!
//! [`Kernels`] picks the form once; both give the same words for the same words, which tests hold for every kernel.
//! Everything here works on public data and is not constant in time.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod keccak;
mod ring;
mod rounding;
mod sample;
mod sponge;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests;

pub use keccak::States;
pub use ring::{Poly, Q};
pub use rounding::Range;
pub use sponge::{Absorbing, RATE_256, Shake256};

use sample::Stream;

/// The form of the kernels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kernels(Form);

/// [`Form::Avx2`] is made only by [`Kernels::fastest`], and only where the processor has AVX2, BMI1 and BMI2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
}

/// Calls the kernel of the form at hand.
macro_rules! call {
    ($kernels:expr, $module:ident :: $kernel:ident ( $($argument:expr),* )) => {
        match $kernels.0 {
            Form::Portable => $module::$kernel($($argument),*),
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `Form::Avx2` exists only where the processor was asked and has AVX2, BMI1 and BMI2, and no kernel
            // needs more.
            #[expect(unsafe_code, reason = "the promise that the processor has what the kernel needs")]
            Form::Avx2 => unsafe { avx2::$module::$kernel($($argument),*) },
        }
    };
}

/// Asks for the first bytes of a slice, up to `lines` cache lines of 64, so that they are there when they are read a little
/// later: each slice that lies elsewhere would cost a wait for memory. Nothing where the processor knows no such request.
#[inline]
pub fn prefetch(bytes: &[u8], lines: usize) {
    #[cfg(target_arch = "x86_64")]
    for line in bytes.chunks(64).take(lines) {
        // SAFETY: a prefetch reads nothing and faults nowhere, and the address is that of a byte of the slice.
        #[expect(unsafe_code, reason = "an instruction without effect on the program's state")]
        unsafe {
            use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast());
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (bytes, lines);
}

impl Kernels {
    /// Plain Rust, on every processor.
    pub const PORTABLE: Self = Self(Form::Portable);

    /// The fastest form that this processor runs.
    pub fn fastest() -> Self {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2")
            && std::arch::is_x86_feature_detected!("bmi1")
            && std::arch::is_x86_feature_detected!("bmi2")
        {
            return Self(Form::Avx2);
        }
        Self::PORTABLE
    }

    /// The form's name.
    pub fn name(self) -> &'static str {
        match self.0 {
            Form::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Form::Avx2 => "avx2",
        }
    }

    /// Keccak-f[1600] on four states.
    pub fn permute4(self, states: &mut States) {
        call!(self, keccak::permute4(states));
    }

    /// Keccak-f[1600] on one state.
    fn permute(self, state: &mut [u64; 25]) {
        call!(self, keccak::permute(state));
    }

    /// Four polynomials with coefficients uniform below q (FIPS 204, algorithm 30), from 34 bytes each.
    pub fn uniform4(self, seeds: &[[u8; 34]; 4], polys: [&mut Poly; 4]) {
        sample::uniform(self, seeds, polys, None);
    }

    /// Three such polynomials, with the fourth place lent to a hash: it takes in up to five blocks of its message.
    pub fn uniform3(self, seeds: &[[u8; 34]; 3], polys: [&mut Poly; 3], guest: &mut Absorbing<'_>) {
        sample::uniform(self, seeds, polys, Some(guest));
    }

    fn squeeze(self, states: &States, at: usize, streams: &mut [Stream; 4]) {
        call!(self, sample::squeeze(states, at, streams));
    }

    fn accept(self, stream: &Stream, poly: &mut Poly) -> usize {
        call!(self, sample::accept(stream, poly))
    }

    /// The number-theoretic transform, in place. Takes |coefficients| <= q and leaves |coefficients| < 9q.
    pub fn ntt(self, poly: &mut Poly) {
        call!(self, ring::ntt(poly));
    }

    /// The inverse transform times 2^32, which undoes the division of one [`Kernels::inner_product`]. Takes
    /// |coefficients| < q and leaves canonical ones, in `0..q`.
    pub fn inverse_ntt(self, poly: &mut Poly) {
        call!(self, ring::inverse_ntt(poly));
    }

    /// The sum of the products of the pairs, coefficient by coefficient, divided by 2^32 modulo q. The sum of the
    /// products must stay below 2^31 q; leaves |coefficients| < q.
    pub fn inner_product<'a>(
        self,
        pairs: impl Iterator<Item = (&'a Poly, &'a Poly)> + Clone,
        sum: &mut Poly,
    ) {
        call!(self, ring::inner_product(pairs, sum));
    }

    /// Reads a polynomial of a signature's z (FIPS 204, algorithm 19) and says whether |z| < `bound` for all coefficients.
    /// Another number of bytes than [`Range::response_len`] reads as the polynomial 0 and answers no.
    #[must_use]
    pub fn decode_response(self, range: Range, bytes: &[u8], bound: i32, poly: &mut Poly) -> bool {
        call!(self, rounding::decode_response(range, bytes, bound, poly))
    }

    /// Whether |z| < `bound` for all coefficients of encoded polynomials of z that stand behind each other, as
    /// [`Kernels::decode_response`] would say of each; `bound` is at most gamma1. No where they are not whole.
    #[must_use]
    pub fn responses_within(self, range: Range, bytes: &[u8], bound: u32) -> bool {
        bytes.len().is_multiple_of(range.response_len())
            && call!(self, rounding::responses_within(range, bytes, bound))
    }

    /// The high bits of canonical coefficients (FIPS 204, algorithm 37).
    pub fn high_bits(self, range: Range, poly: &Poly, high: &mut [u8; 256]) {
        call!(self, rounding::high_bits(range, poly, high));
    }

    /// Packs high bits into [`Range::high_len`] bytes (FIPS 204, algorithm 28).
    pub fn pack_high(self, range: Range, high: &[u8; 256], bytes: &mut [u8]) {
        call!(self, rounding::pack_high(range, high, bytes));
    }
}
