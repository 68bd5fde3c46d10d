//! Claims, verdicts, derivations and recoveries.

use crate::Bytes;
use crate::homomorphic::{Handle, LoggedOperation};
use primitive_types::{H160, H256, U256};
use zeroize::Zeroize;

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
    /// A Bulletproofs range proof over ristretto255, in the bytes of crate `bulletproofs` 5: every commitment hides a
    /// value below 2^`bits`. [`RangeProofParts`](crate::RangeProofParts) is its decoder.
    RangeProof {
        /// Bits of a value.
        bits: u8,
        /// The label that the proof's transcript starts with.
        label: Bytes,
        /// The committed values' Pedersen commitments, compressed.
        commitments: Vec<[u8; 32]>,
        /// One proof for all of them.
        proof: Bytes,
    },
    /// A confidential transfer: range proof of the outputs and excess equation.
    /// [`TransferParts`](crate::TransferParts) is its decoder.
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
            Self::RangeProof { .. } => "a range proof",
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
    /// Commitments and an aggregated range proof under [`RANGE_LABEL`](crate::RANGE_LABEL). The answer is the proof's
    /// length as a word, the commitments and the proof.
    RangeProof {
        /// Bits of a value: 8, 16, 32 or 64.
        bits: u8,
        /// The values: 1, 2, 4, 8 or 16 of them.
        values: Vec<u64>,
        /// A blinding a value, canonical scalars.
        blindings: Vec<U256>,
        /// Seed of the prover's randomness.
        seed: H256,
    },
    /// A stealth address (ERC-5564, scheme 1). The answer is the address as a word, the ephemeral public key (33 bytes)
    /// and the view tag (1 byte).
    StealthAddress {
        /// The sender's ephemeral secret key.
        ephemeral_key: H256,
        /// The recipient's compressed public keys: spending key | viewing key.
        meta_address: [u8; 66],
    },
    /// Which of a list of announcements are for one recipient (ERC-5564, scheme 1). The answer is their number as a word,
    /// and one byte, 1 or 0, an announcement.
    StealthScan {
        /// The recipient's secret viewing key.
        view_key: H256,
        /// The recipient's compressed public spending key.
        spend_public_key: [u8; 33],
        /// Announcements of 54 bytes each: ephemeral public key (33) | view tag (1) | address (20).
        announcements: Bytes,
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
    /// An operation on circuits, by the byte of its opcode. The answer's first 32 bytes are the word that the contract
    /// sees, the rest goes to its memory.
    Private {
        /// The extension's own byte: ZK_PROVE.
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
            Self::RangeProof { .. } => "a range proof's making",
            Self::StealthAddress { .. } => "a stealth address",
            Self::StealthScan { .. } => "a stealth scan",
            Self::HomomorphicDecrypt { .. } => "a homomorphic decryption",
            Self::Private { .. } => "an operation on private data",
        }
    }

    /// Overwrites its secret operands with zeros.
    pub fn wipe(&mut self) {
        match self {
            Self::DilithiumSign { seed, .. } | Self::DilithiumKeygen { seed, .. } => seed.0.zeroize(),
            Self::PedersenCommit { value, blinding } => {
                value.0.zeroize();
                blinding.0.zeroize();
            }
            Self::RangeProof { values, blindings, seed, .. } => {
                values.zeroize();
                for blinding in blindings {
                    blinding.0.zeroize();
                }
                seed.0.zeroize();
            }
            Self::StealthAddress { ephemeral_key, .. } => ephemeral_key.0.zeroize(),
            Self::StealthScan { view_key, .. } => view_key.0.zeroize(),
            // A handle and a key's name, no secret.
            Self::HomomorphicDecrypt { .. } => {}
            Self::Private { operands, inputs, .. } => {
                for operand in operands {
                    operand.0.zeroize();
                }
                inputs.zeroize();
            }
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
