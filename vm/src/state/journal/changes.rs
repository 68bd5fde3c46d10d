//! What a block did, in the backend's terms.

use super::{AccountEntry, AccountId, Journal};
use crate::code::Code;
use crate::keccak::EMPTY_CODE_HASH;
use crate::state::{AccountChange, StateChanges};
use primitive_types::H256;
use std::sync::Arc;

impl Journal<'_> {
    /// Everything that differs from what the backend said, since the journal was made. Accounts and slots that were
    /// read, or changed and changed back, are not in it.
    pub fn changes(&self) -> StateChanges {
        let ids = (0..self.accounts.len() as u32).map(AccountId);
        let accounts = ids.filter_map(|id| Some((self.entry(id).address, self.change(id)?))).collect();
        StateChanges { accounts }
    }

    /// As [`Journal::changes`], at the end of the journal's life.
    pub fn into_changes(self) -> StateChanges {
        self.changes()
    }

    fn change(&self, id: AccountId) -> Option<AccountChange> {
        let entry = self.entry(id);
        let account = entry.exists.then_some(entry.account);
        // An account that the backend does not know has no storage there to wipe.
        let storage_wiped = entry.storage_wiped && entry.base.is_some();
        let storage: Vec<_> = self
            .slots_of(id)
            .filter(|slot| match entry.storage_wiped {
                true => !slot.present.is_zero(),
                false => slot.present != slot.base,
            })
            .map(|slot| (H256(slot.key.to_big_endian()), H256(slot.present.to_big_endian())))
            .collect();
        let unchanged = account == entry.base && storage.is_empty() && !storage_wiped;
        (!unchanged).then(|| AccountChange { account, code: deployed(entry), storage_wiped, storage })
    }
}

/// The code, where it is not the one that the backend has. Its hash says that an account has none.
pub(super) fn deployed(entry: &AccountEntry) -> Option<Arc<Code>> {
    let (known, now) = (entry.base.unwrap_or_default().code_hash, entry.account.code_hash);
    if now == known || now == EMPTY_CODE_HASH { None } else { entry.code.clone() }
}
