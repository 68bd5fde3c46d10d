//! Many blocks one after another, each stage on a thread of its own: while one block is executed, the next ones are read
//! and their signatures checked, and the roots of the one before are computed.

use super::stages::{Case, Executed, Signed};
use super::{BlockReport, ValidateError, Watch, log};
use crate::machine::Machine;
use erbium_vm::claims::Fault;
use erbium_vm::spec::SpecSource;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Blocks that wait between two stages at most.
const WAITING: usize = 1;

/// How a stream of block files is validated.
#[derive(Clone, Copy, Debug)]
pub struct StreamOptions<'a> {
    /// Whether stages of different blocks run at the same time. Reports are the same.
    pub overlap: bool,
    /// Bytes of files that are under way at most, from reading to report; a longer file goes alone.
    pub bytes: usize,
    /// Once this is true no further file is begun; those under way are reported.
    pub stop: Option<&'a AtomicBool>,
}

impl Default for StreamOptions<'_> {
    /// Overlapping, with 256 MiB of files under way.
    fn default() -> Self {
        Self { overlap: true, bytes: 256 << 20, stop: None }
    }
}

/// A block's judgement, and when each stage worked on it.
#[derive(Debug)]
pub struct Judged {
    /// What [`Machine::validate`] answers for the file.
    pub result: Result<BlockReport, ValidateError>,
    /// Stages that were reached, in their order.
    pub spans: Vec<Span>,
}

/// When a stage worked on a block, since the stream began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// `decode`, `signatures`, `execute` or `roots`.
    pub stage: &'static str,
    /// Begin.
    pub start: Duration,
    /// End.
    pub end: Duration,
}

/// How a stream ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Streamed {
    /// From begin to end.
    pub wall: Duration,
    /// True where it was told to stop before its files came to their end.
    pub stopped: bool,
}

/// Room for bytes.
struct Budget {
    limit: usize,
    taken: Mutex<usize>,
    freed: Condvar,
}

impl Budget {
    /// Waits until there is room, or nothing is taken.
    fn take(&self, bytes: usize) -> Room<'_> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        while *taken > 0 && taken.saturating_add(bytes) > self.limit {
            taken = self.freed.wait(taken).unwrap_or_else(PoisonError::into_inner);
        }
        *taken = taken.saturating_add(bytes);
        Room { budget: self, bytes }
    }
}

/// Room that is free again when this is dropped.
struct Room<'b> {
    budget: &'b Budget,
    bytes: usize,
}

impl Drop for Room<'_> {
    fn drop(&mut self) {
        *self.budget.taken.lock().unwrap_or_else(PoisonError::into_inner) -= self.bytes;
        self.budget.freed.notify_all();
    }
}

/// A file on its way through the stages.
struct Going<'b, T, S> {
    tag: T,
    work: Work<'b, S>,
}

enum Work<'b, S> {
    /// Nothing to judge.
    Nothing,
    /// A block that a stage has made `made` of.
    Block(Box<Block<'b>>, S),
    /// What cannot be judged.
    Failed(ValidateError, Vec<Span>),
}

struct Block<'b> {
    case: Case,
    decode: Duration,
    watch: Watch,
    spans: Vec<Span>,
    _room: Room<'b>,
}

/// What the stages share.
struct Stages<'a> {
    machine: &'a Machine,
    spec: Option<&'a SpecSource>,
    budget: &'a Budget,
    start: Instant,
}

impl<'a> Stages<'a> {
    fn span<R>(&self, stage: &'static str, spans: &mut Vec<Span>, work: impl FnOnce() -> R) -> R {
        let start = self.start.elapsed();
        let result = work();
        spans.push(Span { stage, start, end: self.start.elapsed() });
        result
    }

    fn decode<T>(&self, tag: T, bytes: Option<Vec<u8>>) -> Going<'a, T, ()> {
        let Some(bytes) = bytes else { return Going { tag, work: Work::Nothing } };
        let room = self.budget.take(bytes.len());
        let watch = Watch::start(self.machine);
        let (start, mut spans) = (Instant::now(), Vec::with_capacity(4));
        let work = match self.span("decode", &mut spans, || Case::read(self.machine, &bytes, self.spec)) {
            Ok(case) => {
                let decode = start.elapsed();
                Work::Block(Box::new(Block { case, decode, watch, spans, _room: room }), ())
            }
            Err(error) => Work::Failed(error, spans),
        };
        Going { tag, work }
    }

    fn stage<T, A, B>(
        &self,
        name: &'static str,
        going: Going<'a, T, A>,
        work: impl FnOnce(&Case, Duration, A) -> Result<B, Fault>,
    ) -> Going<'a, T, B> {
        let Going { tag, work: made } = going;
        let work = match made {
            Work::Nothing => Work::Nothing,
            Work::Failed(error, spans) => Work::Failed(error, spans),
            Work::Block(mut block, made) => {
                let Block { case, decode, spans, .. } = &mut *block;
                match self.span(name, spans, || work(case, *decode, made)) {
                    Ok(made) => Work::Block(block, made),
                    Err(fault) => Work::Failed(fault.into(), block.spans),
                }
            }
        };
        Going { tag, work }
    }

    fn sign<T>(&self, going: Going<'a, T, ()>) -> Going<'a, T, Signed> {
        self.stage("signatures", going, |case, decode, ()| self.machine.sign(case, decode))
    }

    fn execute<T>(&self, going: Going<'a, T, Signed>) -> Going<'a, T, Executed> {
        self.stage("execute", going, |case, _, signed| self.machine.execute(case, signed))
    }

    fn conclude<T>(&self, going: Going<'a, T, Executed>) -> Going<'a, T, BlockReport> {
        self.stage("roots", going, |case, _, executed| {
            self.machine.conclude(case, executed).map(|(report, _)| report)
        })
    }

    /// The judgement, right before it is reported: a device may have been given up since any of the stages.
    fn judged<T>(&self, going: Going<'a, T, BlockReport>) -> (T, Option<Judged>) {
        let judged = match going.work {
            Work::Nothing => None,
            Work::Failed(error, spans) => Some(Judged { result: Err(error), spans }),
            Work::Block(block, report) => {
                let result = if block.watch.is_in_doubt(self.machine, &report) {
                    self.machine.judge(&block.case, block.decode).map(|(report, _)| report)
                } else {
                    Ok(report)
                };
                result.iter().for_each(log);
                Some(Judged { result, spans: block.spans })
            }
        };
        (going.tag, judged)
    }
}

impl Machine {
    /// Validates block files in the order in which they come, and hands each judgement to `report` in that order, as
    /// [`Machine::validate`] gives it. What comes with a tag and no bytes is handed on with the tag alone.
    ///
    /// Memory is bounded by `options` and by a few blocks between the stages, however many files there are.
    ///
    /// # Errors
    /// Those of `report`, after the first of which nothing more is reported.
    pub fn validate_stream<T: Send, E>(
        &self,
        files: impl Iterator<Item = (T, Option<Vec<u8>>)> + Send,
        spec: Option<&SpecSource>,
        options: StreamOptions<'_>,
        mut report: impl FnMut(T, Option<Judged>) -> Result<(), E>,
    ) -> Result<Streamed, E> {
        let budget = Budget { limit: options.bytes, taken: Mutex::new(0), freed: Condvar::new() };
        let stages = &Stages { machine: self, spec, budget: &budget, start: Instant::now() };
        let stopped = AtomicBool::new(false);
        // Ends where it is told to.
        let mut files = files;
        let files = std::iter::from_fn(|| {
            if options.stop.is_some_and(|stop| stop.load(Ordering::Relaxed)) {
                stopped.store(true, Ordering::Relaxed);
                return None;
            }
            files.next()
        });
        if options.overlap {
            overlapping(stages, files, &mut report)?;
        } else {
            for (tag, bytes) in files {
                let signed = stages.sign(stages.decode(tag, bytes));
                let (tag, judged) = stages.judged(stages.conclude(stages.execute(signed)));
                report(tag, judged)?;
            }
        }
        Ok(Streamed { wall: stages.start.elapsed(), stopped: stopped.into_inner() })
    }
}

/// A thread a stage, and this one to report.
fn overlapping<'a, T: Send, E>(
    stages: &Stages<'a>,
    files: impl Iterator<Item = (T, Option<Vec<u8>>)> + Send,
    report: &mut impl FnMut(T, Option<Judged>) -> Result<(), E>,
) -> Result<(), E> {
    thread::scope(|scope| {
        let (decoded, to_sign) = sync_channel(WAITING);
        let (signed, to_execute) = sync_channel(WAITING);
        let (executed, to_conclude) = sync_channel(WAITING);
        let (concluded, to_report) = sync_channel(WAITING);
        scope.spawn(move || pass(files, &decoded, |(tag, bytes)| stages.decode(tag, bytes)));
        scope.spawn(move || pass(to_sign, &signed, |going| stages.sign(going)));
        scope.spawn(move || pass(to_execute, &executed, |going| stages.execute(going)));
        scope.spawn(move || pass(to_conclude, &concluded, |going| stages.conclude(going)));
        to_report.into_iter().try_for_each(|going| {
            let (tag, judged) = stages.judged(going);
            report(tag, judged)
        })
    })
}

/// Hands on what `stage` makes of each; ends where nobody takes it any more, and with it who came before.
fn pass<A, B>(from: impl IntoIterator<Item = A>, to: &SyncSender<B>, stage: impl Fn(A) -> B) {
    for item in from {
        if to.send(stage(item)).is_err() {
            return;
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;

    #[test]
    fn a_budget_lets_wait_who_finds_no_room_and_lets_one_alone_pass() {
        let budget = Budget { limit: 10, taken: Mutex::new(0), freed: Condvar::new() };
        let (large, passed) = (budget.take(usize::MAX), AtomicUsize::new(0));
        thread::scope(|scope| {
            let waiting = scope.spawn(|| {
                let room = budget.take(6);
                passed.fetch_add(1, Ordering::SeqCst);
                drop(room);
            });
            assert_eq!(passed.load(Ordering::SeqCst), 0);
            drop(large);
            waiting.join().unwrap();
        });
        let rooms = [budget.take(4), budget.take(6)];
        assert_eq!(*budget.taken.lock().unwrap(), 10);
        drop(rooms);
        assert_eq!((passed.into_inner(), *budget.taken.lock().unwrap()), (1, 0));
    }
}
