//! Instructions that only decoded programs have: block entries, operands that need no reading of bytes, known jumps
//! and pairs that run as one.
#![allow(unsafe_code, reason = "as in `handlers`; a block's entry has checked stack and gas for all of it")]

use super::super::stack::height_bytes;
use super::super::word::{self, Word};
use super::handlers::{copy, limbs};
use super::{Cursor, Decoded, Entry, Handler, Slot, Step, next};
use crate::evm::Evm;
use primitive_types::U256;

/// Operand `index` of the instruction at `ip`.
#[inline(always)]
unsafe fn operand(ip: *const u8, index: usize) -> u64 {
    // SAFETY: the decoder wrote the operands behind the handler.
    unsafe { (*ip.cast::<Slot>().add(1 + index)).operand }
}

/// The place behind an instruction with `operands` operands.
#[inline(always)]
unsafe fn behind(ip: *const u8, operands: usize) -> *const u8 {
    // SAFETY: a program ends with an instruction that does not go on.
    unsafe { ip.add((1 + operands) * size_of::<Slot>()) }
}

/// What a basic block needs, in one operand: gas, lowest height and room above it in bytes.
pub(in crate::interpreter) fn block_needs(gas: u32, min: u16, span: u16) -> u64 {
    u64::from(gas) | u64::from(min) << 32 | u64::from(span) << 48
}

/// The first instruction of a basic block: checks gas and stack for all of it. Where they do not do, the frame goes
/// on in plain bytecode, which finds the instruction that fails and the name of the failure. Operands: needs, position.
pub(in crate::interpreter) unsafe fn block(
    ip: *const u8,
    sp: *mut Word,
    gas: i64,
    evm: &mut Evm<'_>,
    table: *const Entry,
) -> Step {
    // SAFETY: two operands.
    unsafe {
        let needs = operand(ip, 0);
        let left = gas - i64::from(needs as u32);
        let above = height_bytes(sp).wrapping_sub(usize::from((needs >> 32) as u16));
        if left < 0 || above > usize::from((needs >> 48) as u16) {
            return leave_for(operand(ip, 1), sp, gas, evm);
        }
        next::<Decoded>(behind(ip, 2), sp, left, evm, table)
    }
}

/// Goes on in plain bytecode, for instructions that programs do not have. Operand: position.
pub(in crate::interpreter) unsafe fn leave(
    ip: *const u8,
    sp: *mut Word,
    gas: i64,
    evm: &mut Evm<'_>,
    _: *const Entry,
) -> Step {
    // SAFETY: one operand.
    unsafe { leave_for(operand(ip, 0), sp, gas, evm) }
}

#[cold]
#[inline(never)]
fn leave_for(position: u64, sp: *mut Word, gas: i64, evm: &mut Evm<'_>) -> Step {
    let ip = evm.frame.code.padded().as_ptr().wrapping_add(position as usize);
    evm.frame.decoded = false;
    evm.cursor = Cursor { ip, sp, gas };
    Step::Continue
}

/// PUSH of a number below 2^64. Operand: the number.
pub(in crate::interpreter) unsafe fn push_small(
    ip: *const u8,
    sp: *mut Word,
    gas: i64,
    evm: &mut Evm<'_>,
    table: *const Entry,
) -> Step {
    // SAFETY: one operand.
    unsafe {
        sp.write(word::small(operand(ip, 0)));
        next::<Decoded>(behind(ip, 1), sp.add(1), gas, evm, table)
    }
}

/// PUSH of a larger number. Operands: four limbs.
pub(in crate::interpreter) unsafe fn push_wide(
    ip: *const u8,
    sp: *mut Word,
    gas: i64,
    evm: &mut Evm<'_>,
    table: *const Entry,
) -> Step {
    // SAFETY: four operands.
    unsafe {
        sp.write(U256([operand(ip, 0), operand(ip, 1), operand(ip, 2), operand(ip, 3)]));
        next::<Decoded>(behind(ip, 4), sp.add(1), gas, evm, table)
    }
}

/// PUSH and JUMP. Operand: distance in bytes.
pub(in crate::interpreter) unsafe fn jump_to(
    ip: *const u8,
    sp: *mut Word,
    gas: i64,
    evm: &mut Evm<'_>,
    table: *const Entry,
) -> Step {
    // SAFETY: one operand, to a block of the same program.
    unsafe { next::<Decoded>(ip.offset(operand(ip, 0) as isize), sp, gas, evm, table) }
}

/// PUSH and JUMPI; with `NEGATE`, ISZERO before them. Operand: distance in bytes.
pub(in crate::interpreter) unsafe fn jump_if<const NEGATE: bool>(
    ip: *const u8,
    sp: *mut Word,
    gas: i64,
    evm: &mut Evm<'_>,
    table: *const Entry,
) -> Step {
    // SAFETY: one operand, to a block of the same program; the block asked for the condition.
    unsafe {
        let sp = sp.sub(1);
        if word::is_zero(&limbs(sp)) == NEGATE {
            return next::<Decoded>(ip.offset(operand(ip, 0) as isize), sp, gas, evm, table);
        }
        next::<Decoded>(behind(ip, 1), sp, gas, evm, table)
    }
}

/// An instruction of two operands, `a` being the top, that is short enough to be part of a pair.
pub(in crate::interpreter) trait Binary {
    fn apply(a: &Word, b: &Word) -> Word;
}

/// A comparison.
pub(in crate::interpreter) trait Compare {
    fn holds(a: &Word, b: &Word) -> bool;
}

macro_rules! binary {
    ($($name:ident: |$a:ident, $b:ident| $value:expr;)*) => {
        $(pub(in crate::interpreter) struct $name;
        impl Binary for $name {
            #[inline(always)]
            fn apply($a: &Word, $b: &Word) -> Word {
                $value
            }
        })*
    };
}

macro_rules! compare {
    ($($name:ident: |$a:ident, $b:ident| $value:expr;)*) => {
        $(pub(in crate::interpreter) struct $name;
        impl Compare for $name {
            #[inline(always)]
            fn holds($a: &Word, $b: &Word) -> bool {
                $value
            }
        }
        impl Binary for $name {
            #[inline(always)]
            fn apply(a: &Word, b: &Word) -> Word {
                word::flag(Self::holds(a, b))
            }
        })*
    };
}

binary! {
    Add: |a, b| word::add(a, b);
    Sub: |a, b| word::sub(a, b);
    Mul: |a, b| word::mul(a, b);
    And: |a, b| U256([a.0[0] & b.0[0], a.0[1] & b.0[1], a.0[2] & b.0[2], a.0[3] & b.0[3]]);
    Or: |a, b| U256([a.0[0] | b.0[0], a.0[1] | b.0[1], a.0[2] | b.0[2], a.0[3] | b.0[3]]);
    Xor: |a, b| U256([a.0[0] ^ b.0[0], a.0[1] ^ b.0[1], a.0[2] ^ b.0[2], a.0[3] ^ b.0[3]]);
    Shl: |a, b| word::shl(a, b);
    Shr: |a, b| word::shr(a, b);
    Sar: |a, b| word::sar(a, b);
    Byte: |a, b| word::byte(a, b);
}

compare! {
    Lt: |a, b| word::lt(a, b);
    Gt: |a, b| word::lt(b, a);
    Slt: |a, b| word::slt(a, b);
    Sgt: |a, b| word::slt(b, a);
    Eq: |a, b| word::eq(a, b);
}

/// PUSH of a number below 2^64, then `O`: the number is the top. Operand: the number.
unsafe fn with_number<O: Binary>(
    ip: *const u8,
    sp: *mut Word,
    gas: i64,
    evm: &mut Evm<'_>,
    table: *const Entry,
) -> Step {
    // SAFETY: one operand; the block asked for `O`'s other one.
    unsafe {
        let b = sp.sub(1);
        *b = O::apply(&word::small(operand(ip, 0)), &*b);
        next::<Decoded>(behind(ip, 1), sp, gas, evm, table)
    }
}

/// DUP, then `O`: the copy is the top. Operand: the depth of what is copied, 1 being the top.
unsafe fn with_copy<O: Binary>(
    ip: *const u8,
    sp: *mut Word,
    gas: i64,
    evm: &mut Evm<'_>,
    table: *const Entry,
) -> Step {
    // SAFETY: one operand; the block asked for that depth.
    unsafe {
        let b = sp.sub(1);
        *b = O::apply(&*sp.sub(operand(ip, 0) as usize), &*b);
        next::<Decoded>(behind(ip, 1), sp, gas, evm, table)
    }
}

/// SWAP1, then `O`.
unsafe fn swapped<O: Binary>(
    ip: *const u8,
    sp: *mut Word,
    gas: i64,
    evm: &mut Evm<'_>,
    table: *const Entry,
) -> Step {
    // SAFETY: the block asked for two items.
    unsafe {
        let (top, below) = (sp.sub(1), sp.sub(2));
        *below = O::apply(&*below, &*top);
        next::<Decoded>(behind(ip, 0), top, gas, evm, table)
    }
}

/// `O`, PUSH, JUMPI; with `NEGATE`, ISZERO behind `O`. Operand: distance in bytes.
unsafe fn compare_and_jump<O: Compare, const NEGATE: bool>(
    ip: *const u8,
    sp: *mut Word,
    gas: i64,
    evm: &mut Evm<'_>,
    table: *const Entry,
) -> Step {
    // SAFETY: one operand, to a block of the same program; the block asked for two items.
    unsafe {
        let b = sp.sub(2);
        if O::holds(&*sp.sub(1), &*b) != NEGATE {
            return next::<Decoded>(ip.offset(operand(ip, 0) as isize), b, gas, evm, table);
        }
        next::<Decoded>(behind(ip, 1), b, gas, evm, table)
    }
}

/// SWAP, then POP: the top replaces what the SWAP reaches. Operand: its depth, 2 being the item below the top.
pub(in crate::interpreter) unsafe fn swap_pop(
    ip: *const u8,
    sp: *mut Word,
    gas: i64,
    evm: &mut Evm<'_>,
    table: *const Entry,
) -> Step {
    // SAFETY: one operand; the block asked for that depth.
    unsafe {
        copy(sp.sub(1), sp.sub(operand(ip, 0) as usize));
        next::<Decoded>(behind(ip, 1), sp.sub(1), gas, evm, table)
    }
}

/// The pairs that an instruction of two operands forms.
pub(in crate::interpreter) struct Pairs {
    pub(in crate::interpreter) with_number: Handler,
    pub(in crate::interpreter) with_copy: Handler,
    pub(in crate::interpreter) swapped: Handler,
    /// Without and with ISZERO between comparison and PUSH, JUMPI.
    pub(in crate::interpreter) jumps: Option<[Handler; 2]>,
}

/// The pairs of a byte, if it forms any.
pub(in crate::interpreter) fn pairs(byte: u8) -> Option<Pairs> {
    use crate::opcode;
    fn binary<O: Binary>() -> Pairs {
        Pairs { with_number: with_number::<O>, with_copy: with_copy::<O>, swapped: swapped::<O>, jumps: None }
    }
    fn compare<O: Binary + Compare>() -> Pairs {
        let jumps = [compare_and_jump::<O, false> as Handler, compare_and_jump::<O, true>];
        Pairs { jumps: Some(jumps), ..binary::<O>() }
    }
    Some(match byte {
        opcode::ADD => binary::<Add>(),
        opcode::SUB => binary::<Sub>(),
        opcode::MUL => binary::<Mul>(),
        opcode::AND => binary::<And>(),
        opcode::OR => binary::<Or>(),
        opcode::XOR => binary::<Xor>(),
        opcode::SHL => binary::<Shl>(),
        opcode::SHR => binary::<Shr>(),
        opcode::SAR => binary::<Sar>(),
        opcode::BYTE => binary::<Byte>(),
        opcode::LT => compare::<Lt>(),
        opcode::GT => compare::<Gt>(),
        opcode::SLT => compare::<Slt>(),
        opcode::SGT => compare::<Sgt>(),
        opcode::EQ => compare::<Eq>(),
        _ => return None,
    })
}
