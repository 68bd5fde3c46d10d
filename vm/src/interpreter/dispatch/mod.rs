//! The dispatch loop.
//!
//! Each instruction is a function that ends by calling the next one. The call is in tail position, its five arguments
//! travel in registers and nothing with a destructor is alive, so an optimised build turns it into a jump; the test
//! `long_code_runs_in_constant_stack` fails where it does not. Builds with debug assertions and traced runs return to
//! [`run`] after each instruction instead.
//!
//! The same instructions run on three tiers. [`Plain`] reads bytecode and checks the opcode table's row before each
//! instruction: cold code. [`Decoded`] reads a [`super::decode::Program`], checks once a basic block and knows its
//! jumps: warm code. [`Stepping`] is plain and comes back after each instruction: traces.
#![allow(unsafe_code, reason = "threaded dispatch over raw code and stack pointers, measured to pay")]

pub(super) mod fused;
mod handlers;
mod map;
mod plain;

use super::word::Word;
use crate::evm::Evm;
use erbium_claims::{Fault, Halt};
pub(super) use map::handler;
pub(super) use plain::Entry;
pub(crate) use plain::Instructions;

/// Where a frame stands: next instruction, next free stack slot, gas left.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor {
    pub(crate) ip: *const u8,
    pub(crate) sp: *mut Word,
    pub(crate) gas: i64,
}

/// Why the loop came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Step {
    /// Go on from the cursor: one instruction is done (stepping), or the frame has changed its tier.
    Continue,
    /// The frame ended well without output.
    Stop,
    /// The frame ended well; the output is in `Evm::output`.
    Return,
    /// The frame reverted; the output is in `Evm::output`.
    Revert,
    /// The frame waits for `Evm::action`.
    Suspend,
    /// The frame broke the rule in `Evm::halt`.
    Halt,
    /// `Evm::fault` says what failed.
    Fault,
}

/// Why an instruction does not go on to the next one.
pub(crate) enum Exit {
    Halt(Halt),
    End(Step),
    Fault(Box<Fault>),
}

impl From<Halt> for Exit {
    fn from(halt: Halt) -> Self {
        Self::Halt(halt)
    }
}

impl From<Fault> for Exit {
    fn from(fault: Fault) -> Self {
        Self::Fault(Box::new(fault))
    }
}

/// An instruction. Safe to call only with pointers into the running frame's code and stack after its row was checked.
pub(crate) type Handler = unsafe fn(*const u8, *mut Word, i64, &mut Evm<'_>, *const Entry) -> Step;

/// What an instruction reads and how it goes on.
pub(super) trait Tier: Sized {
    /// Come back to [`run`] after each instruction.
    const STEP: bool;
    /// The code is a decoded program: handlers and operands, eight bytes each.
    const DECODED: bool;

    /// The place behind an instruction that takes `length` bytes of bytecode, or one slot where it has no operand.
    ///
    /// # Safety
    /// `ip` is at such an instruction.
    #[inline(always)]
    unsafe fn skip(ip: *const u8, length: usize) -> *const u8 {
        // SAFETY: code is padded, and a program ends with an instruction that does not go on.
        unsafe { ip.add(if Self::DECODED { size_of::<Slot>() } else { length }) }
    }
}

/// Cold bytecode.
pub(super) struct Plain;
/// Traced bytecode.
pub(super) struct Stepping;
/// Warm code.
pub(super) struct Decoded;

/// Debug builds always step, since they do not optimise tail calls.
const ALWAYS_STEP: bool = cfg!(debug_assertions);

impl Tier for Plain {
    const STEP: bool = ALWAYS_STEP;
    const DECODED: bool = false;
}

impl Tier for Stepping {
    const STEP: bool = true;
    const DECODED: bool = false;
}

impl Tier for Decoded {
    const STEP: bool = ALWAYS_STEP;
    const DECODED: bool = true;
}

/// Eight bytes of a decoded program.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) union Slot {
    /// An instruction.
    pub(super) handler: Handler,
    /// An operand of the instruction before it.
    pub(super) operand: u64,
}

const _: () = assert!(size_of::<Slot>() == 8);

/// Runs the current frame from `evm.cursor` until it ends or suspends; with stepping entries, one instruction.
pub(crate) fn run(evm: &mut Evm<'_>) -> Step {
    let table = evm.instructions.entries();
    loop {
        let Cursor { ip, sp, gas } = evm.cursor;
        // SAFETY: the cursor of the running frame points into its padded code or its program, as `decoded` says, and
        // into its stack (set at frame entry and by the instructions, which keep both); the table has an entry for
        // every byte.
        let step = unsafe {
            if evm.frame.decoded {
                ((*ip.cast::<Slot>()).handler)(ip, sp, gas, evm, table)
            } else {
                plain::dispatch(ip, sp, gas, evm, table)
            }
        };
        if step != Step::Continue || evm.stepping {
            return step;
        }
    }
}

/// Goes on at `ip`: by a tail call, or by way of [`run`] when stepping.
///
/// # Safety
/// `ip` and `sp` are where the ending instruction leaves the running frame's code and stack.
#[inline(always)]
unsafe fn next<T: Tier>(
    ip: *const u8,
    sp: *mut Word,
    gas: i64,
    evm: &mut Evm<'_>,
    table: *const Entry,
) -> Step {
    if T::STEP {
        evm.cursor = Cursor { ip, sp, gas };
        return Step::Continue;
    }
    // SAFETY: handed on; a block's first instruction has checked for all of it.
    unsafe {
        if T::DECODED {
            ((*ip.cast::<Slot>()).handler)(ip, sp, gas, evm, table)
        } else {
            plain::dispatch(ip, sp, gas, evm, table)
        }
    }
}

#[cold]
#[inline(never)]
fn halted(halt: Halt, evm: &mut Evm<'_>) -> Step {
    evm.halt = halt;
    Step::Halt
}
