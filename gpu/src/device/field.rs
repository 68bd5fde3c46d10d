//! Which form of fields a device computes faster in.

use super::{AdapterKind, Device};
use crate::plan::{ExecuteError, Executor, Plan, Source};
use erbium_shaders::{Form, Kernel, Program, bls12_381, ristretto};
use std::time::{Duration, Instant};

/// Threads and products of each in a measurement: some milliseconds on a small processor of graphics.
const THREADS: u32 = 1 << 15;
const ROUNDS: u32 = 256;

/// A field that kernels compute in, and whose form is chosen by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Modulo 2^255 - 19.
    Ristretto,
    /// BLS12-381's base field, of 381 bits.
    Bls12381,
}

impl Field {
    /// The kernel that multiplies pairs of numbers, how it is told to, and words of a number.
    fn products(self) -> (&'static Kernel, u32, usize) {
        match self {
            Self::Ristretto => (&ristretto::FIELD_OPERATIONS, ristretto::Operation::Multiply as u32, 8),
            Self::Bls12381 => (&bls12_381::FIELD_OPERATIONS, bls12_381::Operation::Multiply as u32, 12),
        }
    }
}

impl Device {
    /// Measures, once, in which form products in this field are faster, and compiles kernels in that form from then on.
    /// Nothing where the form was given, or the adapter has no 64-bit integers.
    ///
    /// # Errors
    /// What kept it from running.
    pub fn choose_field_form(&self, field: Field) -> Result<(), ExecuteError> {
        if !self.inner.chooses || !self.report().int64 {
            return Ok(());
        }
        self.inner.pipelines.choose_field(field, || {
            let [wide, narrow] = Form::ALL.map(|form| self.products(field, form, THREADS, ROUNDS));
            let (wide, narrow) = (wide?, narrow?);
            let form = if wide <= narrow { Form::U64 } else { Form::U32 };
            tracing::info!(device = self.name(), ?field, ?wide, ?narrow, %form, "measured products in a field");
            Ok(form)
        })
    }

    /// The same, but on software adapters, which take 64-bit integers unasked.
    pub(super) fn prepare(&self, field: Field) -> Result<(), ExecuteError> {
        if self.report().kind == AdapterKind::Software { Ok(()) } else { self.choose_field_form(field) }
    }

    /// The least of three times for `rounds` products in this field by each of so many threads.
    ///
    /// # Errors
    /// What kept it from running.
    pub fn products(
        &self,
        field: Field,
        form: Form,
        threads: u32,
        rounds: u32,
    ) -> Result<Duration, ExecuteError> {
        let (kernel, multiply, words) = field.products();
        let mut best = Duration::MAX;
        // The first also compiles.
        for _ in 0..3 {
            let mut plan = Plan::new("products");
            let operands = plan.buffer("operands", threads as usize * 2 * words, Source::Scratch);
            let results = plan.buffer("results", threads as usize * words, Source::Scratch);
            let arguments = [threads, multiply, rounds, 0, 0, 0, 0, 0];
            let groups = threads.div_ceil(kernel.workgroup);
            plan.pass(Program::in_form(kernel, form), arguments, &[operands, results], groups);
            plan.read_back(results);
            let start = Instant::now();
            self.submit(plan)?.wait()?;
            best = best.min(start.elapsed());
        }
        Ok(best)
    }
}
