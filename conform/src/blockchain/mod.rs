//! Blockchain tests: blocks on a genesis state, each valid or to be refused for a given reason.

mod case;
mod chain;
mod format;
mod judge;
mod network;
mod refusal;

pub(crate) use case::{BlockchainFile, Test};
