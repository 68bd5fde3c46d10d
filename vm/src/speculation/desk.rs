//! The claims of a block: what is known of them, what is open, and how much may still be presumed.

use super::cache::{ClaimKey, VerdictCache};
use super::counters::{Batches, Counters};
use super::inquiry::RATION;
use super::options::Presumption;
use erbium_claims::{Claim, Fault, Verdict, Verifier};
use hashbrown::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub(super) type Verdicts = HashMap<ClaimKey, Verdict, foldhash::fast::RandomState>;

/// Bytes of open claims at most.
const MOST_OPEN_BYTES: usize = 64 << 20;

/// The verdict table of one block, shared by all that execute it.
pub(super) struct Desk {
    presumption: Presumption,
    /// Gas that may be thrown away before nothing more is presumed.
    most_speculative_gas: u64,
    /// Gas of the transactions that have been gone through.
    reached: AtomicU64,
    /// Gas that is used at least once all of the block's transactions are gone through.
    expected: AtomicU64,
    table: Mutex<Verdicts>,
    cache: Option<Arc<VerdictCache>>,
    /// The cache's, when the block began.
    generation: u64,
    open_bytes: AtomicUsize,
    full: AtomicBool,
    claims: AtomicU64,
    hits: AtomicU64,
    presumed: AtomicU64,
    wrong: AtomicU64,
    speculative_gas: AtomicU64,
    batches: Mutex<Batches>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Desk {
    /// For a block with this gas limit.
    pub(super) fn new(
        presumption: Presumption,
        block_gas_limit: u64,
        cache: Option<Arc<VerdictCache>>,
    ) -> Self {
        Self {
            presumption,
            most_speculative_gas: block_gas_limit / 2,
            reached: AtomicU64::new(0),
            expected: AtomicU64::new(0),
            table: Mutex::default(),
            generation: cache.as_ref().map_or(0, |cache| cache.generation()),
            cache,
            open_bytes: AtomicUsize::new(0),
            full: AtomicBool::new(false),
            claims: AtomicU64::new(0),
            hits: AtomicU64::new(0),
            presumed: AtomicU64::new(0),
            wrong: AtomicU64::new(0),
            speculative_gas: AtomicU64::new(0),
            batches: Mutex::default(),
        }
    }

    pub(super) fn count_claim(&self) {
        self.claims.fetch_add(1, Ordering::Relaxed);
    }

    /// The verdict on a claim that a contract makes, if one was given. Counts a hit.
    pub(super) fn look_up(&self, key: &ClaimKey) -> Option<Verdict> {
        let verdict = self.given(key).or_else(|| self.cached(key))?;
        self.hits.fetch_add(1, Ordering::Relaxed);
        Some(verdict)
    }

    /// The verdict that this block has seen given.
    pub(super) fn given(&self, key: &ClaimKey) -> Option<Verdict> {
        lock(&self.table).get(key).copied()
    }

    fn cached(&self, key: &ClaimKey) -> Option<Verdict> {
        let verdict = self.cache.as_ref()?.get(key)?;
        lock(&self.table).insert(*key, verdict);
        Some(verdict)
    }

    /// True where the coprocessor has been asked something.
    pub(super) fn has_asked(&self) -> bool {
        lock(&self.batches).count > 0
    }

    /// What is presumed of a claim of so many bytes, which is open from now on; `None` where the bounds forbid it.
    pub(super) fn presume(&self, key: &ClaimKey, bytes: usize) -> Option<Verdict> {
        if self.is_spent() {
            return None;
        }
        let before = self.open_bytes.fetch_add(bytes, Ordering::Relaxed);
        if before.saturating_add(bytes) > MOST_OPEN_BYTES {
            self.release(bytes);
            self.full.store(true, Ordering::Relaxed);
            return None;
        }
        let verdict = match self.presumption {
            Presumption::Valid => Verdict::Valid,
            Presumption::Random(seed) => {
                let mixed = (key.0.to_low_u64_be() ^ seed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                Verdict::from(mixed >> 63 == 1)
            }
            Presumption::Nothing => {
                self.release(bytes);
                return None;
            }
        };
        self.presumed.fetch_add(1, Ordering::Relaxed);
        Some(verdict)
    }

    fn release(&self, bytes: usize) {
        self.open_bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// True once, after a claim found no room among those that are open.
    pub(super) fn was_full(&self) -> bool {
        self.full.swap(false, Ordering::Relaxed)
    }

    /// Notes gas whose result is thrown away.
    pub(super) fn throw_away(&self, gas: u64) {
        self.speculative_gas.fetch_add(gas, Ordering::Relaxed);
    }

    /// Notes that the transactions up to some place in the block have been gone through, with the gas that they use.
    pub(super) fn reach(&self, gas: u64) {
        self.reached.fetch_max(gas, Ordering::Relaxed);
    }

    /// Notes what all transactions of the block that are left use together at least, beside what was reached.
    pub(super) fn foresee(&self, more: u64) {
        self.expected.fetch_max(self.reached.load(Ordering::Relaxed).saturating_add(more), Ordering::Relaxed);
    }

    /// True where so much gas has been thrown away that nothing more is presumed: half of what the block may use, or half of
    /// what its transactions have used so far, or will at least, and a ration more.
    pub(super) fn is_spent(&self) -> bool {
        let used = self.reached.load(Ordering::Relaxed).max(self.expected.load(Ordering::Relaxed));
        let used = used / 2 + RATION.unsigned_abs();
        self.speculative_gas.load(Ordering::Relaxed) >= self.most_speculative_gas.min(used)
    }

    /// Asks the coprocessor about `claims`, in one batch a kind, and enters its verdicts.
    pub(super) fn judge(&self, verifier: &dyn Verifier, claims: Vec<(ClaimKey, Claim)>) -> Result<(), Fault> {
        let mut kinds: Vec<(&'static str, Vec<ClaimKey>, Vec<Claim>)> = Vec::new();
        let mut seen = Verdicts::default();
        for (key, claim) in claims {
            if self.given(&key).is_some() || seen.insert(key, Verdict::Valid).is_some() {
                continue;
            }
            let at = kinds.iter().position(|(kind, ..)| *kind == claim.kind());
            let (_, keys, batch) = match at.and_then(|at| kinds.get_mut(at)) {
                Some(entry) => entry,
                None => {
                    kinds.push((claim.kind(), Vec::new(), Vec::new()));
                    let last = kinds.len() - 1;
                    &mut kinds[last]
                }
            };
            keys.push(key);
            batch.push(claim);
        }
        for (_, keys, batch) in kinds {
            let verdicts = verifier.verify(&batch)?;
            if verdicts.len() != batch.len() {
                let reason = format!("{} verdicts for {} claims", verdicts.len(), batch.len());
                return Err(Fault::Coprocessor { reason });
            }
            lock(&self.batches).add(batch.len());
            let mut table = lock(&self.table);
            for (key, verdict) in keys.into_iter().zip(verdicts) {
                table.insert(key, verdict);
                if let Some(cache) = &self.cache {
                    cache.insert(self.generation, key, verdict);
                }
            }
        }
        Ok(())
    }

    /// True where a verdict was given that differs from what was presumed; how many do is counted.
    pub(super) fn refutes(&self, presumed: &Verdicts) -> bool {
        #[cfg(test)]
        if super::tests::planted::believes_presumptions() {
            return false;
        }
        let table = lock(&self.table);
        let refuted =
            |(key, verdict): &(&ClaimKey, &Verdict)| table.get(*key).is_some_and(|given| given != *verdict);
        let wrong = presumed.iter().filter(refuted).count();
        self.wrong.fetch_add(wrong as u64, Ordering::Relaxed);
        wrong > 0
    }

    /// Adds what was counted here.
    pub(super) fn add_to(&self, counters: &mut Counters) {
        counters.claims += self.claims.load(Ordering::Relaxed);
        counters.hits += self.hits.load(Ordering::Relaxed);
        counters.presumed += self.presumed.load(Ordering::Relaxed);
        counters.wrong += self.wrong.load(Ordering::Relaxed);
        counters.speculative_gas += self.speculative_gas.load(Ordering::Relaxed);
        counters.batches += &lock(&self.batches);
    }
}

/// Claims that nobody has judged. Their bytes count until they are taken or dropped.
pub(super) struct OpenClaims {
    desk: Arc<Desk>,
    claims: Vec<(ClaimKey, Claim)>,
    bytes: usize,
}

impl OpenClaims {
    pub(super) fn new(desk: &Arc<Desk>) -> Self {
        Self { desk: Arc::clone(desk), claims: Vec::new(), bytes: 0 }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.claims.is_empty()
    }

    /// Adds a claim that [`Desk::presume`] has let in with so many bytes.
    pub(super) fn push(&mut self, key: ClaimKey, claim: Claim, bytes: usize) {
        self.claims.push((key, claim));
        self.bytes += bytes;
    }

    /// The claims, to be judged.
    pub(super) fn take(&mut self) -> Vec<(ClaimKey, Claim)> {
        self.desk.release(std::mem::take(&mut self.bytes));
        std::mem::take(&mut self.claims)
    }
}

impl Drop for OpenClaims {
    fn drop(&mut self) {
        self.desk.release(self.bytes);
    }
}
