//! Hash tables from keys to positions in the journal's vectors.
//!
//! A table holds positions only; the key stands in the entry itself, which a hit is going to read anyway. Keys are
//! chosen by attackers, so the hasher is seeded at random for every journal.

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use primitive_types::{H160, U256};
use std::hash::{BuildHasher, Hasher};

/// Hashes of the journal's keys.
#[derive(Clone, Debug, Default)]
pub(super) struct Keys(RandomState);

impl Keys {
    #[inline]
    pub(super) fn address(&self, address: &H160) -> u64 {
        let mut hasher = self.0.build_hasher();
        let (words, rest) = address.0.as_chunks::<8>();
        for &word in words {
            hasher.write_u64(u64::from_ne_bytes(word));
        }
        hasher.write_u32(rest.iter().fold(0, |word, &byte| word << 8 | u32::from(byte)));
        hasher.finish()
    }

    #[inline]
    pub(super) fn slot(&self, account: u32, key: &U256) -> u64 {
        let mut hasher = self.0.build_hasher();
        for limb in key.0 {
            hasher.write_u64(limb);
        }
        hasher.write_u32(account);
        hasher.finish()
    }
}

/// Positions by hash.
pub(super) type Index = HashTable<u32>;
