//! A node that checks quantum-signed transactions through `erbium-gpu` alone: no virtual machine, no chain, only
//! questions and verdicts.
//!
//!     cargo run --release --example node
//!
//! Four peers send it transactions, some of them damaged on the way. Each arrives alone and is asked alone, but they all
//! go through one queue, which gathers what comes while others are being checked. Then two blocks come: a block's
//! signatures are known at once, so they are one batch and need no queue. The second block has one signature that does
//! not hold, and is refused with its place. At the end the node prints what the crate measured, through a recorder of
//! crate `metrics` as a server would install one.

use erbium_gpu::claims::{Claim, Derivation, Deriver, DilithiumScheme, Verifier};
use erbium_gpu::queue::{Limits, Queue, Verifying};
use erbium_gpu::{CpuDeriver, CpuVerifier, counter};
use metrics::{Counter, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder};
use metrics::{SharedString, Unit};
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

type Failure = Box<dyn Error + Send + Sync>;

const PEERS: usize = 4;
/// Transactions that each peer sends; every eighth of them is damaged.
const SENT: usize = 40;
/// Transactions that a peer sends before it waits for their fate.
const BURST: usize = 4;

pub(crate) fn main() -> Result<(), Failure> {
    run(&mut io::stdout().lock())
}

/// Plays the story and tells it to `out`.
pub(crate) fn run(out: &mut impl Write) -> Result<(), Failure> {
    let meter = Meter::default();
    metrics::set_global_recorder(meter.clone())?;

    let accounts = (1..=PEERS as u8).map(Account::new).collect::<Result<Vec<_>, _>>()?;
    let sent = accounts.iter().map(Account::transactions).collect::<Result<Vec<_>, _>>()?;

    let queue = Queue::new(Verifying(CpuVerifier::new()), Limits::default())?;
    let pool = listen(&queue, sent)?;
    // Waits for what is still being checked. Here every peer has its answers already.
    drop(queue);
    writeln!(out, "mempool: {} of {} transactions are signed by their sender", pool.len(), PEERS * SENT)?;

    let mut block = pool;
    writeln!(out, "first block: {}", check(&block)?)?;
    if let Some(Claim::Signature { signature, .. }) = block.get_mut(7) {
        signature.iter_mut().take(1).for_each(|byte| *byte ^= 1);
    }
    writeln!(out, "second block: {}", check(&block)?)?;

    writeln!(out, "\n{meter}")?;
    let asked = meter.counted(counter::QUEUE_SINGLE) + meter.counted(counter::QUEUE_BATCHED);
    writeln!(out, "the queue answered {asked} questions")?;
    Ok(())
}

/// Takes what the peers send, each on a thread of its own, and keeps what is signed.
fn listen(queue: &Queue<Verifying<CpuVerifier>>, sent: Vec<Vec<Claim>>) -> Result<Vec<Claim>, Failure> {
    let peer = |transactions: Vec<Claim>| -> Result<Vec<Claim>, Failure> {
        let mut signed = Vec::new();
        for burst in transactions.chunks(BURST) {
            let mut asked = Vec::new();
            for transaction in burst {
                // A full queue slows the peer down. Where `submit` says QueueFull, a node could also drop what came.
                asked.push((transaction, queue.submit_blocking(transaction.clone())?));
            }
            for (transaction, ticket) in asked {
                // In an async server: `ticket.await?`.
                if ticket.wait()?.is_valid() {
                    signed.push(transaction.clone());
                }
            }
        }
        Ok(signed)
    };
    thread::scope(|scope| {
        let peers: Vec<_> = sent.into_iter().map(|sent| scope.spawn(move || peer(sent))).collect();
        let mut pool = Vec::new();
        for peer in peers {
            pool.extend(peer.join().map_err(|_| "a peer's thread panicked")??);
        }
        Ok(pool)
    })
}

/// Checks all signatures of a block as one batch.
fn check(block: &[Claim]) -> Result<String, Failure> {
    let verdicts = CpuVerifier::new().verify(block)?;
    Ok(match verdicts.iter().position(|verdict| !verdict.is_valid()) {
        None => format!("valid, {} signatures", verdicts.len()),
        Some(place) => format!("refused, the signature of transaction {place} does not hold"),
    })
}

/// Somebody who signs. A real one keeps the seed to itself.
struct Account {
    scheme: DilithiumScheme,
    seed: [u8; 32],
    public_key: Vec<u8>,
}

impl Account {
    fn new(number: u8) -> Result<Self, Failure> {
        let schemes = [DilithiumScheme::MlDsa44, DilithiumScheme::MlDsa65, DilithiumScheme::MlDsa87];
        let scheme = schemes[usize::from(number) % schemes.len()];
        let seed = [number; 32];
        let public_key = CpuDeriver.derive(&Derivation::DilithiumKeygen { scheme, seed: seed.into() })??;
        Ok(Self { scheme, seed, public_key })
    }

    /// Signed transfers, the bytes of which mean nothing here; every eighth is not what was signed.
    fn transactions(&self) -> Result<Vec<Claim>, Failure> {
        let transaction = |number: usize| {
            let Self { scheme, seed, public_key } = self;
            let mut message = format!("transfer {number}").into_bytes();
            let (scheme, seed) = (*scheme, (*seed).into());
            let signing = Derivation::DilithiumSign { scheme, seed, message: message.clone() };
            let signature = CpuDeriver.derive(&signing)??;
            if number % 8 == 5 {
                message.push(b'0');
            }
            Ok(Claim::Signature {
                scheme,
                public_key: public_key.clone(),
                signature,
                message: message.into(),
            })
        };
        (0..SENT).map(transaction).collect()
    }
}

/// A small recorder: counters, and of histograms how many values there were and their mean.
#[derive(Clone, Default)]
struct Meter(Arc<Mutex<Measured>>);

#[derive(Default)]
struct Measured {
    counters: BTreeMap<String, Arc<AtomicU64>>,
    histograms: BTreeMap<String, Arc<Values>>,
}

#[derive(Default)]
struct Values {
    number: AtomicU64,
    /// Of all values, in millionths.
    sum: AtomicU64,
}

impl HistogramFn for Values {
    fn record(&self, value: f64) {
        self.number.fetch_add(1, Ordering::Relaxed);
        self.sum.fetch_add((value * 1e6) as u64, Ordering::Relaxed);
    }
}

impl Meter {
    fn with<T>(&self, look: impl FnOnce(&mut Measured) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A counter's value over all its labels.
    fn counted(&self, name: &str) -> u64 {
        self.with(|measured| {
            let of_name = measured.counters.iter().filter(|(key, _)| key.split('{').next() == Some(name));
            of_name.map(|(_, counter)| counter.load(Ordering::Relaxed)).sum()
        })
    }
}

/// `name{label="value"}`.
fn text(key: &Key) -> String {
    let mut text = key.name().to_owned();
    for (i, label) in key.labels().enumerate() {
        let open = if i == 0 { '{' } else { ',' };
        let _ = write!(text, "{open}{}=\"{}\"", label.key(), label.value());
    }
    text + if key.labels().len() > 0 { "}" } else { "" }
}

impl Recorder for Meter {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        let counter = self.with(|measured| Arc::clone(measured.counters.entry(text(key)).or_default()));
        Counter::from_arc(counter)
    }

    /// What waits at a given moment is of no interest when all is done.
    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        let values = self.with(|measured| Arc::clone(measured.histograms.entry(text(key)).or_default()));
        Histogram::from_arc(values)
    }
}

impl std::fmt::Display for Meter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.with(|measured| {
            for (name, counter) in &measured.counters {
                writeln!(f, "{name} {}", counter.load(Ordering::Relaxed))?;
            }
            for (name, Values { number, sum }) in measured.histograms.iter().map(|(name, of)| (name, &**of)) {
                let number = number.load(Ordering::Relaxed);
                let mean = sum.load(Ordering::Relaxed) as f64 / 1e6 / number.max(1) as f64;
                writeln!(f, "{name} {number} values, mean {mean:.6}")?;
            }
            Ok(())
        })
    }
}
