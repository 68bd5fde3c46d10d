//! How a device is opened.

use super::{AdapterKind, AdapterReport, OpenError, pool};
use crate::plan::Limits;
use erbium_shaders::{Form, Forms};
use std::time::Duration;

/// The environment variable that keeps 64-bit integers out of kernels: `off`.
pub const INT64_VARIABLE: &str = "ERBIUM_GPU_INT64";
/// The environment variable that puts checks into kernels: `on`.
pub const CHECKS_VARIABLE: &str = "ERBIUM_GPU_CHECKS";
/// The environment variable that says how much device memory may be used, in MiB.
pub const MEMORY_VARIABLE: &str = "ERBIUM_GPU_MEMORY";

/// Largest part of a buffer that is used, whatever the adapter allows.
const LARGEST_BINDING: u64 = 1 << 30;

/// How a device is opened. What is `None` goes by the adapter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// How kernels write 64-bit numbers, all of them. By the adapter: processors of graphics have 32-bit integers, which
    /// serve Keccak best as pairs, and products of them are the driver's to find.
    pub form: Option<Form>,
    /// Whether kernels check indices and loops: far slower, and for tests.
    pub checks: bool,
    /// Whether kernels are timed, where the adapter can.
    pub timestamps: bool,
    /// Bytes of device memory that may be used. By the adapter: 4 GiB of a card's own, else 1 GiB.
    pub budget: Option<usize>,
    /// How long to wait for a plan. By the adapter: 20 seconds, of a software adapter 4 minutes.
    pub time_out: Option<Duration>,
}

impl Options {
    /// What the environment says.
    ///
    /// # Errors
    /// [`OpenError::Setting`] where a variable has another value than it may.
    pub fn from_environment() -> Result<Self, OpenError> {
        let form = match read(INT64_VARIABLE, "`on` or `off`", on_or_off)? {
            Some(false) => Some(Form::U32),
            _ => None,
        };
        let checks = read(CHECKS_VARIABLE, "`on` or `off`", on_or_off)?.unwrap_or_default();
        let mib = |value: &str| value.parse::<usize>().ok().and_then(|mib| mib.checked_mul(1 << 20));
        let budget = read(MEMORY_VARIABLE, "a number of MiB", mib)?;
        Ok(Self { form, checks, budget, ..Self::default() })
    }

    pub(super) fn forms(&self, report: &AdapterReport) -> Forms {
        match self.form {
            Some(form) => form.into(),
            None if !report.int64 => Form::U32.into(),
            None if report.kind == AdapterKind::Software => Form::U64.into(),
            None => Forms { lanes: Form::U32, ..Form::U64.into() },
        }
    }

    pub(super) fn time_out(&self, report: &AdapterReport) -> Duration {
        let seconds = if report.kind == AdapterKind::Software { 240 } else { 20 };
        self.time_out.unwrap_or(Duration::from_secs(seconds))
    }

    /// Bytes of device memory that may be used.
    pub(super) fn budget(&self, report: &AdapterReport) -> usize {
        self.budget.unwrap_or(if report.kind == AdapterKind::Discrete { 4 << 30 } else { 1 << 30 })
    }

    /// What may be asked for; the budget is smaller than [`Options::budget`] by what size classes may add.
    pub(super) fn limits(&self, report: &AdapterReport) -> Limits {
        let bytes = report.binding_bytes.min(report.buffer_bytes).min(LARGEST_BINDING);
        // At most a quarter of 2^30 words.
        Limits { buffer_words: (bytes / 4) as usize, budget: pool::usable(self.budget(report)) }
    }
}

fn on_or_off(value: &str) -> Option<bool> {
    match value {
        "on" => Some(true),
        "off" => Some(false),
        _ => None,
    }
}

fn read<T>(
    variable: &'static str,
    expected: &'static str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, OpenError> {
    let Some(value) = std::env::var_os(variable) else { return Ok(None) };
    let value = value.to_string_lossy();
    if value.is_empty() {
        return Ok(None);
    }
    let setting = || OpenError::Setting { variable, value: value.clone().into_owned(), expected };
    parse(&value).map(Some).ok_or_else(setting)
}
