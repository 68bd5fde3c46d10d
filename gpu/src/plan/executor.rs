//! Who runs plans.

use super::{BufferIndex, Plan, PlanError};
use std::fmt;
use std::time::Duration;

/// Memory of an executor that outlives a plan. It is freed by [`Executor::release`], or with its executor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Resident {
    id: u64,
    words: usize,
}

impl Resident {
    /// For executors: the memory that they know by this number.
    pub const fn new(id: u64, words: usize) -> Self {
        Self { id, words }
    }

    /// The number.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Its length.
    pub fn words(&self) -> usize {
        self.words
    }
}

/// What an executor can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most words of one buffer.
    pub buffer_words: usize,
    /// Bytes for all buffers together, resident ones included.
    pub budget: usize,
}

/// Why a plan was not run to its end. None of these is a verdict.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the messages say it")]
pub enum ExecuteError {
    #[error("the device is lost: {reason}")]
    Lost { reason: String },
    #[error("no answer within {after:?}")]
    TimeOut { after: Duration },
    #[error("{asked} bytes do not fit: {left} are left of the budget")]
    OutOfMemory { asked: usize, left: usize },
    #[error("buffer `{buffer}` of {words} words is larger than the {most} that fit")]
    TooLarge { buffer: &'static str, words: usize, most: usize },
    #[error("kernel `{kernel}` was not compiled: {reason}")]
    Compile { kernel: &'static str, reason: String },
    #[error("the device refused: {reason}")]
    Refused { reason: String },
    #[error("memory {id} is not this executor's")]
    NotResident { id: u64 },
    #[error(transparent)]
    Plan(#[from] PlanError),
}

/// Runs plans.
pub trait Executor: fmt::Debug + Send + Sync {
    /// Its name, for logs and reports.
    fn name(&self) -> &str;

    /// What it can hold.
    fn limits(&self) -> Limits;

    /// Memory that outlives a plan; its contents are anything.
    ///
    /// # Errors
    /// [`ExecuteError::OutOfMemory`], [`ExecuteError::TooLarge`] or a lost device.
    fn allocate(&self, name: &'static str, words: usize) -> Result<Resident, ExecuteError>;

    /// Frees memory. Plans in flight keep what they use.
    fn release(&self, resident: Resident);

    /// Called before the first plan with kernels that compute in fields, so that an executor may find out how it does so
    /// best.
    ///
    /// # Errors
    /// As [`Executor::submit`] and [`Pending::wait`].
    fn prepare_fields(&self) -> Result<(), ExecuteError> {
        Ok(())
    }

    /// The same for kernels that compute in BLS12-381's base field.
    ///
    /// # Errors
    /// As [`Executor::submit`] and [`Pending::wait`].
    fn prepare_base_field(&self) -> Result<(), ExecuteError> {
        Ok(())
    }

    /// Sends a plan off. Plans run in the order of submission; this one runs while the caller goes on.
    ///
    /// # Errors
    /// Where it cannot start; nothing has run then.
    fn submit(&self, plan: Plan<'_>) -> Result<Box<dyn Pending>, ExecuteError>;

    /// Runs a plan and keeps what every pass wrote.
    ///
    /// # Errors
    /// As [`Executor::submit`] and [`Pending::wait`].
    fn trace(&self, plan: Plan<'_>) -> Result<Trace, ExecuteError>;
}

/// A plan on its way.
pub trait Pending: Send {
    /// The words that are read back.
    ///
    /// # Errors
    /// Where the plan did not run to its end.
    fn wait(self: Box<Self>) -> Result<Vec<u32>, ExecuteError>;
}

/// What a pass wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassRecord {
    /// The kernel.
    pub pass: &'static str,
    /// The buffers that it may write, with their words afterwards.
    pub written: Vec<(BufferIndex, &'static str, Vec<u32>)>,
}

/// What every pass of a plan wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// In order.
    pub passes: Vec<PassRecord>,
    /// What was read back.
    pub readback: Vec<u32>,
}

impl Trace {
    /// The first word of the first pass in which `other` differs, in words; `None` where nothing does.
    pub fn difference(&self, other: &Self) -> Option<String> {
        if self.passes.len() != other.passes.len() {
            return Some(format!("{} passes and {}", self.passes.len(), other.passes.len()));
        }
        for (ours, theirs) in self.passes.iter().zip(&other.passes) {
            if ours.pass != theirs.pass || ours.written.len() != theirs.written.len() {
                return Some(format!("pass `{}` and pass `{}`", ours.pass, theirs.pass));
            }
            for ((_, buffer, a), (_, _, b)) in ours.written.iter().zip(&theirs.written) {
                let place = a.iter().zip(b).position(|(a, b)| a != b);
                if let Some(place) = place {
                    return Some(format!(
                        "pass `{}`, buffer `{buffer}`, word {place}: {:08x} and {:08x}",
                        ours.pass, a[place], b[place]
                    ));
                }
                if a.len() != b.len() {
                    return Some(format!("buffer `{buffer}`: {} words and {}", a.len(), b.len()));
                }
            }
        }
        (self.readback != other.readback).then(|| "the words read back".to_owned())
    }
}
