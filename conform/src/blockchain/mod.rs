//! Blockchain tests: blocks on a genesis state, each valid or to be refused for a given reason.

mod case;
mod chain;
mod format;
mod judge;
mod network;
mod refusal;
mod tool;

pub(crate) use case::{BlockchainFile, Test};
pub use tool::{BlockTest, block_tests};

pub(crate) use network::{Era, Network};
