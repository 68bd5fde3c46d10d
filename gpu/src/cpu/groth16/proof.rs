//! Claims, decoded.

use super::curve::{self, G1, G2};
use super::key::VerifyingKey;
use super::weight::Scalar;
use erbium_claims::Groth16Parts;
use std::sync::Arc;

/// A proof with its key and public inputs; A, B and C are points of the subgroups.
#[derive(Clone)]
pub(super) struct Item {
    pub(super) key: Arc<VerifyingKey>,
    /// One less than the key has points in `ic`.
    pub(super) inputs: Vec<Scalar>,
    pub(super) a: G1,
    pub(super) b: G2,
    pub(super) c: G1,
}

/// A, B and C as points of the curves.
#[derive(Clone, Copy)]
pub(super) struct Points {
    pub(super) a: G1,
    pub(super) b: G2,
    pub(super) c: G1,
}

impl Points {
    /// Decompresses them; `None` where one is no point of its curve.
    pub(super) fn decode(parts: &Groth16Parts<'_>) -> Option<Self> {
        Some(Self {
            a: curve::g1_from_compressed(parts.a)?,
            b: curve::g2_from_compressed(parts.b)?,
            c: curve::g1_from_compressed(parts.c)?,
        })
    }

    /// Whether all are in the subgroups of prime order.
    pub(super) fn in_subgroups(&self) -> bool {
        curve::g1_in_subgroup(&self.a) && curve::g1_in_subgroup(&self.c) && curve::g2_in_subgroup(&self.b)
    }
}

impl Item {
    pub(super) fn new(parts: &Groth16Parts<'_>, key: Arc<VerifyingKey>, points: Points) -> Self {
        let Points { a, b, c } = points;
        Self { key, inputs: parts.inputs.iter().map(Scalar::from_be_bytes).collect(), a, b, c }
    }

    /// Whether the proof holds, by its own equation: e(A, B) = e(alpha, beta) e(ic_0 + sum of x_j ic_j, gamma) e(C, delta).
    pub(super) fn holds(&self) -> bool {
        let key = &self.key;
        let mut scalars = Vec::with_capacity(32 * key.ic.len());
        scalars.extend([1].into_iter().chain([0; 31]));
        scalars.extend(self.inputs.iter().flat_map(|input| input.to_bytes()));
        let sum = curve::g1_msm(&key.ic, &scalars, curve::SCALAR_BITS);
        let sum = curve::g1_to_affine(&[sum]);
        let minus = |point| curve::g1_negated(point);
        let product = curve::miller(&[
            (self.a, self.b),
            (key.minus_alpha, key.beta),
            (sum.first().map(minus).unwrap_or_default(), key.gamma),
            (minus(&self.c), key.delta),
        ]);
        curve::final_exponentiation(&product) == curve::Fp12::default()
    }
}

/// A point of G1's curve compressed, out of its uncompressed form; `None` where it is none. The subgroup is not looked at.
pub fn compress_g1(point: &[u8; 96]) -> Option<[u8; 48]> {
    Some(curve::g1_to_compressed(&curve::g1_from_uncompressed(point)?))
}

/// The same for G2.
pub fn compress_g2(point: &[u8; 192]) -> Option<[u8; 96]> {
    Some(curve::g2_to_compressed(&curve::g2_from_uncompressed(point)?))
}

/// A, B and C compressed, out of their uncompressed forms (96, 192 and 96 bytes); `None` where one is no point of its curve.
/// Subgroups are not looked at.
pub fn compress_proof(points: &[u8; 384]) -> Option<[u8; Groth16Parts::PROOF_LEN]> {
    let (a, rest) = points.split_first_chunk()?;
    let (b, rest) = rest.split_first_chunk()?;
    let (a, b, c) = (compress_g1(a)?, compress_g2(b)?, compress_g1(rest.first_chunk()?)?);
    [&a[..], &b, &c].concat().try_into().ok()
}
