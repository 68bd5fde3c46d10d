//! A block that is put together piece by piece.

use super::access_list;
use super::rewards::pay_withdrawals;
use super::{
    BlockError, BlockResult, Bloom, Blooms, Outcome, Receipt, Reward, StateRoot, Withdrawal, requests, system,
};
use crate::error::Rejection;
use crate::evm::{Evm, TransactionResult};
use crate::fork::Fork;
use crate::spec::{ChainSpec, GAS_PER_BLOB};
use crate::tx::Transaction;
use erbium_claims::Fault;
use primitive_types::{H160, H256};

/// A block in the making, on a machine that was made for it: the calls before its transactions, then these one by one,
/// then what it pays and asks for. [`super::execute_block`] goes these steps for a block that is whole.
#[derive(Debug)]
pub struct PendingBlock<'r> {
    result: BlockResult,
    state_root: Option<&'r dyn StateRoot>,
    blooms: Blooms,
    /// What senders paid for, and what of it counts against the block's limit besides state gas, which the machine
    /// counts: the same before Amsterdam.
    paid: u64,
    regular: u64,
}

impl<'r> PendingBlock<'r> {
    /// Makes the calls before the first transaction. Without `parent_hash` the history contract is not called.
    /// `state_root` is [`super::BlockInput::state_root`].
    ///
    /// # Errors
    /// [`Fault`] when state failed.
    pub fn begin(
        evm: &mut Evm<'_>,
        parent_hash: Option<H256>,
        state_root: Option<&'r dyn StateRoot>,
    ) -> Result<Self, Fault> {
        if evm.spec.has(Fork::Amsterdam) {
            evm.journal.record();
        }
        system::before_transactions(evm, parent_hash)?;
        let receipts_complete = evm.spec.has(Fork::Byzantium) || state_root.is_some();
        let result = BlockResult { receipts_complete, ..BlockResult::default() };
        Ok(Self { result, state_root, blooms: Blooms::default(), paid: 0, regular: 0 })
    }

    /// Executes the next transaction. One that is rejected is no part of the block and leaves nothing behind.
    ///
    /// # Errors
    /// As [`Evm::transact`].
    pub fn push(
        &mut self,
        evm: &mut Evm<'_>,
        tx: &Transaction,
        sender: H160,
        authorities: &[Option<H160>],
    ) -> Result<Result<(), Rejection>, Fault> {
        if let Err(rejection) = self.admit_blobs(evm.spec, tx) {
            return Ok(Err(rejection));
        }
        let index = self.result.receipts.len();
        evm.journal.record_at(index_after(index));
        evm.transaction_index = u32::try_from(index).ok();
        match evm.transact(tx, sender, authorities, self.gas_available(evm))? {
            Ok(executed) => {
                let bloom = self.blooms.of_logs(&executed.logs);
                self.record(evm, tx, executed, bloom).map(Ok)
            }
            Err(rejection) => Ok(Err(rejection)),
        }
    }

    /// Gas that the next transaction may use.
    pub(crate) fn gas_available(&self, evm: &Evm<'_>) -> u64 {
        evm.block.gas_limit.saturating_sub(self.regular)
    }

    /// That the block has room for the transaction's blobs.
    pub(crate) fn admit_blobs(&self, spec: &ChainSpec, tx: &Transaction) -> Result<(), Rejection> {
        let blobs = tx.blob_versioned_hashes.len() as u64;
        let (count, limit) = (self.result.blob_gas_used / GAS_PER_BLOB + blobs, spec.blobs.max);
        if blobs != 0 && spec.has(Fork::Cancun) && count > limit {
            return Err(Rejection::TooManyBlobs { count, limit });
        }
        Ok(())
    }

    /// Enters the next transaction, which was executed on the state as the block so far left it and has passed
    /// [`PendingBlock::admit_blobs`]. `bloom` is that of its logs.
    ///
    /// # Errors
    /// [`Fault`] when state failed.
    pub(crate) fn record(
        &mut self,
        evm: &Evm<'_>,
        tx: &Transaction,
        mut executed: TransactionResult,
        bloom: Bloom,
    ) -> Result<(), Fault> {
        let result = &mut self.result;
        self.paid += executed.gas_used;
        self.regular += executed.block_gas;
        result.gas_used = self.regular.max(evm.state_gas.of_block);
        result.blob_gas_used += tx.blob_versioned_hashes.len() as u64 * GAS_PER_BLOB;
        let outcome = match self.state_root {
            _ if evm.spec.has(Fork::Byzantium) => Outcome::Status(executed.outcome.is_success()),
            Some(state_root) => Outcome::StateRoot(state_root.root_after(&evm.journal.changes())?),
            None => Outcome::StateRoot(H256::zero()),
        };
        let logs = std::mem::take(&mut executed.logs);
        let receipt = Receipt { kind: tx.kind, outcome, cumulative_gas_used: self.paid, bloom, logs };
        result.logs_bloom |= bloom;
        result.receipts.push(receipt);
        result.transactions.push(executed);
        Ok(())
    }

    /// Blobs of the transactions so far.
    pub(crate) fn blobs(&self) -> u64 {
        self.result.blob_gas_used / GAS_PER_BLOB
    }

    /// Transactions so far.
    pub(crate) fn len(&self) -> usize {
        self.result.receipts.len()
    }

    /// Pays the reward and the withdrawals, and collects the requests.
    ///
    /// # Errors
    /// [`Fault`] when state failed.
    pub fn finish(
        mut self,
        evm: &mut Evm<'_>,
        reward: Option<&Reward>,
        withdrawals: Option<&[Withdrawal]>,
    ) -> Result<Result<BlockResult, BlockError>, Fault> {
        evm.journal.record_at(index_after(self.result.receipts.len()));
        if let Some(reward) = reward {
            reward.pay(&mut evm.journal, evm.spec.has(Fork::SpuriousDragon))?;
        }
        if let Some(withdrawals) = withdrawals {
            pay_withdrawals(&mut evm.journal, withdrawals)?;
        }
        if evm.spec.has(Fork::Prague) {
            match requests::collect(evm, &self.result.receipts)? {
                Ok(requests) => self.result.requests = requests,
                Err(error) => return Ok(Err(error)),
            }
        }
        if let Some(record) = evm.journal.take_record() {
            let (items, limit) = (access_list::items(&record), access_list::most_items(evm.block.gas_limit));
            if items > limit {
                return Ok(Err(BlockError::AccessListTooLong { items, limit }));
            }
            self.result.block_access_list_hash = Some(access_list::hash(&record));
        }
        Ok(Ok(self.result))
    }
}

/// Index in the block access list of what comes behind so many transactions.
fn index_after(transactions: usize) -> u32 {
    u32::try_from(transactions).map_or(u32::MAX, |count| count.saturating_add(1))
}
