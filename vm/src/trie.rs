//! Roots of Merkle Patricia tries: lists by index, storage and state by hashed key.

use crate::keccak::keccak256;
use crate::rlp::Writer;
use crate::state::Account;
use alloy_trie::root::ordered_trie_root_encoded;
use alloy_trie::{HashBuilder, Nibbles};
use primitive_types::{H160, H256, U256};

/// Root of a trie that holds nothing: Keccak-256 of the RLP of an empty byte string.
pub const EMPTY_ROOT: H256 = H256(alloy_trie::EMPTY_ROOT_HASH.0);

/// Root of a list: each item is at the RLP of its index.
pub fn ordered_root(items: &[Vec<u8>]) -> H256 {
    H256(ordered_trie_root_encoded(items).0)
}

/// Root of a trie with these entries at the hashes of their keys. Of two entries with one key the later counts.
pub fn secure_root(entries: impl IntoIterator<Item = (H256, Vec<u8>)>) -> H256 {
    let mut entries: Vec<(H256, Vec<u8>)> = entries.into_iter().collect();
    entries.sort_by_key(|&(hash, _)| hash);
    entries.dedup_by(|later, earlier| {
        let same = later.0 == earlier.0;
        if same {
            std::mem::swap(later, earlier);
        }
        same
    });
    ascending_root(entries.iter().map(|(hash, value)| (hash, value.as_slice())))
}

/// Root of a trie with these entries, whose keys are hashes already and ascend.
pub(crate) fn ascending_root<'a>(entries: impl IntoIterator<Item = (&'a H256, &'a [u8])>) -> H256 {
    let mut builder = HashBuilder::default();
    for (hash, value) in entries {
        builder.add_leaf(Nibbles::unpack(hash), value);
    }
    H256(builder.root().0)
}

/// Root of an account's storage; slots that hold zero are not in it.
pub fn storage_root(slots: impl IntoIterator<Item = (H256, H256)>) -> H256 {
    let written = slots.into_iter().filter(|(_, value)| !value.is_zero()).map(|(key, value)| {
        let mut out = Writer::new();
        out.u256(U256::from_big_endian(value.as_bytes()));
        (keccak256(key.as_bytes()), out.finish())
    });
    secure_root(written)
}

/// Root of a state, given as its accounts with their storage. Every account given is in it, empty ones too.
pub fn state_root<S>(accounts: impl IntoIterator<Item = (H160, Account, S)>) -> H256
where
    S: IntoIterator<Item = (H256, H256)>,
{
    secure_root(accounts.into_iter().map(|(address, account, storage)| {
        (keccak256(address.as_bytes()), account_leaf(&account, storage_root(storage)))
    }))
}

/// What the trie of a state holds at an account.
pub(crate) fn account_leaf(account: &Account, storage_root: H256) -> Vec<u8> {
    let mut out = Writer::new();
    out.list(|out| {
        out.u64(account.nonce);
        out.u256(account.balance);
        out.bytes(storage_root.as_bytes());
        out.bytes(account.code_hash.as_bytes());
    });
    out.finish()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::keccak::EMPTY_CODE_HASH;

    fn slot(key: u64, value: u64) -> (H256, H256) {
        (H256::from_low_u64_be(key), H256::from_low_u64_be(value))
    }

    #[test]
    fn nothing_has_the_empty_root() {
        assert_eq!(EMPTY_ROOT, keccak256(&[0x80]));
        assert_eq!(ordered_root(&[]), EMPTY_ROOT);
        assert_eq!(storage_root([]), EMPTY_ROOT);
        assert_eq!(storage_root([slot(1, 0)]), EMPTY_ROOT);
        assert_eq!(state_root(std::iter::empty::<(H160, Account, [(H256, H256); 0])>()), EMPTY_ROOT);
    }

    #[test]
    fn a_root_does_not_depend_on_order_and_the_later_of_two_counts() {
        let root = storage_root([slot(1, 2), slot(3, 4)]);
        assert_eq!(storage_root([slot(3, 4), slot(1, 2)]), root);
        assert_eq!(storage_root([slot(3, 9), slot(1, 2), slot(3, 4)]), root);
        assert_ne!(storage_root([slot(1, 2), slot(3, 9)]), root);
    }

    /// The one leaf of a trie is its root node: hex-prefix of the whole path, then the value.
    #[test]
    fn a_single_account_is_a_leaf() {
        let address = H160::repeat_byte(0x11);
        let account = Account { nonce: 1, balance: U256::from(1000), code_hash: EMPTY_CODE_HASH };
        let mut value = Writer::new();
        value.list(|out| {
            out.u64(1);
            out.u64(1000);
            out.bytes(EMPTY_ROOT.as_bytes());
            out.bytes(EMPTY_CODE_HASH.as_bytes());
        });
        let value = value.finish();
        let mut leaf = Writer::new();
        leaf.list(|out| {
            out.bytes(&[&[0x20], keccak256(address.as_bytes()).as_bytes()].concat());
            out.bytes(&value);
        });
        assert_eq!(state_root([(address, account, [])]), keccak256(&leaf.finish()));
    }
}
