//! Keys and signatures from bytes, by the strict rules that all versions share (FIPS 204, algorithms 21, 23 and 27).

use super::ntt::Poly;
use super::params::{D, MAX_C_TILDE, MAX_K, MAX_OMEGA, N, Params, Q, T1_LEN};

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
    Hints::decode(params, hints).is_some()
        && z.chunks_exact(params.z_len()).all(|bytes| is_in_norm(params, &stored(params, bytes)))
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
