//! Numbers, points and lines between blst's form and that of kernels.
//!
//! blst has numbers of the base field times 2^384, kernels have them times 2^390, in words with the lowest first. The argument
//! for the unsafe code is that of [`curve`](super::curve).

#![allow(unsafe_code, reason = "blst has no safe interface to numbers of the base field")]

use super::curve::{self, Fp12, G1, Sum};
use blst::blst_fp;

/// The modulus of the base field, lowest limb first.
const MODULUS: [u64; 6] = [
    0xb9fe_ffff_ffff_aaab,
    0x1eab_fffe_b153_ffff,
    0x6730_d2a0_f6b0_f624,
    0x6477_4b84_f385_12bf,
    0x4b1b_a7b6_434b_acd7,
    0x1a01_11ea_397f_e69a,
];
/// 2^378: Montgomery's product of it with a number times 2^390 is the number times 2^384.
const FROM_KERNEL: blst_fp = blst_fp { l: [0, 0, 0, 0, 0, 1 << 58] };
/// 2^390, reduced: the way back.
const TO_KERNEL: blst_fp = blst_fp {
    l: [
        0x4676_0000_00d1_ff2e,
        0x84b8_0337_9b48_00ac,
        0x0dd9_a7e0_e882_431c,
        0xc26c_26d0_b683_dcf8,
        0x29f1_4576_63c4_a5ee,
        0x015d_e996_7f3e_804b,
    ],
};

/// Words of a number.
pub(super) const NUMBER_WORDS: usize = 12;
/// Words of an element of the extension of degree twelve.
pub(super) const ELEMENT_WORDS: usize = 12 * NUMBER_WORDS;
/// Steps of a Miller loop: one for each bit of the curve's parameter behind the highest, and one more where that is set.
pub(crate) const STEPS: usize = 68;
/// The curve's parameter, which is negative.
const PARAMETER: u64 = 0xd201_0000_0001_0000;

fn product(left: &blst_fp, right: &blst_fp) -> blst_fp {
    let mut product = blst_fp::default();
    // SAFETY: only the structs named.
    unsafe { blst::blst_fp_mul(&mut product, left, right) };
    product
}

/// A number as kernels leave it; `None` where it is not reduced.
fn fp_from_kernel(words: &[u32; NUMBER_WORDS]) -> Option<blst_fp> {
    let mut number = blst_fp::default();
    for (limb, [low, high]) in number.l.iter_mut().zip(words.as_chunks().0) {
        *limb = u64::from(*high) << 32 | u64::from(*low);
    }
    number.l.iter().rev().lt(MODULUS.iter().rev()).then(|| product(&number, &FROM_KERNEL))
}

/// A number as kernels take it.
fn fp_to_kernel(number: &blst_fp) -> [u32; NUMBER_WORDS] {
    let form = product(number, &TO_KERNEL);
    let mut words = [0; NUMBER_WORDS];
    for (words, limb) in words.as_chunks_mut().0.iter_mut().zip(form.l) {
        *words = [limb as u32, (limb >> 32) as u32];
    }
    words
}

/// x and y of a point as kernels take them; of infinity, zeros.
pub(crate) fn g1_to_kernel(point: &G1) -> [u32; 2 * NUMBER_WORDS] {
    let mut words = [0; 2 * NUMBER_WORDS];
    for (words, number) in words.as_chunks_mut().0.iter_mut().zip([&point.x, &point.y]) {
        *words = fp_to_kernel(number);
    }
    words
}

/// A point of G1's curve out of its homogeneous coordinates X, Y, Z; `None` where a number is not reduced or this is no point.
/// The subgroup is not looked at.
pub(crate) fn g1_from_kernel([x, y, z]: [&[u32; NUMBER_WORDS]; 3]) -> Option<Sum> {
    let [x, y, z] = [fp_from_kernel(x)?, fp_from_kernel(y)?, fp_from_kernel(z)?];
    let zero = blst_fp::default();
    if z == zero {
        // Infinity is (0 : y : 0).
        return (x == zero && y != zero).then(Sum::default);
    }
    // Jacobian coordinates are X Z, Y Z^2, Z.
    let sum = Sum { x: product(&x, &z), y: product(&product(&y, &z), &z), z };
    // SAFETY: only the struct named.
    unsafe { blst::blst_p1_on_curve(&sum) }.then_some(sum)
}

/// An element out of its twelve numbers: c0.c0.c0, c0.c0.c1, c0.c1.c0 and so on. `None` where one is not reduced.
pub(crate) fn fp12_from_kernel(words: &[u32; ELEMENT_WORDS]) -> Option<Fp12> {
    let mut element = Fp12::default();
    let places = element.fp6.iter_mut().flat_map(|six| &mut six.fp2).flat_map(|two| &mut two.fp);
    for (place, words) in places.zip(words.as_chunks().0) {
        *place = fp_from_kernel(words)?;
    }
    Some(element)
}

/// What the product of Miller loops comes to whose lines were multiplied step by step: the doubling's, then, where the
/// parameter's bit is set, the addition's.
pub(crate) fn miller_of_lines(lines: &[Fp12; STEPS]) -> Fp12 {
    let mut product = Fp12::default();
    let mut lines = lines.iter();
    for bit in (0..PARAMETER.ilog2()).rev() {
        let square = product;
        // SAFETY: only the structs named.
        unsafe { blst::blst_fp12_sqr(&mut product, &square) };
        let of_step = if PARAMETER >> bit & 1 == 1 { 2 } else { 1 };
        lines.by_ref().take(of_step).for_each(|line| product *= *line);
    }
    // The parameter is negative.
    curve::conjugate(&product)
}

#[cfg(test)]
pub(super) fn fp12_to_kernel(element: &Fp12) -> [u32; ELEMENT_WORDS] {
    let numbers = element.fp6.iter().flat_map(|six| &six.fp2).flat_map(|two| &two.fp);
    let words: Vec<_> = numbers.flat_map(fp_to_kernel).collect();
    std::array::from_fn(|i| words[i])
}

/// A point with both coordinates times the x of another.
#[cfg(test)]
pub(super) fn scaled(point: &G1, by: &G1) -> G1 {
    G1 { x: product(&point.x, &by.x), y: product(&point.y, &by.x) }
}
