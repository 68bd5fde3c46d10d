//! Executing a whole block.

use super::access_list;
use super::dao::{self, apply_dao_fork};
use super::rewards::{pay_rewards, pay_withdrawals};
use super::{Block, Bloom, Header, Outcome, Receipt, receipts_root, requests, system};
use crate::error::Rejection;
use crate::evm::{BlockEnv, Evm, TransactionResult};
use crate::fork::Fork;
use crate::spec::{ChainSpec, GAS_PER_BLOB};
use crate::state::StateChanges;
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
    receipts_complete: bool,
}

impl BlockResult {
    /// Root of the receipts; `None` before Byzantium where [`BlockInput::state_root`] was `None`: receipts hold state
    /// roots there, which are zero in these.
    pub fn receipts_root(&self) -> Option<H256> {
        self.receipts_complete.then(|| receipts_root(&self.receipts))
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
    match execute(evm, input) {
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

fn execute(evm: &mut Evm<'_>, input: &BlockInput<'_>) -> Result<BlockResult, Stop> {
    let Block { header, ommers, withdrawals, .. } = input.block;
    check_inputs(input)?;
    check_size(evm.spec, input)?;
    let withdrawals = demanded(evm.spec, Fork::Shanghai, "withdrawals", withdrawals.as_deref())?;
    if header.number == dao::BLOCK && evm.spec.chain_id == 1 && evm.spec.fork == Fork::Homestead {
        apply_dao_fork(evm)?;
    }
    if evm.spec.has(Fork::Amsterdam) {
        evm.journal.record();
    }
    system::before_transactions(evm, header)?;
    let mut result = execute_transactions(evm, input)?;
    evm.journal.record_at(last_index(input.block));
    pay_rewards(&mut evm.journal, evm.spec.fork, header, ommers)??;
    if let Some(withdrawals) = withdrawals {
        pay_withdrawals(&mut evm.journal, withdrawals)?;
    }
    if evm.spec.has(Fork::Prague) {
        result.requests = requests::collect(evm, &result.receipts)??;
    }
    if let Some(record) = evm.journal.take_record() {
        let (items, limit) = (access_list::items(&record), access_list::most_items(header.gas_limit));
        if items > limit {
            return Err(BlockError::AccessListTooLong { items, limit }.into());
        }
        result.block_access_list_hash = Some(access_list::hash(&record));
    }
    Ok(result)
}

/// Index of what comes behind the transactions in the block access list.
fn last_index(block: &Block) -> u32 {
    u32::try_from(block.transactions.len()).map_or(u32::MAX, |count| count.saturating_add(1))
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

fn execute_transactions(evm: &mut Evm<'_>, input: &BlockInput<'_>) -> Result<BlockResult, Stop> {
    let transactions = &input.block.transactions;
    let byzantium = evm.spec.has(Fork::Byzantium);
    let mut result = BlockResult {
        transactions: Vec::with_capacity(transactions.len()),
        receipts: Vec::with_capacity(transactions.len()),
        receipts_complete: byzantium || input.state_root.is_some(),
        ..BlockResult::default()
    };
    // What was paid, and what counts against the limit in each dimension: all the same before Amsterdam.
    let (mut paid, mut regular, mut state) = (0u64, 0u64, 0u64);
    let each = transactions.iter().zip(input.senders).zip(input.authorities);
    for (index, ((tx, &sender), authorities)) in each.enumerate() {
        let refuse = |reason| BlockError::Transaction { index, reason };
        let blob_gas = tx.blob_versioned_hashes.len() as u64 * GAS_PER_BLOB;
        let (count, limit) = ((result.blob_gas_used + blob_gas) / GAS_PER_BLOB, evm.spec.blobs.max);
        if blob_gas != 0 && evm.spec.has(Fork::Cancun) && count > limit {
            return Err(refuse(Rejection::TooManyBlobs { count, limit }).into());
        }
        let available = evm.block.gas_limit.saturating_sub(regular);
        evm.journal.record_at(u32::try_from(index + 1).unwrap_or(u32::MAX));
        let mut executed = evm.transact(tx, sender, authorities, available)?.map_err(refuse)?;

        paid += executed.gas_used;
        regular += executed.block_gas;
        state += executed.state_gas;
        result.gas_used = regular.max(state);
        result.blob_gas_used += blob_gas;
        let outcome = match input.state_root {
            _ if byzantium => Outcome::Status(executed.outcome.is_success()),
            Some(state_root) => Outcome::StateRoot(state_root.root_after(&evm.journal.changes())?),
            None => Outcome::StateRoot(H256::zero()),
        };
        let logs = std::mem::take(&mut executed.logs);
        let receipt = Receipt::new(tx.kind, outcome, paid, logs);
        result.logs_bloom |= receipt.bloom;
        result.receipts.push(receipt);
        result.transactions.push(executed);
    }
    Ok(result)
}

#[cfg(test)]
mod tests;
