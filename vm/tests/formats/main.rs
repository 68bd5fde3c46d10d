//! The data formats of transactions and blocks, against real blocks, official tests and random bytes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod blocks;
mod files;
mod quantum;
mod random;
mod support;
mod transactions;
