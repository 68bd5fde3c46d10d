//! Keys: made from a seed, kept in a folder under their id.
//!
//! `ID.secret` decrypts and stays with its owner; `ID.evaluation` computes and may be given away. Both are in tfhe's
//! versioned form, the evaluation key compressed. The id is the SHA-256 of the evaluation key's file.

use super::Fhe;
use primitive_types::H256;
use sha2::{Digest, Sha256};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tfhe::Seed;
use tfhe::core_crypto::commons::generators::DeterministicSeeder;
use tfhe::core_crypto::commons::math::random::DefaultRandomGenerator;
use tfhe::safe_serialization::{safe_deserialize, safe_serialize};
use tfhe::shortint::engine::ShortintEngine;
use tfhe::{ClientKey, CompressedServerKey, ConfigBuilder, integer};
use zeroize::Zeroizing;

/// What a seed is hashed behind, so that other keys from the same seed are others.
const DOMAIN: &[u8] = b"erbium/he/key/v1";
/// No key file is longer, in bytes.
const LONGEST: u64 = 1 << 30;

/// A key was not made or not found.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The keystore has no such key.
    #[error("{}: no {kind} key {id:?} there", folder.display())]
    Missing {
        /// The keystore.
        folder: PathBuf,
        /// `secret` or `evaluation`.
        kind: &'static str,
        /// The key's id.
        id: H256,
    },
    /// No id was given, and the keystore does not have exactly one key.
    #[error("{}: {found} keys there; say which", folder.display())]
    NotOne {
        /// The keystore.
        folder: PathBuf,
        /// How many it has.
        found: usize,
    },
    /// A file is no key.
    #[error("{}: no key: {reason}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Keys could not be made.
    #[error("no key was made: {0}")]
    Generation(String),
    /// The file system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
}

/// A key pair that was made.
pub struct Generated {
    /// Its id.
    pub id: H256,
    secret: Zeroizing<Vec<u8>>,
    evaluation: Vec<u8>,
}

impl std::fmt::Debug for Generated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Generated").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Generated {
    /// Bytes of the secret and of the evaluation key's file.
    pub fn sizes(&self) -> (usize, usize) {
        (self.secret.len(), self.evaluation.len())
    }
}

/// Makes a pair from a seed of 32 bytes: the same seed makes the same pair. Parameters are tfhe's usual ones, 2 bits of
/// message and 2 of carry a block, errors below 2^-128.
///
/// # Errors
/// [`KeyError::Generation`].
pub fn generate(seed: &[u8; 32]) -> Result<Generated, KeyError> {
    let mut root = Zeroizing::new([0u8; 16]);
    let hash =
        Zeroizing::new(<[u8; 32]>::from(Sha256::new().chain_update(DOMAIN).chain_update(seed).finalize()));
    root.copy_from_slice(&hash[..16]);
    let root = u128::from_be_bytes(*root);
    // tfhe draws from a generator of the thread: a thread of its own gets one that the seed determines.
    let made = std::thread::scope(|scope| {
        scope
            .spawn(move || {
                let mut seeder = DeterministicSeeder::<DefaultRandomGenerator>::new(Seed(root));
                let engine = ShortintEngine::new_from_seeder(&mut seeder);
                ShortintEngine::with_thread_local_mut(|own| *own = engine);
                let secret = ClientKey::generate(ConfigBuilder::default().build());
                let evaluation = CompressedServerKey::new(&secret);
                (secret, evaluation)
            })
            .join()
    });
    let (secret_key, evaluation_key) =
        made.map_err(|_| KeyError::Generation("the thread that made it ended early".to_owned()))?;
    let (mut secret, mut evaluation) = (Zeroizing::new(Vec::new()), Vec::new());
    safe_serialize(&secret_key, &mut *secret, LONGEST)
        .and_then(|()| safe_serialize(&evaluation_key, &mut evaluation, LONGEST))
        .map_err(|error| KeyError::Generation(error.to_string()))?;
    let id = H256(Sha256::digest(&evaluation).into());
    Ok(Generated { id, secret, evaluation })
}

/// A folder of keys.
#[derive(Clone, Debug)]
pub struct Keystore(PathBuf);

impl Keystore {
    /// The keystore in `folder`.
    pub fn new(folder: &Path) -> Self {
        Self(folder.to_owned())
    }

    /// Keeps a pair; the folder is made where it is not there. On Unix nobody but the owner may read the secret key.
    ///
    /// # Errors
    /// [`KeyError::Io`].
    pub fn put(&self, pair: &Generated) -> Result<(), KeyError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| KeyError::Io { path, source }
        };
        fs::create_dir_all(&self.0).map_err(failed(&self.0))?;
        let path = self.file(&pair.id, "evaluation");
        fs::write(&path, &pair.evaluation).map_err(failed(&path))?;
        let path = self.file(&pair.id, "secret");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let written = options.open(&path).and_then(|mut file| file.write_all(&pair.secret));
        written.map_err(failed(&path))
    }

    /// `id`, or the only key's that is there.
    ///
    /// # Errors
    /// [`KeyError::NotOne`], [`KeyError::Io`].
    pub fn choose(&self, id: Option<H256>) -> Result<H256, KeyError> {
        if let Some(id) = id {
            return Ok(id);
        }
        let folder = || self.0.clone();
        let files = fs::read_dir(&self.0).map_err(|source| KeyError::Io { path: folder(), source })?;
        let ids = files.filter_map(|file| {
            let name = file.ok()?.file_name().into_string().ok()?;
            let bytes = hex::decode(name.strip_suffix(".evaluation")?).ok()?;
            (bytes.len() == 32).then(|| H256::from_slice(&bytes))
        });
        match ids.collect::<Vec<_>>()[..] {
            [id] => Ok(id),
            ref ids => Err(KeyError::NotOne { folder: folder(), found: ids.len() }),
        }
    }

    /// What computes under the key `id`.
    ///
    /// # Errors
    /// [`KeyError`] where it is not there or no key.
    pub fn evaluation(&self, id: &H256) -> Result<Fhe, KeyError> {
        let path = self.file(id, "evaluation");
        let bytes = self.read(id, "evaluation")?;
        let malformed = |reason: String| KeyError::Malformed { path: path.clone(), reason };
        if Sha256::digest(&bytes)[..] != id.0 {
            return Err(malformed("its hash is not its id".to_owned()));
        }
        let key: CompressedServerKey = safe_deserialize(&bytes[..], LONGEST).map_err(malformed)?;
        let (key, ..) = key.decompress().into_raw_parts();
        Ok(Fhe::new(key))
    }

    /// What decrypts under the key `id`.
    ///
    /// # Errors
    /// [`KeyError`] where it is not there or no key.
    pub fn secret(&self, id: &H256) -> Result<SecretKey, KeyError> {
        let bytes = Zeroizing::new(self.read(id, "secret")?);
        let key: ClientKey = safe_deserialize(&bytes[..], LONGEST)
            .map_err(|reason| KeyError::Malformed { path: self.file(id, "secret"), reason })?;
        let (key, ..) = key.into_raw_parts();
        Ok(SecretKey(key))
    }

    fn file(&self, id: &H256, kind: &str) -> PathBuf {
        self.0.join(format!("{}.{kind}", hex::encode(id)))
    }

    fn read(&self, id: &H256, kind: &'static str) -> Result<Vec<u8>, KeyError> {
        let path = self.file(id, kind);
        fs::read(&path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => KeyError::Missing { folder: self.0.clone(), kind, id: *id },
            _ => KeyError::Io { path, source },
        })
    }
}

/// Decrypts.
pub struct SecretKey(pub(super) integer::ClientKey);

impl std::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretKey")
    }
}
