//! Block files: a block as `eth_getBlockByNumber` answers with full transactions, the state it reads before its first
//! transaction, and the block hashes it asks for, as one JSON object `{block, preState, blockHashes}`. A chain spec
//! `spec` may stand in it, and `wholeState`, true where the pre-state is the whole state.
//!
//! Numbers are hexadecimal strings and may have leading zeros; addresses and hashes have their exact length. `gasPrice`
//! of types 2 to 4 is what the transaction paid and is not read. Fields that are not listed here are passed over.

mod field;
mod raw;
mod read;
mod shape;
mod unsigned;
mod write;

pub use field::{BlockFileError, FieldProblem};
pub use shape::JsonKind;
pub use unsigned::UnsignedTransaction;
pub use write::transaction_to_json;

use super::Block;
use crate::code::Code;
use crate::state::MemoryState;
use primitive_types::{H160, H256, U256};
use std::sync::Arc;

/// A block with what is needed to execute it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BlockFile {
    /// The chain spec that the block is under, where the file says so; not interpreted here
    /// (`SpecSource::from_json` does).
    pub spec: Option<serde_json::Value>,
    /// The block. Its `ommers` are empty whatever the header says: files have their hashes only.
    pub block: Block,
    /// What the file says about the block beyond its contents. Never believed: for comparison.
    pub claimed: ClaimedBlock,
    /// True where the file says that `pre_state` is the whole state and not only what the block reads: then roots of the
    /// state can be computed.
    pub whole_state: bool,
    /// Accounts before the first transaction, by address in ascending order.
    pub pre_state: Vec<(H160, PreAccount)>,
    /// Hashes of earlier blocks, by number in ascending order.
    pub block_hashes: Vec<(u64, H256)>,
}

/// What a file says about a block that follows from the block itself, or cannot be checked with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClaimedBlock {
    /// Hash of the header.
    pub hash: H256,
    /// Hashes of the ommers.
    pub uncles: Vec<H256>,
    /// Difficulty of the chain up to and with the block.
    pub total_difficulty: Option<U256>,
    /// Bytes of the block's RLP.
    pub size: Option<u64>,
    /// As many as the block has transactions, in their order.
    pub transactions: Vec<ClaimedTransaction>,
}

/// What a file says about a transaction that follows from the transaction itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClaimedTransaction {
    /// Its hash.
    pub hash: H256,
    /// Its sender.
    pub from: H160,
}

/// An account before the block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PreAccount {
    /// Transactions sent, or contracts created.
    pub nonce: u64,
    /// Wei.
    pub balance: U256,
    /// Code.
    pub code: Vec<u8>,
    /// Slots by key in ascending order; those that are read and hold zero are there too.
    pub storage: Vec<(H256, H256)>,
}

impl BlockFile {
    /// Reads a file.
    ///
    /// # Errors
    /// [`BlockFileError`] with line and column where the bytes are no JSON, else with the path of the field.
    pub fn from_json(bytes: &[u8]) -> Result<Self, BlockFileError> {
        read::file(bytes)
    }

    /// The state before the first transaction, and the block hashes that are known.
    pub fn state_before(&self) -> MemoryState {
        self.state_before_with(Code::new)
    }

    /// The same with code that `prepare` gives for its bytes.
    pub fn state_before_with(&self, prepare: impl Fn(&[u8]) -> Arc<Code>) -> MemoryState {
        let mut state = MemoryState::new();
        for (address, account) in &self.pre_state {
            let (code, storage) = (prepare(&account.code), account.storage.iter().copied());
            state.insert_account(*address, account.nonce, account.balance, code, storage);
        }
        for &(number, hash) in &self.block_hashes {
            state.insert_block_hash(number, hash);
        }
        state
    }

    /// Writes a file that reads back equal.
    ///
    /// # Errors
    /// Where there are not as many claims about transactions as transactions.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }
}
