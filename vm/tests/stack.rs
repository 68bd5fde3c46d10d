//! The operand stack against a vector: every answer and every item after each of a byte string's operations.
//!
//! The reader of bytes is total, so any input is a run: a fuzzer can feed `disagreement` as well as the property here.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use erbium_vm::claims::Halt;
use erbium_vm::{Stack, StackValue};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

/// Most items by the Yellow Paper, section 9.1; not taken from the code under test.
const LIMIT: usize = 1024;

/// The obvious stack, `limit` items high.
struct Model {
    items: Vec<StackValue>,
    limit: usize,
}

impl Model {
    fn push(&mut self, value: StackValue) -> Result<(), Halt> {
        if self.items.len() == self.limit {
            return Err(Halt::StackOverflow);
        }
        self.items.push(value);
        Ok(())
    }

    fn pop(&mut self) -> Result<StackValue, Halt> {
        self.items.pop().ok_or(Halt::StackUnderflow)
    }

    fn peek(&self, depth: usize) -> Option<&StackValue> {
        self.items.len().checked_sub(depth + 1).map(|at| &self.items[at])
    }
}

/// Runs pairs of bytes, an operation and its operand, on the stack and on a model of `limit` items; tells the number
/// of the first operation after which they differ.
fn disagreement(input: &[u8], limit: usize) -> Option<usize> {
    let mut stack = Stack::new();
    let mut model = Model { items: Vec::new(), limit };
    input.chunks_exact(2).position(|pair| {
        let operand = usize::from(pair[1]);
        let value = StackValue::from(operand);
        let answers_agree = match pair[0] % 16 {
            0..=5 => stack.push(value) == model.push(value),
            6..=9 => stack.pop() == model.pop(),
            10 | 11 => (0..4 * operand + 8).all(|_| stack.push(value) == model.push(value)),
            12 => (0..4 * operand + 8).all(|_| stack.pop() == model.pop()),
            13 => stack.peek(4 * operand) == model.peek(4 * operand),
            14 => {
                stack = stack.clone();
                true
            }
            _ => {
                if operand < 16 {
                    stack.clear();
                    model.items.clear();
                } else if operand < 32 {
                    stack.wipe();
                    model.items.clear();
                }
                true
            }
        };
        !answers_agree
            || stack.len() != model.items.len()
            || stack.is_empty() != model.items.is_empty()
            || stack.items() != model.items
    })
}

fn inputs() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>(), 0..256)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn does_what_a_vector_does(input in inputs()) {
        prop_assert_eq!(disagreement(&input, LIMIT), None);
    }
}

#[test]
fn a_limit_off_by_one_is_found() {
    // 1,024 pushes in full, then one more, which a stack of 1,024 refuses.
    let fill = [10, 254, 0, 7];
    assert_eq!(disagreement(&fill, LIMIT), None);
    assert_eq!(disagreement(&fill, LIMIT + 1), Some(1));
    assert_eq!(disagreement(&fill, LIMIT - 1), Some(0));
}

#[test]
fn drawn_inputs_find_a_limit_off_by_one() {
    let mut runner = TestRunner::deterministic();
    for limit in [LIMIT - 1, LIMIT + 1] {
        let found = (0..500)
            .any(|_| disagreement(&inputs().new_tree(&mut runner).unwrap().current(), limit).is_some());
        assert!(found, "no drawn input tells {limit} from {LIMIT}");
    }
}
