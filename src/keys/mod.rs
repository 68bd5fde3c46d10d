//! Quantum-safe keys of accounts: making them, signing with them, and registering them.
//!
//! A secret key is its 32-byte seed (FIPS 204); signatures are deterministic. Seeds are overwritten when a [`Key`] is
//! dropped and appear in no message, log or `Debug` form.

mod file;

pub use file::{FieldIssue, KeyFileError};

use erbium_gpu::CpuDeriver;
use erbium_vm::claims::{Derivation, Deriver, DilithiumScheme, Fault};
use erbium_vm::registry;
use erbium_vm::tx::{QuantumSignature, Transaction, TransactionType};
use primitive_types::{H160, H256};
use std::fmt;
use zeroize::{Zeroize, Zeroizing};

/// Bytes of a seed.
const SEED: usize = 32;

/// An ML-DSA key that signs for an account.
pub struct Key {
    scheme: DilithiumScheme,
    seed: Zeroizing<[u8; SEED]>,
    public_key: Vec<u8>,
}

/// A key was not made, or nothing was signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The operating system has no randomness to give.
    #[error("no randomness from the operating system: {0}")]
    Randomness(getrandom::Error),
    /// A scheme that makes no keys.
    #[error("scheme {number} is not one of 44, 65 and 87")]
    Scheme {
        /// Its number.
        number: u8,
    },
    /// Key generation or signing failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// What [`Key::register`] makes: all that registers a key for an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// The account.
    pub account: H160,
    /// Hash of scheme and public key: what the registry stores.
    pub key_hash: H256,
    /// What the proof is over.
    pub message: Vec<u8>,
    /// The key's signature of the message.
    pub proof: Vec<u8>,
    /// Call data of `register(scheme, publicKey, proof)`.
    pub call_data: Vec<u8>,
}

impl Key {
    /// A new key from the operating system's randomness.
    ///
    /// # Errors
    /// [`KeyError`] where there is none, and for a scheme that is not of FIPS 204.
    pub fn generate(scheme: DilithiumScheme) -> Result<Self, KeyError> {
        let mut seed = Zeroizing::new([0; SEED]);
        getrandom::fill(&mut *seed).map_err(KeyError::Randomness)?;
        Self::from_seed(scheme, &seed)
    }

    /// The key that `seed` expands to (algorithm 6 of FIPS 204).
    ///
    /// # Errors
    /// [`KeyError::Scheme`] for a scheme that is not of FIPS 204.
    pub fn from_seed(scheme: DilithiumScheme, seed: &[u8; SEED]) -> Result<Self, KeyError> {
        let question = Question(Derivation::DilithiumKeygen { scheme, seed: H256(*seed) });
        let public_key = question.answer(scheme)?;
        Ok(Self { scheme, seed: Zeroizing::new(*seed), public_key })
    }

    /// The parameter set.
    pub fn scheme(&self) -> DilithiumScheme {
        self.scheme
    }

    /// The secret: whoever has it signs for the account.
    pub fn seed(&self) -> &[u8; SEED] {
        &self.seed
    }

    /// The encoded public key.
    pub fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    /// Hash of scheme and public key, as the key registry stores it.
    pub fn key_hash(&self) -> H256 {
        registry::key_hash(self.scheme.number(), &self.public_key)
    }

    /// The account that the key speaks for without being registered.
    pub fn address(&self) -> H160 {
        registry::address_of_key(&self.key_hash())
    }

    /// The deterministic signature of `message`, pure, with an empty context (algorithm 2 of FIPS 204).
    ///
    /// # Errors
    /// [`KeyError::Fault`] where signing failed.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let (scheme, seed) = (self.scheme, H256(*self.seed));
        Question(Derivation::DilithiumSign { scheme, seed, message: message.to_vec() }).answer(scheme)
    }

    /// `transaction` as one of type 0x45 that `sender` sends, signed. Whether the key may sign for the sender is what the
    /// key registry says; an unregistered account must be the key's [`address`](Self::address).
    ///
    /// # Errors
    /// [`KeyError::Fault`] where signing failed.
    pub fn sign_transaction(&self, transaction: Transaction, sender: H160) -> Result<Transaction, KeyError> {
        let mut quantum = QuantumSignature {
            sender,
            scheme: self.scheme.number(),
            public_key: self.public_key.clone(),
            signature: Vec::new(),
        };
        let mut signed = Transaction {
            kind: TransactionType::Quantum,
            quantum: Some(Box::new(quantum.clone())),
            ..transaction
        };
        quantum.signature = self.sign(&signed.quantum_message())?;
        signed.quantum = Some(Box::new(quantum));
        Ok(signed)
    }

    /// What registers this key for `account` in the registry at `registry` of chain `chain_id`.
    ///
    /// # Errors
    /// [`KeyError::Fault`] where signing failed.
    pub fn register(&self, account: H160, chain_id: u64, registry: H160) -> Result<Registration, KeyError> {
        let key_hash = self.key_hash();
        let message = registry::proof_message(chain_id, &registry, &account, &key_hash);
        let proof = self.sign(&message)?;
        let call_data = registry::register_call(self.scheme.number(), &self.public_key, &proof);
        Ok(Registration { account, key_hash, message, proof, call_data })
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("scheme", &self.scheme)
            .field("key_hash", &self.key_hash())
            .finish_non_exhaustive()
    }
}

/// A derivation from a seed, which is overwritten after it.
struct Question(Derivation);

impl Question {
    fn answer(&self, scheme: DilithiumScheme) -> Result<Vec<u8>, KeyError> {
        // The deriver halts for schemes that only verify, and for nothing else here.
        CpuDeriver.derive(&self.0)?.map_err(|_| KeyError::Scheme { number: scheme.number() })
    }
}

impl Drop for Question {
    fn drop(&mut self) {
        if let Derivation::DilithiumSign { seed, .. } | Derivation::DilithiumKeygen { seed, .. } = &mut self.0
        {
            seed.0.zeroize();
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn nothing_shows_the_seed() {
        let key = Key::from_seed(DilithiumScheme::MlDsa44, &[0xab; 32]).unwrap();
        let shown = format!("{key:?}");
        assert!(
            shown.contains("MlDsa44") && !shown.contains("abab") && !shown.contains("171, 171"),
            "{shown}"
        );
    }

    #[test]
    fn only_schemes_of_fips_204_make_keys() {
        for scheme in [DilithiumScheme::Round3Level2, DilithiumScheme::DraftLevel5] {
            let number = scheme.number();
            assert_eq!(Key::from_seed(scheme, &[1; 32]).unwrap_err(), KeyError::Scheme { number });
        }
    }

    #[test]
    fn new_keys_differ() {
        let [one, other] = [(); 2].map(|()| Key::generate(DilithiumScheme::MlDsa65).unwrap());
        assert_ne!(one.public_key(), other.public_key());
    }
}
