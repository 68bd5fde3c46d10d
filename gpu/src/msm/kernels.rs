//! Sums through an executor.

use super::plan::{self, Layout, WINDOW_WORDS};
use crate::cpu::groth16::{Doubled, G1Point, fit, of_windows, plus};
use crate::plan::{Executor, Pending};
use crate::signatures::{Failure, Random, process_seed};
use erbium_claims::Fault;
use erbium_shaders::common::pattern;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Parts of a sum on their way at the same time: one computes while the next is put together.
const IN_FLIGHT: usize = 2;

/// Sums multiples of points by kernels that `executor` runs.
#[derive(Debug)]
pub struct G1Kernels {
    executor: Arc<dyn Executor>,
    sums: AtomicU64,
}

/// A part on its way.
struct InFlight {
    question: Doubled,
    layout: Layout,
    seed: u32,
    pending: Box<dyn Pending>,
}

impl G1Kernels {
    /// Kernels on `executor`.
    pub fn new(executor: Arc<dyn Executor>) -> Self {
        Self { executor, sums: AtomicU64::new(0) }
    }

    /// Who runs the kernels.
    pub fn executor(&self) -> &Arc<dyn Executor> {
        &self.executor
    }

    /// The sum of points, each times its scalar: a little-endian number below the order. `None` where there are more points
    /// than scalars or the reverse, or where a scalar is not below the order.
    ///
    /// # Errors
    /// [`Failure`], [`Failure::Wrong`] where the executor's answer is not what it must be.
    pub fn sum(&self, points: &[G1Point], scalars: &[[u8; 32]]) -> Result<Option<G1Point>, Failure> {
        if !fit(points, scalars) {
            return Ok(None);
        }
        let most = plan::most(points.len(), self.executor.limits());
        let mut in_flight = VecDeque::new();
        let mut sum = G1Point::default();
        for (points, scalars) in points.chunks(most).zip(scalars.chunks(most)) {
            in_flight.push_back(self.start(points, scalars)?);
            if in_flight.len() >= IN_FLIGHT
                && let Some(oldest) = in_flight.pop_front()
            {
                sum = plus(&sum, &finish(oldest)?);
            }
        }
        for part in in_flight {
            sum = plus(&sum, &finish(part)?);
        }
        Ok(Some(sum))
    }

    fn start(&self, points: &[G1Point], scalars: &[[u8; 32]]) -> Result<InFlight, Failure> {
        let seed = process_seed().map_err(|error| Failure::Processor {
            fault: Fault::Coprocessor { reason: error.to_string() },
        })?;
        // The same sum asked again is another question.
        let mut random = Random::new(&seed, self.sums.fetch_add(1, Ordering::Relaxed));
        let mut question = Doubled::new(points, scalars, &mut random);
        let seed = u32::from_le_bytes(random.bytes());
        let words = std::mem::take(&mut question.words);
        let (plan, layout) = plan::sums(words, &question.scalars, seed);
        let pending = self.executor.submit(plan)?;
        Ok(InFlight { question, layout, seed, pending })
    }
}

/// Waits for a part, and believes it only where both its sums fit.
fn finish(part: InFlight) -> Result<G1Point, Failure> {
    let InFlight { question, layout, seed, pending } = part;
    let words = pending.wait()?;
    let wrong = |reason: &str| Failure::Wrong { reason: reason.to_owned() };
    if words.len() != 2 * layout.words() {
        return Err(wrong("a sum of points has another length"));
    }
    if words.iter().zip(0..).all(|(word, place)| *word == pattern(seed, place)) {
        return Err(wrong("a sum of points has no answer: a pass did not run"));
    }
    let (first, second) = words.split_at(layout.words());
    let sum = |words| of_windows(words, WINDOW_WORDS, layout.cut.width());
    let sums = sum(first).zip(sum(second)).ok_or_else(|| wrong("a window of a sum is no point"))?;
    question.judge(sums.into()).ok_or_else(|| wrong("two sums of the same points do not fit each other"))
}
