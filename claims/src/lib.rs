//! The vocabulary that the virtual machine and the coprocessor share.
//!
//! A *claim* is a yes/no question of cryptography, complete in its bytes; a *verdict* answers it. A *derivation* is
//! a pure function from bytes to bytes. A *recovery* turns a secp256k1 signature and a message hash into an address.
//! Four families never turn into each other silently: [`Verdict`] (the mathematics answered), [`Halt`] (a contract
//! broke a rule), a rejection (a transaction or block is invalid; it lives in the virtual machine) and [`Fault`]
//! (machinery failed; a contract never sees it).
//!
//! This crate holds no cryptography and knows no device.

mod claim;
mod encoding;
mod groth16;
mod halt;
pub mod homomorphic;
mod input;
mod range_proof;
mod traits;
mod transfer;

pub use claim::{Claim, Derivation, DilithiumScheme, Recovery, SignedMessage, Verdict};
pub use groth16::{BLS12_381_ORDER, Groth16Parts};
pub use halt::{Fault, Halt};
pub use input::{
    EncryptionInput, ProofInput, RangeProofInput, SignatureInput, SigningInput, StealthScanInput,
    range_proof_derivation, stealth_address_derivation,
};
pub use range_proof::{RANGE_LABEL, RangeProofParts, is_canonical_scalar, range_proof_len};
pub use traits::{Deriver, NoCoprocessor, Recoverer, Verifier};
pub use transfer::{EXCESS_LABEL, TRANSFER_LABEL, TransferParts};

/// Owned bytes, as claims and derivations carry them.
pub type Bytes = Vec<u8>;
