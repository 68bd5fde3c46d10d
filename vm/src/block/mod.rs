//! Blocks: headers, receipts, roots and execution.

mod bloom;
mod body;
mod dao;
mod execute;
mod header;
pub mod json;
mod literal;
mod receipt;
mod requests;
mod rewards;
mod roots;
mod system;
mod whole_state;

pub use bloom::Bloom;
pub use body::{Block, BlockDecodeError, Withdrawal};
pub use dao::apply_dao_fork;
pub use execute::{BlockError, BlockInput, BlockResult, StateRoot, execute_block};
pub use header::Header;
pub use receipt::{Outcome, Receipt, logs_hash};
pub use requests::DEPOSIT_CONTRACT_ADDRESS;
pub use roots::{
    EMPTY_OMMERS_HASH, ommers_hash, receipts_root, requests_hash, transactions_root, withdrawals_root,
};
pub use system::{
    BEACON_ROOTS_ADDRESS, CONSOLIDATION_REQUEST_ADDRESS, HISTORY_STORAGE_ADDRESS, SYSTEM_ADDRESS,
    WITHDRAWAL_REQUEST_ADDRESS,
};
pub use whole_state::WholeState;
