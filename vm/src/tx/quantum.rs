//! Quantum-signed transactions: what their key signs, and what it must be.

use super::{QuantumSignature, Transaction, TransactionType};
use crate::error::Rejection;
use crate::registry;
use erbium_claims::{Claim, DilithiumScheme};
use primitive_types::H256;

/// What the signed message of a transaction starts with.
const TRANSACTION_DOMAIN: &[u8; 12] = b"erbium:tx:v1";

impl QuantumSignature {
    /// The scheme, if it is one that transactions may use.
    pub fn scheme(&self) -> Option<DilithiumScheme> {
        DilithiumScheme::from_number(self.scheme.into()).filter(|scheme| scheme.is_fips204())
    }

    /// The scheme, for a key and a signature of its lengths.
    ///
    /// # Errors
    /// [`Rejection::UnknownScheme`] and [`Rejection::QuantumLength`].
    pub fn well_formed(&self) -> Result<DilithiumScheme, Rejection> {
        let number = self.scheme;
        let scheme = self.scheme().ok_or(Rejection::UnknownScheme { number })?;
        let length = |what, got: usize, expected| match got == expected {
            true => Ok(()),
            false => Err(Rejection::QuantumLength { what, scheme: number, got, expected }),
        };
        length("public key", self.public_key.len(), scheme.public_key_len())?;
        length("signature", self.signature.len(), scheme.signature_len())?;
        Ok(scheme)
    }

    /// Hash by which the key registry knows the key.
    pub fn key_hash(&self) -> H256 {
        registry::key_hash(self.scheme, &self.public_key)
    }
}

impl Transaction {
    /// Bytes of the message that the key of a quantum-signed transaction signs.
    pub const QUANTUM_MESSAGE_LEN: usize = TRANSACTION_DOMAIN.len() + 32;

    /// The message that the key of a quantum-signed transaction signs: the domain, then the hash of all fields up to
    /// the scheme.
    pub fn quantum_message(&self) -> Vec<u8> {
        [&TRANSACTION_DOMAIN[..], self.signing_hash().as_bytes()].concat()
    }

    /// What a quantum-signed transaction carries beyond its other fields.
    ///
    /// # Errors
    /// [`Rejection::InvalidSignature`] where the type is another, or nothing is carried.
    pub fn quantum_signature(&self) -> Result<&QuantumSignature, Rejection> {
        match &self.quantum {
            Some(quantum) if self.kind == TransactionType::Quantum => Ok(quantum),
            _ => Err(Rejection::InvalidSignature { reason: "no quantum signature" }),
        }
    }

    /// The claim that the carried key has signed this quantum-signed transaction. That the key may sign for the sender
    /// is another question, which the state answers.
    ///
    /// # Errors
    /// [`Rejection`] where the scheme is not one for transactions or key or signature have another length than its.
    pub fn signature_claim(&self) -> Result<Claim, Rejection> {
        let quantum = self.quantum_signature()?;
        let scheme = quantum.well_formed()?;
        Ok(Claim::Signature {
            scheme,
            public_key: quantum.public_key.clone(),
            signature: quantum.signature.clone(),
            message: self.quantum_message().into(),
        })
    }
}
