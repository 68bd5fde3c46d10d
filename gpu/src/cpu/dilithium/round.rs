//! High parts, corrected by hints, and their encoding (FIPS 204, algorithms 36, 40 and 28).

use super::ntt::Poly;
use super::params::{N, Params, Q};
use super::shake::Shake256;

/// Takes the encoded high parts of a row into `hash`. `row`'s coefficients are below q.
pub(super) fn absorb_high(hash: Shake256, params: &Params, row: &Poly, hints: &[u8]) -> Shake256 {
    const LEVEL_2: u32 = (Q - 1) / 88;
    const LEVELS_3_AND_5: u32 = (Q - 1) / 32;
    if params.gamma2 == LEVEL_2 {
        hash.absorb(&six_bits(&high_parts::<LEVEL_2>(row, hints)))
    } else {
        hash.absorb(&four_bits(&high_parts::<LEVELS_3_AND_5>(row, hints)))
    }
}

/// High parts of a row; `hints` name the places where the part is off by one.
fn high_parts<const GAMMA2: u32>(row: &Poly, hints: &[u8]) -> Poly {
    let parts = (Q - 1) / (2 * GAMMA2);
    let mut high = row.map(|r| {
        let part = nearest::<GAMMA2>(r);
        // q - 1 is the middle of the interval around 0.
        if part == parts { 0 } else { part }
    });
    for place in hints {
        let place = usize::from(*place);
        let (part, r) = (nearest::<GAMMA2>(row[place]), row[place]);
        // The remainder is positive where r is past the interval's middle; past the last middle there is nothing.
        let step = if r > part * (2 * GAMMA2) { 1 } else { parts - 1 };
        high[place] = (high[place] + step) % parts;
    }
    high
}

/// The interval that r is in: r less its remainder, which is above -gamma2 and at most gamma2, over 2 gamma2.
#[inline(always)]
fn nearest<const GAMMA2: u32>(r: u32) -> u32 {
    (r + GAMMA2 - 1) / (2 * GAMMA2)
}

fn six_bits(parts: &Poly) -> [u8; N * 6 / 8] {
    let mut bytes = [0; N * 6 / 8];
    for (bytes, [a, b, c, d]) in bytes.as_chunks_mut::<3>().0.iter_mut().zip(parts.as_chunks::<4>().0) {
        let [low, middle, high, _] = (a | b << 6 | c << 12 | d << 18).to_le_bytes();
        *bytes = [low, middle, high];
    }
    bytes
}

fn four_bits(parts: &Poly) -> [u8; N * 4 / 8] {
    let mut bytes = [0; N * 4 / 8];
    for (byte, [a, b]) in bytes.iter_mut().zip(parts.as_chunks::<2>().0) {
        *byte = (a | b << 4) as u8;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Algorithm 36 word for word: high part and remainder.
    fn decompose(r: i64, gamma2: i64) -> (i64, i64) {
        let mut r0 = r.rem_euclid(2 * gamma2);
        if r0 > gamma2 {
            r0 -= 2 * gamma2;
        }
        if r - r0 == i64::from(Q) - 1 { (0, r0 - 1) } else { ((r - r0) / (2 * gamma2), r0) }
    }

    /// Algorithm 40 word for word.
    fn use_hint(hint: bool, r: i64, gamma2: i64) -> i64 {
        let parts = (i64::from(Q) - 1) / (2 * gamma2);
        match (hint, decompose(r, gamma2)) {
            (true, (r1, r0)) if r0 > 0 => (r1 + 1).rem_euclid(parts),
            (true, (r1, _)) => (r1 - 1).rem_euclid(parts),
            (false, (r1, _)) => r1,
        }
    }

    fn check<const GAMMA2: u32>() {
        let every: Vec<u8> = (0..=255).collect();
        // Every coefficient there is.
        for start in (0..Q).step_by(N) {
            let row: Poly = std::array::from_fn(|i| (start + i as u32).min(Q - 1));
            let (plain, hinted) = (high_parts::<GAMMA2>(&row, &[]), high_parts::<GAMMA2>(&row, &every));
            for ((r, plain), hinted) in row.iter().zip(plain).zip(hinted) {
                assert_eq!(i64::from(plain), use_hint(false, i64::from(*r), i64::from(GAMMA2)));
                assert_eq!(i64::from(hinted), use_hint(true, i64::from(*r), i64::from(GAMMA2)));
            }
        }
    }

    #[test]
    fn every_coefficient_has_the_high_part_of_the_standard() {
        check::<{ (Q - 1) / 88 }>();
        check::<{ (Q - 1) / 32 }>();
    }
}
