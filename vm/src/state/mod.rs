//! Accounts and storage: what a backend answers, and the journal that a transaction works on.

mod account;
mod backend;

pub use account::{Account, Log};
pub use backend::{AccountChange, StateBackend, StateChanges, StorageBackend};
