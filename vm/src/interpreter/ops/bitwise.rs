//! Comparison and bits.

use crate::interpreter::word::{self, Word, flag};
use primitive_types::U256;

#[inline(always)]
pub(in crate::interpreter) fn lt([b, a]: &mut [Word; 2]) {
    *b = flag(word::lt(a, b));
}

#[inline(always)]
pub(in crate::interpreter) fn gt([b, a]: &mut [Word; 2]) {
    *b = flag(word::lt(b, a));
}

#[inline(always)]
pub(in crate::interpreter) fn slt([b, a]: &mut [Word; 2]) {
    *b = flag(word::slt(a, b));
}

#[inline(always)]
pub(in crate::interpreter) fn sgt([b, a]: &mut [Word; 2]) {
    *b = flag(word::slt(b, a));
}

#[inline(always)]
pub(in crate::interpreter) fn eq([b, a]: &mut [Word; 2]) {
    *b = flag(word::eq(a, b));
}

#[inline(always)]
pub(in crate::interpreter) fn iszero([a]: &mut [Word; 1]) {
    *a = flag(word::is_zero(a));
}

macro_rules! limbwise {
    ($($name:ident $op:tt)*) => {
        $(#[inline(always)]
        pub(in crate::interpreter) fn $name([b, a]: &mut [Word; 2]) {
            let (x, y) = (&a.0, &b.0);
            *b = U256([x[0] $op y[0], x[1] $op y[1], x[2] $op y[2], x[3] $op y[3]]);
        })*
    };
}

limbwise!(and & or | xor ^);

#[inline(always)]
pub(in crate::interpreter) fn not([a]: &mut [Word; 1]) {
    *a = U256([!a.0[0], !a.0[1], !a.0[2], !a.0[3]]);
}

macro_rules! indexed {
    ($($name:ident)*) => {
        $(#[inline(always)]
        pub(in crate::interpreter) fn $name([value, index]: &mut [Word; 2]) {
            *value = word::$name(index, value);
        })*
    };
}

indexed!(byte shl shr sar);

#[inline(always)]
pub(in crate::interpreter) fn clz([a]: &mut [Word; 1]) {
    *a = word::clz(a);
}
