//! Limits of local execution. Blocks are bounded by gas, call depth and code size alone.

use super::ExecutionContext;
use crate::evm::{StepView, Tracer};
use crate::machine::ExecutionState;
use erbium_claims::Halt;
use std::time::{Duration, Instant};

/// What a local execution may use besides gas.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sandbox {
    /// Most bytes of memory a frame.
    pub memory_limit: Option<usize>,
    /// Longest run by the wall clock.
    pub execution_timeout: Option<Duration>,
    /// Most instructions.
    pub step_limit: Option<u64>,
    /// Largest gas limit a context may ask for.
    pub max_gas_limit: Option<u64>,
    /// Longest code a context may bring, in bytes.
    pub max_code_size: Option<usize>,
    /// A filter of system calls. Not built: asking for it is refused.
    pub system_call_filter: bool,
    /// Isolation from the network. Not built: asking for it is refused.
    pub network_isolation: bool,
}

/// A context or a sandbox that is refused before anything runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the messages say it")]
pub enum SecurityError {
    #[error("gas limit {got} exceeds the sandbox's {limit}")]
    GasLimitExceeded { got: u64, limit: u64 },
    #[error("code of {got} bytes exceeds the sandbox's {limit}")]
    CodeSizeExceeded { got: usize, limit: usize },
    #[error("{feature} is not built into this version")]
    Unsupported { feature: &'static str },
}

impl Sandbox {
    /// Checks what can be checked before the run.
    ///
    /// # Errors
    /// [`SecurityError`] naming the limit and the value.
    pub fn validate_context(&self, context: &ExecutionContext) -> Result<(), SecurityError> {
        if self.system_call_filter {
            return Err(SecurityError::Unsupported { feature: "the system-call filter" });
        }
        if self.network_isolation {
            return Err(SecurityError::Unsupported { feature: "network isolation" });
        }
        match (self.max_gas_limit, self.max_code_size) {
            (Some(limit), _) if context.gas_limit > limit => {
                Err(SecurityError::GasLimitExceeded { got: context.gas_limit, limit })
            }
            (_, Some(limit)) if context.code.len() > limit => {
                Err(SecurityError::CodeSizeExceeded { got: context.code.len(), limit })
            }
            _ => Ok(()),
        }
    }

    /// True where the run must be watched instruction by instruction.
    pub(super) fn watches(&self) -> bool {
        self.execution_timeout.is_some() || self.step_limit.is_some()
    }
}

/// Ends a run that takes too long, and passes what it sees on.
pub(super) struct Watch<'t> {
    steps_left: Option<u64>,
    deadline: Option<Instant>,
    until_clock: u32,
    inner: Option<&'t mut dyn Tracer>,
    /// Where the run stood when it was ended.
    pub(super) stopped: Option<ExecutionState>,
}

/// Instructions between two looks at the clock.
const CLOCK_EVERY: u32 = 1024;

impl<'t> Watch<'t> {
    pub(super) fn new(sandbox: &Sandbox, inner: Option<&'t mut dyn Tracer>) -> Self {
        Self {
            steps_left: sandbox.step_limit,
            deadline: sandbox.execution_timeout.and_then(|timeout| Instant::now().checked_add(timeout)),
            until_clock: 0,
            inner,
            stopped: None,
        }
    }

    /// True where somebody else watches too.
    pub(super) fn has_tracer(&self) -> bool {
        self.inner.is_some()
    }

    fn expired(&mut self) -> bool {
        if self.steps_left == Some(0) {
            return true;
        }
        self.steps_left = self.steps_left.map(|left| left - 1);
        let Some(deadline) = self.deadline else { return false };
        let look = self.until_clock == 0;
        self.until_clock = if look { CLOCK_EVERY } else { self.until_clock - 1 };
        look && Instant::now() >= deadline
    }
}

impl Tracer for Watch<'_> {
    fn step(&mut self, view: &StepView<'_>) -> Result<(), Halt> {
        // Once ended, every waiting frame ends too.
        if self.stopped.is_some() {
            return Err(Halt::ExecutionTimeout);
        }
        if self.expired() {
            self.stopped = Some(ExecutionState::capture(view));
            return Err(Halt::ExecutionTimeout);
        }
        match self.inner.as_deref_mut() {
            Some(tracer) => tracer.step(view),
            None => Ok(()),
        }
    }

    fn stepped(&mut self, gas_left: u64, halt: Option<Halt>) {
        if let Some(tracer) = self.inner.as_deref_mut() {
            tracer.stepped(gas_left, halt);
        }
    }
}
