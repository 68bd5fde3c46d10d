//! Real blocks: their files, and their transactions on both machines.

use super::BenchError;
use super::options::Options;
use erbium_conform::source::Entries;
use erbium_vm::block::Block;
use erbium_vm::block::json::BlockFile;
use erbium_vm::evm::BlockEnv;
use erbium_vm::spec::ChainSpec;
use primitive_types::H160;
use std::path::Path;

/// A block ready to be executed.
#[derive(Debug)]
pub(crate) struct BlockWork {
    /// Its number.
    pub(crate) name: String,
    pub(crate) spec: ChainSpec,
    pub(crate) env: BlockEnv,
    pub(crate) block: Block,
    /// Senders as the file tells them: signatures are not part of the comparison.
    pub(crate) senders: Vec<H160>,
    pub(crate) file: BlockFile,
}

/// Reads the blocks that `options` asks for from a file, folder or archive, in ascending order.
pub(crate) fn load(path: &Path, options: &Options) -> Result<Vec<BlockWork>, BenchError> {
    let mut blocks = Vec::new();
    for entry in Entries::open(path)? {
        let entry = entry?;
        if entry.name.contains(".json") && options.wants(entry.stem()) {
            let work = read(&entry.to_string(), &entry.bytes)?;
            // A spec of its own means extensions, which revm has not.
            if work.file.spec.is_none() {
                blocks.push(work);
            }
        }
    }
    blocks.sort_by_key(|block| block.env.number);
    Ok(blocks)
}

/// Reads one block file; `place` is for messages.
pub(crate) fn read(place: &str, bytes: &[u8]) -> Result<BlockWork, BenchError> {
    let mut file = BlockFile::from_json(bytes)
        .map_err(|source| BenchError::NotABlock { place: place.to_owned(), source })?;
    let block = std::mem::take(&mut file.block);
    let spec = ChainSpec::mainnet(block.header.number, block.header.timestamp);
    let env = BlockEnv::of_header(&spec, &block.header)
        .map_err(|source| BenchError::BlockRefused { place: place.to_owned(), source })?;
    if let Some(index) = block.transactions.iter().position(|tx| !tx.authorizations.is_empty()) {
        let reason = format!("transaction {index} has authorizations, whose signers the file does not tell");
        return Err(BenchError::Malformed { place: place.to_owned(), reason });
    }
    let senders = file.claimed.transactions.iter().map(|claimed| claimed.from).collect();
    Ok(BlockWork { name: block.header.number.to_string(), spec, env, block, senders, file })
}
