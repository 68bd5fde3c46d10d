//! What a header commits to, beside the state.

use super::{Header, Receipt, Withdrawal};
use crate::keccak::keccak256;
use crate::rlp::Writer;
use crate::trie::ordered_root;
use crate::tx::Transaction;
use primitive_types::H256;
use sha2::{Digest, Sha256};

/// Hash of a list of no ommers: Keccak-256 of the RLP of an empty list.
pub const EMPTY_OMMERS_HASH: H256 = H256([
    0x1d, 0xcc, 0x4d, 0xe8, 0xde, 0xc7, 0x5d, 0x7a, 0xab, 0x85, 0xb5, 0x67, 0xb6, 0xcc, 0xd4, 0x1a, 0xd3,
    0x12, 0x45, 0x1b, 0x94, 0x8a, 0x74, 0x13, 0xf0, 0xa1, 0x42, 0xfd, 0x40, 0xd4, 0x93, 0x47,
]);

/// Root of the transactions in their network form.
pub fn transactions_root(transactions: &[Transaction]) -> H256 {
    ordered_root(&transactions.iter().map(Transaction::encode).collect::<Vec<_>>())
}

/// Root of the receipts.
pub fn receipts_root(receipts: &[Receipt]) -> H256 {
    ordered_root(&receipts.iter().map(Receipt::encode).collect::<Vec<_>>())
}

/// Root of the withdrawals (EIP-4895).
pub fn withdrawals_root(withdrawals: &[Withdrawal]) -> H256 {
    ordered_root(&withdrawals.iter().map(Withdrawal::encode).collect::<Vec<_>>())
}

/// Hash of the ommers.
pub fn ommers_hash(ommers: &[Header]) -> H256 {
    let mut out = Writer::new();
    out.list(|out| ommers.iter().for_each(|ommer| ommer.write(out)));
    keccak256(&out.finish())
}

/// Commitment to the requests of a block (EIP-7685), each a type byte and its data, in ascending order of type.
/// Requests without data do not count.
pub fn requests_hash<'a>(requests: impl IntoIterator<Item = &'a [u8]>) -> H256 {
    let mut outer = Sha256::new();
    for request in requests.into_iter().filter(|request| request.len() > 1) {
        outer.update(Sha256::digest(request));
    }
    H256(outer.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_has_known_commitments() {
        assert_eq!(ommers_hash(&[]), EMPTY_OMMERS_HASH);
        assert_ne!(ommers_hash(&[Header::default()]), EMPTY_OMMERS_HASH);
        assert_eq!(requests_hash([]), H256(Sha256::digest([]).into()));
    }

    #[test]
    fn requests_count_in_order_and_only_with_data() {
        let hash = requests_hash([&[0, 1][..], &[1, 2]]);
        let inner = [Sha256::digest([0, 1]), Sha256::digest([1, 2])].concat();
        assert_eq!(hash, H256(Sha256::digest(inner).into()));
        assert_eq!(requests_hash([&[0, 1][..], &[1, 2], &[2]]), hash);
        assert_ne!(requests_hash([&[1, 2][..], &[0, 1]]), hash);
    }
}
