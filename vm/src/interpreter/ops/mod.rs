//! Instruction bodies, by family. Slots are listed bottom first: the last one is the top of the stack.

pub(super) mod arithmetic;
pub(super) mod bitwise;
pub(super) mod call;
pub(super) mod data;
pub(super) mod end;
pub(super) mod environment;
pub(super) mod extension;
mod homomorphic;
pub(super) mod log;
pub(super) mod memory;
pub(super) mod privacy;
pub(super) mod stack;
pub(super) mod storage;

use erbium_claims::Halt;

/// Takes `price` from `gas`.
#[inline(always)]
fn charge(gas: i64, price: u64) -> Result<i64, Halt> {
    match i64::try_from(price) {
        Ok(price) if price <= gas => Ok(gas - price),
        _ => Err(Halt::OutOfGas),
    }
}

/// `each` gas for every 32-byte word that `bytes` begin.
#[inline(always)]
fn word_gas(bytes: usize, each: u64) -> u64 {
    bytes.div_ceil(32) as u64 * each
}
