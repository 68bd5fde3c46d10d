//! Whether a device still works. wgpu reports no errors after a loss, so this is kept here.

use crate::counter;
use crate::plan::ExecuteError;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// A device's state of health.
#[derive(Debug)]
pub(super) struct Health {
    name: String,
    lost: Mutex<Option<String>>,
    flag: AtomicBool,
    hangs: AtomicBool,
    progress: Mutex<Instant>,
    pub(super) time_out: AtomicBool,
    /// The next read of mapped memory fails.
    pub(super) unreadable: AtomicBool,
}

impl Health {
    pub(super) fn new(name: String) -> Self {
        Self {
            name,
            lost: Mutex::new(None),
            flag: AtomicBool::new(false),
            hangs: AtomicBool::new(false),
            progress: Mutex::new(Instant::now()),
            time_out: AtomicBool::new(false),
            unreadable: AtomicBool::new(false),
        }
    }

    fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
        mutex.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Marks the device as lost; the first reason stays. Work of it that is under way may never end.
    pub(super) fn lose(&self, reason: String) {
        self.hangs.store(true, Ordering::Release);
        self.destroyed(reason);
    }

    /// Marks the device as lost, with nothing under way that could hang.
    pub(super) fn destroyed(&self, reason: String) {
        let mut lost = Self::lock(&self.lost);
        if lost.is_none() {
            tracing::error!(device = self.name, reason, "device lost");
            metrics::counter!(counter::DEVICE_LOST).increment(1);
            *lost = Some(reason);
            self.flag.store(true, Ordering::Release);
        }
    }

    /// Why it is lost.
    pub(super) fn reason(&self) -> Option<String> {
        if self.flag.load(Ordering::Acquire) { Self::lock(&self.lost).clone() } else { None }
    }

    /// Refuses where it is lost.
    pub(super) fn check(&self) -> Result<(), ExecuteError> {
        self.reason().map_or(Ok(()), |reason| Err(ExecuteError::Lost { reason }))
    }

    /// Whether dropping the device may wait for ever.
    pub(super) fn may_hang(&self) -> bool {
        self.hangs.load(Ordering::Acquire)
    }

    /// A plan came to its end.
    pub(super) fn advance(&self) {
        *Self::lock(&self.progress) = Instant::now();
    }

    /// When a plan last came to its end.
    pub(super) fn advanced(&self) -> Instant {
        *Self::lock(&self.progress)
    }
}
