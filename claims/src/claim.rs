//! Claims, verdicts, derivations and recoveries.

use crate::Bytes;
use crate::homomorphic::{Handle, LoggedOperation};
use primitive_types::{H160, H256, U256};

/// What the mathematics answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The claim holds.
    Valid,
    /// It does not, or its bytes are malformed.
    Invalid,
}

impl Verdict {
    /// True for [`Verdict::Valid`].
    pub fn is_valid(self) -> bool {
        self == Self::Valid
    }
}

impl From<bool> for Verdict {
    fn from(holds: bool) -> Self {
        if holds { Self::Valid } else { Self::Invalid }
    }
}

/// A Dilithium parameter set, by the number that opcodes and transactions use for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
#[expect(missing_docs, reason = "names and numbers say it: the nine sets of three versions")]
pub enum DilithiumScheme {
    Round3Level2 = 2,
    Round3Level3 = 3,
    Round3Level5 = 5,
    DraftLevel2 = 18,
    DraftLevel3 = 19,
    DraftLevel5 = 21,
    MlDsa44 = 44,
    MlDsa65 = 65,
    MlDsa87 = 87,
}

impl DilithiumScheme {
    /// The scheme with this number, if there is one.
    pub fn from_number(number: u64) -> Option<Self> {
        Some(match number {
            2 => Self::Round3Level2,
            3 => Self::Round3Level3,
            5 => Self::Round3Level5,
            18 => Self::DraftLevel2,
            19 => Self::DraftLevel3,
            21 => Self::DraftLevel5,
            44 => Self::MlDsa44,
            65 => Self::MlDsa65,
            87 => Self::MlDsa87,
            _ => return None,
        })
    }

    /// The number.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// Security level: 2, 3 or 5.
    pub const fn level(self) -> u8 {
        match self {
            Self::Round3Level2 | Self::DraftLevel2 | Self::MlDsa44 => 2,
            Self::Round3Level3 | Self::DraftLevel3 | Self::MlDsa65 => 3,
            Self::Round3Level5 | Self::DraftLevel5 | Self::MlDsa87 => 5,
        }
    }

    /// True for the sets of FIPS 204: the only ones that sign, make keys and authorize transactions.
    pub fn is_fips204(self) -> bool {
        matches!(self, Self::MlDsa44 | Self::MlDsa65 | Self::MlDsa87)
    }

    /// Bytes of a public key (FIPS 204, table 2; the same in all versions).
    pub fn public_key_len(self) -> usize {
        match self.level() {
            2 => 1312,
            3 => 1952,
            _ => 2592,
        }
    }

    /// Bytes of a signature: c-tilde is 32 bytes in round 3 and in level 2 everywhere, longer in FIPS 204 and its draft.
    pub fn signature_len(self) -> usize {
        match self {
            Self::Round3Level2 | Self::DraftLevel2 | Self::MlDsa44 => 2420,
            Self::Round3Level3 => 3293,
            Self::DraftLevel3 | Self::MlDsa65 => 3309,
            Self::Round3Level5 => 4595,
            Self::DraftLevel5 | Self::MlDsa87 => 4627,
        }
    }
}

/// What a signature is over.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SignedMessage {
    /// The message itself, not its hash: in FIPS 204 the external interface, pure, with an empty context.
    Plain(Bytes),
    /// The message representative mu: the hash of the public key's hash, the prefix and the message (FIPS 204, algorithm
    /// 8, line 7). It says the same as the message in 64 bytes, and expresses contexts and the internal interface too.
    Mu([u8; 64]),
}

impl From<Bytes> for SignedMessage {
    fn from(message: Bytes) -> Self {
        Self::Plain(message)
    }
}

/// A yes/no question of cryptography, complete in its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Claim {
    /// A Dilithium or ML-DSA signature over `message` under `public_key`.
    Signature {
        /// Parameter set.
        scheme: DilithiumScheme,
        /// Encoded public key.
        public_key: Bytes,
        /// Encoded signature.
        signature: Bytes,
        /// What is signed.
        message: SignedMessage,
    },
    /// A Groth16 proof over BLS12-381.
    Groth16 {
        /// Uncompressed alpha, beta, gamma, delta and input points.
        verifying_key: Bytes,
        /// 32 bytes an input, big-endian.
        inputs: Bytes,
        /// Compressed A, B, C: 192 bytes.
        proof: Bytes,
    },
    /// A confidential transfer: range proof of the outputs and excess equation.
    ConfidentialTransfer {
        /// The chain it is bound to.
        chain_id: u64,
        /// The transfer as the contract gave it.
        body: Bytes,
    },
}

impl Claim {
    /// The kind, for logs and faults.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Signature { .. } => "a Dilithium signature",
            Self::Groth16 { .. } => "a Groth16 proof",
            Self::ConfidentialTransfer { .. } => "a confidential transfer",
        }
    }
}

/// A pure function from bytes to bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Derivation {
    /// Deterministic ML-DSA signature of `message` under the key expanded from `seed`.
    DilithiumSign {
        /// Parameter set.
        scheme: DilithiumScheme,
        /// FIPS 204 seed.
        seed: H256,
        /// The message.
        message: Bytes,
    },
    /// Public key of the pair expanded from `seed`.
    DilithiumKeygen {
        /// Parameter set.
        scheme: DilithiumScheme,
        /// FIPS 204 seed.
        seed: H256,
    },
    /// Pedersen commitment on ristretto255.
    PedersenCommit {
        /// Committed value, a canonical scalar.
        value: U256,
        /// Blinding, a canonical scalar.
        blinding: U256,
    },
    /// The number in a ciphertext, as a word.
    HomomorphicDecrypt {
        /// The ciphertext.
        handle: Handle,
        /// Id of the key.
        key_id: H256,
        /// What the transaction did to ciphertexts so far; all earlier ones have been evaluated.
        operations: Vec<LoggedOperation>,
    },
    /// An operation on circuits or private amounts, by the byte of its opcode. The answer's first 32 bytes
    /// are the word that the contract sees, the rest goes to its memory.
    Private {
        /// The extension's own byte: ZK_PROVE, RANGE_PROOF, STEALTH_ADDRESS or STEALTH_SCAN.
        operation: u8,
        /// Operands as they stood on the stack, top first.
        operands: Vec<U256>,
        /// The bytes of each range of memory that the operation reads.
        inputs: Vec<Bytes>,
        /// The account whose frame asks.
        contract: H160,
    },
}

impl Derivation {
    /// The kind, for logs and faults.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::DilithiumSign { .. } => "a Dilithium signing",
            Self::DilithiumKeygen { .. } => "a Dilithium key generation",
            Self::PedersenCommit { .. } => "a Pedersen commitment",
            Self::HomomorphicDecrypt { .. } => "a homomorphic decryption",
            Self::Private { .. } => "an operation on private data",
        }
    }
}

/// A secp256k1 signature and the hash it signs; the answer is the signer's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Recovery {
    /// The signed hash.
    pub hash: H256,
    /// Signature r, as a number.
    pub r: U256,
    /// Signature s, as a number. A high s is recovered; whether it is allowed is the caller's rule (EIP-2).
    pub s: U256,
    /// Parity of the nonce point's y.
    pub y_odd: bool,
}
