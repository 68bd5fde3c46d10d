//! How far a device is trusted, by all that ask it.

use crate::plan::Executor;
use crate::signatures::{Crossover, Failure};
use crate::{counter, gauge};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// When a device is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Where it was measured to be sooner done than the processor.
    WhereFaster,
    /// For every batch of two or more.
    Always,
}

impl Use {
    /// Whether a device is asked about `size` things: `worth` and more are worth finding out how fast it is, and `ready` is what
    /// [`Calibration::get`] says.
    pub(crate) fn asks(
        self,
        size: usize,
        worth: usize,
        ready: impl FnOnce() -> Option<Option<Crossover>>,
    ) -> bool {
        match self {
            Self::Always => ready().is_some(),
            Self::WhereFaster => {
                size >= worth && matches!(ready(), Some(Some(crossover)) if crossover.prefers_device(size))
            }
        }
    }
}

/// How a device stands with its engine.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Standing {
    /// There is none.
    None,
    /// It is asked.
    Used {
        /// Its name.
        name: String,
    },
    /// It was given up, and everything goes to the processor.
    Retired {
        /// Its name.
        name: String,
        /// What it did.
        reason: String,
    },
}

/// A device as its engines know it. They share one: who finds the device wrong gives it up for all.
#[derive(Debug)]
pub struct Trust {
    name: String,
    retired: OnceLock<String>,
    answered: AtomicU64,
}

impl Trust {
    /// In a device that did nothing wrong yet.
    pub fn new(executor: &dyn Executor) -> Arc<Self> {
        let name = executor.name().to_owned();
        Arc::new(Self { name, retired: OnceLock::new(), answered: AtomicU64::new(0) })
    }

    /// How the device stands.
    pub fn standing(&self) -> Standing {
        let name = self.name.clone();
        match self.retired.get() {
            Some(reason) => Standing::Retired { name, reason: reason.clone() },
            None => Standing::Used { name },
        }
    }

    /// Whether it was given up.
    pub fn is_retired(&self) -> bool {
        self.retired.get().is_some()
    }

    /// Claims that the device has answered so far.
    pub fn answered(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
    }

    /// What the device answered, if it could and is still trusted afterwards: another batch may have shown meanwhile that
    /// it should not be. A panic on the way to it, in a driver or in a compiler, is a failure like others.
    pub(crate) fn ask<T>(&self, claims: usize, work: impl FnOnce() -> Result<T, Failure>) -> Option<T> {
        match guarded(work) {
            Ok(_) if self.is_retired() => None,
            Ok(answer) => {
                self.answered.fetch_add(claims as u64, Ordering::Relaxed);
                Some(answer)
            }
            Err(failure) => {
                self.failed(&failure);
                None
            }
        }
    }

    fn failed(&self, failure: &Failure) {
        metrics::counter!(counter::DEVICE_FALLBACKS).increment(1);
        if failure.is_passing() {
            tracing::warn!(%failure, "a batch goes to the processor");
        } else {
            self.retire(&failure.to_string());
        }
    }

    fn retire(&self, reason: &str) {
        if self.retired.set(reason.to_owned()).is_ok() {
            metrics::gauge!(gauge::DEVICE_RETIRED).set(1.0);
            let (device, answered) = (self.name.as_str(), self.answered());
            tracing::error!(
                device,
                reason,
                answered,
                "the device is given up; the processor answers from now on"
            );
        }
    }
}

fn guarded<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(Failure::Wrong { reason: "a panic on the way to the device".to_owned() }))
}

/// What was measured of a device, by what it was asked about; what is known passed its self-test.
#[derive(Debug)]
pub(crate) struct Calibration<K> {
    known: Mutex<BTreeMap<K, Known>>,
}

/// What is known of a device's speed.
#[derive(Clone, Copy, Debug)]
enum Known {
    /// Somebody is finding out.
    Measuring,
    /// This; nothing where it does not matter.
    Done(Option<Crossover>),
}

impl<K> Default for Calibration<K> {
    fn default() -> Self {
        Self { known: Mutex::default() }
    }
}

impl<K: Ord + Copy> Calibration<K> {
    /// What `test` found out when it was first run; `None` where the device is out of use, or another is measuring it. Nobody
    /// waits for that other: on a rayon thread it may be the same one, further down its stack.
    pub(crate) fn get(
        &self,
        of: K,
        trust: &Trust,
        used: Use,
        test: impl FnOnce() -> Result<Option<Crossover>, Failure>,
    ) -> Option<Option<Crossover>> {
        let trusted = |crossover| (!trust.is_retired()).then_some(crossover);
        trusted(None)?;
        {
            let mut known = self.known();
            match known.get(&of) {
                Some(Known::Done(crossover)) => return trusted(*crossover),
                Some(Known::Measuring) if used == Use::WhereFaster => return None,
                // Who must be asked passes the test again.
                Some(Known::Measuring) => {}
                None => {
                    known.insert(of, Known::Measuring);
                }
            }
        }
        match trust.ask(0, test) {
            // Who must be asked, and could not be tested, is tested again before it is asked.
            None if used == Use::Always => {
                self.known().remove(&of);
                None
            }
            answer => {
                let crossover = answer.flatten();
                self.known().insert(of, Known::Done(crossover));
                trusted(crossover)
            }
        }
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<K, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::TwinExecutor;
    use erbium_claims::Fault;

    #[test]
    fn who_could_not_be_tested_is_tested_before_it_is_asked() {
        let passing = || Failure::Processor { fault: Fault::Coprocessor { reason: "no room".to_owned() } };
        assert!(passing().is_passing());
        for (used, after) in [(Use::Always, None), (Use::WhereFaster, Some(None))] {
            let (trust, calibration) = (Trust::new(&TwinExecutor::new()), Calibration::default());
            let mut tests = 0;
            let mut ask = |answer: Result<_, Failure>| {
                calibration.get((), &trust, used, || {
                    tests += 1;
                    answer
                })
            };
            assert_eq!(ask(Err(passing())), after);
            // Where it does not have to be asked it never is.
            assert_eq!(ask(Ok(None)), Some(None));
            assert_eq!(ask(Ok(None)), Some(None));
            assert_eq!(tests, if used == Use::Always { 2 } else { 1 });
        }
    }
}
