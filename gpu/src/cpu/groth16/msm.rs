//! Sums of multiples of points of G1.

use super::curve::{self, G1, SCALAR_BITS, Sum};
use rayon::prelude::*;

/// A point of BLS12-381's G1: of the curve and of the subgroup of prime order; infinity is one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct G1Point(G1);

impl G1Point {
    /// Reads the compressed form of Zcash and of the IETF's draft; `None` where the bytes are no point of the subgroup.
    pub fn from_compressed(bytes: &[u8; 48]) -> Option<Self> {
        curve::g1_from_compressed(bytes).filter(curve::g1_in_subgroup).map(Self)
    }

    /// Reads the uncompressed form; `None` where the bytes are no point of the subgroup.
    pub fn from_uncompressed(bytes: &[u8; 96]) -> Option<Self> {
        curve::g1_from_uncompressed(bytes).filter(curve::g1_in_subgroup).map(Self)
    }

    /// The compressed form.
    pub fn to_compressed(&self) -> [u8; 48] {
        curve::g1_to_compressed(&self.0)
    }

    /// The uncompressed form.
    pub fn to_uncompressed(&self) -> [u8; 96] {
        curve::g1_to_uncompressed(&self.0)
    }

    /// The same point, as the processor's sums take it.
    pub(super) fn affine(&self) -> &G1 {
        &self.0
    }

    /// This point, which is one of the subgroup.
    pub(super) fn of(point: G1) -> Self {
        Self(point)
    }

    /// A multiple of the group's generator, by a little-endian number; `None` where that is not below the order.
    pub fn generator_multiple(scalar: &[u8; 32]) -> Option<Self> {
        is_reduced(scalar).then(|| Self(curve::g1_multiple(scalar)))
    }
}

/// `point` once, twice, and so on: so many points, for measurements.
pub fn g1_multiples(point: &G1Point, count: usize) -> Vec<G1Point> {
    let step = curve::g1_to_sum(&point.0);
    let next = |sum: &mut Sum, _| {
        *sum = curve::g1_add(sum, &step);
        Some(*sum)
    };
    let sums: Vec<_> = (0..count).scan(Sum::default(), next).collect();
    curve::g1_to_affine(&sums).into_iter().map(G1Point).collect()
}

pub(super) fn is_reduced(scalar: &[u8; 32]) -> bool {
    scalar.iter().rev().lt(&erbium_claims::BLS12_381_ORDER)
}

/// The sum of points, each times its scalar: a little-endian number below the order. On all cores of the current rayon pool.
/// `None` where there are more points than scalars or the reverse, or where a scalar is not below the order.
pub fn g1_msm(points: &[G1Point], scalars: &[[u8; 32]]) -> Option<G1Point> {
    if points.len() != scalars.len() || !scalars.par_iter().with_min_len(1024).all(is_reduced) {
        return None;
    }
    let points: Vec<_> = points.iter().map(|point| point.0).collect();
    curve::g1_to_affine(&[sum(&points, scalars)]).first().copied().map(G1Point)
}

/// Points from which on a sum is shared out to cores, and of which a task has as many at least.
const WORTH_SHARING: usize = 256;

/// The sum of points of the subgroup, each times its reduced scalar, little-endian.
pub(super) fn sum(points: &[G1], scalars: &[[u8; 32]]) -> Sum {
    let cores = rayon::current_num_threads();
    if cores == 1 || points.len() < WORTH_SHARING || points.iter().any(curve::g1_is_infinity) {
        return curve::g1_msm(points, scalars.as_flattened(), SCALAR_BITS);
    }
    // Each window, of the size that blst would take, of each part of the points is a task. Digits are signed: where the last
    // window ends with the scalar, one more takes its carry.
    let bits = points.len().ilog2() as usize;
    let window = bits - if bits > 12 { 3 } else { 2 };
    let windows: Vec<_> = (0..=SCALAR_BITS).step_by(window).collect();
    let parts = (2 * cores).div_ceil(windows.len());
    let grain = points.len().div_ceil(parts).max(WORTH_SHARING);
    let sums: Vec<_> = windows
        .par_iter()
        .map(|from| {
            points
                .par_chunks(grain)
                .zip(scalars.par_chunks(grain))
                .map(|(points, scalars)| match points {
                    // A window of one point is all of it.
                    [_] if *from > 0 => Sum::default(),
                    [_] => curve::g1_msm(points, scalars.as_flattened(), SCALAR_BITS),
                    _ => curve::g1_msm_window(points, scalars, *from, window),
                })
                .reduce(Sum::default, |left, right| curve::g1_add(&left, &right))
        })
        .collect();
    sums.iter().rev().fold(Sum::default(), |sum, part| curve::g1_add(&curve::g1_doubled(&sum, window), part))
}
