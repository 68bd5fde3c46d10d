//! Public Ethereum test formats, read as streams from files, folders and archives, and run on Erbium.
//!
//! [`Runner`] takes paths and gives a [`Report`]. It knows by content, and where that does not tell by file name:
//! state tests in the forms of retesteth and execution-spec-tests, go-ethereum's precompile vectors, and ML-DSA vectors of
//! Wycheproof, ACVP, NIST and the EIPs. [`source`] reads inputs for whoever needs files out of archives.

mod content;
mod filter;
mod hex;
mod mldsa;
mod precompile;
mod report;
mod runner;
pub mod source;
pub mod state_test;

pub use filter::Filter;
pub use report::{CaseResult, Note, Outcome, Report, Suite, Totals};
pub use runner::{FindError, Progress, Runner};
