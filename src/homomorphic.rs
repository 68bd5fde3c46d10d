//! Decryption for local runs, with the user's own keys.

use erbium_gpu::CpuDeriver;
use erbium_he::fhe::{Fhe, Keystore, SecretKey, pool};
use erbium_he::{EvaluationError, Evaluator, Store, StoreError, evaluate};
use erbium_vm::claims::homomorphic::{Handle, LoggedOperation};
use erbium_vm::claims::{Bytes, Derivation, Deriver, Fault, Halt};
use erbium_vm::{H256, U256};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Computes derivations as [`CpuDeriver`] does, and decrypts: it evaluates on its store what the transaction did so far, and
/// opens the result with the key of that id from its keystore.
///
/// Whatever fails is a fault, and nothing that a contract sees.
#[derive(Debug)]
pub struct HomomorphicDeriver {
    keystore: Keystore,
    folder: PathBuf,
    /// The keys that were used last.
    opened: Mutex<Option<Opened>>,
}

#[derive(Debug)]
struct Opened {
    id: H256,
    store: Store,
    evaluation: Fhe,
    secret: SecretKey,
    threads: rayon::ThreadPool,
}

impl HomomorphicDeriver {
    /// With the keys in the folder `keystore` and the ciphertexts in the folder `store`.
    pub fn new(keystore: &Path, store: &Path) -> Self {
        Self { keystore: Keystore::new(keystore), folder: store.to_owned(), opened: Mutex::new(None) }
    }

    fn open(&self, id: &H256) -> Result<Opened, Box<dyn Error>> {
        Ok(Opened {
            id: *id,
            store: Store::open(&self.folder, &hex::encode(id))?,
            evaluation: self.keystore.evaluation(id)?,
            secret: self.keystore.secret(id)?,
            threads: pool(0)?,
        })
    }

    fn decrypt(
        &self,
        handle: &Handle,
        id: &H256,
        operations: &[LoggedOperation],
    ) -> Result<U256, Box<dyn Error>> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        let keys = match opened.take().filter(|keys| keys.id == *id) {
            Some(keys) => keys,
            None => self.open(id)?,
        };
        let keys = opened.insert(keys);
        keys.threads.install(|| keys.value(handle, operations)).map_err(Into::into)
    }
}

impl Opened {
    fn value(&self, handle: &Handle, operations: &[LoggedOperation]) -> Result<U256, EvaluationError> {
        evaluate(operations, &self.store, &self.evaluation, &|_| {})?;
        let bytes = self.store.get(handle)?;
        let read = self
            .evaluation
            .read(handle.kind(), &bytes)
            .map_err(|source| EvaluationError::Evaluator { handle: *handle, source: Box::new(source) })?;
        let reason = || format!("it is no ciphertext of type {}", handle.kind());
        let ciphertext = read.ok_or_else(|| StoreError::Damaged { handle: *handle, reason: reason() })?;
        Ok(self.secret.decrypt(&ciphertext))
    }
}

impl Deriver for HomomorphicDeriver {
    fn derive(&self, derivation: &Derivation) -> Result<Result<Bytes, Halt>, Fault> {
        let Derivation::HomomorphicDecrypt { handle, key_id, operations } = derivation else {
            return CpuDeriver.derive(derivation);
        };
        match self.decrypt(handle, key_id, operations) {
            Ok(value) => Ok(Ok(value.to_big_endian().to_vec())),
            Err(error) => Err(Fault::Coprocessor { reason: format!("{}: {error}", derivation.kind()) }),
        }
    }
}
