//! Transactions that run ahead of each other and are settled in their order.
//!
//! One thread goes through the transactions: each that has run is looked at when all below it have been, and is run again
//! where it has read something else than it would find now. Other threads run transactions ahead of it. When a window has
//! been gone through, the claims that are open are judged, and the transactions up to the first that was presumed wrongly
//! are settled; that one runs again, asking at once, and what is behind it is looked at again.

use super::attempt::{Attempt, Ended, Plan, Runner};
use super::inquiry::Mode;
use super::senders::Senders;
use super::versions::Versions;
use super::view::View;
use crate::block::Bloom;
use crate::evm::TransactionResult;
use crate::fork::Fork;
use crate::state::{Journal, StateChanges};
use erbium_claims::Fault;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Transactions that are looked at before conflicts are counted against running ahead.
const PROBATION: u64 = 32;
/// One conflict in so many transactions is still fine: each is run again by the one thread that settles them.
const MOST_CONFLICTS_IN: u64 = 4;
/// How long a run by another thread is waited for, while other transactions are run ahead; then it is made here as well.
const PATIENCE: Duration = Duration::from_micros(300);

/// How the engine is to go about it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    pub(super) threads: usize,
    pub(super) window: Option<usize>,
    /// Claims are presumed, within the bounds.
    pub(super) presumes: bool,
    /// It may stop where running ahead does not pay.
    pub(super) may_stop: bool,
}

/// Why the engine stopped before the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// The next transaction was rejected or ran into a fault, on the state that it stands on.
    Refused,
    /// Too many transactions depend on each other.
    Conflicts,
    /// Too much gas was thrown away.
    SpeculativeGas,
    /// An addition to a balance did not fit: nothing of what was done holds.
    Overflow,
}

/// What the engine did, from its first transaction on.
#[derive(Debug, Default)]
pub(super) struct Ran {
    /// Each with the bloom of its logs.
    pub(super) results: Vec<(TransactionResult, Bloom)>,
    pub(super) changes: StateChanges,
    pub(super) stop: Option<Stop>,
    pub(super) replays: u64,
    pub(super) conflicts: u64,
    /// Transactions settled that another thread had run, or this one ahead of their turn.
    pub(super) ahead: u64,
}

#[derive(Default)]
struct Slot {
    state: Mutex<State>,
    /// It was presumed wrongly: it asks at once.
    asks: AtomicBool,
}

#[derive(Default)]
enum State {
    #[default]
    Idle,
    /// Under way, counted so that a run that was overtaken knows it.
    Running(u32),
    Done(Box<Attempt>),
}

impl Slot {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) struct Engine<'e> {
    plan: Plan<'e>,
    manner: Manner,
    versions: &'e Versions<'e>,
    first: usize,
    slots: Vec<Slot>,
    senders: Senders,
    /// The next transaction to run ahead.
    next: AtomicUsize,
    idle: AtomicBool,
    /// Gas that the transactions may use together.
    gas: u64,
    /// Gas that the block's transactions before these have used.
    used_before: u64,
    done: Ran,
}

/// Runs the transactions of `range` on the state of `before`, of which `gas` may be used.
///
/// # Errors
/// [`Fault`] when the coprocessor or the state failed.
pub(super) fn run(
    plan: Plan<'_>,
    manner: Manner,
    before: &Journal<'_>,
    range: Range<usize>,
    gas: u64,
) -> Result<Ran, Fault> {
    let versions = Versions::new(before, plan.spec.has(Fork::SpuriousDragon));
    let (first, end) = (range.start, range.end);
    let mut engine = Engine {
        plan,
        manner,
        versions: &versions,
        first,
        senders: Senders::new(plan.senders, &range),
        slots: range.map(|_| Slot::default()).collect(),
        next: AtomicUsize::new(first),
        idle: AtomicBool::new(false),
        gas,
        used_before: plan.block.gas_limit.saturating_sub(gas),
        done: Ran::default(),
    };
    let view = View::new(&versions);
    let mut runner = Runner::new(plan, &view);
    let mut settled = first;
    while settled < end && engine.done.stop.is_none() {
        let window = manner.window.map_or(end, |size| end.min(settled.saturating_add(size.max(1))));
        settled = engine.window(&mut runner, settled, window)?;
    }
    engine.finish(settled)
}

impl Engine<'_> {
    fn slot(&self, index: usize) -> Result<&Slot, Fault> {
        let none = || Fault::Coprocessor { reason: format!("no place for transaction {index}") };
        self.slots.get(index.wrapping_sub(self.first)).ok_or_else(none)
    }

    /// Runs and settles the transactions from `settled` to `end`; answers how far it got.
    fn window(&mut self, runner: &mut Runner<'_>, mut settled: usize, end: usize) -> Result<usize, Fault> {
        self.next.store(settled, Ordering::SeqCst);
        let mut pointer = self.with_helpers(runner, settled, end)?;
        loop {
            // Where claims found no room, those of runs that are ahead go with the others.
            let was_full = pointer < end && self.done.stop.is_none();
            self.judge(settled..if was_full { end } else { pointer })?;
            while settled < pointer && self.is_settled(settled)? {
                settled += 1;
            }
            if settled == end || settled == pointer && self.done.stop.is_some() {
                return Ok(settled);
            }
            if settled < pointer {
                self.done.stop = None;
            }
            pointer = self.advance(runner, settled, end)?;
        }
    }

    /// [`Engine::advance`], with other threads running ahead.
    fn with_helpers(&mut self, runner: &mut Runner<'_>, from: usize, end: usize) -> Result<usize, Fault> {
        let helpers = self.manner.threads.min(end - from).saturating_sub(1);
        if helpers == 0 {
            return self.advance(runner, from, end);
        }
        let mut done = std::mem::take(&mut self.done);
        let engine = &*self;
        let pointer = rayon::in_place_scope(|scope| {
            for _ in 0..helpers {
                scope.spawn(|_| engine.help(end));
            }
            let pointer = engine.advance_to(runner, from, end, &mut done);
            engine.idle.store(true, Ordering::SeqCst);
            pointer
        });
        self.idle.store(false, Ordering::SeqCst);
        self.done = done;
        pointer
    }

    /// Runs transactions ahead until there are none.
    fn help(&self, end: usize) {
        let view = View::new(self.versions);
        let mut runner = Runner::new(self.plan, &view);
        while self.run_ahead(&mut runner, end) {}
        // What was left out while its sender's transaction before it had not run.
        let mut more = true;
        while more && !self.is_over() {
            more = false;
            for index in self.first..end {
                more |= self.try_ahead(&mut runner, index);
            }
        }
    }

    /// True where nothing is to be run ahead any more.
    fn is_over(&self) -> bool {
        self.idle.load(Ordering::SeqCst) || self.plan.desk.is_spent()
    }

    /// Runs the next transaction that nobody has begun; false where there is none to run.
    fn run_ahead(&self, runner: &mut Runner<'_>, end: usize) -> bool {
        if self.is_over() {
            return false;
        }
        let mut index = self.next.fetch_add(1, Ordering::SeqCst);
        if index >= end {
            return false;
        }
        // Then those of its sender that were left out meanwhile.
        while self.try_ahead(runner, index)
            && let Some(later) = self.senders.after(index)
            && later < end.min(self.next.load(Ordering::SeqCst))
        {
            index = later;
        }
        true
    }

    /// Runs the transaction at `index` if nobody has begun it, and the one before it of the same sender has run: it would be
    /// rejected for its nonce else. True where it did.
    fn try_ahead(&self, runner: &mut Runner<'_>, index: usize) -> bool {
        let Ok(slot) = self.slot(index) else { return false };
        let before = self.senders.before(index).map(|before| self.slot(before));
        if self.is_over() || matches!(before, Some(Ok(before)) if !matches!(*before.lock(), State::Done(_))) {
            return false;
        }
        {
            let mut state = slot.lock();
            if !matches!(*state, State::Idle) {
                return false;
            }
            *state = State::Running(0);
        }
        let attempt = runner.run(index, self.mode(slot), true);
        let mut state = slot.lock();
        match (&*state, attempt) {
            (State::Running(0), Some(attempt)) => {
                self.versions.publish(index, &attempt.writes);
                *state = State::Done(Box::new(attempt));
            }
            (_, Some(attempt)) => self.plan.desk.throw_away(attempt.gas),
            (_, None) => {}
        }
        true
    }

    fn mode(&self, slot: &Slot) -> Mode {
        let asks = slot.asks.load(Ordering::SeqCst);
        if asks || !self.manner.presumes { Mode::AtOnce } else { Mode::Presume }
    }

    fn advance(&mut self, runner: &mut Runner<'_>, from: usize, end: usize) -> Result<usize, Fault> {
        let mut done = std::mem::take(&mut self.done);
        let pointer = self.advance_to(runner, from, end, &mut done);
        self.done = done;
        pointer
    }

    /// Goes through the transactions from `from` on; answers the first that has not been gone through, which is `end`
    /// unless `done.stop` or room for claims says otherwise.
    fn advance_to(
        &self,
        runner: &mut Runner<'_>,
        from: usize,
        end: usize,
        done: &mut Ran,
    ) -> Result<usize, Fault> {
        let mut gas: u64 = 0;
        for index in self.first..from {
            gas = gas.saturating_add(self.block_gas(index)?);
        }
        let (mut seen, mut conflicts) = (0u64, 0u64);
        for index in from..end {
            let before = done.conflicts;
            self.make_current(runner, index, end, done)?;
            (seen, conflicts) = (seen + 1, conflicts + done.conflicts - before);
            let limit = self.plan.transactions.get(index).map_or(0, |tx| tx.gas_limit);
            let used = match &*self.slot(index)?.lock() {
                State::Done(attempt) => match &attempt.ended {
                    Ended::Executed(result, _) if limit <= self.gas.saturating_sub(gas) => {
                        Some(result.block_gas)
                    }
                    _ => None,
                },
                _ => None,
            };
            let Some(used) = used else {
                done.stop = Some(Stop::Refused);
                return Ok(index);
            };
            gas = gas.saturating_add(used);
            self.plan.desk.reach(self.used_before.saturating_add(gas));
            if self.plan.desk.is_spent() {
                done.stop = Some(Stop::SpeculativeGas);
                return Ok(index + 1);
            }
            if self.manner.may_stop && seen >= PROBATION && conflicts * MOST_CONFLICTS_IN > seen {
                done.stop = Some(Stop::Conflicts);
                return Ok(index + 1);
            }
            if self.plan.desk.was_full() {
                return Ok(index + 1);
            }
        }
        Ok(end)
    }

    fn block_gas(&self, index: usize) -> Result<u64, Fault> {
        Ok(match &*self.slot(index)?.lock() {
            State::Done(attempt) => match &attempt.ended {
                Ended::Executed(result, _) => result.block_gas,
                _ => 0,
            },
            _ => 0,
        })
    }

    /// Makes sure that the run of the transaction at `index` is one on the state that those below it leave.
    fn make_current(
        &self,
        runner: &mut Runner<'_>,
        index: usize,
        end: usize,
        done: &mut Ran,
    ) -> Result<(), Fault> {
        let slot = self.slot(index)?;
        let mut waiting: Option<Instant> = None;
        let (mut fresh, mut count) = (false, 0);
        loop {
            let mut state = slot.lock();
            match &mut *state {
                State::Idle => {}
                State::Running(number) => {
                    if waiting.get_or_insert_with(Instant::now).elapsed() < PATIENCE {
                        drop(state);
                        if !self.run_ahead(runner, end) {
                            std::thread::yield_now();
                        }
                        continue;
                    }
                    count = *number;
                    done.replays += 1;
                }
                State::Done(attempt) => {
                    if !fresh && !attempt.reads.hold(self.versions, index)? {
                        done.conflicts += 1;
                    } else if self.is_fine(slot, attempt) {
                        return Ok(());
                    } else {
                        slot.asks.store(true, Ordering::SeqCst);
                    }
                    done.replays += 1;
                    self.plan.desk.throw_away(attempt.gas);
                }
            }
            let old = std::mem::replace(&mut *state, State::Running(count + 1));
            drop(state);
            let attempt = runner.run(index, self.mode(slot), false);
            let none = || Fault::Coprocessor { reason: format!("transaction {index} has no sender") };
            let attempt = attempt.ok_or_else(none)?;
            if let State::Done(old) = &old {
                self.versions.withdraw(index, &old.writes);
            }
            self.versions.publish(index, &attempt.writes);
            *slot.lock() = State::Done(Box::new(attempt));
            fresh = true;
        }
    }

    /// True for a run that may stand, as far as is known, on the state that it has read.
    fn is_fine(&self, slot: &Slot, attempt: &Attempt) -> bool {
        if attempt.presumed.is_empty() {
            return !matches!(attempt.ended, Ended::Left);
        }
        // What a run came to nothing by may be a presumption.
        matches!(attempt.ended, Ended::Executed(..))
            && !slot.asks.load(Ordering::SeqCst)
            && !self.plan.desk.refutes(&attempt.presumed)
    }

    /// Has the open claims of the transactions judged.
    fn judge(&self, range: Range<usize>) -> Result<(), Fault> {
        let mut claims = Vec::new();
        for index in range {
            if let State::Done(attempt) = &mut *self.slot(index)?.lock() {
                claims.extend(attempt.open.take());
            }
        }
        self.plan.desk.judge(self.plan.coprocessor.verifier, claims)
    }

    /// True where all that the transaction's run rests on was given; else it asks at once from now on.
    fn is_settled(&self, index: usize) -> Result<bool, Fault> {
        let slot = self.slot(index)?;
        let State::Done(attempt) = &*slot.lock() else { return Ok(false) };
        let holds = attempt.presumed.is_empty() || !self.plan.desk.refutes(&attempt.presumed);
        if !holds {
            slot.asks.store(true, Ordering::SeqCst);
        }
        Ok(holds)
    }

    fn finish(mut self, settled: usize) -> Result<Ran, Fault> {
        let mut ran = std::mem::take(&mut self.done);
        let changes = self.versions.changes(settled)?;
        let (first, whole) = (self.first, changes.is_some());
        for (at, slot) in self.slots.into_iter().enumerate() {
            let state = slot.state.into_inner().unwrap_or_else(PoisonError::into_inner);
            let State::Done(attempt) = state else { continue };
            let Attempt { ended, gas, ahead, .. } = *attempt;
            match ended {
                Ended::Executed(result, bloom) if whole && first + at < settled => {
                    ran.results.push((result, *bloom));
                    ran.ahead += u64::from(ahead);
                }
                _ => self.plan.desk.throw_away(gas),
            }
        }
        match changes {
            Some(changes) => ran.changes = changes,
            None => ran.stop = Some(Stop::Overflow),
        }
        Ok(ran)
    }
}
