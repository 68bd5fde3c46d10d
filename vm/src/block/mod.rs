//! Blocks: headers, receipts, roots and execution.

mod bloom;
mod body;
mod header;
pub mod json;
mod receipt;
mod roots;

pub use bloom::Bloom;
pub use body::{Block, BlockDecodeError, Withdrawal};
pub use header::Header;
pub use receipt::{Outcome, Receipt, logs_hash};
pub use roots::{
    EMPTY_OMMERS_HASH, ommers_hash, receipts_root, requests_hash, transactions_root, withdrawals_root,
};
