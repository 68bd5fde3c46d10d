//! What keeps state, as the virtual machine sees it.

use super::Account;
use crate::code::Code;
use erbium_claims::Fault;
use primitive_types::{H160, H256};
use std::sync::Arc;

/// Storage slots by account and key. A slot that was never written reads as zero.
pub trait StorageBackend {
    /// Value of one slot.
    ///
    /// # Errors
    /// [`Fault::Backend`] when the store cannot be read.
    fn get(&self, address: &H160, key: H256) -> Result<H256, Fault>;

    /// Writes one slot; zero deletes it.
    ///
    /// # Errors
    /// [`Fault::Backend`] when the store cannot be written.
    fn set(&mut self, address: &H160, key: H256, value: H256) -> Result<(), Fault>;

    /// True where the slot holds something other than zero.
    ///
    /// # Errors
    /// As [`StorageBackend::get`].
    fn exists(&self, address: &H160, key: H256) -> Result<bool, Fault> {
        Ok(!self.get(address, key)?.is_zero())
    }

    /// Values of many slots, in the order of the keys.
    ///
    /// # Errors
    /// As [`StorageBackend::get`].
    fn batch_get(&self, address: &H160, keys: &[H256]) -> Result<Vec<H256>, Fault> {
        keys.iter().map(|&key| self.get(address, key)).collect()
    }

    /// Writes many slots.
    ///
    /// # Errors
    /// As [`StorageBackend::set`].
    fn batch_set(&mut self, address: &H160, updates: &[(H256, H256)]) -> Result<(), Fault> {
        updates.iter().try_for_each(|&(key, value)| self.set(address, key, value))
    }
}

/// A whole state: accounts, code and block hashes besides storage. Many threads may read it at a time.
pub trait StateBackend: StorageBackend + Sync {
    /// The account, or `None` where there is none.
    ///
    /// # Errors
    /// [`Fault::Backend`] when the store cannot be read.
    fn account(&self, address: &H160) -> Result<Option<Account>, Fault>;

    /// As [`StateBackend::account`], where the caller will look at the code hash alone and at most add to the balance. A
    /// backend that watches what is read can tell the two apart.
    ///
    /// # Errors
    /// As [`StateBackend::account`].
    fn account_to_credit(&self, address: &H160) -> Result<Option<Account>, Fault> {
        self.account(address)
    }

    /// The code with this hash, of the account at `address`.
    ///
    /// # Errors
    /// [`Fault::Backend`] when it cannot be read or is not there.
    fn code(&self, address: &H160, code_hash: H256) -> Result<Arc<Code>, Fault>;

    /// True where any slot of the account holds something (EIP-7610).
    ///
    /// # Errors
    /// [`Fault::Backend`] when the store cannot be read.
    fn has_storage(&self, address: &H160) -> Result<bool, Fault>;

    /// Hash of the block with this number, where it is known. The caller has checked that it is one of the last 256.
    ///
    /// # Errors
    /// [`Fault::Backend`] when the store cannot be read or lacks the hash.
    fn block_hash(&self, number: u64) -> Result<H256, Fault>;

    /// Takes over the changes of a block.
    ///
    /// # Errors
    /// [`Fault::Backend`] when the store cannot be written.
    fn commit(&mut self, changes: &StateChanges) -> Result<(), Fault>;
}

/// What happened to one account.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AccountChange {
    /// The account as it is now; `None` where it was deleted.
    pub account: Option<Account>,
    /// Code deployed to it; `None` where it has the code that it had before, or none, as its hash says.
    pub code: Option<Arc<Code>>,
    /// True where all storage it had before is gone; `storage` holds what was written after.
    pub storage_wiped: bool,
    /// Slots written, with their new values.
    pub storage: Vec<(H256, H256)>,
}

/// What a block did to the state, by address.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StateChanges {
    /// One entry an account that changed, in no particular order.
    pub accounts: Vec<(H160, AccountChange)>,
}
