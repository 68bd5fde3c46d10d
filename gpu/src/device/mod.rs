//! Plans run on a graphics processor through wgpu.
//!
//! [`Device::open`] chooses an adapter and opens it; [`adapters`] lists what there is. A [`Device`] is an
//! [`Executor`](crate::plan::Executor): it compiles kernels when they are first used, keeps buffers for the next plan,
//! knows its memory budget before it admits one, and after a loss, a panic of the driver's or a time-out it refuses
//! everything. It is never believed: what its words are worth is the caller's to judge. Types of wgpu stay in here.

mod adapter;
mod choice;
mod error;
mod fault;
mod field;
mod flight;
mod gate;
mod health;
mod memory;
mod open;
mod options;
mod pipeline;
mod pool;
mod submit;
mod timing;
mod trusted;
mod upload;

pub use adapter::{AdapterKind, AdapterReport, adapters};
pub use choice::Choice;
pub use error::OpenError;
pub use fault::Fault;
pub use field::Field;
pub use options::{CHECKS_VARIABLE, INT64_VARIABLE, MEMORY_VARIABLE, Options};
pub use timing::Timings;

use crate::plan::{ExecuteError, Executor, Limits, Pending, Plan, Resident, Trace};
use erbium_shaders::Forms;
use health::Health;
use memory::Memory;
use pipeline::Pipelines;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// An opened adapter. Clones are the same device.
#[derive(Clone)]
pub struct Device {
    inner: Arc<Inner>,
}

/// What a device and its plans in flight share.
struct Inner {
    report: AdapterReport,
    device: wgpu::Device,
    queue: wgpu::Queue,
    checks: bool,
    timestamps: bool,
    time_out: Duration,
    limits: Limits,
    /// Whether forms are the adapter's to decide.
    chooses: bool,
    health: Arc<Health>,
    pipelines: Pipelines,
    memory: Memory,
    timings: timing::Ledger,
    /// Set when this is dropped; the last field, so that it outlives what is destroyed.
    closing: Option<gate::Change>,
}

impl Device {
    /// The adapter that was opened.
    pub fn report(&self) -> &AdapterReport {
        &self.inner.report
    }

    /// How its kernels write 64-bit numbers.
    pub fn forms(&self) -> Forms {
        self.inner.pipelines.forms()
    }

    /// Whether its kernels check indices and loops.
    pub fn checks(&self) -> bool {
        self.inner.checks
    }

    /// Why it refuses everything, where it does.
    pub fn lost(&self) -> Option<String> {
        self.inner.health.reason()
    }

    /// Takes the times of the kernels run since the last call. There are none unless [`Options::timestamps`] is set and
    /// the adapter has timestamps; of plans dropped before their end there are none either.
    pub fn timings(&self) -> Timings {
        self.inner.timings.take()
    }

    /// Bytes of device and staging memory in use, buffers kept for the next plan included.
    pub fn bytes_held(&self) -> usize {
        self.inner.memory.pool().held()
    }
}

impl Executor for Device {
    fn name(&self) -> &str {
        &self.inner.report.name
    }

    fn limits(&self) -> Limits {
        self.inner.limits
    }

    fn allocate(&self, name: &'static str, words: usize) -> Result<Resident, ExecuteError> {
        self.inner.health.check()?;
        self.inner.fits(name, words)?;
        let _work = gate::work();
        self.inner.guarded(|| self.inner.memory.allocate(words))
    }

    fn release(&self, resident: Resident) {
        self.inner.memory.release(resident.id());
    }

    /// Measures which form of fields is faster. Not on a processor's software, where nothing is to be gained.
    fn prepare_fields(&self) -> Result<(), ExecuteError> {
        self.prepare(Field::Ristretto)
    }

    fn prepare_base_field(&self) -> Result<(), ExecuteError> {
        self.prepare(Field::Bls12381)
    }

    fn submit(&self, plan: Plan<'_>) -> Result<Box<dyn Pending>, ExecuteError> {
        Ok(Box::new(submit::start(&self.inner, &plan)?))
    }

    fn trace(&self, plan: Plan<'_>) -> Result<Trace, ExecuteError> {
        submit::trace(&self.inner, plan)
    }
}

impl Inner {
    fn fits(&self, buffer: &'static str, words: usize) -> Result<(), ExecuteError> {
        let most = self.limits.buffer_words;
        if words > most { Err(ExecuteError::TooLarge { buffer, words, most }) } else { Ok(()) }
    }

    /// Runs what may panic in the driver or its wrapper. A panic loses the device.
    fn guarded<T>(&self, run: impl FnOnce() -> Result<T, ExecuteError>) -> Result<T, ExecuteError> {
        error::catch(run).unwrap_or_else(|reason| {
            self.health.lose(format!("panic: {reason}"));
            self.health.check()?;
            Err(ExecuteError::Lost { reason })
        })
    }
}

/// A device that was lost while it worked is left alone: dropping it would wait for work that may never end.
impl Drop for Inner {
    fn drop(&mut self) {
        self.closing = Some(gate::change());
        if self.health.may_hang() {
            std::mem::forget(self.queue.clone());
            std::mem::forget(self.device.clone());
        }
    }
}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Device")
            .field("adapter", &self.inner.report)
            .field("forms", &self.forms())
            .field("checks", &self.inner.checks)
            .field("limits", &self.inner.limits)
            .field("lost", &self.lost())
            .finish_non_exhaustive()
    }
}
