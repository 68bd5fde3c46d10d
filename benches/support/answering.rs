//! An executor that answers at once, so that only the host's work takes time.

use erbium::gpu::claims::{DilithiumScheme, SignedMessage};
use erbium::gpu::cpu::dilithium::{ExpandedKey, Params, Signature};
use erbium::gpu::plan::{ExecuteError, Executor, Limits, Pending, Plan, Resident, Source, Trace, Upload};
use rayon::prelude::*;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// Words of an answer.
const HASH: usize = 16;
/// Bytes that a thread copies at a time, as for a device.
const PIECE: usize = 512 << 10;

/// Copies what is sent, and knows the answers: signatures hold, and plants are few.
#[derive(Debug)]
pub(crate) struct Answering {
    plants: usize,
    next: AtomicU64,
    /// Memory that uploads are written into, kept from plan to plan.
    staging: Mutex<Vec<Vec<u8>>>,
    /// Nanoseconds of copying and of finding answers.
    spent: [AtomicU64; 2],
}

impl Answering {
    /// For plans with so many plants.
    pub(crate) fn new(plants: usize) -> Self {
        Self { plants, next: AtomicU64::new(1), staging: Mutex::default(), spent: Default::default() }
    }

    /// Forgets what was spent.
    pub(crate) fn clear(&self) {
        self.spent.iter().for_each(|spent| spent.store(0, Ordering::Relaxed));
    }

    /// Seconds of copying, over all threads, and of finding answers, since the last [`Answering::clear`].
    pub(crate) fn seconds(&self) -> (f64, f64) {
        let [copying, answering] =
            self.spent.each_ref().map(|spent| spent.load(Ordering::Relaxed) as f64 / 1e9);
        (copying, answering)
    }

    fn spend(&self, part: usize, since: u64) {
        self.spent[part].fetch_add(thread_nanoseconds().saturating_sub(since), Ordering::Relaxed);
    }

    fn copy(&self, plan: &Plan<'_>) {
        let taken = self.staging.lock().ok().and_then(|mut free| free.pop());
        let mut memory = taken.unwrap_or_default();
        memory.resize(plan.bytes_up().max(memory.len()), 0);
        let (mut rest, mut pieces) = (memory.as_mut_slice(), Vec::new());
        for buffer in plan.buffers() {
            match &buffer.source {
                Source::Upload(Upload::Items { words, items }) => {
                    for items in items.chunks((PIECE / (words * 4)).max(1)) {
                        let (piece, behind) = rest.split_at_mut(items.len() * words * 4);
                        pieces.push((piece, items, words * 4));
                        rest = behind;
                    }
                }
                Source::Upload(Upload::Words(words)) => {
                    let start = thread_nanoseconds();
                    let (piece, behind) = rest.split_at_mut(words.len() * 4);
                    for (bytes, word) in piece.as_chunks_mut().0.iter_mut().zip(words) {
                        *bytes = word.to_le_bytes();
                    }
                    rest = behind;
                    self.spend(0, start);
                }
                _ => {}
            }
        }
        pieces.into_par_iter().for_each(|(piece, items, each)| {
            let start = thread_nanoseconds();
            for (target, item) in piece.chunks_exact_mut(each).zip(items) {
                let (target, padding) = target.split_at_mut(item.len());
                target.copy_from_slice(item);
                padding.fill(0);
            }
            self.spend(0, start);
        });
        if let Ok(mut free) = self.staging.lock() {
            free.push(memory);
        }
    }

    /// The c-tilde of every record; `None` where the plan is not one of this family.
    fn answers(&self, plan: &Plan<'_>) -> Option<Vec<u32>> {
        let upload = |name: &str| {
            plan.buffers().iter().filter(|buffer| buffer.name == name).find_map(|buffer| {
                match &buffer.source {
                    Source::Upload(upload) => Some(upload),
                    _ => None,
                }
            })
        };
        let items = |name| match upload(name)? {
            Upload::Items { items, .. } => Some(items),
            _ => None,
        };
        let signatures = items("signatures")?;
        let scheme = [DilithiumScheme::MlDsa44, DilithiumScheme::MlDsa65, DilithiumScheme::MlDsa87];
        let scheme =
            *scheme.iter().find(|s| Some(s.signature_len()) == signatures.first().map(|s| s.len()))?;
        let len = Params::of(scheme).c_tilde_len;
        let mut answers = vec![0; signatures.len() * HASH];
        for (answer, signature) in answers.chunks_exact_mut(HASH).zip(signatures) {
            for (word, bytes) in answer.iter_mut().zip(signature.get(..len)?.as_chunks().0) {
                *word = u32::from_le_bytes(*bytes);
            }
        }
        if self.plants == 0 {
            return Some(answers);
        }
        let assignments = upload("assignments")?.to_words();
        let slots = upload("slots")?.to_words();
        let (places, messages) = (upload("places")?.to_words(), upload("messages")?.to_words());
        let mus = upload("mus").map(Upload::to_words);
        let keys = items("keys")?;
        for (slot, key) in slots.iter().zip(keys).rev().take(self.plants) {
            let record = assignments.iter().position(|assigned| assigned == slot)?;
            let place = places.as_chunks::<4>().0.iter().find(|place| place[3] as usize == record);
            let message = match place {
                Some([first, bytes, ..]) => {
                    let words = messages.get(*first as usize..)?;
                    let all: Vec<u8> =
                        words.iter().flat_map(|word| word.to_le_bytes()).take(*bytes as usize).collect();
                    SignedMessage::Plain(all)
                }
                None => {
                    let words = mus.as_ref()?.get(record * HASH..(record + 1) * HASH)?;
                    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
                    SignedMessage::Mu(bytes.try_into().ok()?)
                }
            };
            let key = ExpandedKey::new(scheme, key)?;
            let signature = Signature::decode(key.params(), signatures.get(record)?)?;
            let found = key.commitment(&key.mu(&message), &signature);
            let answer = answers.get_mut(record * HASH..(record + 1) * HASH)?;
            for (word, bytes) in answer.iter_mut().zip(found.as_chunks().0) {
                *word = u32::from_le_bytes(*bytes);
            }
        }
        Some(answers)
    }
}

impl Executor for Answering {
    fn name(&self) -> &str {
        "answers at once"
    }

    /// Those of a card with 4 GiB to use.
    fn limits(&self) -> Limits {
        Limits { buffer_words: (1 << 30) / 4, budget: 3 << 30 }
    }

    fn allocate(&self, _: &'static str, words: usize) -> Result<Resident, ExecuteError> {
        Ok(Resident::new(self.next.fetch_add(1, Ordering::Relaxed), words))
    }

    fn release(&self, _: Resident) {}

    fn submit(&self, plan: Plan<'_>) -> Result<Box<dyn Pending>, ExecuteError> {
        plan.check()?;
        self.copy(&plan);
        let start = thread_nanoseconds();
        let answers = self.answers(&plan);
        self.spend(1, start);
        let refused = || ExecuteError::Refused { reason: "an unknown plan".to_owned() };
        Ok(Box::new(Answered(answers.ok_or_else(refused)?)))
    }

    fn trace(&self, _: Plan<'_>) -> Result<Trace, ExecuteError> {
        Err(ExecuteError::Refused { reason: "it runs no passes".to_owned() })
    }
}

/// Nanoseconds that this thread has run; 0 where the system does not tell.
fn thread_nanoseconds() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or_default()
}

/// Answers that were there before anyone waited.
struct Answered(Vec<u32>);

impl Pending for Answered {
    fn wait(self: Box<Self>) -> Result<Vec<u32>, ExecuteError> {
        Ok(self.0)
    }
}
