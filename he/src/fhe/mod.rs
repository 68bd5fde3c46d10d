//! Evaluation with tfhe, whose licence grants no patent rights.

mod ciphertext;
mod keys;
mod operate;

pub use ciphertext::{Ciphertext, FheError};
pub use keys::{Generated, KeyError, Keystore, SecretKey, generate};
pub use operate::Fhe;

/// A pool of `threads` threads (0: one for each core) for [`evaluate`](crate::evaluate). Its stacks are large: a thread
/// that waits for a part of one operation begins others on top of it.
///
/// # Errors
/// Where the threads cannot be started.
pub fn pool(threads: usize) -> Result<rayon::ThreadPool, rayon::ThreadPoolBuildError> {
    rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(64 << 20).build()
}
