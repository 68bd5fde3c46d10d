//! The log of operations as JSON: an array of objects.
//!
//! `op` (the operation's name), `result`, `word`, `lhs`, `rhs`, `third` (words, `0x` and hexadecimal digits), `contract`,
//! and the numbers `chainId`, `block`, `transaction` and `counter`.

use super::{Breach, LoggedOperation, Operation, Place};
use primitive_types::{H160, H256, U256};
use serde_json::{Map, Value, json};

/// An entry of a log that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// Not an object.
    #[error("not an object")]
    NotAnObject,
    /// A field is missing, or is not what it has to be.
    #[error("`{field}` has to be {expected}")]
    Field {
        /// Its name.
        field: &'static str,
        /// What belongs there.
        expected: &'static str,
    },
    /// The words break a rule.
    #[error("no such operation: {0}")]
    Breach(#[from] Breach),
    /// The result is not the one that the rules give.
    #[error("result {given} where the rules give {computed}")]
    Result {
        /// What the entry says.
        given: String,
        /// What it has to be.
        computed: String,
    },
}

impl LoggedOperation {
    /// The entry as JSON.
    pub fn to_json(&self) -> Value {
        let [word, lhs, rhs, third] = self.operation.words().map(|word| format!("{word:#x}"));
        json!({
            "op": self.operation.code().name(),
            "result": self.result.to_string(),
            "word": word,
            "lhs": lhs,
            "rhs": rhs,
            "third": third,
            "contract": format!("{:?}", self.place.contract),
            "chainId": self.place.chain_id,
            "block": self.place.block,
            "transaction": self.place.transaction,
            "counter": self.place.counter,
        })
    }

    /// Reads an entry; `keccak256` hashes. The result is computed again and has to be the one that is there.
    ///
    /// # Errors
    /// [`LogError`] for whatever [`Self::to_json`] would not write.
    pub fn from_json(value: &Value, keccak256: impl FnOnce(&[u8]) -> H256) -> Result<Self, LogError> {
        let object = value.as_object().ok_or(LogError::NotAnObject)?;
        let [operation, lhs, rhs, third] =
            [word(object, "word")?, word(object, "lhs")?, word(object, "rhs")?, word(object, "third")?];
        let operation = Operation::read(operation, lhs, rhs, third)?;
        let expected = "the name of the operation that `word` has";
        let named = object.get("op").and_then(Value::as_str) == Some(operation.code().name());
        if !named {
            return Err(LogError::Field { field: "op", expected });
        }
        let place = Place {
            chain_id: number(object, "chainId")?,
            block: number(object, "block")?,
            contract: contract(object)?,
            transaction: small(object, "transaction")?,
            counter: small(object, "counter")?,
        };
        let entry = Self::new(operation, place, keccak256);
        let given = word(object, "result")?;
        if given != entry.result.word() {
            return Err(LogError::Result {
                given: format!("{given:#066x}"),
                computed: entry.result.to_string(),
            });
        }
        Ok(entry)
    }
}

fn digits<'a>(object: &'a Map<String, Value>, field: &str, most: usize) -> Option<&'a str> {
    let digits = object.get(field)?.as_str()?.strip_prefix("0x")?;
    let fine = (1..=most).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    fine.then_some(digits)
}

fn word(object: &Map<String, Value>, field: &'static str) -> Result<U256, LogError> {
    digits(object, field, 64)
        .and_then(|digits| U256::from_str_radix(digits, 16).ok())
        .ok_or(LogError::Field { field, expected: "a word: 0x and 1 to 64 hexadecimal digits" })
}

fn contract(object: &Map<String, Value>) -> Result<H160, LogError> {
    digits(object, "contract", 40)
        .filter(|digits| digits.len() == 40)
        .and_then(|digits| U256::from_str_radix(digits, 16).ok())
        .map(|word| H160::from_slice(&word.to_big_endian()[12..]))
        .ok_or(LogError::Field { field: "contract", expected: "an address: 0x and 40 hexadecimal digits" })
}

fn number(object: &Map<String, Value>, field: &'static str) -> Result<u64, LogError> {
    let expected = "a number below 2^64";
    object.get(field).and_then(Value::as_u64).ok_or(LogError::Field { field, expected })
}

fn small(object: &Map<String, Value>, field: &'static str) -> Result<u32, LogError> {
    let expected = "a number below 2^32";
    number(object, field)?.try_into().map_err(|_| LogError::Field { field, expected })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::super::{CiphertextType, Handle};
    use super::*;
    use proptest::prelude::*;

    /// Stands in for a hash: what matters is that its first bytes, which go into the handle, depend on every byte.
    fn sum(bytes: &[u8]) -> H256 {
        let mix = |sum: u64, byte: &u8| (sum ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        let mut hash = H256::zero();
        hash.0[..8].copy_from_slice(&bytes.iter().fold(7, mix).to_le_bytes());
        hash
    }

    fn entry() -> LoggedOperation {
        let handle = Handle::new(H256::repeat_byte(3), 17_778, CiphertextType::U16);
        let operation = Operation::read(0x100.into(), handle.word(), 5.into(), 0.into()).unwrap();
        let contract = H160::repeat_byte(0xc0);
        let place = Place { chain_id: 17_778, block: 9, contract, transaction: 2, counter: 4 };
        LoggedOperation::new(operation, place, sum)
    }

    #[test]
    fn what_is_written_reads_back() {
        let value = entry().to_json();
        assert_eq!(value["op"], "add");
        assert_eq!(LoggedOperation::from_json(&value, sum), Ok(entry()));
    }

    #[test]
    fn every_field_is_held_to_its_form_and_to_the_result() {
        let good = entry().to_json();
        for (field, bad) in [
            ("op", json!("sub")),
            ("op", json!(0)),
            ("word", json!("100")),
            ("word", json!("0x")),
            ("word", json!("0x0x1")),
            ("word", json!("0x3fc")),
            ("lhs", json!(format!("0x{}", "1".repeat(65)))),
            ("rhs", json!("0x6")),
            ("third", json!("0x1")),
            ("contract", json!("0xc0")),
            ("contract", json!(format!("0x{}", "c1".repeat(20)))),
            ("chainId", json!(1)),
            ("block", json!(-1)),
            ("block", json!(10)),
            ("transaction", json!(1u64 << 32)),
            ("transaction", json!(3)),
            ("counter", json!("4")),
            ("counter", json!(5)),
            ("result", json!("0x1")),
        ] {
            let mut value = good.clone();
            value[field] = bad.clone();
            assert!(LoggedOperation::from_json(&value, sum).is_err(), "{field}: {bad}");
            value.as_object_mut().unwrap().remove(field);
            assert!(LoggedOperation::from_json(&value, sum).is_err(), "{field} missing");
        }
        assert_eq!(LoggedOperation::from_json(&json!([]), sum), Err(LogError::NotAnObject));
    }

    proptest! {
        #[test]
        fn any_text_is_an_answer(text in "\\PC{0,40}") {
            for field in ["op", "result", "word", "lhs", "rhs", "third", "contract", "block"] {
                let mut value = entry().to_json();
                value[field] = Value::from(text.as_str());
                let _ = LoggedOperation::from_json(&value, sum);
            }
        }
    }
}
