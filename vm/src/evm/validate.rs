//! Whether a transaction may be executed at all.

use super::BlockEnv;
use super::intrinsic::{IntrinsicGas, intrinsic_gas};
use super::state_gas::gas_of_byte;
use crate::code::Code;
use crate::error::Rejection;
use crate::fork::Fork;
use crate::spec::{ChainSpec, Extensions, GAS_PER_BLOB};
use crate::state::{AccountId, Journal};
use crate::tx::{Transaction, TransactionType};
use erbium_claims::Fault;
use primitive_types::U256;

/// First byte of a blob's versioned hash made from a KZG commitment (EIP-4844).
const KZG_VERSION: u8 = 1;
/// Most blobs of one transaction from Osaka on (EIP-7594).
const MAX_BLOBS_PER_TRANSACTION: u64 = 6;

/// What the checks found out on their way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Admission {
    pub(super) intrinsic: IntrinsicGas,
    /// Gas for the state that the transaction is taken to grow by; 0 before Amsterdam.
    pub(super) intrinsic_state_gas: u64,
    /// Gas for a quantum-safe signature, taken like the intrinsic gas but in no part of refunds and floor.
    pub(super) signature_gas: u64,
    /// Wei a unit of gas, burnt and paid together.
    pub(super) gas_price: U256,
    /// Blob gas of all blobs.
    pub(super) blob_gas: u64,
}

/// The checks that need no state, in the order of the execution specs.
pub(super) fn validate(
    spec: &ChainSpec,
    block: &BlockEnv,
    tx: &Transaction,
    block_gas_available: u64,
) -> Result<Admission, Rejection> {
    type_exists(spec, tx)?;
    chain_matches(spec, tx)?;
    let signature_gas = match tx.kind {
        TransactionType::Quantum => quantum_holds(spec, tx)?,
        _ => 0,
    };
    let intrinsic = limits_hold(spec, block, tx, signature_gas)?;
    if !spec.has(Fork::Amsterdam) && tx.gas_limit > block_gas_available {
        return Err(Rejection::BlockGasExceeded { limit: tx.gas_limit, available: block_gas_available });
    }
    let gas_price = gas_price(block, tx)?;
    let blob_gas = match tx.kind {
        TransactionType::Blob => blobs_hold(spec, block, tx)?,
        _ => 0,
    };
    if tx.to.is_none() && matches!(tx.kind, TransactionType::Blob | TransactionType::SetCode) {
        return Err(Rejection::CreateNotAllowed { kind: tx.kind as u8 });
    }
    if tx.kind == TransactionType::SetCode && tx.authorizations.is_empty() {
        return Err(Rejection::NoAuthorizations);
    }
    let intrinsic_state_gas = intrinsic_state_gas(block, &intrinsic);
    Ok(Admission { intrinsic, intrinsic_state_gas, signature_gas, gas_price, blob_gas })
}

fn type_exists(spec: &ChainSpec, tx: &Transaction) -> Result<(), Rejection> {
    let since = match tx.kind {
        TransactionType::Legacy => Fork::Frontier,
        TransactionType::AccessList => Fork::Berlin,
        TransactionType::DynamicFee => Fork::London,
        TransactionType::Blob => Fork::Cancun,
        TransactionType::SetCode => Fork::Prague,
        TransactionType::Quantum => match spec.extensions {
            Extensions::Erbium => return Ok(()),
            Extensions::None => return Err(not_supported(spec, tx)),
        },
    };
    if spec.has(since) {
        return Ok(());
    }
    Err(not_supported(spec, tx))
}

fn not_supported(spec: &ChainSpec, tx: &Transaction) -> Rejection {
    Rejection::TypeNotSupported { kind: tx.kind as u8, fork: spec.fork.name() }
}

fn chain_matches(spec: &ChainSpec, tx: &Transaction) -> Result<(), Rejection> {
    let chain_id = match tx.kind {
        // It cannot do without: zero is what is signed where there is none.
        TransactionType::Quantum => Some(tx.chain_id.unwrap_or_default()),
        _ => tx.chain_id,
    };
    match chain_id {
        Some(got) if got != spec.chain_id => Err(Rejection::WrongChainId { got, expected: spec.chain_id }),
        _ => Ok(()),
    }
}

/// The form of a quantum-safe signature, and that its fields exist under the fork; answers the signature's price.
/// Whether the signature is valid has been asked ahead.
fn quantum_holds(spec: &ChainSpec, tx: &Transaction) -> Result<u64, Rejection> {
    let scheme = tx.quantum_signature()?.well_formed()?;
    if !spec.has(Fork::Berlin) && !tx.access_list.is_empty() {
        let len = tx.access_list.len();
        return Err(Rejection::AccessListNotSupported { len, fork: spec.fork.name() });
    }
    Ok(spec.gas.transaction_signature(scheme))
}

/// Gas, nonce and size against the limits that hold for every transaction.
fn limits_hold(
    spec: &ChainSpec,
    block: &BlockEnv,
    tx: &Transaction,
    signature: u64,
) -> Result<IntrinsicGas, Rejection> {
    let limit = tx.gas_limit;
    let intrinsic = intrinsic_gas(spec.fork, tx);
    let base = intrinsic.gas.saturating_add(intrinsic_state_gas(block, &intrinsic));
    // Amsterdam's specification has one rule for both.
    if spec.has(Fork::Amsterdam) && limit < base.max(intrinsic.floor) {
        let (intrinsic, floor) = (base, intrinsic.floor);
        return Err(Rejection::IntrinsicOrFloorGasTooLow { limit, intrinsic, floor });
    }
    if limit < base {
        return Err(Rejection::IntrinsicGasTooLow { limit, intrinsic: base });
    }
    if limit < intrinsic.floor {
        return Err(Rejection::FloorGasTooLow { limit, floor: intrinsic.floor });
    }
    let needed = base.max(intrinsic.floor).checked_add(signature);
    if needed.is_none_or(|needed| limit < needed) {
        let needed = needed.unwrap_or(u64::MAX);
        return Err(Rejection::SignatureGasTooLow { limit, needed, signature });
    }
    if tx.nonce == u64::MAX {
        return Err(Rejection::NonceOverflow);
    }
    match spec.max_init_code_size {
        Some(limit) if tx.to.is_none() && tx.data.len() > limit => {
            return Err(Rejection::InitCodeTooLong { len: tx.data.len(), limit });
        }
        _ => {}
    }
    match spec.max_transaction_gas {
        // Only what is no state gas is capped (EIP-8037).
        Some(cap) if spec.has(Fork::Amsterdam) => match intrinsic.gas.max(intrinsic.floor) {
            intrinsic if intrinsic > cap => Err(Rejection::IntrinsicGasTooLow { limit: cap, intrinsic }),
            _ => Ok(intrinsic),
        },
        Some(cap) if limit > cap => Err(Rejection::GasCapExceeded { limit, cap }),
        _ => Ok(intrinsic),
    }
}

fn intrinsic_state_gas(block: &BlockEnv, intrinsic: &IntrinsicGas) -> u64 {
    match intrinsic.state_bytes {
        0 => 0,
        bytes => gas_of_byte(block.gas_limit).saturating_mul(bytes),
    }
}

/// That the block has room for the most that a transaction may use in each dimension (EIP-8037). `regular` and `state`
/// are what is left of them.
pub(super) fn fits_block(
    spec: &ChainSpec,
    tx: &Transaction,
    admission: &Admission,
    regular: u64,
    state: u64,
) -> Result<(), Rejection> {
    let cap = spec.max_transaction_gas.unwrap_or(u64::MAX);
    let most_regular = tx.gas_limit.saturating_sub(admission.intrinsic_state_gas).min(cap);
    let most_state = tx.gas_limit.saturating_sub(admission.intrinsic.gas);
    for (limit, available) in [(most_regular, regular), (most_state, state)] {
        if limit > available {
            return Err(Rejection::BlockGasExceeded { limit, available });
        }
    }
    Ok(())
}

/// The effective gas price (EIP-1559); types 0 and 1 carry the same price in both fee fields.
fn gas_price(block: &BlockEnv, tx: &Transaction) -> Result<U256, Rejection> {
    let (max_fee, priority, base_fee) = (tx.max_fee_per_gas, tx.max_priority_fee_per_gas, block.base_fee);
    if priority > max_fee {
        return Err(Rejection::PriorityAboveMax { priority, max_fee });
    }
    if max_fee < base_fee {
        return Err(Rejection::FeeBelowBase { max_fee, base_fee });
    }
    Ok(max_fee.min(base_fee.saturating_add(priority)))
}

/// Count, versions and price of the blobs (EIP-4844); answers their blob gas.
fn blobs_hold(spec: &ChainSpec, block: &BlockEnv, tx: &Transaction) -> Result<u64, Rejection> {
    let count = tx.blob_versioned_hashes.len() as u64;
    if count == 0 {
        return Err(Rejection::NoBlobs);
    }
    let of_block = spec.blobs.max;
    let limit = if spec.has(Fork::Osaka) { of_block.min(MAX_BLOBS_PER_TRANSACTION) } else { of_block };
    if count > limit {
        return Err(Rejection::TooManyBlobs { count, limit });
    }
    let mut versions = tx.blob_versioned_hashes.iter().map(|hash| hash.0[0]).enumerate();
    if let Some((index, version)) = versions.find(|&(_, version)| version != KZG_VERSION) {
        return Err(Rejection::BlobVersion { index, version });
    }
    let (max_fee, base_fee) = (tx.max_fee_per_blob_gas, block.blob_base_fee);
    if max_fee < base_fee {
        return Err(Rejection::BlobFeeBelowBase { max_fee, base_fee });
    }
    Ok(count * GAS_PER_BLOB)
}

/// The checks against the sender's account: nonce, balance for the most that the transaction could cost, and that the
/// sender is externally owned (EIP-3607) or delegates (EIP-7702).
pub(super) fn validate_sender(
    spec: &ChainSpec,
    journal: &mut Journal<'_>,
    id: AccountId,
    tx: &Transaction,
    admission: &Admission,
) -> Result<Result<(), Rejection>, Fault> {
    let account = *journal.account(id);
    let sender = journal.address(id);
    let (got, expected) = (tx.nonce, account.nonce);
    if got < expected {
        return Ok(Err(Rejection::NonceTooLow { got, expected }));
    }
    if got > expected {
        return Ok(Err(Rejection::NonceTooHigh { got, expected }));
    }
    let Some(cost) = largest_cost(tx, admission) else { return Ok(Err(Rejection::CostOverflow)) };
    if account.balance < cost {
        return Ok(Err(Rejection::InsufficientBalance { sender, balance: account.balance, cost }));
    }
    if sends(spec, journal.code(id)?) { Ok(Ok(())) } else { Ok(Err(Rejection::SenderHasCode { sender })) }
}

/// True for the code of an account that may send transactions.
fn sends(spec: &ChainSpec, code: &Code) -> bool {
    code.is_empty() || spec.has(Fork::Prague) && code.delegation().is_some()
}

fn largest_cost(tx: &Transaction, admission: &Admission) -> Option<U256> {
    let gas = tx.max_fee_per_gas.checked_mul(tx.gas_limit.into())?;
    let blobs = tx.max_fee_per_blob_gas.checked_mul(admission.blob_gas.into())?;
    gas.checked_add(blobs)?.checked_add(tx.value)
}

#[cfg(test)]
mod tests;
