//! Journals of one transaction that runs ahead of others: accounts that are only added to are not read, so that two
//! transactions that pay the same account do not depend on each other.

use super::changes::deployed;
use super::{AccountId, Checkpoint, Journal, NEVER};
use crate::code::Code;
use crate::state::{Account, StateChanges};
use erbium_claims::Fault;
use primitive_types::{H160, U256};
use std::sync::Arc;

/// How much of an account the journal has asked the backend for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sight {
    /// Nothing: the entry holds warmth and nothing else.
    Nothing,
    /// That it has this code.
    Code,
    /// All of it.
    Whole,
}

/// What one transaction did, for other journals to take over.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Writes {
    /// Accounts that it changed.
    pub(crate) accounts: Vec<(H160, AccountWrite)>,
    /// What it added to accounts without having read their balance, in order. Where the account is not there, it comes to
    /// exist; where it stays empty, it is deleted if the fork deletes touched accounts.
    pub(crate) credits: Vec<(H160, U256)>,
}

/// What became of an account.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct AccountWrite {
    /// `Some` where it is another than before: as it is now, or `None` where it is gone.
    pub(crate) account: Option<Option<Account>>,
    /// Code that was deployed to it.
    pub(crate) code: Option<Arc<Code>>,
    /// All storage that it had is gone.
    pub(crate) wiped: bool,
    /// Slots that were written, after the wiping.
    pub(crate) storage: Vec<(U256, U256)>,
}

impl Journal<'_> {
    /// Forgets everything, to begin anew over the same backend. With `lazy`, accounts need not be read to be added to.
    pub(crate) fn restart(&mut self, lazy: bool) {
        self.begin_transaction();
        self.account_index.clear();
        self.accounts.clear();
        self.slot_index.clear();
        self.slots.clear();
        self.credits.clear();
        self.lazy = lazy;
    }

    /// Undoes the running transaction as a whole.
    pub(crate) fn revert_transaction(&mut self) {
        self.revert(Checkpoint::default());
    }

    /// An entry for an account that need not be looked at: to warm it, or to add to its balance. Its other values are not
    /// to be used before [`Journal::load`] or [`Journal::observe`].
    ///
    /// # Errors
    /// As [`Journal::load`].
    pub(crate) fn load_unseen(&mut self, address: &H160) -> Result<AccountId, Fault> {
        if !self.lazy {
            return self.load(address);
        }
        Ok(match self.find(address) {
            Some(id) => id,
            None => self.enter(address, None, Sight::Nothing),
        })
    }

    /// An entry for an account of which only the code is looked at, and to which may be added.
    ///
    /// # Errors
    /// As [`Journal::load`].
    pub(crate) fn load_to_credit(&mut self, address: &H160) -> Result<AccountId, Fault> {
        if !self.lazy {
            return self.load(address);
        }
        match self.find(address) {
            Some(id) => {
                if self.entry(id).sight == Sight::Nothing {
                    let base = self.backend.account_to_credit(address)?;
                    self.see(id, base, Sight::Code);
                }
                Ok(id)
            }
            None => {
                let base = self.backend.account_to_credit(address)?;
                Ok(self.enter(address, base, Sight::Code))
            }
        }
    }

    /// Reads what has not been read of the account.
    #[cold]
    #[inline(never)]
    pub(crate) fn observe(&mut self, id: AccountId) -> Result<(), Fault> {
        let entry = self.entry(id);
        if entry.sight == Sight::Whole {
            return Ok(());
        }
        let address = entry.address;
        let base = self.backend.account(&address)?;
        self.see(id, base, Sight::Whole);
        let (mine, others) = self.credits.iter().partition(|credit| credit.0 == id);
        self.credits = others;
        let mine: Vec<(AccountId, U256)> = mine;
        for (_, amount) in mine {
            self.add_balance(id, amount);
        }
        Ok(())
    }

    fn see(&mut self, id: AccountId, base: Option<Account>, sight: Sight) {
        let entry = self.entry_mut(id);
        entry.base = base;
        entry.account = base.unwrap_or_default();
        entry.exists = base.is_some();
        entry.code = None;
        entry.sight = sight;
    }

    pub(super) fn credit(&mut self, id: AccountId, amount: U256) {
        self.credits.push((id, amount));
    }

    /// As [`Journal::transfer`], to an account whose balance is not known.
    #[cold]
    #[inline(never)]
    pub(super) fn transfer_unseen(&mut self, from: AccountId, to: AccountId, value: U256) -> bool {
        if !value.is_zero() {
            let Some(left) = self.account(from).balance.checked_sub(value) else { return false };
            self.set_balance(from, left);
        }
        self.credit(to, value);
        true
    }

    /// What has changed since [`Journal::restart`].
    pub(crate) fn writes(&self) -> Writes {
        let credits = self.credits.iter().map(|&(id, amount)| (self.entry(id).address, amount)).collect();
        let ids = (0..self.accounts.len() as u32).map(AccountId);
        let accounts = ids.filter_map(|id| Some((self.entry(id).address, self.write(id)?))).collect();
        Writes { accounts, credits }
    }

    fn write(&self, id: AccountId) -> Option<AccountWrite> {
        let entry = self.entry(id);
        if entry.sight != Sight::Whole {
            return None;
        }
        let now = entry.exists.then_some(entry.account);
        let written = |slot: &&super::SlotEntry| match entry.storage_wiped {
            true => !slot.present.is_zero(),
            false => slot.present != slot.base,
        };
        let storage: Vec<_> =
            self.slots_of(id).filter(written).map(|slot| (slot.key, slot.present)).collect();
        let account = (now != entry.base).then_some(now);
        if account.is_none() && storage.is_empty() && !entry.storage_wiped {
            return None;
        }
        Some(AccountWrite { account, code: deployed(entry), wiped: entry.storage_wiped, storage })
    }

    /// Takes over what transactions did elsewhere, on the state as it is here. They can not be reverted.
    ///
    /// # Errors
    /// [`Fault::Backend`] when the store cannot be read.
    pub(crate) fn take_over(&mut self, changes: StateChanges) -> Result<(), Fault> {
        self.begin_transaction();
        for (address, change) in changes.accounts {
            let id = self.load(&address)?;
            let Some(account) = change.account else {
                self.delete(id);
                continue;
            };
            if change.storage_wiped {
                self.wipe_storage(id);
            }
            let entry = self.entry_mut(id);
            if entry.account.code_hash != account.code_hash {
                entry.code = change.code;
            }
            entry.account = account;
            entry.exists = true;
            for (key, value) in change.storage {
                let slot = self.slot(id, U256::from_big_endian(key.as_bytes()))?;
                self.slot_mut(slot).present = U256::from_big_endian(value.as_bytes());
            }
        }
        self.undo.clear();
        debug_assert_ne!(self.epoch, NEVER);
        Ok(())
    }
}
