//! Blocks: headers, receipts, roots and execution.

mod access_list;
mod bloom;
mod body;
mod commitments;
mod consensus;
mod dao;
mod difficulty;
mod execute;
mod header;
pub mod json;
mod literal;
mod ommers;
mod pending;
mod receipt;
mod requests;
mod rewards;
mod roots;
mod system;
mod whole_state;

pub use bloom::Bloom;
pub(crate) use bloom::Blooms;
pub use body::{Block, BlockDecodeError, Withdrawal, transactions_rlp};
pub use commitments::{CommitmentError, check_contents, check_result};
pub use consensus::{
    DAO_EXTRA_DATA, HeaderError, HeaderRules, INITIAL_BASE_FEE, MAX_EXTRA_DATA, MAX_GAS_LIMIT, MIN_GAS_LIMIT,
    next_base_fee, next_excess_blob_gas,
};
pub use dao::apply_dao_fork;
pub use difficulty::{DifficultyFormula, DifficultyParent};
pub(crate) use execute::execute_block_with;
pub use execute::{BlockError, BlockInput, BlockResult, StateRoot, execute_block};
pub use header::{Header, MisplacedField};
pub use ommers::{Ancestor, MAX_OMMER_DEPTH, MAX_OMMERS, OmmerError, validate_ommers};
pub use pending::PendingBlock;
pub use receipt::{Outcome, Receipt, logs_hash};
pub use requests::DEPOSIT_CONTRACT_ADDRESS;
pub use rewards::Reward;
pub use roots::{
    EMPTY_OMMERS_HASH, ommers_hash, receipts_root, requests_hash, transactions_root, withdrawals_root,
};
pub use system::{
    BEACON_ROOTS_ADDRESS, CONSOLIDATION_REQUEST_ADDRESS, HISTORY_STORAGE_ADDRESS, SYSTEM_ADDRESS,
    WITHDRAWAL_REQUEST_ADDRESS,
};
pub use whole_state::WholeState;
