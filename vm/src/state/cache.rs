//! One account's storage behind a cache that tells warm slots from cold ones.

use super::StorageBackend;
use erbium_claims::Fault;
use hashbrown::{HashMap, HashSet};
use primitive_types::{H160, H256};

type Hasher = foldhash::fast::RandomState;

/// Warm slots, unwritten changes and original values of one account's storage over any [`StorageBackend`].
///
/// For programs that work on storage without a virtual machine; execution itself uses [`super::Journal`].
pub struct StorageCache<'b> {
    backend: &'b mut dyn StorageBackend,
    address: H160,
    warm_slots: HashSet<H256, Hasher>,
    dirty_slots: HashMap<H256, H256, Hasher>,
    original_values: HashMap<H256, H256, Hasher>,
}

impl std::fmt::Debug for StorageCache<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StorageCache")
            .field("address", &self.address)
            .field("dirty_slots", &self.dirty_slots)
            .finish_non_exhaustive()
    }
}

impl<'b> StorageCache<'b> {
    /// A cache without entries over the storage of `address`.
    pub fn new(backend: &'b mut dyn StorageBackend, address: H160) -> Self {
        Self {
            backend,
            address,
            warm_slots: HashSet::default(),
            dirty_slots: HashMap::default(),
            original_values: HashMap::default(),
        }
    }

    /// Present value of a slot, which is warm from then on.
    ///
    /// # Errors
    /// [`Fault::Backend`] when the store cannot be read.
    pub fn get(&mut self, key: H256) -> Result<H256, Fault> {
        self.warm_slots.insert(key);
        match self.dirty_slots.get(&key) {
            Some(&value) => Ok(value),
            None => self.original(key),
        }
    }

    /// Writes a slot, which is warm from then on; the backend learns of it by [`StorageCache::flush`].
    ///
    /// # Errors
    /// [`Fault::Backend`] when the original value cannot be read.
    pub fn set(&mut self, key: H256, value: H256) -> Result<(), Fault> {
        let original = self.original(key)?;
        self.warm_slots.insert(key);
        if value == original {
            self.dirty_slots.remove(&key);
        } else {
            self.dirty_slots.insert(key, value);
        }
        Ok(())
    }

    /// The slot's value in the backend, read once.
    ///
    /// # Errors
    /// [`Fault::Backend`] when the store cannot be read.
    pub fn original(&mut self, key: H256) -> Result<H256, Fault> {
        if let Some(&value) = self.original_values.get(&key) {
            return Ok(value);
        }
        let value = self.backend.get(&self.address, key)?;
        self.original_values.insert(key, value);
        Ok(value)
    }

    /// True for a slot that was read or written before (EIP-2929: an access costs less).
    pub fn is_warm(&self, key: H256) -> bool {
        self.warm_slots.contains(&key)
    }

    /// True for a slot whose present value the backend does not have.
    pub fn is_dirty(&self, key: H256) -> bool {
        self.dirty_slots.contains_key(&key)
    }

    /// Forgets all writes since the last flush. Slots stay warm.
    pub fn rollback(&mut self) {
        self.dirty_slots.clear();
    }

    /// Writes the changes to the backend, in the order of their keys; they become the originals.
    ///
    /// # Errors
    /// [`Fault::Backend`] when the store cannot be written; the changes are kept then.
    pub fn flush(&mut self) -> Result<(), Fault> {
        let mut updates: Vec<_> = self.dirty_slots.iter().map(|(&key, &value)| (key, value)).collect();
        updates.sort_unstable();
        self.backend.batch_set(&self.address, &updates)?;
        self.original_values.extend(updates);
        self.dirty_slots.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::state::MemoryState;

    const ADDRESS: H160 = H160::repeat_byte(1);

    fn word(number: u64) -> H256 {
        H256::from_low_u64_be(number)
    }

    fn backend() -> MemoryState {
        let mut state = MemoryState::new();
        state.set(&ADDRESS, word(1), word(10)).unwrap();
        state
    }

    #[test]
    fn reading_warms() {
        let mut state = backend();
        let mut cache = StorageCache::new(&mut state, ADDRESS);
        assert!(!cache.is_warm(word(1)));
        assert_eq!(cache.get(word(1)), Ok(word(10)));
        assert!(cache.is_warm(word(1)) && !cache.is_dirty(word(1)));
    }

    #[test]
    fn writes_reach_the_backend_on_flush_only() {
        let mut state = backend();
        let mut cache = StorageCache::new(&mut state, ADDRESS);
        cache.set(word(1), word(11)).unwrap();
        cache.rollback();
        assert_eq!(cache.get(word(1)), Ok(word(10)));
        cache.set(word(1), word(12)).unwrap();
        cache.set(word(2), word(2)).unwrap();
        cache.set(word(2), word(0)).unwrap();
        assert!(!cache.is_dirty(word(2)), "back at its original");
        assert_eq!(cache.original(word(1)), Ok(word(10)));
        cache.flush().unwrap();
        assert_eq!(cache.original(word(1)), Ok(word(12)));
        assert_eq!(state.get(&ADDRESS, word(1)), Ok(word(12)));
    }
}
