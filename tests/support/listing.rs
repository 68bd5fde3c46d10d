//! Code as a person reads it.

use erbium_vm::Fork;
use erbium_vm::opcode::OpcodeTable;
use erbium_vm::spec::Extensions;
use std::fmt::Write as _;

/// One line an instruction: position, mnemonic and immediate.
pub(crate) fn listing(fork: Fork, code: &[u8]) -> String {
    let table = OpcodeTable::of(fork, Extensions::None);
    let (mut text, mut at) = (String::new(), 0);
    while let Some(&byte) = code.get(at) {
        let (name, immediate) = match table.get(byte) {
            Some(row) => (row.name, usize::from(row.immediate)),
            None => ("(undefined)", 0),
        };
        let end = (at + 1 + immediate).min(code.len());
        let shown =
            if immediate > 0 { format!(" 0x{}", hex::encode(&code[at + 1..end])) } else { String::new() };
        // Writing to a string does not fail.
        let _ = writeln!(text, "  {at:04x} {byte:02x} {name}{shown}");
        at = end;
    }
    text
}
