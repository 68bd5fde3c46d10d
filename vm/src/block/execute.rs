//! Executing a whole block.

use super::dao::{self, apply_dao_fork};
use super::{Block, Bloom, Header, PendingBlock, Receipt, Reward, receipts_root};
use crate::error::Rejection;
use crate::evm::{BlockEnv, Evm, TransactionResult};
use crate::fork::Fork;
use crate::spec::ChainSpec;
use crate::state::StateChanges;
use crate::trie::ordered_root_with;
use erbium_claims::Fault;
use primitive_types::{H160, H256};

/// A block breaks the rules. Which ones depend on execution; whether the header's own fields follow from its parent's
/// is not judged here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BlockError {
    /// A transaction may not stand where it does.
    #[error("transaction {index}: {reason}")]
    Transaction {
        /// Its position.
        index: usize,
        /// Why.
        #[source]
        reason: Rejection,
    },
    /// A field that the fork demands.
    #[error("{field} is missing under {fork}")]
    FieldMissing {
        /// Its name in JSON.
        field: &'static str,
        /// The fork's name.
        fork: &'static str,
    },
    /// Too many bytes (EIP-7934).
    #[error("block of {size} bytes exceeds {limit} (EIP-7934)")]
    TooLarge {
        /// Bytes of RLP.
        size: usize,
        /// Most bytes.
        limit: usize,
    },
    /// A block access list with too many entries (EIP-7928).
    #[error("block access list of {items} entries exceeds {limit} (EIP-7928)")]
    AccessListTooLong {
        /// Addresses and slots.
        items: u64,
        /// Most of them under the block's gas limit.
        limit: u64,
    },
    /// An ommer that is no recent relative.
    #[error("ommer {index} has number {number}, which is not one to six below the block's")]
    OmmerAge {
        /// Its position.
        index: usize,
        /// Its number.
        number: u64,
    },
    /// A system contract that must be there.
    #[error("system contract {contract:?} has no code")]
    SystemContractMissing {
        /// Where it should be.
        contract: H160,
    },
    /// A system contract that must not fail.
    #[error("call of system contract {contract:?} failed")]
    SystemCallFailed {
        /// Where it is.
        contract: H160,
    },
    /// A deposit event that does not have the deposit contract's form.
    #[error("transaction {transaction}: deposit event has a wrong layout (EIP-6110)")]
    DepositLayout {
        /// Position of the transaction that logged it.
        transaction: usize,
    },
}

/// A block and what has been found out about it ahead.
#[derive(Clone, Copy, Debug)]
pub struct BlockInput<'a> {
    /// The block. Where its ommers are not known, as in RPC answers, their list is empty and they are not paid.
    pub block: &'a Block,
    /// Sender of each transaction: recovered, or the one that a quantum-signed transaction names, whose signature claim
    /// was found valid.
    pub senders: &'a [H160],
    /// Recovered signers of each transaction's authorizations, `None` where the signature does not hold (EIP-7702).
    pub authorities: &'a [Vec<Option<H160>>],
    /// Bytes of the block's RLP; where it is `None` and there is a limit, the block is encoded to count them.
    pub rlp_size: Option<usize>,
    /// Root of the state after the changes so far, for receipts before Byzantium.
    pub state_root: Option<&'a dyn StateRoot>,
}

/// Computes the root of the state that the block began with, changed.
pub trait StateRoot: std::fmt::Debug {
    /// The root after `changes`.
    ///
    /// # Errors
    /// [`Fault::Backend`] when the state cannot be read.
    fn root_after(&self, changes: &StateChanges) -> Result<H256, Fault>;
}

/// What came of a block. Its changes to the state are in the machine's journal.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BlockResult {
    /// What became of each transaction; the logs have moved to the receipts.
    pub transactions: Vec<TransactionResult>,
    /// Receipts with logs. See [`BlockResult::receipts_root`] on those before Byzantium.
    pub receipts: Vec<Receipt>,
    /// Gas of all transactions; from Amsterdam on the larger one of state gas and other gas (EIP-8037).
    pub gas_used: u64,
    /// Blob gas of all transactions.
    pub blob_gas_used: u64,
    /// Bloom of all logs.
    pub logs_bloom: Bloom,
    /// Requests to the consensus layer, each its type and data, ascending (EIP-7685). Empty before Prague.
    pub requests: Vec<Vec<u8>>,
    /// Commitment to what the block read and wrote (EIP-7928). `None` before Amsterdam.
    pub block_access_list_hash: Option<H256>,
    /// True where the receipts hold all that the root is over.
    pub(super) receipts_complete: bool,
}

impl BlockResult {
    /// Root of the receipts; `None` before Byzantium where [`BlockInput::state_root`] was `None`: receipts hold state
    /// roots there, which are zero in these.
    pub fn receipts_root(&self) -> Option<H256> {
        self.receipts_complete.then(|| receipts_root(&self.receipts))
    }

    /// [`Self::receipts_root`], with leaves hashed by `hash` as in [`ordered_root_with`].
    pub fn receipts_root_with(&self, hash: impl FnOnce(&[Vec<u8>]) -> Vec<[u8; 32]>) -> Option<H256> {
        let encoded = || self.receipts.iter().map(Receipt::encode).collect::<Vec<_>>();
        self.receipts_complete.then(|| ordered_root_with(&encoded(), hash))
    }

    /// Commitment to the requests (EIP-7685).
    pub fn requests_hash(&self) -> H256 {
        super::requests_hash(self.requests.iter().map(Vec::as_slice))
    }
}

impl BlockEnv {
    /// What transactions see of the block with this header.
    ///
    /// # Errors
    /// [`BlockError::FieldMissing`] where the header lacks a field that the fork has.
    pub fn of_header(spec: &ChainSpec, header: &Header) -> Result<Self, BlockError> {
        let base_fee = demanded(spec, Fork::London, "baseFeePerGas", header.base_fee_per_gas)?;
        let excess = demanded(spec, Fork::Cancun, "excessBlobGas", header.excess_blob_gas)?;
        let root = demanded(spec, Fork::Cancun, "parentBeaconBlockRoot", header.parent_beacon_block_root)?;
        let slot = demanded(spec, Fork::Amsterdam, "slotNumber", header.slot_number)?;
        Ok(Self {
            number: header.number,
            timestamp: header.timestamp,
            coinbase: header.beneficiary,
            gas_limit: header.gas_limit,
            difficulty: header.difficulty,
            prev_randao: header.mix_hash,
            base_fee: base_fee.unwrap_or_default(),
            blob_base_fee: excess.map(|excess| spec.blobs.base_fee(excess)).unwrap_or_default(),
            parent_beacon_block_root: root,
            slot_number: slot.unwrap_or_default(),
        })
    }
}

/// A field that is there from `since` on, and is not read before.
fn demanded<T>(
    spec: &ChainSpec,
    since: Fork,
    field: &'static str,
    value: Option<T>,
) -> Result<Option<T>, BlockError> {
    match value {
        _ if !spec.has(since) => Ok(None),
        None => Err(BlockError::FieldMissing { field, fork: spec.fork.name() }),
        value => Ok(value),
    }
}

/// Executes a block on `evm`, which was made for it ([`BlockEnv::of_header`]) and has executed nothing yet. What the
/// header says came of it (gas used, bloom, roots) is for the caller to compare.
///
/// # Errors
/// [`Fault`] when state or coprocessor failed, or senders and authorities are not one for each transaction. After it, or
/// a [`BlockError`], the journal holds part of the block and is of no more use.
pub fn execute_block(
    evm: &mut Evm<'_>,
    input: &BlockInput<'_>,
) -> Result<Result<BlockResult, BlockError>, Fault> {
    execute_block_with(evm, input, |evm, pending| {
        let each = input.block.transactions.iter().zip(input.senders).zip(input.authorities);
        for (index, ((tx, &sender), authorities)) in each.enumerate() {
            if let Err(reason) = pending.push(evm, tx, sender, authorities)? {
                return Ok(Err(BlockError::Transaction { index, reason }));
            }
        }
        Ok(Ok(()))
    })
}

/// As [`execute_block`], where `transactions` puts all transactions of the block into the pending one.
pub(crate) fn execute_block_with<'a>(
    evm: &mut Evm<'a>,
    input: &BlockInput<'_>,
    transactions: impl FnOnce(&mut Evm<'a>, &mut PendingBlock<'_>) -> Result<Result<(), BlockError>, Fault>,
) -> Result<Result<BlockResult, BlockError>, Fault> {
    match execute(evm, input, transactions) {
        Ok(result) => Ok(Ok(result)),
        Err(Stop::Invalid(error)) => Ok(Err(error)),
        Err(Stop::Fault(fault)) => Err(fault),
    }
}

/// Why execution stops early. Only inside this file: outside, the two families stay apart.
enum Stop {
    Invalid(BlockError),
    Fault(Fault),
}

impl From<BlockError> for Stop {
    fn from(error: BlockError) -> Self {
        Self::Invalid(error)
    }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

fn execute<'a>(
    evm: &mut Evm<'a>,
    input: &BlockInput<'_>,
    transactions: impl FnOnce(&mut Evm<'a>, &mut PendingBlock<'_>) -> Result<Result<(), BlockError>, Fault>,
) -> Result<BlockResult, Stop> {
    let Block { header, ommers, withdrawals, .. } = input.block;
    check_inputs(input)?;
    check_size(evm.spec, input)?;
    let withdrawals = demanded(evm.spec, Fork::Shanghai, "withdrawals", withdrawals.as_deref())?;
    if header.number == dao::BLOCK && evm.spec.chain_id == 1 && evm.spec.fork == Fork::Homestead {
        apply_dao_fork(evm)?;
    }
    let mut pending = PendingBlock::begin(evm, Some(header.parent_hash), input.state_root)?;
    transactions(evm, &mut pending)??;
    let reward = Reward::of_block(evm.spec.fork, header, ommers)?;
    let result = pending.finish(evm, reward.as_ref(), withdrawals)??;
    Ok(result)
}

fn check_inputs(input: &BlockInput<'_>) -> Result<(), Fault> {
    let transactions = input.block.transactions.len();
    for (what, len) in [("senders", input.senders.len()), ("lists of authorities", input.authorities.len())] {
        if len != transactions {
            return Err(Fault::Coprocessor {
                reason: format!("{len} {what} for {transactions} transactions"),
            });
        }
    }
    Ok(())
}

fn check_size(spec: &ChainSpec, input: &BlockInput<'_>) -> Result<(), BlockError> {
    let Some(limit) = spec.max_block_rlp_size else { return Ok(()) };
    let size = input.rlp_size.unwrap_or_else(|| input.block.encode().len());
    if size > limit { Err(BlockError::TooLarge { size, limit }) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
