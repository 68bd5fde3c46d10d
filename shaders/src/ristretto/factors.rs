//! The generators' factors in a batch of range proofs.
//!
//! A proof's factors of G_i and H_i are sums of constants and of products of its challenges, one for each bit that is set in i
//! (Bünz and others, "Bulletproofs", sections 3.1 and 4.2): a row for G, two for H.

use super::scalar::Sc;
use super::{items, numbers, store};
use crate::kernel::{Arguments, Binding, Kernel, Part, Twin};
use crate::parts;

/// Products of a row's first number and of those factors whose bits are set in the place.
///
/// Arguments: count of products (rows times size), size (2^factors at most), factors a row (21 trips each). `rows`: the first
/// number and the factors, these times 2^260, 8 words each.
pub static MULTIPLY_SUBSETS: Kernel = Kernel {
    name: "ristretto_multiply_subsets",
    parts: &[parts::WORDS, parts::SCALAR, Part::Same(include_str!("../../ristretto/multiply_subsets.wgsl"))],
    bindings: &[Binding::read("rows"), Binding::write("products")],
    workgroup: 64,
    twin: Twin::Plain(multiply_subsets),
};

/// Factors of G_0 .. and H_0 .. of three kinds of sums, in order: of G the first, of H the second and the third.
///
/// Arguments: count of factors (twice the size), size. `constants`: what is added to each of G's and to each of H's.
pub static JOIN_FACTORS: Kernel = Kernel {
    name: "ristretto_join_factors",
    parts: &[parts::WORDS, parts::SCALAR, Part::Same(include_str!("../../ristretto/join_factors.wgsl"))],
    bindings: &[Binding::read("scalars"), Binding::read("constants"), Binding::write("factors")],
    workgroup: 64,
    twin: Twin::Plain(join_factors),
};

/// Sums of columns, of so many rows each.
///
/// Arguments: count of sums, columns, rows in a sum (a trip each), rows in all.
pub static SUM_SCALARS: Kernel = Kernel {
    name: "ristretto_sum_scalars",
    parts: &[parts::WORDS, parts::SCALAR, Part::Same(include_str!("../../ristretto/sum_scalars.wgsl"))],
    bindings: &[Binding::read("scalars"), Binding::write("sums")],
    workgroup: 64,
    twin: Twin::Plain(sum_scalars),
};

fn multiply_subsets(arguments: &Arguments, _: u32, buffers: &mut [Vec<u32>]) {
    let [rows, products] = buffers else { return };
    let [size, factors] = [1, 2].map(|i| arguments[i] as usize);
    for item in items(arguments) {
        let (first, bits) = (item / size * (factors + 1), item % size);
        let number = |place: usize| Sc::from_words(&numbers(rows)[first + place]);
        let set = (0..factors).filter(|bit| bits >> bit & 1 == 1);
        let product = set.fold(number(0), |product, bit| product.times(number(1 + bit)));
        store(products, 8, item, product.words());
    }
}

fn join_factors(arguments: &Arguments, _: u32, buffers: &mut [Vec<u32>]) {
    let [scalars, constants, factors] = buffers else { return };
    let size = arguments[1] as usize;
    for item in items(arguments) {
        let number = |place: usize| Sc::from_words(&numbers(scalars)[place]);
        let kind = item / size;
        let mut sum = number(item).plus(Sc::from_words(&numbers(constants)[kind]));
        if kind == 1 {
            sum = sum.plus(number(item + size));
        }
        store(factors, 8, item, sum.words());
    }
}

fn sum_scalars(arguments: &Arguments, _: u32, buffers: &mut [Vec<u32>]) {
    let [scalars, sums] = buffers else { return };
    let [columns, size, rows] = [1, 2, 3].map(|i| arguments[i] as usize);
    for item in items(arguments) {
        let (column, first) = (item % columns, item / columns * size);
        let summands = (first..(first + size).min(rows)).map(|row| &numbers(scalars)[row * columns + column]);
        let sum = summands.fold(Sc::ZERO, |sum, words| sum.plus(Sc::from_words(words)));
        store(sums, 8, item, sum.words());
    }
}

#[cfg(test)]
mod tests {
    use super::super::FACTOR;
    use super::*;

    #[test]
    fn a_product_with_the_factor_changes_nothing() {
        let number = Sc::from_words(&[5, 6, 7, 8, 9, 10, 11, 12]);
        assert_eq!(number.times(Sc::from_words(&FACTOR)), number);
    }
}
