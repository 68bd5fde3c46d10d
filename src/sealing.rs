//! Blocks that are made here: executed one transaction after another, with what came of it written into the header.

use crate::machine::Machine;
use crate::validate::signers::Signers;
use erbium_vm::block::json::BlockFile;
use erbium_vm::block::{
    BlockError, BlockInput, BlockResult, StateRoot, WholeState, execute_block, receipts_root,
    transactions_root,
};
use erbium_vm::claims::Fault;
use erbium_vm::evm::{BlockEnv, Evm};
use erbium_vm::state::{MemoryState, StateChanges};
use erbium_vm::{ChainSpec, Fork, H256};

/// What a block does to the whole state before it.
pub(crate) struct Effect {
    pub(crate) result: BlockResult,
    pub(crate) state_root: H256,
    pub(crate) changes: StateChanges,
}

/// Executes the block of `file` on the whole `state`.
pub(crate) fn execute(
    machine: &Machine,
    file: &BlockFile,
    spec: &ChainSpec,
    state: &MemoryState,
    signers: &Signers,
) -> Result<Result<Effect, BlockError>, Fault> {
    let roots = WholeState::new(state);
    let env = match BlockEnv::of_header(spec, &file.block.header) {
        Ok(env) => env,
        Err(error) => return Ok(Err(error)),
    };
    let mut evm = Evm::new(spec, &env, state).with_coprocessor(machine.coprocessor());
    let input = BlockInput {
        block: &file.block,
        senders: &signers.senders,
        authorities: &signers.authorities,
        rlp_size: None,
        state_root: Some(&roots),
    };
    let result = match execute_block(&mut evm, &input)? {
        Ok(result) => result,
        Err(error) => return Ok(Err(error)),
    };
    let changes = evm.journal.changes();
    let state_root = roots.root_after(&changes)?;
    Ok(Ok(Effect { result, state_root, changes }))
}

/// Writes into the header what came of the block, and brings what the file says about it up to date. The file has the
/// whole state. Answers the bytes of the block's RLP.
pub(crate) fn seal(file: &mut BlockFile, spec: &ChainSpec, effect: &Effect) -> usize {
    let Effect { result, state_root, .. } = effect;
    let header = &mut file.block.header;
    header.gas_used = result.gas_used;
    header.logs_bloom = result.logs_bloom;
    header.state_root = *state_root;
    header.receipts_root = receipts_root(&result.receipts);
    header.transactions_root = transactions_root(&file.block.transactions);
    if spec.has(Fork::Prague) {
        header.requests_hash = Some(result.requests_hash());
    }
    header.block_access_list_hash = result.block_access_list_hash;
    let size = file.block.encode().len();
    file.claimed.hash = file.block.header.hash();
    file.claimed.uncles = Vec::new();
    file.claimed.size = Some(size as u64);
    file.whole_state = true;
    size
}
