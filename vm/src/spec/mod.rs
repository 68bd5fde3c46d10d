//! The chain spec: which rules hold, as data.

mod addresses;
mod blob;
mod gas;
mod json;
mod source;
mod toml;

pub use addresses::ExtensionAddresses;
pub use blob::{BlobSchedule, GAS_PER_BLOB};
pub use gas::GasSchedule;
pub use json::SpecValueError;
pub use source::{SpecOverrides, SpecSource, UnknownSpec};
pub use toml::{SpecError, SpecProblem};

use crate::fork::Fork;
use primitive_types::H160;

/// Which extension opcodes and precompiles exist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Extensions {
    /// Ethereum and nothing else.
    #[default]
    None,
    /// The opcodes behind 0xAE and the short forms 0xE0 to 0xE5.
    Erbium,
}

/// What operations that take secret keys as operands may do (they would publish the key in a block).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Policy {
    /// Block execution: every secret operation halts.
    #[default]
    Block,
    /// A test chain: secret operations run, save those that only make sense on the user's own machine.
    TestChain,
    /// Local execution with the user's own keys: everything runs.
    Local,
}

/// The rules of one chain at one block.
#[derive(Clone, Debug, PartialEq)]
pub struct ChainSpec {
    /// Ethereum's rules.
    pub fork: Fork,
    /// Extension opcodes and precompiles.
    pub extensions: Extensions,
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// Prices of the extensions.
    pub gas: GasSchedule,
    /// Blob target, maximum and fee update fraction (EIP-4844, EIP-7691, EIP-7892).
    pub blobs: BlobSchedule,
    /// Where the extension precompiles live (extensions only).
    pub precompiles: ExtensionAddresses,
    /// The key registry (extensions only).
    pub registry: H160,
    /// The homomorphic system account (extensions only).
    pub he_system: H160,
    /// Longest deployed code in bytes; `None` before Spurious Dragon (EIP-170).
    pub max_code_size: Option<usize>,
    /// Longest init code in bytes; `None` before Shanghai (EIP-3860).
    pub max_init_code_size: Option<usize>,
    /// Longest block in RLP bytes; `None` before Osaka (EIP-7934).
    pub max_block_rlp_size: Option<usize>,
    /// Most gas a transaction may ask for; `None` before Osaka (EIP-7825).
    pub max_transaction_gas: Option<u64>,
    /// What operations with secret operands may do.
    pub policy: Policy,
}

/// The chain id of the `erbium` preset, "Er" in ASCII.
pub const ERBIUM_CHAIN_ID: u64 = 0x4572;

impl ChainSpec {
    /// Ethereum mainnet's chain id and limits under the rules of `fork`.
    pub fn ethereum(fork: Fork) -> Self {
        // EIP-170, EIP-7954.
        let code_size = if fork >= Fork::Amsterdam { 0x8000 } else { 0x6000 };
        Self {
            fork,
            extensions: Extensions::None,
            chain_id: 1,
            gas: GasSchedule::erbium(),
            blobs: BlobSchedule::of(fork),
            precompiles: ExtensionAddresses::erbium(),
            registry: H160::from_low_u64_be(0x45_eb01),
            he_system: H160::from_low_u64_be(0x45_eb02),
            max_code_size: (fork >= Fork::SpuriousDragon).then_some(code_size),
            max_init_code_size: (fork >= Fork::Shanghai).then_some(2 * code_size),
            max_block_rlp_size: (fork >= Fork::Osaka).then_some(8 * 1024 * 1024),
            max_transaction_gas: (fork >= Fork::Osaka).then_some(1 << 24),
            policy: Policy::Block,
        }
    }

    /// Mainnet's rules at a block.
    pub fn mainnet(number: u64, timestamp: u64) -> Self {
        Self::ethereum(Fork::mainnet(number, timestamp))
    }

    /// The chain of this project: Osaka with the Erbium extensions.
    pub fn erbium() -> Self {
        Self { extensions: Extensions::Erbium, chain_id: ERBIUM_CHAIN_ID, ..Self::ethereum(Fork::Osaka) }
    }

    /// True when the rules of `fork` are in force.
    pub fn has(&self, fork: Fork) -> bool {
        self.fork >= fork
    }
}
