//! go-ethereum's vectors of opcodes that take two words and answer one.

use crate::hex::Quantity;
use crate::report::Outcome;
use erbium_vm::state::MemoryState;
use erbium_vm::{ChainSpec, ExecutionContext, Fork, U256, VMConfig, VirtualMachine};
use serde::Deserialize;

/// One vector: `y` is on top of `x`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct OpcodeVector {
    #[serde(deserialize_with = "hex_word")]
    x: U256,
    #[serde(deserialize_with = "hex_word")]
    y: U256,
    #[serde(deserialize_with = "hex_word")]
    expected: U256,
}

/// A word in hex without `0x`.
fn hex_word<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<U256, D::Error> {
    let text = String::deserialize(deserializer)?;
    let Quantity(word) =
        serde_json::from_value(format!("0x{text}").into()).map_err(serde::de::Error::custom)?;
    Ok(word)
}

/// Stems of file names behind `testcases_`, and the opcode.
const OPCODES: [(&str, u8); 21] = [
    ("add", 0x01),
    ("mul", 0x02),
    ("sub", 0x03),
    ("div", 0x04),
    ("sdiv", 0x05),
    ("mod", 0x06),
    ("smod", 0x07),
    ("exp", 0x0a),
    ("signext", 0x0b),
    ("lt", 0x10),
    ("gt", 0x11),
    ("slt", 0x12),
    ("sgt", 0x13),
    ("eq", 0x14),
    ("and", 0x16),
    ("or", 0x17),
    ("xor", 0x18),
    ("byte", 0x1a),
    ("shl", 0x1b),
    ("shr", 0x1c),
    ("sar", 0x1d),
];

/// The opcode that a file of this stem is about.
pub(crate) fn opcode_of(stem: &str) -> Option<u8> {
    let name = stem.strip_prefix("testcases_")?;
    OPCODES.into_iter().find(|(known, _)| *known == name).map(|(_, opcode)| opcode)
}

impl OpcodeVector {
    /// Name of the vector in reports.
    pub(crate) fn name(&self) -> String {
        format!("{:#x} {:#x}", self.y, self.x)
    }

    /// Runs `opcode` on the two words.
    pub(crate) fn run(&self, opcode: u8) -> Outcome {
        let Self { x, y, expected } = self;
        match execute(opcode, *y, *x) {
            Ok(got) if got == *expected => Outcome::Passed,
            Ok(got) => Outcome::Failed { reason: format!("answers {got:#x}, not {expected:#x}") },
            Err(reason) => Outcome::Failed { reason },
        }
    }
}

/// PUSH32 below, PUSH32 top, the opcode, then the word on the stack is returned.
fn execute(opcode: u8, top: U256, below: U256) -> Result<U256, String> {
    const PUSH32: u8 = 0x7f;
    const RETURN_WORD: [u8; 8] = [0x60, 0, 0x52, 0x60, 32, 0x60, 0, 0xf3];
    let mut code = vec![PUSH32];
    code.extend(below.to_big_endian());
    code.push(PUSH32);
    code.extend(top.to_big_endian());
    code.push(opcode);
    code.extend(RETURN_WORD);
    let config = VMConfig { spec: ChainSpec::ethereum(Fork::Osaka), ..VMConfig::default() };
    let result = VirtualMachine::with_state(config, MemoryState::new()).execute(&ExecutionContext::new(code));
    let output = result.map_err(|error| error.to_string())?.return_data;
    match output.len() {
        32 => Ok(U256::from_big_endian(&output)),
        len => Err(format!("answers {len} bytes")),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn run(opcode: &str, x: &str, y: &str, expected: &str) -> Outcome {
        let json = format!(r#"{{"X":"{x}","Y":"{y}","Expected":"{expected}"}}"#);
        serde_json::from_str::<OpcodeVector>(&json).unwrap().run(opcode_of(opcode).unwrap())
    }

    #[test]
    fn the_second_word_is_on_top() {
        assert_eq!(run("testcases_sub", "02", "05", "03"), Outcome::Passed);
        assert!(matches!(run("testcases_sub", "02", "05", "04"), Outcome::Failed { .. }));
        assert_eq!(run("testcases_shl", "01", "04", "10"), Outcome::Passed);
        assert_eq!(opcode_of("testcases_nand"), None);
        assert!(serde_json::from_str::<OpcodeVector>(r#"{"X":"0g","Y":"","Expected":""}"#).is_err());
    }
}
