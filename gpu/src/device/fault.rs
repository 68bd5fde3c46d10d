//! Faults on purpose.

use super::Device;
use std::sync::atomic::Ordering;

/// What goes wrong with a device from now on, so that tests can see what is done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is gone, with its plans in flight.
    Destroy,
    /// No plan that is not done yet answers in time.
    TimeOut,
    /// It has no more memory.
    RefuseAllocations,
    /// The driver refuses its next new buffer. Once.
    BadBuffer,
    /// The next answer cannot be read, though it is there. Once.
    Unreadable,
    /// The compiler panics.
    PanicInCompiler,
}

impl Device {
    /// Makes something go wrong. For tests alone: nothing else calls it, and nothing undoes what is not
    /// for once.
    pub fn inject(&self, fault: Fault) {
        tracing::warn!(device = self.inner.report.name, ?fault, "fault injected");
        let health = &self.inner.health;
        match fault {
            Fault::Destroy => {
                self.inner.device.destroy();
                health.destroyed("destroyed".to_owned());
            }
            Fault::TimeOut => health.time_out.store(true, Ordering::Release),
            Fault::Unreadable => health.unreadable.store(true, Ordering::Release),
            Fault::BadBuffer => self.inner.memory.pool().spoil(),
            Fault::RefuseAllocations => self.inner.memory.pool().refuse(),
            Fault::PanicInCompiler => self.inner.pipelines.panic_from_now_on(),
        }
    }
}
