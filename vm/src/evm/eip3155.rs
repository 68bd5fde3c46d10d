//! Traces in the form of EIP-3155.

use super::trace::{StepView, Tracer};
use super::{Outcome, TransactionResult};
use crate::fork::Fork;
use crate::opcode::{self, OpcodeTable};
use crate::spec::{ChainSpec, Policy};
use erbium_claims::Halt;
use std::fmt::Write as _;
use std::io::{self, Write};

/// Writes one JSON object a line for every instruction (EIP-3155): what the machine was like before it, and what it cost.
///
/// Under a chain spec whose policy allows secret operands, stack, memory and return data are left out unless they are
/// asked for: they could hold a key.
pub struct JsonTracer<'w> {
    out: Box<dyn Write + 'w>,
    table: &'static OpcodeTable,
    before_paris: bool,
    with_memory: bool,
    with_stack: bool,
    with_return_data: bool,
    /// Whether only transactions are written, and how each ends.
    transactions_only: bool,
    in_transaction: bool,
    with_operands: bool,
    line: String,
    gas: u64,
    error: Option<io::Error>,
}

impl<'w> JsonTracer<'w> {
    /// A tracer of code under `spec` that writes to `out`.
    pub fn new(spec: &ChainSpec, out: impl Write + 'w) -> Self {
        Self {
            out: Box::new(out),
            table: OpcodeTable::of(spec.fork, spec.extensions),
            before_paris: !spec.has(Fork::Paris),
            with_memory: false,
            with_stack: true,
            with_return_data: true,
            transactions_only: false,
            in_transaction: false,
            with_operands: spec.policy == Policy::Block,
            line: String::new(),
            gas: 0,
            error: None,
        }
    }

    /// Writes the memory too.
    #[must_use]
    pub fn with_memory(mut self, with_memory: bool) -> Self {
        self.with_memory = with_memory;
        self
    }

    /// Writes the stack; it does unless it is told not to.
    #[must_use]
    pub fn with_stack(mut self, with_stack: bool) -> Self {
        self.with_stack = with_stack;
        self
    }

    /// Writes what the last call returned; it does unless it is told not to.
    #[must_use]
    pub fn with_return_data(mut self, with_return_data: bool) -> Self {
        self.with_return_data = with_return_data;
        self
    }

    /// Writes nothing of what the protocol calls by itself, and for every transaction that was executed a line: its output,
    /// the gas it used, and why its changes do not stand.
    #[must_use]
    pub fn transactions_only(mut self) -> Self {
        self.transactions_only = true;
        self
    }

    /// Writes operands under any policy, be they secret.
    #[must_use]
    pub fn show_secrets(mut self, show: bool) -> Self {
        self.with_operands |= show;
        self
    }

    fn summary(&mut self, result: &TransactionResult) -> std::fmt::Result {
        let line = &mut self.line;
        line.push_str("{\"output\":\"0x");
        push_hex(line, &result.output)?;
        write!(line, "\",\"gasUsed\":\"{:#x}\"", result.gas_used)?;
        match result.outcome {
            Outcome::Success(_) => {}
            Outcome::Revert => line.push_str(",\"error\":\"execution reverted\""),
            Outcome::Halt(halt) => write!(line, ",\"error\":\"{halt}\"")?,
        }
        line.push_str("}\n");
        Ok(())
    }

    /// Ends the trace.
    ///
    /// # Errors
    /// The first error of writing; nothing was written after it.
    pub fn finish(mut self) -> io::Result<()> {
        match self.error {
            Some(error) => Err(error),
            None => self.out.flush(),
        }
    }

    fn write_line(&mut self) {
        if self.error.is_none() {
            self.error = self.out.write_all(self.line.as_bytes()).err();
        }
        self.line.clear();
    }

    fn name(&self, view: &StepView<'_>) -> &'static str {
        let row = match view.opcode {
            opcode::EXTENSION => self.table.extension(view.next_byte),
            // The byte had another meaning and name (EIP-4399).
            opcode::PREVRANDAO if self.before_paris => return "DIFFICULTY",
            byte => self.table.get(byte),
        };
        row.map_or("INVALID", |row| row.name)
    }

    /// The line up to where the gas that the instruction cost goes.
    fn begin(&mut self, view: &StepView<'_>) -> std::fmt::Result {
        let name = self.name(view);
        let line = &mut self.line;
        line.clear();
        write!(line, "{{\"pc\":{},\"op\":{},\"opName\":\"{name}\"", view.pc, view.opcode)?;
        write!(line, ",\"gas\":\"{:#x}\",\"depth\":{}", view.gas, view.depth)?;
        write!(line, ",\"memSize\":{},\"refund\":{}", view.memory.len(), view.refund)?;
        if !self.with_operands {
            return Ok(());
        }
        if self.with_stack {
            line.push_str(",\"stack\":[");
            for (index, item) in view.stack.iter().enumerate() {
                let comma = if index == 0 { "" } else { "," };
                write!(line, "{comma}\"{item:#x}\"")?;
            }
            line.push(']');
        }
        if self.with_return_data {
            line.push_str(",\"returnData\":\"0x");
            push_hex(line, view.return_data)?;
            line.push('"');
        }
        if self.with_memory {
            line.push_str(",\"memory\":\"0x");
            push_hex(line, view.memory)?;
            line.push('"');
        }
        Ok(())
    }

    fn end(&mut self, gas_left: u64, halt: Option<Halt>) -> std::fmt::Result {
        write!(self.line, ",\"gasCost\":\"{:#x}\"", self.gas.saturating_sub(gas_left))?;
        if let Some(halt) = halt {
            write!(self.line, ",\"error\":\"{halt}\"")?;
        }
        self.line.push_str("}\n");
        Ok(())
    }
}

fn push_hex(line: &mut String, bytes: &[u8]) -> std::fmt::Result {
    bytes.iter().try_for_each(|byte| write!(line, "{byte:02x}"))
}

impl Tracer for JsonTracer<'_> {
    fn transaction(&mut self) {
        self.in_transaction = true;
    }

    fn step(&mut self, view: &StepView<'_>) -> Result<(), Halt> {
        if self.transactions_only && !self.in_transaction {
            return Ok(());
        }
        self.gas = view.gas;
        // Writing to a string cannot fail.
        let _ = self.begin(view);
        Ok(())
    }

    fn stepped(&mut self, gas_left: u64, halt: Option<Halt>) {
        // A sandbox that ended the run has kept the instruction from being shown, or it is not to be shown.
        if self.line.is_empty() {
            return;
        }
        let _ = self.end(gas_left, halt);
        self.write_line();
    }

    fn transacted(&mut self, result: &TransactionResult) {
        self.in_transaction = false;
        if self.transactions_only {
            let _ = self.summary(result);
            self.write_line();
        }
    }
}
