//! Plain bytecode: the row of the opcode table is checked before each instruction.
#![allow(unsafe_code, reason = "the check that makes the instructions' pointer work sound")]

use super::super::Stack;
use super::super::stack::height_bytes;
use super::super::word::Word;
use super::{Cursor, Handler, Plain, Step, Stepping, Tier, handlers, map};
use crate::evm::Evm;
use crate::fork::Fork;
use crate::opcode::OpcodeTable;
use crate::spec::Extensions;
use erbium_claims::Halt;
use std::sync::OnceLock;

/// A row of the opcode table, ready for the loop. Heights are in bytes.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Entry {
    handler: Handler,
    gas: u32,
    min: u16,
    span: u16,
}

/// The entries of one fork.
pub(crate) struct Instructions {
    entries: [Entry; 256],
}

impl Instructions {
    /// Entries of a fork; `stepping` ones come back after each instruction.
    pub(crate) fn of(fork: Fork, extensions: Extensions, stepping: bool) -> &'static Self {
        static SETS: OnceLock<Vec<OnceLock<Instructions>>> = OnceLock::new();
        let sets = SETS.get_or_init(|| (0..Fork::ALL.len() * 4).map(|_| OnceLock::new()).collect());
        let at =
            fork as usize * 4 + usize::from(extensions == Extensions::Erbium) * 2 + usize::from(stepping);
        sets[at].get_or_init(|| {
            let table = OpcodeTable::of(fork, extensions);
            if stepping { Self::build::<Stepping>(table, fork) } else { Self::build::<Plain>(table, fork) }
        })
    }

    /// One entry for every byte.
    pub(super) fn entries(&self) -> *const Entry {
        self.entries.as_ptr()
    }

    fn build<T: Tier>(table: &OpcodeTable, fork: Fork) -> Self {
        let undefined = Entry { handler: handlers::undefined, gas: 0, min: 0, span: u16::MAX };
        let mut entries = [undefined; 256];
        for byte in 0..=255u8 {
            let (Some(row), Some(handler)) = (table.get(byte), map::handler::<T>(byte, fork)) else {
                continue;
            };
            let min = u16::from(row.pops) * 32;
            let growth = u16::from(row.pushes.saturating_sub(row.pops)) * 32;
            let most = (Stack::LIMIT * 32) as u16 - growth;
            entries[usize::from(byte)] = Entry { handler, gas: row.gas, min, span: most - min };
        }
        Self { entries }
    }
}

/// Checks the row of the instruction at `ip` and runs it.
///
/// # Safety
/// `ip` is in the running frame's padded code, `sp` in its stack, and `table` has an entry for every byte.
#[inline(always)]
pub(super) unsafe fn dispatch(
    ip: *const u8,
    sp: *mut Word,
    gas: i64,
    evm: &mut Evm<'_>,
    table: *const Entry,
) -> Step {
    // SAFETY: code is padded with STOP, so `ip` is readable; the table has 256 entries.
    let entry = unsafe { &*table.add(usize::from(*ip)) };
    let left = gas - i64::from(entry.gas);
    let above = height_bytes(sp).wrapping_sub(usize::from(entry.min));
    if left < 0 || above > usize::from(entry.span) {
        return refuse(Cursor { ip, sp, gas }, evm, entry);
    }
    // SAFETY: the row's needs are met.
    unsafe { (entry.handler)(ip, sp, left, evm, table) }
}

#[cold]
#[inline(never)]
fn refuse(cursor: Cursor, evm: &mut Evm<'_>, entry: &Entry) -> Step {
    let height = height_bytes(cursor.sp);
    evm.halt = if height < usize::from(entry.min) {
        Halt::StackUnderflow
    } else if height > usize::from(entry.min) + usize::from(entry.span) {
        Halt::StackOverflow
    } else {
        // Nothing of the instruction is done: where gas is withheld, it can be tried again with more.
        evm.stalled = evm.withheld > 0;
        evm.cursor = cursor;
        Halt::OutOfGas
    };
    Step::Halt
}
