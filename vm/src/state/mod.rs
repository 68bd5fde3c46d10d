//! Accounts and storage: what a backend answers, and the journal that a transaction works on.

mod account;
mod backend;
mod cache;
mod journal;
mod memory;

pub use account::{Account, Log};
pub use backend::{AccountChange, StateBackend, StateChanges, StorageBackend};
pub use cache::StorageCache;
pub use journal::{AccountId, Checkpoint, Journal, SlotId};
pub(crate) use journal::{AccountRecord, Record, Writes};
pub use memory::{MemoryAccount, MemoryState};
