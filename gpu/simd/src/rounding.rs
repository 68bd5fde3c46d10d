//! The encodings of a signature's response z and of the high bits w1 (FIPS 204, sections 7.1 and 7.4).

use crate::ring::{Poly, Q};

/// Parameters that decide how numbers are split and packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    /// gamma1 = 2^17 and gamma2 = (q - 1) / 88, as in ML-DSA-44: z in 18 bits, w1 in 6.
    Narrow,
    /// gamma1 = 2^19 and gamma2 = (q - 1) / 32, as in ML-DSA-65 and -87: z in 20 bits, w1 in 4.
    Wide,
}

impl Range {
    /// Bytes of an encoded polynomial of z.
    pub const fn response_len(self) -> usize {
        match self {
            Self::Narrow => 576,
            Self::Wide => 640,
        }
    }

    /// Bytes of an encoded polynomial of w1.
    pub const fn high_len(self) -> usize {
        match self {
            Self::Narrow => 192,
            Self::Wide => 128,
        }
    }

    /// gamma2.
    pub const fn gamma2(self) -> i32 {
        match self {
            Self::Narrow => (Q - 1) / 88,
            Self::Wide => (Q - 1) / 32,
        }
    }

    /// Values of w1: 0 up to this, this not included.
    pub const fn high_count(self) -> i32 {
        (Q - 1) / (2 * self.gamma2())
    }
}

/// Reads a polynomial of z and says whether |z| < `bound` for all coefficients. Bytes that are missing leave zeros and
/// answer no.
pub(crate) fn decode_response(range: Range, bytes: &[u8], bound: i32, poly: &mut Poly) -> bool {
    if bytes.len() != range.response_len() {
        *poly = Poly::ZERO;
        return false;
    }
    let (bits, gamma1) = match range {
        Range::Narrow => (18, 1 << 17),
        Range::Wide => (20, 1 << 19),
    };
    let mut within = true;
    for (i, coefficient) in poly.0.iter_mut().enumerate() {
        let bit = i * bits;
        let word = [0, 1, 2].map(|k| bytes.get(bit / 8 + k).copied().unwrap_or_default());
        let word = i32::from_le_bytes([word[0], word[1], word[2], 0]);
        let z = gamma1 - (word >> (bit % 8) & ((1 << bits) - 1));
        within &= z.abs() < bound;
        *coefficient = z;
    }
    within
}

/// The smallest stored number whose |z| < `bound`, and how many more there are above it.
pub(crate) fn stored_range(range: Range, bound: u32) -> (u32, u32) {
    let gamma1 = match range {
        Range::Narrow => 1_u32 << 17,
        Range::Wide => 1 << 19,
    };
    // Stored is gamma1 less z.
    ((gamma1 + 1).saturating_sub(bound), (2 * bound).saturating_sub(2))
}

/// Whether |z| < `bound` for all coefficients of whole encoded polynomials, eight at a time out of three words.
pub(crate) fn responses_within(range: Range, bytes: &[u8], bound: u32) -> bool {
    if bound == 0 {
        return bytes.is_empty();
    }
    let (least, span) = stored_range(range, bound);
    let outside = |word: u64, bits: u32, mask: u32| ((word >> bits) as u32 & mask).wrapping_sub(least) > span;
    let mut any = false;
    match range {
        Range::Narrow => {
            for block in bytes.as_chunks::<18>().0 {
                let (a, b, c) = (word_at::<0, _>(block), word_at::<6, _>(block), word_at::<10, _>(block));
                for (word, first, many) in [(a, 0, 3), (b, 6, 3), (c, 28, 2)] {
                    for i in 0..many {
                        any |= outside(word, first + 18 * i, (1 << 18) - 1);
                    }
                }
            }
        }
        Range::Wide => {
            for block in bytes.as_chunks::<20>().0 {
                let (a, b, c) = (word_at::<0, _>(block), word_at::<7, _>(block), word_at::<12, _>(block));
                for (word, first, many) in [(a, 0, 3), (b, 4, 3), (c, 24, 2)] {
                    for i in 0..many {
                        any |= outside(word, first + 20 * i, (1 << 20) - 1);
                    }
                }
            }
        }
    }
    !any
}

/// Eight bytes from the `AT`th on.
#[inline(always)]
fn word_at<const AT: usize, const LEN: usize>(block: &[u8; LEN]) -> u64 {
    const { assert!(AT + 8 <= LEN) };
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&block[AT..AT + 8]);
    u64::from_le_bytes(bytes)
}

/// The high bits of canonical coefficients: algorithm 36's r1. A remainder of q - 1 counts to 0.
#[inline(always)]
pub(crate) fn high_bits(range: Range, poly: &Poly, high: &mut [u8; 256]) {
    for (r, high) in poly.0.iter().zip(high) {
        // Division by 2 gamma2 / 128 as a product; exact for all r below q, which a test checks.
        let r = (r + 127) >> 7;
        *high = match range {
            Range::Wide => (r * 1025 + (1 << 21)) >> 22 & 15,
            Range::Narrow => {
                let quotient = (r * 11275 + (1 << 23)) >> 24;
                if quotient > 43 { 0 } else { quotient }
            }
        } as u8;
    }
}

/// Packs high bits, `Range::high_len` bytes (algorithm 28).
#[inline(always)]
pub(crate) fn pack_high(range: Range, high: &[u8; 256], bytes: &mut [u8]) {
    match range {
        Range::Wide => {
            for ([a, b], byte) in high.as_chunks::<2>().0.iter().zip(bytes) {
                *byte = a | b << 4;
            }
        }
        Range::Narrow => {
            for ([a, b, c, d], bytes) in high.as_chunks::<4>().0.iter().zip(bytes.as_chunks_mut::<3>().0) {
                *bytes = [a | b << 6, b >> 2 | c << 4, c >> 4 | d << 2];
            }
        }
    }
}
