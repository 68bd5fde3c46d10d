//! The equation of a batch, as data, and its stages.
//!
//! With weights r_i, a batch holds if
//!
//! ```text
//! prod_i e(r_i A_i, B_i) * prod_k e(R_k (-alpha_k), beta_k) e(-S_k, gamma_k) e(-D_k, delta_k) = 1
//! ```
//!
//! where over the proofs i of key k: R_k = sum r_i, S_k = R_k ic_0 + sum_j (sum_i r_i x_ij) ic_j, D_k = sum r_i C_i. The left
//! product is kept as a tree over pieces of the batch, the right one is found anew for each part that is asked about.

use super::curve::{self, Fp12, G1, PAIRS_A_LOOP, Sum};
use super::proof::Item;
use super::weight::{Scalar, Weight};
use rayon::prelude::*;
use std::ops::Range;
use std::sync::Arc;

/// Proofs of a key that one task takes to sum inputs and C.
pub(super) const SUM_GRAIN: usize = 256;

/// A batch with its weights.
pub(super) struct Equation<'a> {
    pub(super) items: &'a [Item],
    /// One an item.
    pub(super) weights: &'a [Weight],
}

/// The pairs of keys: what stands beside the proofs' own.
#[derive(Clone, Copy)]
pub(super) struct KeyTerms {
    pub(super) pairs: [(G1, curve::G2); 3],
}

impl Equation<'_> {
    /// r_i A_i for the items of a range.
    pub(super) fn weigh(&self, range: Range<usize>) -> Vec<G1> {
        let items = self.items.get(range.clone()).unwrap_or_default();
        let weights = self.weights.get(range).unwrap_or_default();
        let sums: Vec<_> =
            items.iter().zip(weights).map(|(item, weight)| curve::g1_weighted(&item.a, *weight)).collect();
        curve::g1_to_affine(&sums)
    }

    /// The Miller loops of the items of a range, whose weighted A are given.
    pub(super) fn miller(&self, range: Range<usize>, weighted: &[G1]) -> Fp12 {
        let items = self.items.get(range).unwrap_or_default();
        let pairs: Vec<_> = weighted.iter().zip(items).map(|(a, item)| (*a, item.b)).collect();
        curve::miller(&pairs)
    }

    /// The pairs of every key in a range of items. Items of a key need not lie together.
    pub(super) fn key_terms(&self, range: Range<usize>) -> Vec<KeyTerms> {
        let mut indices: Vec<_> = range.filter(|index| *index < self.items.len()).collect();
        let key = |index: &usize| self.items.get(*index).map(|item| Arc::as_ptr(&item.key).addr());
        indices.sort_by_key(key);
        let groups: Vec<_> = indices.chunk_by(|a, b| key(a) == key(b)).collect();
        groups.par_iter().filter_map(|group| self.terms_of_key(group)).collect()
    }

    /// The pairs of one key, over the items at these places.
    fn terms_of_key(&self, group: &[usize]) -> Option<KeyTerms> {
        let key = &self.items.get(*group.first()?)?.key;
        let sums: Vec<_> = group.par_chunks(SUM_GRAIN).map(|part| self.sums(part, key.ic.len())).collect();
        let mut scalars = vec![Scalar::default(); key.ic.len()];
        let mut points = Sum::default();
        for (part, point) in sums {
            scalars.iter_mut().zip(part).for_each(|(sum, scalar)| *sum = sum.plus(scalar));
            points = curve::g1_add(&points, &point);
        }
        let weight = scalars.first()?.to_bytes();
        let bytes: Vec<u8> = scalars.iter().flat_map(|scalar| scalar.to_bytes()).collect();
        let inputs = super::msm::sum(&key.ic, bytes.as_chunks().0);
        let alpha = curve::g1_msm(&[key.minus_alpha], &weight, curve::SCALAR_BITS);
        let points = curve::g1_to_affine(&[alpha, inputs, points]);
        let [alpha, inputs, points] = points.first_chunk()?;
        Some(KeyTerms {
            pairs: [
                (*alpha, key.beta),
                (curve::g1_negated(inputs), key.gamma),
                (curve::g1_negated(points), key.delta),
            ],
        })
    }

    /// Over some items of a key: the scalars of `ic`, and the weighted sum of C.
    fn sums(&self, part: &[usize], scalars: usize) -> (Vec<Scalar>, Sum) {
        let mut sums = vec![Scalar::default(); scalars];
        // r C = a C + b (lambda C).
        let (mut points, mut halves) =
            (Vec::with_capacity(2 * part.len()), Vec::with_capacity(16 * part.len()));
        for (item, weight) in
            part.iter().filter_map(|index| self.items.get(*index).zip(self.weights.get(*index)))
        {
            add_weighted(&mut sums, &item.inputs, *weight);
            points.extend([item.c, curve::g1_endomorphism(&item.c)]);
            halves.extend([weight.a, weight.b].into_iter().flat_map(u64::to_le_bytes));
        }
        (sums, curve::g1_msm(&points, &halves, 64))
    }
}

/// Adds a proof's part to the scalars of `ic`: its weight, and its inputs, weighted.
pub(super) fn add_weighted(sums: &mut [Scalar], inputs: &[Scalar], weight: Weight) {
    let Some((constant, sums)) = sums.split_first_mut() else { return };
    let scalar = weight.scalar();
    *constant = constant.plus(scalar);
    let factor = scalar.as_factor();
    for (sum, input) in sums.iter_mut().zip(inputs) {
        *sum = sum.plus(factor.times(*input));
    }
}

/// The products of the proofs' Miller loops: of each piece of the batch, and above of each two neighbours.
pub(super) struct Products {
    /// Pieces first; each level has half as many as the one below it, rounded up.
    levels: Vec<Vec<Fp12>>,
    /// Items a piece; of the last one, fewer.
    pub(super) grain: usize,
}

impl Products {
    /// Items a piece, so that all cores have some and none more than a Miller loop takes together.
    pub(super) fn grain(items: usize) -> usize {
        (items / (2 * rayon::current_num_threads())).clamp(2, PAIRS_A_LOOP)
    }

    /// Builds the tree over the pieces' products.
    pub(super) fn new(pieces: Vec<Fp12>, grain: usize) -> Self {
        let mut levels = vec![pieces];
        while let Some(level) = levels.last().filter(|level| level.len() > 1) {
            let above = level.chunks(2).map(|two| two.iter().fold(Fp12::default(), |a, b| a * *b)).collect();
            levels.push(above);
        }
        Self { levels, grain }
    }

    /// The node over everything.
    pub(super) fn root(&self) -> Node {
        Node { level: self.levels.len().saturating_sub(1), place: 0 }
    }

    /// The product of a node.
    pub(super) fn of(&self, node: Node) -> Fp12 {
        self.levels.get(node.level).and_then(|level| level.get(node.place)).copied().unwrap_or_default()
    }

    /// The places of a node's items in a batch of so many.
    pub(super) fn items(&self, node: Node, count: usize) -> Range<usize> {
        let end = |place: usize| ((place << node.level) * self.grain).min(count);
        end(node.place)..end(node.place + 1)
    }

    /// A node's halves, where it has two.
    pub(super) fn halves(&self, node: Node) -> Option<[Node; 2]> {
        let level = node.level.checked_sub(1)?;
        let [left, right] = [2 * node.place, 2 * node.place + 1].map(|place| Node { level, place });
        (right.place < self.levels.get(level)?.len()).then_some([left, right])
    }
}

/// A node of [`Products`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Node {
    level: usize,
    place: usize,
}

impl Node {
    /// The only half of a node that has one.
    pub(super) fn below(self) -> Option<Self> {
        Some(Self { level: self.level.checked_sub(1)?, place: 2 * self.place })
    }
}
