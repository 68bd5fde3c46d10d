//! Evaluation of homomorphic operations, outside consensus.
//!
//! Blocks say what is to be computed: their log of operations, on handles. This crate reads such logs ([`read_log`]),
//! keeps ciphertexts in a folder, by what they are ([`Store`]), and evaluates: what does not depend on each other at the
//! same time, each result stored under its handle before the next is begun ([`evaluate`]). Stopped in the middle, it goes
//! on from what is stored.
//!
//! Who computes is an [`Evaluator`]. [`Reference`] computes on plain numbers and says what every operation means; with the
//! feature `evaluate` there is one that computes on ciphertexts with tfhe, in [`fhe`].

mod evaluate;
#[cfg(feature = "evaluate")]
pub mod fhe;
mod log;
mod plan;
mod reference;
mod store;

pub use evaluate::{Evaluation, EvaluationError, Evaluator, evaluate};
pub use log::{LogFileError, read_log};
pub use plan::{Plan, PlanError};
pub use reference::{Reference, compute, random};
pub use store::{Store, StoreError};

use primitive_types::H256;
use sha3::{Digest, Keccak256};

/// Keccak-256 of `bytes`.
pub fn keccak256(bytes: &[u8]) -> H256 {
    H256(Keccak256::digest(bytes).into())
}
