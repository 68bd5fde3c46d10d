//! Code that is known from earlier blocks, with what was found out about it.

use crate::code::Code;
use crate::interpreter::Rules;
use crate::spec::ChainSpec;
use hashbrown::{Equivalent, HashSet};
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes that a byte of code is taken for, as if all of it were decoded: few instructions are one byte long and take more
/// slots than this allows for.
const DECODED: usize = 40;

/// Prepared code in bounded memory, for any number of threads and blocks: its hash, jump destinations, heat and decoded
/// form are found once.
///
/// Found by its bytes, compared one by one, so that no two are ever taken for each other. Code is decoded for one set of
/// rules, so each set has its own. It is kept in two halves: when the younger is full the older one is forgotten, and what
/// is asked for in the older one moves to the younger.
#[derive(Debug)]
pub struct CodeCache {
    /// Of each half.
    capacity: usize,
    halves: Mutex<[Half; 2]>,
    hits: AtomicU64,
    misses: AtomicU64,
}

#[derive(Debug, Default)]
struct Half {
    codes: HashSet<Held, foldhash::quality::RandomState>,
    bytes: usize,
}

#[derive(Debug)]
struct Held {
    rules: Rules,
    code: Arc<Code>,
}

struct Asked<'a> {
    rules: Rules,
    bytes: &'a [u8],
}

impl Hash for Asked<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.rules.0 as u8, self.rules.1).hash(state);
        self.bytes.hash(state);
    }
}

impl Hash for Held {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Asked { rules: self.rules, bytes: self.code.bytes() }.hash(state);
    }
}

impl PartialEq for Held {
    fn eq(&self, other: &Self) -> bool {
        self.rules == other.rules && self.code.bytes() == other.code.bytes()
    }
}

impl Eq for Held {}

impl Equivalent<Held> for Asked<'_> {
    fn equivalent(&self, held: &Held) -> bool {
        self.rules == held.rules && self.bytes == held.code.bytes()
    }
}

/// Bytes that code is taken for.
fn weight(code: &Code) -> usize {
    size_of::<Code>() + code.len() * DECODED
}

impl Default for CodeCache {
    fn default() -> Self {
        Self::new(Self::BYTES)
    }
}

impl CodeCache {
    /// Bytes that are held unless another number is asked for, as if all code were decoded: some 6 MiB of code.
    pub const BYTES: usize = 256 << 20;

    /// A cache of at most so many bytes.
    pub fn new(bytes: usize) -> Self {
        let (hits, misses) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { capacity: bytes / 2, halves: Mutex::default(), hits, misses }
    }

    /// The code of these bytes, for the rules of `spec`; prepared now if it is not held. Code that would fill half of the
    /// cache is not kept.
    pub fn code(&self, spec: &ChainSpec, bytes: &[u8]) -> Arc<Code> {
        if bytes.is_empty() {
            return Code::empty();
        }
        let asked = Asked { rules: (spec.fork, spec.extensions), bytes };
        if let Some(code) = self.find(&asked) {
            self.hits.fetch_add(1, Ordering::Relaxed);
            return code;
        }
        self.misses.fetch_add(1, Ordering::Relaxed);
        // Another thread may prepare the same meanwhile, which costs time alone.
        let code = Code::new(bytes);
        let held = Held { rules: asked.rules, code: Arc::clone(&code) };
        self.put(&mut self.halves.lock().unwrap_or_else(PoisonError::into_inner), held);
        code
    }

    fn find(&self, asked: &Asked<'_>) -> Option<Arc<Code>> {
        let mut halves = self.halves.lock().unwrap_or_else(PoisonError::into_inner);
        let [younger, older] = &mut *halves;
        if let Some(held) = younger.codes.get(asked) {
            return Some(Arc::clone(&held.code));
        }
        let held = older.codes.take(asked)?;
        older.bytes -= weight(&held.code);
        let code = Arc::clone(&held.code);
        self.put(&mut halves, held);
        Some(code)
    }

    fn put(&self, halves: &mut [Half; 2], held: Held) {
        let weight = weight(&held.code);
        let [younger, older] = halves;
        if weight > self.capacity || younger.codes.contains(&held) {
            return;
        }
        if younger.bytes + weight > self.capacity {
            *older = std::mem::take(younger);
        }
        younger.bytes += weight;
        younger.codes.insert(held);
    }

    /// How often code was asked for and held.
    pub fn hits(&self) -> u64 {
        self.hits.load(Ordering::Relaxed)
    }

    /// How often code was asked for and not held.
    pub fn misses(&self) -> u64 {
        self.misses.load(Ordering::Relaxed)
    }

    /// Bytes held, as if all code were decoded.
    pub fn bytes(&self) -> usize {
        let halves = self.halves.lock().unwrap_or_else(PoisonError::into_inner);
        halves.iter().map(|half| half.bytes).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fork::Fork;
    use crate::spec::Extensions;

    fn spec(fork: Fork) -> ChainSpec {
        ChainSpec::ethereum(fork)
    }

    #[test]
    fn code_is_prepared_once_for_each_set_of_rules() {
        let cache = CodeCache::default();
        let first = cache.code(&spec(Fork::Osaka), &[1, 2, 3]);
        assert!(Arc::ptr_eq(&first, &cache.code(&spec(Fork::Osaka), &[1, 2, 3])));
        let erbium = ChainSpec { extensions: Extensions::Erbium, ..spec(Fork::Osaka) };
        for other in [cache.code(&spec(Fork::Cancun), &[1, 2, 3]), cache.code(&erbium, &[1, 2, 3])] {
            assert!(!Arc::ptr_eq(&first, &other));
        }
        assert_ne!(cache.code(&spec(Fork::Osaka), &[1, 2]).bytes(), first.bytes());
        assert!(cache.code(&spec(Fork::Osaka), &[]).is_empty());
        assert_eq!((cache.hits(), cache.misses()), (1, 4));
    }

    #[test]
    fn it_holds_no_more_than_it_may_and_keeps_what_is_asked_for() {
        let each = weight(&Code::new(&[0; 100]));
        let cache = CodeCache::new(20 * each);
        let code = |number: u8| cache.code(&spec(Fork::Osaka), &[number; 100]);
        let kept = code(0);
        for number in 1..=200 {
            code(number);
            assert!(cache.bytes() <= 20 * each);
            assert!(Arc::ptr_eq(&kept, &code(0)), "{number}");
        }
        assert_eq!(cache.misses(), 201);
        assert!(!Arc::ptr_eq(&code(1), &code(2)));
        assert_eq!(cache.misses(), 203, "long forgotten");
        let large = CodeCache::new(2 * each);
        let prepared = large.code(&spec(Fork::Osaka), &[1; 1000]);
        assert!(!Arc::ptr_eq(&prepared, &large.code(&spec(Fork::Osaka), &[1; 1000])));
        assert_eq!(large.bytes(), 0);
    }
}
