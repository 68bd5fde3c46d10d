//! Traces in the form of EIP-3155: one JSON object an instruction, one line each.

use super::trace::{StepView, Tracer};
use crate::fork::Fork;
use crate::opcode::{EXTENSION, OpcodeTable};
use crate::spec::{ChainSpec, Extensions, Policy};
use erbium_claims::Halt;
use std::fmt::Write as _;
use std::io::{self, Write};

/// Writes a trace to `out`. The first failure to write ends the trace, and [`Eip3155::finish`] reports it.
pub struct Eip3155<W: Write> {
    out: W,
    table: &'static OpcodeTable,
    before_paris: bool,
    /// Show position, opcode, gas and depth only: stack and memory may hold secret keys.
    redact: bool,
    /// The line of the running instruction up to its gas cost, which is known when it is done.
    line: String,
    rest: String,
    gas: u64,
    failure: Option<io::Error>,
}

impl<W: Write> Eip3155<W> {
    /// A trace of code under `spec`. Where the spec's policy lets secret operands in, stacks, memory and return data
    /// are left out unless `show_secrets`.
    pub fn new(out: W, spec: &ChainSpec, show_secrets: bool) -> Self {
        let secrets = spec.extensions == Extensions::Erbium && spec.policy != Policy::Block;
        Self {
            out,
            table: OpcodeTable::of(spec.fork, spec.extensions),
            before_paris: !spec.has(Fork::Paris),
            redact: secrets && !show_secrets,
            line: String::new(),
            rest: String::new(),
            gas: 0,
            failure: None,
        }
    }

    /// The writer, or what went wrong with it.
    ///
    /// # Errors
    /// The first error of the writer.
    pub fn finish(mut self) -> io::Result<W> {
        match self.failure {
            Some(failure) => Err(failure),
            None => {
                self.out.flush()?;
                Ok(self.out)
            }
        }
    }

    fn name(&self, opcode: u8, next: u8) -> &'static str {
        const DIFFICULTY: u8 = crate::opcode::PREVRANDAO;
        let row = match opcode {
            EXTENSION => self.table.extension(next).or_else(|| self.table.get(opcode)),
            DIFFICULTY if self.before_paris => return "DIFFICULTY",
            _ => self.table.get(opcode),
        };
        row.map_or("UNDEFINED", |row| row.name)
    }
}

impl<W: Write> Tracer for Eip3155<W> {
    fn step(&mut self, view: &StepView<'_>) -> Result<(), Halt> {
        self.gas = view.gas;
        self.line.clear();
        self.rest.clear();
        // Writing to a String does not fail.
        let _ = write!(self.line, "{{\"pc\":{},\"op\":{},\"gas\":\"{:#x}\"", view.pc, view.opcode, view.gas);
        if !self.redact {
            let _ = write!(self.rest, ",\"memSize\":{},\"stack\":[", view.memory.len());
            for (at, item) in view.stack.iter().enumerate() {
                let comma = if at > 0 { "," } else { "" };
                let _ = write!(self.rest, "{comma}\"{item:#x}\"");
            }
            let _ = write!(self.rest, "],\"returnData\":\"0x{}\"", hex::encode(view.return_data));
            let _ = write!(self.rest, ",\"refund\":{}", view.refund);
        }
        let name = self.name(view.opcode, view.next_byte);
        let _ = write!(self.rest, ",\"depth\":{},\"opName\":\"{name}\"", view.depth);
        Ok(())
    }

    fn stepped(&mut self, gas_left: u64, halt: Option<Halt>) {
        let cost = self.gas.saturating_sub(gas_left);
        let error = halt.map(|halt| format!(",\"error\":\"{halt}\"")).unwrap_or_default();
        let written = writeln!(self.out, "{},\"gasCost\":\"{cost:#x}\"{}{error}}}", self.line, self.rest);
        if let Err(error) = written {
            self.failure.get_or_insert(error);
        }
    }
}
