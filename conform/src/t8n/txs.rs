//! Transactions as they are handed over: JSON objects, signed or with a key to sign with, or RLP.

use super::error::{FieldError, FieldProblem};
use super::fields::{self, Object};
use crate::hex::{Address, Bytes, Quantity, Quantity64, Word};
use erbium_vm::rlp::{Item, Reader, RlpError};
use erbium_vm::tx::{AccessListItem, Authorization, EcdsaSignature, Transaction, TransactionType, split_v};
use erbium_vm::{Fork, H160, H256, U256};
use secp256k1::{Message, SECP256K1, SecretKey};
use serde_json::Value;

/// A transaction before it is known whether it can be part of the block.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Submitted {
    /// To be executed; signed, where there is a key to sign with.
    Transaction { transaction: Box<Transaction>, key: Option<Box<Key>> },
    /// Nothing that could be executed, with the reason.
    Unusable(String),
}

/// What to sign a transaction with.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Key {
    secret: SecretKey,
    /// Whether a legacy transaction's signature holds for this chain only, where the fork allows it (EIP-155).
    protected: bool,
}

impl Submitted {
    /// The transaction as it stands in the block, signed under the rules of `fork` where it has a key.
    pub(super) fn resolve(self, fork: Fork, chain_id: u64) -> Result<Transaction, String> {
        match self {
            Self::Unusable(reason) => Err(reason),
            Self::Transaction { mut transaction, key } => {
                // A typed transaction that names no chain is for this one.
                if transaction.kind != TransactionType::Legacy {
                    transaction.chain_id.get_or_insert(chain_id);
                }
                if let Some(key) = key {
                    key.sign(&mut transaction, fork, chain_id);
                }
                Ok(*transaction)
            }
        }
    }
}

impl Key {
    fn sign(&self, transaction: &mut Transaction, fork: Fork, chain_id: u64) {
        if transaction.kind == TransactionType::Legacy {
            let protected = self.protected && fork >= Fork::SpuriousDragon;
            transaction.chain_id = protected.then_some(chain_id);
        }
        let hash = Message::from_digest(transaction.signing_hash().0);
        let (id, compact) = SECP256K1.sign_ecdsa_recoverable(hash, &self.secret).serialize_compact();
        let (r, s) = compact.split_at(32);
        transaction.signature = EcdsaSignature {
            r: U256::from_big_endian(r),
            s: U256::from_big_endian(s),
            y_odd: i32::from(id) & 1 == 1,
        };
    }
}

/// The transactions of an RLP list, typed ones as byte strings. One that cannot be read does not keep the others from it.
///
/// # Errors
/// Where the list itself is damaged.
pub(super) fn of_rlp(bytes: &[u8]) -> Result<Vec<Submitted>, RlpError> {
    let mut input = Reader::new(bytes);
    let mut list = input.list("transactions")?;
    input.finish("transactions")?;
    let mut submitted = Vec::new();
    while !list.is_empty() {
        let rest = list.rest();
        let encoded = match list.item("transaction")? {
            Item::Bytes(bytes) => bytes,
            Item::List(_) => rest.get(..rest.len() - list.rest().len()).unwrap_or(rest),
        };
        submitted.push(match Transaction::decode(encoded) {
            Ok(transaction) => Submitted::Transaction { transaction: Box::new(transaction), key: None },
            Err(error) => Submitted::Unusable(error.to_string()),
        });
    }
    Ok(submitted)
}

/// The transactions of the JSON list at `place`.
///
/// # Errors
/// The first field that is missing or has no value that it could have.
pub(super) fn of_json(value: Value, place: &str) -> Result<Vec<Submitted>, FieldError> {
    let items = fields::list(value, place)?.into_iter();
    items.map(|(place, item)| submitted(Object::of(item, &place)?)).collect()
}

fn submitted(mut tx: Object) -> Result<Submitted, FieldError> {
    let number = tx.optional("type")?.map_or(0, |Quantity64(number)| number);
    let kind = u8::try_from(number).ok().and_then(TransactionType::from_number);
    let Some(kind) = kind.filter(|&kind| kind != TransactionType::Quantum) else {
        return Err(tx.error("type", FieldProblem::UnknownType));
    };
    let key = secret_key(&mut tx)?;
    let chain_id = tx.optional("chainId")?.map(|Quantity64(id)| id);
    let typed = kind != TransactionType::Legacy;
    let (max_fee_per_gas, max_priority_fee_per_gas) = if kind <= TransactionType::AccessList {
        let price = quantity(&mut tx, "gasPrice")?;
        (price, price)
    } else {
        (quantity(&mut tx, "maxFeePerGas")?, quantity(&mut tx, "maxPriorityFeePerGas")?)
    };
    let Quantity64(nonce) = tx.required("nonce")?;
    let Quantity64(gas_limit) = either(&mut tx, "gas", "gasLimit")?;
    let Bytes(data) = either(&mut tx, "input", "data")?;
    let mut transaction = Transaction {
        kind,
        chain_id: chain_id.filter(|_| typed),
        nonce,
        gas_limit,
        max_fee_per_gas,
        max_priority_fee_per_gas,
        to: receiver(&mut tx)?,
        value: quantity(&mut tx, "value")?,
        data,
        ..Transaction::default()
    };
    if typed {
        let list = tx.objects("accessList")?.unwrap_or_default();
        transaction.access_list = list.into_iter().map(access_list_item).collect::<Result<_, _>>()?;
    }
    if kind == TransactionType::Blob {
        transaction.max_fee_per_blob_gas = quantity(&mut tx, "maxFeePerBlobGas")?;
        transaction.blob_versioned_hashes = words(&mut tx, "blobVersionedHashes")?;
    }
    if kind == TransactionType::SetCode {
        let list = tx.objects("authorizationList")?;
        let list = list.ok_or_else(|| tx.error("authorizationList", FieldProblem::Missing))?;
        transaction.authorizations = list.into_iter().map(authorization).collect::<Result<_, _>>()?;
    }
    let signed = signature(&mut tx, &mut transaction)?;
    if !signed && key.is_none() {
        return Ok(Submitted::Unusable(
            "invalid transaction v, r, s values: not signed, and no secretKey".into(),
        ));
    }
    let key = key.filter(|_| !signed).map(Box::new);
    if key.is_none() && transaction.signature == EcdsaSignature::default() {
        return Ok(Submitted::Unusable("invalid transaction v, r, s values: no such v".into()));
    }
    Ok(Submitted::Transaction { transaction: Box::new(transaction), key })
}

fn secret_key(tx: &mut Object) -> Result<Option<Key>, FieldError> {
    let protected = tx.optional("protected")?.unwrap_or(true);
    let Some(Word(secret)) = tx.optional("secretKey")? else { return Ok(None) };
    let secret = SecretKey::from_byte_array(secret.0);
    let secret = secret.map_err(|_| tx.error("secretKey", FieldProblem::SecretKey))?;
    Ok(Some(Key { secret, protected }))
}

/// Reads v or yParity, r and s into `transaction`. False where all are zero or missing: nobody has signed it. A v that no
/// signature gives leaves the signature empty.
fn signature(tx: &mut Object, transaction: &mut Transaction) -> Result<bool, FieldError> {
    let mut number = |name| tx.optional::<Quantity>(name).map(|value| value.map(|value| value.0));
    let (v, y_parity, r, s) = (number("v")?, number("yParity")?, number("r")?, number("s")?);
    let (r, s) = (r.unwrap_or_default(), s.unwrap_or_default());
    if v.is_some() && y_parity.is_some() && v != y_parity && transaction.kind != TransactionType::Legacy {
        return Err(tx.error("yParity", FieldProblem::Disagrees { other: "v" }));
    }
    let v = match transaction.kind {
        TransactionType::Legacy => v.or(y_parity),
        _ => y_parity.or(v),
    };
    let v = v.unwrap_or_default();
    if v.is_zero() && r.is_zero() && s.is_zero() {
        return Ok(false);
    }
    let split = match transaction.kind {
        TransactionType::Legacy => split_v(v),
        _ => (v <= U256::one()).then(|| (v.bit(0), transaction.chain_id)),
    };
    if let Some((y_odd, chain_id)) = split {
        transaction.chain_id = chain_id;
        transaction.signature = EcdsaSignature { r, s, y_odd };
    }
    Ok(true)
}

fn quantity(object: &mut Object, name: &str) -> Result<U256, FieldError> {
    object.required::<Quantity>(name).map(|value| value.0)
}

/// A field that has two names.
fn either<T: serde::de::DeserializeOwned>(
    object: &mut Object,
    name: &str,
    other: &str,
) -> Result<T, FieldError> {
    let (first, second) = (object.optional(name)?, object.optional(other)?);
    first.or(second).ok_or_else(|| object.error(name, FieldProblem::Missing))
}

/// Absent, null or empty for a creation.
fn receiver(tx: &mut Object) -> Result<Option<H160>, FieldError> {
    let Bytes(to) = tx.optional("to")?.unwrap_or_default();
    match to.len() {
        0 => Ok(None),
        20 => Ok(Some(H160::from_slice(&to))),
        len => Err(tx.error("to", FieldProblem::Address { len })),
    }
}

fn words(object: &mut Object, name: &str) -> Result<Vec<H256>, FieldError> {
    let words: Vec<Word> = object.required(name)?;
    Ok(words.into_iter().map(|word| word.0).collect())
}

fn access_list_item(mut item: Object) -> Result<AccessListItem, FieldError> {
    Ok((item.required::<Address>("address")?.0, words(&mut item, "storageKeys")?))
}

fn authorization(mut tuple: Object) -> Result<Authorization, FieldError> {
    let Quantity64(nonce) = tuple.required("nonce")?;
    let Quantity(y_parity) = either(&mut tuple, "yParity", "v")?;
    Ok(Authorization {
        chain_id: quantity(&mut tuple, "chainId")?,
        address: tuple.required::<Address>("address")?.0,
        nonce,
        y_parity,
        r: quantity(&mut tuple, "r")?,
        s: quantity(&mut tuple, "s")?,
    })
}
