//! The JSON of blockchain tests, as retesteth and execution-spec-tests write it.

use crate::hex::{Bytes, Word};
use crate::state_test::{Alloc, Config};
use serde::Deserialize;

/// One named test: a genesis block, its state, and blocks in the order they arrive.
///
/// Blocks are read from their RLP; of their other forms only the hashes are looked at.
#[derive(Debug, Deserialize)]
pub(super) struct BlockchainTest {
    pub(super) network: String,
    #[serde(rename = "genesisBlockHeader")]
    pub(super) genesis_header: HeaderHash,
    #[serde(rename = "genesisRLP")]
    pub(super) genesis_rlp: Option<Bytes>,
    pub(super) pre: Alloc,
    pub(super) blocks: Vec<TestBlock>,
    /// Hash of the block that the chain must end with.
    #[serde(rename = "lastblockhash")]
    pub(super) last_block_hash: Word,
    #[serde(rename = "postState")]
    pub(super) post_state: Option<Alloc>,
    #[serde(rename = "postStateHash")]
    pub(super) post_state_hash: Option<Word>,
    #[serde(default)]
    pub(super) config: Config,
}

#[derive(Debug, Deserialize)]
pub(super) struct HeaderHash {
    pub(super) hash: Word,
}

#[derive(Debug, Deserialize)]
pub(super) struct TestBlock {
    pub(super) rlp: Bytes,
    #[serde(rename = "expectException")]
    pub(super) expect_exception: Option<String>,
    #[serde(rename = "blockHeader")]
    pub(super) header: Option<HeaderHash>,
}
