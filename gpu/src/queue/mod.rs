//! A queue above the synchronous core, for servers: ask about one item, be answered about that one.
//!
//! Askers come one at a time and from many threads; those who answer are quickest in batches. The queue's threads gather
//! what waits and ask for it together:
//!
//! * While nothing is being answered, the next item goes out at once, alone if it came alone. There is no delay to wait
//!   for company.
//! * While something is, what comes gathers until that is done; it goes out beside it, on another thread, as soon as it
//!   is heavy enough for a batch or its oldest item has waited for long enough ([`Limits`]).
//! * What waits is bounded. A full queue refuses ([`SubmitError::QueueFull`]) or, by [`Queue::submit_blocking`], lets the
//!   asker wait.
//! * Every accepted item is answered, also when the queue is closed or dropped: then it drains first.
//! * A [`Fault`] or a panic of those who answer is an answer to nobody but those it concerns: the items of its batch are
//!   asked again one by one, and each asker has its own answer or fault.
//!
//! ```
//! use erbium_gpu::claims::{Claim, DilithiumScheme, Verdict};
//! use erbium_gpu::queue::{Limits, Queue, Verifying};
//!
//! let queue = Queue::new(Verifying(erbium_gpu::CpuVerifier::new()), Limits::default())?;
//! let scheme = DilithiumScheme::MlDsa44;
//! let (public_key, signature, message) = (vec![0; 1312], vec![0; 2420], b"a message".to_vec().into());
//! let ticket = queue.submit(Claim::Signature { scheme, public_key, signature, message })?;
//! assert_eq!(ticket.wait()?, Verdict::Invalid);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod service;
mod ticket;
mod work;

pub use service::{Recovering, Service, Verifying};
pub use ticket::Ticket;

use erbium_claims::Fault;
use std::fmt;
use std::io;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;
use work::{Rejected, Shared};

/// When batches go out and how much may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// A batch is closed when it weighs as much ([`Service::weight`]; of claims and recoveries, bytes), and goes out even
    /// while others are being answered.
    pub batch_weight: usize,
    /// What waits goes out even while others are being answered when its oldest item has waited for as long.
    pub max_age: Duration,
    /// Weight that may wait; an item that is heavier by itself waits alone.
    pub capacity: usize,
    /// Batches that are answered at the same time, each on a thread of its own.
    pub workers: NonZeroUsize,
}

impl Default for Limits {
    /// Batches of 1 MiB, some 200 signatures of ML-DSA-65; 5 ms; 64 MiB waiting; two batches at a time.
    fn default() -> Self {
        Self {
            batch_weight: 1 << 20,
            max_age: Duration::from_millis(5),
            capacity: 64 << 20,
            workers: NonZeroUsize::MIN.saturating_add(1),
        }
    }
}

/// Why an item was not taken. It comes back.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SubmitError<I> {
    /// More waits than may.
    #[error("the queue is full")]
    QueueFull(I),
    /// The queue was closed.
    #[error("the queue is closed")]
    Closed(I),
}

impl<I> SubmitError<I> {
    /// The item.
    pub fn into_item(self) -> I {
        match self {
            Self::QueueFull(item) | Self::Closed(item) => item,
        }
    }
}

/// Without the item, which may be long.
impl<I> fmt::Debug for SubmitError<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::QueueFull(_) => "QueueFull",
            Self::Closed(_) => "Closed",
        })
    }
}

/// A queue in front of `S`.
pub struct Queue<S: Service> {
    shared: Arc<Shared<S>>,
    workers: Vec<JoinHandle<()>>,
}

impl<S: Service> Queue<S> {
    /// Starts the threads of a queue.
    ///
    /// # Errors
    /// Where the operating system gives no thread.
    pub fn new(service: S, limits: Limits) -> io::Result<Self> {
        let mut queue = Self { shared: Arc::new(Shared::new(service, limits)), workers: Vec::new() };
        for i in 0..limits.workers.get() {
            let shared = Arc::clone(&queue.shared);
            let thread = thread::Builder::new().name(format!("erbium-{}-{i}", S::KIND));
            // On an error the threads that are there end with the queue.
            queue.workers.push(thread.spawn(move || shared.work())?);
        }
        Ok(queue)
    }

    /// Asks about `item`, unless the queue is full.
    ///
    /// # Errors
    /// [`SubmitError`] with the item.
    pub fn submit(&self, item: S::Item) -> Result<Ticket<S::Answer>, SubmitError<S::Item>> {
        self.shared.submit(item, false).map_err(|(item, rejected)| match rejected {
            Rejected::Full => SubmitError::QueueFull(item),
            Rejected::Closed => SubmitError::Closed(item),
        })
    }

    /// Asks about `item`, and waits for room where the queue is full.
    ///
    /// # Errors
    /// [`SubmitError::Closed`] with the item.
    pub fn submit_blocking(&self, item: S::Item) -> Result<Ticket<S::Answer>, SubmitError<S::Item>> {
        self.shared.submit(item, true).map_err(|(item, _)| SubmitError::Closed(item))
    }

    /// Takes no more items. What was taken is still answered.
    pub fn close(&self) {
        self.shared.close();
    }

    /// Items that wait and are not being answered yet.
    pub fn waiting(&self) -> usize {
        self.shared.waiting()
    }

    /// Who answers, for batches that are known at once and need no queue.
    pub fn service(&self) -> &S {
        &self.shared.service
    }
}

/// Closes the queue and returns when everything that was taken is answered. Dropped by one of its own threads (by an
/// asker's waker), it does not wait for that one.
impl<S: Service> Drop for Queue<S> {
    fn drop(&mut self) {
        self.close();
        for worker in self.workers.drain(..) {
            if worker.thread().id() != thread::current().id() {
                // It catches what panics; there is nothing to learn from it.
                let _ = worker.join();
            }
        }
    }
}

impl<S: Service> fmt::Debug for Queue<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue")
            .field("kind", &S::KIND)
            .field("waiting", &self.waiting())
            .finish_non_exhaustive()
    }
}

/// What an asker is told.
type Answered<A> = Result<A, Fault>;

#[cfg(test)]
mod tests;
