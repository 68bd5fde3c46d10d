//! Defects for the harness to find: the checks that settle a transaction, left out.

use std::cell::Cell;

thread_local! {
    static PLANTED: Cell<Planted> = const { Cell::new(Planted::Nothing) };
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Planted {
    Nothing,
    /// What a transaction has read is never looked at again.
    BelievesReads,
    /// No presumption is ever found wrong.
    BelievesPresumptions,
}

pub(in super::super) fn believes_reads() -> bool {
    PLANTED.get() == Planted::BelievesReads
}

pub(in super::super) fn believes_presumptions() -> bool {
    PLANTED.get() == Planted::BelievesPresumptions
}

/// Runs `work` on this thread with a defect. Transactions are settled on the thread that asked for the block.
pub(super) fn with<T>(planted: Planted, work: impl FnOnce() -> T) -> T {
    PLANTED.set(planted);
    let result = work();
    PLANTED.set(Planted::Nothing);
    result
}
