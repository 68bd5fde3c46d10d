//! Whether a block is what its header commits to: its contents before execution, its results after it.

use super::{Block, BlockResult, Header, ommers_hash, transactions_root, withdrawals_root};
use crate::fork::Fork;
use crate::spec::GAS_PER_BLOB;
use primitive_types::H256;
use std::fmt;

/// A field of the header that is not what the block gives.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} is {got}, the block gives {expected}")]
pub struct CommitmentError {
    /// The field's name in JSON.
    pub field: &'static str,
    /// What the block gives.
    pub expected: String,
    /// What the header says.
    pub got: String,
}

/// Compares `got`, from the header, with what was computed.
fn compare<T: PartialEq + fmt::Debug>(
    field: &'static str,
    got: T,
    expected: T,
) -> Result<(), CommitmentError> {
    if got == expected {
        return Ok(());
    }
    Err(CommitmentError { field, expected: format!("{expected:?}"), got: format!("{got:?}") })
}

/// The same for a field that a fork brought.
fn compare_later<T: PartialEq + fmt::Debug>(
    field: &'static str,
    got: Option<T>,
    expected: T,
) -> Result<(), CommitmentError> {
    match got {
        Some(got) => compare(field, got, expected),
        None => Err(CommitmentError { field, expected: format!("{expected:?}"), got: "missing".to_owned() }),
    }
}

/// Compares transactions, ommers, withdrawals and blob gas with the header.
///
/// # Errors
/// The first field that differs; `withdrawals` where the fork has them and the block does not, or the other way round.
pub fn check_contents(fork: Fork, block: &Block) -> Result<(), CommitmentError> {
    let Block { header, transactions, ommers, withdrawals } = block;
    compare("sha3Uncles", header.ommers_hash, ommers_hash(ommers))?;
    compare("transactionsRoot", header.transactions_root, transactions_root(transactions))?;
    match withdrawals {
        Some(withdrawals) if fork >= Fork::Shanghai => {
            compare_later("withdrawalsRoot", header.withdrawals_root, withdrawals_root(withdrawals))?;
        }
        None if fork < Fork::Shanghai => {}
        _ => {
            let (there, missing) = ("there".to_owned(), "missing".to_owned());
            let (got, expected) = if withdrawals.is_some() { (there, missing) } else { (missing, there) };
            return Err(CommitmentError { field: "withdrawals", expected, got });
        }
    }
    if fork >= Fork::Cancun {
        let blobs: usize = transactions.iter().map(|tx| tx.blob_versioned_hashes.len()).sum();
        let blob_gas = (blobs as u64).saturating_mul(GAS_PER_BLOB);
        compare_later("blobGasUsed", header.blob_gas_used, blob_gas)?;
    }
    Ok(())
}

/// Compares gas used, bloom, receipts, requests and state with the header.
///
/// # Errors
/// The first field that differs.
pub fn check_result(
    fork: Fork,
    header: &Header,
    result: &BlockResult,
    state_root: H256,
) -> Result<(), CommitmentError> {
    compare("gasUsed", header.gas_used, result.gas_used)?;
    if let Some(root) = result.receipts_root() {
        compare("receiptsRoot", header.receipts_root, root)?;
    }
    compare("logsBloom", header.logs_bloom, result.logs_bloom)?;
    compare("stateRoot", header.state_root, state_root)?;
    if fork >= Fork::Prague {
        compare_later("requestsHash", header.requests_hash, result.requests_hash())?;
    }
    if let Some(hash) = result.block_access_list_hash {
        compare_later("blockAccessListHash", header.block_access_list_hash, hash)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::{Bloom, EMPTY_OMMERS_HASH, Withdrawal};
    use crate::trie::EMPTY_ROOT;
    use crate::tx::Transaction;

    fn empty(fork: Fork) -> Block {
        let header = Header {
            ommers_hash: EMPTY_OMMERS_HASH,
            transactions_root: EMPTY_ROOT,
            receipts_root: EMPTY_ROOT,
            withdrawals_root: (fork >= Fork::Shanghai).then_some(EMPTY_ROOT),
            blob_gas_used: (fork >= Fork::Cancun).then_some(0),
            requests_hash: (fork >= Fork::Prague).then(|| BlockResult::default().requests_hash()),
            ..Header::default()
        };
        let withdrawals = (fork >= Fork::Shanghai).then(Vec::new);
        Block { header, withdrawals, ..Block::default() }
    }

    fn field(result: Result<(), CommitmentError>) -> Option<&'static str> {
        result.err().map(|error| error.field)
    }

    #[test]
    fn contents_are_what_the_header_says() {
        for fork in [Fork::Frontier, Fork::Shanghai, Fork::Osaka] {
            assert_eq!(check_contents(fork, &empty(fork)), Ok(()));
        }
        let osaka = || empty(Fork::Osaka);
        let judge = |block: Block| field(check_contents(Fork::Osaka, &block));
        let transactions = vec![Transaction::default()];
        assert_eq!(judge(Block { transactions, ..osaka() }), Some("transactionsRoot"));
        assert_eq!(judge(Block { ommers: vec![Header::default()], ..osaka() }), Some("sha3Uncles"));
        let withdrawals = Some(vec![Withdrawal::default()]);
        assert_eq!(judge(Block { withdrawals, ..osaka() }), Some("withdrawalsRoot"));
        assert_eq!(judge(Block { withdrawals: None, ..osaka() }), Some("withdrawals"));
        let mut block = osaka();
        block.header.blob_gas_used = Some(GAS_PER_BLOB);
        assert_eq!(judge(block), Some("blobGasUsed"));
        assert_eq!(field(check_contents(Fork::Paris, &osaka())), Some("withdrawals"));
    }

    #[test]
    fn results_are_what_the_header_says() {
        let header = || empty(Fork::Osaka).header;
        let (root, result) = (H256::zero(), BlockResult::default());
        let judge = |header: Header| field(check_result(Fork::Osaka, &header, &result, root));
        assert_eq!(judge(header()), None);
        assert_eq!(judge(Header { gas_used: 1, ..header() }), Some("gasUsed"));
        let logs_bloom = Bloom([1; 256]);
        assert_eq!(judge(Header { logs_bloom, ..header() }), Some("logsBloom"));
        assert_eq!(judge(Header { state_root: EMPTY_ROOT, ..header() }), Some("stateRoot"));
        assert_eq!(judge(Header { requests_hash: None, ..header() }), Some("requestsHash"));
    }
}
