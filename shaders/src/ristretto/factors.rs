//! The generators' factors in a batch of range proofs.
//!
//! With a proof's weight w, its challenges y, z and u_1 .., and its a and b, the factors of G_i and H_i are
//! w (-z - a s_i) and w (z + y^-i (z^(2+j) 2^k - b / s_i)), where i = j n + k and s_i is the product of u_(lg - t), or of 1 over
//! it where bit t of i is 0 (Bünz and others, "Bulletproofs", sections 3.1 and 4.2).

use super::scalar::Sc;
use super::{items, numbers, store};
use crate::kernel::{Arguments, Binding, Kernel, Part, Twin};
use crate::parts;

/// Products of one number from each pair, for every choice.
///
/// Arguments: count of products (rows times size), size (2^pairs at most), pairs a row, not 0 (21 trips each).
pub static MULTIPLY_SUBSETS: Kernel = Kernel {
    name: "ristretto_multiply_subsets",
    parts: &[parts::WORDS, parts::SCALAR, Part::Same(include_str!("../../ristretto/multiply_subsets.wgsl"))],
    bindings: &[Binding::read("pairs"), Binding::write("products")],
    workgroup: 64,
    twin: Twin::Plain(multiply_subsets),
};

/// A proof's factors, in the order G_0 .., H_0 ...
///
/// Arguments: count of generator pairs in all proofs, in one, bits of a value, numbers in a proof's record (3 and one a value).
pub static EXPAND_SCALARS: Kernel = Kernel {
    name: "ristretto_expand_scalars",
    parts: &[parts::WORDS, parts::SCALAR, Part::Same(include_str!("../../ristretto/expand_scalars.wgsl"))],
    bindings: &[Binding::read("proofs"), Binding::read("products"), Binding::write("scalars")],
    workgroup: 64,
    twin: Twin::Plain(expand_scalars),
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
    let [pairs, products] = buffers else { return };
    let [size, width] = [1, 2].map(|i| arguments[i] as usize);
    for item in items(arguments) {
        let (row, bits) = (item / size, item % size);
        let factor =
            |pair: usize| Sc::from_words(&numbers(pairs)[2 * (width * row + pair) + (bits >> pair & 1)]);
        let product = (1..width).fold(factor(0), |product, pair| product.times(factor(pair)));
        store(products, 8, item, product.words());
    }
}

fn expand_scalars(arguments: &Arguments, _: u32, buffers: &mut [Vec<u32>]) {
    let [proofs, products, scalars] = buffers else { return };
    let [size, bits, record] = [1, 2, 3].map(|i| arguments[i] as usize);
    for item in items(arguments) {
        let (proof, i) = (item / size, item % size);
        let number = |place: usize| Sc::from_words(&numbers(proofs)[proof * record + place]);
        let product = |place: usize| Sc::from_words(&numbers(products)[2 * proof * size + place]);
        let (z, a, b, power_of_z) = (number(0), number(1), number(2), number(3 + i / bits));
        let (s, s_inverse, y) = (product(i), product(size - 1 - i), product(size + i));
        let bit = Sc::power_of_two((i % bits) as u32);
        let g = z.plus(s.times(a)).negative();
        let h = z.plus(y.times(power_of_z.times(bit).minus(s_inverse.times(b))));
        store(scalars, 8, 2 * proof * size + i, g.words());
        store(scalars, 8, (2 * proof + 1) * size + i, h.words());
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
