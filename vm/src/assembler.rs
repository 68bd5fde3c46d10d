//! From a listing to bytecode, for the contracts that this project writes by hand.
//!
//! One instruction a line, in any case of letters; `;` starts a comment, `name:` is a JUMPDEST. `push` takes a number
//! (shortest form, at least PUSH1), `"text"`, `@label` (PUSH2), `selector(...)` or `topic(...)` of a signature; `push20`
//! has its width.

use crate::keccak::keccak256;
use crate::opcode::{self as op, OpcodeTable};
use primitive_types::U256;
use std::collections::HashMap;

/// What is wrong with a listing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AssemblyError {
    /// A line that is none.
    #[error("line {line}: {problem}: `{text}`")]
    Line {
        /// Its number, from 1.
        line: usize,
        /// What is wrong with it.
        problem: &'static str,
        /// The line without its comment.
        text: String,
    },
    /// A label that stands nowhere.
    #[error("no label `{0}`")]
    NoLabel(String),
}

/// The bytecode of `source`, with the instructions of `table`.
///
/// # Errors
/// [`AssemblyError`] about the first line that is wrong.
pub fn assemble(table: &OpcodeTable, source: &str) -> Result<Vec<u8>, AssemblyError> {
    let mut assembly = Assembly { table, code: Vec::new(), labels: HashMap::new(), uses: Vec::new() };
    for (index, line) in source.lines().enumerate() {
        let text = line.split(';').next().unwrap_or_default().trim();
        assembly.line(text).map_err(|problem| AssemblyError::Line {
            line: index + 1,
            problem,
            text: text.to_owned(),
        })?;
    }
    assembly.link()
}

struct Assembly<'t> {
    table: &'t OpcodeTable,
    code: Vec<u8>,
    labels: HashMap<String, u16>,
    /// Where which label's position goes.
    uses: Vec<(usize, String)>,
}

impl Assembly<'_> {
    fn line(&mut self, text: &str) -> Result<(), &'static str> {
        if text.is_empty() {
            return Ok(());
        }
        if let Some(label) = text.strip_suffix(':') {
            let position = self.code.len().try_into().map_err(|_| "code too long for a label")?;
            self.code.push(op::JUMPDEST);
            return match self.labels.insert(label.to_owned(), position) {
                None => Ok(()),
                Some(_) => Err("label there twice"),
            };
        }
        match text.split_once(' ') {
            None => self.instruction(text)?,
            Some((name, operand)) => self.push(name, operand.trim())?,
        }
        Ok(())
    }

    fn push(&mut self, name: &str, operand: &str) -> Result<(), &'static str> {
        let width = name.strip_prefix("push").ok_or("only pushes have operands")?;
        if let Some(label) = operand.strip_prefix('@').filter(|_| width.is_empty()) {
            self.code.push(op::PUSH2);
            self.uses.push((self.code.len(), label.to_owned()));
            self.code.extend_from_slice(&[0; 2]);
            return Ok(());
        }
        let value = value(operand)?;
        let shortest = value.len().max(1);
        let width = if width.is_empty() { shortest } else { width.parse().map_err(|_| "no such push")? };
        if !(shortest..=32).contains(&width) {
            return Err("operand and width do not fit");
        }
        self.code.push(op::PUSH1 + (width - 1) as u8);
        self.code.resize(self.code.len() + width - value.len(), 0);
        self.code.extend_from_slice(&value);
        Ok(())
    }

    /// An instruction without operand. An extension has its short form where there is one.
    fn instruction(&mut self, name: &str) -> Result<(), &'static str> {
        let named = |row: Option<&op::Opcode>| row.is_some_and(|row| row.name.eq_ignore_ascii_case(name));
        let find = |is_it: &dyn Fn(u8) -> bool| (0..=u8::MAX).find(|byte| is_it(*byte));
        if let Some(byte) = find(&|byte| named(self.table.get(byte))) {
            if self.table.get(byte).is_some_and(|row| row.immediate > 0) {
                return Err("operand missing");
            }
            self.code.push(byte);
        } else {
            let byte = find(&|byte| named(self.table.extension(byte))).ok_or("no such instruction")?;
            self.code.extend([op::EXTENSION, byte]);
        }
        Ok(())
    }

    fn link(mut self) -> Result<Vec<u8>, AssemblyError> {
        for (at, label) in self.uses {
            let Some(position) = self.labels.get(&label) else { return Err(AssemblyError::NoLabel(label)) };
            if let Some(place) = self.code.get_mut(at..at + 2) {
                place.copy_from_slice(&position.to_be_bytes());
            }
        }
        Ok(self.code)
    }
}

/// The bytes to push, without leading zeros.
fn value(operand: &str) -> Result<Vec<u8>, &'static str> {
    let inside = |before: &str, after: &str| operand.strip_prefix(before)?.strip_suffix(after);
    if let Some(text) = inside("\"", "\"") {
        return Ok(text.as_bytes().to_vec());
    }
    if let Some(signature) = inside("selector(", ")") {
        return Ok(keccak256(signature.as_bytes()).as_bytes()[..4].to_vec());
    }
    if let Some(signature) = inside("topic(", ")") {
        return Ok(keccak256(signature.as_bytes()).as_bytes().to_vec());
    }
    let number = match operand.strip_prefix("0x") {
        Some(digits) => U256::from_str_radix(digits, 16).map_err(|_| "no number")?,
        None => U256::from_dec_str(operand).map_err(|_| "no number")?,
    };
    Ok(number.to_big_endian()[32 - number.bits().div_ceil(8)..].to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fork::Fork;
    use crate::spec::Extensions;

    fn assemble(source: &str) -> Result<Vec<u8>, String> {
        let table = OpcodeTable::of(Fork::Istanbul, Extensions::None);
        super::assemble(table, source).map_err(|error| error.to_string())
    }

    #[test]
    fn extensions_have_their_short_form_if_any() {
        let table = OpcodeTable::of(Fork::Osaka, Extensions::Erbium);
        let source = "push0\ndilithium_verify\nconfidential_tx";
        assert_eq!(super::assemble(table, source), Ok(vec![0x5f, 0xe0, 0xae, 0xf0]));
    }

    #[test]
    fn a_listing_becomes_its_bytes() {
        let source =
            "; nothing\n start:\n push 0 ; zero\n push 256\npush4 0x01\n push @start\n jump\n push \"ab\"";
        let code = assemble(source).map(hex::encode);
        assert_eq!(code.as_deref(), Ok("5b600061010063000000016100005661".to_owned() + "6162").as_deref());
        let selector = assemble("push selector(transfer(address,uint256))").map(hex::encode);
        assert_eq!(selector.as_deref(), Ok("63a9059cbb"));
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        for (source, problem) in [
            ("stop\npsuh 1", "line 2: only pushes have operands: `psuh 1`"),
            ("push0", "line 1: no such instruction: `push0`"),
            ("push1", "line 1: operand missing: `push1`"),
            ("a:\na:", "line 2: label there twice: `a:`"),
            ("push @b", "no label `b`"),
            ("push1 256", "line 1: operand and width do not fit: `push1 256`"),
            ("push33 1", "line 1: operand and width do not fit: `push33 1`"),
            ("push one", "line 1: no number: `push one`"),
        ] {
            assert_eq!(assemble(source), Err(problem.to_owned()));
        }
    }
}
