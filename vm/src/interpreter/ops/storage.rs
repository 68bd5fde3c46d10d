//! Persistent and transient storage.

use super::charge;
use crate::evm::Evm;
use crate::evm::state_gas::SLOT_BYTES;
use crate::fork::Fork;
use crate::interpreter::dispatch::Exit;
use crate::interpreter::word::{self, Word};
use erbium_claims::Halt;

/// First access to a slot, on top of the warm price of SLOAD (EIP-2929: 2,100 in all).
const COLD_SLOAD_EXTRA: u64 = 2_000;
/// First access to a slot by SSTORE.
const COLD_SSTORE_EXTRA: u64 = 2_100;
/// SSTORE halts with this much gas or less (EIP-2200).
const SSTORE_SENTRY: i64 = 2_300;

pub(in crate::interpreter) fn sload<const A: bool>(
    evm: &mut Evm<'_>,
    [top]: &mut [Word; 1],
    gas: i64,
) -> Result<i64, Exit> {
    let slot = evm.journal.slot(evm.frame.account, *top)?;
    let key = *top;
    *top = evm.journal.slot_values(slot).1;
    let gas = match evm.spec.has(Fork::Berlin) && evm.journal.warm_slot(slot) {
        true => charge(gas, COLD_SLOAD_EXTRA)?,
        false => gas,
    };
    if A {
        evm.journal.note_slot(evm.frame.account, key);
    }
    Ok(gas)
}

/// What a write does to a slot: original value, present value, new value. X, Y and Z are different and not zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Transition {
    /// Present and new are equal, or the slot was dirty and stays so.
    Assigned,
    /// 0, 0, Z.
    Added,
    /// X, X, 0.
    Deleted,
    /// X, X, Z.
    Modified,
    /// X, 0, Z.
    DeletedAdded,
    /// X, Y, 0.
    ModifiedDeleted,
    /// X, 0, X.
    DeletedRestored,
    /// 0, Y, 0.
    AddedDeleted,
    /// X, Y, X.
    ModifiedRestored,
}

impl Transition {
    fn of(original: &Word, present: &Word, new: &Word) -> Self {
        if word::eq(present, new) {
            return Self::Assigned;
        }
        let (original_zero, present_zero, new_zero) =
            (word::is_zero(original), word::is_zero(present), word::is_zero(new));
        let restored = word::eq(original, new);
        if word::eq(original, present) {
            return match (original_zero, new_zero) {
                (true, _) => Self::Added,
                (false, true) => Self::Deleted,
                (false, false) => Self::Modified,
            };
        }
        match (original_zero, present_zero, new_zero) {
            (true, _, true) => Self::AddedDeleted,
            (false, true, _) if restored => Self::DeletedRestored,
            (false, true, _) => Self::DeletedAdded,
            (false, false, true) => Self::ModifiedDeleted,
            (false, false, false) if restored => Self::ModifiedRestored,
            _ => Self::Assigned,
        }
    }

    /// Gas and change of the refund counter.
    ///
    /// `warm` is the price of a write that changes nothing on disk, `set` of filling an empty slot, `reset` of
    /// changing a full one, `clears` the refund for emptying one (EIP-1283, EIP-2200, EIP-2929, EIP-3529).
    fn price(self, fork: Fork) -> (u64, i64) {
        const SET: u64 = 20_000;
        let (warm, reset, clears) = match fork {
            _ if fork >= Fork::London => (100, 2_900, 4_800),
            _ if fork >= Fork::Berlin => (100, 2_900, 15_000),
            _ if fork >= Fork::Istanbul => (800, 5_000, 15_000),
            Fork::Constantinople => (200, 5_000, 15_000),
            _ => return self.legacy_price(),
        };
        let back = |price: u64| (price - warm) as i64;
        match self {
            Self::Assigned => (warm, 0),
            Self::Added => (SET, 0),
            Self::Deleted => (reset, clears),
            Self::Modified => (reset, 0),
            Self::DeletedAdded => (warm, -clears),
            Self::ModifiedDeleted => (warm, clears),
            Self::DeletedRestored => (warm, back(reset) - clears),
            Self::AddedDeleted => (warm, back(SET)),
            Self::ModifiedRestored => (warm, back(reset)),
        }
    }

    /// Only the present value counts: filling an empty slot costs more, emptying one is rewarded.
    fn legacy_price(self) -> (u64, i64) {
        match self {
            Self::Added | Self::DeletedAdded | Self::DeletedRestored => (20_000, 0),
            Self::Deleted | Self::ModifiedDeleted | Self::AddedDeleted => (5_000, 15_000),
            Self::Assigned | Self::Modified | Self::ModifiedRestored => (5_000, 0),
        }
    }
}

pub(in crate::interpreter) fn sstore<const A: bool>(
    evm: &mut Evm<'_>,
    [value, key]: &mut [Word; 2],
    gas: i64,
) -> Result<i64, Exit> {
    if evm.frame.is_static {
        return Err(Halt::StaticViolation.into());
    }
    let fork = evm.spec.fork;
    if fork >= Fork::Istanbul && gas + evm.withheld <= SSTORE_SENTRY {
        return Err(Halt::OutOfGas.into());
    }
    let slot = evm.journal.slot(evm.frame.account, *key)?;
    if A {
        evm.journal.note_slot(evm.frame.account, *key);
    }
    let gas = match fork >= Fork::Berlin && evm.journal.warm_slot(slot) {
        true => charge(gas, COLD_SSTORE_EXTRA)?,
        false => gas,
    };
    let (original, present) = evm.journal.slot_values(slot);
    let transition = Transition::of(&original, &present, value);
    let (price, refund) = match transition {
        // What is new of it is state gas (EIP-8037).
        Transition::Added if A => Transition::Modified.price(fork),
        Transition::AddedDeleted if A => Transition::ModifiedRestored.price(fork),
        _ => transition.price(fork),
    };
    if A && transition == Transition::AddedDeleted {
        evm.state_gas.give_back(SLOT_BYTES);
    }
    let mut gas = charge(gas, price)?;
    if A && transition == Transition::Added {
        gas = evm.state_gas.charge(SLOT_BYTES, gas)?;
    }
    if refund != 0 {
        evm.journal.add_refund(refund);
    }
    if !word::eq(&present, value) {
        evm.journal.set_slot(slot, *value);
    }
    Ok(gas)
}

/// EIP-1153.
pub(in crate::interpreter) fn tload(evm: &mut Evm<'_>, [top]: &mut [Word; 1], gas: i64) -> Result<i64, Exit> {
    *top = evm.journal.tload(evm.frame.account, *top);
    Ok(gas)
}

/// EIP-1153.
pub(in crate::interpreter) fn tstore(
    evm: &mut Evm<'_>,
    [value, key]: &mut [Word; 2],
    gas: i64,
) -> Result<i64, Exit> {
    if evm.frame.is_static {
        return Err(Halt::StaticViolation.into());
    }
    evm.journal.tstore(evm.frame.account, *key, *value);
    Ok(gas)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// EIP-3529's test table as far as prices go: original, sequence of writes, gas, refund.
    #[test]
    fn sequences_cost_what_the_eip_lists() {
        let run = |fork, original: u64, writes: &[u64]| {
            let (original, mut present) = (Word::from(original), Word::from(original));
            writes.iter().fold((0, 0), |(gas, refund), &new| {
                let new = Word::from(new);
                let (price, delta) = Transition::of(&original, &present, &new).price(fork);
                present = new;
                (gas + price, refund + delta)
            })
        };
        // EIP-2200's table (Istanbul).
        assert_eq!(run(Fork::Istanbul, 0, &[0, 0]), (1_600, 0));
        assert_eq!(run(Fork::Istanbul, 0, &[1, 0]), (20_800, 19_200));
        assert_eq!(run(Fork::Istanbul, 1, &[0, 1]), (5_800, 4_200));
        assert_eq!(run(Fork::Istanbul, 1, &[2, 0]), (5_800, 15_000));
        assert_eq!(run(Fork::Istanbul, 1, &[0, 1, 0]), (10_800, 19_200));
        assert_eq!(run(Fork::Istanbul, 0, &[1, 0, 1]), (40_800, 19_200));
        // EIP-3529's (London), slots warm.
        assert_eq!(run(Fork::London, 1, &[0]), (2_900, 4_800));
        assert_eq!(run(Fork::London, 1, &[0, 2]), (3_000, 0));
        assert_eq!(run(Fork::London, 1, &[2, 1]), (3_000, 2_800));
        assert_eq!(run(Fork::London, 0, &[2, 3]), (20_100, 0));
        // Before EIP-1283 and again in Petersburg only the present value counts.
        assert_eq!(run(Fork::Petersburg, 0, &[1, 0]), (25_000, 15_000));
        assert_eq!(run(Fork::Constantinople, 0, &[1, 0]), (20_200, 19_800));
    }
}
