//! The journal's state as others read it while it rests: many threads at a time, nothing cached.

use super::{Journal, SlotEntry};
use crate::code::Code;
use crate::state::Account;
use erbium_claims::Fault;
use primitive_types::{H160, H256, U256};
use std::sync::Arc;

impl Journal<'_> {
    /// The account as it is now.
    pub(crate) fn peek_account(&self, address: &H160) -> Result<Option<Account>, Fault> {
        match self.find(address) {
            Some(id) => {
                let entry = self.entry(id);
                Ok(entry.exists.then_some(entry.account))
            }
            None => self.backend.account(address),
        }
    }

    /// The slot as it is now.
    pub(crate) fn peek_slot(&self, address: &H160, key: U256) -> Result<U256, Fault> {
        let Some(id) = self.find(address) else {
            return match self.backend.account(address)? {
                Some(_) => self.peek_backend(address, key),
                None => Ok(U256::zero()),
            };
        };
        let same = |&at: &u32| {
            self.slots.get(at as usize).is_some_and(|slot: &SlotEntry| slot.key == key && slot.account == id)
        };
        if let Some(&at) = self.slot_index.find(self.keys.slot(id.0, &key), same) {
            return Ok(self.slots[at as usize].present);
        }
        let entry = self.entry(id);
        match entry.storage_wiped || entry.base.is_none() {
            true => Ok(U256::zero()),
            false => self.peek_backend(address, key),
        }
    }

    fn peek_backend(&self, address: &H160, key: U256) -> Result<U256, Fault> {
        let value = self.backend.get(address, H256(key.to_big_endian()))?;
        Ok(U256::from_big_endian(value.as_bytes()))
    }

    /// The code with this hash, of the account at `address`.
    pub(crate) fn peek_code(&self, address: &H160, hash: H256) -> Result<Arc<Code>, Fault> {
        let known = self.find(address).and_then(|id| self.entry(id).code.as_ref());
        match known.filter(|code| code.hash() == hash) {
            Some(code) => Ok(Arc::clone(code)),
            None => self.backend.code(address, hash),
        }
    }

    /// True where the account has a slot that is not zero.
    pub(crate) fn peek_has_storage(&self, address: &H160) -> Result<bool, Fault> {
        let Some(id) = self.find(address) else {
            return Ok(self.backend.account(address)?.is_some() && self.backend.has_storage(address)?);
        };
        if self.slots_of(id).any(|slot| !slot.present.is_zero()) {
            return Ok(true);
        }
        let entry = self.entry(id);
        Ok(entry.base.is_some() && !entry.storage_wiped && self.backend.has_storage(address)?)
    }
}
