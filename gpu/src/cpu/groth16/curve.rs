//! The calls into blst, behind safe functions.
//!
//! All unsafe code for Groth16 is here. It rests on one argument: blst's structs are plain arrays of limbs without padding,
//! pointers or invalid bit patterns; every function reads and writes exactly the structs and byte arrays that its signature
//! names, keeps no pointer after it returns, and is total: values that are no field element or no point of the curve give a
//! meaningless answer, never undefined behaviour. References to Rust values are therefore all that a call needs; where more
//! is needed, the block says so.

#![allow(unsafe_code, reason = "blst has no safe interface to single points, sums of points and pairings")]

use super::weight::Weight;
use blst::{BLST_ERROR, blst_fp, blst_fp12, blst_fr, blst_p1, blst_p1_affine, blst_p2, blst_p2_affine};
use std::ptr;

/// A point of G1's curve; all zeros is infinity.
pub(crate) type G1 = blst_p1_affine;
/// A point of G2's curve; all zeros is infinity.
pub(crate) type G2 = blst_p2_affine;
/// A point of G1's curve as sums leave it.
pub(crate) type Sum = blst_p1;
/// What Miller loops give, and after the final exponentiation an element of GT.
pub(crate) type Fp12 = blst_fp12;

/// Bits of the order of the groups.
pub(super) const SCALAR_BITS: usize = 255;
/// Pairs that one Miller loop of blst's takes together.
pub(super) const PAIRS_A_LOOP: usize = 16;

/// A cube root of one in the base field, big-endian: multiplying x by it multiplies a point of G1 by [`Weight::LAMBDA`].
const BETA: [u8; 48] = [
    0x1a, 0x01, 0x11, 0xea, 0x39, 0x7f, 0xe6, 0x99, 0xec, 0x02, 0x40, 0x86, 0x63, 0xd4, 0xde, 0x85, 0xaa,
    0x0d, 0x85, 0x7d, 0x89, 0x75, 0x9a, 0xd4, 0x89, 0x7d, 0x29, 0x65, 0x0f, 0xb8, 0x5f, 0x9b, 0x40, 0x94,
    0x27, 0xeb, 0x4f, 0x49, 0xff, 0xfd, 0x8b, 0xfd, 0x00, 0x00, 0x00, 0x00, 0xaa, 0xac,
];

/// Implements decoding and checks for one group out of blst's functions for it.
macro_rules! impl_decoding {
    (
        $point:ty, $compressed:literal, $uncompressed:literal,
        $from_compressed:ident, $from_uncompressed:ident, $is_infinity:ident, $in_subgroup:ident;
        $uncompress:ident, $deserialize:ident, $is_inf:ident, $in_group:ident
    ) => {
        /// A compressed point of the curve, infinity included; `None` for any other bytes.
        pub(super) fn $from_compressed(bytes: &[u8; $compressed]) -> Option<$point> {
            let mut point = <$point>::default();
            // SAFETY: as many bytes are read as the array has.
            let error = unsafe { blst::$uncompress(&mut point, bytes.as_ptr()) };
            (error == BLST_ERROR::BLST_SUCCESS).then_some(point)
        }

        /// An uncompressed point of the curve, infinity included; `None` for any other bytes.
        pub(super) fn $from_uncompressed(bytes: &[u8; $uncompressed]) -> Option<$point> {
            // blst would take a compressed point with something behind it.
            if bytes[0] & 0x80 != 0 {
                return None;
            }
            let mut point = <$point>::default();
            // SAFETY: as many bytes are read as the array has.
            let error = unsafe { blst::$deserialize(&mut point, bytes.as_ptr()) };
            (error == BLST_ERROR::BLST_SUCCESS).then_some(point)
        }

        /// Whether this is infinity.
        pub(super) fn $is_infinity(point: &$point) -> bool {
            // SAFETY: only the structs named.
            unsafe { blst::$is_inf(point) }
        }

        /// Whether a point of the curve is in the subgroup of prime order. Infinity is.
        pub(super) fn $in_subgroup(point: &$point) -> bool {
            // SAFETY: only the structs named.
            unsafe { blst::$in_group(point) }
        }
    };
}

impl_decoding!(
    G1, 48, 96, g1_from_compressed, g1_from_uncompressed, g1_is_infinity, g1_in_subgroup;
    blst_p1_uncompress, blst_p1_deserialize, blst_p1_affine_is_inf, blst_p1_affine_in_g1
);
impl_decoding!(
    G2, 96, 192, g2_from_compressed, g2_from_uncompressed, g2_is_infinity, g2_in_subgroup;
    blst_p2_uncompress, blst_p2_deserialize, blst_p2_affine_is_inf, blst_p2_affine_in_g2
);

/// The point compressed.
pub(super) fn g1_to_compressed(point: &G1) -> [u8; 48] {
    let mut bytes = [0; 48];
    // SAFETY: writes 48 bytes.
    unsafe { blst::blst_p1_affine_compress(bytes.as_mut_ptr(), point) };
    bytes
}

/// The point uncompressed.
pub(super) fn g1_to_uncompressed(point: &G1) -> [u8; 96] {
    let mut bytes = [0; 96];
    // SAFETY: writes 96 bytes.
    unsafe { blst::blst_p1_affine_serialize(bytes.as_mut_ptr(), point) };
    bytes
}

/// The point compressed.
pub(super) fn g2_to_compressed(point: &G2) -> [u8; 96] {
    let mut bytes = [0; 96];
    // SAFETY: writes 96 bytes.
    unsafe { blst::blst_p2_affine_compress(bytes.as_mut_ptr(), point) };
    bytes
}

/// The point uncompressed.
pub(super) fn g2_to_uncompressed(point: &G2) -> [u8; 192] {
    let mut bytes = [0; 192];
    // SAFETY: writes 192 bytes.
    unsafe { blst::blst_p2_affine_serialize(bytes.as_mut_ptr(), point) };
    bytes
}

/// A multiple of G1's generator, by a reduced scalar, little-endian.
pub(super) fn g1_multiple(scalar: &[u8; 32]) -> G1 {
    let (mut product, mut point) = (Sum::default(), G1::default());
    // SAFETY: the generator is a constant of blst's; of the scalar, as many bytes as its bits fill are read: all 32.
    unsafe {
        blst::blst_p1_mult(&mut product, blst::blst_p1_generator(), scalar.as_ptr(), SCALAR_BITS);
        blst::blst_p1_to_affine(&mut point, &product);
    }
    point
}

/// A multiple of G2's generator, by a reduced scalar, little-endian.
pub(super) fn g2_multiple(scalar: &[u8; 32]) -> G2 {
    let (mut product, mut point) = (blst_p2::default(), G2::default());
    // SAFETY: as for G1.
    unsafe {
        blst::blst_p2_mult(&mut product, blst::blst_p2_generator(), scalar.as_ptr(), SCALAR_BITS);
        blst::blst_p2_to_affine(&mut point, &product);
    }
    point
}

/// G1's generator and G2's.
pub(super) fn generators() -> (G1, G2) {
    let mut one = [0; 32];
    one[0] = 1;
    (g1_multiple(&one), g2_multiple(&one))
}

/// `lambda` times a point of the subgroup.
pub(super) fn g1_endomorphism(point: &G1) -> G1 {
    let mut image = *point;
    let mut beta = blst_fp::default();
    // SAFETY: reads 48 bytes; else only the structs named, of which the product may be one of the factors.
    unsafe {
        blst::blst_fp_from_bendian(&mut beta, BETA.as_ptr());
        blst::blst_fp_mul(&mut image.x, &point.x, &beta);
    }
    image
}

/// `weight` times a point of the subgroup: both halves of the weight at once, along their joint sparse form.
pub(super) fn g1_weighted(point: &G1, weight: Weight) -> Sum {
    if g1_is_infinity(point) {
        return Sum::default();
    }
    let image = g1_endomorphism(point);
    let jacobian = g1_to_sum(point);
    let [mut both, mut difference] = [Sum::default(); 2];
    let minus = g1_negated(&image);
    let mut sum = Sum::default();
    // SAFETY: only the structs named; a sum may be one of its terms.
    unsafe {
        blst::blst_p1_add_or_double_affine(&mut both, &jacobian, &image);
        blst::blst_p1_add_or_double_affine(&mut difference, &jacobian, &minus);
    }
    let minus_point = g1_negated(point);
    let [mut minus_both, mut minus_difference] = [both, difference];
    // SAFETY: only the structs named.
    unsafe {
        blst::blst_p1_cneg(&mut minus_both, true);
        blst::blst_p1_cneg(&mut minus_difference, true);
    }
    for digits in weight.joint_sparse_form().iter().rev() {
        // SAFETY: only the structs named; a sum may be one of its terms.
        unsafe {
            blst::blst_p1_double(&mut sum, &sum);
            match digits {
                (1, 0) => blst::blst_p1_add_or_double_affine(&mut sum, &sum, point),
                (-1, 0) => blst::blst_p1_add_or_double_affine(&mut sum, &sum, &minus_point),
                (0, 1) => blst::blst_p1_add_or_double_affine(&mut sum, &sum, &image),
                (0, -1) => blst::blst_p1_add_or_double_affine(&mut sum, &sum, &minus),
                (1, 1) => blst::blst_p1_add_or_double(&mut sum, &sum, &both),
                (-1, -1) => blst::blst_p1_add_or_double(&mut sum, &sum, &minus_both),
                (1, -1) => blst::blst_p1_add_or_double(&mut sum, &sum, &difference),
                (-1, 1) => blst::blst_p1_add_or_double(&mut sum, &sum, &minus_difference),
                _ => {}
            }
        }
    }
    sum
}

/// The negative of a point.
pub(super) fn g1_negated(point: &G1) -> G1 {
    let mut negative = *point;
    // SAFETY: only the structs named; the result may be the operand.
    unsafe { blst::blst_fp_cneg(&mut negative.y, &point.y, true) };
    negative
}

/// The sum of two sums, equal or not.
pub(super) fn g1_add(left: &Sum, right: &Sum) -> Sum {
    let mut sum = Sum::default();
    // SAFETY: only the structs named.
    unsafe { blst::blst_p1_add_or_double(&mut sum, left, right) };
    sum
}

/// A point as a sum.
pub(super) fn g1_to_sum(point: &G1) -> Sum {
    let mut sum = Sum::default();
    // SAFETY: only the structs named.
    unsafe { blst::blst_p1_from_affine(&mut sum, point) };
    sum
}

/// Sums in affine coordinates, with one inversion for all.
pub(super) fn g1_to_affine(sums: &[Sum]) -> Vec<G1> {
    let mut points = vec![G1::default(); sums.len()];
    if !sums.is_empty() {
        // A list of pointers to arrays, of which a null says that the array before it goes on.
        let list = [sums.as_ptr(), ptr::null()];
        // SAFETY: both arrays have as many elements as is said, at least one, and outlive the call.
        unsafe { blst::blst_p1s_to_affine(points.as_mut_ptr(), list.as_ptr(), sums.len()) };
    }
    points
}

/// The sum of points of the subgroup, each times its scalar of so many bits, little-endian, `bits / 8` bytes each rounded up,
/// one behind another. On this thread. Points without scalar, and scalars without point, do not count.
pub(super) fn g1_msm(points: &[G1], scalars: &[u8], bits: usize) -> Sum {
    let width = bits.div_ceil(8);
    let (points, scalars) = finite(points, scalars, width);
    let mut sum = Sum::default();
    if points.is_empty() {
        return sum;
    }
    // SAFETY: it reads nothing but the number.
    let bytes = unsafe { blst::blst_p1s_mult_pippenger_scratch_sizeof(points.len()) };
    let mut scratch = vec![0u64; bytes.div_ceil(8)];
    let (list, scalar_list) = ([points.as_ptr(), ptr::null()], [scalars.as_ptr(), ptr::null()]);
    // SAFETY: as for the conversion above; there are `width` bytes of scalar for each point, and as much to work in as blst
    // says that it needs.
    unsafe {
        blst::blst_p1s_mult_pippenger(
            &mut sum,
            list.as_ptr(),
            points.len(),
            scalar_list.as_ptr(),
            bits,
            scratch.as_mut_ptr(),
        );
    }
    sum
}

/// One window of [`g1_msm`]: the sum of the points, each times `width` bits of its scalar from bit `from` on. All points are
/// finite and have a scalar of 32 bytes; there are two at least.
pub(super) fn g1_msm_window(points: &[G1], scalars: &[[u8; 32]], from: usize, window: usize) -> Sum {
    let mut sum = Sum::default();
    let count = points.len().min(scalars.len());
    // blst reads one scalar ahead.
    if count < 2 {
        return sum;
    }
    // Buckets in coordinates of four elements, half as many as the window has values.
    const BUCKET: usize = 4 * size_of::<blst_fp>() / 8;
    let mut scratch = vec![0u64; BUCKET << window.saturating_sub(1)];
    let (list, scalar_list) = ([points.as_ptr(), ptr::null()], [scalars.as_ptr().cast(), ptr::null()]);
    // SAFETY: as for `g1_msm`; a window needs a bucket for each value of its absolute digit.
    unsafe {
        blst::blst_p1s_tile_pippenger(
            &mut sum,
            list.as_ptr(),
            count,
            scalar_list.as_ptr(),
            SCALAR_BITS,
            scratch.as_mut_ptr(),
            from,
            window,
        );
    }
    sum
}

/// The sum doubled so many times.
pub(super) fn g1_doubled(sum: &Sum, times: usize) -> Sum {
    let mut doubled = *sum;
    for _ in 0..times {
        // SAFETY: only the structs named; the result may be the operand.
        unsafe { blst::blst_p1_double(&mut doubled, &doubled) };
    }
    doubled
}

/// Points and scalars without those of infinity, which add nothing and which blst's sums do not expect; as many of one as of
/// the other.
fn finite<'a>(
    points: &'a [G1],
    scalars: &'a [u8],
    width: usize,
) -> (std::borrow::Cow<'a, [G1]>, std::borrow::Cow<'a, [u8]>) {
    let count = points.len().min(scalars.len() / width.max(1));
    let (points, scalars) =
        (points.get(..count).unwrap_or_default(), scalars.get(..count * width).unwrap_or_default());
    if !points.iter().any(g1_is_infinity) {
        return (points.into(), scalars.into());
    }
    let kept = || points.iter().zip(scalars.chunks(width)).filter(|(point, _)| !g1_is_infinity(point));
    (
        kept().map(|(point, _)| *point).collect(),
        kept().flat_map(|(_, scalar)| scalar.iter().copied()).collect(),
    )
}

/// The product of the Miller loops of pairs of points of the subgroups. A pair with infinity counts as one.
pub(super) fn miller(pairs: &[(G1, G2)]) -> Fp12 {
    let finite = pairs.iter().filter(|(p, q)| !g1_is_infinity(p) && !g2_is_infinity(q));
    let (g1, g2): (Vec<_>, Vec<_>) = finite.copied().unzip();
    // The default is one.
    let mut product = Fp12::default();
    if !g1.is_empty() {
        let (list, other) = ([g1.as_ptr(), ptr::null()], [g2.as_ptr(), ptr::null()]);
        // SAFETY: both arrays have as many points as is said, at least one, and outlive the call.
        unsafe { blst::blst_miller_loop_n(&mut product, other.as_ptr(), list.as_ptr(), g1.len()) };
    }
    product
}

/// The element of GT that a product of Miller loops stands for.
pub(super) fn final_exponentiation(product: &Fp12) -> Fp12 {
    product.final_exp()
}

/// The element with its coefficients at odd powers negated.
pub(super) fn conjugate(element: &Fp12) -> Fp12 {
    let mut conjugate = *element;
    // SAFETY: only the structs named.
    unsafe { blst::blst_fp12_conjugate(&mut conjugate) };
    conjugate
}

/// The inverse of an element of GT.
pub(super) fn gt_inverse(element: &Fp12) -> Fp12 {
    conjugate(element)
}

/// An element of GT to the power of `weight`: both halves of the weight at once.
pub(super) fn gt_weighted(element: &Fp12, weight: Weight) -> Fp12 {
    // To the p^2 is to the lambda + 1 in GT: p is z modulo the order, and lambda is z^2 - 1.
    let mut image = Fp12::default();
    // SAFETY: only the structs named; the exponent of p is one of 1, 2, 3.
    unsafe { blst::blst_fp12_frobenius_map(&mut image, element, 2) };
    let inverse = gt_inverse(element);
    let image = image * inverse;
    let (both, difference) = (*element * image, *element * gt_inverse(&image));
    let mut power = Fp12::default();
    for digits in weight.joint_sparse_form().iter().rev() {
        // SAFETY: only the structs named; the square may be the operand, which lies in GT.
        unsafe { blst::blst_fp12_cyclotomic_sqr(&mut power, &power) };
        match digits {
            (1, 0) => power *= *element,
            (-1, 0) => power *= inverse,
            (0, 1) => power *= image,
            (0, -1) => power *= gt_inverse(&image),
            (1, 1) => power *= both,
            (-1, -1) => power *= gt_inverse(&both),
            (1, -1) => power *= difference,
            (-1, 1) => power *= gt_inverse(&difference),
            _ => {}
        }
    }
    power
}

/// An element of GT to the power of a reduced scalar, little-endian.
pub(super) fn gt_power(element: &Fp12, scalar: &[u8; 32]) -> Fp12 {
    let mut power = Fp12::default();
    for byte in scalar.iter().rev() {
        for bit in (0..8).rev() {
            // SAFETY: as above.
            unsafe { blst::blst_fp12_cyclotomic_sqr(&mut power, &power) };
            if byte >> bit & 1 == 1 {
                power *= *element;
            }
        }
    }
    power
}

/// Montgomery's product of two numbers below the order: their product over 2^256, reduced.
pub(super) fn fr_product(left: &blst_fr, right: &blst_fr) -> blst_fr {
    let mut product = blst_fr::default();
    // SAFETY: only the structs named.
    unsafe { blst::blst_fr_mul(&mut product, left, right) };
    product
}

/// The sum of two numbers below the order, reduced.
pub(super) fn fr_sum(left: &blst_fr, right: &blst_fr) -> blst_fr {
    let mut sum = blst_fr::default();
    // SAFETY: only the structs named.
    unsafe { blst::blst_fr_add(&mut sum, left, right) };
    sum
}

/// The difference of two numbers below the order, reduced.
pub(super) fn fr_difference(left: &blst_fr, right: &blst_fr) -> blst_fr {
    let mut difference = blst_fr::default();
    // SAFETY: only the structs named.
    unsafe { blst::blst_fr_sub(&mut difference, left, right) };
    difference
}

/// A number below the order times 2^256, reduced.
pub(super) fn fr_to_montgomery(number: &blst_fr) -> blst_fr {
    let mut form = blst_fr::default();
    // SAFETY: only the structs named.
    unsafe { blst::blst_fr_to(&mut form, number) };
    form
}
