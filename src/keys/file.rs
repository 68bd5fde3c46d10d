//! The key file: one JSON object, version 1.

use super::{Key, KeyError, SEED};
use crate::seed::{Seed, SeedTextError};
use erbium_vm::claims::DilithiumScheme;
use serde_json::{Map, Value};
use zeroize::{Zeroize, Zeroizing};

/// The version that is written, and the only one that is read.
const VERSION: u64 = 1;
const FIELDS: [&str; 6] = ["version", "scheme", "seed", "publicKey", "keyHash", "address"];

/// Bytes that are no key file. No message repeats what stood in the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// Not one JSON object.
    #[error("not a JSON object (line {line}, column {column})")]
    Json {
        /// Line of the first byte that does not fit.
        line: usize,
        /// Its column.
        column: usize,
    },
    /// A field that must be there is missing or cannot have this value.
    #[error("{field}: {issue}")]
    Field {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        issue: FieldIssue,
    },
    /// A field that key files do not have.
    #[error("a field that key files of version {VERSION} do not have")]
    UnknownField,
    /// The key could not be made from the seed.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// What can be wrong with a field of a key file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the message of each says what it is")]
pub enum FieldIssue {
    #[error("missing")]
    Missing,
    #[error("not {expected}")]
    WrongKind { expected: &'static str },
    #[error("not 0x and hexadecimal digits")]
    NotHex,
    #[error("{got} bytes where {expected} belong")]
    WrongLength { expected: usize, got: usize },
    #[error("version {got} is not known, only {VERSION}")]
    UnknownVersion { got: u64 },
    #[error("scheme {number} is not one of 44, 65 and 87")]
    UnknownScheme { number: u64 },
    #[error("not that of the seed")]
    NotOfSeed,
}

impl Key {
    /// The key file, secret and all.
    pub fn to_file(&self) -> Zeroizing<String> {
        // Room for all of it, so that growing leaves no copy of the seed behind.
        let mut text = Zeroizing::new(String::with_capacity(1024 + 2 * self.public_key.len()));
        let seed = Zeroizing::new(hex::encode(self.seed.as_slice()));
        let scheme = self.scheme.number();
        text.push_str(&format!("{{\n  \"version\": {VERSION},\n  \"scheme\": {scheme},\n  \"seed\": \"0x"));
        text.push_str(&seed);
        text.push_str(&format!(
            "\",\n  \"publicKey\": \"0x{}\",\n  \"keyHash\": \"{:?}\",\n  \"address\": \"{:?}\"\n}}\n",
            hex::encode(&self.public_key),
            self.key_hash(),
            self.address()
        ));
        text
    }

    /// Reads a key file. The public parts are made from the seed and must be those of the file.
    ///
    /// # Errors
    /// [`KeyFileError`] naming the field.
    pub fn from_file(text: &str) -> Result<Self, KeyFileError> {
        let document = Document::parse(text)?;
        let version = document.number("version")?;
        if version != VERSION {
            return Err(issue("version", FieldIssue::UnknownVersion { got: version }));
        }
        if document.0.keys().any(|key| !FIELDS.contains(&key.as_str())) {
            return Err(KeyFileError::UnknownField);
        }
        let number = document.number("scheme")?;
        let scheme = DilithiumScheme::from_number(number)
            .filter(|scheme| scheme.is_fips204())
            .ok_or_else(|| issue("scheme", FieldIssue::UnknownScheme { number }))?;
        let bytes = Zeroizing::new(document.bytes("seed", SEED)?);
        let mut seed = Zeroizing::new([0; SEED]);
        seed.copy_from_slice(&bytes);
        let key = Self::from_seed(scheme, &seed)?;
        let (key_hash, address) = (key.key_hash(), key.address());
        for (field, expected) in [
            ("publicKey", key.public_key()),
            ("keyHash", key_hash.as_bytes()),
            ("address", address.as_bytes()),
        ] {
            if document.bytes(field, expected.len())? != expected {
                return Err(issue(field, FieldIssue::NotOfSeed));
            }
        }
        Ok(key)
    }

    /// The key of `scheme` whose seed `text` has as 64 hexadecimal digits, with or without 0x before them and white space
    /// around them.
    ///
    /// # Errors
    /// [`KeyFileError`] about the field `seed`.
    pub fn from_seed_text(scheme: DilithiumScheme, text: &str) -> Result<Self, KeyFileError> {
        let seed = Seed::from_text(text).map_err(|error| match error {
            SeedTextError::Length { got } => issue("seed", FieldIssue::WrongLength { expected: SEED, got }),
            SeedTextError::NotHex => issue("seed", FieldIssue::NotHex),
        })?;
        Ok(Self::from_seed(scheme, seed.bytes())?)
    }
}

fn issue(field: &'static str, issue: FieldIssue) -> KeyFileError {
    KeyFileError::Field { field, issue }
}

/// The fields of the file, overwritten when they go: one of them is the secret.
struct Document(Map<String, Value>);

impl Document {
    fn parse(text: &str) -> Result<Self, KeyFileError> {
        // The library's messages can repeat values; place alone cannot.
        let value: Value = serde_json::from_str(text)
            .map_err(|error| KeyFileError::Json { line: error.line(), column: error.column() })?;
        match value {
            Value::Object(map) => Ok(Self(map)),
            mut other => {
                wipe(&mut other);
                Err(KeyFileError::Json { line: 1, column: 1 })
            }
        }
    }

    fn get(&self, field: &'static str) -> Result<&Value, KeyFileError> {
        self.0.get(field).ok_or_else(|| issue(field, FieldIssue::Missing))
    }

    fn number(&self, field: &'static str) -> Result<u64, KeyFileError> {
        let expected = "a whole number";
        self.get(field)?.as_u64().ok_or_else(|| issue(field, FieldIssue::WrongKind { expected }))
    }

    fn bytes(&self, field: &'static str, expected: usize) -> Result<Vec<u8>, KeyFileError> {
        let text = self
            .get(field)?
            .as_str()
            .ok_or_else(|| issue(field, FieldIssue::WrongKind { expected: "a string" }))?;
        let digits = text.strip_prefix("0x").ok_or_else(|| issue(field, FieldIssue::NotHex))?;
        let mut bytes = hex::decode(digits).map_err(|_| issue(field, FieldIssue::NotHex))?;
        if bytes.len() != expected {
            let got = bytes.len();
            bytes.zeroize();
            return Err(issue(field, FieldIssue::WrongLength { expected, got }));
        }
        Ok(bytes)
    }
}

impl Drop for Document {
    fn drop(&mut self) {
        self.0.values_mut().for_each(wipe);
    }
}

fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Object(map) => map.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn key() -> Key {
        Key::from_seed(DilithiumScheme::MlDsa44, &[0x5e; 32]).unwrap()
    }

    #[test]
    fn a_file_reads_back() {
        for scheme in [DilithiumScheme::MlDsa44, DilithiumScheme::MlDsa65, DilithiumScheme::MlDsa87] {
            let key = Key::from_seed(scheme, &[0x5e; 32]).unwrap();
            let read = Key::from_file(&key.to_file()).unwrap();
            assert_eq!(
                (read.scheme(), read.seed(), read.public_key()),
                (scheme, key.seed(), key.public_key())
            );
        }
    }

    #[test]
    fn each_field_is_checked_and_named_without_what_stands_there() {
        let good: Value = serde_json::from_str(&key().to_file()).unwrap();
        let secret = "5e5e5e";
        let with = |field: &str, value: Value| {
            let mut file = good.clone();
            file[field] = value;
            Key::from_file(&file.to_string()).unwrap_err().to_string()
        };
        for (field, value, problem) in [
            ("version", json!(2), "version: version 2 is not known, only 1"),
            ("version", json!("1"), "version: not a whole number"),
            ("scheme", json!(2), "scheme: scheme 2 is not one of 44, 65 and 87"),
            ("scheme", json!(300), "scheme: scheme 300 is not one of 44, 65 and 87"),
            ("scheme", json!(65), "publicKey: 1312 bytes where 1952 belong"),
            ("seed", json!(secret), "seed: not 0x and hexadecimal digits"),
            ("seed", json!(format!("0x{secret}")), "seed: 3 bytes where 32 belong"),
            ("seed", json!(format!("0x{secret}5")), "seed: not 0x and hexadecimal digits"),
            ("seed", json!(0x5e5e5e), "seed: not a string"),
            ("seed", json!(format!("0x{}", "5f".repeat(32))), "publicKey: not that of the seed"),
            ("keyHash", json!(format!("0x{}", "00".repeat(32))), "keyHash: not that of the seed"),
            ("address", json!(format!("0x{}", "00".repeat(20))), "address: not that of the seed"),
            (secret, json!(secret), "a field that key files of version 1 do not have"),
        ] {
            assert_eq!(with(field, value), problem);
        }
        for field in FIELDS {
            let mut file = good.clone();
            file.as_object_mut().unwrap().remove(field);
            let error = Key::from_file(&file.to_string()).unwrap_err().to_string();
            assert_eq!(error, format!("{field}: missing"));
        }
        for text in ["", "[\"5e5e5e\"]", "{\"seed\": 5e5e5e}", "\"5e5e5e\""] {
            let error = Key::from_file(text).unwrap_err().to_string();
            assert!(error.starts_with("not a JSON object (line "), "{error}");
            assert!(!error.contains(secret), "{error}");
        }
    }

    #[test]
    fn seeds_are_read_from_digits() {
        let scheme = DilithiumScheme::MlDsa44;
        for text in ["5e".repeat(32), format!("0x{}\n", "5e".repeat(32))] {
            assert_eq!(Key::from_seed_text(scheme, &text).unwrap().seed(), key().seed());
        }
        for (text, problem) in [
            ("5e".repeat(31), "seed: 31 bytes where 32 belong"),
            ("5e".repeat(33), "seed: 33 bytes where 32 belong"),
            ("5g".repeat(32), "seed: not 0x and hexadecimal digits"),
            (String::new(), "seed: 0 bytes where 32 belong"),
        ] {
            assert_eq!(Key::from_seed_text(scheme, &text).unwrap_err().to_string(), problem);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_changed_file_is_refused_or_the_same_key(at: prop::sample::Index, byte: u8, text: String) {
            let _ = Key::from_file(&text);
            let _ = Key::from_seed_text(DilithiumScheme::MlDsa44, &text);
            let key = key();
            let mut bytes = key.to_file().as_bytes().to_vec();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            if let Ok(Ok(read)) = std::str::from_utf8(&bytes).map(Key::from_file) {
                prop_assert_eq!(read.seed(), key.seed());
            }
        }
    }
}
