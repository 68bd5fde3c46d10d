//! The nine parameter sets as constants.

use erbium_claims::DilithiumScheme;

/// The prime that coefficients are reduced by.
pub(super) const Q: u32 = 8_380_417;
/// Coefficients of a polynomial.
pub(super) const N: usize = 256;
/// Low bits that a public key drops from t.
pub(super) const D: u32 = 13;
/// Most rows of a matrix, over all sets.
pub(super) const MAX_K: usize = 8;
/// Most hints in a signature, over all sets.
pub(super) const MAX_OMEGA: usize = 80;
/// Longest c-tilde in bytes, over all sets.
pub const MAX_C_TILDE: usize = 64;

/// A parameter set: what the level gives (FIPS 204, table 1; the same in all versions) and what the version gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Params {
    /// The scheme it belongs to.
    pub scheme: DilithiumScheme,
    /// Rows of the matrix.
    pub k: usize,
    /// Columns of the matrix.
    pub l: usize,
    /// Coefficients of the challenge that are not zero.
    pub tau: usize,
    /// Binary logarithm of gamma1, the range of z.
    pub gamma1_bits: u32,
    /// Half the width of a high part's interval.
    pub gamma2: u32,
    /// Most a challenge times a secret can have: tau times eta.
    pub beta: u32,
    /// Most hints in a signature.
    pub omega: usize,
    /// Bytes of tr, the hash of the public key.
    pub tr_len: usize,
    /// Bytes of c-tilde, the hash of the commitment.
    pub c_tilde_len: usize,
    /// Bytes of c-tilde that seed the challenge polynomial.
    pub ball_seed_len: usize,
    /// What stands between tr and the message.
    pub prefix: &'static [u8],
}

impl Params {
    /// The parameters of `scheme`.
    pub fn of(scheme: DilithiumScheme) -> &'static Self {
        match scheme {
            DilithiumScheme::Round3Level2 => &const { round3(DilithiumScheme::Round3Level2) },
            DilithiumScheme::Round3Level3 => &const { round3(DilithiumScheme::Round3Level3) },
            DilithiumScheme::Round3Level5 => &const { round3(DilithiumScheme::Round3Level5) },
            DilithiumScheme::DraftLevel2 => &const { draft(DilithiumScheme::DraftLevel2) },
            DilithiumScheme::DraftLevel3 => &const { draft(DilithiumScheme::DraftLevel3) },
            DilithiumScheme::DraftLevel5 => &const { draft(DilithiumScheme::DraftLevel5) },
            DilithiumScheme::MlDsa44 => &const { fips204(DilithiumScheme::MlDsa44) },
            DilithiumScheme::MlDsa65 => &const { fips204(DilithiumScheme::MlDsa65) },
            DilithiumScheme::MlDsa87 => &const { fips204(DilithiumScheme::MlDsa87) },
        }
    }

    /// The range of z.
    pub const fn gamma1(&self) -> u32 {
        1 << self.gamma1_bits
    }

    /// Bytes of an encoded polynomial of z.
    pub const fn z_len(&self) -> usize {
        (self.gamma1_bits as usize + 1) * N / 8
    }

    /// Bytes of an encoded signature: c-tilde, z, hints.
    pub const fn signature_len(&self) -> usize {
        self.c_tilde_len + self.l * self.z_len() + self.omega + self.k
    }

    /// Bytes of an encoded public key: rho, t1.
    pub const fn public_key_len(&self) -> usize {
        32 + self.k * T1_LEN
    }
}

/// Bytes of an encoded polynomial of t1, 10 bits a coefficient.
pub(super) const T1_LEN: usize = 320;

/// CRYSTALS-Dilithium 3.1, as submitted to round 3.
const fn round3(scheme: DilithiumScheme) -> Params {
    Params { tr_len: 32, c_tilde_len: 32, ball_seed_len: 32, prefix: &[], ..level(scheme) }
}

/// The draft of FIPS 204 that crate `pqcrypto-dilithium` 0.5 ships: tr and c-tilde have grown, nothing stands before
/// the message, and the challenge still comes from the first 32 bytes of c-tilde.
const fn draft(scheme: DilithiumScheme) -> Params {
    Params { ball_seed_len: 32, prefix: &[], ..level(scheme) }
}

/// FIPS 204, pure, with an empty context: algorithm 3, line 5.
const fn fips204(scheme: DilithiumScheme) -> Params {
    level(scheme)
}

/// What FIPS 204 gives the level of `scheme`.
const fn level(scheme: DilithiumScheme) -> Params {
    let common = Params {
        scheme,
        k: 4,
        l: 4,
        tau: 39,
        gamma1_bits: 17,
        gamma2: (Q - 1) / 88,
        beta: 78,
        omega: 80,
        tr_len: 64,
        c_tilde_len: 32,
        ball_seed_len: 32,
        prefix: &[0, 0],
    };
    match scheme.level() {
        2 => common,
        3 => Params {
            k: 6,
            l: 5,
            tau: 49,
            gamma1_bits: 19,
            gamma2: (Q - 1) / 32,
            beta: 196,
            omega: 55,
            c_tilde_len: 48,
            ball_seed_len: 48,
            ..common
        },
        _ => Params {
            k: 8,
            l: 7,
            tau: 60,
            gamma1_bits: 19,
            gamma2: (Q - 1) / 32,
            beta: 120,
            omega: 75,
            c_tilde_len: 64,
            ball_seed_len: 64,
            ..common
        },
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_those_of_the_schemes() {
        for number in [2, 3, 5, 18, 19, 21, 44, 65, 87] {
            let scheme = DilithiumScheme::from_number(number).unwrap();
            let params = Params::of(scheme);
            assert_eq!(params.scheme, scheme);
            assert_eq!(params.public_key_len(), scheme.public_key_len());
            assert_eq!(params.signature_len(), scheme.signature_len());
            assert!(params.k <= MAX_K && params.omega <= MAX_OMEGA && params.c_tilde_len <= MAX_C_TILDE);
            assert!(params.ball_seed_len <= params.c_tilde_len);
        }
    }
}
