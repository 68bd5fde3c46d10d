//! 0x0b to 0x11: operations on the curves of BLS12-381 (EIP-2537).
//!
//! Every point has to be on its curve. Multiplications and pairings ask that it also is in the subgroup of prime
//! order; additions do not.

mod discount;
mod encoding;
mod ffi;

use super::{PrecompileError, PrecompileOutput, charge};
use blst::{blst_p1_affine, blst_p2_affine};
use encoding::{Coordinate, decode_point, encode_point, point_len};
use ffi::Point;

type G1 = blst_p1_affine;
type G2 = blst_p2_affine;

/// Length of a scalar in bytes. It may be any number of 256 bits.
const SCALAR_LEN: usize = 32;
/// A G1 point and a G2 point.
const PAIR_LEN: usize = point_len::<G1>() + point_len::<G2>();

/// 0x0b: the sum of two points.
pub(super) fn g1_add(input: &[u8], gas_limit: u64) -> Result<PrecompileOutput, PrecompileError> {
    add::<G1>(input, charge(375, gas_limit)?, "256")
}

/// 0x0c: the sum of points times scalars.
pub(super) fn g1_msm(input: &[u8], gas_limit: u64) -> Result<PrecompileOutput, PrecompileError> {
    let price = |pairs| discount::msm_gas(pairs, 12_000, &discount::G1);
    msm::<G1>(input, price, gas_limit, "a multiple of 160, not 0")
}

/// 0x0d: the sum of two points.
pub(super) fn g2_add(input: &[u8], gas_limit: u64) -> Result<PrecompileOutput, PrecompileError> {
    add::<G2>(input, charge(600, gas_limit)?, "512")
}

/// 0x0e: the sum of points times scalars.
pub(super) fn g2_msm(input: &[u8], gas_limit: u64) -> Result<PrecompileOutput, PrecompileError> {
    let price = |pairs| discount::msm_gas(pairs, 22_500, &discount::G2);
    msm::<G2>(input, price, gas_limit, "a multiple of 288, not 0")
}

/// 0x10: the point that an element of Fp is mapped to.
pub(super) fn map_fp_to_g1(input: &[u8], gas_limit: u64) -> Result<PrecompileOutput, PrecompileError> {
    map::<G1>(input, charge(5_500, gas_limit)?, "64")
}

/// 0x11: the point that an element of Fp2 is mapped to.
pub(super) fn map_fp2_to_g2(input: &[u8], gas_limit: u64) -> Result<PrecompileOutput, PrecompileError> {
    map::<G2>(input, charge(23_800, gas_limit)?, "128")
}

/// 0x0f. Input: pairs of a G1 and a G2 point. Output: 1 in 32 bytes if the product of their pairings is one, else 0.
pub(super) fn pairing(input: &[u8], gas_limit: u64) -> Result<PrecompileOutput, PrecompileError> {
    let (pairs, rest) = input.as_chunks::<PAIR_LEN>();
    if pairs.is_empty() || !rest.is_empty() {
        return Err(PrecompileError::InputLength { expected: "a multiple of 384, not 0", got: input.len() });
    }
    let gas_used = charge(32_600_u64.saturating_mul(pairs.len() as u64).saturating_add(37_700), gas_limit)?;

    let mut points = Vec::with_capacity(pairs.len());
    for pair in pairs {
        let (p, q) = pair.split_at(point_len::<G1>());
        let p: G1 = decode_subgroup_point(p)?;
        let q: G2 = decode_subgroup_point(q)?;
        // A pairing with infinity is one.
        if !p.is_infinity() && !q.is_infinity() {
            points.push((p, q));
        }
    }
    let mut output = vec![0; 32];
    output[31] = u8::from(ffi::pairing_is_one(&points));
    Ok(PrecompileOutput { gas_used, output })
}

fn add<P: Point<Coordinate: Coordinate>>(
    input: &[u8],
    gas_used: u64,
    expected: &'static str,
) -> Result<PrecompileOutput, PrecompileError> {
    if input.len() != 2 * point_len::<P>() {
        return Err(PrecompileError::InputLength { expected, got: input.len() });
    }
    let (a, b) = input.split_at(point_len::<P>());
    let sum = decode_point::<P>(a)?.add(&decode_point(b)?);
    Ok(PrecompileOutput { gas_used, output: encode_point(&sum) })
}

fn msm<P: Point<Coordinate: Coordinate>>(
    input: &[u8],
    price: impl Fn(usize) -> u64,
    gas_limit: u64,
    expected: &'static str,
) -> Result<PrecompileOutput, PrecompileError> {
    let pairs = input.chunks_exact(point_len::<P>() + SCALAR_LEN);
    if input.is_empty() || !pairs.remainder().is_empty() {
        return Err(PrecompileError::InputLength { expected, got: input.len() });
    }
    let gas_used = charge(price(pairs.len()), gas_limit)?;

    let mut points = Vec::with_capacity(pairs.len());
    let mut scalars = Vec::with_capacity(pairs.len());
    for pair in pairs {
        let (point, scalar) = pair.split_at(point_len::<P>());
        let point: P = decode_point(point)?;
        // Infinity adds nothing, and blst's sums do not expect it.
        if let Some(scalar) = scalar.first_chunk().filter(|_| !point.is_infinity()) {
            points.push(point);
            scalars.push(ffi::reduce_scalar(scalar));
        }
    }
    if !P::are_in_subgroup(&points) {
        return Err(PrecompileError::NotInSubgroup);
    }
    Ok(PrecompileOutput { gas_used, output: encode_point(&P::msm(&points, &scalars)) })
}

fn map<P: Point<Coordinate: Coordinate>>(
    input: &[u8],
    gas_used: u64,
    expected: &'static str,
) -> Result<PrecompileOutput, PrecompileError> {
    if input.len() != P::Coordinate::LEN {
        return Err(PrecompileError::InputLength { expected, got: input.len() });
    }
    let point = P::map(&P::Coordinate::decode(input)?);
    Ok(PrecompileOutput { gas_used, output: encode_point(&point) })
}

fn decode_subgroup_point<P: Point<Coordinate: Coordinate>>(bytes: &[u8]) -> Result<P, PrecompileError> {
    let point: P = decode_point(bytes)?;
    if point.is_infinity() || point.is_in_subgroup() {
        Ok(point)
    } else {
        Err(PrecompileError::NotInSubgroup)
    }
}

#[cfg(test)]
mod tests;
