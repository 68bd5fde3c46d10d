//! What every operation means, on plain numbers.

use crate::evaluate::Evaluator;
use crate::keccak256;
use erbium_claims::homomorphic::{CiphertextType, Code, Handle, LoggedOperation};
use primitive_types::U256;
use std::convert::Infallible;

/// The number that `random` makes under `handle`: the low bits of the handle's keccak-256. Anyone can compute it.
pub fn random(handle: &Handle) -> U256 {
    handle.kind().truncate(U256::from_big_endian(keccak256(handle.bytes()).as_bytes()))
}

/// The result of an operation whose handles stand for `inputs`, from left to right. Arithmetic is modulo two to the width;
/// shifts and rotations go by their amount modulo the width.
pub fn compute(entry: &LoggedOperation, inputs: &[U256]) -> U256 {
    let operation = &entry.operation;
    let input = |at: usize| inputs.get(at).copied().unwrap_or_default();
    let left = input(0);
    let right = operation.scalar().unwrap_or_else(|| input(1));
    // Of comparisons and casts too: what they read.
    let kind = operation.inputs().next().map_or(operation.kind(), |handle| handle.kind());
    let flag = |holds: bool| U256::from(u8::from(holds));
    let result = match operation.code() {
        Code::Add => left.overflowing_add(right).0,
        Code::Sub => left.overflowing_sub(right).0,
        Code::Mul => left.overflowing_mul(right).0,
        // The rules let nothing be divided by zero.
        Code::Div => left.checked_div(right).unwrap_or_default(),
        Code::Rem => left.checked_rem(right).unwrap_or_default(),
        Code::And => left & right,
        Code::Or => left | right,
        Code::Xor => left ^ right,
        Code::Shl => left << amount(kind, right),
        Code::Shr => left >> amount(kind, right),
        Code::RotL => rotate_left(kind, left, amount(kind, right)),
        Code::RotR => rotate_left(kind, left, kind.bits() - amount(kind, right)),
        Code::Eq => flag(left == right),
        Code::Ne => flag(left != right),
        Code::Ge => flag(left >= right),
        Code::Gt => flag(left > right),
        Code::Le => flag(left <= right),
        Code::Lt => flag(left < right),
        Code::Min => left.min(right),
        Code::Max => left.max(right),
        Code::Neg => U256::zero().overflowing_sub(left).0,
        Code::Not => !left,
        Code::Cast | Code::Allow => left,
        Code::Select => {
            if left.is_zero() {
                input(2)
            } else {
                input(1)
            }
        }
        Code::Random => random(&entry.result),
        Code::Encrypt => operation.encrypted_value().unwrap_or_default(),
    };
    operation.kind().truncate(result)
}

/// How far to shift: the amount modulo the width, a power of two for all types that shift.
fn amount(kind: CiphertextType, by: U256) -> u32 {
    by.low_u32() % kind.bits()
}

fn rotate_left(kind: CiphertextType, value: U256, by: u32) -> U256 {
    let by = by % kind.bits();
    if by == 0 { value } else { value << by | value >> (kind.bits() - by) }
}

/// Computes on plain numbers: nothing is encrypted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reference;

impl Evaluator for Reference {
    type Ciphertext = U256;
    type Error = Infallible;

    fn apply(&self, entry: &LoggedOperation, inputs: &[&U256]) -> Result<U256, Infallible> {
        let inputs: Vec<_> = inputs.iter().map(|input| **input).collect();
        Ok(compute(entry, &inputs))
    }

    fn to_bytes(&self, value: &U256) -> Result<Vec<u8>, Infallible> {
        Ok(value.to_big_endian().to_vec())
    }

    fn read(&self, kind: CiphertextType, bytes: &[u8]) -> Result<Option<U256>, Infallible> {
        let value = (bytes.len() == 32).then(|| U256::from_big_endian(bytes));
        Ok(value.filter(|value| kind.holds(value)))
    }
}

#[cfg(test)]
mod tests;
