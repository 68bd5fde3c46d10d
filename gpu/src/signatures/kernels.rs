//! Batches through an executor.

use super::chunk::{self, Item, Mixture};
use super::host::{Clocks, Part};
use super::judge::Asked;
use super::options::{Counts, Failure, Hashing, HostTimes, MAX_MESSAGE_BYTES, Options, Recheck};
use super::plan::{self, NewKey, Tables};
use super::plant::{MESSAGE_BYTES, Plant};
use super::random::Random;
use super::selftest;
use super::table::{Table, slot_words};
use crate::cpu::{CpuVerifier, Signed};
use crate::plan::{ExecuteError, Executor, Pending};
use erbium_claims::{Claim, DilithiumScheme, Fault, Verdict, Verifier};
use foldhash::quality::RandomState;
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Answers claims about Dilithium signatures by kernels that `executor` runs.
#[derive(Debug)]
pub struct DilithiumKernels {
    executor: Arc<dyn Executor>,
    options: Options,
    cpu: CpuVerifier,
    hasher: RandomState,
    seed: [u8; 32],
    chunks: AtomicU64,
    claims: AtomicU64,
    expanded: AtomicU64,
    clocks: Clocks,
    /// By scheme's number: messages of fewer bytes are hashed on the device, where that was measured.
    hash_below: Mutex<BTreeMap<u8, usize>>,
    tables: Mutex<BTreeMap<u8, Arc<Table>>>,
}

/// How a batch is run.
#[derive(Clone, Copy, Debug, Default)]
struct Way {
    /// `None` where not even invalid verdicts need be confirmed.
    recheck: Option<Recheck>,
    /// Messages of fewer bytes are hashed on the device; `None` for what is known of the scheme.
    hash_below: Option<usize>,
}

/// A chunk on its way.
struct InFlight<'a> {
    pending: Box<dyn Pending>,
    asked: Asked<'a>,
    number: u64,
}

/// Chunks of one caller on their way at the same time: one computes, the next is on its way up, and the third is put
/// together meanwhile.
const IN_FLIGHT: usize = 3;
/// Batches are cut into chunks of no less, so that there is something to overlap: an H100 reached three quarters of its
/// best rate with so many.
const WORTH_A_CHUNK: usize = 4096;

/// Lengths of messages that are to show where they are hashed sooner. Whatever is found, the device hashes those of plants if it hashes any.
const HASHED_LENGTHS: [usize; 3] = [64, 256, MAX_MESSAGE_BYTES];
const _: () = assert!(HASHED_LENGTHS[0] >= MESSAGE_BYTES);

impl DilithiumKernels {
    /// Kernels on `executor`. `seed` decides where plants stand and what they are; `cpu` confirms.
    pub fn new(executor: Arc<dyn Executor>, options: Options, seed: [u8; 32], cpu: CpuVerifier) -> Self {
        Self {
            executor,
            options,
            cpu,
            hasher: RandomState::default(),
            seed,
            chunks: AtomicU64::new(0),
            claims: AtomicU64::new(0),
            expanded: AtomicU64::new(0),
            clocks: Clocks::default(),
            hash_below: Mutex::default(),
            tables: Mutex::default(),
        }
    }

    /// Who runs the kernels.
    pub fn executor(&self) -> &Arc<dyn Executor> {
        &self.executor
    }

    /// What was done so far.
    pub fn counts(&self) -> Counts {
        Counts {
            chunks: self.chunks.load(Ordering::Relaxed),
            claims: self.claims.load(Ordering::Relaxed),
            expanded: self.expanded.load(Ordering::Relaxed),
        }
    }

    /// How long it took the host so far.
    pub fn host_times(&self) -> HostTimes {
        self.clocks.times()
    }

    /// Forgets all expanded keys and frees their memory, once no chunk needs it any more.
    pub fn forget_keys(&self) {
        let tables = std::mem::take(&mut *self.tables());
        drop(tables);
    }

    /// Forgets all expanded keys, and keeps their memory for others.
    pub fn expire_keys(&self) {
        self.tables().values().for_each(|table| table.clear());
    }

    /// The verdicts on a batch, order kept.
    ///
    /// # Errors
    /// [`Failure`]; keys are forgotten then.
    pub(crate) fn verify_signed(&self, batch: &[Signed<'_>]) -> Result<Vec<Verdict>, Failure> {
        let result = self.run(batch, Way { recheck: Some(self.options.recheck), hash_below: None });
        if result.as_ref().is_err_and(|failure| *failure != Failure::Busy) {
            // What their slots hold is not known now.
            self.forget_keys();
        }
        result
    }

    /// Does the work of a batch whose verdicts nobody needs.
    pub(super) fn time(&self, batch: &[Signed<'_>]) -> Result<(), Failure> {
        self.run(batch, Way::default()).map(|_| ())
    }

    /// Messages of `scheme` of fewer bytes are hashed on the device, all others on the processor.
    pub fn hash_below(&self, scheme: DilithiumScheme) -> usize {
        let measured = self.hash_below.lock().unwrap_or_else(PoisonError::into_inner);
        measured.get(&scheme.number()).copied().unwrap_or(match self.options.hashing {
            Hashing::Device => MAX_MESSAGE_BYTES + 1,
            Hashing::Processor => 0,
        })
    }

    /// Measures with so many signatures up to which length messages are hashed sooner on the device, and has that done from now on, unless
    /// [`Options::hashing`] leaves all of them to the processor.
    ///
    /// # Errors
    /// As [`DilithiumKernels::self_test`].
    pub(super) fn measure_hashing(&self, scheme: DilithiumScheme, count: usize) -> Result<(), Failure> {
        if self.options.hashing == Hashing::Processor {
            return Ok(());
        }
        let mut random = Random::new(&[0x4a; 32], u64::from(scheme.number()));
        let mut plants: Vec<_> = (0..count).map(|_| Plant::new(scheme, &mut random, false)).collect();
        let mut hash_below = 0;
        for len in HASHED_LENGTHS {
            for plant in &mut plants {
                let mut message = vec![0; len];
                random.fill(&mut message);
                plant.message = message.into();
            }
            let batch: Vec<_> = plants.iter().map(|plant| plant.signed(scheme)).collect();
            let mut best = [Duration::MAX; 2];
            // The first also warms, and expands the keys.
            for _ in 0..3 {
                for (best, hash_below) in best.iter_mut().zip([len + 1, 0]) {
                    let start = Instant::now();
                    self.run(&batch, Way { recheck: None, hash_below: Some(hash_below) })?;
                    *best = start.elapsed().min(*best);
                }
            }
            let [device, processor] = best;
            if device > processor {
                break;
            }
            hash_below = len + 1;
        }
        tracing::info!(
            scheme = scheme.number(),
            hash_below,
            "measured which messages a device hashes sooner"
        );
        self.hash_below.lock().unwrap_or_else(PoisonError::into_inner).insert(scheme.number(), hash_below);
        Ok(())
    }

    fn run<'a>(&self, batch: &[Signed<'a>], way: Way) -> Result<Vec<Verdict>, Failure> {
        let recheck = way.recheck;
        let mut verdicts = vec![None; batch.len()];
        let mut in_flight = VecDeque::new();
        for (scheme, places) in by_scheme(batch) {
            let hash_below = way.hash_below.unwrap_or_else(|| self.hash_below(scheme));
            let most = self.options.chunk.min(self.most_records(scheme)).max(1);
            let size = places.len().div_ceil(IN_FLIGHT + 1).max(WORTH_A_CHUNK).min(most);
            for places in places.chunks(size) {
                let table = self.table(scheme)?;
                let read = || chunk::read(batch, places, &self.hasher, &table);
                let (read, planted) = rayon::join(
                    || self.clocks.time(Part::Reading, read),
                    || self.next_chunk(scheme, hash_below),
                );
                let ((mut items, malformed), mut planted) = (read, Some(planted));
                for place in malformed {
                    set(&mut verdicts, place, Verdict::Invalid);
                }
                // As a rule all of it fits.
                while !items.is_empty() {
                    let next = || self.next_chunk(scheme, hash_below);
                    let (number, plants) = planted.take().unwrap_or_else(next);
                    let chunk = self.start(scheme, &table, &mut items, (plants, hash_below), number)?;
                    in_flight.push_back(chunk);
                    if in_flight.len() >= IN_FLIGHT
                        && let Some(oldest) = in_flight.pop_front()
                    {
                        self.finish(oldest, recheck, &mut verdicts)?;
                    }
                }
            }
        }
        for chunk in in_flight {
            self.finish(chunk, recheck, &mut verdicts)?;
        }
        let all: Option<Vec<_>> = verdicts.into_iter().collect();
        all.ok_or_else(|| Failure::Wrong { reason: "a signature of a batch got no answer".to_owned() })
    }

    /// Asks about signatures whose answers are known.
    ///
    /// # Errors
    /// [`Failure::Wrong`] where an answer is another, and whatever keeps the executor from answering.
    pub fn self_test(&self, scheme: DilithiumScheme) -> Result<(), Failure> {
        let result = self.try_self_test(scheme);
        if result.is_err() {
            self.forget_keys();
        }
        result
    }

    fn try_self_test(&self, scheme: DilithiumScheme) -> Result<(), Failure> {
        let plants = selftest::signatures(scheme);
        if !selftest::is_known(scheme, &plants) {
            return Err(Failure::Wrong { reason: "the processor fails its self-test".to_owned() });
        }
        let number = self.chunks.fetch_add(1, Ordering::Relaxed);
        let table = self.table(scheme)?;
        let with = (plants, self.hash_below(scheme));
        let chunk = self.start(scheme, &table, &mut Vec::new(), with, number)?;
        self.finish(chunk, None, &mut [])
    }

    /// The number of the next chunk, and its plants.
    fn next_chunk(&self, scheme: DilithiumScheme, hash_below: usize) -> (u64, Vec<Plant>) {
        let number = self.chunks.fetch_add(1, Ordering::Relaxed);
        (number, self.clocks.time(Part::Planting, || self.plants(scheme, number, hash_below)))
    }

    /// New plants for a chunk whose messages of fewer than `hash_below` bytes the device hashes.
    fn plants(&self, scheme: DilithiumScheme, number: u64, hash_below: usize) -> Vec<Plant> {
        let mut random = Random::new(&self.seed, number << 2);
        let hashes = hash_below > 0;
        // The first goes through every pass.
        let over_mu = |i: usize, random: &mut Random| !hashes || i > 0 && random.word().is_multiple_of(4);
        (0..self.options.plants)
            .map(|i| {
                let over_mu = over_mu(i, &mut random);
                Plant::new(scheme, &mut random, over_mu)
            })
            .collect()
    }

    /// Sends off the first items, which are all of one scheme, with plants among them, and takes them out of `items`.
    ///
    /// No lock is held while other work is handed to rayon or the executor is waited for: what the chunk needs of the
    /// table is its own until it is sent.
    fn start<'a>(
        &self,
        scheme: DilithiumScheme,
        table: &Arc<Table>,
        items: &mut Vec<Item<'a>>,
        (plants, hash_below): (Vec<Plant>, usize),
        number: u64,
    ) -> Result<InFlight<'a>, Failure> {
        let mut random = Random::new(&self.seed, number << 2 | 1);
        let clocks = &self.clocks;
        let mut reservation = clocks.time(Part::Placing, || table.reserve(items.iter().map(Item::wanted)));
        let taken = reservation.places().len();
        if taken == 0 && !items.is_empty() {
            return Err(Failure::Busy);
        }
        let rest = items.split_off(taken);
        let items = std::mem::replace(items, rest);
        let mixture = Mixture::new(items.len(), plants.len(), &mut random);
        let seed = random.word();
        let (owned, hashed) = clocks.time(Part::Planning, || {
            reservation.copy_keys();
            let slots = reservation.places();
            let owned = chunk::owned(scheme, &mixture, (&items, slots), (&plants, table.plants_from));
            let hashed = chunk::hashed(scheme, hash_below, &owned);
            (owned, hashed)
        });
        let plan = clocks.time(Part::Planning, || {
            let records = chunk::records(&owned, &hashed);
            let mut new: Vec<_> = reservation.new_keys().collect();
            self.expanded.fetch_add(new.len() as u64, Ordering::Relaxed);
            let planted = plants.iter().zip(table.plants_from..);
            new.extend(
                planted.map(|(plant, slot)| NewKey { slot: slot as u32, public_key: &plant.public_key }),
            );
            plan::commitments(scheme, &table.memory, &new, &records, seed)
        });
        let pending = clocks.time(Part::Sending, || self.executor.submit(plan))?;
        clocks.time(Part::Placing, || reservation.sent());
        drop(owned);
        Ok(InFlight { pending, asked: Asked { scheme, items, plants, mixture, seed }, number })
    }

    /// Waits for a chunk and writes its verdicts.
    fn finish(
        &self,
        chunk: InFlight<'_>,
        recheck: Option<Recheck>,
        verdicts: &mut [Option<Verdict>],
    ) -> Result<(), Failure> {
        let InFlight { pending, asked, number } = chunk;
        let expected = self.clocks.time(Part::Planting, || asked.expected());
        let words = self.clocks.time(Part::Waiting, || pending.wait())?;
        let holds = self.clocks.time(Part::Judging, || asked.judge(&words, &expected))?;
        if let Some(recheck) = recheck {
            let mut random = Random::new(&self.seed, number << 2 | 2);
            let again = || asked.recheck(&holds, &self.cpu, recheck, &mut random);
            self.clocks.time(Part::Rechecking, again)?;
        }
        self.claims.fetch_add(holds.len() as u64, Ordering::Relaxed);
        for (item, holds) in asked.items.iter().zip(holds) {
            set(verdicts, item.index, holds.into());
        }
        Ok(())
    }

    /// The table of a scheme's keys.
    fn table(&self, scheme: DilithiumScheme) -> Result<Arc<Table>, ExecuteError> {
        let mut tables = self.tables();
        if let Some(table) = tables.get(&scheme.number()) {
            return Ok(Arc::clone(table));
        }
        let table = Arc::new(self.new_table(scheme)?);
        tables.insert(scheme.number(), Arc::clone(&table));
        Ok(table)
    }

    /// Memory for a scheme's keys.
    fn new_table(&self, scheme: DilithiumScheme) -> Result<Table, ExecuteError> {
        let (words, limits) = (slot_words(scheme), self.executor.limits());
        let reserved = self.options.plants.max(selftest::COUNT);
        // The matrices are the largest buffer.
        let most = (limits.buffer_words / words.matrix)
            .saturating_sub(reserved)
            .min(self.options.table_bytes.min(limits.budget / 4) / words.bytes())
            .max(1);
        let all = most + reserved;
        let allocate = |name, words: usize| self.executor.allocate(name, all * words);
        let matrices = allocate("matrices", words.matrix)?;
        let t1s = allocate("t1s", words.t1).inspect_err(|_| self.executor.release(matrices))?;
        let hashes = allocate("key_hashes", words.hash).inspect_err(|_| {
            self.executor.release(matrices);
            self.executor.release(t1s);
        })?;
        Ok(Table::new(Arc::clone(&self.executor), Tables { matrices, t1s, hashes }, most))
    }

    /// Records that fit into the executor's buffers and half of its budget, plants taken off.
    fn most_records(&self, scheme: DilithiumScheme) -> usize {
        let limits = self.executor.limits();
        let words = plan::words_a_record(scheme);
        let by_buffer = limits.buffer_words / words.max(MAX_MESSAGE_BYTES / 4 + 1);
        // For every chunk in flight: signature, key and message twice, as they are staged, w1 once; the rest is short.
        let each = 4 * (5 * words + 128) + 2 * MAX_MESSAGE_BYTES;
        let by_budget = limits.budget / 2 / IN_FLIGHT / each;
        by_buffer.min(by_budget).saturating_sub(self.options.plants)
    }

    fn tables(&self) -> MutexGuard<'_, BTreeMap<u8, Arc<Table>>> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The places of each scheme's signatures, in order.
fn by_scheme(batch: &[Signed<'_>]) -> Vec<(DilithiumScheme, Vec<usize>)> {
    let mut groups: Vec<(DilithiumScheme, Vec<usize>)> = Vec::new();
    let mut last = 0;
    for (place, signed) in batch.iter().enumerate() {
        if groups.get(last).is_none_or(|(scheme, _)| *scheme != signed.scheme) {
            let known = groups.iter().position(|(scheme, _)| *scheme == signed.scheme);
            last = known.unwrap_or_else(|| {
                groups.push((signed.scheme, Vec::with_capacity(batch.len() - place)));
                groups.len() - 1
            });
        }
        if let Some((_, places)) = groups.get_mut(last) {
            places.push(place);
        }
    }
    groups
}

fn set(verdicts: &mut [Option<Verdict>], place: usize, verdict: Verdict) {
    if let Some(target) = verdicts.get_mut(place) {
        *target = Some(verdict);
    }
}

impl Verifier for DilithiumKernels {
    /// Verdicts of the kernels alone: what [`Failure`] names is a fault here.
    fn verify(&self, claims: &[Claim]) -> Result<Vec<Verdict>, Fault> {
        let signed = claims.iter().map(Signed::read).collect::<Result<Vec<_>, _>>()?;
        self.verify_signed(&signed)
            .map_err(|failure| Fault::Coprocessor { reason: format!("{}: {failure}", self.executor.name()) })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::plan::{Limits, Plan, Resident, Trace, TwinExecutor};

    /// Twins that take their time over plans that hash messages of at least so many words a record, or over all others.
    #[derive(Debug)]
    struct Slow {
        twins: TwinExecutor,
        from_words: usize,
        with: bool,
    }

    impl Executor for Slow {
        fn name(&self) -> &str {
            "slow"
        }

        fn limits(&self) -> Limits {
            self.twins.limits()
        }

        fn allocate(&self, name: &'static str, words: usize) -> Result<Resident, ExecuteError> {
            self.twins.allocate(name, words)
        }

        fn release(&self, resident: Resident) {
            self.twins.release(resident);
        }

        fn submit(&self, plan: Plan<'_>) -> Result<Box<dyn Pending>, ExecuteError> {
            let words =
                |name| plan.buffers().iter().find(|buffer| buffer.name == name).map(|buffer| buffer.words);
            let hashes = words("messages").is_some_and(|words| words >= self.from_words);
            if hashes == self.with {
                std::thread::sleep(Duration::from_millis(100));
            }
            self.twins.submit(plan)
        }

        fn trace(&self, plan: Plan<'_>) -> Result<Trace, ExecuteError> {
            self.twins.trace(plan)
        }
    }

    #[test]
    fn messages_are_hashed_where_it_was_measured_to_be_sooner() {
        let scheme = DilithiumScheme::MlDsa44;
        // All lengths, none, and those below 256 bytes: 4 signatures and a plant or two of 48 bytes.
        for (from_words, with, hash_below) in [(0, false, 1025), (0, true, 0), (4 * 64, true, 65)] {
            let slow = Slow { twins: TwinExecutor::new(), from_words, with };
            let options = Options { table_bytes: 1 << 20, plants: 1, ..Options::default() };
            let kernels = DilithiumKernels::new(Arc::new(slow), options, [4; 32], CpuVerifier::new());
            assert_eq!(kernels.hash_below(scheme), MAX_MESSAGE_BYTES + 1);
            kernels.measure_hashing(scheme, 4).unwrap();
            assert_eq!(kernels.hash_below(scheme), hash_below);
            assert_eq!(kernels.hash_below(DilithiumScheme::MlDsa65), MAX_MESSAGE_BYTES + 1);
            assert_eq!(kernels.self_test(scheme), Ok(()));
        }
        let options = Options { hashing: Hashing::Processor, ..Options::default() };
        let twins = Arc::new(TwinExecutor::new());
        let kernels = DilithiumKernels::new(twins, options, [4; 32], CpuVerifier::new());
        kernels.measure_hashing(scheme, 4).unwrap();
        assert_eq!(kernels.hash_below(scheme), 0);
    }
}
