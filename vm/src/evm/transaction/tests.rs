#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::evm::BlockEnv;
use crate::evm::address::create_address;
use crate::spec::{ChainSpec, GAS_PER_BLOB};
use crate::state::{MemoryState, StateBackend};
use primitive_types::H256;

mod quantum;

const SENDER: H160 = H160::repeat_byte(0x5e);
const TARGET: H160 = H160::repeat_byte(0x7a);
const COINBASE: H160 = H160::repeat_byte(0xcb);
const AUTHORITY: H160 = H160::repeat_byte(0xa0);
const ETHER: u64 = 1_000_000_000_000_000_000;

/// A state before one transaction, and the rules for it.
struct Scene {
    spec: ChainSpec,
    block: BlockEnv,
    state: MemoryState,
}

impl Scene {
    /// A sender with one ether and a target with `code`; the base fee is 10 from London on.
    fn new(fork: Fork, code: &[u8]) -> Self {
        let mut state = MemoryState::new();
        state.insert_account(SENDER, 0, ETHER.into(), Code::empty(), []);
        state.insert_account(
            TARGET,
            1,
            U256::zero(),
            Code::new(code),
            (0..8).map(|key| (word(key), word(1))),
        );
        let base_fee = if fork >= Fork::London { 10.into() } else { U256::zero() };
        let block = BlockEnv {
            number: 1,
            coinbase: COINBASE,
            gas_limit: 30_000_000,
            base_fee,
            ..BlockEnv::default()
        };
        Self { spec: ChainSpec::ethereum(fork), block, state }
    }

    /// Runs `tx`, commits, and answers its result.
    fn run(&mut self, tx: &Transaction, authorities: &[Option<H160>]) -> TransactionResult {
        let mut evm = Evm::new(&self.spec, &self.block, &self.state);
        let result = evm.transact(tx, SENDER, authorities, 30_000_000).unwrap().unwrap();
        let changes = evm.journal.changes();
        drop(evm);
        self.state.commit(&changes).unwrap();
        result
    }

    fn balance(&self, address: H160) -> U256 {
        self.state.account(&address).unwrap().unwrap_or_default().balance
    }

    fn nonce(&self, address: H160) -> u64 {
        self.state.account(&address).unwrap().unwrap_or_default().nonce
    }
}

fn word(number: u64) -> H256 {
    H256::from_low_u64_be(number)
}

/// A call of the target at gas price 12.
fn call() -> Transaction {
    Transaction {
        gas_limit: 100_000,
        max_fee_per_gas: 12.into(),
        max_priority_fee_per_gas: 12.into(),
        to: Some(TARGET),
        ..Transaction::default()
    }
}

fn gas_of(fork: Fork, code: &[u8], tx: &Transaction) -> u64 {
    Scene::new(fork, code).run(tx, &[]).gas_used
}

#[test]
fn a_transfer_moves_value_pays_the_tip_and_burns_the_base_fee() {
    let mut scene = Scene::new(Fork::London, &[]);
    let result = scene.run(&Transaction { value: 5.into(), ..call() }, &[]);
    assert!(result.outcome.is_success());
    assert_eq!((result.gas_used, result.gas_refunded), (21_000, 0));
    assert_eq!(scene.balance(TARGET), 5.into());
    assert_eq!(scene.balance(COINBASE), (21_000 * 2).into());
    assert_eq!(scene.balance(SENDER), (ETHER - 5 - 21_000 * 12).into());
    assert_eq!(scene.nonce(SENDER), 1);
}

#[test]
fn before_london_the_coinbase_gets_the_whole_price() {
    let mut scene = Scene::new(Fork::Berlin, &[]);
    scene.run(&call(), &[]);
    assert_eq!(scene.balance(COINBASE), (21_000 * 12).into());
}

#[test]
fn a_coinbase_that_earns_nothing_exists_only_before_spurious_dragon() {
    let free = Transaction { max_fee_per_gas: 0.into(), max_priority_fee_per_gas: 0.into(), ..call() };
    for (fork, exists) in [(Fork::TangerineWhistle, true), (Fork::SpuriousDragon, false)] {
        let mut scene = Scene::new(fork, &[]);
        scene.run(&free, &[]);
        assert_eq!(scene.state.account(&COINBASE).unwrap().is_some(), exists, "{fork}");
    }
}

#[test]
fn a_halt_takes_all_gas_and_keeps_only_the_nonce() {
    let mut scene = Scene::new(Fork::London, &[0xfe]);
    let result = scene.run(&Transaction { value: 5.into(), ..call() }, &[]);
    assert!(!result.outcome.is_success());
    assert_eq!(result.gas_used, 100_000);
    assert_eq!(scene.balance(TARGET), U256::zero());
    assert_eq!((scene.balance(SENDER), scene.nonce(SENDER)), ((ETHER - 100_000 * 12).into(), 1));
}

#[test]
fn refunds_are_capped_to_a_half_and_from_london_on_to_a_fifth() {
    // SSTORE(n, 0) for each key.
    let clear = |keys: u8| (0..keys).flat_map(|key| [0x60, 0, 0x60, key, 0x55]).collect::<Vec<_>>();
    assert_eq!(gas_of(Fork::Istanbul, &clear(1), &call()), 26_006 - 26_006 / 2);
    assert_eq!(gas_of(Fork::Istanbul, &clear(8), &call()), 61_048 - 61_048 / 2);
    assert_eq!(gas_of(Fork::London, &clear(1), &call()), 26_006 - 4_800);
    assert_eq!(gas_of(Fork::London, &clear(2), &call()), 31_012 - 31_012 / 5);
}

#[test]
fn refunds_of_a_failed_message_do_not_count() {
    // SSTORE(0, 0), then REVERT(0, 0).
    let code = [0x60, 0, 0x60, 0, 0x55, 0x60, 0, 0x60, 0, 0xfd];
    let result = Scene::new(Fork::London, &code).run(&call(), &[]);
    assert_eq!((result.outcome, result.gas_refunded), (Outcome::Revert, 0));
    assert_eq!(result.gas_used, 26_006 + 6);
}

#[test]
fn what_is_announced_is_warm() {
    // SLOAD(1).
    let code = [0x60, 1, 0x54];
    let announced = Transaction {
        kind: TransactionType::AccessList,
        access_list: vec![(TARGET, vec![word(1)])],
        ..call()
    };
    assert_eq!(gas_of(Fork::Istanbul, &code, &call()), 21_003 + 800);
    assert_eq!(gas_of(Fork::Berlin, &code, &call()), 21_003 + 2_100);
    assert_eq!(gas_of(Fork::Berlin, &code, &announced), 21_003 + 2_400 + 1_900 + 100);
}

#[test]
fn precompiles_parties_and_the_coinbase_are_warm() {
    let balance_of = |address: H160| [&[0x73], address.as_bytes(), &[0x31]].concat();
    let price = |fork, address| gas_of(fork, &balance_of(address), &call()) - 21_003;
    for address in [SENDER, TARGET, H160::from_low_u64_be(9)] {
        assert_eq!(price(Fork::Berlin, address), 100);
    }
    assert_eq!(price(Fork::Berlin, H160::from_low_u64_be(10)), 2_600);
    assert_eq!(price(Fork::Paris, COINBASE), 2_600);
    assert_eq!(price(Fork::Shanghai, COINBASE), 100);
}

#[test]
fn blob_fees_are_burnt() {
    let mut scene = Scene::new(Fork::Cancun, &[]);
    scene.block.blob_base_fee = 3.into();
    let tx = Transaction {
        kind: TransactionType::Blob,
        max_fee_per_blob_gas: 9.into(),
        blob_versioned_hashes: vec![H256([1; 32]); 2],
        ..call()
    };
    scene.run(&tx, &[]);
    assert_eq!(scene.balance(SENDER), (ETHER - 21_000 * 12 - 2 * GAS_PER_BLOB * 3).into());
    assert_eq!(scene.balance(COINBASE), (21_000 * 2).into());
}

#[test]
fn the_floor_holds_after_execution() {
    let talkative = Transaction { data: vec![1; 100], ..call() };
    assert_eq!(gas_of(Fork::Cancun, &[], &talkative), 21_000 + 1_600);
    assert_eq!(gas_of(Fork::Prague, &[], &talkative), 21_000 + 4_000);
}

#[test]
fn a_creation_deploys_what_the_init_code_returns() {
    // MSTORE8(0, 0), RETURN(0, 1).
    let init = [0x60, 0, 0x60, 0, 0x53, 0x60, 1, 0x60, 0, 0xf3];
    let mut scene = Scene::new(Fork::London, &[]);
    let tx = Transaction { to: None, data: init.to_vec(), value: 3.into(), ..call() };
    let result = scene.run(&tx, &[]);
    let created = result.created.unwrap();
    let account = scene.state.get_account(&created).unwrap();
    assert_eq!((account.code.bytes(), account.nonce, account.balance), (&[0][..], 1, 3.into()));
    assert_eq!(scene.nonce(SENDER), 1);
}

#[test]
fn init_code_sees_no_call_data() {
    // PUSH6 {SSTORE(0, CALLDATASIZE), STOP}, MSTORE(0), CREATE(0, 26, 6).
    let code = [0x65, 0x36, 0x60, 0, 0x55, 0, 0, 0x60, 0, 0x52, 0x60, 6, 0x60, 26, 0x60, 0, 0xf0];
    let mut scene = Scene::new(Fork::London, &code);
    let tx = Transaction { data: vec![1; 32], ..call() };
    assert!(scene.run(&tx, &[]).outcome.is_success());
    let created = create_address(&TARGET, 1);
    assert_eq!(scene.state.get_account(&created).unwrap().storage(), []);
}

fn authorized(authorizations: Vec<Authorization>) -> Transaction {
    Transaction { kind: TransactionType::SetCode, authorizations, gas_limit: 500_000, ..call() }
}

fn authorization(chain_id: u64, nonce: u64) -> Authorization {
    Authorization { chain_id: chain_id.into(), address: TARGET, nonce, ..Authorization::default() }
}

#[test]
fn delegations_are_set_cleared_and_skipped() {
    let mut scene = Scene::new(Fork::Prague, &[]);
    scene.state.insert_account(AUTHORITY, 7, U256::zero(), Code::empty(), []);
    let set = authorized(vec![
        authorization(0, 6),
        authorization(2, 7),
        authorization(1, u64::MAX),
        authorization(1, 7),
        authorization(1, 7),
    ]);
    let result = scene.run(&set, &[Some(AUTHORITY); 5]);
    let code = |scene: &Scene| scene.state.get_account(&AUTHORITY).unwrap().code.delegation();
    assert_eq!((code(&scene), scene.nonce(AUTHORITY)), (Some(TARGET), 8));
    assert_eq!(result.gas_refunded, AUTHORIZATION_REFUND);

    let clear = Authorization { address: H160::zero(), ..authorization(0, 8) };
    scene.run(&Transaction { nonce: 1, ..authorized(vec![clear]) }, &[Some(AUTHORITY)]);
    assert_eq!((code(&scene), scene.nonce(AUTHORITY)), (None, 9));
}

#[test]
fn authorities_that_are_new_contracts_or_unknown() {
    let mut scene = Scene::new(Fork::Prague, &[]);
    let tx = authorized(vec![authorization(1, 0), authorization(1, 1)]);
    let result = scene.run(&tx, &[Some(AUTHORITY), None]);
    assert_eq!(result.gas_refunded, 0, "a new account earns no refund");
    assert_eq!(scene.nonce(AUTHORITY), 1);
    let mut contract = Scene::new(Fork::Prague, &[0xfe]);
    contract.run(&authorized(vec![authorization(1, 1)]), &[Some(TARGET)]);
    assert_eq!(
        contract.state.get_account(&TARGET).unwrap().code.bytes(),
        [0xfe],
        "a contract keeps its code"
    );
}

#[test]
fn delegations_outlive_a_failed_message() {
    let mut scene = Scene::new(Fork::Prague, &[0xfe]);
    let result = scene.run(&authorized(vec![authorization(1, 0)]), &[Some(AUTHORITY)]);
    assert!(!result.outcome.is_success());
    assert_eq!(scene.nonce(AUTHORITY), 1);
}

#[test]
fn a_rejected_transaction_changes_nothing() {
    let scene = Scene::new(Fork::London, &[]);
    let mut evm = Evm::new(&scene.spec, &scene.block, &scene.state);
    let tx = Transaction { nonce: 1, ..call() };
    let rejection = evm.transact(&tx, SENDER, &[], 30_000_000).unwrap().unwrap_err();
    assert_eq!(rejection, Rejection::NonceTooHigh { got: 1, expected: 0 });
    assert!(evm.journal.changes().accounts.is_empty());
}

#[test]
fn authorities_must_be_as_many_as_authorizations() {
    let scene = Scene::new(Fork::Prague, &[]);
    let mut evm = Evm::new(&scene.spec, &scene.block, &scene.state);
    let answer = evm.transact(&authorized(vec![authorization(1, 0)]), SENDER, &[], 30_000_000);
    assert!(matches!(answer, Err(Fault::Coprocessor { .. })));
}
