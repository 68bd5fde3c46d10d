//! How a frame ends against its will, and how machinery fails.

/// A contract broke a rule: its frame ends, all its gas is gone and its changes are undone. Consensus-visible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
#[repr(u8)]
pub enum Halt {
    /// An instruction needs more stack items than there are.
    #[error("stack underflow")]
    StackUnderflow = 1,
    /// The stack would hold more than 1,024 items.
    #[error("stack overflow")]
    StackOverflow,
    /// Gas ran out.
    #[error("out of gas")]
    OutOfGas,
    /// Memory beyond the limit of a local sandbox.
    #[error("out of memory")]
    OutOfMemory,
    /// A byte that is no instruction under the rules in force.
    #[error("invalid opcode")]
    InvalidOpcode,
    /// The jump target is not a JUMPDEST.
    #[error("invalid jump destination")]
    InvalidJumpDestination,
    /// A state change inside a static call (EIP-214).
    #[error("state change in a static frame")]
    StaticViolation,
    /// RETURNDATACOPY beyond the return data (EIP-211).
    #[error("return data out of bounds")]
    ReturnDataOutOfBounds,
    /// A call or creation deeper than 1,024 frames.
    #[error("call depth exceeded")]
    CallDepthExceeded,
    /// The caller cannot pay the value it sends.
    #[error("insufficient balance")]
    InsufficientBalance,
    /// The creator's nonce is at its maximum (EIP-2681).
    #[error("nonce overflow")]
    NonceOverflow,
    /// The address to create at is taken (EIP-684, EIP-7610).
    #[error("create collision")]
    CreateCollision,
    /// Deployed code longer than allowed (EIP-170).
    #[error("contract code size limit exceeded")]
    CodeSizeLimit,
    /// Init code longer than allowed (EIP-3860).
    #[error("init code size limit exceeded")]
    InitCodeSizeLimit,
    /// Deployed code starts with 0xEF (EIP-3541).
    #[error("contract code starts with 0xef")]
    InvalidCodePrefix,
    /// A precompile refused its input.
    #[error("precompile failure")]
    PrecompileFailure,
    /// The wall clock or step limit of a local sandbox.
    #[error("execution timeout")]
    ExecutionTimeout,
    /// A post-quantum operation against its rules or against the policy in force.
    #[error("quantum security violation")]
    QuantumSecurityViolation,
    /// A privacy or homomorphic operation against its rules or against the policy in force.
    #[error("privacy violation")]
    PrivacyViolation,
}

/// Machinery failed: a backend that cannot read, a device that is gone. Never visible to a contract.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// Nothing in this build answers the question.
    #[error("this build cannot answer {what}")]
    Unsupported {
        /// The kind of claim or derivation.
        what: &'static str,
    },
    /// State could not be read or written.
    #[error("state backend failed at {what}: {reason}")]
    Backend {
        /// What was asked.
        what: String,
        /// What the backend said.
        reason: String,
    },
    /// An answer does not fit its question (a wrong number of verdicts, for instance).
    #[error("coprocessor broke its contract: {reason}")]
    Coprocessor {
        /// What was wrong.
        reason: String,
    },
}
