//! Who of a batch whose equation does not come out as it should is to blame.

use super::curve::{self, Fp12};
use super::equation::{Equation, Node, Products};
use rayon::prelude::*;
use std::ops::Range;
use std::sync::atomic::{AtomicI64, Ordering};

/// Searches a batch by halves, with the products that are there already.
pub(super) struct Judge<'a> {
    pub(super) equation: Equation<'a>,
    pub(super) products: Products,
    /// Where the plants are among the items, and as what each comes out under its weight.
    pub(super) plants: Vec<(usize, Fp12)>,
    /// Pairs that may still be spent on looking at halves; behind that, proofs are checked one by one. It bounds the work
    /// on a batch in which many are invalid.
    budget: AtomicI64,
}

impl<'a> Judge<'a> {
    pub(super) fn new(equation: Equation<'a>, products: Products, plants: Vec<(usize, Fp12)>) -> Self {
        // As much as the batch itself took, and for small batches a few steps.
        let budget =
            AtomicI64::new(i64::try_from(equation.items.len()).unwrap_or(i64::MAX).saturating_add(64));
        Self { equation, products, plants, budget }
    }

    /// The places of the items that do not hold, those of plants included where the equation comes out wrong. `None` where it
    /// comes out as it should: then only the plants do not hold.
    pub(super) fn invalid(&self) -> Option<Vec<usize>> {
        let root = self.products.root();
        let value = self.value(root);
        (value != self.expected(&self.range(root))).then(|| self.search(root, value))
    }

    fn range(&self, node: Node) -> Range<usize> {
        self.products.items(node, self.equation.items.len())
    }

    /// As what a node's part of the equation comes out.
    fn value(&self, node: Node) -> Fp12 {
        let pairs: Vec<_> =
            self.equation.key_terms(self.range(node)).iter().flat_map(|terms| terms.pairs).collect();
        let keys = pairs
            .par_chunks(curve::PAIRS_A_LOOP)
            .map(curve::miller)
            .reduce(Fp12::default, |left, right| left * right);
        curve::final_exponentiation(&(self.products.of(node) * keys))
    }

    /// As what it comes out if all items but the plants hold.
    fn expected(&self, range: &Range<usize>) -> Fp12 {
        let inside = self.plants.iter().filter(|(place, _)| range.contains(place));
        inside.fold(Fp12::default(), |product, (_, term)| product * *term)
    }

    /// The items that do not hold in a node that comes out as `value`.
    fn search(&self, node: Node, value: Fp12) -> Vec<usize> {
        let range = self.range(node);
        if value == self.expected(&range) {
            return Vec::new();
        }
        match (self.products.halves(node), node.below()) {
            (Some([left, right]), _) if self.spend(&self.range(left)) => {
                let left_value = self.value(left);
                let right_value = value * curve::gt_inverse(&left_value);
                let (mut found, others) =
                    rayon::join(|| self.search(left, left_value), || self.search(right, right_value));
                found.extend(others);
                found
            }
            (None, Some(below)) => self.search(below, value),
            _ => self.one_by_one(range),
        }
    }

    /// Takes what a look at these items costs, roughly, from the budget.
    fn spend(&self, range: &Range<usize>) -> bool {
        let items = self.equation.items.get(range.clone()).unwrap_or_default();
        let keys =
            1 + items.windows(2).filter(|two| !std::sync::Arc::ptr_eq(&two[0].key, &two[1].key)).count();
        let inputs = items.first().map_or(0, |item| item.inputs.len());
        let price = i64::try_from(keys * (3 + inputs / 8) + 2).unwrap_or(i64::MAX);
        self.budget.fetch_sub(price, Ordering::Relaxed) > 0
    }

    fn one_by_one(&self, range: Range<usize>) -> Vec<usize> {
        let items = self.equation.items.get(range.clone()).unwrap_or_default();
        let places = range.into_par_iter().zip(items);
        places.filter(|(_, item)| !item.holds()).map(|(place, _)| place).collect()
    }
}
