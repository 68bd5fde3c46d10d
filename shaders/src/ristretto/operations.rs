//! The field by itself.

use super::field::Fe;
use super::{items, numbers, store};
use crate::kernel::{Arguments, Binding, Kernel, Part, Twin};
use crate::parts;

/// What [`FIELD_OPERATIONS`] can do to its operands x and y.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Operation {
    /// x + y.
    Add,
    /// x - y.
    Subtract,
    /// x times y, times y again each round.
    Multiply,
    /// The square of x, and of that each round.
    Square,
    /// -x.
    Negate,
    /// 1 over the square root of x. 2^255 is added where x is no square.
    InverseRoot,
    /// (x - y) times (y - x): operands as long as products take them.
    MultiplyDifferences,
}

impl Operation {
    /// All.
    pub const ALL: [Self; 7] = [
        Self::Add,
        Self::Subtract,
        Self::Multiply,
        Self::Square,
        Self::Negate,
        Self::InverseRoot,
        Self::MultiplyDifferences,
    ];
}

/// An operation on pairs of numbers, of any 256 bits: for tests, and to time products.
///
/// Arguments: count of pairs, operation, rounds (of products; at most [`super::MAX_TRIPS`]). `operands`: 16 words a pair.
/// `results`: 8 words a pair.
pub static FIELD_OPERATIONS: Kernel = Kernel {
    name: "ristretto_field_operations",
    parts: &[
        parts::FIELD[0],
        parts::FIELD[1],
        parts::FIELD[2],
        Part::Same(include_str!("../../ristretto/field_operations.wgsl")),
    ],
    bindings: &[Binding::read("operands"), Binding::write("results")],
    workgroup: 64,
    twin: Twin::Plain(field_operations),
};

fn field_operations(arguments: &Arguments, _: u32, buffers: &mut [Vec<u32>]) {
    let [operands, results] = buffers else { return };
    let [_, operation, rounds, ..] = *arguments;
    let is = |which: Operation| operation == which as u32;
    for item in items(arguments) {
        let [x, y] = [0, 1].map(|i| Fe::from_words(&numbers(operands)[2 * item + i]));
        let mut is_square = true;
        let result;
        if is(Operation::Add) {
            result = x + y;
        } else if is(Operation::Subtract) {
            result = x - y;
        } else if is(Operation::Multiply) {
            result = (0..rounds).fold(x, |x, _| x * y);
        } else if is(Operation::Square) {
            result = (0..rounds).fold(x, |x, _| x.square());
        } else if is(Operation::Negate) {
            result = -x;
        } else if is(Operation::InverseRoot) {
            (result, is_square) = x.inverse_root();
        } else {
            result = (x - y) * (y - x);
        }
        let mut words = result.words();
        words[7] |= u32::from(!is_square) << 31;
        store(results, 8, item, words);
    }
}
