//! Calls one after the other, what they do stays.

use crate::scene::{ANNOUNCER, VAULT, contract, spec};
use erbium::Machine;
use erbium::vm::evm::{BlockEnv, Evm, TransactionResult};
use erbium::vm::state::{MemoryState, StateBackend, StorageBackend};
use erbium::vm::tx::{Transaction, TransactionType};
use erbium::vm::{ChainSpec, Code, H160, H256, U256};

pub(crate) struct Chain {
    spec: ChainSpec,
    state: MemoryState,
    machine: Machine,
}

impl Chain {
    pub(crate) fn new(accounts: &[H160]) -> Self {
        let mut state = MemoryState::new();
        for (address, name) in [(VAULT, "vault"), (ANNOUNCER, "announcer")] {
            state.insert_account(address, 1, U256::zero(), Code::new(&contract(name)), []);
        }
        for account in accounts {
            state.insert_account(*account, 0, U256::from(10).pow(18.into()), Code::empty(), []);
        }
        Self { spec: spec(), state, machine: Machine::default() }
    }

    pub(crate) fn balance(&self, account: H160) -> U256 {
        self.state.account(&account).unwrap().unwrap_or_default().balance
    }

    /// Who owns a commitment: 0 nobody, 1 it is spent.
    pub(crate) fn owner(&self, commitment: H256) -> H256 {
        self.state.get(&VAULT, commitment).unwrap()
    }

    pub(crate) fn call(&mut self, from: H160, to: H160, value: u64, data: Vec<u8>) -> TransactionResult {
        let tx = Transaction {
            kind: TransactionType::DynamicFee,
            chain_id: Some(self.spec.chain_id),
            nonce: self.state.account(&from).unwrap().unwrap_or_default().nonce,
            gas_limit: 3_000_000,
            to: Some(to),
            value: value.into(),
            data,
            ..Transaction::default()
        };
        let block = BlockEnv { number: 1, gas_limit: 30_000_000, ..BlockEnv::default() };
        let mut evm = Evm::new(&self.spec, &block, &self.state).with_coprocessor(self.machine.coprocessor());
        let result = evm.transact(&tx, from, &[], 30_000_000).unwrap().unwrap();
        let changes = evm.journal.changes();
        drop(evm);
        self.state.commit(&changes).unwrap();
        result
    }

    /// A call that succeeds.
    #[track_caller]
    pub(crate) fn does(&mut self, from: H160, value: u64, data: Vec<u8>) {
        let result = self.call(from, VAULT, value, data);
        assert!(result.outcome.is_success(), "{:?}", result.outcome);
    }

    /// A call that is refused and changes nothing of the vault.
    #[track_caller]
    pub(crate) fn refuses(&mut self, from: H160, value: u64, data: Vec<u8>) {
        let before = self.balance(VAULT);
        let result = self.call(from, VAULT, value, data);
        assert!(!result.outcome.is_success());
        assert_eq!(self.balance(VAULT), before);
    }
}
