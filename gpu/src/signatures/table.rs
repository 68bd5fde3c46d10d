//! Which expanded key lies where on a device.

use super::plan::{NewKey, Tables};
use crate::plan::Executor;
use erbium_claims::DilithiumScheme;
use hashbrown::HashTable;
use rayon::prelude::*;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Expanded keys of a scheme on an executor. Its memory is freed with it, which is when no chunk that reserved slots is
/// still on its way to the executor.
#[derive(Debug)]
pub(super) struct Table {
    executor: Arc<dyn Executor>,
    pub(super) memory: Tables,
    /// The first slot past [`Slots`]: plants have those.
    pub(super) plants_from: usize,
    /// Never held while other work is handed to rayon: whoever waits for that may be given work that wants the same lock.
    slots: RwLock<Slots>,
}

impl Table {
    /// A table of so many slots in `memory`, which has some more for plants.
    pub(super) fn new(executor: Arc<dyn Executor>, memory: Tables, most: usize) -> Self {
        Self { executor, memory, plants_from: most, slots: RwLock::new(Slots::new(most)) }
    }

    /// To look keys up in.
    pub(super) fn read(&self) -> RwLockReadGuard<'_, Slots> {
        self.slots.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Slots> {
        self.slots.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets every key.
    pub(super) fn clear(&self) {
        self.write().clear();
    }

    /// Slots for the keys of a chunk, as many in order as there is room for.
    pub(super) fn reserve<'a>(self: &Arc<Self>, wanted: impl Iterator<Item = Wanted<'a>>) -> Reservation<'a> {
        let reserved = self.write().reserve(wanted);
        Reservation { table: Arc::clone(self), reserved }
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        let Tables { matrices, t1s, hashes } = self.memory;
        [matrices, t1s, hashes].into_iter().for_each(|memory| self.executor.release(memory));
    }
}

/// What a chunk needs of a table until it is sent: nobody else gets its slots, and nobody finds its new keys. Dropped, it
/// leaves no new keys behind.
#[derive(Debug)]
pub(super) struct Reservation<'a> {
    table: Arc<Table>,
    reserved: Reserved<'a>,
}

impl<'a> Reservation<'a> {
    /// The slot of each key that found room, in order.
    pub(super) fn places(&self) -> &[u32] {
        &self.reserved.places
    }

    /// Keys to be expanded.
    pub(super) fn new_keys(&self) -> impl Iterator<Item = NewKey<'a>> {
        self.reserved.new.iter().map(|new| NewKey { slot: new.slot, public_key: new.public_key })
    }

    /// Copies the new keys' bytes, on all cores, for [`Reservation::sent`].
    pub(super) fn copy_keys(&mut self) {
        self.reserved.new.par_iter_mut().with_min_len(32).for_each(|new| {
            new.room.clear();
            new.room.extend_from_slice(new.public_key);
        });
    }

    /// The plan that expands the new keys has been sent: plans that are sent from now on find them.
    pub(super) fn sent(mut self) {
        let reserved = std::mem::take(&mut self.reserved);
        self.table.write().release(reserved, true);
    }
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        if !self.reserved.pinned.is_empty() {
            let reserved = std::mem::take(&mut self.reserved);
            self.table.write().release(reserved, false);
        }
    }
}

/// The slots of one scheme's table of expanded keys. It knows what is where; the memory is the executor's.
///
/// Keys are found by a hash with a random key and then compared byte by byte. When all slots are taken, one goes that no
/// chunk asked for since the hand last came by. What a chunk that is not sent yet needs stays.
#[derive(Debug)]
pub(super) struct Slots {
    /// The listed slots by their keys' hashes.
    places: HashTable<u32>,
    slots: Vec<Slot>,
    most: usize,
    /// The first slot that nothing was put into since keys were forgotten.
    unused: usize,
    hand: usize,
    /// Counts chunks.
    chunk: u64,
    /// Counts placed keys.
    placed: u64,
}

#[derive(Debug, Default)]
struct Slot {
    hash: u64,
    public_key: Vec<u8>,
    /// The number of what is in it, never used for anything else.
    placed: u64,
    /// The last chunk that asked for it.
    chunk: u64,
    /// Chunks that need it and are not sent yet.
    pins: u32,
    listed: bool,
    asked_again: bool,
}

/// A key that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    slot: u32,
    placed: u64,
}

/// A key that a chunk asks for, and where it was found before, if it was.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    pub(super) hash: u64,
    pub(super) public_key: &'a [u8],
    pub(super) found: Option<Found>,
}

/// A key that is to be expanded.
#[derive(Debug)]
struct New<'a> {
    slot: u32,
    hash: u64,
    public_key: &'a [u8],
    /// The slot's own bytes, until it is given back.
    room: Vec<u8>,
}

/// What was reserved for a chunk.
#[derive(Debug, Default)]
struct Reserved<'a> {
    places: Vec<u32>,
    new: Vec<New<'a>>,
    /// Each slot once, those of new keys too.
    pinned: Vec<u32>,
}

impl Slots {
    /// Slots for so many keys.
    fn new(most: usize) -> Self {
        Self { places: HashTable::new(), slots: Vec::new(), most, unused: 0, hand: 0, chunk: 0, placed: 0 }
    }

    /// Forgets every key. Those that chunks still need stay where they are and are not found.
    fn clear(&mut self) {
        self.places.clear();
        for slot in &mut self.slots {
            slot.listed = false;
            slot.asked_again = false;
        }
        (self.unused, self.hand) = (0, 0);
    }

    /// Keys that are here.
    #[cfg(test)]
    fn len(&self) -> usize {
        self.places.len()
    }

    /// Where the key is.
    pub(super) fn find(&self, hash: u64, public_key: &[u8]) -> Option<Found> {
        let is_it = |slot: &u32| {
            let slot = self.slots.get(*slot as usize);
            slot.is_some_and(|slot| slot.hash == hash && slot.public_key == public_key)
        };
        let slot = *self.places.find(hash, is_it)?;
        Some(Found { slot, placed: self.slots.get(slot as usize)?.placed })
    }

    fn reserve<'a>(&mut self, wanted: impl Iterator<Item = Wanted<'a>>) -> Reserved<'a> {
        self.chunk += 1;
        let mut reserved =
            Reserved { places: Vec::with_capacity(wanted.size_hint().0), ..Reserved::default() };
        // The chunk's new keys, by their places in `new`.
        let mut own = HashTable::<u32>::new();
        for Wanted { hash, public_key, found } in wanted {
            let still = |found: &Found| {
                let slot = self.slots.get(found.slot as usize);
                slot.is_some_and(|slot| slot.listed && slot.placed == found.placed)
            };
            // Another chunk may have sent it since.
            if let Some(Found { slot, .. }) = found.filter(still).or_else(|| self.find(hash, public_key)) {
                self.pin(slot, &mut reserved.pinned);
                reserved.places.push(slot);
                continue;
            }
            let is_it = |index: &u32| {
                let new: Option<&New<'_>> = reserved.new.get(*index as usize);
                new.is_some_and(|new| new.hash == hash && new.public_key == public_key)
            };
            if let Some(new) = own.find(hash, is_it).and_then(|index| reserved.new.get(*index as usize)) {
                reserved.places.push(new.slot);
                continue;
            }
            let Some(slot) = self.free() else { break };
            self.pin(slot, &mut reserved.pinned);
            self.placed += 1;
            let mut room = Vec::new();
            if let Some(slot) = self.slots.get_mut(slot as usize) {
                slot.hash = hash;
                slot.placed = self.placed;
                slot.asked_again = false;
                room = std::mem::take(&mut slot.public_key);
            }
            reserved.places.push(slot);
            let index = reserved.new.len() as u32;
            reserved.new.push(New { slot, hash, public_key, room });
            let new = &reserved.new;
            own.insert_unique(hash, index, |index| new.get(*index as usize).map_or(0, |new| new.hash));
        }
        reserved
    }

    /// This chunk needs the slot.
    fn pin(&mut self, place: u32, pinned: &mut Vec<u32>) {
        if let Some(slot) = self.slots.get_mut(place as usize) {
            slot.asked_again = true;
            if slot.chunk != self.chunk {
                slot.chunk = self.chunk;
                slot.pins += 1;
                pinned.push(place);
            }
        }
    }

    /// A chunk needs its slots no more; its new keys are here if it was `sent`.
    fn release(&mut self, reserved: Reserved<'_>, sent: bool) {
        for place in &reserved.pinned {
            if let Some(slot) = self.slots.get_mut(*place as usize) {
                slot.pins = slot.pins.saturating_sub(1);
            }
        }
        for New { slot: place, hash, public_key, room } in reserved.new {
            // Two chunks may have brought the same key; one place is enough.
            let listed = sent && self.find(hash, public_key).is_none();
            let Some(slot) = self.slots.get_mut(place as usize) else { continue };
            (slot.public_key, slot.listed) = (room, listed);
            if listed {
                let slots = &self.slots;
                let hash_of = |slot: &u32| slots.get(*slot as usize).map_or(0, |slot| slot.hash);
                self.places.insert_unique(hash, place, hash_of);
            }
        }
    }

    /// A slot that holds nothing any more.
    fn free(&mut self) -> Option<u32> {
        while self.unused < self.most {
            let place = self.unused;
            self.unused += 1;
            if place == self.slots.len() {
                self.slots.push(Slot::default());
            }
            // One that was sent after keys were forgotten may be here already.
            if self.slots.get(place).is_some_and(|slot| slot.pins == 0) {
                return self.unlist(place);
            }
        }
        // Twice round: the first time may only take marks away.
        for _ in 0..2 * self.slots.len() {
            let place = self.hand;
            self.hand = (self.hand + 1) % self.slots.len();
            let slot = self.slots.get_mut(place)?;
            if slot.pins > 0 || std::mem::take(&mut slot.asked_again) {
                continue;
            }
            return self.unlist(place);
        }
        None
    }

    /// Has the slot hold nothing.
    fn unlist(&mut self, place: usize) -> Option<u32> {
        let slot = self.slots.get_mut(place)?;
        if std::mem::take(&mut slot.listed)
            && let Ok(entry) = self.places.find_entry(slot.hash, |other| *other as usize == place)
        {
            entry.remove();
        }
        u32::try_from(place).ok()
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
    use std::collections::{BTreeMap, BTreeSet};

    const KEYS: u8 = 24;

    fn keys() -> Vec<Vec<u8>> {
        (0..KEYS).map(|number| vec![number; 40]).collect()
    }

    /// Few hashes, so that different keys share one.
    fn hash(number: u8) -> u64 {
        u64::from(number % 5) << 60 | 7
    }

    fn wanted<'a>(keys: &'a [Vec<u8>], number: u8, found: Option<Found>) -> Wanted<'a> {
        Wanted { hash: hash(number), public_key: &keys[usize::from(number)], found }
    }

    /// Copies as [`Reservation::copy_keys`] does.
    fn fill(reserved: &mut Reserved<'_>) {
        reserved.new.iter_mut().for_each(|new| {
            new.room.clear();
            new.room.extend_from_slice(new.public_key);
        });
    }

    #[derive(Clone, Debug)]
    enum Step {
        /// A chunk asks for these keys, some of which were looked up a while before.
        Ask(Vec<(u8, bool)>),
        /// One of the chunks that are not sent yet is, or fails.
        Send(prop::sample::Index, bool),
        Clear,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let ask = prop::collection::vec((0..KEYS, any::<bool>()), 1..20).prop_map(Step::Ask);
        let send = (any::<prop::sample::Index>(), prop::bool::weighted(0.8));
        let send = send.prop_map(|(which, sent)| Step::Send(which, sent));
        prop::collection::vec(prop_oneof![5 => ask, 5 => send, 1 => Just(Step::Clear)], 1..60)
    }

    proptest! {
        /// Whatever the order in which chunks that were put together at the same time are sent, each finds in its slots
        /// what it was told.
        #[test]
        fn a_slot_holds_the_key_that_it_was_said_to(most in 1usize..12, steps in steps()) {
            let keys = keys();
            let mut slots = Slots::new(most);
            // What a device has where, and what was found at some time.
            let mut held = BTreeMap::new();
            let mut old = BTreeMap::new();
            let mut open: Vec<(Vec<u8>, Reserved<'_>)> = Vec::new();
            for step in steps {
                match step {
                    Step::Ask(numbers) => {
                        let chunk = numbers.iter().map(|(number, late)| {
                            wanted(&keys, *number, if *late { old.get(number).copied() } else { None })
                        });
                        let mut reserved = slots.reserve(chunk.collect::<Vec<_>>().into_iter());
                        fill(&mut reserved);
                        let distinct: BTreeSet<_> = reserved.places.iter().collect();
                        prop_assert_eq!(distinct.len(), reserved.pinned.len());
                        // Else a batch would never come to its end.
                        prop_assert!(!open.is_empty() || !reserved.places.is_empty());
                        if reserved.places.len() < numbers.len() {
                            let busy: BTreeSet<_> =
                                open.iter().chain([&(vec![], std::mem::take(&mut reserved))])
                                    .flat_map(|(_, reserved)| reserved.pinned.clone()).collect();
                            prop_assert_eq!(busy.len(), most);
                            // Nothing of it is kept here, so that it counts as dropped.
                            for (_, reserved) in open.drain(..) {
                                slots.release(reserved, false);
                            }
                            slots = Slots::new(most);
                            (held, old) = Default::default();
                            continue;
                        }
                        open.push((numbers.into_iter().map(|(number, _)| number).collect(), reserved));
                    }
                    Step::Send(which, sent) if !open.is_empty() => {
                        let (numbers, reserved) = open.remove(which.index(open.len()));
                        if sent {
                            for new in &reserved.new {
                                held.insert(new.slot, new.public_key[0]);
                            }
                            for (number, place) in numbers.iter().zip(&reserved.places) {
                                prop_assert_eq!(held.get(place), Some(number));
                            }
                        }
                        slots.release(reserved, sent);
                    }
                    Step::Send(..) => {}
                    Step::Clear => slots.clear(),
                }
                prop_assert!(slots.len() <= most);
                for number in 0..KEYS {
                    if let Some(found) = slots.find(hash(number), &keys[usize::from(number)]) {
                        prop_assert_eq!(held.get(&found.slot), Some(&number));
                        old.insert(number, found);
                    }
                }
            }
        }
    }

    #[test]
    fn keys_that_come_again_outlive_those_that_come_once() {
        let keys: Vec<_> = (0..60u8).map(|number| vec![number; 40]).collect();
        let mut slots = Slots::new(4);
        for chunk in 0..40u8 {
            let mut reserved =
                slots.reserve([wanted(&keys, 1, None), wanted(&keys, 10 + chunk, None)].into_iter());
            assert_eq!(reserved.places[0] == 0 && reserved.new.len() == 1, chunk > 0);
            fill(&mut reserved);
            slots.release(reserved, true);
        }
    }

    #[test]
    fn what_is_sent_after_keys_were_forgotten_gives_way_like_others() {
        let keys = keys();
        let mut slots = Slots::new(2);
        let mut open = slots.reserve([wanted(&keys, 1, None)].into_iter());
        fill(&mut open);
        slots.clear();
        slots.release(open, true);
        for numbers in [[2, 3], [4, 5]] {
            let mut reserved = slots.reserve(numbers.map(|number| wanted(&keys, number, None)).into_iter());
            assert_eq!(reserved.places, [0, 1]);
            fill(&mut reserved);
            slots.release(reserved, true);
            let found = |number: u8| slots.find(hash(number), &keys[usize::from(number)]).is_some();
            assert_eq!((slots.len(), found(1), found(numbers[0])), (2, false, true));
        }
    }

    #[test]
    fn what_was_not_sent_is_not_found() {
        let keys = keys();
        let mut slots = Slots::new(4);
        let mut open = slots.reserve([wanted(&keys, 1, None), wanted(&keys, 1, None)].into_iter());
        assert_eq!((open.places.clone(), open.new.len()), (vec![0, 0], 1));
        fill(&mut open);
        assert_eq!(slots.find(hash(1), &keys[1]), None);
        // Another chunk brings it as well, into a slot of its own.
        let mut other = slots.reserve([wanted(&keys, 1, None)].into_iter());
        assert_eq!((other.places.clone(), other.new.len()), (vec![1], 1));
        fill(&mut other);
        slots.release(other, false);
        assert_eq!(slots.find(hash(1), &keys[1]), None);
        slots.release(open, true);
        assert_eq!(slots.find(hash(1), &keys[1]).map(|found| found.slot), Some(0));
        slots.clear();
        assert_eq!((slots.find(hash(1), &keys[1]), slots.len()), (None, 0));
    }
}
