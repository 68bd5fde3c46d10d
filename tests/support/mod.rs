//! Generators and oracles: random cases, erbium and revm as machines to run them, and what both must agree on.

pub(crate) mod assembler;
#[allow(dead_code, reason = "only what fuzzers run reads bytes")]
pub(crate) mod bytes;
pub(crate) mod case;
pub(crate) mod compare;
pub(crate) mod fragment;
pub(crate) mod hexed;
pub(crate) mod listing;
pub(crate) mod observed;
pub(crate) mod ours;
pub(crate) mod peer;
#[allow(dead_code, reason = "only what fuzzers run checks the stack")]
pub(crate) mod stack;
pub(crate) mod strategy;
