//! Where execution meets the coprocessor: contracts ask one question at a time, and are not kept waiting.
//!
//! A claim that is not known yet is *presumed* valid and recorded. When a window of transactions has run, all claims that
//! are open go to the coprocessor as one batch a kind; a transaction that was presumed wrongly is run again. Transactions
//! run ahead of each other on one version of the state each, in one thread or many, and are committed in their order; one
//! that has read what another has changed since is run again, too. What comes out is what sequential execution gives, bit
//! for bit.

mod attempt;
mod cache;
mod counters;
mod desk;
mod engine;
mod inquiry;
mod options;
mod parallel;
mod senders;
mod versions;
mod view;

#[cfg(test)]
mod tests;

pub use cache::{ClaimKey, VerdictCache};
pub use counters::{Batches, Counters, SequentialReason};
pub use options::{ExecutionOptions, Parallel, Presumption};
pub use parallel::ParallelVM;

pub(crate) use inquiry::{Inquiry, ask_one};
