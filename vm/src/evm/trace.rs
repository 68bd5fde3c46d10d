//! What a tracer sees.

use super::{Evm, TransactionResult};
use crate::interpreter::StackValue;
use erbium_claims::Halt;
use primitive_types::H160;

/// The machine just before an instruction runs.
#[derive(Clone, Copy, Debug)]
pub struct StepView<'e> {
    /// The account in whose name the code runs.
    pub address: H160,
    /// Position in the code.
    pub pc: usize,
    /// The byte there; STOP behind the end.
    pub opcode: u8,
    /// The byte behind it, which names an extension.
    pub next_byte: u8,
    /// Gas left.
    pub gas: u64,
    /// Number of frames, 1 for the outermost.
    pub depth: usize,
    /// The stack, bottom first.
    pub stack: &'e [StackValue],
    /// Memory of the frame.
    pub memory: &'e [u8],
    /// What the last call returned.
    pub return_data: &'e [u8],
    /// Refund counter of the transaction.
    pub refund: i64,
}

/// Watches instructions. The defaults let everything pass.
pub trait Tracer {
    /// Called before each transaction, and before anything is known against it.
    fn transaction(&mut self) {}

    /// Called before each instruction.
    ///
    /// # Errors
    /// A halt ends the frame with it: sandboxes end a run this way.
    fn step(&mut self, view: &StepView<'_>) -> Result<(), Halt>;

    /// Called when the instruction of the last [`Tracer::step`] is done or the frame has ended with it: gas left.
    fn stepped(&mut self, _gas_left: u64, _halt: Option<Halt>) {}

    /// Called when a transaction has been executed; one that is rejected ends without a word.
    fn transacted(&mut self, _result: &TransactionResult) {}
}

impl Evm<'_> {
    pub(super) fn show_transaction(&mut self) {
        if let Some(tracer) = self.tracer.as_deref_mut() {
            tracer.transaction();
        }
    }

    pub(super) fn show_transacted(&mut self, result: &TransactionResult) {
        if let Some(tracer) = self.tracer.as_deref_mut() {
            tracer.transacted(result);
        }
    }

    /// Shows the next instruction to the tracer; the frame's stack height must be current.
    pub(super) fn show_step(&mut self) -> Result<(), Halt> {
        let Some(tracer) = self.tracer.as_deref_mut() else { return Ok(()) };
        let code = self.frame.code.padded();
        let pc = self.cursor.ip.addr().wrapping_sub(code.as_ptr().addr());
        tracer.step(&StepView {
            address: self.frame.address,
            pc,
            opcode: code.get(pc).copied().unwrap_or_default(),
            next_byte: code.get(pc + 1).copied().unwrap_or_default(),
            gas: self.cursor.gas.unsigned_abs(),
            depth: self.callers.len(),
            stack: self.frame.stack.items(),
            memory: self.memory.bytes(),
            return_data: &self.return_data,
            refund: self.journal.refund(),
        })
    }

    pub(super) fn show_stepped(&mut self, halt: Option<Halt>) {
        if let Some(tracer) = self.tracer.as_deref_mut() {
            tracer.stepped(self.cursor.gas.unsigned_abs(), halt);
        }
    }
}
