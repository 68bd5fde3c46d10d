#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::block::{
    CONSOLIDATION_REQUEST_ADDRESS, EMPTY_OMMERS_HASH, Outcome, WITHDRAWAL_REQUEST_ADDRESS, Withdrawal,
};
use crate::code::Code;
use crate::keccak::keccak256;
use crate::registry::{key_hash, slot};
use crate::rlp::Writer;
use crate::spec::{Extensions, GAS_PER_BLOB};
use crate::state::{MemoryState, StateBackend};
use crate::tx::{QuantumSignature, Transaction, TransactionType};
use primitive_types::U256;

const SENDER: H160 = H160::repeat_byte(0x5e);
/// LOG0(0, 0).
const LOGGER: H160 = H160::repeat_byte(0x10);
const MINER: H160 = H160::repeat_byte(0xcb);
/// Price of the signature of scheme 44.
const SIGNATURE: u64 = 6_512 + 4 * (1_312 + 2_420);

fn state() -> MemoryState {
    let mut state = MemoryState::new();
    let ether = U256::exp10(18);
    state.insert_account(SENDER, 0, ether, Code::empty(), []);
    state.insert_account(LOGGER, 1, U256::zero(), Code::new(&[0x60, 0, 0x60, 0, 0xa0]), []);
    for queue in [WITHDRAWAL_REQUEST_ADDRESS, CONSOLIDATION_REQUEST_ADDRESS] {
        // MSTORE8(0, 7), RETURN(0, 1).
        let code = [0x60, 7, 0x60, 0, 0x53, 0x60, 1, 0x60, 0, 0xf3];
        state.insert_account(queue, 1, U256::zero(), Code::new(&code), []);
    }
    state
}

fn call(nonce: u64) -> Transaction {
    let price = 10.into();
    Transaction {
        nonce,
        gas_limit: 50_000,
        max_fee_per_gas: price,
        max_priority_fee_per_gas: price,
        to: Some(LOGGER),
        ..Transaction::default()
    }
}

fn blobs(nonce: u64, count: usize) -> Transaction {
    Transaction {
        kind: TransactionType::Blob,
        max_fee_per_blob_gas: 1.into(),
        blob_versioned_hashes: vec![H256([1; 32]); count],
        ..call(nonce)
    }
}

/// A block with every field of the newest fork.
fn block(transactions: Vec<Transaction>) -> Block {
    let header = Header {
        number: 5,
        beneficiary: MINER,
        gas_limit: 1_000_000,
        ommers_hash: EMPTY_OMMERS_HASH,
        base_fee_per_gas: Some(7.into()),
        excess_blob_gas: Some(0),
        parent_beacon_block_root: Some(H256::zero()),
        ..Header::default()
    };
    Block { header, transactions, ommers: Vec::new(), withdrawals: Some(Vec::new()) }
}

/// Executes and commits to `state`.
fn execute_on(state: &mut MemoryState, fork: Fork, block: &Block) -> Result<BlockResult, BlockError> {
    execute_under(&ChainSpec::ethereum(fork), state, block)
}

fn execute_under(
    spec: &ChainSpec,
    state: &mut MemoryState,
    block: &Block,
) -> Result<BlockResult, BlockError> {
    let env = BlockEnv::of_header(spec, &block.header)?;
    let mut evm = Evm::new(spec, &env, &*state);
    let senders = vec![SENDER; block.transactions.len()];
    let authorities = vec![Vec::new(); block.transactions.len()];
    let input =
        BlockInput { block, senders: &senders, authorities: &authorities, rlp_size: None, state_root: None };
    let result = execute_block(&mut evm, &input).unwrap()?;
    let changes = evm.journal.changes();
    drop(evm);
    state.commit(&changes).unwrap();
    Ok(result)
}

fn run(fork: Fork, block: &Block) -> Result<BlockResult, BlockError> {
    execute_on(&mut state(), fork, block)
}

#[test]
fn receipts_accumulate() {
    let result = run(Fork::London, &block(vec![call(0), call(1)])).unwrap();
    let gas = 21_000 + 6 + 375;
    assert_eq!(
        result.receipts.iter().map(|receipt| receipt.cumulative_gas_used).collect::<Vec<_>>(),
        [gas, 2 * gas]
    );
    assert_eq!(result.gas_used, 2 * gas);
    assert!(result.receipts.iter().all(|receipt| receipt.logs.len() == 1));
    assert!(result.logs_bloom.may_contain(LOGGER.as_bytes()));
    assert_eq!(result.receipts_root(), Some(receipts_root(&result.receipts)));
    let hash = |leaves: &[Vec<u8>]| leaves.iter().map(|leaf| keccak256(leaf).0).collect();
    assert_eq!(result.receipts_root_with(hash), result.receipts_root());
}

#[test]
fn old_receipts_need_state_roots() {
    #[derive(Debug)]
    struct CountOfChanges;
    impl StateRoot for CountOfChanges {
        fn root_after(&self, changes: &StateChanges) -> Result<H256, Fault> {
            Ok(H256::from_low_u64_be(changes.accounts.len() as u64))
        }
    }
    let block = block(vec![call(0)]);
    assert_eq!(run(Fork::SpuriousDragon, &block).unwrap().receipts_root(), None);

    let (spec, state) = (ChainSpec::ethereum(Fork::SpuriousDragon), state());
    let env = BlockEnv::of_header(&spec, &block.header).unwrap();
    let mut evm = Evm::new(&spec, &env, &state);
    let input = BlockInput {
        block: &block,
        senders: &[SENDER],
        authorities: &[Vec::new()],
        rlp_size: None,
        state_root: Some(&CountOfChanges),
    };
    let result = execute_block(&mut evm, &input).unwrap().unwrap();
    assert_eq!(result.receipts[0].outcome, Outcome::StateRoot(H256::from_low_u64_be(2)), "sender and miner");
    assert!(result.receipts_root().is_some());
}

#[test]
fn a_bad_transaction_is_named() {
    let error = run(Fork::London, &block(vec![call(0), call(0)])).unwrap_err();
    let reason = Rejection::NonceTooLow { got: 0, expected: 1 };
    assert_eq!(error, BlockError::Transaction { index: 1, reason });
    assert_eq!(error.to_string(), "transaction 1: nonce 0 is below the account's 1");
}

#[test]
fn gas_of_all_transactions_is_bounded() {
    let mut block = block(vec![call(0), call(1)]);
    block.header.gas_limit = 50_000 + 21_380;
    let reason = Rejection::BlockGasExceeded { limit: 50_000, available: 49_999 };
    assert_eq!(run(Fork::London, &block), Err(BlockError::Transaction { index: 1, reason }));
    block.header.gas_limit += 1;
    assert!(run(Fork::London, &block).is_ok());
}

#[test]
fn blobs_of_all_transactions_are_bounded() {
    let result = run(Fork::Cancun, &block(vec![blobs(0, 4), blobs(1, 2)])).unwrap();
    assert_eq!(result.blob_gas_used, 6 * GAS_PER_BLOB);
    let reason = Rejection::TooManyBlobs { count: 7, limit: 6 };
    let refused = Err(BlockError::Transaction { index: 1, reason });
    assert_eq!(run(Fork::Cancun, &block(vec![blobs(0, 4), blobs(1, 3)])), refused);
}

#[test]
fn the_miner_is_paid_fees_and_the_reward_of_the_fork() {
    for (fork, reward) in [(Fork::Frontier, 5), (Fork::London, 2), (Fork::Paris, 0)] {
        let mut state = state();
        let result = execute_on(&mut state, fork, &block(vec![call(0)])).unwrap();
        let tip = if fork >= Fork::London { 3 } else { 10 };
        let expected = U256::exp10(18) * reward + result.gas_used * tip;
        assert_eq!(state.get_account(&MINER).unwrap().balance, expected, "{fork}");
    }
}

#[test]
fn withdrawals_come_after_the_transactions() {
    let mut block = block(Vec::new());
    block.withdrawals = Some(vec![Withdrawal { address: SENDER, amount_gwei: 5, ..Withdrawal::default() }]);
    let mut state = state();
    execute_on(&mut state, Fork::Shanghai, &block).unwrap();
    let expected = U256::exp10(18) + 5_000_000_000u64;
    assert_eq!(state.get_account(&SENDER).unwrap().balance, expected);
}

#[test]
fn requests_are_typed_and_committed_to() {
    let result = run(Fork::Prague, &block(Vec::new())).unwrap();
    assert_eq!(result.requests, [[1, 7], [2, 7]]);
    assert_eq!(result.requests_hash(), super::super::requests_hash([&[1, 7][..], &[2, 7]]));
    assert!(run(Fork::Cancun, &block(Vec::new())).unwrap().requests.is_empty());
}

#[test]
fn missing_fields_are_named() {
    let missing = |field| Err(BlockError::FieldMissing { field, fork: "Cancun" });
    type Removal = fn(&mut Block);
    let cases: [(&str, Removal); 4] = [
        ("baseFeePerGas", |block| block.header.base_fee_per_gas = None),
        ("excessBlobGas", |block| block.header.excess_blob_gas = None),
        ("parentBeaconBlockRoot", |block| block.header.parent_beacon_block_root = None),
        ("withdrawals", |block| block.withdrawals = None),
    ];
    for (field, remove) in cases {
        let mut block = block(Vec::new());
        remove(&mut block);
        assert_eq!(run(Fork::Cancun, &block), missing(field));
        assert!(run(Fork::Berlin, &block).is_ok());
    }
}

#[test]
fn long_blocks_are_refused_from_osaka_on() {
    let (spec, state) = (ChainSpec::ethereum(Fork::Osaka), state());
    let block = block(Vec::new());
    let env = BlockEnv::of_header(&spec, &block.header).unwrap();
    let limit = 8 * 1024 * 1024;
    for (size, expected) in
        [(limit, None), (limit + 1, Some(BlockError::TooLarge { size: limit + 1, limit }))]
    {
        let mut evm = Evm::new(&spec, &env, &state);
        let input = BlockInput {
            block: &block,
            senders: &[],
            authorities: &[],
            rlp_size: Some(size),
            state_root: None,
        };
        assert_eq!(execute_block(&mut evm, &input).unwrap().err(), expected);
    }
}

#[test]
fn senders_must_be_as_many_as_transactions() {
    let (spec, state, block) = (ChainSpec::ethereum(Fork::London), state(), block(vec![call(0)]));
    let env = BlockEnv::of_header(&spec, &block.header).unwrap();
    let mut evm = Evm::new(&spec, &env, &state);
    let input = BlockInput {
        block: &block,
        senders: &[],
        authorities: &[Vec::new()],
        rlp_size: None,
        state_root: None,
    };
    assert!(matches!(execute_block(&mut evm, &input), Err(Fault::Coprocessor { .. })));
}

/// A state whose registry writes for everybody, and the rules.
fn extended(fork: Fork) -> (ChainSpec, MemoryState) {
    let spec = ChainSpec { extensions: Extensions::Erbium, ..ChainSpec::ethereum(fork) };
    let mut state = state();
    // SSTORE(CALLDATALOAD(0), CALLDATALOAD(32)).
    let code = [0x60, 32, 0x35, 0x60, 0, 0x35, 0x55];
    state.insert_account(spec.registry, 1, U256::zero(), Code::new(&code), []);
    (spec, state)
}

/// `tx`, signed by a key of scheme 44.
fn quantum_signed(tx: Transaction) -> Transaction {
    let quantum = QuantumSignature {
        sender: SENDER,
        scheme: 44,
        public_key: vec![1; 1_312],
        signature: vec![2; 2_420],
    };
    let gas_limit = tx.gas_limit + SIGNATURE;
    let (kind, quantum) = (TransactionType::Quantum, Some(Box::new(quantum)));
    Transaction { kind, chain_id: Some(1), gas_limit, quantum, ..tx }
}

/// Registers the key of `quantum_signed`.
fn registering(spec: &ChainSpec, nonce: u64) -> Transaction {
    let key = key_hash(44, &[1; 1_312]);
    let data = [&slot(&SENDER).to_big_endian()[..], key.as_bytes()].concat();
    Transaction { to: Some(spec.registry), data, ..call(nonce) }
}

#[test]
fn a_key_registered_in_a_block_is_the_only_one_behind_it() {
    for fork in [Fork::Frontier, Fork::SpuriousDragon, Fork::Berlin, Fork::London, Fork::Osaka] {
        let (spec, mut state) = extended(fork);
        let register = registering(&spec, 0);
        let good = block(vec![register.clone(), quantum_signed(call(1)), quantum_signed(call(2))]);
        assert_eq!(execute_under(&spec, &mut state, &good).unwrap().transactions.len(), 3, "{fork}");

        let (_, mut state) = extended(fork);
        let late = block(vec![register, quantum_signed(call(1)), call(2)]);
        let reason = Rejection::QuantumKeyRegistered { sender: SENDER };
        let refused = Err(BlockError::Transaction { index: 2, reason });
        assert_eq!(execute_under(&spec, &mut state, &late), refused, "{fork}");

        let (_, mut state) = extended(fork);
        let early = block(vec![quantum_signed(call(0)), registering(&spec, 1)]);
        let reason = Rejection::KeyNotOfSender { sender: SENDER, key: key_hash(44, &[1; 1_312]) };
        let refused = Err(BlockError::Transaction { index: 0, reason });
        assert_eq!(execute_under(&spec, &mut state, &early), refused, "{fork}");
    }
}

#[test]
fn receipts_of_quantum_signed_transactions() {
    #[derive(Debug)]
    struct Sevens;
    impl StateRoot for Sevens {
        fn root_after(&self, _: &StateChanges) -> Result<H256, Fault> {
            Ok(H256::repeat_byte(7))
        }
    }
    for (fork, outcome) in [
        (Fork::Frontier, Outcome::StateRoot(H256::repeat_byte(7))),
        (Fork::SpuriousDragon, Outcome::StateRoot(H256::repeat_byte(7))),
        (Fork::Byzantium, Outcome::Status(true)),
        (Fork::Osaka, Outcome::Status(true)),
    ] {
        let (spec, mut state) = extended(fork);
        let word = H256(slot(&SENDER).to_big_endian());
        let code = Code::new(&[0]);
        state.insert_account(spec.registry, 1, 0.into(), code, [(word, key_hash(44, &[1; 1_312]))]);
        let block = block(vec![quantum_signed(call(0))]);
        let env = BlockEnv::of_header(&spec, &block.header).unwrap();
        let mut evm = Evm::new(&spec, &env, &state);
        let input = BlockInput {
            block: &block,
            senders: &[SENDER],
            authorities: &[Vec::new()],
            rlp_size: None,
            state_root: Some(&Sevens),
        };
        let result = execute_block(&mut evm, &input).unwrap().unwrap();
        let gas = 21_000 + 6 + 375 + SIGNATURE;
        assert_eq!((result.gas_used, result.transactions[0].signature_gas), (gas, SIGNATURE), "{fork}");

        let mut expected = Writer::new();
        expected.raw(&[0x45]);
        expected.list(|out| {
            match outcome {
                Outcome::StateRoot(root) => out.bytes(root.as_bytes()),
                Outcome::Status(_) => out.u64(1),
            }
            out.u64(gas);
            out.bytes(&Bloom::of_logs(&result.receipts[0].logs).0);
            out.list(|out| {
                out.list(|out| {
                    out.bytes(LOGGER.as_bytes());
                    out.list(|_| ());
                    out.bytes(&[]);
                });
            });
        });
        assert_eq!(result.receipts[0].encode(), expected.finish(), "{fork}");
    }
}

#[test]
fn the_price_of_signatures_counts_in_the_blocks_gas() {
    let (spec, mut state) = extended(Fork::Osaka);
    let mut block = block(vec![registering(&spec, 0), quantum_signed(call(1)), quantum_signed(call(2))]);
    let used = execute_under(&spec, &mut state, &block).unwrap().transactions[0].gas_used;
    let limit = 50_000 + SIGNATURE;
    block.header.gas_limit = used + 21_381 + SIGNATURE + limit - 1;
    let (_, mut state) = extended(Fork::Osaka);
    let reason = Rejection::BlockGasExceeded { limit, available: limit - 1 };
    let refused = Err(BlockError::Transaction { index: 2, reason });
    assert_eq!(execute_under(&spec, &mut state, &block), refused);
    block.header.gas_limit += 1;
    let (_, mut state) = extended(Fork::Osaka);
    assert!(execute_under(&spec, &mut state, &block).is_ok());
}
