//! Batches through an executor.

use super::chunk::{self, Item};
use super::judge::{Asked, Owner};
use super::plan::{self, Message, NewKey, Record, Tables};
use super::plant::Plant;
use super::random::Random;
use super::selftest;
use super::table::{Place, Slots, slot_words};
use crate::cpu::dilithium::ExpandedKey;
use crate::cpu::{CpuVerifier, Signed};
use crate::plan::{ExecuteError, Executor, Pending, Plan};
use erbium_claims::{Claim, DilithiumScheme, Fault, SignedMessage, Verdict, Verifier};
use foldhash::quality::RandomState;
use rayon::prelude::*;
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Which valid verdicts of an executor are checked again on the processor. Invalid ones all are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recheck {
    /// None.
    Never,
    /// One in so many, at random places.
    OneIn(u32),
    /// All.
    Always,
}

impl Recheck {
    pub(super) fn takes(self, random: &mut Random) -> bool {
        match self {
            Self::Never => false,
            Self::OneIn(many) => random.word().is_multiple_of(many.max(1)),
            Self::Always => true,
        }
    }
}

/// Most bytes of a message that a device hashes: one thread does it, and the whole pass waits for the longest.
pub const MAX_MESSAGE_BYTES: usize = 1024;
const _: () = assert!(MAX_MESSAGE_BYTES <= erbium_shaders::dilithium::MAX_MESSAGE_BYTES as usize);

/// Where messages are hashed. Those over [`MAX_MESSAGE_BYTES`] always are on the processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hashing {
    /// On the device.
    Device,
    /// On the processor, on all cores.
    Processor,
}

/// How batches go through an executor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Bytes for the expanded keys of each scheme, as far as the executor's limits allow; at least a few keys.
    pub table_bytes: usize,
    /// Most signatures in a chunk, plants not counted; not 0.
    pub chunk: usize,
    /// Plants in each chunk.
    pub plants: usize,
    /// Which valid verdicts are checked again.
    pub recheck: Recheck,
    /// Where messages are hashed.
    pub hashing: Hashing,
}

impl Default for Options {
    /// 768 MiB of keys a scheme, chunks of 16,384, two plants in each, one in 64 checked again, hashing on the device.
    fn default() -> Self {
        Self {
            table_bytes: 768 << 20,
            chunk: 16_384,
            plants: 2,
            recheck: Recheck::OneIn(64),
            hashing: Hashing::Device,
        }
    }
}

/// Why kernels gave no verdicts. The batch is untouched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// The executor did not run them to their end.
    #[error(transparent)]
    Unavailable(#[from] ExecuteError),
    /// The executor gave a wrong answer: it is not to be asked again.
    #[error("wrong answer: {reason}")]
    Wrong {
        /// What was wrong.
        reason: String,
    },
    /// The processor could not confirm an answer.
    #[error("not confirmed: {fault}")]
    Processor {
        /// Its fault.
        fault: Fault,
    },
}

impl Failure {
    /// Whether another batch may be tried: there was no room for this one.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Unavailable(ExecuteError::OutOfMemory { .. }) | Self::Processor { .. })
    }
}

/// What kernels have done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Chunks judged.
    pub chunks: u64,
    /// Claims judged.
    pub claims: u64,
    /// Keys that were expanded, plants' not counted.
    pub expanded: u64,
}

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
    tables: Mutex<BTreeMap<u8, Table>>,
}

/// Expanded keys of a scheme.
#[derive(Debug)]
struct Table {
    slots: Slots,
    /// The first slot past [`Slots`]: plants have those.
    plants_from: usize,
    memory: Tables,
}

/// A chunk on its way.
struct InFlight<'a> {
    pending: Box<dyn Pending>,
    asked: Asked<'a>,
    number: u64,
}

/// Chunks of one caller on their way at the same time: one computes while the next is put together.
const IN_FLIGHT: usize = 2;

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

    /// Forgets all expanded keys and frees their memory.
    pub fn forget_keys(&self) {
        for (_, table) in std::mem::take(&mut *self.tables()) {
            let Tables { matrices, t1s, hashes } = table.memory;
            [matrices, t1s, hashes].into_iter().for_each(|memory| self.executor.release(memory));
        }
    }

    /// Forgets all expanded keys, and keeps their memory for others.
    pub fn expire_keys(&self) {
        self.tables().values_mut().for_each(|table| table.slots.clear());
    }

    /// The verdicts on a batch, order kept.
    ///
    /// # Errors
    /// [`Failure`]; keys are forgotten then.
    pub(crate) fn verify_signed(&self, batch: &[Signed<'_>]) -> Result<Vec<Verdict>, Failure> {
        let result = self.run(batch, Some(self.options.recheck));
        if result.is_err() {
            // What their slots hold is not known now.
            self.forget_keys();
        }
        result
    }

    /// Does the work of a batch whose verdicts nobody needs.
    pub(super) fn time(&self, batch: &[Signed<'_>]) -> Result<(), Failure> {
        self.run(batch, None).map(|_| ())
    }

    /// `recheck` is `None` where not even invalid verdicts need be confirmed.
    fn run<'a>(&self, batch: &[Signed<'a>], recheck: Option<Recheck>) -> Result<Vec<Verdict>, Failure> {
        let mut verdicts = Vec::with_capacity(batch.len());
        let mut items = BTreeMap::<_, (DilithiumScheme, Vec<Item<'a>>)>::new();
        for read in chunk::read(batch, &self.hasher) {
            match read {
                Ok(item) => {
                    verdicts.push(None);
                    let scheme = item.signed.scheme;
                    items.entry(scheme.number()).or_insert((scheme, Vec::new())).1.push(item);
                }
                Err(verdict) => verdicts.push(Some(verdict)),
            }
        }
        let mut in_flight = VecDeque::new();
        for (scheme, items) in items.values() {
            let mut rest = items.as_slice();
            while !rest.is_empty() {
                let number = self.chunks.fetch_add(1, Ordering::Relaxed);
                let (taken, chunk) = self.start(*scheme, rest, self.plants(*scheme, number), number)?;
                rest = rest.get(taken..).unwrap_or_default();
                in_flight.push_back(chunk);
                if in_flight.len() >= IN_FLIGHT
                    && let Some(oldest) = in_flight.pop_front()
                {
                    self.finish(oldest, recheck, &mut verdicts)?;
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
        let (_, chunk) = self.start(scheme, &[], plants, number)?;
        self.finish(chunk, None, &mut [])
    }

    /// New plants for a chunk.
    fn plants(&self, scheme: DilithiumScheme, number: u64) -> Vec<Plant> {
        let mut random = Random::new(&self.seed, number << 2);
        let hashes = self.options.hashing == Hashing::Device;
        // The first goes through every pass.
        let over_mu = |i: usize, random: &mut Random| !hashes || i > 0 && random.word().is_multiple_of(4);
        (0..self.options.plants)
            .map(|i| {
                let over_mu = over_mu(i, &mut random);
                Plant::new(scheme, &mut random, over_mu)
            })
            .collect()
    }

    /// Sends off the first items, which are all of one scheme, with plants among them; how many these are.
    fn start<'a>(
        &self,
        scheme: DilithiumScheme,
        items: &[Item<'a>],
        plants: Vec<Plant>,
        number: u64,
    ) -> Result<(usize, InFlight<'a>), Failure> {
        let mut random = Random::new(&self.seed, number << 2 | 1);
        // From here to the submission: what a slot holds is decided in the order in which plans run.
        let mut tables = self.tables();
        let table = match tables.entry(scheme.number()) {
            std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::btree_map::Entry::Vacant(entry) => entry.insert(self.table(scheme)?),
        };
        let most = self.options.chunk.min(self.most_records(scheme)).max(1);
        table.slots.start_chunk();
        let (mut new, mut slots) = (Vec::new(), Vec::new());
        let items = items.get(..most).unwrap_or(items);
        // Keys that are here are compared on all cores.
        let find = |item: &Item<'_>| table.slots.find(item.hash, item.signed.public_key);
        let found: Vec<_> = items.par_iter().with_min_len(128).map(find).collect();
        for (item, found) in items.iter().zip(found) {
            let place = match found {
                Some(slot) if table.slots.ask(slot) => Place::Here(slot),
                _ => table.slots.place(item.hash, item.signed.public_key),
            };
            match place {
                Place::Here(slot) => slots.push(slot),
                Place::New(slot) => {
                    new.push(NewKey { slot, public_key: item.signed.public_key });
                    slots.push(slot);
                }
                Place::Full => break,
            }
        }
        let items = items.get(..slots.len()).unwrap_or_default();
        self.expanded.fetch_add(new.len() as u64, Ordering::Relaxed);
        let (owners, slots) = self.mixed(items, &slots, plants.len(), table.plants_from, &mut random);
        new.extend(
            plants
                .iter()
                .zip(table.plants_from..)
                .map(|(plant, slot)| NewKey { slot: slot as u32, public_key: &plant.public_key }),
        );
        let seed = random.word();
        let plan = self.plan(scheme, table, &new, (&owners, &slots), &plants, seed);
        let pending = self.executor.submit(plan);
        if pending.is_err() {
            // The keys that were taken as expanded are not.
            table.slots.clear();
        }
        drop(tables);
        let pending = pending?;
        Ok((items.len(), InFlight { pending, asked: Asked { scheme, owners, plants, seed }, number }))
    }

    /// Items in order, with plants at random places among them, and everyone's slot.
    fn mixed<'a>(
        &self,
        items: &[Item<'a>],
        slots: &[u32],
        plants: usize,
        plants_from: usize,
        random: &mut Random,
    ) -> (Vec<Owner<'a>>, Vec<u32>) {
        let mut owners: Vec<_> = items.iter().map(|item| Owner::Claim(item.index, item.signed)).collect();
        let mut slots = slots.to_vec();
        for number in 0..plants {
            // At the end, then in the place of another, which goes to the end.
            owners.push(Owner::Plant(number));
            slots.push((plants_from + number) as u32);
            let (place, last) = (random.below(owners.len()), owners.len() - 1);
            owners.swap(place, last);
            slots.swap(place, last);
        }
        (owners, slots)
    }

    fn plan<'s>(
        &self,
        scheme: DilithiumScheme,
        table: &Table,
        new: &[NewKey<'s>],
        (owners, slots): (&'s [Owner<'s>], &[u32]),
        plants: &'s [Plant],
        seed: u32,
    ) -> Plan<'s> {
        let hashes = self.options.hashing == Hashing::Device;
        let record = |(owner, slot): (&Owner<'s>, &u32)| {
            let signed = match owner {
                Owner::Claim(_, signed) => *signed,
                // There is one of each number.
                Owner::Plant(number) => plants.get(*number)?.signed(scheme),
            };
            Some((*slot, signed))
        };
        let parts: Vec<_> = owners.iter().zip(slots).filter_map(record).collect();
        let records: Vec<_> = parts
            .par_iter()
            .map(|(slot, signed)| {
                let Signed { public_key, signature, message, .. } = *signed;
                let message = match message {
                    SignedMessage::Mu(mu) => Message::Mu(*mu),
                    SignedMessage::Plain(bytes) if hashes && bytes.len() <= MAX_MESSAGE_BYTES => {
                        Message::Bytes(bytes)
                    }
                    plain => Message::Mu(ExpandedKey::hash_message(scheme, public_key, plain)),
                };
                Record { slot: *slot, signature, message }
            })
            .collect();
        plan::commitments(scheme, &table.memory, new, &records, seed)
    }

    /// Waits for a chunk and writes its verdicts.
    fn finish(
        &self,
        chunk: InFlight<'_>,
        recheck: Option<Recheck>,
        verdicts: &mut [Option<Verdict>],
    ) -> Result<(), Failure> {
        let expected = chunk.asked.expected();
        let words = chunk.pending.wait()?;
        let mut random = Random::new(&self.seed, chunk.number << 2 | 2);
        let judged = chunk.asked.judge(&words, &expected, &self.cpu, recheck, &mut random)?;
        self.claims.fetch_add(judged.len() as u64, Ordering::Relaxed);
        for (index, verdict) in judged {
            if let Some(place) = verdicts.get_mut(index) {
                *place = Some(verdict);
            }
        }
        Ok(())
    }

    /// Memory for a scheme's keys.
    fn table(&self, scheme: DilithiumScheme) -> Result<Table, ExecuteError> {
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
        Ok(Table { slots: Slots::new(most), plants_from: most, memory: Tables { matrices, t1s, hashes } })
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

    fn tables(&self) -> MutexGuard<'_, BTreeMap<u8, Table>> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for DilithiumKernels {
    fn drop(&mut self) {
        self.forget_keys();
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
