//! What programs of one frame show; nested ones are in `tests/homomorphic`.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::*;
use crate::evm::{BlockEnv, Coprocessor, Message, MessageKind, MessageResult, Outcome, TransactionResult};
use crate::opcode::*;
use crate::spec::{ChainSpec, Extensions, GasSchedule, Policy};
use crate::state::{MemoryState, StateBackend, StorageBackend};
use crate::tx::Transaction;
use crate::{Code, Fork};
use erbium_claims::homomorphic::CiphertextType;
use erbium_claims::{Bytes, Derivation, Deriver, NoCoprocessor};
use primitive_types::H256;
use std::sync::Mutex;

const CONTRACT: H160 = H160::repeat_byte(0xc0);
const SENDER: H160 = H160::repeat_byte(0x5e);
const GAS: u64 = 100_000_000;
const RETURN_TOP: [u8; 8] = [PUSH0, MSTORE, PUSH1, 32, PUSH0, RETURN, STOP, STOP];

fn push(word: impl Into<U256>) -> Vec<u8> {
    [&[PUSH32][..], &word.into().to_big_endian()].concat()
}

/// HE_ENCRYPT of `value`.
fn encrypt(kind: u8, value: u64) -> Vec<u8> {
    [push(1), push(value), push(kind), vec![HE_ENCRYPT]].concat()
}

/// HE_COMPUTE of `op` on the handle on top of the stack and `rhs`.
fn on_top(op: u64, rhs: impl Into<U256>) -> Vec<u8> {
    [push(0), vec![SWAP1], push(rhs), vec![SWAP1], push(op), vec![EXTENSION, HE_COMPUTE]].concat()
}

fn state(code: Vec<u8>) -> MemoryState {
    let mut state = MemoryState::default();
    state.insert_account(CONTRACT, 1, U256::zero(), Code::new(&code), []);
    state.insert_account(SENDER, 0, U256::from(u64::MAX), Code::empty(), []);
    state
}

fn message(gas: u64) -> Message {
    let (kind, value, input) = (MessageKind::Call, U256::zero(), vec![0; 32]);
    Message { kind, caller: SENDER, to: CONTRACT, value, input, gas }
}

/// Runs code under `spec`: what came of it, and what it did to ciphertexts.
fn run(spec: &ChainSpec, code: Vec<u8>, gas: u64) -> (MessageResult, Vec<LoggedOperation>) {
    let (state, block) = (state(code), BlockEnv::default());
    let mut evm = Evm::new(spec, &block, &state);
    evm.journal.begin_transaction();
    let result = evm.message(message(gas)).unwrap();
    (result, evm.journal.take_operations())
}

fn erbium(policy: Policy) -> ChainSpec {
    ChainSpec { policy, ..ChainSpec::erbium() }
}

#[test]
fn a_transaction_spends_ten_million_at_most_and_not_one_more() {
    let price_of = |each: u64| {
        // A u8 costs 64 beyond the base.
        let gas = GasSchedule { he_compute: each - 64, ..GasSchedule::erbium() };
        ChainSpec { gas, ..ChainSpec::erbium() }
    };
    let two = [encrypt(2, 1), encrypt(2, 1), vec![STOP]].concat();
    let (result, log) = run(&price_of(5_000_000), two.clone(), GAS);
    assert!(result.outcome.is_success());
    assert_eq!((log.len(), GAS - result.gas_left), (2, 10_000_000 + 6 * 3));
    let (result, log) = run(&price_of(5_000_001), two, GAS);
    assert_eq!((result.outcome, log.len()), (Outcome::Halt(Halt::OutOfGas), 0));
    // What the frame cannot pay does not count.
    let (result, _) = run(&price_of(5_000_000), encrypt(2, 1), 5_000_000 + 9);
    assert!(result.outcome.is_success());
    let (result, _) = run(&price_of(5_000_000), encrypt(2, 1), 5_000_000 + 8);
    assert_eq!(result.outcome, Outcome::Halt(Halt::OutOfGas));
}

fn transact(evm: &mut Evm<'_>, nonce: u64) -> TransactionResult {
    let tx = Transaction { nonce, gas_limit: 200_000, to: Some(CONTRACT), ..Transaction::default() };
    evm.transact(&tx, SENDER, &[], GAS).unwrap().unwrap()
}

#[test]
fn each_transaction_has_its_log_and_counts_from_zero() {
    let code = [encrypt(2, 7), on_top(0x100, 3), RETURN_TOP.to_vec()].concat();
    let (spec, state) = (ChainSpec::erbium(), state(code));
    let block = BlockEnv { number: 11, gas_limit: GAS, ..BlockEnv::default() };
    let mut evm = Evm::new(&spec, &block, &state);
    let mut logs = Vec::new();
    for index in 0..2 {
        evm.transaction_index = Some(index);
        let result = transact(&mut evm, index.into());
        assert!(result.outcome.is_success());
        let places: Vec<_> = result.operations.iter().map(|entry| entry.place).collect();
        let place =
            |counter| Place { chain_id: 17_778, block: 11, contract: CONTRACT, transaction: index, counter };
        assert_eq!(places, [place(0), place(1)]);
        assert_eq!(result.output, result.operations[1].result.bytes());
        assert_eq!(evm.journal.operations(), []);
        logs.push(result.operations);
    }
    assert_ne!(logs[0][0].result, logs[1][0].result);
    // The same transaction at the same place makes the same handles, whatever ran before.
    let mut again = Evm::new(&spec, &block, &state);
    again.transaction_index = Some(0);
    assert_eq!(transact(&mut again, 0).operations, logs[0]);
}

#[test]
fn a_transaction_that_fails_leaves_no_log_and_no_permission() {
    let allow = [encrypt(2, 7), on_top(32, U256::from_big_endian(SENDER.as_bytes()))].concat();
    for (end, stands) in [(STOP, true), (INVALID, false), (REVERT, false)] {
        let code = [allow.clone(), vec![PUSH0, PUSH0, end]].concat();
        let (spec, mut state) = (ChainSpec::erbium(), state(code));
        let block = BlockEnv { gas_limit: GAS, ..BlockEnv::default() };
        let mut evm = Evm::new(&spec, &block, &state);
        let result = transact(&mut evm, 0);
        let changes = evm.journal.into_changes();
        assert_eq!(result.operations.len(), if stands { 2 } else { 0 });
        state.commit(&changes).unwrap();
        // The state began without the account: it is made with the first permission that stands.
        let system = state.account(&spec.he_system).unwrap();
        assert_eq!(system.is_some(), stands);
        if let Some(account) = system {
            let genesis = genesis_account();
            assert_eq!((account.nonce, account.code_hash), (genesis.nonce, keccak256(&genesis.code)));
            let key = slot(&result.operations[1].result, &SENDER);
            let value = state.get(&spec.he_system, H256(key.to_big_endian())).unwrap();
            assert_eq!(value, H256::from_low_u64_be(1));
        }
    }
}

#[test]
fn a_permission_lets_a_later_transaction_use_the_handle() {
    // Without call data: encrypts, allows itself and stores the handle. With it: adds 1 to what is stored.
    let later =
        [push(0), push(1), vec![PUSH0, SLOAD], push(0x100), vec![EXTENSION, HE_COMPUTE, STOP]].concat();
    for (allows, expected) in [(true, true), (false, false)] {
        let first = [
            encrypt(2, 7),
            if allows { on_top(32, U256::from_big_endian(CONTRACT.as_bytes())) } else { vec![] },
            vec![PUSH0, SSTORE, STOP],
        ]
        .concat();
        let jump = [CALLDATASIZE, PUSH2, 0, 6 + first.len() as u8, JUMPI, STOP];
        let code = [&jump[..5], &first, &[STOP, JUMPDEST], &later].concat();
        let (spec, state) = (ChainSpec::erbium(), state(code));
        let block = BlockEnv { gas_limit: GAS, ..BlockEnv::default() };
        let mut evm = Evm::new(&spec, &block, &state);
        assert!(transact(&mut evm, 0).outcome.is_success());
        let tx = Transaction {
            nonce: 1,
            gas_limit: 200_000,
            to: Some(CONTRACT),
            data: vec![1],
            ..Transaction::default()
        };
        let result = evm.transact(&tx, SENDER, &[], GAS).unwrap().unwrap();
        assert_eq!(result.outcome.is_success(), expected);
        assert_eq!(result.operations.len(), usize::from(expected));
    }
}

#[test]
fn calls_that_no_transaction_makes_may_not() {
    let (spec, block, state) = (ChainSpec::erbium(), BlockEnv::default(), state(encrypt(2, 1)));
    let mut evm = Evm::new(&spec, &block, &state);
    evm.transaction_index = None;
    evm.journal.begin_transaction();
    let result = evm.message(message(GAS)).unwrap();
    assert_eq!(result.outcome, Outcome::Halt(Halt::PrivacyViolation));
}

#[test]
fn an_operation_costs_its_price_and_nothing_else() {
    for spec in [ChainSpec::erbium(), ChainSpec { fork: Fork::Amsterdam, ..ChainSpec::erbium() }] {
        for (code, price) in [
            (encrypt(8, 1), 9 + 5_048),
            ([encrypt(2, 1), on_top(0x102, 3)].concat(), 9 + 3_064 + 15 + 3_320),
            ([encrypt(2, 1), on_top(32, 5), on_top(32, 5)].concat(), 9 + 3_064 + 2 * (15 + 22_100)),
        ] {
            let (result, _) = run(&spec, code.clone(), price);
            assert_eq!((result.outcome.is_success(), result.gas_left), (true, 0));
            let (result, _) = run(&spec, code, price - 1);
            assert_eq!(result.outcome, Outcome::Halt(Halt::OutOfGas));
        }
    }
    let seed = ChainSpec { gas: GasSchedule::seed(), ..ChainSpec::erbium() };
    assert_eq!(GAS - run(&seed, encrypt(2, 1), GAS).0.gas_left, 9 + 10_064);
}

/// Answers 42 and keeps what it was asked.
#[derive(Default)]
struct Asked(Mutex<Vec<Derivation>>);

impl Deriver for Asked {
    fn derive(&self, derivation: &Derivation) -> Result<Result<Bytes, Halt>, Fault> {
        self.0.lock().unwrap().push(derivation.clone());
        Ok(Ok(U256::from(42).to_big_endian().to_vec()))
    }
}

#[test]
fn decryption_is_local_and_asks_with_all_that_was_done() {
    let decrypt =
        |before: Vec<u8>| [before, push(9), vec![SWAP1, EXTENSION, HE_DECRYPT], RETURN_TOP.to_vec()].concat();
    let stranger = Handle::new(H256::zero(), 17_778, CiphertextType::U8).word();
    for policy in [Policy::Block, Policy::TestChain, Policy::Local] {
        let (spec, block) = (erbium(policy), BlockEnv::default());
        let asked = Asked::default();
        let coprocessor = Coprocessor { verifier: &NoCoprocessor, deriver: &asked };
        let mut outcomes = Vec::new();
        for code in [decrypt(encrypt(2, 7)), decrypt(push(stranger)), decrypt(push(7))] {
            let state = state(code);
            let mut evm = Evm::new(&spec, &block, &state).with_coprocessor(coprocessor);
            evm.journal.begin_transaction();
            outcomes.push(evm.message(message(GAS)).unwrap());
        }
        let halts: Vec<_> = outcomes.iter().map(|result| result.outcome).collect();
        if policy != Policy::Local {
            assert_eq!(halts, [Outcome::Halt(Halt::QuantumSecurityViolation); 3]);
            assert!(asked.0.lock().unwrap().is_empty());
            continue;
        }
        assert_eq!(halts[1..], [Outcome::Halt(Halt::PrivacyViolation); 2]);
        assert_eq!(outcomes[0].output, U256::from(42).to_big_endian());
        let used = GAS - outcomes[0].gas_left;
        assert_eq!(used, 9 + 3_064 + 3 + 3 + 3_000 + 2 + 6 + 3 + 2 + 3);
        let asked = std::mem::take(&mut *asked.0.lock().unwrap());
        let [Derivation::HomomorphicDecrypt { handle, key_id, operations }] = &asked[..] else {
            panic!("{asked:?}")
        };
        assert_eq!(*key_id, H256::from_low_u64_be(9));
        assert_eq!(operations.iter().map(|entry| entry.result).collect::<Vec<_>>(), [*handle]);
    }
}

#[test]
fn the_precompile_takes_65_bytes_and_makes_the_handle_its_caller_s() {
    let spec = ChainSpec::erbium();
    let input = [&[2][..], &U256::from(7).to_big_endian(), &[9; 32]].concat();
    let call = |input: &[u8], gas| {
        let (state, block) = (state(vec![]), BlockEnv::default());
        let mut evm = Evm::new(&spec, &block, &state);
        evm.journal.begin_transaction();
        let to = H160::from_low_u64_be(0x103);
        let result = evm.message(Message { to, input: input.to_vec(), ..message(gas) }).unwrap();
        (result, evm.journal.take_operations())
    };
    let (result, log) = call(&input, 3_064);
    assert_eq!((result.outcome.is_success(), result.gas_left), (true, 0));
    let [entry] = &log[..] else { panic!("{log:?}") };
    assert_eq!((entry.place.contract, result.output), (SENDER, entry.result.bytes().to_vec()));
    assert_eq!(call(&input, 3_063).0.outcome, Outcome::Halt(Halt::OutOfGas));
    let wide = [&[2][..], &U256::from(256).to_big_endian(), &[9; 32]].concat();
    for wrong in [&[][..], &input[..64], &[&input[..], &[0]].concat(), &wide, &[1; 65]] {
        let (result, log) = call(wrong, GAS);
        assert_eq!((result.outcome, log), (Outcome::Halt(Halt::PrivacyViolation), vec![]));
        assert_eq!(result.gas_left, 0);
    }
}

#[test]
fn the_example_s_bytecode_is_that_of_its_source() {
    let table = OpcodeTable::of(Fork::Osaka, Extensions::Erbium);
    let code = crate::assembler::assemble(table, include_str!("../../../examples/homomorphic/balance.easm"));
    let committed = include_str!("../../../examples/homomorphic/balance.hex").trim_end();
    assert_eq!(code.map(hex::encode).as_deref(), Ok(committed));
}
