//! The example of `examples/privacy`: a contract that keeps confidential balances, and stealth payments; call by call, and as
//! a block.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod block;
mod calls;
mod scene;
mod stealth;
mod vault;
