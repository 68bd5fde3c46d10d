//! A chain spec as block files carry it: a built-in's name, or an object with the keys of the TOML form.

use super::source::{SpecOverrides, SpecSource, UnknownSpec};
use super::toml::{SpecError, SpecProblem};
use super::{BlobSchedule, ChainSpec, ExtensionAddresses, GasSchedule};
use primitive_types::H160;
use serde_json::{Value, json};
use std::fmt::Write;

/// A JSON value that is no chain spec.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpecValueError {
    /// Neither a string nor an object.
    #[error("neither the name of a chain spec nor an object")]
    Form,
    /// An object whose form TOML does not have: nested too deeply, for instance.
    #[error("not to be read: {reason}")]
    Unreadable {
        /// What the TOML reader says.
        reason: String,
    },
    /// A name that is not built in.
    #[error(transparent)]
    Unknown(#[from] UnknownSpec),
    /// An object with a key or value that a chain spec cannot have.
    #[error("`{field}` {problem}")]
    Field {
        /// The key, with the object that holds it.
        field: String,
        /// What is wrong with it.
        problem: SpecProblem,
    },
}

impl SpecSource {
    /// Reads the JSON form: the name of a built-in, or an object with the keys and values of the TOML form.
    ///
    /// # Errors
    /// [`SpecValueError`] naming the key, as [`SpecSource::from_toml`] does.
    pub fn from_json(value: &Value) -> Result<Self, SpecValueError> {
        let object = match value {
            Value::String(name) => return Ok(name.parse()?),
            Value::Object(object) => object,
            _ => return Err(SpecValueError::Form),
        };
        // One reader judges both forms.
        let mut text = String::new();
        for (key, value) in object {
            write_string(key, &mut text);
            text.push_str(" = ");
            write_value(key, value, &mut text)?;
            text.push('\n');
        }
        Self::from_toml(&text).map_err(|error| match error {
            SpecError::Field { field, problem, .. } => SpecValueError::Field { field, problem },
            SpecError::Syntax { reason, .. } => SpecValueError::Unreadable { reason },
        })
    }
}

impl ChainSpec {
    /// The JSON form that reads back as this spec for every block: the fork, and what is not as it is there on Ethereum
    /// mainnet.
    pub fn to_json(&self) -> Value {
        let mut object = serde_json::Map::new();
        object.insert("fork".to_owned(), self.fork.name().into());
        write_overrides(SpecOverrides::beyond_fork(self), &mut object);
        Value::Object(object)
    }
}

/// Puts every rule that is set into `object`, under its key.
fn write_overrides(overrides: SpecOverrides, object: &mut serde_json::Map<String, Value>) {
    fn limit<T: Into<Value>>(limit: Option<T>) -> Value {
        limit.map_or_else(|| "none".into(), Into::into)
    }
    let address = |address: H160| Value::from(format!("{address:#x}"));
    let blobs = |blobs: BlobSchedule| {
        let BlobSchedule { target, max, base_fee_update_fraction } = blobs;
        json!({ "target": target, "max": max, "base_fee_update_fraction": base_fee_update_fraction })
    };
    let gas = |mut gas: GasSchedule| {
        let mut prices = serde_json::Map::new();
        prices.insert("dilithium_verify".to_owned(), json!(gas.dilithium_verify));
        prices.extend(gas.prices_mut().map(|(name, price)| (name.to_owned(), Value::from(*price))));
        Value::Object(prices)
    };
    let precompiles = |mut addresses: ExtensionAddresses| {
        let named = addresses.named_mut().map(|(name, at)| (name.to_owned(), address(*at)));
        Value::Object(named.into_iter().collect())
    };
    let rules = [
        ("extensions", overrides.extensions.map(|extensions| extensions.name().into())),
        ("chain_id", overrides.chain_id.map(Value::from)),
        ("policy", overrides.policy.map(|policy| policy.name().into())),
        ("registry", overrides.registry.map(address)),
        ("he_system", overrides.he_system.map(address)),
        ("max_code_size", overrides.max_code_size.map(limit)),
        ("max_init_code_size", overrides.max_init_code_size.map(limit)),
        ("max_block_rlp_size", overrides.max_block_rlp_size.map(limit)),
        ("max_transaction_gas", overrides.max_transaction_gas.map(limit)),
        ("precompiles", overrides.precompiles.map(precompiles)),
        ("blobs", overrides.blobs.map(blobs)),
        ("gas", overrides.gas.map(gas)),
    ];
    for (key, value) in rules {
        if let Some(value) = value {
            object.insert(key.to_owned(), value);
        }
    }
}

/// Writes a TOML value; JSON's null, which TOML has not, is refused under the name `field`.
fn write_value(field: &str, value: &Value, out: &mut String) -> Result<(), SpecValueError> {
    match value {
        Value::Null => {
            let problem = SpecProblem::WrongType { expected: "a value", got: "null" };
            return Err(SpecValueError::Field { field: field.to_owned(), problem });
        }
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) => out.push_str(&number.to_string()),
        Value::String(text) => write_string(text, out),
        Value::Array(items) => {
            out.push('[');
            for item in items {
                write_value(field, item, out)?;
                out.push(',');
            }
            out.push(']');
        }
        Value::Object(object) => {
            out.push('{');
            for (index, (key, value)) in object.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                write_string(key, out);
                out.push_str(" = ");
                write_value(&format!("{field}.{key}"), value, out)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

/// Writes a basic string of TOML. Control characters, DEL among them, may not stand in one as they are.
fn write_string(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            // Writing to a string cannot fail.
            '"' | '\\' | '\u{0}'..='\u{1f}' | '\u{7f}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(character));
            }
            plain => out.push(plain),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::fork::Fork;
    use crate::spec::Extensions;
    use proptest::prelude::*;

    fn message(value: Value) -> String {
        SpecSource::from_json(&value).unwrap_err().to_string()
    }

    #[test]
    fn names_and_objects_are_read() {
        assert_eq!(SpecSource::from_json(&json!("mainnet")), Ok(SpecSource::Mainnet));
        assert_eq!(SpecSource::from_json(&json!({ "fork": "mainnet" })), Ok(SpecSource::Mainnet));
        let value = json!({
            "fork": "Frontier",
            "extensions": "erbium",
            "chain_id": 7,
            "registry": format!("0x{:040x}", 5),
            "max_block_rlp_size": "none",
            "max_transaction_gas": u64::MAX,
            "gas": { "dilithium_verify": [1, 2, 3] },
        });
        let spec = SpecSource::from_json(&value).unwrap().at(0, 0);
        assert_eq!((spec.fork, spec.extensions, spec.chain_id), (Fork::Frontier, Extensions::Erbium, 7));
        assert_eq!((spec.registry.to_low_u64_be(), spec.max_transaction_gas), (5, Some(u64::MAX)));
        assert_eq!(spec.gas.dilithium_verify, [1, 2, 3]);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (value, expected) in [
            (json!(7), "neither the name of a chain spec nor an object"),
            (
                json!("ropsten"),
                "no chain spec is named `ropsten`: there are `mainnet`, `erbium` and the names of forks",
            ),
            (json!({}), "`fork` is missing"),
            (json!({ "fork": "Osaka", "frok": 1 }), "`frok` is no key of a chain spec"),
            (json!({ "fork": "Osaka", "a\"b\u{7f}\n": 1 }), "`a\"b\u{7f}\n` is no key of a chain spec"),
            (json!({ "fork": "Osaka", "gas": { "zk": 1 } }), "`gas.zk` is no key of a chain spec"),
            (
                json!({ "fork": "Osaka", "chain_id": null }),
                "`chain_id` is of type null where a value is expected",
            ),
            (
                json!({ "fork": "Osaka", "chain_id": "0x1" }),
                "`chain_id` is of type string where integer is expected",
            ),
            (
                json!({ "fork": "Osaka", "chain_id": 1.5 }),
                "`chain_id` is of type float where integer is expected",
            ),
            (
                json!({ "fork": "Osaka", "blobs": { "target": null } }),
                "`blobs.target` is of type null where a value is expected",
            ),
        ] {
            assert_eq!(message(value), expected);
        }
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 20, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..4)
                    .prop_map(|entries| Value::Object(entries.into_iter().collect())),
            ]
        })
    }

    proptest! {
        /// The form is always TOML: whatever is wrong is said about a key.
        #[test]
        fn any_value_is_read_or_refused_by_name(key in "fork|gas|blobs|chain_id|registry|\\PC*", value in any_value()) {
            let value = json!({ "fork": "Osaka", key: value });
            let named = matches!(SpecSource::from_json(&value), Ok(_) | Err(SpecValueError::Field { .. }));
            prop_assert!(named, "{value}");
        }

        #[test]
        fn what_is_written_reads_back(
            fork in prop::sample::select(&Fork::ALL[..]),
            overrides in crate::spec::toml::tests::any_overrides(),
        ) {
            let spec = overrides.apply(ChainSpec::ethereum(fork));
            let read = SpecSource::from_json(&spec.to_json()).map(|source| source.at(0, 0));
            prop_assert_eq!(read, Ok(spec));
        }
    }
}
