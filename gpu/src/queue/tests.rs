#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

const FOREVER: Duration = Duration::from_secs(3_600);

/// What a number is answered with.
fn answer_to(number: u64) -> u64 {
    number.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 1
}

type Batch = Vec<u64>;

/// Answers numbers; shows each batch when it starts, and waits where it is told to.
struct Numbers {
    started: Mutex<Sender<Batch>>,
    /// Batches with this number in them wait for the gate.
    held: Option<u64>,
    gate: Mutex<Receiver<()>>,
    /// What becomes of the right answers.
    spoil: Spoil,
}

impl Service for Numbers {
    type Item = u64;
    type Answer = u64;
    const KIND: &'static str = "numbers";

    fn weight(&self, _: &u64) -> usize {
        1
    }

    fn answer(&self, items: &[u64]) -> Result<Vec<u64>, Fault> {
        let _ = self.started.lock().unwrap_or_else(PoisonError::into_inner).send(items.to_vec());
        if self.held.is_some_and(|held| items.contains(&held)) {
            let _ = self.gate.lock().unwrap().recv();
        }
        (self.spoil)(items, items.iter().map(|item| answer_to(*item)).collect())
    }
}

/// A queue of numbers, with sight of its batches and the key of its gate.
struct Setup {
    queue: Queue<Numbers>,
    started: Receiver<Batch>,
    gate: Sender<()>,
}

type Spoil = fn(&[u64], Vec<u64>) -> Result<Vec<u64>, Fault>;

fn setup(workers: usize, held: Option<u64>, limits: Limits, spoil: Spoil) -> Setup {
    let ((show, started), (gate, key)) = (channel(), channel());
    let numbers = Numbers { started: Mutex::new(show), held, gate: Mutex::new(key), spoil };
    let limits = Limits { workers: NonZeroUsize::new(workers).unwrap(), ..limits };
    Setup { queue: Queue::new(numbers, limits).unwrap(), started, gate }
}

/// Limits that nothing reaches.
fn loose() -> Limits {
    Limits { batch_weight: usize::MAX, max_age: FOREVER, capacity: usize::MAX, ..Limits::default() }
}

fn right(_: &[u64], answers: Vec<u64>) -> Result<Vec<u64>, Fault> {
    Ok(answers)
}

fn fault() -> Fault {
    Fault::Coprocessor { reason: "planted".to_owned() }
}

impl Setup {
    fn submit(&self, numbers: impl IntoIterator<Item = u64>) -> Vec<Ticket<u64>> {
        numbers.into_iter().map(|number| self.queue.submit(number).unwrap()).collect()
    }

    /// The next batch that starts; a test that waits for one in vain fails.
    fn next_batch(&self) -> Batch {
        self.started.recv_timeout(Duration::from_secs(60)).unwrap()
    }

    fn open_and_drop(self) -> Vec<Batch> {
        let Self { queue, started, gate } = self;
        drop(gate);
        drop(queue);
        started.try_iter().collect()
    }
}

fn answers(tickets: Vec<Ticket<u64>>) -> Vec<Result<u64, Fault>> {
    tickets.into_iter().map(Ticket::wait).collect()
}

fn right_answers(numbers: impl IntoIterator<Item = u64>) -> Vec<Result<u64, Fault>> {
    numbers.into_iter().map(|number| Ok(answer_to(number))).collect()
}

#[test]
fn an_idle_queue_asks_at_once_and_alone() {
    // Neither weight nor age can be what sends these out.
    let setup = setup(1, None, loose(), right);
    for number in 0..5 {
        assert_eq!(answers(setup.submit([number])), right_answers([number]));
        assert_eq!(setup.next_batch(), [number]);
    }
}

#[test]
fn what_comes_while_it_is_busy_goes_out_together_and_in_order() {
    let setup = setup(2, Some(0), loose(), right);
    let mut tickets = setup.submit([0]);
    assert_eq!(setup.next_batch(), [0]);
    tickets.extend(setup.submit(1..40));
    assert_eq!(setup.queue.waiting(), 39);
    setup.gate.send(()).unwrap();
    assert_eq!(setup.next_batch(), (1..40).collect::<Vec<_>>());
    assert_eq!(answers(tickets), right_answers(0..40));
}

#[test]
fn weight_sends_a_batch_out_beside_another() {
    let setup = setup(2, Some(0), Limits { batch_weight: 3, ..loose() }, right);
    let held = setup.submit([0]);
    assert_eq!(setup.next_batch(), [0]);
    let tickets = setup.submit(1..4);
    // The first one is still being answered.
    assert_eq!(answers(tickets), right_answers(1..4));
    assert_eq!(setup.next_batch(), [1, 2, 3]);
    setup.gate.send(()).unwrap();
    assert_eq!(answers(held), right_answers([0]));
}

#[test]
fn a_batch_is_no_heavier_than_it_may_be() {
    let setup = setup(1, Some(0), Limits { batch_weight: 4, ..loose() }, right);
    let mut tickets = setup.submit([0]);
    assert_eq!(setup.next_batch(), [0]);
    tickets.extend(setup.submit(1..11));
    setup.gate.send(()).unwrap();
    assert_eq!(answers(tickets), right_answers(0..11));
    assert_eq!(setup.open_and_drop(), [vec![1, 2, 3, 4], vec![5, 6, 7, 8], vec![9, 10]]);
}

#[test]
fn age_sends_a_batch_out_beside_another() {
    for workers in [2, 4] {
        let setup = setup(workers, Some(0), Limits { max_age: Duration::from_millis(2), ..loose() }, right);
        let held = setup.submit([0]);
        assert_eq!(setup.next_batch(), [0]);
        for number in 1..4 {
            assert_eq!(answers(setup.submit([number])), right_answers([number]));
        }
        setup.gate.send(()).unwrap();
        assert_eq!(answers(held), right_answers([0]));
    }
}

#[test]
fn a_full_queue_gives_the_item_back_or_lets_its_asker_wait() {
    let setup = setup(1, Some(0), Limits { capacity: 3, ..loose() }, right);
    let mut tickets = setup.submit([0]);
    assert_eq!(setup.next_batch(), [0]);
    tickets.extend(setup.submit(1..4));
    let refused = setup.queue.submit(4).unwrap_err();
    assert_eq!(
        (refused.to_string().as_str(), format!("{refused:?}").as_str()),
        ("the queue is full", "QueueFull")
    );
    assert_eq!(refused.into_item(), 4);
    let waited = thread::scope(|scope| {
        let waiter = scope.spawn(|| setup.queue.submit_blocking(5).unwrap().wait());
        setup.gate.send(()).unwrap();
        waiter.join().unwrap()
    });
    assert_eq!(waited, Ok(answer_to(5)));
    assert_eq!(answers(tickets), right_answers(0..4));
}

#[test]
fn an_item_beyond_the_capacity_waits_alone() {
    let setup = setup(1, Some(0), Limits { capacity: 0, ..loose() }, right);
    let mut tickets = setup.submit([0]);
    assert_eq!(setup.next_batch(), [0]);
    tickets.extend(setup.submit([1]));
    assert!(matches!(setup.queue.submit(2), Err(SubmitError::QueueFull(2))));
    setup.gate.send(()).unwrap();
    assert_eq!(answers(tickets), right_answers(0..2));
}

#[test]
fn a_dropped_queue_drains() {
    let setup = setup(2, Some(0), Limits { batch_weight: 5, ..loose() }, right);
    let tickets = setup.submit(0..33);
    let batches = setup.open_and_drop();
    assert_eq!(batches.concat().len(), 33);
    assert_eq!(answers(tickets), right_answers(0..33));
}

#[test]
fn a_closed_queue_answers_what_it_has_and_takes_no_more() {
    let setup = setup(1, Some(0), Limits { capacity: 2, ..loose() }, right);
    let mut tickets = setup.submit([0]);
    assert_eq!(setup.next_batch(), [0]);
    tickets.extend(setup.submit([1, 2]));
    thread::scope(|scope| {
        let waiter = scope.spawn(|| setup.queue.submit_blocking(3).map(drop));
        setup.queue.close();
        assert!(matches!(waiter.join().unwrap(), Err(SubmitError::Closed(3))));
    });
    assert!(matches!(setup.queue.submit(4), Err(SubmitError::Closed(4))));
    setup.gate.send(()).unwrap();
    assert_eq!(answers(tickets), right_answers(0..3));
}

/// The answers to 0..20, asked as one batch of `spoil`, and how often it was asked for them.
fn spoilt(spoil: Spoil) -> (Vec<Result<u64, Fault>>, usize) {
    let setup = setup(1, Some(99), loose(), spoil);
    let held = setup.submit([99]);
    assert_eq!(setup.next_batch(), [99]);
    let tickets = setup.submit(0..20);
    setup.gate.send(()).unwrap();
    assert_eq!(answers(held), right_answers([99]));
    let answers = answers(tickets);
    let batches = setup.open_and_drop();
    assert_eq!(batches[0].len(), 20);
    (answers, batches.len())
}

#[test]
fn a_fault_or_panic_of_one_item_is_its_own() {
    for spoil in [
        (|items, answers| if items.contains(&7) { Err(fault()) } else { Ok(answers) }) as Spoil,
        |items, answers| if items.contains(&7) { panic!("planted") } else { Ok(answers) },
        |items, answers| if items.contains(&7) { Ok(Vec::new()) } else { Ok(answers) },
    ] {
        let (mut answers, asked) = spoilt(spoil);
        let seven = std::mem::replace(&mut answers[7], Ok(answer_to(7)));
        assert!(matches!(seven, Err(Fault::Coprocessor { .. })), "{seven:?}");
        assert_eq!((answers, asked), (right_answers(0..20), 21));
    }
}

#[test]
fn who_fails_at_everything_is_not_asked_for_ever_and_everyone_hears_of_it() {
    let (answers, asked) = spoilt(|items, answers| if items == [99] { Ok(answers) } else { Err(fault()) });
    assert_eq!((answers, asked), (vec![Err(fault()); 20], 1 + 8));
}

#[test]
fn a_wrong_number_of_answers_is_a_fault_that_counts_them() {
    let (answers, _) = spoilt(|items, mut answers| {
        if items != [99] {
            answers.push(0);
        }
        Ok(answers)
    });
    assert_eq!(answers[0], Err(Fault::Coprocessor { reason: "2 answers to 1 questions".to_owned() }));
}

/// Wakes the thread that it was made on.
struct Unpark(thread::Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

#[test]
fn a_ticket_is_a_future() {
    let setup = setup(1, Some(0), loose(), right);
    let ticket = setup.queue.submit(0).unwrap();
    let other = setup.queue.submit(1).unwrap();
    let both = async move { (ticket.await, other.await) };
    setup.gate.send(()).unwrap();
    assert_eq!(block_on(both), (Ok(answer_to(0)), Ok(answer_to(1))));

    let mut ticket = pin!(setup.queue.submit(2).unwrap());
    assert_eq!(block_on(ticket.as_mut()), Ok(answer_to(2)));
    assert!(block_on(ticket).is_err(), "an answer comes once");
}

/// Does something once when it wakes.
struct Once<F>(Mutex<Option<F>>);

impl<F: FnOnce() + Send + 'static> Wake for Once<F> {
    fn wake(self: Arc<Self>) {
        let act = self.0.lock().unwrap().take();
        act.unwrap()();
    }
}

/// Polls a ticket once with a waker that does `act`.
fn poll_with(ticket: &mut Ticket<u64>, act: impl FnOnce() + Send + 'static) {
    let waker = Waker::from(Arc::new(Once(Mutex::new(Some(act)))));
    assert!(pin!(ticket).poll(&mut Context::from_waker(&waker)).is_pending());
}

#[test]
fn a_waker_that_panics_takes_nothing_with_it() {
    let setup = setup(1, Some(0), loose(), right);
    let mut ticket = setup.queue.submit(0).unwrap();
    poll_with(&mut ticket, || panic!("planted"));
    setup.gate.send(()).unwrap();
    assert_eq!(ticket.wait(), Ok(answer_to(0)));
    assert_eq!(answers(setup.submit([1])), right_answers([1]));
}

#[test]
fn a_waker_may_drop_the_queue() {
    let Setup { queue, gate, .. } = setup(2, Some(0), loose(), right);
    let mut ticket = queue.submit(0).unwrap();
    let (done, dropped) = channel();
    poll_with(&mut ticket, move || {
        drop(queue);
        done.send(()).unwrap();
    });
    gate.send(()).unwrap();
    dropped.recv_timeout(Duration::from_secs(60)).unwrap();
    assert_eq!(ticket.wait(), Ok(answer_to(0)));
}

/// Asks from many threads at once; the numbers whose asker was not told their answer.
fn misled(threads: u64, each: u64, workers: usize, limits: Limits, spoil: Spoil) -> BTreeSet<u64> {
    let Setup { queue, .. } = setup(workers, None, limits, spoil);
    let misled = Mutex::new(BTreeSet::new());
    thread::scope(|scope| {
        for start in 0..threads {
            let (queue, misled) = (&queue, &misled);
            scope.spawn(move || {
                let numbers = (0..each).map(|i| i * threads + start);
                let asked: Vec<_> =
                    numbers.map(|number| (number, queue.submit_blocking(number).unwrap())).collect();
                // Neither the order of waiting nor the way of it matters.
                for (number, ticket) in asked.into_iter().rev() {
                    let answer = if number % 2 == 0 { ticket.wait() } else { block_on(ticket) };
                    if answer != Ok(answer_to(number)) {
                        misled.lock().unwrap().insert(number);
                    }
                }
            });
        }
    });
    misled.into_inner().unwrap()
}

/// Like answers handed to the wrong askers.
fn rotated(_: &[u64], mut answers: Vec<u64>) -> Result<Vec<u64>, Fault> {
    answers.rotate_left(1);
    Ok(answers)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_asker_is_told_its_own_answer(
        threads in 1u64..6,
        each in 1u64..60,
        workers in 1usize..5,
        batch_weight in 1usize..40,
        capacity in 0usize..80,
        age in 0u64..3_000,
    ) {
        let limits = Limits { batch_weight, capacity, max_age: Duration::from_micros(age), ..Limits::default() };
        prop_assert_eq!(misled(threads, each, workers, limits, right), BTreeSet::new());
        // Every seventh item breaks its batch: it alone hears of that.
        let broken = misled(threads, each, workers, limits, |items, answers| {
            if items.iter().any(|item| item % 7 == 3) { Err(fault()) } else { Ok(answers) }
        });
        let due = (0..threads * each).filter(|number| number % 7 == 3).collect::<BTreeSet<_>>();
        prop_assert!(due.is_subset(&broken));
        // A row of faults that is too long takes the rest of its batch with it; short batches have none.
        if batch_weight <= 8 {
            prop_assert_eq!(broken, due);
        }
    }
}

#[test]
fn answers_in_the_wrong_place_are_seen() {
    let limits = Limits { batch_weight: 20, capacity: 20, ..loose() };
    assert!(!misled(4, 200, 1, limits, rotated).is_empty());
}
