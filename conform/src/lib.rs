//! Public Ethereum test formats, read as streams from files, folders and archives, and run on Erbium.
//!
//! [`Runner`] takes paths and gives a [`Report`]. It knows by content, and where that does not tell by file name:
//! state and blockchain tests in the forms of retesteth and execution-spec-tests, transaction tests, the old VM tests,
//! trie, RLP and difficulty tests, go-ethereum's vectors of precompiles and opcodes, ML-DSA vectors of Wycheproof,
//! ACVP, NIST and the EIPs, and vectors of Groth16, range proofs and stealth addresses. What is not run, and why, stands in
//! `data/skips.txt`. [`source`] reads inputs for whoever
//! needs files out of archives. [`t8n`], [`state_test`] and [`blockchain`] have what go-ethereum's `evm` does with a block
//! in parts, or with a file of tests.

pub mod blockchain;
mod content;
mod difficulty_test;
mod dump;
mod filter;
mod groth16;
mod hex;
mod mldsa;
mod opcode;
mod precompile;
mod privacy;
mod report;
mod rlp_test;
mod runner;
mod skips;
pub mod source;
pub mod state_test;
pub mod t8n;
mod tool;
mod transaction_test;
mod trie_test;
mod vm_test;

pub use dump::dump;
pub use filter::{Filter, Sample, SampleError};
pub use precompile::Bls12381;
pub use report::{CaseResult, Note, Outcome, Report, Suite, Totals};
pub use runner::{FindError, Progress, Runner};
pub use tool::ToolError;
