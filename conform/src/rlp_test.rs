//! RLP tests: a value and its encoding, or bytes that are valid or not.

use crate::hex::Bytes;
use crate::report::Outcome;
use erbium_vm::U256;
use erbium_vm::rlp::{Item, Reader, RlpError, Writer};
use serde::Deserialize;
use serde_json::Value;

/// Lists within lists that are looked into.
const MAX_DEPTH: usize = 512;

/// One test.
#[derive(Debug, Deserialize)]
pub(crate) struct RlpTest {
    /// A value, `VALID` or `INVALID`.
    #[serde(rename = "in")]
    input: Value,
    out: Bytes,
}

impl RlpTest {
    /// Encodes the value and reads the bytes.
    pub(crate) fn run(&self) -> Outcome {
        match self.check() {
            Ok(()) => Outcome::Passed,
            Err(difference) => Outcome::Failed { reason: difference.to_string() },
        }
    }

    fn check(&self) -> Result<(), Difference> {
        let rewritten = rewrite(&self.out.0);
        match self.input.as_str() {
            Some("INVALID") => return if rewritten.is_ok() { Err(Difference::Accepted) } else { Ok(()) },
            Some("VALID") => {}
            _ => {
                let mut out = Writer::new();
                write(&self.input, &mut out)?;
                same("encoded as", out.finish(), &self.out.0)?;
            }
        }
        same("read and written as", rewritten?, &self.out.0)
    }
}

#[derive(Debug, thiserror::Error)]
enum Difference {
    #[error("accepted, though it is no RLP")]
    Accepted,
    #[error("{how} 0x{got}, not 0x{expected}")]
    Bytes { how: &'static str, got: String, expected: String },
    #[error("refused: {0}")]
    Refused(#[from] RlpError),
    #[error("lists nested deeper than {MAX_DEPTH}")]
    Depth,
    #[error("`in` has {0}, which stands for no value")]
    Value(String),
}

fn same(how: &'static str, got: Vec<u8>, expected: &[u8]) -> Result<(), Difference> {
    if got == expected {
        return Ok(());
    }
    Err(Difference::Bytes { how, got: hex::encode(got), expected: hex::encode(expected) })
}

/// Writes a string, a number, a number behind `#`, or a list of them.
fn write(value: &Value, out: &mut Writer) -> Result<(), Difference> {
    let unknown = || Difference::Value(value.to_string());
    match value {
        Value::String(text) => match text.strip_prefix('#') {
            // May have more bits than a word.
            Some(digits) => out.bytes(&big_endian(digits).ok_or_else(unknown)?),
            None => out.bytes(text.as_bytes()),
        },
        Value::Number(number) => out.u256(U256::from(number.as_u64().ok_or_else(unknown)?)),
        Value::Array(items) => {
            let mut inner = Writer::new();
            items.iter().try_for_each(|item| write(item, &mut inner))?;
            let inner = inner.finish();
            out.list(|out| out.raw(&inner));
        }
        _ => return Err(unknown()),
    }
    Ok(())
}

/// A decimal number of any length as its shortest big-endian bytes.
fn big_endian(digits: &str) -> Option<Vec<u8>> {
    let mut bytes: Vec<u8> = Vec::new();
    for digit in digits.chars() {
        let mut carry = digit.to_digit(10)?;
        for byte in bytes.iter_mut().rev() {
            let value = u32::from(*byte) * 10 + carry;
            (*byte, carry) = ((value & 0xff) as u8, value >> 8);
        }
        if carry != 0 {
            bytes.insert(0, carry as u8);
        }
    }
    Some(bytes)
}

/// Reads all of `bytes` as one item and writes it again.
fn rewrite(bytes: &[u8]) -> Result<Vec<u8>, Difference> {
    let mut reader = Reader::new(bytes);
    let item = reader.item("item")?;
    reader.finish("item")?;
    let mut out = Writer::new();
    rewrite_item(item, MAX_DEPTH, &mut out)?;
    Ok(out.finish())
}

fn rewrite_item(item: Item<'_>, depth: usize, out: &mut Writer) -> Result<(), Difference> {
    match item {
        Item::Bytes(bytes) => out.bytes(bytes),
        Item::List(mut items) => {
            let depth = depth.checked_sub(1).ok_or(Difference::Depth)?;
            let mut inner = Writer::new();
            while !items.is_empty() {
                rewrite_item(items.item("item")?, depth, &mut inner)?;
            }
            let inner = inner.finish();
            out.list(|out| out.raw(&inner));
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn run(json: &str) -> Result<(), Difference> {
        serde_json::from_str::<RlpTest>(json).unwrap().check()
    }

    #[test]
    fn values_have_one_encoding() {
        run(r#"{"in":"dog","out":"0x83646f67"}"#).unwrap();
        run(r#"{"in":["dog",[],0,1024],"out":"0xc983646f67c080820400"}"#).unwrap();
        run(r##"{"in":"#256","out":"0x820100"}"##).unwrap();
        assert!(matches!(run(r#"{"in":"dog","out":"0x83646f68"}"#), Err(Difference::Bytes { .. })));
        assert!(matches!(run(r#"{"in":null,"out":"0x80"}"#), Err(Difference::Value(_))));
    }

    #[test]
    fn bytes_are_valid_or_not() {
        run(r#"{"in":"VALID","out":"0xc7c0c1c0c3c0c1c0"}"#).unwrap();
        run(r#"{"in":"INVALID","out":"0xf80180"}"#).unwrap();
        assert!(matches!(run(r#"{"in":"INVALID","out":"0x80"}"#), Err(Difference::Accepted)));
        assert!(matches!(run(r#"{"in":"VALID","out":"0xc1"}"#), Err(Difference::Refused(_))));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..100), nested in 0usize..2000) {
            let _ = rewrite(&bytes);
            let mut lists = Writer::new();
            for _ in 0..nested {
                let inner = std::mem::take(&mut lists).finish();
                lists.list(|out| out.raw(&inner));
            }
            prop_assert_eq!(rewrite(&lists.finish()).is_ok(), (1..=MAX_DEPTH).contains(&nested));
        }

        #[test]
        fn decimal_numbers_of_any_length_are_read(limbs in any::<[u64; 4]>()) {
            let number = U256(limbs);
            let bytes = number.to_big_endian();
            let start = bytes.iter().position(|&byte| byte != 0).unwrap_or(32);
            prop_assert_eq!(big_endian(&number.to_string()).unwrap(), &bytes[start..]);
        }
    }
}
