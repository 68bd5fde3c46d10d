//! Erbium's Ethereum virtual machine: interpreter, forks, gas, state, precompiles, transactions and blocks.
//!
//! The crate does no IO and knows no coprocessor: cryptographic questions leave it as claims, derivations and
//! recoveries, and come back through the traits of `erbium-claims`.

pub use erbium_claims as claims;
pub use primitive_types::{H160, H256, U256};

pub mod assembler;
pub mod block;
mod code;
mod code_cache;
mod error;
pub mod evm;
mod fork;
pub mod homomorphic;
pub mod interpreter;
mod keccak;
pub mod machine;
pub mod opcode;
pub mod precompile;
pub mod registry;
pub mod rlp;
pub mod spec;
pub mod speculation;
pub mod state;
pub mod trie;
pub mod tx;

pub use code::Code;
pub use code_cache::CodeCache;
pub use error::{Rejection, VMError};
pub use fork::{Fork, UnknownFork};
pub use interpreter::{Memory, Stack, StackValue};
pub use keccak::{EMPTY_CODE_HASH, keccak256};
pub use machine::{
    ExecutionContext, ExecutionResult, ExecutionState, GasMeter, Sandbox, SecurityError, VMConfig,
    VirtualMachine,
};
pub use opcode::Opcode;
pub use spec::ChainSpec;
pub use speculation::ParallelVM;
