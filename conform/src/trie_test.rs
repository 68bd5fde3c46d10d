//! Tests of tries whose keys are hashed, as those of the protocol are.

use crate::hex;
use crate::report::Outcome;
use erbium_vm::trie::secure_root;
use erbium_vm::{H256, keccak256};
use serde::Deserialize;
use std::collections::BTreeMap;

/// One test: keys and values in the order they are written, and the root.
#[derive(Debug, Deserialize)]
pub(crate) struct TrieTest {
    #[serde(rename = "in")]
    entries: Entries,
    root: hex::Word,
}

/// A value of `None` deletes the key.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Entries {
    InOrder(Vec<(String, Option<String>)>),
    InAnyOrder(BTreeMap<String, Option<String>>),
}

/// True for the stem of a file about tries with hashed keys.
pub(crate) fn is_secure(stem: &str) -> bool {
    stem.to_ascii_lowercase().contains("securetrie")
}

impl TrieTest {
    /// Compares the root.
    pub(crate) fn run(&self) -> Outcome {
        let (got, expected) = (self.root(), self.root.0);
        match got {
            Ok(got) if got == expected => Outcome::Passed,
            Ok(got) => Outcome::Failed { reason: format!("root {got:?}, not {expected:?}") },
            Err(error) => Outcome::Failed { reason: error.to_string() },
        }
    }

    fn root(&self) -> Result<H256, hex::HexError> {
        let mut written = BTreeMap::new();
        let mut write = |key: &String, value: &Option<String>| {
            let key = keccak256(&bytes(key)?);
            match value {
                Some(value) => written.insert(key, bytes(value)?),
                None => written.remove(&key),
            };
            Ok(())
        };
        match &self.entries {
            Entries::InOrder(entries) => entries.iter().try_for_each(|(key, value)| write(key, value))?,
            Entries::InAnyOrder(entries) => entries.iter().try_for_each(|(key, value)| write(key, value))?,
        }
        Ok(secure_root(written))
    }
}

/// Hex behind `0x`, else the text itself.
fn bytes(text: &str) -> Result<Vec<u8>, hex::HexError> {
    if text.starts_with("0x") { hex::bytes(text) } else { Ok(text.as_bytes().to_vec()) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use erbium_vm::trie::EMPTY_ROOT;

    fn run(entries: &str, root: H256) -> Outcome {
        serde_json::from_str::<TrieTest>(&format!(r#"{{"in":{entries},"root":"{root:?}"}}"#)).unwrap().run()
    }

    #[test]
    fn the_last_value_of_a_key_counts_and_null_deletes() {
        let root = secure_root([(keccak256(b"a"), vec![1])]);
        assert_eq!(run(r#"[["a","x"],["b","y"],["a","0x01"],["b",null]]"#, root), Outcome::Passed);
        assert_eq!(run(r#"{"a":"0x01"}"#, root), Outcome::Passed);
        assert_eq!(run(r#"[["a",null]]"#, EMPTY_ROOT), Outcome::Passed);
    }

    #[test]
    fn another_root_and_bad_hex_fail() {
        assert!(matches!(run(r#"{"a":"0x02"}"#, EMPTY_ROOT), Outcome::Failed { .. }));
        assert!(matches!(run(r#"{"a":"0xzz"}"#, EMPTY_ROOT), Outcome::Failed { .. }));
    }
}
