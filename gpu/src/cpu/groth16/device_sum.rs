//! What the processor does for sums by kernels: another question of the same points, and what the answers have to be.

use super::curve::{self, G1, SCALAR_BITS, Sum};
use super::kernel_form::{g1_from_kernel, g1_to_kernel};
use super::msm::{G1Point, is_reduced};
use crate::signatures::Random;
use blst::blst_fr;
use erbium_shaders::bls12_381::{AFFINE_WORDS, NUMBER_WORDS, POINT_WORDS};
use rayon::prelude::*;

/// Points and scalars twice over, with a plant among them: as they are asked, and with all scalars times a secret factor but
/// the plant's, which is another. No sums but the right ones fit each other, whatever the asked one is.
#[derive(Debug)]
pub(crate) struct Doubled {
    /// Points as kernels take them; infinity is left out, as it adds nothing.
    pub(crate) words: Vec<u32>,
    /// The scalars of the question, then those times the factor.
    pub(crate) scalars: [Vec<[u8; 32]>; 2],
    factor: [u8; 32],
    /// What the plant adds to either sum.
    planted: [Sum; 2],
}

impl Doubled {
    /// Of as many points as scalars, these below the order.
    pub(crate) fn new(points: &[G1Point], scalars: &[[u8; 32]], random: &mut Random) -> Self {
        let mut reduced = || {
            let mut bytes: [u8; 32] = random.bytes();
            bytes[31] &= 0x3f;
            bytes
        };
        let (secret, over, plants) = (reduced(), reduced(), [reduced(), reduced()]);
        let plant = curve::g1_multiple(&secret);
        let planted = plants.map(|scalar| multiple(&plant, &scalar));
        let (mut finite, mut first): (Vec<_>, Vec<_>) = points
            .iter()
            .zip(scalars)
            .filter(|(point, _)| !curve::g1_is_infinity(point.affine()))
            .map(|(point, scalar)| (*point.affine(), *scalar))
            .unzip();
        // Montgomery's product is one over 2^256: so is the factor.
        let over = number(&over);
        let times = |scalar: &[u8; 32]| bytes(&curve::fr_product(&number(scalar), &over));
        let mut second: Vec<_> = first.par_iter().with_min_len(1024).map(times).collect();
        let mut one = [0; 32];
        one[0] = 1;
        finite.push(plant);
        let place = random.below(finite.len());
        for (scalars, scalar) in [&mut first, &mut second].into_iter().zip(plants) {
            scalars.push(scalar);
            let last = scalars.len() - 1;
            scalars.swap(place, last);
        }
        let last = finite.len() - 1;
        finite.swap(place, last);
        let mut words = vec![0; finite.len() * AFFINE_WORDS];
        let form = |(words, point): (&mut [u32], &G1)| words.copy_from_slice(&g1_to_kernel(point));
        words.par_chunks_exact_mut(AFFINE_WORDS).zip(&finite).with_min_len(1024).for_each(form);
        Self { words, scalars: [first, second], factor: times(&one), planted }
    }

    /// The sum that was asked, where both are what they must be.
    pub(crate) fn judge(&self, sums: [Sum; 2]) -> Option<G1Point> {
        let [asked, other] = [0, 1].map(|i| curve::g1_add(&sums[i], &negated(&self.planted[i])));
        let [asked, other] = curve::g1_to_affine(&[asked, other])[..] else { return None };
        let expected = *curve::g1_to_affine(&[multiple(&asked, &self.factor)]).first()?;
        // Points from outside the subgroup have no place in a sum of its points.
        (other == expected && curve::g1_in_subgroup(&asked)).then(|| G1Point::of(asked))
    }
}

/// The sum of windows as kernels leave them, each 2^width times the one before, so many words apart; `None` where one is no
/// point of the curve.
pub(crate) fn of_windows(words: &[u32], apart: usize, width: usize) -> Option<Sum> {
    let windows = words.chunks_exact(apart).map(|words| {
        let [x, y, z] = words.get(..POINT_WORDS)?.as_chunks::<NUMBER_WORDS>().0 else { return None };
        g1_from_kernel([x, y, z])
    });
    let windows = windows.collect::<Option<Vec<_>>>()?;
    let sum = |sum: Sum, window: &Sum| curve::g1_add(&curve::g1_doubled(&sum, width), window);
    Some(windows.iter().rev().fold(Sum::default(), sum))
}

/// The sum of two points of the subgroup.
pub(crate) fn plus(left: &G1Point, right: &G1Point) -> G1Point {
    let sum = curve::g1_add(&curve::g1_to_sum(left.affine()), &curve::g1_to_sum(right.affine()));
    G1Point::of(curve::g1_to_affine(&[sum]).first().copied().unwrap_or_default())
}

/// Whether a sum can be asked for: as many points as scalars, and these below the order.
pub(crate) fn fit(points: &[G1Point], scalars: &[[u8; 32]]) -> bool {
    points.len() == scalars.len() && scalars.par_iter().with_min_len(1024).all(is_reduced)
}

fn multiple(point: &G1, scalar: &[u8; 32]) -> Sum {
    curve::g1_msm(&[*point], scalar, SCALAR_BITS)
}

fn negated(sum: &Sum) -> Sum {
    let point = curve::g1_to_affine(&[*sum]).first().copied().unwrap_or_default();
    curve::g1_to_sum(&curve::g1_negated(&point))
}

fn number(bytes: &[u8; 32]) -> blst_fr {
    blst_fr { l: std::array::from_fn(|i| u64::from_le_bytes(bytes.as_chunks().0[i])) }
}

fn bytes(number: &blst_fr) -> [u8; 32] {
    std::array::from_fn(|i| number.l[i / 8].to_le_bytes()[i % 8])
}
