//! The parameter sets of FIPS 204, table 1, as far as verification needs them.

use erbium_claims::DilithiumScheme;
use erbium_simd::Range;

/// One parameter set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parameters {
    /// Rows of the matrix, k.
    pub(super) rows: usize,
    /// Columns of the matrix, l.
    pub(super) columns: usize,
    /// How z and w1 are encoded, by gamma1 and gamma2.
    pub(super) range: Range,
    /// Coefficients of c that are not 0, tau.
    pub(super) weight: usize,
    /// What |z| stays below: gamma1 - beta.
    pub(super) bound: i32,
    /// Hints at most, omega.
    pub(super) hints: usize,
    /// Bytes of c-tilde, lambda / 4.
    pub(super) challenge_len: usize,
}

/// Rows at most.
pub(super) const MAX_ROWS: usize = 8;
/// Columns at most.
pub(super) const MAX_COLUMNS: usize = 7;

impl Parameters {
    /// The set that `scheme` names; `None` where it is not one of FIPS 204.
    pub(super) fn of(scheme: DilithiumScheme) -> Option<Self> {
        Some(match scheme {
            DilithiumScheme::MlDsa44 => Self {
                rows: 4,
                columns: 4,
                range: Range::Narrow,
                weight: 39,
                bound: (1 << 17) - 78,
                hints: 80,
                challenge_len: 32,
            },
            DilithiumScheme::MlDsa65 => Self {
                rows: 6,
                columns: 5,
                range: Range::Wide,
                weight: 49,
                bound: (1 << 19) - 196,
                hints: 55,
                challenge_len: 48,
            },
            DilithiumScheme::MlDsa87 => Self {
                rows: 8,
                columns: 7,
                range: Range::Wide,
                weight: 60,
                bound: (1 << 19) - 120,
                hints: 75,
                challenge_len: 64,
            },
            _ => return None,
        })
    }
}
