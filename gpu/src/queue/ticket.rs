//! The two ends of one item's answer.

use super::Answered;
use erbium_claims::Fault;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// The claim to an answer that comes. Either wait for it on this thread, or await it in any async runtime.
///
/// Who drops it is not told; the item is answered all the same.
#[must_use = "the answer comes to the ticket and to nobody else"]
pub struct Ticket<A> {
    slot: Arc<Slot<A>>,
}

/// The end from which the answer comes. Dropped without one, it answers with a fault.
pub(super) struct Reply<A> {
    slot: Arc<Slot<A>>,
}

struct Slot<A> {
    state: Mutex<State<A>>,
    answered: Condvar,
}

enum State<A> {
    /// No answer yet; who polled last is woken by it.
    Waiting(Option<Waker>),
    Answered(Answered<A>),
    Taken,
}

pub(super) fn pair<A>() -> (Reply<A>, Ticket<A>) {
    let slot = Arc::new(Slot { state: Mutex::new(State::Waiting(None)), answered: Condvar::new() });
    (Reply { slot: Arc::clone(&slot) }, Ticket { slot })
}

impl<A> Ticket<A> {
    /// Waits for the answer.
    ///
    /// # Errors
    /// [`Fault`] where those who answer failed on this item.
    pub fn wait(self) -> Result<A, Fault> {
        let mut state = self.slot.lock();
        while let State::Waiting(_) = *state {
            state = self.slot.answered.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.take().unwrap_or_else(|| Err(taken()))
    }
}

/// Resolves to the answer, or to the fault of those who answer.
impl<A> Future for Ticket<A> {
    type Output = Result<A, Fault>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.slot.lock();
        match &mut *state {
            State::Waiting(waker) => {
                match waker {
                    Some(waker) => waker.clone_from(context.waker()),
                    None => *waker = Some(context.waker().clone()),
                }
                Poll::Pending
            }
            State::Answered(_) | State::Taken => Poll::Ready(state.take().unwrap_or_else(|| Err(taken()))),
        }
    }
}

impl<A> fmt::Debug for Ticket<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ticket").finish_non_exhaustive()
    }
}

fn taken() -> Fault {
    Fault::Coprocessor { reason: "a ticket was asked again after its answer".to_owned() }
}

impl<A> Reply<A> {
    pub(super) fn send(self, answer: Answered<A>) {
        self.slot.put(answer);
    }
}

impl<A> Drop for Reply<A> {
    fn drop(&mut self) {
        self.slot.put(Err(Fault::Coprocessor { reason: "the queue lost the question".to_owned() }));
    }
}

impl<A> Slot<A> {
    fn lock(&self) -> MutexGuard<'_, State<A>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first answer counts.
    fn put(&self, answer: Answered<A>) {
        let waker = {
            let mut state = self.lock();
            let State::Waiting(waker) = &mut *state else { return };
            let waker = waker.take();
            *state = State::Answered(answer);
            waker
        };
        self.answered.notify_all();
        if let Some(waker) = waker {
            // The asker's code: what it does may not end the queue's thread.
            if catch_unwind(AssertUnwindSafe(|| waker.wake())).is_err() {
                tracing::warn!("an asker's waker panicked");
            }
        }
    }
}

impl<A> State<A> {
    /// The answer, once.
    fn take(&mut self) -> Option<Answered<A>> {
        match std::mem::replace(self, Self::Taken) {
            Self::Answered(answer) => Some(answer),
            Self::Waiting(_) | Self::Taken => None,
        }
    }
}
