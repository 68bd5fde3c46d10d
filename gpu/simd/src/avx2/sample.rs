//! Eight candidates at a time.

use super::{load64, store_bytes, store32};
use crate::keccak::States;
use crate::ring::{Poly, Q};
use crate::sample::{Filling, RATE_128, Stream};
use std::arch::x86_64::*;

/// [`crate::sample::squeeze`].
#[target_feature(enable = "avx2")]
pub(crate) fn squeeze(states: &States, at: usize, streams: &mut [Stream; 4]) {
    let words = &states.0[..RATE_128 / 8];
    let (fours, rest) = words.as_chunks::<4>();
    for (i, four) in fours.iter().enumerate() {
        let [a, b, c, d] = [load64(&four[0]), load64(&four[1]), load64(&four[2]), load64(&four[3])];
        let (ab_even, ab_odd) = (_mm256_unpacklo_epi64(a, b), _mm256_unpackhi_epi64(a, b));
        let (cd_even, cd_odd) = (_mm256_unpacklo_epi64(c, d), _mm256_unpackhi_epi64(c, d));
        let lanes = [
            _mm256_permute2x128_si256::<0x20>(ab_even, cd_even),
            _mm256_permute2x128_si256::<0x20>(ab_odd, cd_odd),
            _mm256_permute2x128_si256::<0x31>(ab_even, cd_even),
            _mm256_permute2x128_si256::<0x31>(ab_odd, cd_odd),
        ];
        for (lane, stream) in lanes.into_iter().zip(streams.iter_mut()) {
            let place = stream.get_mut(at + 32 * i..).and_then(|bytes| bytes.first_chunk_mut::<32>());
            if let Some(place) = place {
                store_bytes(place, lane);
            }
        }
    }
    for (i, words) in rest.iter().enumerate() {
        let at = at + 32 * fours.len() + 8 * i;
        for (word, stream) in words.iter().zip(streams.iter_mut()) {
            stream[at..at + 8].copy_from_slice(&word.to_le_bytes());
        }
    }
}

/// [`crate::sample::accept`].
#[target_feature(enable = "avx2")]
pub(crate) fn accept(stream: &Stream, poly: &mut Poly) -> usize {
    // Candidates 0 to 3 begin at bytes 0, 3, 6, 9 of the low half, 4 to 7 at bytes 4, 7, 10, 13 of the high half,
    // which holds the stream from byte 8 on.
    let spread = _mm256_setr_epi8(
        0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1, //
        4, 5, 6, -1, 7, 8, 9, -1, 10, 11, 12, -1, 13, 14, 15, -1,
    );
    let (mask, q) = (_mm256_set1_epi32(0x7f_ffff), _mm256_set1_epi32(Q));
    let mut filling = Filling { poly, count: 0 };
    let end = stream.len() - 32;
    let mut at = 0;
    while at + 24 <= end && filling.count < 256 {
        let Some(bytes) = stream[at..].first_chunk::<32>() else { break };
        let halves = _mm256_permute4x64_epi64::<0b10_01_01_00>(super::load_bytes(bytes));
        let candidates = _mm256_and_si256(_mm256_shuffle_epi8(halves, spread), mask);
        let below = _mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpgt_epi32(q, candidates)));
        let room = filling.poly.0.get_mut(filling.count..).and_then(|rest| rest.first_chunk_mut::<8>());
        match room {
            Some(room) if below == 0xff => {
                store32(room, candidates);
                filling.count += 8;
            }
            _ => filling.take(&bytes[..24]),
        }
        at += 24;
    }
    filling.count
}
