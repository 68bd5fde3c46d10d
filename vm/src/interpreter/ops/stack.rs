//! Stack instructions that are no more than moving the pointer. PUSH, DUP and SWAP are in `dispatch`.

use crate::interpreter::word::{Word, ZERO};

#[inline(always)]
pub(in crate::interpreter) fn pop(_: &mut [Word; 1]) {}

#[inline(always)]
pub(in crate::interpreter) fn jumpdest(_: &mut [Word; 0]) {}

#[inline(always)]
pub(in crate::interpreter) fn push0([top]: &mut [Word; 1]) {
    *top = ZERO;
}
