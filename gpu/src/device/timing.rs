//! How long kernels took.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Time on the device by kernel: runs, and their time together.
pub type Timings = BTreeMap<&'static str, (u64, Duration)>;

/// Adds up what plans report.
#[derive(Debug, Default)]
pub(super) struct Ledger(Mutex<Timings>);

impl Ledger {
    /// `ticks` has the beginning and the end of each kernel's run, `period` the nanoseconds of a tick.
    pub(super) fn add(&self, kernels: &[&'static str], ticks: &[u64], period: f32) {
        let mut timings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (kernel, [start, end]) in kernels.iter().zip(ticks.as_chunks::<2>().0) {
            let nanoseconds = end.saturating_sub(*start) as f64 * f64::from(period);
            let (runs, time) = timings.entry(kernel).or_default();
            *runs += 1;
            *time += Duration::from_nanos(nanoseconds as u64);
        }
    }

    pub(super) fn take(&self) -> Timings {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
