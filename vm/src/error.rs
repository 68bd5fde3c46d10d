//! Why a transaction or block is refused, and the face that errors show to users of the library.

use erbium_claims::Halt;
use primitive_types::{H160, H256, U256};

/// A transaction breaks the rules: it has no effect, and a block that holds it is invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the message of each says what it is; fields are named in it")]
pub enum Rejection {
    #[error("transaction type {kind} is not valid under {fork}")]
    TypeNotSupported { kind: u8, fork: &'static str },
    #[error("signature is not valid: {reason}")]
    InvalidSignature { reason: &'static str },
    #[error("chain id {got} where the chain has {expected}")]
    WrongChainId { got: u64, expected: u64 },
    #[error("nonce {got} is below the account's {expected}")]
    NonceTooLow { got: u64, expected: u64 },
    #[error("nonce {got} is above the account's {expected}")]
    NonceTooHigh { got: u64, expected: u64 },
    #[error("nonce is at its maximum (EIP-2681)")]
    NonceOverflow,
    #[error("sender {sender:?} is not an externally owned account (EIP-3607)")]
    SenderHasCode { sender: H160 },
    #[error("balance {balance} of {sender:?} does not cover {cost}")]
    InsufficientBalance { sender: H160, balance: U256, cost: U256 },
    #[error("cost of the transaction exceeds 2^256")]
    CostOverflow,
    #[error("gas limit {limit} is below the intrinsic gas {intrinsic}")]
    IntrinsicGasTooLow { limit: u64, intrinsic: u64 },
    #[error("gas limit {limit} is below the floor {floor} (EIP-7623)")]
    FloorGasTooLow { limit: u64, floor: u64 },
    #[error("gas limit {limit} is below the intrinsic gas {intrinsic} or the floor {floor}")]
    IntrinsicOrFloorGasTooLow { limit: u64, intrinsic: u64, floor: u64 },
    #[error("gas limit {limit} is below {needed}, of which {signature} is the price of the signature")]
    SignatureGasTooLow { limit: u64, needed: u64, signature: u64 },
    #[error("gas limit {limit} exceeds the {available} left in the block")]
    BlockGasExceeded { limit: u64, available: u64 },
    #[error("gas limit {limit} exceeds the cap {cap} (EIP-7825)")]
    GasCapExceeded { limit: u64, cap: u64 },
    #[error("max fee {max_fee} is below the base fee {base_fee}")]
    FeeBelowBase { max_fee: U256, base_fee: U256 },
    #[error("priority fee {priority} exceeds the max fee {max_fee}")]
    PriorityAboveMax { priority: U256, max_fee: U256 },
    #[error("init code of {len} bytes exceeds {limit} (EIP-3860)")]
    InitCodeTooLong { len: usize, limit: usize },
    #[error("blob transaction without blobs")]
    NoBlobs,
    #[error("{count} blobs exceed the limit of {limit}")]
    TooManyBlobs { count: u64, limit: u64 },
    #[error("blob hash {index} has version {version:#04x}")]
    BlobVersion { index: usize, version: u8 },
    #[error("max blob fee {max_fee} is below the blob base fee {base_fee}")]
    BlobFeeBelowBase { max_fee: U256, base_fee: U256 },
    #[error("transaction type {kind} cannot create a contract")]
    CreateNotAllowed { kind: u8 },
    #[error("set-code transaction without authorizations")]
    NoAuthorizations,
    #[error("access list of {len} entries under {fork}, which has none (EIP-2930)")]
    AccessListNotSupported { len: usize, fork: &'static str },
    #[error("signature scheme {number} is not one of 44, 65 and 87")]
    UnknownScheme { number: u8 },
    #[error("{what} of {got} bytes where scheme {scheme} has {expected}")]
    QuantumLength { what: &'static str, scheme: u8, got: usize, expected: usize },
    #[error("key hash {key:?} is not {registered:?}, which {sender:?} has registered")]
    KeyNotRegistered { sender: H160, key: H256, registered: H256 },
    #[error("{sender:?} has registered no key and is not the address of key hash {key:?}")]
    KeyNotOfSender { sender: H160, key: H256 },
    #[error("{sender:?} has registered a quantum-safe key: its secp256k1 signatures count no more")]
    QuantumKeyRegistered { sender: H160 },
}

/// The errors of local execution under the names that the project's first document gave them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VMError {
    /// See [`Halt::StackUnderflow`].
    #[error("stack underflow")]
    StackUnderflow,
    /// See [`Halt::StackOverflow`].
    #[error("stack overflow")]
    StackOverflow,
    /// See [`Halt::OutOfGas`].
    #[error("out of gas")]
    OutOfGas,
    /// See [`Halt::OutOfMemory`].
    #[error("out of memory")]
    OutOfMemory,
    /// The byte is no instruction.
    #[error("invalid opcode {0:#04x}")]
    InvalidOpcode(u8),
    /// See [`Halt::InvalidJumpDestination`].
    #[error("invalid jump destination")]
    InvalidJumpDestination,
    /// The contract reverted with this data.
    #[error("reverted with {} bytes", .0.len())]
    Revert(Vec<u8>),
    /// A transaction's signature does not hold; verify opcodes never halt with it.
    #[error("invalid signature")]
    InvalidSignature,
    /// A proof handed to the library does not hold.
    #[error("invalid proof")]
    InvalidProof,
    /// See [`Halt::InsufficientBalance`].
    #[error("insufficient balance")]
    InsufficientBalance,
    /// Nothing to execute at the address.
    #[error("contract not found")]
    ContractNotFound,
    /// See [`Halt::ExecutionTimeout`].
    #[error("execution timeout")]
    ExecutionTimeout,
    /// See [`Halt::QuantumSecurityViolation`].
    #[error("quantum security violation")]
    QuantumSecurityViolation,
    /// See [`Halt::PrivacyViolation`].
    #[error("privacy violation")]
    PrivacyViolation,
    /// Any other halt.
    #[error(transparent)]
    Halt(Halt),
    /// The transaction was refused.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The sandbox refused the context.
    #[error(transparent)]
    Security(#[from] crate::machine::SecurityError),
    /// Machinery failed.
    #[error(transparent)]
    Fault(#[from] erbium_claims::Fault),
}

impl From<Halt> for VMError {
    fn from(halt: Halt) -> Self {
        match halt {
            Halt::StackUnderflow => Self::StackUnderflow,
            Halt::StackOverflow => Self::StackOverflow,
            Halt::OutOfGas => Self::OutOfGas,
            Halt::OutOfMemory => Self::OutOfMemory,
            Halt::InvalidJumpDestination => Self::InvalidJumpDestination,
            Halt::InsufficientBalance => Self::InsufficientBalance,
            Halt::ExecutionTimeout => Self::ExecutionTimeout,
            Halt::QuantumSecurityViolation => Self::QuantumSecurityViolation,
            Halt::PrivacyViolation => Self::PrivacyViolation,
            other => Self::Halt(other),
        }
    }
}
