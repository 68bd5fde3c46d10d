//! Roots of Merkle Patricia tries: lists by index, storage and state by hashed key.

use crate::keccak::keccak256;
use crate::rlp::Writer;
use crate::state::Account;
use alloy_trie::nodes::encode_path_leaf;
use alloy_trie::root::ordered_trie_root_encoded;
use alloy_trie::{HashBuilder, Nibbles};
use primitive_types::{H160, H256, U256};

/// Root of a trie that holds nothing: Keccak-256 of the RLP of an empty byte string.
pub const EMPTY_ROOT: H256 = H256(alloy_trie::EMPTY_ROOT_HASH.0);

/// Root of a list: each item is at the RLP of its index.
pub fn ordered_root(items: &[Vec<u8>]) -> H256 {
    H256(ordered_trie_root_encoded(items).0)
}

/// [`ordered_root`], with the leaves, which hold nearly all of the bytes, hashed by `hash`: Keccak-256 of each, order kept.
/// For who can hash many at a time sooner than one by one.
pub fn ordered_root_with(items: &[Vec<u8>], hash: impl FnOnce(&[Vec<u8>]) -> Vec<[u8; 32]>) -> H256 {
    // The one leaf of a trie is its root.
    if items.len() < 2 {
        return ordered_root(items);
    }
    let mut entries: Vec<_> = items.iter().enumerate().map(|(index, item)| (path_of(index), item)).collect();
    entries.sort_unstable_by_key(|(path, _)| *path);
    let shared: Vec<_> = entries.windows(2).map(|pair| pair[0].0.common_prefix_length(&pair[1].0)).collect();
    // Below the last branch on its path, and the nibble there, a leaf is by itself.
    let depth = |at: usize| {
        let before = at.checked_sub(1).and_then(|before| shared.get(before));
        1 + before.into_iter().chain(shared.get(at)).max().copied().unwrap_or(0)
    };
    let leaf = |(at, (path, item)): (usize, &(Nibbles, &Vec<u8>))| {
        let mut out = Writer::new();
        out.list(|out| {
            out.bytes(&encode_path_leaf(&path.slice(depth(at)..), true));
            out.bytes(item);
        });
        out.finish()
    };
    let leaves: Vec<_> = entries.iter().enumerate().map(leaf).collect();
    let hashes = hash(&leaves);
    let mut builder = HashBuilder::default();
    for (at, ((path, item), (leaf, hash))) in entries.iter().zip(leaves.iter().zip(hashes)).enumerate() {
        // A short node stands in its parent as it is.
        match leaf.len() < 32 {
            true => builder.add_leaf(*path, item),
            false => builder.add_branch(path.slice(..depth(at)), hash.into(), false),
        }
    }
    H256(builder.root().0)
}

/// Where a list's trie has the item at `index`.
fn path_of(index: usize) -> Nibbles {
    let mut out = Writer::new();
    out.u64(index as u64);
    Nibbles::unpack(out.finish())
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
    use proptest::prelude::*;

    proptest! {
        /// Short items too, whose leaves are no hashes, and indices of one to three bytes.
        #[test]
        fn leaves_that_others_hash_give_the_same_root(
            lengths in prop_oneof![
                prop::collection::vec(0usize..80, 0..40), prop::collection::vec(0usize..40, 120..300)],
            planted in any::<prop::sample::Index>(),
        ) {
            let items: Vec<Vec<u8>> =
                lengths.iter().enumerate().map(|(index, &len)| vec![index as u8 ^ len as u8; len]).collect();
            let hash = |leaves: &[Vec<u8>]| leaves.iter().map(|leaf| keccak256(leaf).0).collect::<Vec<_>>();
            prop_assert_eq!(ordered_root_with(&items, hash), ordered_root(&items));
            let wrong = |leaves: &[Vec<u8>]| {
                let mut hashes = hash(leaves);
                hashes[planted.index(leaves.len())][0] ^= 1;
                hashes
            };
            if lengths.len() > 1 && lengths.iter().all(|&len| len >= 32) {
                prop_assert_ne!(ordered_root_with(&items, wrong), ordered_root(&items));
            }
        }
    }

    #[test]
    fn an_item_at_a_large_index_has_its_place() {
        let items: Vec<_> = (0..70_000u32).map(|index| index.to_be_bytes().repeat(9)).collect();
        let hash = |leaves: &[Vec<u8>]| leaves.iter().map(|leaf| keccak256(leaf).0).collect();
        assert_eq!(ordered_root_with(&items, hash), ordered_root(&items));
    }

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
