//! Generators and oracles: random cases, erbium and revm as machines to run them, and what both must agree on.

pub(crate) mod assembler;
pub(crate) mod case;
pub(crate) mod fragment;
pub(crate) mod hexed;
pub(crate) mod listing;
pub(crate) mod observed;
pub(crate) mod ours;
pub(crate) mod peer;
pub(crate) mod strategy;
