//! The calls into blst, behind safe functions.
//!
//! All unsafe code of the precompiles is here. It rests on one argument: blst's structs are plain arrays of limbs
//! without padding, pointers or invalid bit patterns, every function reads and writes exactly the structs and byte
//! arrays that its signature names, keeps no pointer after it returns, and is total: values that are no field
//! element or no point of the curve give a meaningless answer, never undefined behaviour. References to Rust values
//! are therefore all that a call needs; where more is needed, the block says so.

#![allow(unsafe_code, reason = "blst has no safe interface to single points and field elements")]

use blst::{
    MultiPoint, blst_fp, blst_fp2, blst_fp12, blst_p1, blst_p1_affine, blst_p2, blst_p2_affine, blst_scalar,
};
use std::ptr;

/// Length of a base field element in bytes.
pub(super) const FP_LEN: usize = 48;
/// Bits of the order of both groups.
const SCALAR_BITS: usize = 255;

/// The element that big-endian bytes below the modulus stand for.
pub(super) fn fp_from_bytes(bytes: &[u8; FP_LEN]) -> blst_fp {
    let mut element = blst_fp::default();
    // SAFETY: reads 48 bytes.
    unsafe { blst::blst_fp_from_bendian(&mut element, bytes.as_ptr()) };
    element
}

/// The element as big-endian bytes.
pub(super) fn fp_to_bytes(element: &blst_fp) -> [u8; FP_LEN] {
    let mut bytes = [0; FP_LEN];
    // SAFETY: writes 48 bytes.
    unsafe { blst::blst_bendian_from_fp(bytes.as_mut_ptr(), element) };
    bytes
}

/// A number of 32 big-endian bytes modulo the order of the groups, in the little-endian form of [`Point::msm`].
pub(super) fn reduce_scalar(bytes: &[u8; 32]) -> [u8; 32] {
    let mut scalar = blst_scalar::default();
    // SAFETY: reads as many bytes as it is told. (It returns whether the scalar is not zero.)
    unsafe { blst::blst_scalar_from_be_bytes(&mut scalar, bytes.as_ptr(), bytes.len()) };
    scalar.b
}

/// A point of G1's or G2's curve in affine coordinates; all zeros is the point at infinity.
pub(super) trait Point: Copy + Default {
    /// What coordinates are made of.
    type Coordinate: Copy;

    /// The pair of coordinates, unchecked.
    fn new(x: Self::Coordinate, y: Self::Coordinate) -> Self;
    /// x and y.
    fn coordinates(&self) -> [Self::Coordinate; 2];
    /// Whether this is the point at infinity.
    fn is_infinity(&self) -> bool;
    /// Whether the curve's equation holds, or this is the point at infinity.
    fn is_on_curve(&self) -> bool;
    /// Whether a point of the curve is in the subgroup of prime order.
    fn is_in_subgroup(&self) -> bool;
    /// Whether points of the curve other than infinity are all in the subgroup. Many points are checked in parallel.
    fn are_in_subgroup(points: &[Self]) -> bool;
    /// The sum of two points of the curve, equal or not.
    fn add(&self, other: &Self) -> Self;
    /// The sum of points of the subgroup other than infinity, each times its scalar (reduced, little-endian). Many
    /// points are multiplied in parallel.
    fn msm(points: &[Self], scalars: &[[u8; 32]]) -> Self;
    /// The point of the subgroup that a coordinate is mapped to (RFC 9380, with the cofactor cleared).
    fn map(element: &Self::Coordinate) -> Self;
}

/// Implements [`Point`] for one group out of blst's functions for it.
macro_rules! impl_point {
    (
        $affine:ident { coordinate: $coordinate:ident, jacobian: $jacobian:ident },
        $is_infinity:ident, $is_on_curve:ident, $is_in_subgroup:ident, $from_affine:ident, $to_affine:ident,
        $add:ident, $mult:ident, $map:ident $(,)?
    ) => {
        impl Point for $affine {
            type Coordinate = $coordinate;

            fn new(x: $coordinate, y: $coordinate) -> Self {
                Self { x, y }
            }

            fn coordinates(&self) -> [$coordinate; 2] {
                [self.x, self.y]
            }

            fn is_infinity(&self) -> bool {
                // SAFETY: only the structs named.
                unsafe { blst::$is_infinity(self) }
            }

            fn is_on_curve(&self) -> bool {
                // SAFETY: only the structs named.
                unsafe { blst::$is_on_curve(self) }
            }

            fn is_in_subgroup(&self) -> bool {
                // SAFETY: only the structs named.
                unsafe { blst::$is_in_subgroup(self) }
            }

            fn are_in_subgroup(points: &[Self]) -> bool {
                points.validate().is_ok()
            }

            fn add(&self, other: &Self) -> Self {
                let [mut left, mut sum] = [$jacobian::default(); 2];
                let mut affine = Self::default();
                // SAFETY: only the structs named.
                unsafe {
                    blst::$from_affine(&mut left, self);
                    blst::$add(&mut sum, &left, other);
                    blst::$to_affine(&mut affine, &sum);
                }
                affine
            }

            fn msm(points: &[Self], scalars: &[[u8; 32]]) -> Self {
                let pairs = points.len().min(scalars.len());
                let mut sum = $jacobian::default();
                let mut affine = Self::default();
                match (points, scalars) {
                    ([], _) | (_, []) => return affine,
                    ([point], [scalar, ..]) | ([point, ..], [scalar]) => {
                        let mut factor = $jacobian::default();
                        // SAFETY: of the scalar, as many bytes as its bits fill are read: all 32.
                        unsafe {
                            blst::$from_affine(&mut factor, point);
                            blst::$mult(&mut sum, &factor, scalar.as_ptr(), SCALAR_BITS);
                        }
                    }
                    _ => sum = points[..pairs].mult(scalars[..pairs].as_flattened(), SCALAR_BITS),
                }
                // SAFETY: only the structs named.
                unsafe { blst::$to_affine(&mut affine, &sum) };
                affine
            }

            fn map(element: &$coordinate) -> Self {
                let mut point = $jacobian::default();
                let mut affine = Self::default();
                // SAFETY: a second element to be added is optional, and absent when null.
                unsafe {
                    blst::$map(&mut point, element, ptr::null());
                    blst::$to_affine(&mut affine, &point);
                }
                affine
            }
        }
    };
}

impl_point!(
    blst_p1_affine { coordinate: blst_fp, jacobian: blst_p1 },
    blst_p1_affine_is_inf,
    blst_p1_affine_on_curve,
    blst_p1_affine_in_g1,
    blst_p1_from_affine,
    blst_p1_to_affine,
    blst_p1_add_or_double_affine,
    blst_p1_mult,
    blst_map_to_g1,
);

impl_point!(
    blst_p2_affine { coordinate: blst_fp2, jacobian: blst_p2 },
    blst_p2_affine_is_inf,
    blst_p2_affine_on_curve,
    blst_p2_affine_in_g2,
    blst_p2_from_affine,
    blst_p2_to_affine,
    blst_p2_add_or_double_affine,
    blst_p2_mult,
    blst_map_to_g2,
);

/// Whether the product of the pairings of points of the subgroups, none of them infinity, is one.
pub(super) fn pairing_is_one(pairs: &[(blst_p1_affine, blst_p2_affine)]) -> bool {
    let (g1, g2): (Vec<_>, Vec<_>) = pairs.iter().copied().unzip();
    let mut product = blst_fp12::default();
    if !pairs.is_empty() {
        // Lists of pointers to arrays, of which a null says that the array before it goes on.
        let (g1, g2) = ([g1.as_ptr(), ptr::null()], [g2.as_ptr(), ptr::null()]);
        // SAFETY: both arrays have as many points as pairs, at least one, and outlive the call.
        unsafe { blst::blst_miller_loop_n(&mut product, g2.as_ptr(), g1.as_ptr(), pairs.len()) };
    }
    // The default is one.
    blst_fp12::finalverify(&product, &blst_fp12::default())
}
