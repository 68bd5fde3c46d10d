//! Arithmetic modulo 2^256.

use super::charge;
use crate::evm::Evm;
use crate::interpreter::dispatch::Exit;
use crate::interpreter::word::{self, Word};
use crate::opcode::exp_byte_gas;

/// `binary!(name, function)`: the top is the left operand.
macro_rules! binary {
    ($($name:ident)*) => {
        $(#[inline(always)]
        pub(in crate::interpreter) fn $name([b, a]: &mut [Word; 2]) {
            *b = word::$name(a, b);
        })*
    };
}

binary!(add mul sub);

/// As `binary!`, called: too long to inline, or with locals whose address is taken.
macro_rules! outlined {
    ($($name:ident)*) => {
        $(#[inline(never)]
        pub(in crate::interpreter) fn $name([b, a]: &mut [Word; 2]) {
            *b = word::$name(a, b);
        })*
    };
}

outlined!(div sdiv rem smod signextend);

#[inline(never)]
pub(in crate::interpreter) fn addmod([modulus, b, a]: &mut [Word; 3]) {
    *modulus = word::addmod(a, b, modulus);
}

#[inline(never)]
pub(in crate::interpreter) fn mulmod([modulus, b, a]: &mut [Word; 3]) {
    *modulus = word::mulmod(a, b, modulus);
}

pub(in crate::interpreter) fn exp(
    evm: &mut Evm<'_>,
    [exponent, base]: &mut [Word; 2],
    gas: i64,
) -> Result<i64, Exit> {
    let bytes = exponent.bits().div_ceil(8) as u64;
    let gas = charge(gas, bytes * exp_byte_gas(evm.spec.fork))?;
    *exponent = word::exp(base, exponent);
    Ok(gas)
}
