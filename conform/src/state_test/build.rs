//! From a test's JSON to what the virtual machine takes.

use super::format::{AccessListEntry, Alloc, AuthorizationTuple, Env, Indexes, Template};
use crate::hex::Unbounded;
use erbium_vm::evm::BlockEnv;
use erbium_vm::state::MemoryState;
use erbium_vm::tx::{Authorization, Transaction, TransactionType};
use erbium_vm::{ChainSpec, Code, Fork, H160, H256, U256, keccak256};

/// Base fee where a test of London or later has none, as go-ethereum's runner takes it.
const DEFAULT_BASE_FEE: u64 = 10;
/// Blocks that BLOCKHASH reaches back.
const BLOCK_HASHES: u64 = 256;

/// A template that does not give a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// An index points behind its array.
    #[error("index {index} where `{field}` has {len} entries")]
    Index {
        /// The array.
        field: &'static str,
        /// The index.
        index: usize,
        /// Length of the array.
        len: usize,
    },
    /// A number does not fit its field, so that no transaction can carry it.
    #[error("`{field}` does not fit")]
    TooLarge {
        /// The field.
        field: &'static str,
    },
    /// A field is missing.
    #[error("`{field}` is missing")]
    Missing {
        /// The field.
        field: &'static str,
    },
    /// The receiver is neither absent nor an address.
    #[error("`to` has {len} bytes")]
    To {
        /// Its length in bytes.
        len: usize,
    },
}

/// The block that the transaction is alone in.
pub(crate) fn block(env: &Env, spec: &ChainSpec) -> BlockEnv {
    let difficulty = env.current_difficulty.0;
    let base_fee = env.current_base_fee.map_or(U256::from(DEFAULT_BASE_FEE), |fee| fee.0);
    let excess_blob_gas = env.current_excess_blob_gas.map_or(0, |excess| excess.0);
    let merged = spec.has(Fork::Paris);
    BlockEnv {
        number: env.current_number.0,
        timestamp: env.current_timestamp.0,
        coinbase: env.current_coinbase.0,
        gas_limit: env.current_gas_limit.0,
        difficulty: if merged { U256::zero() } else { difficulty },
        // Older files for Paris and later have the value in the field that it took over.
        prev_randao: env.current_random.map_or(H256(difficulty.to_big_endian()), |random| random.0),
        base_fee: if spec.has(Fork::London) { base_fee } else { U256::zero() },
        blob_base_fee: if spec.has(Fork::Cancun) {
            spec.blobs.base_fee(excess_blob_gas)
        } else {
            U256::zero()
        },
        parent_beacon_block_root: env.parent_beacon_block_root.map(|root| root.0),
        slot_number: env.slot_number.map_or(0, |slot| slot.0),
    }
}

/// A state of these accounts.
pub(crate) fn accounts(alloc: &Alloc) -> MemoryState {
    let mut state = MemoryState::new();
    for (address, account) in alloc {
        let storage = account.storage.iter().map(|(key, value)| (key.0, value.0));
        let code = Code::new(&account.code.0);
        state.insert_account(address.0, account.nonce.0, account.balance.0, code, storage);
    }
    state
}

/// The state before, with the hashes of earlier blocks: those given, else Keccak-256 of the number in decimal.
pub(crate) fn state(pre: &Alloc, env: &Env) -> MemoryState {
    let mut state = accounts(pre);
    let current = env.current_number.0;
    for number in current.saturating_sub(BLOCK_HASHES)..current {
        state.insert_block_hash(number, keccak256(number.to_string().as_bytes()));
    }
    for (number, hash) in &env.block_hashes {
        state.insert_block_hash(number.0, hash.0);
    }
    state
}

/// The transaction at `indexes`, without a signature; its chain id is left out where its type may.
pub(super) fn transaction(
    template: &Template,
    indexes: Indexes,
    chain_id: u64,
) -> Result<Transaction, TemplateError> {
    let access_list = template.access_lists.get(indexes.data).and_then(Option::as_deref);
    let kind = kind(template, access_list.is_some());
    let (max_fee, priority) = if kind <= TransactionType::AccessList {
        let price = required(template.gas_price, "gasPrice")?;
        (price, price)
    } else {
        let max_fee = required(template.max_fee_per_gas, "maxFeePerGas")?;
        (max_fee, required(template.max_priority_fee_per_gas, "maxPriorityFeePerGas")?)
    };
    let authorizations = template.authorization_list.iter().flatten().map(authorization);
    Ok(Transaction {
        kind,
        chain_id: (kind != TransactionType::Legacy).then_some(chain_id),
        nonce: u64_of(template.nonce, "nonce")?,
        gas_limit: u64_of(*at(&template.gas_limit, indexes.gas, "gasLimit")?, "gasLimit")?,
        max_fee_per_gas: max_fee,
        max_priority_fee_per_gas: priority,
        to: receiver(&template.to.0)?,
        value: u256_of(*at(&template.value, indexes.value, "value")?, "value")?,
        data: at(&template.data, indexes.data, "data")?.0.clone(),
        access_list: access_list.unwrap_or_default().iter().map(access_list_item).collect(),
        max_fee_per_blob_gas: match template.max_fee_per_blob_gas {
            Some(fee) => u256_of(fee, "maxFeePerBlobGas")?,
            None => U256::zero(),
        },
        blob_versioned_hashes: template.blob_versioned_hashes.iter().flatten().map(|hash| hash.0).collect(),
        authorizations: authorizations.collect::<Result<_, _>>()?,
        ..Transaction::default()
    })
}

fn kind(template: &Template, has_access_list: bool) -> TransactionType {
    if template.authorization_list.is_some() {
        TransactionType::SetCode
    } else if template.blob_versioned_hashes.is_some() || template.max_fee_per_blob_gas.is_some() {
        TransactionType::Blob
    } else if template.max_fee_per_gas.is_some() {
        TransactionType::DynamicFee
    } else if has_access_list {
        TransactionType::AccessList
    } else {
        TransactionType::Legacy
    }
}

fn access_list_item(entry: &AccessListEntry) -> (H160, Vec<H256>) {
    (entry.address.0, entry.storage_keys.iter().map(|key| key.0).collect())
}

fn authorization(tuple: &AuthorizationTuple) -> Result<Authorization, TemplateError> {
    Ok(Authorization {
        chain_id: u256_of(tuple.chain_id, "authorization chainId")?,
        address: tuple.address.0,
        nonce: u64_of(tuple.nonce, "authorization nonce")?,
        y_parity: required(tuple.y_parity.or(tuple.v), "authorization yParity")?,
        r: u256_of(tuple.r, "authorization r")?,
        s: u256_of(tuple.s, "authorization s")?,
    })
}

fn receiver(to: &[u8]) -> Result<Option<H160>, TemplateError> {
    match to.len() {
        0 => Ok(None),
        20 => Ok(Some(H160::from_slice(to))),
        len => Err(TemplateError::To { len }),
    }
}

fn at<'a, T>(array: &'a [T], index: usize, field: &'static str) -> Result<&'a T, TemplateError> {
    array.get(index).ok_or(TemplateError::Index { field, index, len: array.len() })
}

fn required(number: Option<Unbounded>, field: &'static str) -> Result<U256, TemplateError> {
    u256_of(number.ok_or(TemplateError::Missing { field })?, field)
}

fn u256_of(number: Unbounded, field: &'static str) -> Result<U256, TemplateError> {
    number.0.ok_or(TemplateError::TooLarge { field })
}

fn u64_of(number: Unbounded, field: &'static str) -> Result<u64, TemplateError> {
    u64::try_from(u256_of(number, field)?).map_err(|_| TemplateError::TooLarge { field })
}

/// The first field, by the transaction's own order, in which the transaction of the bytes is not that of the template.
///
/// The signature is in the bytes only, the chain id of a legacy transaction too.
pub(super) fn first_difference(decoded: &Transaction, built: &Transaction) -> Option<&'static str> {
    let legacy = decoded.kind == TransactionType::Legacy;
    [
        ("type", decoded.kind == built.kind),
        ("chainId", legacy || decoded.chain_id == built.chain_id),
        ("nonce", decoded.nonce == built.nonce),
        ("maxPriorityFeePerGas", decoded.max_priority_fee_per_gas == built.max_priority_fee_per_gas),
        ("maxFeePerGas", decoded.max_fee_per_gas == built.max_fee_per_gas),
        ("gasLimit", decoded.gas_limit == built.gas_limit),
        ("to", decoded.to == built.to),
        ("value", decoded.value == built.value),
        ("data", decoded.data == built.data),
        ("accessList", decoded.access_list == built.access_list),
        ("maxFeePerBlobGas", decoded.max_fee_per_blob_gas == built.max_fee_per_blob_gas),
        ("blobVersionedHashes", decoded.blob_versioned_hashes == built.blob_versioned_hashes),
        ("authorizationList", decoded.authorizations == built.authorizations),
    ]
    .into_iter()
    .find_map(|(field, same)| (!same).then_some(field))
}
