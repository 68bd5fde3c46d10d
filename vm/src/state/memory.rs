//! A state in memory.

use super::{Account, StateBackend, StateChanges, StorageBackend};
use crate::code::Code;
use erbium_claims::Fault;
use hashbrown::HashMap;
use primitive_types::{H160, H256, U256};
use std::sync::Arc;

type Map<K, V> = HashMap<K, V, foldhash::fast::RandomState>;

/// An account of a [`MemoryState`].
#[derive(Clone, Debug, PartialEq)]
pub struct MemoryAccount {
    /// Transactions sent, or contracts created.
    pub nonce: u64,
    /// Wei.
    pub balance: U256,
    /// Code; empty for an account without.
    pub code: Arc<Code>,
    /// Slots that are not zero.
    storage: Map<H256, H256>,
}

impl Default for MemoryAccount {
    fn default() -> Self {
        Self { nonce: 0, balance: U256::zero(), code: Code::empty(), storage: Map::default() }
    }
}

impl MemoryAccount {
    /// The part that is not storage.
    pub fn account(&self) -> Account {
        Account { nonce: self.nonce, balance: self.balance, code_hash: self.code.hash() }
    }

    /// Slots that are not zero, in the order of their keys.
    pub fn storage(&self) -> Vec<(H256, H256)> {
        let mut slots: Vec<_> = self.storage.iter().map(|(&key, &value)| (key, value)).collect();
        slots.sort_unstable();
        slots
    }

    /// Writes one slot; zero deletes it.
    pub fn set_slot(&mut self, key: H256, value: H256) {
        if value.is_zero() {
            self.storage.remove(&key);
        } else {
            self.storage.insert(key, value);
        }
    }
}

/// Accounts, storage, code and block hashes in memory. An account that exists and is empty is kept as such.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MemoryState {
    accounts: Map<H160, MemoryAccount>,
    block_hashes: Map<u64, H256>,
}

impl MemoryState {
    /// A state without accounts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts an account, in the place of what was there. Slots of zero are left out.
    pub fn insert_account(
        &mut self,
        address: H160,
        nonce: u64,
        balance: U256,
        code: Arc<Code>,
        storage: impl IntoIterator<Item = (H256, H256)>,
    ) {
        let storage = storage.into_iter().filter(|(_, value)| !value.is_zero()).collect();
        self.accounts.insert(address, MemoryAccount { nonce, balance, code, storage });
    }

    /// Makes the hash of a block known.
    pub fn insert_block_hash(&mut self, number: u64, hash: H256) {
        self.block_hashes.insert(number, hash);
    }

    /// The account at `address`.
    pub fn get_account(&self, address: &H160) -> Option<&MemoryAccount> {
        self.accounts.get(address)
    }

    /// Every account, in the order of their addresses.
    pub fn accounts(&self) -> impl Iterator<Item = (H160, &MemoryAccount)> {
        let mut accounts: Vec<_> =
            self.accounts.iter().map(|(&address, account)| (address, account)).collect();
        accounts.sort_unstable_by_key(|&(address, _)| address);
        accounts.into_iter()
    }

    /// Number of accounts.
    pub fn len(&self) -> usize {
        self.accounts.len()
    }

    /// True without accounts.
    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty()
    }
}

impl StorageBackend for MemoryState {
    fn get(&self, address: &H160, key: H256) -> Result<H256, Fault> {
        let value = self.accounts.get(address).and_then(|account| account.storage.get(&key));
        Ok(value.copied().unwrap_or_default())
    }

    /// Creates the account where there is none.
    fn set(&mut self, address: &H160, key: H256, value: H256) -> Result<(), Fault> {
        self.accounts.entry(*address).or_default().set_slot(key, value);
        Ok(())
    }
}

impl StateBackend for MemoryState {
    fn account(&self, address: &H160) -> Result<Option<Account>, Fault> {
        Ok(self.accounts.get(address).map(MemoryAccount::account))
    }

    fn code(&self, address: &H160, code_hash: H256) -> Result<Arc<Code>, Fault> {
        let account = self.accounts.get(address).filter(|account| account.code.hash() == code_hash);
        account.map(|account| Arc::clone(&account.code)).ok_or_else(|| Fault::Backend {
            what: format!("code {code_hash:?} of {address:?}"),
            reason: "not in this state".to_owned(),
        })
    }

    fn has_storage(&self, address: &H160) -> Result<bool, Fault> {
        Ok(self.accounts.get(address).is_some_and(|account| !account.storage.is_empty()))
    }

    fn block_hash(&self, number: u64) -> Result<H256, Fault> {
        self.block_hashes.get(&number).copied().ok_or_else(|| Fault::Backend {
            what: format!("hash of block {number}"),
            reason: "not in this state".to_owned(),
        })
    }

    fn commit(&mut self, changes: &StateChanges) -> Result<(), Fault> {
        for (address, change) in &changes.accounts {
            let Some(account) = change.account else {
                self.accounts.remove(address);
                continue;
            };
            let stored = self.accounts.entry(*address).or_default();
            (stored.nonce, stored.balance) = (account.nonce, account.balance);
            if let Some(code) = &change.code {
                stored.code = Arc::clone(code);
            } else if account.code_hash == Code::empty().hash() {
                stored.code = Code::empty();
            }
            if change.storage_wiped {
                stored.storage.clear();
            }
            for &(key, value) in &change.storage {
                stored.set_slot(key, value);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::state::AccountChange;

    fn word(number: u64) -> H256 {
        H256::from_low_u64_be(number)
    }

    #[test]
    fn zeros_are_not_stored() {
        let mut state = MemoryState::new();
        let address = H160::repeat_byte(1);
        state.insert_account(
            address,
            0,
            U256::zero(),
            Code::empty(),
            [(word(1), word(0)), (word(2), word(5))],
        );
        assert_eq!(state.get_account(&address).unwrap().storage(), [(word(2), word(5))]);
        state.batch_set(&address, &[(word(2), word(0))]).unwrap();
        assert!(!state.has_storage(&address).unwrap());
        assert!(!state.exists(&address, word(2)).unwrap());
        assert!(state.account(&address).unwrap().is_some(), "the empty account stays");
    }

    #[test]
    fn what_is_not_there_is_a_fault() {
        let state = MemoryState::new();
        assert!(matches!(state.block_hash(7), Err(Fault::Backend { .. })));
        assert!(matches!(state.code(&H160::zero(), word(1)), Err(Fault::Backend { .. })));
        assert_eq!(state.account(&H160::zero()), Ok(None));
    }

    #[test]
    fn commit_deletes_wipes_and_writes() {
        let mut state = MemoryState::new();
        let (kept, gone) = (H160::repeat_byte(1), H160::repeat_byte(2));
        for address in [kept, gone] {
            state.insert_account(address, 1, U256::one(), Code::new(&[1]), [(word(1), word(1))]);
        }
        let account = Account { nonce: 2, ..state.account(&kept).unwrap().unwrap() };
        let change = AccountChange {
            account: Some(account),
            code: None,
            storage_wiped: true,
            storage: vec![(word(9), word(9))],
        };
        let accounts = vec![(kept, change), (gone, AccountChange::default())];
        state.commit(&StateChanges { accounts }).unwrap();
        assert_eq!(state.accounts().map(|(address, _)| address).collect::<Vec<_>>(), [kept]);
        assert_eq!(state.account(&kept), Ok(Some(account)));
        assert_eq!(state.get_account(&kept).unwrap().storage(), [(word(9), word(9))]);
    }
}
