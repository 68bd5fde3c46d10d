//! What the queue's threads do.

use super::ticket::{Reply, Ticket, pair};
use super::{Answered, Limits, Service};
use crate::{counter, gauge, histogram};
use erbium_claims::Fault;
use std::any::Any;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::slice;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Faults one behind another after which the rest of a faulted batch is not asked again: who fails at everything would
/// keep the others waiting.
const PATIENCE: usize = 8;

/// What askers and threads share.
pub(super) struct Shared<S: Service> {
    pub(super) service: S,
    limits: Limits,
    state: Mutex<State<S>>,
    /// Something to do, or the end.
    work: Condvar,
    /// Less is waiting, or the end.
    room: Condvar,
}

struct State<S: Service> {
    waiting: VecDeque<Waiting<S>>,
    /// Of all that waits.
    weight: usize,
    /// Batches being answered.
    running: usize,
    closed: bool,
}

struct Waiting<S: Service> {
    item: S::Item,
    weight: usize,
    reply: Reply<S::Answer>,
    since: Instant,
}

#[derive(Clone, Copy)]
pub(super) enum Rejected {
    Full,
    Closed,
}

impl<S: Service> Shared<S> {
    pub(super) fn new(service: S, limits: Limits) -> Self {
        let state = State { waiting: VecDeque::new(), weight: 0, running: 0, closed: false };
        Self { service, limits, state: Mutex::new(state), work: Condvar::new(), room: Condvar::new() }
    }

    pub(super) fn submit(
        &self,
        item: S::Item,
        patient: bool,
    ) -> Result<Ticket<S::Answer>, (S::Item, Rejected)> {
        let weight = self.service.weight(&item);
        let since = Instant::now();
        let mut state = self.lock();
        loop {
            if state.closed {
                return Err((item, Rejected::Closed));
            }
            let fits = state.weight.checked_add(weight).is_some_and(|sum| sum <= self.limits.capacity);
            if fits || state.waiting.is_empty() {
                break;
            }
            if !patient {
                metrics::counter!(counter::QUEUE_REFUSED, "kind" => S::KIND).increment(1);
                return Err((item, Rejected::Full));
            }
            state = self.room.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let (reply, ticket) = pair();
        state.weight = state.weight.saturating_add(weight);
        state.waiting.push_back(Waiting { item, weight, reply, since });
        state.show_weight();
        drop(state);
        self.work.notify_one();
        Ok(ticket)
    }

    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.work.notify_all();
        self.room.notify_all();
    }

    pub(super) fn waiting(&self) -> usize {
        self.lock().waiting.len()
    }

    /// Answers batches until the queue is closed and empty.
    pub(super) fn work(&self) {
        while let Some(batch) = self.next() {
            // Those who answer are caught where they are asked. Should anything else panic, a recorder of metrics for
            // instance, the batch's replies are dropped, and with that answered, and the thread goes on.
            if catch_unwind(AssertUnwindSafe(|| self.answer(batch))).is_err() {
                tracing::error!(kind = S::KIND, "a batch of the queue was given up");
            }
            self.lock().running -= 1;
        }
    }

    /// Waits for a batch that is due and takes it; `None` at the end.
    fn next(&self) -> Option<Vec<Waiting<S>>> {
        let mut state = self.lock();
        loop {
            let Some(oldest) = state.waiting.front() else {
                if state.closed {
                    return None;
                }
                state = self.work.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let left = self.limits.max_age.saturating_sub(oldest.since.elapsed());
            let idle = state.running == 0 || state.closed;
            if idle || state.weight >= self.limits.batch_weight || left == Duration::ZERO {
                break;
            }
            (state, _) = self.work.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner);
        }
        let batch = state.take(self.limits.batch_weight);
        state.running += 1;
        state.show_weight();
        let more = !state.waiting.is_empty();
        drop(state);
        self.room.notify_all();
        if more {
            // Another thread has to watch the age of what is left.
            self.work.notify_one();
        }
        Some(batch)
    }

    /// Asks for a batch and hands out the answers.
    fn answer(&self, batch: Vec<Waiting<S>>) {
        let start = Instant::now();
        let (mut items, mut replies) = (Vec::with_capacity(batch.len()), Vec::with_capacity(batch.len()));
        for Waiting { item, reply, since, .. } in batch {
            metrics::histogram!(histogram::QUEUE_WAIT, "kind" => S::KIND).record(start - since);
            items.push(item);
            replies.push(reply);
        }
        // Batches have far fewer than 2^52 items.
        metrics::histogram!(histogram::QUEUE_BATCH, "kind" => S::KIND).record(items.len() as f64);
        let name = if items.len() == 1 { counter::QUEUE_SINGLE } else { counter::QUEUE_BATCHED };
        match self.ask(&items) {
            Ok(answers) => {
                metrics::counter!(name, "kind" => S::KIND).increment(items.len() as u64);
                replies.into_iter().zip(answers).for_each(|(reply, answer)| reply.send(Ok(answer)));
            }
            Err(fault) => {
                tracing::warn!(kind = S::KIND, batch = items.len(), %fault, "a batch of the queue faulted");
                self.one_by_one(&items, replies, &fault);
            }
        }
    }

    /// A fault may be due to one item; the others have a right to their answers.
    fn one_by_one(&self, items: &[S::Item], replies: Vec<Reply<S::Answer>>, fault: &Fault) {
        let (mut in_a_row, mut answered, mut faulted) = (0, 0, 0);
        for (item, reply) in items.iter().zip(replies) {
            let answer = if items.len() == 1 || in_a_row == PATIENCE {
                Err(fault.clone())
            } else {
                self.ask(slice::from_ref(item)).and_then(|answers| {
                    let answer = answers.into_iter().next();
                    answer.ok_or_else(|| miscounted(0, 1))
                })
            };
            match &answer {
                Ok(_) => (in_a_row, answered) = (0, answered + 1),
                Err(_) => (in_a_row, faulted) = ((in_a_row + 1).min(PATIENCE), faulted + 1),
            }
            reply.send(answer);
        }
        metrics::counter!(counter::QUEUE_FALLBACK, "kind" => S::KIND).increment(answered);
        metrics::counter!(counter::QUEUE_FAULTS, "kind" => S::KIND).increment(faulted);
    }

    /// One answer an item, or a fault; a panic is one.
    fn ask(&self, items: &[S::Item]) -> Answered<Vec<S::Answer>> {
        let asked = catch_unwind(AssertUnwindSafe(|| self.service.answer(items)));
        match asked.unwrap_or_else(|panic| Err(panicked(&*panic))) {
            Ok(answers) if answers.len() != items.len() => Err(miscounted(answers.len(), items.len())),
            answer => answer,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<S>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Service> State<S> {
    /// The oldest items, as many as make up `weight`, but at least one.
    fn take(&mut self, weight: usize) -> Vec<Waiting<S>> {
        let mut batch = Vec::new();
        let mut taken = 0usize;
        while taken < weight || batch.is_empty() {
            let Some(next) = self.waiting.pop_front() else { break };
            taken = taken.saturating_add(next.weight);
            self.weight = self.weight.saturating_sub(next.weight);
            batch.push(next);
        }
        batch
    }

    fn show_weight(&self) {
        metrics::gauge!(gauge::QUEUE_WEIGHT, "kind" => S::KIND).set(self.weight as f64);
    }
}

fn miscounted(got: usize, asked: usize) -> Fault {
    Fault::Coprocessor { reason: format!("{got} answers to {asked} questions") }
}

fn panicked(panic: &(dyn Any + Send)) -> Fault {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
    Fault::Coprocessor { reason: format!("panicked: {text}") }
}
