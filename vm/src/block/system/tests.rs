#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::code::Code;
use crate::evm::BlockEnv;
use crate::spec::ChainSpec;
use crate::state::{MemoryState, StateBackend, StorageBackend};
use primitive_types::H256;

/// SSTORE(0, CALLDATALOAD(0)), SSTORE(1, CALLER).
const KEEPER: [u8; 11] = [0x60, 0, 0x35, 0x60, 0, 0x55, 0x33, 0x60, 1, 0x55, 0];

fn scene(fork: Fork, contracts: &[(H160, &[u8])]) -> (ChainSpec, BlockEnv, MemoryState) {
    let mut state = MemoryState::new();
    for &(address, code) in contracts {
        state.insert_account(address, 1, U256::zero(), Code::new(code), []);
    }
    let root = Some(H256::repeat_byte(0xbe));
    (ChainSpec::ethereum(fork), BlockEnv { parent_beacon_block_root: root, ..BlockEnv::default() }, state)
}

/// Slots 0 and 1 of both keepers after the calls before the transactions.
fn kept(fork: Fork) -> [[H256; 2]; 2] {
    let contracts = [BEACON_ROOTS_ADDRESS, HISTORY_STORAGE_ADDRESS];
    let (spec, block, mut state) = scene(fork, &contracts.map(|address| (address, &KEEPER[..])));
    let mut evm = Evm::new(&spec, &block, &state);
    before_transactions(&mut evm, Some(H256::repeat_byte(0xaa))).unwrap();
    let changes = evm.journal.changes();
    drop(evm);
    state.commit(&changes).unwrap();
    assert_eq!(state.len(), 2, "the caller does not come to exist");
    contracts.map(|address| [0, 1].map(|key| state.get(&address, H256::from_low_u64_be(key)).unwrap()))
}

#[test]
fn roots_and_hashes_are_kept_from_their_forks_on() {
    let caller = H256::from(SYSTEM_ADDRESS);
    let root = [H256::repeat_byte(0xbe), caller];
    let hash = [H256::repeat_byte(0xaa), caller];
    let nothing = [H256::zero(); 2];
    assert_eq!(kept(Fork::Shanghai), [nothing, nothing]);
    assert_eq!(kept(Fork::Cancun), [root, nothing]);
    assert_eq!(kept(Fork::Prague), [root, hash]);
}

#[test]
fn missing_keepers_change_nothing() {
    let (spec, block, state) = scene(Fork::Prague, &[]);
    let mut evm = Evm::new(&spec, &block, &state);
    before_transactions(&mut evm, Some(H256::zero())).unwrap();
    assert!(evm.journal.changes().accounts.is_empty());
}

#[test]
fn queues_must_be_there_and_answer() {
    let ask = |contracts: &[(H160, &[u8])]| {
        let (spec, block, state) = scene(Fork::Prague, contracts);
        let mut evm = Evm::new(&spec, &block, &state);
        dequeue_requests(&mut evm, WITHDRAWAL_REQUEST_ADDRESS).unwrap()
    };
    let contract = WITHDRAWAL_REQUEST_ADDRESS;
    assert_eq!(ask(&[]), Err(BlockError::SystemContractMissing { contract }));
    assert_eq!(ask(&[(contract, &[0xfe])]), Err(BlockError::SystemCallFailed { contract }));
    // MSTORE8(0, 7), RETURN(0, 2).
    let answers = [0x60, 7, 0x60, 0, 0x53, 0x60, 2, 0x60, 0, 0xf3];
    assert_eq!(ask(&[(contract, &answers)]), Ok(vec![7, 0]));
}
