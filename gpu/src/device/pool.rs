//! Buffers, kept for the next plan.

use super::error::Scopes;
use crate::plan::ExecuteError;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use wgpu::BufferUsages;

/// What a buffer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Purpose {
    /// Words of kernels.
    Storage,
    /// Arguments of passes.
    Uniform,
    /// Words on their way to the device: mapped while nobody leases it.
    Upload,
    /// Words on their way to the host.
    Staging,
    /// Timestamps before they are copied.
    Query,
}

impl Purpose {
    fn usages(self) -> BufferUsages {
        match self {
            Self::Storage => BufferUsages::STORAGE | BufferUsages::COPY_DST | BufferUsages::COPY_SRC,
            Self::Uniform => BufferUsages::UNIFORM | BufferUsages::COPY_DST,
            Self::Upload => BufferUsages::MAP_WRITE | BufferUsages::COPY_SRC,
            Self::Staging => BufferUsages::MAP_READ | BufferUsages::COPY_DST,
            Self::Query => BufferUsages::QUERY_RESOLVE | BufferUsages::COPY_SRC,
        }
    }
}

/// Buffers by purpose and size class, within a budget.
pub(super) struct Pool {
    device: wgpu::Device,
    budget: usize,
    /// Most bytes of a buffer, a multiple of 4.
    largest: usize,
    refuses: AtomicBool,
    /// The next buffer is a bad one.
    spoils: AtomicBool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    free: BTreeMap<(Purpose, usize), Vec<wgpu::Buffer>>,
    /// Bytes in use and free.
    held: usize,
}

/// A buffer in use; it goes back when dropped.
pub(super) struct Lease {
    pool: Arc<Pool>,
    purpose: Purpose,
    class: usize,
    /// Whether the buffer goes back: one for uploads only when it is mapped again.
    kept: bool,
    buffer: Option<wgpu::Buffer>,
}

impl Pool {
    pub(super) fn new(device: wgpu::Device, budget: usize, largest: usize) -> Arc<Self> {
        let (refuses, spoils) = (AtomicBool::new(false), AtomicBool::new(false));
        Arc::new(Self { device, budget, largest: largest / 4 * 4, refuses, spoils, state: Mutex::default() })
    }

    /// Refuses everything from now on.
    pub(super) fn refuse(&self) {
        self.refuses.store(true, Ordering::Release);
    }

    /// Makes the driver refuse the next new buffer.
    pub(super) fn spoil(&self) {
        self.spoils.store(true, Ordering::Release);
    }

    /// Bytes in use and kept.
    pub(super) fn held(&self) -> usize {
        self.state().held
    }

    /// A buffer of at least so many bytes. Its contents are anything.
    pub(super) fn lease(self: &Arc<Self>, purpose: Purpose, bytes: usize) -> Result<Lease, ExecuteError> {
        let class = class(bytes).min(self.largest.max(bytes));
        if class > self.largest {
            return Err(ExecuteError::OutOfMemory { asked: bytes, left: self.largest });
        }
        let kept = self.state().free.get_mut(&(purpose, class)).and_then(Vec::pop);
        let buffer = match kept {
            Some(buffer) => buffer,
            None => {
                self.reserve(bytes, class)?;
                self.create(purpose, class).inspect_err(|_| self.state().held -= class)?
            }
        };
        let kept = purpose != Purpose::Upload;
        Ok(Lease { pool: Arc::clone(self), purpose, class, kept, buffer: Some(buffer) })
    }

    /// Counts a buffer of this class as held. Where it does not fit, free ones go.
    fn reserve(&self, bytes: usize, class: usize) -> Result<(), ExecuteError> {
        if self.refuses.load(Ordering::Acquire) {
            return Err(ExecuteError::OutOfMemory { asked: bytes, left: 0 });
        }
        let mut state = self.state();
        if state.held.saturating_add(class) > self.budget {
            state.empty();
        }
        if state.held.saturating_add(class) > self.budget {
            let left = self.budget.saturating_sub(state.held);
            return Err(ExecuteError::OutOfMemory { asked: bytes, left });
        }
        state.held += class;
        Ok(())
    }

    /// A new buffer, or the driver's reason. wgpu hands out a buffer in either case; a bad one is dropped here.
    fn create(&self, purpose: Purpose, class: usize) -> Result<wgpu::Buffer, ExecuteError> {
        // No device has a buffer of so many bytes.
        let size = if self.spoils.swap(false, Ordering::AcqRel) { u64::MAX / 4 * 4 } else { class as u64 };
        let scopes = Scopes::begin(&self.device);
        let buffer = self.device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size,
            usage: purpose.usages(),
            mapped_at_creation: purpose == Purpose::Upload,
        });
        scopes.finish(class)?;
        Ok(buffer)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Gives free buffers back to the driver.
    fn empty(&mut self) {
        for ((_, class), buffers) in std::mem::take(&mut self.free) {
            self.held -= class * buffers.len();
            buffers.iter().for_each(wgpu::Buffer::destroy);
        }
    }
}

impl Lease {
    /// The buffer; `None` never happens while the lease lives.
    pub(super) fn buffer(&self) -> Option<&wgpu::Buffer> {
        self.buffer.as_ref()
    }

    /// Gives a buffer for uploads back, mapped again.
    pub(super) fn mapped(mut self) {
        self.kept = true;
    }

    /// Gives the buffer back to the driver instead of keeping it.
    pub(super) fn discard(mut self) {
        self.free();
    }

    fn free(&mut self) {
        if let Some(buffer) = self.buffer.take() {
            buffer.destroy();
            self.pool.state().held -= self.class;
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if !self.kept {
            return self.free();
        }
        // Plans run in order, so that what an earlier one still does with it is done before a later one writes.
        if let Some(buffer) = self.buffer.take() {
            self.pool.state().free.entry((self.purpose, self.class)).or_default().push(buffer);
        }
    }
}

/// Bytes of buffers that are sure to fit into a budget when each is rounded up to its class.
pub(super) fn usable(budget: usize) -> usize {
    // A class is at most a quarter larger, the smallest buffers aside.
    (budget / 5 * 4).saturating_sub(SMALL_BUFFERS)
}

/// Bytes of a budget for buffers that are smaller than the smallest class, and for arguments of passes.
const SMALL_BUFFERS: usize = 64 << 10;

/// Bytes of the smallest class that holds so many: four classes from each power of two to the next.
fn class(bytes: usize) -> usize {
    let bytes = bytes.max(256);
    let step = bytes.next_power_of_two() / 8;
    bytes.next_multiple_of(step)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn classes_hold_what_they_are_for(bytes in 1usize..1 << 32) {
            let class = class(bytes);
            prop_assert!(class >= bytes && class.is_multiple_of(4));
            prop_assert!(class <= bytes.max(256) + bytes.max(256) / 4);
            prop_assert_eq!(super::class(class), class);
        }
    }
}
