//! Verdicts that are known, by the hash of the claim.

use crate::keccak::keccak256;
use erbium_claims::{Claim, Verdict};
use hashbrown::HashMap;
use primitive_types::H256;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Names a claim: Keccak-256 of its encoding, which no other claim shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClaimKey(pub H256);

impl ClaimKey {
    /// The name of `claim`.
    pub fn of(claim: &Claim) -> Self {
        Self(keccak256(&claim.encoding()))
    }
}

type Map = HashMap<ClaimKey, Verdict, foldhash::fast::RandomState>;

/// Verdicts of claims, for any number of threads and blocks. It holds resolved verdicts only, never presumptions.
///
/// At most `capacity` verdicts are held. They are kept in two halves: when the younger half is full the older one is
/// forgotten, and what is asked for in the older one moves to the younger.
#[derive(Debug)]
pub struct VerdictCache {
    capacity: usize,
    halves: Mutex<Halves>,
    hits: AtomicU64,
    misses: AtomicU64,
}

#[derive(Debug, Default)]
struct Halves {
    generation: u64,
    younger: Map,
    older: Map,
}

impl Default for VerdictCache {
    /// As many verdicts as a few full blocks ask for.
    fn default() -> Self {
        Self::new(Self::CAPACITY)
    }
}

impl VerdictCache {
    /// Verdicts that are held unless another number is asked for: about 6 MiB.
    pub const CAPACITY: usize = 1 << 16;

    /// A cache of at most `capacity` verdicts; 0 holds nothing.
    pub fn new(capacity: usize) -> Self {
        Self { capacity, halves: Mutex::default(), hits: AtomicU64::new(0), misses: AtomicU64::new(0) }
    }

    /// The verdict on a claim, if it is held. Counts a hit or a miss.
    pub fn get(&self, key: &ClaimKey) -> Option<Verdict> {
        let found = self.find(key);
        let counter = if found.is_some() { &self.hits } else { &self.misses };
        counter.fetch_add(1, Ordering::Relaxed);
        found
    }

    fn find(&self, key: &ClaimKey) -> Option<Verdict> {
        if self.capacity == 0 {
            return None;
        }
        let mut halves = self.lock();
        if let Some(&verdict) = halves.younger.get(key) {
            return Some(verdict);
        }
        let verdict = halves.older.remove(key)?;
        self.put(&mut halves, *key, verdict);
        Some(verdict)
    }

    /// Counts how often the cache was cleared.
    pub fn generation(&self) -> u64 {
        self.lock().generation
    }

    /// Holds a verdict that was asked for in this [`generation`](VerdictCache::generation); one of an older generation is
    /// not believed.
    pub fn insert(&self, generation: u64, key: ClaimKey, verdict: Verdict) {
        let mut halves = self.lock();
        if self.capacity > 0 && generation == halves.generation {
            self.put(&mut halves, key, verdict);
        }
    }

    fn put(&self, halves: &mut Halves, key: ClaimKey, verdict: Verdict) {
        if halves.younger.len() >= (self.capacity / 2).max(1) && !halves.younger.contains_key(&key) {
            halves.older = std::mem::take(&mut halves.younger);
            if self.capacity == 1 {
                halves.older.clear();
            }
        }
        halves.younger.insert(key, verdict);
    }

    /// Forgets all verdicts, and those still to come that were asked for before, as is due when one who gave some of them
    /// turns out to be wrong. Counts go on.
    pub fn clear(&self) {
        let mut halves = self.lock();
        *halves = Halves { generation: halves.generation + 1, ..Halves::default() };
    }

    /// Verdicts held.
    pub fn len(&self) -> usize {
        let halves = self.lock();
        halves.younger.len() + halves.older.len()
    }

    /// True where no verdict is held.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Most verdicts held; 0 where the cache is off.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// How often a verdict was asked for and held.
    pub fn hits(&self) -> u64 {
        self.hits.load(Ordering::Relaxed)
    }

    /// How often a verdict was asked for and not held.
    pub fn misses(&self) -> u64 {
        self.misses.load(Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, Halves> {
        self.halves.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u64) -> ClaimKey {
        ClaimKey(H256::from_low_u64_be(number))
    }

    #[test]
    fn it_holds_no_more_than_its_capacity_and_keeps_what_is_asked_for() {
        for capacity in [1, 2, 3, 10, 101] {
            let cache = VerdictCache::new(capacity);
            for number in 0..1_000 {
                cache.insert(0, key(number), Verdict::from(number % 3 == 0));
                assert!(cache.len() <= capacity, "{capacity}");
                assert_eq!(cache.get(&key(number)), Some(Verdict::from(number % 3 == 0)), "{capacity}");
                if capacity > 1 {
                    assert_eq!(cache.get(&key(0)), Some(Verdict::Valid), "{capacity} {number}");
                }
            }
            assert_eq!((cache.get(&key(1)), cache.misses()), (None, 1));
            cache.clear();
            cache.insert(0, key(5), Verdict::Valid);
            assert!(cache.is_empty(), "what was asked for before is not believed");
            cache.insert(cache.generation(), key(5), Verdict::Valid);
            assert_eq!(cache.len(), 1);
        }
    }

    #[test]
    fn without_capacity_it_is_off() {
        let cache = VerdictCache::new(0);
        cache.insert(0, key(1), Verdict::Valid);
        assert_eq!((cache.get(&key(1)), cache.len(), cache.hits(), cache.misses()), (None, 0, 0, 1));
    }

    #[test]
    fn both_verdicts_are_held_apart() {
        let cache = VerdictCache::default();
        cache.insert(0, key(1), Verdict::Valid);
        cache.insert(0, key(2), Verdict::Invalid);
        assert_eq!(cache.get(&key(1)), Some(Verdict::Valid));
        assert_eq!(cache.get(&key(2)), Some(Verdict::Invalid));
        assert_eq!(cache.hits(), 2);
    }
}
