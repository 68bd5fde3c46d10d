//! Quantum-signed transactions before they are signed, as users write them down.

use super::field::{BlockFileError, FieldProblem, Place};
use super::raw::RawAccess;
use super::read::{access, list};
use super::shape::{Field, JsonKind, List, Object, Text};
use crate::tx::{Transaction, TransactionType};
use primitive_types::H160;
use serde::Deserialize;
use serde::de::IgnoredAny;

/// A transaction of type 0x45 that nobody has signed yet.
#[derive(Clone, Debug, PartialEq)]
pub struct UnsignedTransaction {
    /// All of it but sender, scheme, key and signature. The chain id is absent where the file has none.
    pub transaction: Transaction,
    /// The account that is to send it, where the file says so.
    pub from: Option<H160>,
}

/// The fields of RPC type 2. Another field is an error: what is signed should hold all that was written down.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields, bound(deserialize = "'de: 'a"))]
struct RawUnsigned<'a> {
    #[serde(rename = "type")]
    kind: Field<Text<'a>>,
    chain_id: Field<Text<'a>>,
    from: Field<Text<'a>>,
    nonce: Field<Text<'a>>,
    gas: Field<Text<'a>>,
    max_fee_per_gas: Field<Text<'a>>,
    max_priority_fee_per_gas: Field<Text<'a>>,
    to: Field<Text<'a>>,
    value: Field<Text<'a>>,
    input: Field<Text<'a>>,
    data: Field<Text<'a>>,
    access_list: Field<List<Object<RawAccess<'a>>>>,
    // What signing makes anew, or what only holds in a block: so that a transaction that was shown can be signed again.
    #[serde(rename = "hash")]
    _hash: Option<IgnoredAny>,
    #[serde(rename = "blockHash")]
    _block_hash: Option<IgnoredAny>,
    #[serde(rename = "blockNumber")]
    _block_number: Option<IgnoredAny>,
    #[serde(rename = "transactionIndex")]
    _transaction_index: Option<IgnoredAny>,
    #[serde(rename = "gasPrice")]
    _gas_price: Option<IgnoredAny>,
    #[serde(rename = "scheme")]
    _scheme: Option<IgnoredAny>,
    #[serde(rename = "publicKey")]
    _public_key: Option<IgnoredAny>,
    #[serde(rename = "signature")]
    _signature: Option<IgnoredAny>,
}

impl UnsignedTransaction {
    /// Reads the fields of RPC type 2: `nonce`, `gas`, `maxFeePerGas`, `maxPriorityFeePerGas` and `to` (null to create a
    /// contract) must be there; `value`, `input` (or `data`) and `accessList` may be missing for zero and empty; `type`
    /// may say 0x45. `chainId` and `from` are left to the caller where they are missing.
    ///
    /// # Errors
    /// [`BlockFileError`] with line and column, or with the name of the field; an unknown field is an error.
    pub fn from_json(bytes: &[u8]) -> Result<Self, BlockFileError> {
        let raw: Field<Object<RawUnsigned<'_>>> =
            serde_json::from_slice(bytes).map_err(BlockFileError::Json)?;
        let top = Place::Top;
        let Object(raw) = raw.required(&Place::Key(&top, "transaction"))?;

        let at = top.key("type");
        let number = raw.kind.read_optional::<u8>(&at)?;
        if number.is_some_and(|number| number != TransactionType::Quantum.number()) {
            return Err(at.error(FieldProblem::NotQuantum));
        }
        let to = match raw.to {
            Field::Other(JsonKind::Null) => None,
            to => Some(to.read(&top.key("to"))?),
        };
        let at = top.key("data");
        let input: Option<Vec<u8>> = raw.input.read_optional(&top.key("input"))?;
        let data = match (input, raw.data.read_optional::<Vec<u8>>(&at)?) {
            (Some(input), Some(data)) if input != data => {
                return Err(at.error(FieldProblem::Disagrees { other: "input" }));
            }
            (input, data) => input.or(data).unwrap_or_default(),
        };
        let at = top.key("accessList");
        let access_list = raw.access_list.optional(&at)?.map(|items| list(items, &at, access)).transpose()?;
        let transaction = Transaction {
            kind: TransactionType::Quantum,
            chain_id: raw.chain_id.read_optional(&top.key("chainId"))?,
            nonce: raw.nonce.read(&top.key("nonce"))?,
            gas_limit: raw.gas.read(&top.key("gas"))?,
            max_fee_per_gas: raw.max_fee_per_gas.read(&top.key("maxFeePerGas"))?,
            max_priority_fee_per_gas: raw.max_priority_fee_per_gas.read(&top.key("maxPriorityFeePerGas"))?,
            to,
            value: raw.value.read_optional(&top.key("value"))?.unwrap_or_default(),
            data,
            access_list: access_list.unwrap_or_default(),
            ..Transaction::default()
        };
        Ok(Self { transaction, from: raw.from.read_optional(&top.key("from"))? })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::block::json::transaction_to_json;
    use crate::tx::QuantumSignature;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn least() -> Value {
        json!({ "nonce": "0x1", "gas": "0x5208", "maxFeePerGas": "0x2", "maxPriorityFeePerGas": "0x0", "to": null })
    }

    fn read(value: &Value) -> Result<UnsignedTransaction, String> {
        UnsignedTransaction::from_json(value.to_string().as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn five_fields_are_enough() {
        let UnsignedTransaction { transaction, from } = read(&least()).unwrap();
        assert_eq!((from, transaction.chain_id, transaction.to), (None, None, None));
        assert_eq!((transaction.kind, transaction.nonce), (TransactionType::Quantum, 1));
        for field in ["nonce", "gas", "maxFeePerGas", "maxPriorityFeePerGas", "to"] {
            let mut value = least();
            value.as_object_mut().unwrap().remove(field);
            assert_eq!(read(&value), Err(format!("{field}: missing")));
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (field, value, problem) in [
            ("type", json!("0x2"), "type: not 0x45, the type of quantum-signed transactions"),
            ("nonce", json!(1), "nonce: a number where a string belongs"),
            ("to", json!("0x12"), "to: 2 digits where 40 belong"),
            ("data", json!("0x1"), "data: an odd number of digits"),
            ("accessList", json!([{}]), "accessList[0].address: missing"),
            ("from", json!("me"), "from: no 0x before the digits"),
        ] {
            let mut tx = least();
            tx[field] = value;
            assert_eq!(read(&tx), Err(problem.to_owned()));
        }
        let mut two = least();
        (two["input"], two["data"]) = (json!("0x01"), json!("0x02"));
        assert_eq!(read(&two), Err("data: does not agree with input".to_owned()));
        let mut typo = least();
        typo["imput"] = json!("0x");
        assert!(read(&typo).unwrap_err().contains("unknown field `imput`"));
    }

    proptest! {
        #[test]
        fn what_is_shown_can_be_signed_again(
            nonce: u64, gas: u64, chain: u64, fee: [u64; 4], creates: bool, from: [u8; 20], data: Vec<u8>,
            list: Vec<([u8; 20], Vec<[u8; 32]>)>,
        ) {
            let transaction = Transaction {
                kind: TransactionType::Quantum,
                chain_id: Some(chain),
                nonce,
                gas_limit: gas,
                max_fee_per_gas: primitive_types::U256(fee),
                max_priority_fee_per_gas: fee[0].into(),
                to: (!creates).then_some(H160(from)),
                value: fee[1].into(),
                data,
                access_list: list
                    .into_iter()
                    .map(|(address, keys)| {
                        (H160(address), keys.into_iter().map(primitive_types::H256).collect())
                    })
                    .collect(),
                ..Transaction::default()
            };
            let quantum = QuantumSignature { sender: H160(from), scheme: 65, ..QuantumSignature::default() };
            let signed = Transaction { quantum: Some(Box::new(quantum)), ..transaction.clone() };
            let shown = transaction_to_json(&signed, None).unwrap();
            prop_assert_eq!(read(&shown), Ok(UnsignedTransaction { transaction, from: Some(H160(from)) }));
        }

        #[test]
        fn bytes_never_panic(bytes: Vec<u8>, at: prop::sample::Index, byte: u8) {
            let _ = UnsignedTransaction::from_json(&bytes);
            let mut near = least().to_string().into_bytes();
            let at = at.index(near.len());
            near[at] = byte;
            let _ = UnsignedTransaction::from_json(&near);
        }
    }
}
