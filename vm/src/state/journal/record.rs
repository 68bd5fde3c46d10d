//! What a block reads and writes, transaction by transaction, for its access list (EIP-7928). Only recorded where it is
//! asked for: from Amsterdam on, in blocks.

use super::{AccountId, Journal, SlotId, Undo};
use crate::code::Code;
use hashbrown::HashMap;
use primitive_types::{H160, H256, U256};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What happened to one account. Changes are pairs of an index (0 before the transactions, then counted from 1) and the
/// value after it.
#[derive(Clone, Debug, Default)]
pub(crate) struct AccountRecord {
    /// Slots that were read or written; those without changes were read only.
    pub(crate) slots: BTreeMap<U256, Vec<(u32, U256)>>,
    pub(crate) balances: Vec<(u32, U256)>,
    pub(crate) nonces: Vec<(u32, u64)>,
    pub(crate) codes: Vec<(u32, Arc<Code>)>,
}

/// What happened in a block, by address.
#[derive(Debug, Default)]
pub(crate) struct Record {
    index: u32,
    pub(crate) accounts: BTreeMap<H160, AccountRecord>,
}

/// Values from before the running transaction, of what it has changed.
#[derive(Default)]
pub(super) struct Before {
    balances: HashMap<AccountId, U256>,
    nonces: HashMap<AccountId, u64>,
    codes: HashMap<AccountId, H256>,
    slots: HashMap<u32, U256>,
}

impl Journal<'_> {
    /// Starts recording.
    pub(crate) fn record(&mut self) {
        self.record = Some(Box::default());
    }

    /// What comes next has this index.
    pub(crate) fn record_at(&mut self, index: u32) {
        if let Some(record) = &mut self.record {
            record.index = index;
        }
    }

    /// What was recorded; recording ends.
    pub(crate) fn take_record(&mut self) -> Option<Box<Record>> {
        self.record.take()
    }

    /// Notes that the account was looked at.
    #[inline]
    pub(crate) fn note_account(&mut self, id: AccountId) {
        if let Some(record) = &mut self.record {
            record.accounts.entry(self.accounts[id.0 as usize].address).or_default();
        }
    }

    /// Notes that a slot was looked at.
    #[inline]
    pub(crate) fn note_slot(&mut self, id: AccountId, key: U256) {
        if let Some(record) = &mut self.record {
            let account = record.accounts.entry(self.accounts[id.0 as usize].address).or_default();
            account.slots.entry(key).or_default();
        }
    }

    /// What the transaction has changed, as it was before: the oldest step of each.
    pub(super) fn before(&self) -> Before {
        let mut before = Before::default();
        for undo in &self.undo {
            match undo {
                Undo::Balance(id, previous) => drop(before.balances.entry(*id).or_insert(*previous)),
                Undo::Nonce(id, previous) => drop(before.nonces.entry(*id).or_insert(*previous)),
                Undo::Code(id, previous) => drop(before.codes.entry(*id).or_insert(previous.0)),
                Undo::Present(slot, previous) => drop(before.slots.entry(slot.0).or_insert(*previous)),
                _ => {}
            }
        }
        before
    }

    /// Records what is another value now that the transaction has ended.
    pub(super) fn record_changes(&mut self, before: Before) {
        let Some(mut record) = self.record.take() else { return };
        let index = record.index;
        for (id, previous) in before.balances {
            let entry = self.entry(id);
            if entry.account.balance != previous {
                let changes = &mut record.accounts.entry(entry.address).or_default().balances;
                put(changes, index, entry.account.balance);
            }
        }
        for (id, previous) in before.nonces {
            let entry = self.entry(id);
            if entry.account.nonce != previous {
                let changes = &mut record.accounts.entry(entry.address).or_default().nonces;
                put(changes, index, entry.account.nonce);
            }
        }
        for (id, previous) in before.codes {
            let entry = self.entry(id);
            if entry.account.code_hash != previous {
                let code = entry.code.clone().unwrap_or_else(Code::empty);
                put(&mut record.accounts.entry(entry.address).or_default().codes, index, code);
            }
        }
        for (slot, previous) in before.slots {
            let slot = self.slot_entry(SlotId(slot));
            if slot.present != previous {
                let account = record.accounts.entry(self.entry(slot.account).address).or_default();
                put(account.slots.entry(slot.key).or_default(), index, slot.present);
            }
        }
        self.record = Some(record);
    }
}

/// Adds a change; a later one of the same index takes the place of the one before.
fn put<T>(changes: &mut Vec<(u32, T)>, index: u32, value: T) {
    match changes.last_mut() {
        Some(last) if last.0 == index => last.1 = value,
        _ => changes.push((index, value)),
    }
}
