//! Random programs of nested, delegated, static and failing frames that work on ciphertexts, on the machine and on a model
//! that shares nothing with it but the hash.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod compile;
mod model;
mod program;

use compile::compile;
use erbium_vm::claims::homomorphic::Handle;
use erbium_vm::evm::{BlockEnv, Evm, Message, MessageKind};
use erbium_vm::homomorphic::{genesis_account, slot};
use erbium_vm::state::MemoryState;
use erbium_vm::{ChainSpec, Code, H256, U256};
use model::{Bug, Model};
use program::{ACCOUNTS, CONTRACTS, SENDER, Step, before, program};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};

const BLOCK: u64 = 0x0102_0304;
const INDEX: u32 = 7;

/// Runs `steps` as one frame of the first contract: what differs from the model with `bug`.
fn difference(steps: &[Step], base: u64, bug: Option<Bug>) -> Option<String> {
    let mut spec = ChainSpec::erbium();
    spec.gas.he_compute = base;
    let mut model = Model::new(spec.chain_id, BLOCK, INDEX, base, bug);
    let run = model.run(steps);

    let mut state = MemoryState::default();
    let code = Code::new(&compile(&run));
    for contract in CONTRACTS {
        state.insert_account(contract, 1, U256::zero(), code.clone(), []);
    }
    let system = genesis_account();
    let allowed = before().into_iter().filter_map(|(handle, account)| {
        let handle = Handle::read(&U256::from_big_endian(&handle)).unwrap();
        Some((H256(slot(&handle, &account?).to_big_endian()), H256::from_low_u64_be(1)))
    });
    state.insert_account(spec.he_system, system.nonce, U256::zero(), Code::new(&system.code), allowed);
    let block = BlockEnv { number: BLOCK, ..BlockEnv::default() };
    let mut evm = Evm::new(&spec, &block, &state);
    evm.transaction_index = Some(INDEX);
    evm.journal.begin_transaction();
    let message = Message {
        kind: MessageKind::Call,
        caller: SENDER,
        to: CONTRACTS[0],
        value: U256::zero(),
        input: vec![0],
        gas: 1 << 55,
    };
    let result = evm.message(message).unwrap();

    if result.outcome.is_success() != run.succeeds() {
        return Some(format!("{:?} where {} is expected", result.outcome, run.succeeds()));
    }
    let got: Vec<_> = evm
        .journal
        .operations()
        .iter()
        .map(|entry| {
            let words = entry.operation.words().map(|word| word.to_big_endian());
            (words, entry.place.contract, entry.place.counter, *entry.result.bytes())
        })
        .collect();
    if got != model.log() {
        return Some(format!("log {got:x?}\nwhere {:x?} is expected", model.log()));
    }
    let system = evm.journal.load(&spec.he_system).unwrap();
    for handle in model.known() {
        let handle = Handle::read(&U256::from_big_endian(handle)).unwrap();
        for account in ACCOUNTS {
            let at = evm.journal.slot(system, slot(&handle, &account)).unwrap();
            let got = evm.journal.slot_values(at).1;
            if got != U256::from(u8::from(model.allows(handle.bytes(), &account))) {
                return Some(format!("permission of {account:?} for {handle} is {got}"));
            }
        }
    }
    None
}

/// Prices of an operation: the usual one, and one that reaches the transaction's limit.
fn base() -> impl Strategy<Value = u64> {
    prop_oneof![4 => Just(3_000u64), 1 => Just(3_300_000u64)]
}

proptest! {
    #![proptest_config(Config::with_cases(256))]

    #[test]
    fn machine_and_model_agree(steps in program(), base in base()) {
        let difference = difference(&steps, base, None);
        prop_assert!(difference.is_none(), "{}", difference.unwrap());
    }
}

#[test]
fn every_planted_bug_is_seen_and_programs_do_what_they_are_for() {
    let mut runner = TestRunner::deterministic();
    let programs: Vec<_> =
        (0..400).map(|_| (program(), base()).new_tree(&mut runner).unwrap().current()).collect();
    for bug in Bug::ALL {
        let seen = programs.iter().any(|(steps, base)| difference(steps, *base, Some(bug)).is_some());
        assert!(seen, "{bug:?} is not seen");
    }
    let mut done = 0;
    for (steps, base) in &programs {
        let mut model = Model::new(1, BLOCK, INDEX, *base, None);
        model.run(steps);
        done += model.log().len();
    }
    assert!(done > 250, "only {done} operations stand");
}
