//! Roots of a state that is known as a whole, while a block changes it.

use super::StateRoot;
use crate::keccak::keccak256;
use crate::state::{AccountChange, MemoryAccount, MemoryState, StateChanges};
use crate::trie::{account_leaf, ascending_root, storage_root};
use erbium_claims::Fault;
use hashbrown::HashMap;
use primitive_types::{H160, H256};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Computes the roots of a whole state with changes. From one call to the next only accounts are encoded anew whose
/// change is another, so that a root after every transaction of a block is cheap.
#[derive(Debug)]
pub struct WholeState<'a> {
    base: &'a MemoryState,
    latest: RefCell<Latest>,
}

/// The state as the last call saw it.
#[derive(Debug)]
struct Latest {
    /// Encoded accounts by the hash of their address.
    leaves: BTreeMap<H256, Vec<u8>>,
    /// How they differ from the base.
    changes: HashMap<H160, AccountChange>,
}

impl<'a> WholeState<'a> {
    /// Roots of `base` with changes.
    pub fn new(base: &'a MemoryState) -> Self {
        let leaves = base
            .accounts()
            .map(|(address, account)| (keccak256(address.as_bytes()), unchanged_leaf(account)))
            .collect();
        Self { base, latest: RefCell::new(Latest { leaves, changes: HashMap::new() }) }
    }

    /// The account's leaf after `change`, `None` where it is deleted.
    fn leaf(&self, address: &H160, change: &AccountChange) -> Option<Vec<u8>> {
        let account = change.account?;
        let mut slots: HashMap<H256, H256> = match self.base.get_account(address) {
            Some(base) if !change.storage_wiped => base.storage().into_iter().collect(),
            _ => HashMap::new(),
        };
        slots.extend(change.storage.iter().copied());
        Some(account_leaf(&account, storage_root(slots)))
    }
}

fn unchanged_leaf(account: &MemoryAccount) -> Vec<u8> {
    account_leaf(&account.account(), storage_root(account.storage()))
}

impl StateRoot for WholeState<'_> {
    /// `changes` are all since the base, not those since the last call.
    fn root_after(&self, changes: &StateChanges) -> Result<H256, Fault> {
        let Latest { leaves, changes: known } = &mut *self.latest.borrow_mut();
        let mut put = |address: &H160, leaf| {
            let hash = keccak256(address.as_bytes());
            match leaf {
                Some(leaf) => leaves.insert(hash, leaf),
                None => leaves.remove(&hash),
            };
        };
        let mut before = std::mem::take(known);
        for (address, change) in &changes.accounts {
            if before.remove(address).as_ref() != Some(change) {
                put(address, self.leaf(address, change));
            }
            known.insert(*address, change.clone());
        }
        // What had changed and is again as it was.
        for address in before.keys() {
            put(address, self.base.get_account(address).map(unchanged_leaf));
        }
        Ok(ascending_root(leaves.iter().map(|(hash, leaf)| (hash, leaf.as_slice()))))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::code::Code;
    use crate::state::{Account, StateBackend};
    use crate::trie::{EMPTY_ROOT, state_root};
    use primitive_types::U256;
    use proptest::prelude::*;

    fn word(number: u64) -> H256 {
        H256::from_low_u64_be(number)
    }

    /// The root of everything, computed anew.
    fn whole_root(state: &MemoryState) -> H256 {
        state_root(state.accounts().map(|(address, account)| (address, account.account(), account.storage())))
    }

    fn base() -> MemoryState {
        let mut state = MemoryState::new();
        for number in 0..6u8 {
            let storage = (1..=u64::from(number)).map(|key| (word(key), word(9)));
            state.insert_account(H160::repeat_byte(number), 1, U256::one(), Code::new(&[number]), storage);
        }
        state
    }

    #[test]
    fn an_empty_state_has_the_empty_root() {
        let state = MemoryState::new();
        assert_eq!(WholeState::new(&state).root_after(&StateChanges::default()), Ok(EMPTY_ROOT));
    }

    fn any_change() -> impl Strategy<Value = AccountChange> {
        let account = (0..2u64, 0..3u64, any::<bool>());
        let storage = prop::collection::btree_map(0..8u64, 0..3u64, 0..4);
        (prop::option::weighted(0.8, account), storage, any::<bool>()).prop_map(
            |(account, storage, wiped)| {
                let code = account.filter(|account| account.2).map(|_| Code::new(&[0xfe]));
                let account = account.map(|(nonce, balance, _)| Account {
                    nonce,
                    balance: balance.into(),
                    code_hash: code.as_ref().map_or(Code::empty().hash(), |code| code.hash()),
                });
                let storage = storage.into_iter().map(|(key, value)| (word(key), word(value))).collect();
                AccountChange { account, code, storage_wiped: wiped, storage }
            },
        )
    }

    fn any_changes() -> impl Strategy<Value = StateChanges> {
        prop::collection::btree_map(0..9u8, any_change(), 0..6).prop_map(|accounts| StateChanges {
            accounts: accounts
                .into_iter()
                .map(|(number, change)| (H160::repeat_byte(number), change))
                .collect(),
        })
    }

    proptest! {
        /// Whatever the calls before were about.
        #[test]
        fn every_root_is_that_of_the_state_computed_anew(steps in prop::collection::vec(any_changes(), 1..6)) {
            let base = base();
            let roots = WholeState::new(&base);
            for changes in steps {
                let mut state = base.clone();
                state.commit(&changes).unwrap();
                prop_assert_eq!(roots.root_after(&changes), Ok(whole_root(&state)));
            }
            prop_assert_eq!(roots.root_after(&StateChanges::default()), Ok(whole_root(&base)));
        }
    }
}
