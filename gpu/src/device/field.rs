//! Which form of fields a device computes faster in.

use super::Device;
use crate::plan::{ExecuteError, Executor, Plan, Source};
use erbium_shaders::ristretto::{FIELD_OPERATIONS, Operation};
use erbium_shaders::{Form, Program};
use std::time::{Duration, Instant};

/// Threads and products of each in a measurement: some milliseconds on a small processor of graphics.
const THREADS: u32 = 1 << 15;
const ROUNDS: u32 = 256;

impl Device {
    /// Measures, once, in which form products in fields are faster, and compiles kernels in that form from then on. Nothing
    /// where the form was given, or the adapter has no 64-bit integers.
    ///
    /// # Errors
    /// What kept it from running.
    pub fn choose_field_form(&self) -> Result<(), ExecuteError> {
        if !self.inner.chooses || !self.report().int64 {
            return Ok(());
        }
        self.inner.pipelines.choose_field(|| {
            let [wide, narrow] = Form::ALL.map(|form| self.products(form, THREADS, ROUNDS));
            let (wide, narrow) = (wide?, narrow?);
            let form = if wide <= narrow { Form::U64 } else { Form::U32 };
            tracing::info!(device = self.name(), ?wide, ?narrow, %form, "measured products in fields");
            Ok(form)
        })
    }

    /// The least of three times for `rounds` products modulo 2^255 - 19 by each of so many threads.
    ///
    /// # Errors
    /// What kept it from running.
    pub fn products(&self, form: Form, threads: u32, rounds: u32) -> Result<Duration, ExecuteError> {
        let mut best = Duration::MAX;
        // The first also compiles.
        for _ in 0..3 {
            let mut plan = Plan::new("products");
            let operands = plan.buffer("operands", threads as usize * 16, Source::Scratch);
            let results = plan.buffer("results", threads as usize * 8, Source::Scratch);
            let arguments = [threads, Operation::Multiply as u32, rounds, 0, 0, 0, 0, 0];
            let groups = threads.div_ceil(FIELD_OPERATIONS.workgroup);
            let program = Program::in_form(&FIELD_OPERATIONS, form);
            plan.pass(program, arguments, &[operands, results], groups);
            plan.read_back(results);
            let start = Instant::now();
            self.submit(plan)?.wait()?;
            best = best.min(start.elapsed());
        }
        Ok(best)
    }
}
