//! Where an execution stood between two instructions.

use crate::evm::StepView;
use crate::interpreter::StackValue;

/// A copy of what an instruction is about to work on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExecutionState {
    /// Position in the code.
    pub pc: usize,
    /// Frames, 1 for the outermost.
    pub depth: usize,
    /// The stack, bottom first.
    pub stack_snapshot: Vec<StackValue>,
    /// The frame's memory.
    pub memory_snapshot: Vec<u8>,
    /// Gas left.
    pub gas_snapshot: u64,
}

impl ExecutionState {
    /// Copies what a tracer sees.
    pub fn capture(view: &StepView<'_>) -> Self {
        Self {
            pc: view.pc,
            depth: view.depth,
            stack_snapshot: view.stack.to_vec(),
            memory_snapshot: view.memory.to_vec(),
            gas_snapshot: view.gas,
        }
    }
}
