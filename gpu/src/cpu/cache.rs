//! Expanded keys, kept while there is room for them.

use foldhash::quality::RandomState;
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Parts with a lock each, so that cores seldom wait for each other.
const SHARDS: usize = 16;
/// Keys that are remembered to have been seen once.
const SEEN: usize = 4096;

/// What a cache of keys keeps.
pub(super) trait Held {
    /// Bytes in memory, with everything that it owns.
    fn size(&self) -> usize;
}

/// Expanded keys in bounded memory, each under its bytes and the number of its kind.
///
/// Found by a hash with a random key, then compared byte by byte: no two keys are ever taken for each other, and no one
/// can choose keys that fall together. A key is kept when it comes for the second time, so that keys that come once push
/// out none that come often; the least recently used go first.
pub(super) struct KeyCache<V> {
    shards: [Mutex<Shard<V>>; SHARDS],
    shard_bytes: usize,
    /// Hashes of keys that came once and were not kept, each in the place that it falls on.
    seen: Box<[AtomicU64]>,
    hasher: RandomState,
    hits: AtomicU64,
    misses: AtomicU64,
}

struct Shard<V> {
    entries: Vec<Entry<V>>,
    bytes: usize,
    /// Counts uses, to tell what was used last.
    clock: u64,
}

impl<V> Default for Shard<V> {
    fn default() -> Self {
        Self { entries: Vec::new(), bytes: 0, clock: 0 }
    }
}

struct Entry<V> {
    hash: u64,
    used: u64,
    kind: u8,
    key: Box<[u8]>,
    expanded: Arc<V>,
}

impl<V: Held> Entry<V> {
    fn size(&self) -> usize {
        size_of::<Self>() + self.key.len() + self.expanded.size()
    }
}

impl<V: Held> KeyCache<V> {
    /// A cache of so many bytes at most, shared evenly by its parts; 0 keeps nothing.
    pub(super) fn new(bytes: usize) -> Self {
        Self {
            shards: std::array::from_fn(|_| Mutex::default()),
            shard_bytes: bytes / SHARDS,
            seen: (0..SEEN).map(|_| AtomicU64::new(0)).collect(),
            hasher: RandomState::default(),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
        }
    }

    /// The hash that a key is found by: of use in this cache only.
    pub(super) fn hash(&self, kind: u8, key: &[u8]) -> u64 {
        self.hasher.hash_one((kind, key))
    }

    /// The key, if it is here. Counts a hit or a miss.
    pub(super) fn get(&self, hash: u64, kind: u8, key: &[u8]) -> Option<Arc<V>> {
        let found = self.find(hash, kind, key);
        let counter = if found.is_some() { &self.hits } else { &self.misses };
        counter.fetch_add(1, Ordering::Relaxed);
        found
    }

    /// How often a key was looked for and was here, and how often it was not.
    pub(super) fn lookups(&self) -> (u64, u64) {
        (self.hits.load(Ordering::Relaxed), self.misses.load(Ordering::Relaxed))
    }

    fn find(&self, hash: u64, kind: u8, key: &[u8]) -> Option<Arc<V>> {
        let mut shard = self.shard(hash);
        shard.clock += 1;
        let clock = shard.clock;
        let entry = shard
            .entries
            .iter_mut()
            .find(|entry| entry.hash == hash && entry.kind == kind && *entry.key == *key)?;
        entry.used = clock;
        Some(Arc::clone(&entry.expanded))
    }

    /// True where a key with this hash was asked about shortly before.
    pub(super) fn was_seen(&self, hash: u64) -> bool {
        // A hash that falls together with another's place forgets it, which costs one more expansion.
        self.seen.get(hash as usize % SEEN).is_some_and(|place| place.swap(hash, Ordering::Relaxed) == hash)
    }

    /// Keeps a key, unless it is larger than a part of the cache.
    pub(super) fn insert(&self, hash: u64, kind: u8, key: &[u8], expanded: &Arc<V>) {
        let mut entry = Entry { hash, used: 0, kind, key: key.into(), expanded: Arc::clone(expanded) };
        let size = entry.size();
        if size > self.shard_bytes {
            return;
        }
        let mut shard = self.shard(hash);
        // Two cores may have expanded it at the same time.
        if shard.entries.iter().any(|old| old.hash == hash && old.kind == kind && old.key == entry.key) {
            return;
        }
        while shard.bytes + size > self.shard_bytes {
            let oldest = shard.entries.iter().enumerate().min_by_key(|(_, entry)| entry.used);
            let Some(oldest) = oldest.map(|(index, _)| index) else { break };
            let gone = shard.entries.swap_remove(oldest);
            shard.bytes -= gone.size();
        }
        shard.clock += 1;
        entry.used = shard.clock;
        shard.bytes += size;
        shard.entries.push(entry);
    }

    fn shard(&self, hash: u64) -> MutexGuard<'_, Shard<V>> {
        // The low bits choose the place in `seen`. A panic elsewhere leaves a shard whole: nothing here can fail
        // between two of its writes.
        let shard = &self.shards[(hash >> 60) as usize % SHARDS];
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keys and bytes that are kept.
    #[cfg(test)]
    pub(super) fn held(&self) -> (usize, usize) {
        let shards = self.shards.iter().map(|shard| shard.lock().unwrap_or_else(PoisonError::into_inner));
        shards.fold((0, 0), |(keys, bytes), shard| (keys + shard.entries.len(), bytes + shard.bytes))
    }
}
