//! Erbium: an Ethereum-compatible virtual machine, made for post-quantum, zero-knowledge and confidential extensions.
//!
//! This crate joins the parts: the virtual machine ([`vm`]), which does no input or output and knows no coprocessor,
//! and the coprocessor ([`gpu`]), which answers cryptographic questions in batches. With the feature `he` it evaluates and
//! decrypts homomorphic operations, too. Behind the default feature `cli`
//! it is also the `erbium` command line.

pub use erbium_gpu as gpu;
#[cfg(feature = "he")]
pub use erbium_he as he;
pub use erbium_vm as vm;

mod caches;
pub mod confidential;
mod device;
pub mod generate;
#[cfg(feature = "he")]
mod homomorphic;
pub mod keys;
mod machine;
pub mod quantumize;
mod sealing;
mod seed;
pub mod stealth;
pub mod validate;

pub use caches::CacheCounts;
pub use device::{DeviceError, GpuMode, Placement, placements};
pub use erbium_gpu::{DeviceEngine, DilithiumEngine, ZKProofEngine};
pub use erbium_vm::evm::JsonTracer;
pub use erbium_vm::spec::{GasSchedule, SpecError, SpecSource, SpecValueError, UnknownSpec};
pub use erbium_vm::speculation::{ExecutionOptions, Parallel, Presumption, VerdictCache};
pub use erbium_vm::state::{StorageBackend, StorageCache};
pub use erbium_vm::{
    ExecutionContext, ExecutionResult, ExecutionState, GasMeter, Memory, ParallelVM, Sandbox, Stack,
    StackValue, VMConfig, VMError, VirtualMachine,
};
#[cfg(feature = "he")]
pub use homomorphic::HomomorphicDeriver;
pub use machine::{BLOCKS_IN_DOUBT, Machine};
pub use seed::{Seed, SeedTextError};
