//! Ciphertexts in a folder, by what they are and by handle.
//!
//! `objects/HASH` holds the bytes whose SHA-256 is HASH; `handles/HANDLE` holds the hash of what the handle stands for.
//! Both are written beside their place and moved there, the object first: whoever is stopped leaves no half ones.

use erbium_claims::homomorphic::Handle;
use sha2::{Digest, Sha256};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::{fs, process};

/// A ciphertext could not be had or kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Nothing is stored under the handle.
    #[error("no ciphertext for {handle}")]
    Missing {
        /// The handle.
        handle: Handle,
    },
    /// What is stored under the handle is not what was stored.
    #[error("ciphertext for {handle} is damaged: {reason}")]
    Damaged {
        /// The handle.
        handle: Handle,
        /// What is wrong.
        reason: String,
    },
    /// The store was made with another key.
    #[error("the store is of key {stored} and not of {asked}")]
    OtherKey {
        /// Id of the key that the store is of.
        stored: String,
        /// Id of the key that was to be used.
        asked: String,
    },
    /// The file system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
}

/// A folder of ciphertexts.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    /// Numbers the files that are being written.
    writing: AtomicU64,
}

impl Store {
    /// The store in `folder`, which is made where it is not there. All its ciphertexts are under the key with the id `key`.
    ///
    /// # Errors
    /// [`StoreError::Io`], and [`StoreError::OtherKey`] where it was first opened for another key.
    pub fn open(folder: &Path, key: &str) -> Result<Self, StoreError> {
        for part in ["objects", "handles"] {
            let path = folder.join(part);
            fs::create_dir_all(&path).map_err(|source| StoreError::Io { path, source })?;
        }
        let store = Self { folder: folder.to_owned(), writing: AtomicU64::new(0) };
        let path = folder.join("key");
        match fs::read_to_string(&path) {
            Ok(stored) if stored.trim_end() == key => Ok(store),
            Ok(stored) => {
                let stored = stored.trim_end().to_owned();
                Err(StoreError::OtherKey { stored, asked: key.to_owned() })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                store.write(&path, format!("{key}\n").as_bytes())?;
                Ok(store)
            }
            Err(source) => Err(StoreError::Io { path, source }),
        }
    }

    /// Keeps `bytes` as what `handle` stands for; answers their hash.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn put(&self, handle: &Handle, bytes: &[u8]) -> Result<String, StoreError> {
        let hash = hex::encode(Sha256::digest(bytes));
        let object = self.object(&hash);
        if !object.exists() {
            self.write(&object, bytes)?;
        }
        self.write(&self.entry(handle), format!("{hash}\n").as_bytes())?;
        Ok(hash)
    }

    /// True where something is stored under `handle`, be it damaged.
    pub fn contains(&self, handle: &Handle) -> bool {
        self.entry(handle).exists()
    }

    /// Hash of what is stored under `handle`.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::Damaged`] where it is no hash, [`StoreError::Io`].
    pub fn hash(&self, handle: &Handle) -> Result<String, StoreError> {
        let path = self.entry(handle);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(StoreError::Missing { handle: *handle });
            }
            Err(source) => return Err(StoreError::Io { path, source }),
        };
        let hash = String::from_utf8(text).ok().and_then(|text| text.strip_suffix('\n').map(str::to_owned));
        let digits = |hash: &String| hash.len() == 64 && hash.bytes().all(|digit| digit.is_ascii_hexdigit());
        hash.filter(digits).ok_or_else(|| damaged(handle, "its entry is no hash".to_owned()))
    }

    /// What is stored under `handle`.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::Damaged`] where bytes or hash have changed, [`StoreError::Io`].
    pub fn get(&self, handle: &Handle) -> Result<Vec<u8>, StoreError> {
        let hash = self.hash(handle)?;
        let path = self.object(&hash);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(damaged(handle, format!("object {hash} is gone")));
            }
            Err(source) => return Err(StoreError::Io { path, source }),
        };
        let found = hex::encode(Sha256::digest(&bytes));
        if found != hash {
            return Err(damaged(handle, format!("object {hash} hashes to {found}")));
        }
        Ok(bytes)
    }

    fn object(&self, hash: &str) -> PathBuf {
        self.folder.join("objects").join(hash)
    }

    fn entry(&self, handle: &Handle) -> PathBuf {
        self.folder.join("handles").join(hex::encode(handle.bytes()))
    }

    /// Writes a file so that it is whole or not there.
    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
        let number = self.writing.fetch_add(1, Ordering::Relaxed);
        let beside = self.folder.join(format!("writing-{}-{number}", process::id()));
        let written = fs::File::create(&beside).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        });
        let moved = written.and_then(|()| fs::rename(&beside, path));
        moved.map_err(|source| StoreError::Io { path: path.to_owned(), source })
    }
}

fn damaged(handle: &Handle, reason: String) -> StoreError {
    StoreError::Damaged { handle: *handle, reason }
}
