//! Fewer instructions for the same numbers: sums that one product or one other sum needs become part of it.

use super::recorder::{NONE, Operand, Step, Unplaced, last_uses};
use super::run::{Operation, signs};

/// Where operands stand.
const A: usize = 0;
const B: usize = 1;
const C: usize = 2;
const A_TOO: usize = 3;
const B_TOO: usize = 4;

/// Puts steps together. Those that became part of another are used by none then.
pub(super) fn fuse(steps: &mut [Step]) {
    let uses = uses(steps);
    for place in 0..steps.len() {
        sums_into_product(steps, place, &uses);
    }
    let uses = self::uses(steps);
    for place in 0..steps.len() {
        rest_into_sum(steps, place, &uses);
    }
}

/// How often what each step makes is used.
fn uses(steps: &[Step]) -> Vec<usize> {
    let last = last_uses(steps);
    let mut uses = vec![0; steps.len()];
    for (step, last) in steps.iter().zip(&last) {
        let Step::Instruction(unplaced) = step else { continue };
        if unplaced.acts() || last.is_some() {
            for operand in unplaced.operands {
                if let Operand::Value(step) = operand {
                    uses[step as usize] += 1;
                }
            }
        }
    }
    uses
}

fn instruction(steps: &[Step], operand: Operand) -> Option<(usize, Unplaced)> {
    let Operand::Value(step) = operand else { return None };
    match steps[step as usize] {
        Step::Instruction(unplaced) => Some((step as usize, unplaced)),
        Step::Mark => None,
    }
}

fn sign(unplaced: &Unplaced, from: u32) -> u32 {
    unplaced.signs >> from & 3
}

/// A product's factors that are sums of two and used nowhere else are added up by the product.
fn sums_into_product(steps: &mut [Step], place: usize, uses: &[usize]) {
    let Step::Instruction(product) = steps[place] else { return };
    if product.operation != Operation::Multiply {
        return;
    }
    let mut fused = product;
    for (factor, too, from) in [(A, A_TOO, signs::A), (B, B_TOO, signs::B)] {
        let Some((step, sum)) = instruction(steps, product.operands[factor]) else { continue };
        let here = product.operands.iter().filter(|operand| **operand == Operand::Value(step as u32)).count();
        if sum.operation == Operation::Sum && sign(&sum, signs::C) == 0 && uses[step] == here {
            fused.operands[factor] = sum.operands[A];
            fused.operands[too] = sum.operands[A_TOO];
            fused.signs |= sign(&sum, signs::A) << from;
        }
    }
    steps[place] = Step::Instruction(fused);
}

/// A sum of two, one of which is a product or another sum that is used nowhere else, becomes the last thing that this does.
fn rest_into_sum(steps: &mut [Step], place: usize, uses: &[usize]) {
    let Step::Instruction(sum) = steps[place] else { return };
    if sum.operation != Operation::Sum || sign(&sum, signs::C) != 0 {
        return;
    }
    let [first, second] = [A, A_TOO].map(|at| sum.operands[at]);
    let second_sign = sign(&sum, signs::A);
    let from_first = if second_sign == signs::MINUS { signs::FROM } else { signs::PLUS };
    for (inner, other, sign_of_other) in [(second, first, from_first), (first, second, second_sign)] {
        let Some((step, mut inner)) = instruction(steps, inner) else { continue };
        let is_open =
            matches!(inner.operation, Operation::Multiply | Operation::Sum) && sign(&inner, signs::C) == 0;
        if is_open && uses[step] == 1 {
            debug_assert_eq!(inner.operands[C], NONE);
            inner.operands[C] = other;
            inner.signs |= sign_of_other << signs::C;
            steps[place] = Step::Instruction(inner);
            return;
        }
    }
}
