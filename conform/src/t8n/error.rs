//! What keeps a transition from being made, and the exit code that go-ethereum's `evm t8n` has for it.

use erbium_vm::block::BlockError;
use erbium_vm::claims::Fault;
use erbium_vm::rlp::RlpError;
use std::io;
use std::path::PathBuf;

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum T8nError {
    /// An input cannot be read from disk.
    #[error("{file}: {source}")]
    Read {
        /// Its name.
        file: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// An input is not JSON; the message has line and column.
    #[error("{file}: not JSON: {source}")]
    Json {
        /// Its name.
        file: String,
        /// What the parser said.
        source: serde_json::Error,
    },
    /// A field of an input is missing or has no value that it could have.
    #[error("{file}: {field}")]
    Field {
        /// Name of the input.
        file: String,
        /// The field and what is wrong with it.
        #[source]
        field: FieldError,
    },
    /// The list of transactions is no RLP.
    #[error("{file}: {source}")]
    Rlp {
        /// Name of the input.
        file: String,
        /// What is wrong at which byte.
        source: RlpError,
    },
    /// No rules have this name.
    #[error("unknown fork `{name}`")]
    UnknownFork {
        /// What was asked for.
        name: String,
    },
    /// EIPs on top of a fork are not supported.
    #[error("fork `{name}`: EIPs cannot be added to a fork here")]
    ExtraEips {
        /// What was asked for.
        name: String,
    },
    /// A reward that is neither -1, for none, nor an amount.
    #[error("reward {reward}: less than -1")]
    Reward {
        /// What was asked for.
        reward: i64,
    },
    /// The environment does not tell what the fork needs to know.
    #[error("{file}: {problem}")]
    Environment {
        /// Name of the input.
        file: String,
        /// What is wrong.
        problem: EnvironmentError,
    },
    /// A contract asked for the hash of a block that the environment does not give.
    #[error("{file}: blockHashes: the hash of block {number} was asked for and is not there")]
    MissingBlockHash {
        /// Name of the input.
        file: String,
        /// The block's number.
        number: u64,
    },
    /// The block cannot be ended by the rules.
    #[error(transparent)]
    Block(#[from] BlockError),
    /// Machinery failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// An output cannot be written.
    #[error("{}: {source}", path.display())]
    Write {
        /// Where to.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

/// A field with something wrong, by its path: `txs[3].gasPrice`.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct FieldError {
    /// Where it stands.
    pub place: String,
    /// What is wrong.
    pub problem: FieldProblem,
}

/// What can be wrong with a field.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FieldProblem {
    /// It must be there.
    #[error("missing")]
    Missing,
    /// It is of another shape.
    #[error("{found} where {expected} belongs")]
    Kind {
        /// What belongs here.
        expected: &'static str,
        /// What is here.
        found: &'static str,
    },
    /// Its value cannot be.
    #[error("{0}")]
    Value(serde_json::Error),
    /// It does not say what another field says.
    #[error("does not agree with {other}")]
    Disagrees {
        /// The other field.
        other: &'static str,
    },
    /// No address.
    #[error("{len} bytes where 20 belong")]
    Address {
        /// Bytes that are there.
        len: usize,
    },
    /// No type of transaction.
    #[error("no known transaction type")]
    UnknownType,
    /// No secp256k1 secret key.
    #[error("not in 1..n, as secret keys are")]
    SecretKey,
    /// An ommer's age.
    #[error("more than 8 blocks")]
    OmmerAge,
}

/// What is wrong with an environment as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the message of each says what it is")]
pub enum EnvironmentError {
    #[error("{field}: missing; {fork} needs it")]
    Missing { field: &'static str, fork: &'static str },
    #[error("{field}: missing, and cannot be computed as {also} is missing too")]
    NotComputable { field: &'static str, also: &'static str },
    #[error("currentDifficulty: missing, and cannot be computed for block 0")]
    GenesisDifficulty,
    #[error(
        "currentDifficulty: missing, and cannot be computed: currentTimestamp {now} is not after parentTimestamp {parent}"
    )]
    ParentNotOlder { now: u64, parent: u64 },
    #[error("currentDifficulty: must be zero or left out under {fork}")]
    DifficultyAfterMerge { fork: &'static str },
    #[error("{field}: there, which {fork} does not have")]
    Unexpected { field: &'static str, fork: &'static str },
}

impl T8nError {
    /// The exit code, as go-ethereum's `evm t8n` has it: 2 for trouble with the machine or the block, 3 for wrong
    /// settings, 4 for a block hash that is missing, 10 for JSON, 11 for files and 12 for RLP.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Block(_) | Self::Fault(_) => 2,
            Self::UnknownFork { .. }
            | Self::ExtraEips { .. }
            | Self::Reward { .. }
            | Self::Environment { .. } => 3,
            Self::MissingBlockHash { .. } => 4,
            Self::Json { .. } | Self::Field { .. } => 10,
            Self::Read { .. } | Self::Write { .. } => 11,
            Self::Rlp { .. } => 12,
        }
    }
}
