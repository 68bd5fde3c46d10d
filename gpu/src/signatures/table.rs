//! Which expanded key lies where on a device.

use erbium_claims::DilithiumScheme;
use hashbrown::HashTable;

/// The slots of one scheme's table of expanded keys. It knows what is where; the memory is the executor's.
///
/// Keys are found by a hash with a random key and then compared byte by byte. When all slots are taken, one goes that no
/// chunk asked for since the hand last came by.
#[derive(Debug)]
pub(super) struct Slots {
    places: HashTable<u32>,
    slots: Vec<Slot>,
    most: usize,
    hand: usize,
    chunk: u64,
}

#[derive(Debug, Default)]
struct Slot {
    hash: u64,
    public_key: Vec<u8>,
    /// The last chunk that asked for it; it may not go while that is being put together.
    chunk: u64,
    asked_again: bool,
    /// The chunk that the key came with.
    placed: u64,
}

/// Where a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Expanded in this slot.
    Here(u32),
    /// To be expanded into this slot.
    New(u32),
    /// All slots are taken by keys of the same chunk.
    Full,
}

impl Slots {
    /// Slots for so many keys.
    pub(super) fn new(most: usize) -> Self {
        Self { places: HashTable::new(), slots: Vec::new(), most, hand: 0, chunk: 0 }
    }

    /// Starts a chunk: what earlier ones asked for may go again.
    pub(super) fn start_chunk(&mut self) {
        self.chunk += 1;
    }

    /// Forgets every key.
    pub(super) fn clear(&mut self) {
        *self = Self::new(self.most);
    }

    /// Keys that are here.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// The slot that the key is in.
    pub(super) fn find(&self, hash: u64, public_key: &[u8]) -> Option<u32> {
        let is_it = |slot: &u32| {
            let slot = self.slots.get(*slot as usize);
            slot.is_some_and(|slot| slot.hash == hash && slot.public_key == public_key)
        };
        self.places.find(hash, is_it).copied()
    }

    /// This chunk asks for what [`Slots::find`] found in a slot before the chunk's first key was placed; false where
    /// another key of the chunk was put there since.
    pub(super) fn ask(&mut self, slot: u32) -> bool {
        let is_that = self.slots.get(slot as usize).is_some_and(|slot| slot.placed != self.chunk);
        if is_that {
            self.mark(slot);
        }
        is_that
    }

    /// The slot's key is asked for by this chunk, and not for the first time.
    fn mark(&mut self, slot: u32) {
        if let Some(slot) = self.slots.get_mut(slot as usize) {
            slot.chunk = self.chunk;
            slot.asked_again = true;
        }
    }

    /// The key's place; a new one is taken as expanded from now on.
    pub(super) fn place(&mut self, hash: u64, public_key: &[u8]) -> Place {
        if let Some(place) = self.find(hash, public_key) {
            self.mark(place);
            return Place::Here(place);
        }
        let Some(place) = self.free() else { return Place::Full };
        if let Some(slot) = self.slots.get_mut(place as usize) {
            slot.hash = hash;
            slot.public_key.clear();
            slot.public_key.extend_from_slice(public_key);
            slot.chunk = self.chunk;
            slot.asked_again = false;
            slot.placed = self.chunk;
        }
        let slots = &self.slots;
        self.places.insert_unique(hash, place, |slot| slots.get(*slot as usize).map_or(0, |slot| slot.hash));
        Place::New(place)
    }

    /// A slot without a key.
    fn free(&mut self) -> Option<u32> {
        if self.slots.len() < self.most {
            self.slots.push(Slot::default());
            return u32::try_from(self.slots.len() - 1).ok();
        }
        // Twice round: the first time may only take marks away.
        for _ in 0..2 * self.slots.len() {
            let place = self.hand;
            self.hand = (self.hand + 1) % self.slots.len();
            let slot = self.slots.get_mut(place)?;
            if slot.chunk == self.chunk {
                continue;
            }
            if std::mem::take(&mut slot.asked_again) {
                continue;
            }
            let hash = slot.hash;
            if let Ok(entry) = self.places.find_entry(hash, |other| *other as usize == place) {
                entry.remove();
            }
            return u32::try_from(place).ok();
        }
        None
    }
}

/// Bytes of device memory that a slot of `scheme` takes: matrix, t1 and hash.
pub(super) fn slot_words(scheme: DilithiumScheme) -> SlotWords {
    let set = super::plan::set(scheme);
    SlotWords { matrix: (set.entries() * 256) as usize, t1: (set.k * 256) as usize, hash: 16 }
}

/// Words of a slot in each of the three tables.
#[derive(Clone, Copy, Debug)]
pub(super) struct SlotWords {
    pub(super) matrix: usize,
    pub(super) t1: usize,
    pub(super) hash: usize,
}

impl SlotWords {
    pub(super) fn bytes(&self) -> usize {
        (self.matrix + self.t1 + self.hash) * 4
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn key(number: u8) -> Vec<u8> {
        vec![number; 40]
    }

    /// Few hashes, so that different keys share one.
    fn hash(number: u8) -> u64 {
        u64::from(number % 5) << 60 | 7
    }

    proptest! {
        #[test]
        fn a_slot_holds_the_key_that_it_was_said_to(
            most in 1usize..12,
            ahead in any::<bool>(),
            chunks in prop::collection::vec(prop::collection::vec(any::<u8>().prop_map(|n| n % 24), 1..20), 1..20),
        ) {
            let mut slots = Slots::new(most);
            // What a device has where, as told.
            let mut held = BTreeMap::new();
            for chunk in chunks {
                slots.start_chunk();
                let mut pinned = BTreeMap::new();
                let found: Vec<_> = chunk
                    .iter()
                    .map(|number| if ahead { slots.find(hash(*number), &key(*number)) } else { None })
                    .collect();
                for (i, (number, found)) in chunk.into_iter().zip(found).enumerate() {
                    let place = match found {
                        Some(slot) if slots.ask(slot) => Place::Here(slot),
                        _ => slots.place(hash(number), &key(number)),
                    };
                    // Else a batch would never come to its end.
                    prop_assert!(i > 0 || place != Place::Full);
                    match place {
                        Place::Here(slot) => prop_assert_eq!(held.get(&slot), Some(&number)),
                        Place::New(slot) => {
                            prop_assert!((slot as usize) < most);
                            prop_assert!(!held.values().any(|other| *other == number), "it was there");
                            prop_assert!(!pinned.contains_key(&slot), "taken from its own chunk");
                            held.insert(slot, number);
                        }
                        Place::Full => {
                            prop_assert_eq!(pinned.len(), most);
                            prop_assert!(!pinned.values().any(|other| *other == number));
                            continue;
                        }
                    }
                    let slot = held.iter().find(|(_, other)| **other == number).map(|(slot, _)| *slot);
                    pinned.extend(slot.map(|slot| (slot, number)));
                }
                prop_assert_eq!(slots.len(), held.len());
            }
            slots.clear();
            prop_assert_eq!(slots.len(), 0);
            prop_assert_eq!(slots.place(1, &key(1)), Place::New(0));
        }
    }

    #[test]
    fn keys_that_come_again_outlive_those_that_come_once() {
        let mut slots = Slots::new(4);
        for chunk in 0..40u8 {
            slots.start_chunk();
            let again = slots.place(hash(1), &key(1));
            assert_eq!(again == Place::Here(0), chunk > 0);
            assert!(matches!(slots.place(9, &key(100 + chunk)), Place::New(_)));
        }
    }
}
