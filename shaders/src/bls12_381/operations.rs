//! The field by itself.

use super::field::Fe;
use super::{NUMBER_WORDS, items, number, store};
use crate::kernel::{Arguments, Binding, Kernel, Part, Twin};
use crate::parts;

/// What [`FIELD_OPERATIONS`] can do to its operands x and y, each round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Operation {
    /// x times y: operands of any 384 bits.
    Multiply,
    /// The square of x, of any 384 bits.
    Square,
    /// x + y; operands below 2 p from here on.
    Add,
    /// x - y.
    Subtract,
    /// -x.
    Negate,
    /// A mixture of all, in which numbers become as large as they can.
    Mix,
}

impl Operation {
    /// All.
    pub const ALL: [Self; 6] =
        [Self::Multiply, Self::Square, Self::Add, Self::Subtract, Self::Negate, Self::Mix];
}

/// An operation on pairs of numbers: for tests, and to time products.
///
/// Arguments: count of pairs, operation, rounds ([`super::PRODUCT_TRIPS`] and one trip each). `operands`: 24 words a pair. `results`: 12
/// words a pair.
pub static FIELD_OPERATIONS: Kernel = Kernel {
    name: "bls12_381_field_operations",
    parts: &[
        parts::BASE_FIELD[0],
        parts::BASE_FIELD[1],
        Part::Same(include_str!("../../bls12_381/field_operations.wgsl")),
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
        let [mut x, mut y] = [0, 1].map(|i| number(operands, 2 * item + i));
        for round in 0..rounds {
            if is(Operation::Multiply) {
                x = x * y;
            } else if is(Operation::Square) {
                x = x.square();
            } else if is(Operation::Add) {
                x = x + y;
            } else if is(Operation::Subtract) {
                x = x - y;
            } else if is(Operation::Negate) {
                x = -x;
            } else {
                let z = x + y;
                y = y - x;
                x = z + z;
                if round % 3 == 2 {
                    x = (x - y) * if round % 2 == 0 { Fe::ONE } else { y };
                }
            }
        }
        store(results, NUMBER_WORDS, item, x.words());
    }
}
