//! Errors of opening, and how wgpu's become ours.

use crate::plan::ExecuteError;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Why no device was opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the messages say it")]
pub enum OpenError {
    #[error("there is no adapter")]
    NoAdapter,
    #[error("no adapter is a graphics processor; a software adapter has to be asked for; there are: {there}")]
    SoftwareOnly { there: String },
    #[error("no adapter can run the kernels: {there}")]
    Unfit { there: String },
    #[error("no adapter is named `{name}`; there are: {there}")]
    NotFound { name: String, there: String },
    #[error("`{name}` names more than one adapter: {matching}")]
    Ambiguous { name: String, matching: String },
    #[error("adapter `{adapter}` was not opened: {reason}")]
    Refused { adapter: String, reason: String },
    #[error("{variable} is `{value}`, not {expected}")]
    Setting { variable: &'static str, value: String, expected: &'static str },
}

/// What `run` answers, or its panic's message.
pub(super) fn catch<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(run)).map_err(message)
}

#[expect(clippy::needless_pass_by_value, reason = "what `map_err` hands over")]
fn message(panic: Box<dyn Any + Send>) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "unknown".to_owned())
}

/// Collects the errors that wgpu reports on this thread. Scopes end in reverse order of their beginning.
pub(super) struct Scopes {
    memory: wgpu::ErrorScopeGuard,
    validation: wgpu::ErrorScopeGuard,
    internal: wgpu::ErrorScopeGuard,
}

impl Scopes {
    pub(super) fn begin(device: &wgpu::Device) -> Self {
        Self {
            memory: device.push_error_scope(wgpu::ErrorFilter::OutOfMemory),
            validation: device.push_error_scope(wgpu::ErrorFilter::Validation),
            internal: device.push_error_scope(wgpu::ErrorFilter::Internal),
        }
    }

    /// The first error, of any kind.
    pub(super) fn end(self) -> Option<wgpu::Error> {
        // On native backends these are there at once.
        let internal = pollster::block_on(self.internal.pop());
        let validation = pollster::block_on(self.validation.pop());
        let memory = pollster::block_on(self.memory.pop());
        memory.or(validation).or(internal)
    }

    /// As [`Scopes::end`]; `asked` bytes are named where memory ran out.
    pub(super) fn finish(self, asked: usize) -> Result<(), ExecuteError> {
        self.end().map_or(Ok(()), |error| Err(failure(&error, asked)))
    }
}

/// What an error means to whoever asked for so many bytes.
fn failure(error: &wgpu::Error, asked: usize) -> ExecuteError {
    match error {
        wgpu::Error::OutOfMemory { .. } => ExecuteError::OutOfMemory { asked, left: 0 },
        error => ExecuteError::Refused { reason: text(error) },
    }
}

/// An error with its causes, on one line a cause.
pub(super) fn text(error: &wgpu::Error) -> String {
    let mut text = String::new();
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        let line = error.to_string();
        if !text.contains(line.trim()) {
            text.push_str(if text.is_empty() { "" } else { "\n" });
            text.push_str(line.trim());
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn out_of_memory_is_told_from_other_errors() {
        let memory = wgpu::Error::OutOfMemory { source: "full".into() };
        assert_eq!(failure(&memory, 77), ExecuteError::OutOfMemory { asked: 77, left: 0 });
        let other = wgpu::Error::Internal { source: "wrong".into(), description: "odd".to_owned() };
        assert!(matches!(failure(&other, 77), ExecuteError::Refused { reason } if reason.contains("wrong")));
    }
}
