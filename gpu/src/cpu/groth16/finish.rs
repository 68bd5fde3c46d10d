//! Batches of which somebody else sums up the proofs: what is asked, and how the processor finishes.

use super::curve::{self, Fp12, Sum};
use super::equation::{SUM_GRAIN, add_weighted};
use super::kernel_form::{self, STEPS};
use super::key::VerifyingKey;
use super::plant::Plant;
use super::weight::{Scalar, Transcript, Weight};
use super::{Groth16, Proven, digest};
use erbium_claims::Groth16Parts;
use rayon::prelude::*;
use std::sync::Arc;

/// A claim of proper form with its key; nothing is known of the proof's points.
#[derive(Clone)]
pub(crate) struct Member<'a> {
    /// Its place in the batch.
    pub(crate) index: usize,
    pub(crate) parts: Groth16Parts<'a>,
    pub(crate) key: Arc<VerifyingKey>,
    inputs: Vec<Scalar>,
}

impl<'a> Member<'a> {
    fn new(index: usize, parts: Groth16Parts<'a>, key: Arc<VerifyingKey>) -> Self {
        Self { index, parts, key, inputs: parts.inputs.iter().map(Scalar::from_be_bytes).collect() }
    }

    /// A planted claim as a member, with its parsed key; its place is none.
    pub(crate) fn planted(plant: &'a Plant, key: &Arc<VerifyingKey>) -> Option<Self> {
        let parts = Groth16Parts::read(&plant.verifying_key, &plant.inputs, &plant.proof)?;
        Some(Self::new(usize::MAX, parts, Arc::clone(key)))
    }
}

impl Groth16 {
    /// The claims of a batch that are of proper form and whose keys are keys, those with one key together.
    pub(crate) fn members<'a>(&self, batch: &[Proven<'a>]) -> Vec<Member<'a>> {
        let asked = self.with_keys(batch).into_par_iter().with_min_len(16);
        asked.map(|(asked, key)| Member::new(asked.index, asked.parts, key)).collect()
    }
}

/// Weights for so many proofs that hang on `seed` and on all members.
pub(crate) fn weights(seed: &[u8; 32], members: &[Member<'_>], count: usize) -> Vec<Weight> {
    let digests: Vec<_> = members
        .par_iter()
        .with_min_len(16)
        .map(|member| (member.key.digest, digest(&member.parts)))
        .collect();
    let transcript =
        digests.iter().fold(Transcript::new(seed), |transcript, (key, proof)| transcript.absorb(key, proof));
    transcript.weights(count)
}

/// A multiple of each group's generator, compressed, by a reduced scalar, little-endian.
pub(crate) fn generator_multiples(scalar: &[u8; 32]) -> ([u8; 48], [u8; 96]) {
    let (g1, g2) = (curve::g1_multiple(scalar), curve::g2_multiple(scalar));
    (curve::g1_to_compressed(&g1), curve::g2_to_compressed(&g2))
}

/// What is wrong with points of a proof, by bits: 0 to 2 where A, B, C do not decode, 3 to 5 where they do and are outside the
/// subgroup.
pub(crate) fn flaws(a: &[u8; 48], b: &[u8; 96], c: &[u8; 48]) -> u32 {
    let flaw = |inside: Option<bool>, point: u32| match inside {
        None => 1 << point,
        Some(false) => 1 << (3 + point),
        Some(true) => 0,
    };
    let in_g1 = |bytes| curve::g1_from_compressed(bytes).as_ref().map(curve::g1_in_subgroup);
    let in_g2 = curve::g2_from_compressed(b).as_ref().map(curve::g2_in_subgroup);
    flaw(in_g1(a), 0) | flaw(in_g2, 1) | flaw(in_g1(c), 2)
}

/// Things of one key.
type OfKey<'k, T> = (&'k Arc<VerifyingKey>, T);

/// The same, those of one key together.
fn by_key<T>(mut things: Vec<OfKey<'_, T>>) -> Vec<Vec<OfKey<'_, T>>> {
    let address = |(key, _): &OfKey<'_, T>| Arc::as_ptr(key).addr();
    things.sort_by_key(address);
    let mut groups: Vec<Vec<OfKey<'_, T>>> = Vec::new();
    for thing in things {
        match groups.last_mut() {
            Some(group) if group.last().is_some_and(|last| address(last) == address(&thing)) => {
                group.push(thing);
            }
            _ => groups.push(vec![thing]),
        }
    }
    groups
}

/// The Miller loops of the pairs of alpha and beta, and of inputs and gamma, of weighted members' keys.
pub(crate) fn of_keys<'m, 'a: 'm>(members: impl Iterator<Item = (&'m Member<'a>, Weight)>) -> Fp12 {
    let groups = by_key(members.map(|(member, weight)| (&member.key, (&*member.inputs, weight))).collect());
    let sums: Vec<[Sum; 2]> = groups
        .par_iter()
        .map(|group| {
            let Some((key, _)) = group.first() else { return Default::default() };
            let none = || vec![Scalar::default(); key.ic.len()];
            let scalars = group
                .par_chunks(SUM_GRAIN)
                .map(|part| {
                    let mut scalars = none();
                    part.iter().for_each(|(_, (inputs, weight))| add_weighted(&mut scalars, inputs, *weight));
                    scalars
                })
                .reduce(none, |mut left, right| {
                    left.iter_mut().zip(right).for_each(|(sum, scalar)| *sum = sum.plus(scalar));
                    left
                });
            let bytes: Vec<_> = scalars.iter().map(|scalar| scalar.to_bytes()).collect();
            let alpha = curve::g1_msm(&[key.minus_alpha], bytes.as_flattened(), curve::SCALAR_BITS);
            [alpha, super::msm::sum(&key.ic, &bytes)]
        })
        .collect();
    let points = curve::g1_to_affine(sums.as_flattened());
    let keys = groups.iter().filter_map(|group| group.first());
    let pairs: Vec<_> = keys
        .zip(points.as_chunks().0)
        .flat_map(|((key, _), [alpha, inputs])| [(*alpha, key.beta), (curve::g1_negated(inputs), key.gamma)])
        .collect();
    miller(&pairs)
}

fn miller(pairs: &[(curve::G1, curve::G2)]) -> Fp12 {
    pairs.par_chunks(curve::PAIRS_A_LOOP).map(curve::miller).reduce(Fp12::default, |left, right| left * right)
}

/// As what the equation comes out of which `lines` are the proofs' part, step by step, `of_keys` that of keys and inputs, and
/// `sums` the weighted sums of C with their keys.
pub(crate) fn value(lines: &[Fp12; STEPS], of_keys: &Fp12, sums: Vec<OfKey<'_, Sum>>) -> Fp12 {
    let groups = by_key(sums);
    let total = |group: &Vec<OfKey<'_, Sum>>| {
        group.iter().fold(Sum::default(), |total, (_, sum)| curve::g1_add(&total, sum))
    };
    let points = curve::g1_to_affine(&groups.iter().map(total).collect::<Vec<_>>());
    let keys = groups.iter().filter_map(|group| group.first());
    let pairs: Vec<_> =
        keys.zip(&points).map(|((key, _), point)| (curve::g1_negated(point), key.delta)).collect();
    curve::final_exponentiation(&(kernel_form::miller_of_lines(lines) * *of_keys * miller(&pairs)))
}

/// An element of GT over another one.
pub(crate) fn over(left: &Fp12, right: &Fp12) -> Fp12 {
    *left * curve::gt_inverse(right)
}

/// As what the equation comes out if only the plants do not hold, each of them under its weight.
pub(crate) fn expected<'p>(plants: impl Iterator<Item = (&'p Plant, Weight)>) -> Fp12 {
    plants.fold(Fp12::default(), |product, (plant, weight)| product * curve::gt_weighted(&plant.term, weight))
}

/// What honest kernels answer, computed by blst.
#[cfg(test)]
pub(crate) mod honest {
    use super::*;
    use crate::cpu::groth16::kernel_form::{ELEMENT_WORDS, fp12_to_kernel, g1_to_kernel};

    /// A proof's flags, and what it adds to the Miller loops and to the sum of C.
    pub(crate) struct Answer {
        pub(crate) flags: u32,
        pub(crate) loops: Fp12,
        pub(crate) sum: Sum,
    }

    pub(crate) fn of_proof(a: &[u8; 48], b: &[u8; 96], c: &[u8; 48], weight: Weight) -> Answer {
        let flags = flaws(a, b, c);
        let decoded =
            (curve::g1_from_compressed(a), curve::g2_from_compressed(b), curve::g1_from_compressed(c));
        let (Some(a), Some(b), Some(c), 0) = (decoded.0, decoded.1, decoded.2, flags) else {
            return Answer { flags, loops: Fp12::default(), sum: Sum::default() };
        };
        let weighted = curve::g1_to_affine(&[curve::g1_weighted(&a, weight)]);
        Answer { flags, loops: curve::miller(&[(weighted[0], b)]), sum: curve::g1_weighted(&c, weight) }
    }

    pub(crate) fn add(left: &Sum, right: &Sum) -> Sum {
        curve::g1_add(left, right)
    }

    /// The last line, if all others are one.
    pub(crate) fn last_line(loops: &Fp12) -> [u32; ELEMENT_WORDS] {
        fp12_to_kernel(&curve::conjugate(loops))
    }

    pub(crate) fn one() -> [u32; ELEMENT_WORDS] {
        fp12_to_kernel(&Fp12::default())
    }

    /// X, Y and Z one behind the other, in no normal form.
    pub(crate) fn point(sum: &Sum) -> [u32; 36] {
        let point = curve::g1_to_affine(&[*sum])[0];
        let mut words = [0; 36];
        if curve::g1_is_infinity(&point) {
            words[12] = 9;
        } else {
            let one = g1_to_kernel(&curve::generators().0);
            let scaled = kernel_form::scaled(&point, &curve::generators().0);
            words[..24].copy_from_slice(&g1_to_kernel(&scaled));
            words[24..].copy_from_slice(&one[..12]);
        }
        words
    }
}
