//! Whether a header follows from its parent. No state is needed for it, and no seal is looked at.

use super::{DifficultyFormula, EMPTY_OMMERS_HASH, Header, MisplacedField};
use crate::fork::Fork;
use crate::spec::{ChainSpec, GAS_PER_BLOB};
use primitive_types::{H256, U256};

/// Most bytes of extra data.
pub const MAX_EXTRA_DATA: usize = 32;
/// The least gas limit.
pub const MIN_GAS_LIMIT: u64 = 5000;
/// The largest gas limit (EIP-1985).
pub const MAX_GAS_LIMIT: u64 = i64::MAX as u64;
/// A block's gas limit differs from its parent's by less than this fraction of it.
const GAS_LIMIT_DIVISOR: u64 = 1024;
/// Base fee of the first London block, in wei (EIP-1559).
pub const INITIAL_BASE_FEE: u64 = 1_000_000_000;
/// What of the gas limit is the target (EIP-1559).
const ELASTICITY: u64 = 2;
/// How much the base fee moves at most (EIP-1559).
const BASE_FEE_DIVISOR: u64 = 8;
/// Gas of execution that a blob's reserve price is taken from (EIP-7918).
const BLOB_BASE_COST: u64 = 8192;
/// Blocks from the DAO fork on that must say so.
const DAO_EXTRA_BLOCKS: u64 = 10;
/// How they say it (EIP-779).
pub const DAO_EXTRA_DATA: &[u8] = b"dao-hard-fork";

/// A header that does not follow from its parent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the message of each says what it is; fields are named in it")]
pub enum HeaderError {
    #[error("parentHash is {got:?}, the parent's is {expected:?}")]
    ParentHash { expected: H256, got: H256 },
    #[error("number is {got}, not {expected}")]
    Number { expected: u64, got: u64 },
    #[error("timestamp {got} is not above the parent's {parent}")]
    Timestamp { parent: u64, got: u64 },
    #[error("gasLimit {got} differs from {parent} by {parent}/{GAS_LIMIT_DIVISOR} or more")]
    GasLimitStep { parent: u64, got: u64 },
    #[error("gasLimit {got} is below {MIN_GAS_LIMIT}")]
    GasLimitTooLow { got: u64 },
    #[error("gasLimit {got} is above {MAX_GAS_LIMIT}")]
    GasLimitTooHigh { got: u64 },
    #[error("gasUsed {got} is above the gasLimit {limit}")]
    GasUsedAboveLimit { limit: u64, got: u64 },
    #[error("extraData has {got} bytes, at most {MAX_EXTRA_DATA} are allowed")]
    ExtraDataTooLong { got: usize },
    #[error(
        "extraData of the DAO fork's first {DAO_EXTRA_BLOCKS} blocks is {got:02x?}, not {DAO_EXTRA_DATA:02x?}"
    )]
    DaoExtraData { got: Vec<u8> },
    #[error("{field} is missing under {fork}")]
    FieldMissing { field: &'static str, fork: Fork },
    #[error("{field} is there, which {fork} does not have")]
    FieldUnexpected { field: &'static str, fork: Fork },
    #[error("baseFeePerGas is {got}, not {expected}")]
    BaseFee { expected: U256, got: U256 },
    #[error("difficulty is {got}, not {expected}")]
    Difficulty { expected: U256, got: U256 },
    #[error("nonce is {got:02x?}, which must be 0 after the Merge")]
    Nonce { got: [u8; 8] },
    #[error("sha3Uncles is {got:?}, not {expected:?}: there are no ommers after the Merge")]
    OmmersAfterMerge { expected: H256, got: H256 },
    #[error("blobGasUsed {got} is above the limit {limit}")]
    BlobGasAboveLimit { limit: u64, got: u64 },
    #[error("blobGasUsed {got} is no multiple of {GAS_PER_BLOB}")]
    BlobGasNotWhole { got: u64 },
    #[error("excessBlobGas is {got}, not {expected}")]
    ExcessBlobGas { expected: u64, got: u64 },
}

/// What headers are judged by.
#[derive(Clone, Copy, Debug)]
pub struct HeaderRules<'a> {
    /// The rules of the block.
    pub spec: &'a ChainSpec,
    /// Its difficulty formula; not read from Paris on.
    pub difficulty: DifficultyFormula,
    /// Number of the block that took the DAO fork (EIP-779), on a chain that has.
    pub dao_fork: Option<u64>,
}

impl HeaderRules<'_> {
    /// Judges `header` against its parent, which is valid itself.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn validate(&self, header: &Header, parent: &Header) -> Result<(), HeaderError> {
        let (expected, got) = (parent.hash(), header.parent_hash);
        if got != expected {
            return Err(HeaderError::ParentHash { expected, got });
        }
        match parent.number.checked_add(1) {
            Some(expected) if header.number == expected => {}
            expected => {
                let expected = expected.unwrap_or(u64::MAX);
                return Err(HeaderError::Number { expected, got: header.number });
            }
        }
        self.fields(header)?;
        if header.timestamp <= parent.timestamp {
            return Err(HeaderError::Timestamp { parent: parent.timestamp, got: header.timestamp });
        }
        self.extra_data(header)?;
        self.gas(header, parent)?;
        self.seal(header, parent)?;
        self.blob_gas(header, parent)
    }

    fn has(&self, fork: Fork) -> bool {
        self.spec.has(fork)
    }

    /// Each field that came with a fork is there from that fork on, and not before.
    fn fields(&self, header: &Header) -> Result<(), HeaderError> {
        let fork = self.spec.fork;
        match header.misplaced_field(fork) {
            None => Ok(()),
            Some(MisplacedField { name: field, there: true, .. }) => {
                Err(HeaderError::FieldUnexpected { field, fork })
            }
            Some(MisplacedField { name: field, there: false, .. }) => {
                Err(HeaderError::FieldMissing { field, fork })
            }
        }
    }

    fn extra_data(&self, header: &Header) -> Result<(), HeaderError> {
        let got = header.extra_data.len();
        if got > MAX_EXTRA_DATA {
            return Err(HeaderError::ExtraDataTooLong { got });
        }
        let since = self.dao_fork.and_then(|fork| header.number.checked_sub(fork));
        if since.is_some_and(|since| since < DAO_EXTRA_BLOCKS) && header.extra_data != DAO_EXTRA_DATA {
            return Err(HeaderError::DaoExtraData { got: header.extra_data.clone() });
        }
        Ok(())
    }

    fn gas(&self, header: &Header, parent: &Header) -> Result<(), HeaderError> {
        let (got, limit) = (header.gas_used, header.gas_limit);
        if limit > MAX_GAS_LIMIT {
            return Err(HeaderError::GasLimitTooHigh { got: limit });
        }
        // The first London block has twice the room, so that its target is its parent's limit.
        let first_london = self.has(Fork::London) && parent.base_fee_per_gas.is_none();
        let grown = if first_london { parent.gas_limit.saturating_mul(ELASTICITY) } else { parent.gas_limit };
        if limit.abs_diff(grown) >= grown / GAS_LIMIT_DIVISOR {
            return Err(HeaderError::GasLimitStep { parent: grown, got: limit });
        }
        if limit < MIN_GAS_LIMIT {
            return Err(HeaderError::GasLimitTooLow { got: limit });
        }
        if got > limit {
            return Err(HeaderError::GasUsedAboveLimit { limit, got });
        }
        match header.base_fee_per_gas {
            Some(got) => match next_base_fee(parent) {
                expected if got == expected => Ok(()),
                expected => Err(HeaderError::BaseFee { expected, got }),
            },
            None => Ok(()),
        }
    }

    /// Difficulty, and the constants that stand in the fields of proof of work after the Merge (EIP-3675).
    fn seal(&self, header: &Header, parent: &Header) -> Result<(), HeaderError> {
        let merged = self.has(Fork::Paris);
        let expected = match merged {
            true => U256::zero(),
            false => self.difficulty.next(parent, header.number, header.timestamp),
        };
        if header.difficulty != expected {
            return Err(HeaderError::Difficulty { expected, got: header.difficulty });
        }
        if merged && header.nonce != [0; 8] {
            return Err(HeaderError::Nonce { got: header.nonce });
        }
        let (expected, got) = (EMPTY_OMMERS_HASH, header.ommers_hash);
        if merged && got != expected {
            return Err(HeaderError::OmmersAfterMerge { expected, got });
        }
        Ok(())
    }

    fn blob_gas(&self, header: &Header, parent: &Header) -> Result<(), HeaderError> {
        let (Some(used), Some(got)) = (header.blob_gas_used, header.excess_blob_gas) else { return Ok(()) };
        let limit = self.spec.blobs.max.saturating_mul(GAS_PER_BLOB);
        if used > limit {
            return Err(HeaderError::BlobGasAboveLimit { limit, got: used });
        }
        if used % GAS_PER_BLOB != 0 {
            return Err(HeaderError::BlobGasNotWhole { got: used });
        }
        match next_excess_blob_gas(self.spec, parent) {
            expected if got == expected => Ok(()),
            expected => Err(HeaderError::ExcessBlobGas { expected, got }),
        }
    }
}

/// Base fee of the London block behind `parent`, in wei (EIP-1559).
pub fn next_base_fee(parent: &Header) -> U256 {
    let Some(base_fee) = parent.base_fee_per_gas else { return INITIAL_BASE_FEE.into() };
    let target = parent.gas_limit / ELASTICITY;
    let change = |gas: u64| {
        let moved = base_fee.saturating_mul(gas.into()) / U256::from(target.max(1));
        moved / U256::from(BASE_FEE_DIVISOR)
    };
    match parent.gas_used.checked_sub(target) {
        Some(0) => base_fee,
        Some(above) => base_fee.saturating_add(change(above).max(U256::one())),
        None => base_fee.saturating_sub(change(target - parent.gas_used)),
    }
}

/// Excess blob gas of the block under `spec` behind `parent` (EIP-4844, EIP-7918 from Osaka on); 0 behind a parent
/// without blobs' fields.
pub fn next_excess_blob_gas(spec: &ChainSpec, parent: &Header) -> u64 {
    let (Some(excess), Some(used)) = (parent.excess_blob_gas, parent.blob_gas_used) else { return 0 };
    let (blobs, sum) = (spec.blobs, excess.saturating_add(used));
    let Some(above) = sum.checked_sub(blobs.target.saturating_mul(GAS_PER_BLOB)) else { return 0 };
    if spec.has(Fork::Osaka) && is_reserved(spec, parent.base_fee_per_gas.unwrap_or_default(), excess) {
        let room = u128::from(blobs.max.saturating_sub(blobs.target));
        let kept = u128::from(used) * room / u128::from(blobs.max.max(1));
        return excess.saturating_add(u64::try_from(kept).unwrap_or(u64::MAX));
    }
    above
}

/// True where execution costs more than blobs do, so that blobs' price may not sink (EIP-7918).
fn is_reserved(spec: &ChainSpec, base_fee: U256, excess: u64) -> bool {
    let reserve = base_fee.saturating_mul(BLOB_BASE_COST.into());
    reserve > spec.blobs.base_fee(excess).saturating_mul(GAS_PER_BLOB.into())
}

#[cfg(test)]
mod tests;
