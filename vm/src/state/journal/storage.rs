//! Storage slots, persistent and transient.

use super::{AccountId, Journal, NEVER, NO_SLOT, SlotEntry, SlotId, TransientEntry, Undo};
use erbium_claims::Fault;
use primitive_types::{H256, U256};

impl SlotEntry {
    /// Makes sure that `original` is this transaction's.
    #[inline]
    fn see(&mut self, epoch: u32) {
        if self.seen != epoch {
            self.seen = epoch;
            self.original = self.present;
        }
    }
}

impl Journal<'_> {
    /// The slot `key` of an account, asked of the backend at first sight. Warms nothing.
    ///
    /// # Errors
    /// [`Fault::Backend`] when the store cannot be read.
    #[inline]
    pub fn slot(&mut self, id: AccountId, key: U256) -> Result<SlotId, Fault> {
        let hash = self.keys.slot(id.0, &key);
        let found = self.slot_index.find(hash, |&at| {
            let entry = &self.slots[at as usize];
            entry.key == key && entry.account == id
        });
        match found {
            Some(&at) => {
                self.slots[at as usize].see(self.epoch);
                Ok(SlotId(at))
            }
            None => self.load_slot(id, key, hash),
        }
    }

    #[cold]
    fn load_slot(&mut self, id: AccountId, key: U256, hash: u64) -> Result<SlotId, Fault> {
        let account = &mut self.accounts[id.0 as usize];
        let base = if account.storage_wiped || account.base.is_none() {
            U256::zero()
        } else {
            let value = self.backend.get(&account.address, H256(key.to_big_endian()))?;
            U256::from_big_endian(value.as_bytes())
        };
        let at = self.slots.len() as u32;
        let next = std::mem::replace(&mut account.newest_slot, at);
        self.slots.push(SlotEntry {
            key,
            account: id,
            seen: self.epoch,
            warm: NEVER,
            next,
            present: base,
            original: base,
            base,
        });
        let (keys, slots) = (&self.keys, &self.slots);
        self.slot_index.insert_unique(hash, at, |&at| {
            let entry = &slots[at as usize];
            keys.slot(entry.account.0, &entry.key)
        });
        Ok(SlotId(at))
    }

    /// The slot's value when the transaction began, and its value now.
    #[inline]
    pub fn slot_values(&self, slot: SlotId) -> (U256, U256) {
        let entry = self.slot_entry(slot);
        (entry.original, entry.present)
    }

    /// Warms the slot; true if it was cold (EIP-2929).
    #[inline]
    pub fn warm_slot(&mut self, slot: SlotId) -> bool {
        let epoch = self.epoch;
        let entry = self.slot_mut(slot);
        let cold = entry.warm != epoch;
        if cold {
            entry.warm = epoch;
            self.undo.push(Undo::SlotCold(slot));
        }
        cold
    }

    /// Writes the slot.
    #[inline]
    pub fn set_slot(&mut self, slot: SlotId, value: U256) {
        let previous = std::mem::replace(&mut self.slot_mut(slot).present, value);
        if previous != value {
            self.undo.push(Undo::Present(slot, previous));
        }
    }

    /// Value of a transient slot (EIP-1153); zero where nothing was stored in this transaction.
    pub fn tload(&self, id: AccountId, key: U256) -> U256 {
        if self.transient.is_empty() {
            return U256::zero();
        }
        self.find_transient(id, &key).map_or(U256::zero(), |at| self.transient[at as usize].value)
    }

    /// Writes a transient slot (EIP-1153).
    pub fn tstore(&mut self, id: AccountId, key: U256, value: U256) {
        if let Some(at) = self.find_transient(id, &key) {
            let previous = std::mem::replace(&mut self.transient[at as usize].value, value);
            if previous != value {
                self.undo.push(Undo::Transient(at, previous));
            }
            return;
        }
        let at = self.transient.len() as u32;
        self.transient.push(TransientEntry { key, account: id, value });
        self.undo.push(Undo::Transient(at, U256::zero()));
        let (keys, transient) = (&self.keys, &self.transient);
        self.transient_index.insert_unique(keys.slot(id.0, &key), at, |&at| {
            let entry = &transient[at as usize];
            keys.slot(entry.account.0, &entry.key)
        });
    }

    fn find_transient(&self, id: AccountId, key: &U256) -> Option<u32> {
        let same = |&at: &u32| {
            let entry = &self.transient[at as usize];
            entry.key == *key && entry.account == id
        };
        self.transient_index.find(self.keys.slot(id.0, key), same).copied()
    }

    /// The account's cached slots, newest first.
    pub(super) fn slots_of(&self, id: AccountId) -> impl Iterator<Item = &SlotEntry> {
        let mut at = self.entry(id).newest_slot;
        std::iter::from_fn(move || {
            let entry = self.slots.get(at as usize)?;
            at = entry.next;
            Some(entry)
        })
    }

    /// Empties the account's storage: cached slots become zero, slots not yet seen will be zero, and for the rest of
    /// the transaction they have been zero all along.
    pub(super) fn wipe_storage(&mut self, id: AccountId) {
        let newest = self.entry(id).newest_slot;
        let mut at = newest;
        let epoch = self.epoch;
        while at != NO_SLOT {
            let slot = SlotId(at);
            let entry = self.slot_mut(slot);
            entry.see(epoch);
            let original = std::mem::take(&mut entry.original);
            let present = std::mem::take(&mut entry.present);
            at = entry.next;
            if !original.is_zero() {
                self.undo.push(Undo::Original(slot, original));
            }
            if !present.is_zero() {
                self.undo.push(Undo::Present(slot, present));
            }
        }
        if !std::mem::replace(&mut self.entry_mut(id).storage_wiped, true) {
            self.undo.push(Undo::StorageKept { id, newest });
        }
    }

    /// Undoes the wiping of a storage whose list of cached slots began with `newest`: slots first seen since were
    /// taken for zero without asking the backend, so they are forgotten.
    pub(super) fn forget_slots_since(&mut self, id: AccountId, newest: u32) {
        let account = &mut self.accounts[id.0 as usize];
        account.storage_wiped = false;
        let mut at = std::mem::replace(&mut account.newest_slot, newest);
        while at != newest {
            let entry = &self.slots[at as usize];
            let hash = self.keys.slot(id.0, &entry.key);
            if let Ok(found) = self.slot_index.find_entry(hash, |&other| other == at) {
                found.remove();
            }
            at = entry.next;
        }
    }
}
