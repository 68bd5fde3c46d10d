//! Quantum-signed twins of real blocks: they are valid, they do what their originals do, and what is changed in them is
//! refused.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod amsterdam;
mod blocks;
mod cli;
mod differences;
mod refusals;
mod twins;
