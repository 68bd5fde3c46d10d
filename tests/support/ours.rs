//! Erbium as a machine to observe.

use super::case::{BLOCK_GAS, Case};
use super::observed::{AccountSeen, Observed, Status};
use erbium_vm::claims::Halt;
use erbium_vm::evm::{Evm, Outcome, StepView, Tracer, TransactionResult};
use erbium_vm::state::{Journal, MemoryState, StateBackend};
use erbium_vm::{ChainSpec, Code};
use primitive_types::{H160, H256};
use std::collections::BTreeMap;

/// The state before a case. Its code, once decoded, stays so from run to run.
pub(crate) fn state(case: &Case) -> MemoryState {
    let mut state = MemoryState::new();
    for account in &case.accounts {
        let storage = account.storage.iter();
        let storage =
            storage.map(|(key, value)| (H256(key.0.to_big_endian()), H256(value.0.to_big_endian())));
        state.insert_account(
            account.address.0,
            account.nonce,
            account.balance.0,
            Code::new(&account.code.0),
            storage,
        );
    }
    for (number, hash) in Case::block_hashes() {
        state.insert_block_hash(number, hash);
    }
    state
}

/// Heats all code of `state` to where the next gas it uses makes it warm: frames begin in plain bytecode and move to
/// the decoded form as they loop.
pub(crate) fn heat_to_the_brink(state: &MemoryState) {
    state.accounts().for_each(|(_, account)| account.code.heat(Code::WARM * account.code.len() as u64));
}

/// Heats all code of `state` so that every frame begins decoded.
pub(crate) fn heat_through(state: &MemoryState) {
    state.accounts().for_each(|(_, account)| account.code.heat(1 << 40));
}

/// A tracer that sees nothing: with it, every frame runs undecoded.
pub(crate) struct Blind;

impl Tracer for Blind {
    fn step(&mut self, _view: &StepView<'_>) -> Result<(), Halt> {
        Ok(())
    }
}

/// Runs `case` over `state`, in one block; `stepped`, one instruction at a time.
pub(crate) fn run(case: &Case, state: &MemoryState, stepped: bool) -> Vec<Observed> {
    let (spec, block, mut blind) = (ChainSpec::ethereum(case.fork()), case.block(), Blind);
    let mut evm = Evm::new(&spec, &block, state);
    if stepped {
        evm = evm.with_tracer(&mut blind);
    }
    let observe = |transaction: &super::case::CaseTransaction| {
        let (tx, authorities) = transaction.transaction();
        let result = evm.transact(&tx, transaction.sender.0, &authorities, BLOCK_GAS);
        let after = state_after(state, &evm.journal);
        match result.expect("a state in memory does not fail") {
            Ok(result) => observed(result, after),
            Err(_) => Observed::rejected(after),
        }
    };
    case.transactions.iter().map(observe).collect()
}

fn observed(result: TransactionResult, state: BTreeMap<H160, AccountSeen>) -> Observed {
    let status = match result.outcome {
        Outcome::Success(_) => Status::Success,
        Outcome::Revert => Status::Revert,
        Outcome::Halt(_) => Status::Halt,
    };
    let logs = result.logs.into_iter().map(|log| (log.address, log.topics, log.data)).collect();
    let TransactionResult { gas_used, output, created, .. } = result;
    Observed { status, gas_used, output, created, logs, state }
}

fn state_after(before: &MemoryState, journal: &Journal<'_>) -> BTreeMap<H160, AccountSeen> {
    let mut after = before.clone();
    after.commit(&journal.changes()).expect("a state in memory takes changes");
    let accounts = after.accounts().map(|(address, account)| {
        let storage = account.storage().into_iter();
        let storage = storage.map(|(key, value)| (word(key), word(value)));
        let code = account.code.bytes().to_vec();
        let seen =
            AccountSeen { nonce: account.nonce, balance: account.balance, code, storage: storage.collect() };
        (address, seen)
    });
    accounts.collect()
}

fn word(bytes: H256) -> primitive_types::U256 {
    primitive_types::U256::from_big_endian(bytes.as_bytes())
}
