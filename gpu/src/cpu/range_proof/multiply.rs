//! Sums of many multiples, on all cores.

use curve25519_dalek::traits::VartimeMultiscalarMul;
use curve25519_dalek::{RistrettoPoint, Scalar};
use rayon::prelude::*;

/// Fewer terms are not worth another thread.
const SMALL: usize = 256;

/// The sum of `scalars[i] * points[i]`; numbers and points are public.
pub(super) fn multiply(scalars: &[Scalar], points: &[RistrettoPoint]) -> RistrettoPoint {
    let part = scalars.len().div_ceil(rayon::current_num_threads()).max(SMALL);
    if part >= scalars.len() {
        return RistrettoPoint::vartime_multiscalar_mul(scalars, points);
    }
    scalars
        .par_chunks(part)
        .zip(points.par_chunks(part))
        .map(|(scalars, points)| RistrettoPoint::vartime_multiscalar_mul(scalars, points))
        .sum()
}
