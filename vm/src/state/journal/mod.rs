//! The state a block works on: everything it has read, with the changes that can still be taken back.
//!
//! Accounts and slots lie in flat vectors and are addressed by handles, so that an access costs one hash lookup and
//! a second look at the same thing costs none. What holds for one transaction only (warmth, touches, creations,
//! original values) is stamped with the transaction's *epoch*: a new transaction clears it by counting up.

mod account;
mod changes;
mod index;
mod lazy;
mod peek;
mod record;
mod storage;
#[cfg(test)]
mod tests;
mod undo;

use super::{Account, Log, StateBackend};
use crate::code::Code;
use crate::homomorphic::Ciphertexts;
use erbium_claims::Fault;
use erbium_claims::homomorphic::LoggedOperation;
use index::{Index, Keys};
use lazy::Sight;
pub(crate) use lazy::Writes;
use primitive_types::{H160, H256, U256};
pub(crate) use record::{AccountRecord, Record};
use std::sync::Arc;
use undo::Undo;

/// An account that the journal holds. Valid as long as the journal.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct AccountId(u32);

/// A storage slot that the journal holds. Valid until the end of the transaction or a revert to before it was first
/// seen, whichever comes first.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct SlotId(u32);

/// A state to which [`Journal::revert`] can go back, within one transaction.
#[derive(Clone, Copy, Debug, Default)]
pub struct Checkpoint {
    undo: usize,
    logs: usize,
    operations: usize,
    refund: i64,
}

/// No slot: the end of an account's list.
const NO_SLOT: u32 = u32::MAX;
/// Epochs count from 1; a stamp of 0 is never current.
const NEVER: u32 = 0;
/// A stamp that is current in every epoch.
const ALWAYS: u32 = u32::MAX;
/// The precompile whose touch survives a revert: mainnet's block 2,675,119 deleted it although the call had run out
/// of gas, and the rule was bent to fit.
const RIPEMD: H160 = H160([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3]);

#[derive(Debug)]
struct AccountEntry {
    account: Account,
    exists: bool,
    /// The backend's storage is gone: slots not yet seen are zero.
    storage_wiped: bool,
    warm: u32,
    touched: u32,
    created: u32,
    destroyed: u32,
    /// Head of the list of cached slots, through [`SlotEntry::next`].
    newest_slot: u32,
    sight: Sight,
    /// `None` until it is asked for.
    code: Option<Arc<Code>>,
    address: H160,
    /// What the backend said.
    base: Option<Account>,
}

#[derive(Debug)]
struct SlotEntry {
    key: U256,
    account: AccountId,
    /// Epoch that `original` belongs to.
    seen: u32,
    warm: u32,
    next: u32,
    present: U256,
    original: U256,
    /// What the backend said.
    base: U256,
}

#[derive(Debug)]
struct TransientEntry {
    key: U256,
    account: AccountId,
    value: U256,
}

/// The working state of a block, over a backend that it only reads.
///
/// Call [`Journal::begin_transaction`] before and [`Journal::finish_transaction`] after each transaction (or system
/// call, or anything else that stands on its own); [`Journal::changes`] tells what came of all of them.
///
/// Operations do not look at the fork: the caller knows when a rule holds.
pub struct Journal<'b> {
    backend: &'b dyn StateBackend,
    keys: Keys,
    epoch: u32,
    account_index: Index,
    accounts: Vec<AccountEntry>,
    slot_index: Index,
    slots: Vec<SlotEntry>,
    transient_index: Index,
    transient: Vec<TransientEntry>,
    undo: Vec<Undo>,
    logs: Vec<Log>,
    pub(crate) ciphertexts: Ciphertexts,
    refund: i64,
    touched: Vec<AccountId>,
    destroyed: Vec<AccountId>,
    ripemd_touched: bool,
    /// Accounts may be added to without being seen.
    lazy: bool,
    /// What was added to accounts that have not been seen as a whole, in order.
    credits: Vec<(AccountId, U256)>,
    /// For the block access list, where it is wanted.
    record: Option<Box<Record>>,
}

impl std::fmt::Debug for Journal<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Journal")
            .field("epoch", &self.epoch)
            .field("accounts", &self.accounts.len())
            .field("slots", &self.slots.len())
            .field("undo", &self.undo.len())
            .finish_non_exhaustive()
    }
}

impl<'b> Journal<'b> {
    /// A journal without changes over `backend`.
    pub fn new(backend: &'b dyn StateBackend) -> Self {
        Self {
            backend,
            keys: Keys::default(),
            epoch: NEVER + 1,
            account_index: Index::new(),
            accounts: Vec::new(),
            slot_index: Index::new(),
            slots: Vec::new(),
            transient_index: Index::new(),
            transient: Vec::new(),
            undo: Vec::new(),
            logs: Vec::new(),
            ciphertexts: Ciphertexts::default(),
            refund: 0,
            touched: Vec::new(),
            destroyed: Vec::new(),
            ripemd_touched: false,
            lazy: false,
            credits: Vec::new(),
            record: None,
        }
    }

    /// Starts a transaction: everything is cold, present values become originals, nothing is touched, created or
    /// destroyed, transient storage is empty. What came before can no longer be reverted.
    pub fn begin_transaction(&mut self) {
        self.epoch += 1;
        self.undo.clear();
        self.logs.clear();
        self.ciphertexts = Ciphertexts::default();
        self.refund = 0;
        self.touched.clear();
        self.destroyed.clear();
        self.ripemd_touched = false;
        if !self.transient.is_empty() {
            self.transient.clear();
            self.transient_index.clear();
        }
    }

    /// The state as it is now, to come back to.
    #[inline]
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            undo: self.undo.len(),
            logs: self.logs.len(),
            operations: self.ciphertexts.len(),
            refund: self.refund,
        }
    }

    /// Takes back everything since `to`. Checkpoints taken after `to` are void.
    pub fn revert(&mut self, to: Checkpoint) {
        self.logs.truncate(to.logs);
        self.ciphertexts.truncate(to.operations);
        self.refund = to.refund;
        while self.undo.len() > to.undo {
            let Some(undo) = self.undo.pop() else { break };
            self.step_back(undo);
        }
    }

    fn step_back(&mut self, undo: Undo) {
        match undo {
            Undo::AccountCold(id) => self.entry_mut(id).warm = NEVER,
            Undo::SlotCold(slot) => self.slot_mut(slot).warm = NEVER,
            Undo::Untouched(id) => {
                self.entry_mut(id).touched = NEVER;
                self.touched.pop();
                self.ripemd_touched |= self.entry(id).address == RIPEMD;
            }
            Undo::Absent(id) => self.entry_mut(id).exists = false,
            Undo::NotCreated(id) => self.entry_mut(id).created = NEVER,
            Undo::NotDestroyed(id) => {
                self.entry_mut(id).destroyed = NEVER;
                self.destroyed.pop();
            }
            Undo::Balance(id, previous) => self.entry_mut(id).account.balance = previous,
            Undo::Nonce(id, previous) => self.entry_mut(id).account.nonce = previous,
            Undo::Code(id, previous) => {
                let entry = self.entry_mut(id);
                (entry.account.code_hash, entry.code) = *previous;
            }
            Undo::Present(slot, previous) => self.slot_mut(slot).present = previous,
            Undo::Original(slot, previous) => self.slot_mut(slot).original = previous,
            Undo::StorageKept { id, newest } => self.forget_slots_since(id, newest),
            Undo::Transient(at, previous) => self.transient[at as usize].value = previous,
        }
    }

    /// Ends the transaction: deletes the accounts that destroyed themselves, with their storage, and, where
    /// `deletes_touched_empty` (from Spurious Dragon), touched accounts that are empty (EIP-161). Answers the logs.
    pub fn finish_transaction(&mut self, deletes_touched_empty: bool) -> Vec<Log> {
        let before = self.record.is_some().then(|| self.before());
        for at in 0..self.destroyed.len() {
            self.delete(self.destroyed[at]);
        }
        if deletes_touched_empty {
            for at in 0..self.touched.len() {
                self.delete_if_empty(self.touched[at]);
            }
            // Touching needed the account, so it is in the index.
            if self.ripemd_touched
                && let Some(id) = self.find(&RIPEMD)
            {
                self.delete_if_empty(id);
            }
        }
        if let Some(before) = before {
            self.record_changes(before);
        }
        self.undo.clear();
        self.touched.clear();
        self.destroyed.clear();
        self.ripemd_touched = false;
        std::mem::take(&mut self.logs)
    }

    /// Appends a log.
    pub fn log(&mut self, log: Log) {
        self.logs.push(log);
    }

    /// The transaction's logs so far.
    pub fn logs(&self) -> &[Log] {
        &self.logs
    }

    /// Appends to what the transaction did to ciphertexts.
    pub(crate) fn log_operation(&mut self, operation: LoggedOperation) {
        self.ciphertexts.push(operation);
    }

    /// What the transaction did to ciphertexts so far, in order.
    pub fn operations(&self) -> &[LoggedOperation] {
        self.ciphertexts.log()
    }

    /// The same, at the end of the transaction.
    pub fn take_operations(&mut self) -> Vec<LoggedOperation> {
        self.ciphertexts.take()
    }

    /// Adds to the gas refund counter; it may fall below zero inside a frame (EIP-2200).
    #[inline]
    pub fn add_refund(&mut self, delta: i64) {
        self.refund += delta;
    }

    /// The gas refund counter.
    pub fn refund(&self) -> i64 {
        self.refund
    }

    /// Hash of the block with this number, one of the last 256.
    ///
    /// # Errors
    /// [`Fault::Backend`] when the store cannot be read or lacks the hash.
    pub fn block_hash(&self, number: u64) -> Result<H256, Fault> {
        self.backend.block_hash(number)
    }

    #[inline]
    fn entry(&self, id: AccountId) -> &AccountEntry {
        &self.accounts[id.0 as usize]
    }

    #[inline]
    fn entry_mut(&mut self, id: AccountId) -> &mut AccountEntry {
        &mut self.accounts[id.0 as usize]
    }

    #[inline]
    fn slot_entry(&self, slot: SlotId) -> &SlotEntry {
        &self.slots[slot.0 as usize]
    }

    #[inline]
    fn slot_mut(&mut self, slot: SlotId) -> &mut SlotEntry {
        &mut self.slots[slot.0 as usize]
    }
}
