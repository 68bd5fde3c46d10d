//! Calls that the protocol makes by itself: beacon roots, block hashes, and the queues of requests.

use super::BlockError;
use super::literal::address;
use crate::evm::{Evm, Message, MessageKind, TxEnv};
use crate::fork::Fork;
use erbium_claims::Fault;
use primitive_types::{H160, H256, U256};

/// Who calls: 0xffff…fffe.
pub const SYSTEM_ADDRESS: H160 = address(b"fffffffffffffffffffffffffffffffffffffffe");
/// Ring buffer of beacon block roots (EIP-4788).
pub const BEACON_ROOTS_ADDRESS: H160 = address(b"000f3df6d732807ef1319fb7b8bb8522d0beac02");
/// Ring buffer of block hashes (EIP-2935).
pub const HISTORY_STORAGE_ADDRESS: H160 = address(b"0000f90827f1c53a10cb7a02335b175320002935");
/// Queue of withdrawal requests (EIP-7002).
pub const WITHDRAWAL_REQUEST_ADDRESS: H160 = address(b"00000961ef480eb55e80d19ad83579a64c007002");
/// Queue of consolidation requests (EIP-7251).
pub const CONSOLIDATION_REQUEST_ADDRESS: H160 = address(b"0000bbddc7ce488642fb579f8b00f3a590007251");

/// Gas of a system call; it counts for nobody.
const SYSTEM_CALL_GAS: u64 = 30_000_000;

/// The calls before the first transaction. A contract that is not there, or fails, changes nothing.
/// `parent_hash` is the hash of the block before, where it is known.
pub(super) fn before_transactions(evm: &mut Evm<'_>, parent_hash: Option<H256>) -> Result<(), Fault> {
    if let Some(root) = evm.block.parent_beacon_block_root.filter(|_| evm.spec.has(Fork::Cancun)) {
        system_call(evm, BEACON_ROOTS_ADDRESS, root.as_bytes())?;
    }
    if let Some(hash) = parent_hash.filter(|_| evm.spec.has(Fork::Prague)) {
        system_call(evm, HISTORY_STORAGE_ADDRESS, hash.as_bytes())?;
    }
    Ok(())
}

/// The requests that a contract hands out at the end of the block; it must be there and must not fail.
pub(super) fn dequeue_requests(
    evm: &mut Evm<'_>,
    contract: H160,
) -> Result<Result<Vec<u8>, BlockError>, Fault> {
    Ok(match system_call(evm, contract, &[])? {
        Called::Returned(output) => Ok(output),
        Called::Failed => Err(BlockError::SystemCallFailed { contract }),
        Called::NoCode => Err(BlockError::SystemContractMissing { contract }),
    })
}

enum Called {
    Returned(Vec<u8>),
    Failed,
    NoCode,
}

fn system_call(evm: &mut Evm<'_>, contract: H160, input: &[u8]) -> Result<Called, Fault> {
    evm.journal.begin_transaction();
    let id = evm.journal.load(&contract)?;
    evm.journal.note_account(id);
    if evm.journal.code(id)?.is_empty() {
        return Ok(Called::NoCode);
    }
    evm.warm_precompiles()?;
    evm.state_gas.begin(0);
    evm.transaction_index = None;
    evm.tx = TxEnv { origin: SYSTEM_ADDRESS, gas_price: evm.block.base_fee, blob_hashes: Vec::new() };
    let result = evm.message(Message {
        kind: MessageKind::Call,
        caller: SYSTEM_ADDRESS,
        to: contract,
        value: U256::zero(),
        input: input.to_vec(),
        gas: SYSTEM_CALL_GAS,
    })?;
    evm.journal.finish_transaction(true);
    Ok(if result.outcome.is_success() { Called::Returned(result.output) } else { Called::Failed })
}

#[cfg(test)]
mod tests;
