//! The state as one transaction finds it, with a note of all that was read.

use super::versions::Versions;
use crate::code::Code;
use crate::state::{Account, StateBackend, StateChanges, StorageBackend};
use erbium_claims::Fault;
use primitive_types::{H160, H256, U256};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a transaction read, with what it found.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Reads {
    accounts: Vec<(H160, Option<Account>)>,
    /// Accounts of which only the code's hash counts.
    codes: Vec<(H160, H256)>,
    slots: Vec<(H160, U256, U256)>,
    storages: Vec<(H160, bool)>,
}

impl Reads {
    /// True where the transaction at `index` would find the same now.
    pub(super) fn hold(&self, versions: &Versions<'_>, index: usize) -> Result<bool, Fault> {
        #[cfg(test)]
        if super::tests::planted::believes_reads() {
            return Ok(true);
        }
        for (address, found) in &self.accounts {
            if versions.account(address, index)? != *found {
                return Ok(false);
            }
        }
        for (address, key, found) in &self.slots {
            if versions.slot(address, *key, index)? != *found {
                return Ok(false);
            }
        }
        for (address, found) in &self.codes {
            if versions.code_hash(address, index)? != *found {
                return Ok(false);
            }
        }
        for (address, found) in &self.storages {
            if versions.has_storage(address, index)? != *found {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// The state before the transaction at some index, as far as the transactions below it have run.
pub(super) struct View<'v> {
    versions: &'v Versions<'v>,
    // One thread uses a view; the lock is there since a backend may be shared.
    state: Mutex<(usize, Reads)>,
}

impl<'v> View<'v> {
    pub(super) fn new(versions: &'v Versions<'v>) -> Self {
        Self { versions, state: Mutex::default() }
    }

    /// Begins anew for the transaction at `index`.
    pub(super) fn begin(&self, index: usize) {
        *self.lock() = (index, Reads::default());
    }

    /// What was read since [`View::begin`].
    pub(super) fn take_reads(&self) -> Reads {
        std::mem::take(&mut self.lock().1)
    }

    fn lock(&self) -> MutexGuard<'_, (usize, Reads)> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StorageBackend for View<'_> {
    fn get(&self, address: &H160, key: H256) -> Result<H256, Fault> {
        let mut state = self.lock();
        let key = U256::from_big_endian(key.as_bytes());
        let value = self.versions.slot(address, key, state.0)?;
        state.1.slots.push((*address, key, value));
        Ok(H256(value.to_big_endian()))
    }

    fn set(&mut self, _: &H160, _: H256, _: H256) -> Result<(), Fault> {
        Err(Fault::Unsupported { what: "writing to a version of the state" })
    }
}

impl StateBackend for View<'_> {
    fn account(&self, address: &H160) -> Result<Option<Account>, Fault> {
        let mut state = self.lock();
        let account = self.versions.account(address, state.0)?;
        state.1.accounts.push((*address, account));
        Ok(account)
    }

    fn account_to_credit(&self, address: &H160) -> Result<Option<Account>, Fault> {
        let mut state = self.lock();
        let code_hash = self.versions.code_hash(address, state.0)?;
        state.1.codes.push((*address, code_hash));
        Ok(Some(Account { code_hash, ..Account::default() }))
    }

    fn code(&self, address: &H160, code_hash: H256) -> Result<Arc<Code>, Fault> {
        self.versions.code(address, code_hash)
    }

    fn has_storage(&self, address: &H160) -> Result<bool, Fault> {
        let mut state = self.lock();
        let found = self.versions.has_storage(address, state.0)?;
        state.1.storages.push((*address, found));
        Ok(found)
    }

    fn block_hash(&self, number: u64) -> Result<H256, Fault> {
        self.versions.block_hash(number)
    }

    fn commit(&mut self, _: &StateChanges) -> Result<(), Fault> {
        Err(Fault::Unsupported { what: "writing to a version of the state" })
    }
}
