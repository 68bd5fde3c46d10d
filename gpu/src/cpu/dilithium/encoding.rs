//! Keys and signatures from bytes, by the strict rules that all versions share (FIPS 204, algorithms 21, 23 and 27).

use super::ntt::Poly;
use super::params::{D, MAX_C_TILDE, MAX_K, MAX_OMEGA, N, Params, Q, T1_LEN};
use erbium_simd::{Kernels, Range};
use std::sync::LazyLock;

/// A signature whose bytes keep every rule: exact length, z within its norm, hints well-formed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The hash of the commitment, padded with zeros.
    pub c_tilde: [u8; MAX_C_TILDE],
    /// The response, each coefficient with q added: between q - gamma1 and q + gamma1.
    pub z: Vec<Poly>,
    /// Where the high part of a row is off by one.
    pub hints: Hints,
}

impl Signature {
    /// Reads a signature; `None` where a rule is broken.
    pub fn decode(params: &Params, bytes: &[u8]) -> Option<Self> {
        if bytes.len() != params.signature_len() {
            return None;
        }
        let (c_tilde, rest) = bytes.split_at(params.c_tilde_len);
        let (z, hints) = rest.split_at(params.l * params.z_len());
        // Hints first: they cost least.
        let hints = Hints::decode(params, hints)?;
        let z = z.chunks_exact(params.z_len()).map(|bytes| z_poly(params, bytes)).collect::<Option<_>>()?;
        let mut padded = [0; MAX_C_TILDE];
        padded[..params.c_tilde_len].copy_from_slice(c_tilde);
        Some(Self { c_tilde: padded, z, hints })
    }

    /// The part of c-tilde that seeds the challenge.
    pub(super) fn ball_seed(&self, params: &Params) -> &[u8] {
        &self.c_tilde[..params.ball_seed_len]
    }
}

/// Whether [`Signature::decode`] would read it: exact length, z within its norm, hints well-formed.
pub(crate) fn is_well_formed(params: &Params, bytes: &[u8]) -> bool {
    if bytes.len() != params.signature_len() {
        return false;
    }
    let (z, hints) = bytes[params.c_tilde_len..].split_at(params.l * params.z_len());
    let range = if params.gamma1_bits == 17 { Range::Narrow } else { Range::Wide };
    Hints::are_well_formed(params, hints)
        && kernels().responses_within(range, z, params.gamma1() - params.beta)
}

/// The fastest kernels of this processor, found out once.
fn kernels() -> Kernels {
    static KERNELS: LazyLock<Kernels> = LazyLock::new(Kernels::fastest);
    *KERNELS
}

/// A polynomial of z, stored as gamma1 less the coefficient; `None` where one is gamma1 - beta or more, or its negative
/// is.
fn z_poly(params: &Params, bytes: &[u8]) -> Option<Poly> {
    let stored = stored(params, bytes);
    is_in_norm(params, &stored).then(|| stored.map(|word| Q + params.gamma1() - word))
}

fn stored(params: &Params, bytes: &[u8]) -> Poly {
    if params.gamma1_bits == 17 { words_of_18(bytes) } else { words_of_20(bytes) }
}

fn is_in_norm(params: &Params, stored: &Poly) -> bool {
    let (gamma1, beta) = (params.gamma1(), params.beta);
    // Looks at all rather than stop at the first, which is faster where none is outside.
    let outside =
        stored.iter().fold(false, |outside, word| outside | (*word <= beta || *word >= 2 * gamma1 - beta));
    !outside
}

fn words_of_18(bytes: &[u8]) -> Poly {
    let mut words = [0; N];
    for (words, &[a, b, c, d, e, f, g, h, i]) in words.as_chunks_mut().0.iter_mut().zip(bytes.as_chunks().0) {
        *words = [
            u32::from_le_bytes([a, b, c, 0]),
            u32::from_le_bytes([c, d, e, 0]) >> 2,
            u32::from_le_bytes([e, f, g, 0]) >> 4,
            u32::from_le_bytes([g, h, i, 0]) >> 6,
        ]
        .map(|word| word & 0x3_ffff);
    }
    words
}

fn words_of_20(bytes: &[u8]) -> Poly {
    let mut words = [0; N];
    for (words, &[a, b, c, d, e]) in words.as_chunks_mut().0.iter_mut().zip(bytes.as_chunks().0) {
        *words = [u32::from_le_bytes([a, b, c, 0]) & 0xf_ffff, u32::from_le_bytes([c, d, e, 0]) >> 4];
    }
    words
}

/// Places of the hints, row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hints {
    places: [u8; MAX_OMEGA],
    /// One past each row's last place.
    ends: [u8; MAX_K],
}

impl Hints {
    /// Reads hints: `omega` places, then one end a row. `None` where an end is before the one above it or past `omega`,
    /// places do not increase within a row, or what no row owns is not zero.
    pub fn decode(params: &Params, bytes: &[u8]) -> Option<Self> {
        let (places, ends) =
            bytes.split_at_checked(params.omega).filter(|(_, ends)| ends.len() == params.k)?;
        let mut start = 0;
        for end in ends {
            let end = usize::from(*end);
            // The range is empty-handed where it runs backwards or past the places.
            if !places.get(start..end)?.is_sorted_by(|a, b| a < b) {
                return None;
            }
            start = end;
        }
        if places[start..].iter().any(|place| *place != 0) {
            return None;
        }
        let mut hints = Self { places: [0; MAX_OMEGA], ends: [0; MAX_K] };
        hints.places[..params.omega].copy_from_slice(places);
        hints.ends[..params.k].copy_from_slice(ends);
        Some(hints)
    }

    /// Whether [`Hints::decode`] would read them.
    fn are_well_formed(params: &Params, bytes: &[u8]) -> bool {
        let Some((places, ends)) =
            bytes.split_at_checked(params.omega).filter(|(_, ends)| ends.len() == params.k)
        else {
            return false;
        };
        // Where the next place is not larger: allowed behind a row's last place, and past the last row.
        let mut padded = [0; MAX_OMEGA + 1];
        padded[..params.omega].copy_from_slice(places);
        let mut falls = [0_u8; MAX_OMEGA];
        for (falls, (this, next)) in falls.iter_mut().zip(padded.iter().zip(&padded[1..])) {
            *falls = u8::from(this >= next);
        }
        let mut start = 0;
        for end in ends {
            let end = usize::from(*end);
            if end < start || end > params.omega {
                return false;
            }
            if let Some(last) = end.checked_sub(1) {
                falls[last] = 0;
            }
            start = end;
        }
        // Looks at all, which is faster where there is nothing to find.
        let any = |bytes: &[u8]| bytes.iter().fold(0, |any, byte| any | byte) != 0;
        !any(&falls[..start]) && !any(&places[start..])
    }

    /// Places in a row; none where there is no such row.
    pub fn row(&self, row: usize) -> &[u8] {
        let end = |row: usize| self.ends.get(row).map_or(0, |end| usize::from(*end));
        let start = row.checked_sub(1).map_or(0, end);
        self.places.get(start..end(row)).unwrap_or_default()
    }
}

/// A polynomial of t1 times 2^d, coefficients below q, from its 320 bytes.
pub(super) fn t1_poly(bytes: &[u8; T1_LEN]) -> Poly {
    let mut poly = [0; N];
    for (coefficients, &[a, b, c, d, e]) in
        poly.as_chunks_mut::<4>().0.iter_mut().zip(bytes.as_chunks::<5>().0)
    {
        let low = u32::from_le_bytes([a, b, c, d]);
        let high = u32::from(d) >> 6 | u32::from(e) << 2;
        *coefficients = [low & 0x3ff, low >> 10 & 0x3ff, low >> 20 & 0x3ff, high].map(|t1| t1 << D);
    }
    poly
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use erbium_claims::DilithiumScheme;
    use proptest::prelude::*;

    const SCHEMES: [u64; 9] = [2, 3, 5, 18, 19, 21, 44, 65, 87];

    fn params(which: usize) -> &'static Params {
        Params::of(DilithiumScheme::from_number(SCHEMES[which]).unwrap())
    }

    /// Hints of proper form, then changed in so many places.
    fn hints() -> impl Strategy<Value = (usize, Vec<u8>)> {
        let rows = prop::collection::vec(prop::collection::btree_set(any::<u8>(), 0..20), 8);
        let near = prop_oneof![Just(0_u8), 1..4_u8, any::<u8>(), 74..83_u8];
        let changes = prop::collection::vec((any::<prop::sample::Index>(), near), 0..3);
        (0..9_usize, rows, changes).prop_map(|(which, rows, changes)| {
            let params = params(which);
            let (mut places, mut ends) = (Vec::new(), Vec::new());
            for row in rows.iter().take(params.k) {
                places.extend(row.iter().take(params.omega - places.len()));
                ends.push(places.len() as u8);
            }
            places.resize(params.omega, 0);
            places.extend(ends);
            for (at, byte) in changes {
                let at = at.index(places.len());
                places[at] = byte;
            }
            (which, places)
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn forms_of_hints_are_told_as_reading_tells((which, bytes) in hints()) {
            let read = Hints::decode(params(which), &bytes).is_some();
            prop_assert_eq!(Hints::are_well_formed(params(which), &bytes), read);
            prop_assert!(!Hints::are_well_formed(params(which), &bytes[1..]));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn forms_of_signatures_are_told_as_reading_tells(
            (which, hints) in hints(),
            stored in prop::collection::vec(any::<u32>(), 4),
            places in prop::collection::vec(any::<prop::sample::Index>(), 4),
            off in prop::collection::vec(-2..3_i64, 4),
            edges in prop::collection::vec(0..4, 4),
        ) {
            let params = params(which);
            let mut bytes = vec![7; params.c_tilde_len];
            let mut words = vec![params.gamma1(); params.l * N];
            let (gamma1, beta) = (i64::from(params.gamma1()), i64::from(params.beta));
            for (((stored, place), off), edge) in stored.iter().zip(places).zip(off).zip(edges) {
                let place = place.index(words.len());
                words[place] = match edge {
                    0 => stored % (2 * params.gamma1()),
                    1 => (beta + off) as u32,
                    2 => (2 * gamma1 - beta + off) as u32,
                    _ => (gamma1 + off) as u32,
                };
            }
            let (mut bits, mut held) = (0_u64, 0);
            for word in words {
                bits |= u64::from(word) << held;
                held += params.gamma1_bits + 1;
                while held >= 8 {
                    bytes.push(bits as u8);
                    bits >>= 8;
                    held -= 8;
                }
            }
            bytes.extend(hints);
            let read = Signature::decode(params, &bytes).is_some();
            prop_assert_eq!(is_well_formed(params, &bytes), read);
            // By the slow form of the norm too, which reading takes.
            let z = &bytes[params.c_tilde_len..][..params.l * params.z_len()];
            let slow = z.chunks(params.z_len()).all(|bytes| is_in_norm(params, &stored_words(params, bytes)));
            let range = if params.gamma1_bits == 17 { Range::Narrow } else { Range::Wide };
            let bound = params.gamma1() - params.beta;
            prop_assert_eq!(kernels().responses_within(range, z, bound), slow);
            bytes.push(0);
            prop_assert!(!is_well_formed(params, &bytes));
        }
    }

    fn stored_words(params: &Params, bytes: &[u8]) -> Poly {
        stored(params, bytes)
    }
}
