//! Range proofs and confidential transfers: the verdicts of crate `bulletproofs`, one by one and in any batch.
#![allow(clippy::unwrap_used, reason = "tests")]

mod batches;
mod equations;
mod proofs;
mod reference;
mod transfers;
