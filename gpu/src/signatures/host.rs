//! Time that the host takes, by part.

use super::options::HostTimes;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A part of a chunk's way.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part {
    Planting,
    Reading,
    Placing,
    Planning,
    Sending,
    Waiting,
    Judging,
    Rechecking,
}

/// Nanoseconds by part.
#[derive(Debug, Default)]
pub(crate) struct Clocks([AtomicU64; 8]);

impl Clocks {
    /// Does the work and counts its time.
    pub(crate) fn time<T>(&self, part: Part, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let done = work();
        let nanoseconds = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        if let Some(clock) = self.0.get(part as usize) {
            clock.fetch_add(nanoseconds, Ordering::Relaxed);
        }
        done
    }

    /// What was counted so far.
    pub(crate) fn times(&self) -> HostTimes {
        let time = |part: Part| {
            let clock = self.0.get(part as usize).map_or(0, |clock| clock.load(Ordering::Relaxed));
            Duration::from_nanos(clock)
        };
        HostTimes {
            planting: time(Part::Planting),
            reading: time(Part::Reading),
            placing: time(Part::Placing),
            planning: time(Part::Planning),
            sending: time(Part::Sending),
            waiting: time(Part::Waiting),
            judging: time(Part::Judging),
            rechecking: time(Part::Rechecking),
        }
    }
}
