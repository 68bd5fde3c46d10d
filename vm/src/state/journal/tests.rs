//! The journal against a model that copies its whole state at every checkpoint.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::*;
use crate::keccak::EMPTY_CODE_HASH;
use crate::state::{MemoryState, StateBackend};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use std::collections::{BTreeMap, BTreeSet};

/// Addresses 1 to 4: RIPEMD-160 (0x03) is among them.
const ACCOUNTS: u64 = 4;
const KEYS: u64 = 3;

fn address(account: u64) -> H160 {
    H160::from_low_u64_be(account + 1)
}

fn code(number: u8) -> Arc<Code> {
    if number == 0 { Code::empty() } else { Code::new(&[number]) }
}

fn word(number: u64) -> H256 {
    H256::from_low_u64_be(number)
}

#[derive(Clone, Copy, Debug)]
enum Op {
    Checkpoint,
    Revert(usize),
    WarmAccount(u64),
    WarmSlot(u64, u64),
    Touch(u64),
    CreateIfAbsent(u64),
    Add(u64, u64),
    Sub(u64, u64),
    Transfer(u64, u64, u64),
    SetNonce(u64, u64),
    SetCode(u64, u8),
    BeginCreate(u64, u64),
    Collision(u64),
    SetSlot(u64, u64, u64),
    ReadSlot(u64, u64),
    Tstore(u64, u64, u64),
    Log(u8),
    Refund(i64),
    Selfdestruct(u64, u64, bool),
    NextTransaction(bool),
}

fn op() -> impl Strategy<Value = Op> {
    let (a, k, v) = (0..ACCOUNTS, 0..KEYS, 0..3u64);
    prop_oneof![
        4 => Just(Op::Checkpoint),
        4 => any::<usize>().prop_map(Op::Revert),
        1 => a.clone().prop_map(Op::WarmAccount),
        1 => (a.clone(), k.clone()).prop_map(|(a, k)| Op::WarmSlot(a, k)),
        1 => a.clone().prop_map(Op::Touch),
        1 => a.clone().prop_map(Op::CreateIfAbsent),
        1 => (a.clone(), v.clone()).prop_map(|(a, v)| Op::Add(a, v)),
        1 => (a.clone(), v.clone()).prop_map(|(a, v)| Op::Sub(a, v)),
        1 => (a.clone(), a.clone(), v.clone()).prop_map(|(a, b, v)| Op::Transfer(a, b, v)),
        1 => (a.clone(), v.clone()).prop_map(|(a, v)| Op::SetNonce(a, v)),
        1 => (a.clone(), 0..3u8).prop_map(|(a, c)| Op::SetCode(a, c)),
        1 => (a.clone(), 0..2u64).prop_map(|(a, n)| Op::BeginCreate(a, n)),
        1 => a.clone().prop_map(Op::Collision),
        3 => (a.clone(), k.clone(), v.clone()).prop_map(|(a, k, v)| Op::SetSlot(a, k, v)),
        3 => (a.clone(), k.clone()).prop_map(|(a, k)| Op::ReadSlot(a, k)),
        1 => (a.clone(), k, v).prop_map(|(a, k, v)| Op::Tstore(a, k, v)),
        1 => any::<u8>().prop_map(Op::Log),
        1 => (-5..5i64).prop_map(Op::Refund),
        1 => (a.clone(), a, any::<bool>()).prop_map(|(a, b, d)| Op::Selfdestruct(a, b, d)),
        2 => any::<bool>().prop_map(Op::NextTransaction),
    ]
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    prop::collection::vec(op(), 1..60)
}

/// One account absent, one empty, one plain, one a contract, with and without storage.
fn backend() -> MemoryState {
    let mut state = MemoryState::new();
    state.insert_account(address(1), 0, U256::zero(), Code::empty(), [(word(0), word(7))]);
    state.insert_account(address(2), 0, U256::zero(), Code::empty(), []);
    state.insert_account(address(3), 1, U256::from(2), code(1), [(word(0), word(1)), (word(1), word(2))]);
    state
}

#[derive(Clone, Debug, Default, PartialEq)]
struct ModelAccount {
    exists: bool,
    nonce: u64,
    balance: u64,
    code: u8,
    storage: BTreeMap<u64, u64>,
}

impl ModelAccount {
    fn is_empty(&self) -> bool {
        self.nonce == 0 && self.balance == 0 && self.code == 0
    }
}

/// A kind of effect that a faulty model does not take back.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Forgets {
    Nothing,
    Existence,
    Nonce,
    Balance,
    Code,
    Storage,
    Originals,
    WarmAccounts,
    WarmSlots,
    Touches,
    RipemdException,
    Creations,
    Destructions,
    Transient,
    Logs,
    Refund,
}

#[derive(Clone, Debug, Default)]
struct Model {
    accounts: BTreeMap<u64, ModelAccount>,
    at_start: BTreeMap<u64, ModelAccount>,
    wiped: BTreeSet<u64>,
    warm_accounts: BTreeSet<u64>,
    warm_slots: BTreeSet<(u64, u64)>,
    touched: BTreeSet<u64>,
    created: BTreeSet<u64>,
    destroyed: BTreeSet<u64>,
    transient: BTreeMap<(u64, u64), u64>,
    logs: Vec<u8>,
    refund: i64,
}

impl Model {
    fn new() -> Self {
        let backend = backend();
        let mut model = Self::default();
        for account in 0..ACCOUNTS {
            let stored = backend.get_account(&address(account));
            let read = stored.map(|stored| ModelAccount {
                exists: true,
                nonce: stored.nonce,
                balance: stored.balance.as_u64(),
                code: stored.code.bytes().first().copied().unwrap_or(0),
                storage: stored
                    .storage()
                    .iter()
                    .map(|(k, v)| (k.to_low_u64_be(), v.to_low_u64_be()))
                    .collect(),
            });
            model.accounts.insert(account, read.unwrap_or_default());
        }
        model.at_start = model.accounts.clone();
        model
    }

    fn at(&mut self, account: u64) -> &mut ModelAccount {
        self.accounts.get_mut(&account).unwrap()
    }

    fn slot(&self, account: u64, key: u64) -> (U256, U256) {
        let read = |accounts: &BTreeMap<u64, ModelAccount>| {
            accounts[&account].storage.get(&key).copied().unwrap_or(0)
        };
        let original = if self.wiped.contains(&account) { 0 } else { read(&self.at_start) };
        (original.into(), read(&self.accounts).into())
    }

    fn set_balance(&mut self, account: u64, balance: u64) {
        self.touched.insert(account);
        self.at(account).exists = true;
        self.at(account).balance = balance;
    }

    fn revert(&mut self, to: &Self, forgets: Forgets) {
        let now = std::mem::replace(self, to.clone());
        for (id, account) in &mut self.accounts {
            let was = &now.accounts[id];
            match forgets {
                Forgets::Existence => account.exists = was.exists,
                Forgets::Nonce => account.nonce = was.nonce,
                Forgets::Balance => account.balance = was.balance,
                Forgets::Code => account.code = was.code,
                Forgets::Storage => account.storage = was.storage.clone(),
                _ => {}
            }
        }
        if now.touched.contains(&2) && forgets != Forgets::RipemdException {
            self.touched.insert(2);
        }
        match forgets {
            Forgets::Originals => self.wiped = now.wiped,
            Forgets::WarmAccounts => self.warm_accounts = now.warm_accounts,
            Forgets::WarmSlots => self.warm_slots = now.warm_slots,
            Forgets::Touches => self.touched = now.touched,
            Forgets::Creations => self.created = now.created,
            Forgets::Destructions => self.destroyed = now.destroyed,
            Forgets::Transient => self.transient = now.transient,
            Forgets::Logs => self.logs = now.logs,
            Forgets::Refund => self.refund = now.refund,
            _ => {}
        }
    }

    fn next_transaction(&mut self, deletes_touched_empty: bool) -> Vec<u8> {
        for account in std::mem::take(&mut self.destroyed) {
            *self.at(account) = ModelAccount::default();
        }
        for account in std::mem::take(&mut self.touched) {
            if deletes_touched_empty && self.at(account).is_empty() {
                *self.at(account) = ModelAccount::default();
            }
        }
        let accounts = std::mem::take(&mut self.accounts);
        let logs = std::mem::take(&mut self.logs);
        *self = Self { at_start: accounts.clone(), accounts, ..Self::default() };
        logs
    }
}

/// Compares two answers, naming the question.
fn same<T: PartialEq + std::fmt::Debug>(what: &str, journal: T, model: T) -> Result<(), String> {
    if journal == model { Ok(()) } else { Err(format!("{what}: journal {journal:?}, model {model:?}")) }
}

/// Runs the operations on both sides; answers the first difference.
fn compare(ops: &[Op], forgets: Forgets) -> Result<(), String> {
    let backend = backend();
    let mut journal = Journal::new(&backend);
    let mut model = Model::new();
    let mut saved: Vec<(Checkpoint, Model)> = Vec::new();
    journal.begin_transaction();
    for &op in ops {
        if let Op::Revert(which) = op {
            if saved.is_empty() {
                continue;
            }
            saved.truncate(which % saved.len() + 1);
            let (checkpoint, copy) = saved.pop().unwrap();
            journal.revert(checkpoint);
            model.revert(&copy, forgets);
        } else {
            apply(op, &mut journal, &mut model, &mut saved)?;
        }
        compare_accounts(&mut journal, &model).map_err(|difference| format!("after {op:?}: {difference}"))?;
    }
    apply(Op::NextTransaction(true), &mut journal, &mut model, &mut saved)?;
    compare_accounts(&mut journal, &model)?;
    let mut committed = backend.clone();
    committed.commit(&journal.changes()).unwrap();
    let mut expected = MemoryState::new();
    for (&id, account) in model.accounts.iter().filter(|(_, account)| account.exists) {
        let slots = account.storage.iter().map(|(&key, &value)| (word(key), word(value)));
        expected.insert_account(
            address(id),
            account.nonce,
            account.balance.into(),
            code(account.code),
            slots,
        );
    }
    same("committed state", committed, expected)
}

fn compare_accounts(journal: &mut Journal<'_>, model: &Model) -> Result<(), String> {
    for (&id, expected) in &model.accounts {
        let at = journal.load(&address(id)).unwrap();
        let account = Account {
            nonce: expected.nonce,
            balance: expected.balance.into(),
            code_hash: if expected.code == 0 { EMPTY_CODE_HASH } else { code(expected.code).hash() },
        };
        same("account", *journal.account(at), account)?;
        same("code", journal.code(at).unwrap().hash(), account.code_hash)?;
        same("exists", journal.exists(at), expected.exists)?;
        same("is empty", journal.is_empty(at), expected.is_empty())?;
        same("created", journal.created_in_transaction(at), model.created.contains(&id))?;
        same("destroyed", journal.is_selfdestructed(at), model.destroyed.contains(&id))?;
        for key in 0..KEYS {
            let value = model.transient.get(&(id, key)).copied().unwrap_or(0);
            same("transient", journal.tload(at, key.into()), value.into())?;
        }
    }
    same("refund", journal.refund(), model.refund)?;
    let logs: Vec<_> = journal.logs().iter().map(|log| log.data[0]).collect();
    same("logs", logs, model.logs.clone())
}

fn apply(
    op: Op,
    journal: &mut Journal<'_>,
    model: &mut Model,
    saved: &mut Vec<(Checkpoint, Model)>,
) -> Result<(), String> {
    let id = |journal: &mut Journal<'_>, account: u64| journal.load(&address(account)).unwrap();
    match op {
        Op::Checkpoint => saved.push((journal.checkpoint(), model.clone())),
        Op::Revert(_) => panic!("handled by the caller"),
        Op::WarmAccount(a) => {
            let at = id(journal, a);
            same("account was cold", journal.warm_account(at), model.warm_accounts.insert(a))?;
        }
        Op::WarmSlot(a, k) => {
            let at = id(journal, a);
            let slot = journal.slot(at, k.into()).unwrap();
            same("slot was cold", journal.warm_slot(slot), model.warm_slots.insert((a, k)))?;
        }
        Op::Touch(a) => {
            let at = id(journal, a);
            journal.touch(at);
            model.touched.insert(a);
        }
        Op::CreateIfAbsent(a) => {
            let at = id(journal, a);
            journal.create_if_absent(at);
            model.at(a).exists = true;
        }
        Op::Add(a, v) => {
            let at = id(journal, a);
            let balance = model.at(a).balance + v;
            same("added", journal.add_balance(at, v.into()), true)?;
            model.set_balance(a, balance);
        }
        Op::Sub(a, v) => {
            let at = id(journal, a);
            let left = model.at(a).balance.checked_sub(v);
            same("subtracted", journal.sub_balance(at, v.into()), left.is_some())?;
            left.into_iter().for_each(|left| model.set_balance(a, left));
        }
        Op::Transfer(a, b, v) => {
            let (from, to) = (id(journal, a), id(journal, b));
            let left = model.at(a).balance.checked_sub(v);
            same("transferred", journal.transfer(from, to, v.into()), left.is_some())?;
            if let Some(left) = left {
                model.touched.insert(b);
                if v != 0 && a != b {
                    let grown = model.at(b).balance + v;
                    model.set_balance(a, left);
                    model.set_balance(b, grown);
                }
            }
        }
        Op::SetNonce(a, n) => {
            let at = id(journal, a);
            journal.set_nonce(at, n);
            model.touched.insert(a);
            (model.at(a).nonce, model.at(a).exists) = (n, true);
        }
        Op::SetCode(a, c) => {
            let at = id(journal, a);
            journal.set_code(at, code(c));
            model.touched.insert(a);
            (model.at(a).code, model.at(a).exists) = (c, true);
        }
        Op::BeginCreate(a, n) => {
            let at = id(journal, a);
            journal.begin_create(at, n);
            *model.at(a) = ModelAccount {
                exists: true,
                nonce: n,
                balance: model.at(a).balance,
                ..ModelAccount::default()
            };
            model.touched.insert(a);
            model.created.insert(a);
            model.wiped.insert(a);
        }
        Op::Collision(a) => {
            let at = id(journal, a);
            let account = model.at(a).clone();
            let collides = account.nonce != 0 || account.code != 0 || !account.storage.is_empty();
            let answer = journal.has_code_or_nonce_or_storage(at).unwrap();
            // A slot that the backend holds and this test zeroed without any code is no case of the real world.
            if collides || a != 1 {
                let zeroed = a == 3;
                same("collides", answer, collides || (zeroed && answer))?;
            }
        }
        Op::SetSlot(a, k, v) => {
            let at = id(journal, a);
            // A slot of an account that does not exist cannot be written by any contract.
            if journal.exists(at) {
                let slot = journal.slot(at, k.into()).unwrap();
                journal.set_slot(slot, v.into());
                let storage = &mut model.at(a).storage;
                if v == 0 {
                    storage.remove(&k)
                } else {
                    storage.insert(k, v)
                };
            }
        }
        Op::ReadSlot(a, k) => {
            let at = id(journal, a);
            let slot = journal.slot(at, k.into()).unwrap();
            same("slot", journal.slot_values(slot), model.slot(a, k))?;
        }
        Op::Tstore(a, k, v) => {
            let at = id(journal, a);
            journal.tstore(at, k.into(), v.into());
            model.transient.insert((a, k), v);
        }
        Op::Log(n) => {
            journal.log(Log { address: H160::zero(), topics: Vec::new(), data: vec![n] });
            model.logs.push(n);
        }
        Op::Refund(delta) => {
            journal.add_refund(delta);
            model.refund += delta;
        }
        Op::Selfdestruct(a, b, destroys) => {
            let (at, beneficiary) = (id(journal, a), id(journal, b));
            journal.selfdestruct(at, beneficiary, destroys);
            let balance = model.at(a).balance;
            model.touched.insert(a);
            if a != b {
                let grown = model.at(b).balance + balance;
                model.set_balance(b, grown);
                model.set_balance(a, 0);
            }
            if destroys {
                model.set_balance(a, 0);
                model.destroyed.insert(a);
            }
        }
        Op::NextTransaction(deletes) => {
            let logs: Vec<_> = journal.finish_transaction(deletes).iter().map(|log| log.data[0]).collect();
            same("final logs", logs, model.next_transaction(deletes))?;
            journal.begin_transaction();
            saved.clear();
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn does_what_the_model_does(ops in ops()) {
        compare(&ops, Forgets::Nothing).map_err(TestCaseError::fail)?;
    }
}

#[test]
fn every_forgotten_undo_is_seen() {
    use Forgets::*;
    let kinds = [
        Existence,
        Nonce,
        Balance,
        Code,
        Storage,
        Originals,
        WarmAccounts,
        WarmSlots,
        Touches,
        RipemdException,
        Creations,
        Destructions,
        Transient,
        Logs,
        Refund,
    ];
    for kind in kinds {
        let mut runner = TestRunner::deterministic();
        let seen =
            (0..5_000).any(|_| compare(&ops().new_tree(&mut runner).unwrap().current(), kind).is_err());
        assert!(seen, "a model that forgets {kind:?} passes");
    }
}

#[test]
fn a_revert_to_before_a_creation_asks_the_backend_again() {
    let backend = backend();
    let mut journal = Journal::new(&backend);
    journal.begin_transaction();
    let id = journal.load(&address(3)).unwrap();
    let checkpoint = journal.checkpoint();
    journal.begin_create(id, 1);
    let slot = journal.slot(id, U256::zero()).unwrap();
    assert_eq!(journal.slot_values(slot), (U256::zero(), U256::zero()));
    journal.revert(checkpoint);
    let slot = journal.slot(id, U256::zero()).unwrap();
    assert_eq!(journal.slot_values(slot), (U256::one(), U256::one()));
}

#[test]
fn changes_back_and_forth_are_none() {
    let backend = backend();
    let mut journal = Journal::new(&backend);
    for value in [9, 1] {
        journal.begin_transaction();
        let id = journal.load(&address(3)).unwrap();
        let slot = journal.slot(id, U256::zero()).unwrap();
        journal.set_slot(slot, value.into());
        journal.finish_transaction(true);
        assert_eq!(journal.changes().accounts.is_empty(), value == 1);
    }
}

#[test]
fn what_is_kept_warm_stays_so() {
    let backend = backend();
    let mut journal = Journal::new(&backend);
    journal.begin_transaction();
    let id = journal.load(&address(3)).unwrap();
    assert!(journal.warm_account(id) && !journal.is_kept_warm(id));
    journal.keep_warm(id);
    journal.begin_transaction();
    assert!(!journal.warm_account(id) && journal.is_kept_warm(id));
}

#[test]
fn balances_do_not_overflow() {
    let mut backend = MemoryState::new();
    backend.insert_account(address(0), 0, U256::MAX, Code::empty(), []);
    backend.insert_account(address(1), 0, U256::one(), Code::empty(), []);
    let mut journal = Journal::new(&backend);
    journal.begin_transaction();
    let (full, other) = (journal.load(&address(0)).unwrap(), journal.load(&address(1)).unwrap());
    assert!(!journal.add_balance(full, U256::one()));
    assert!(!journal.transfer(other, full, U256::one()));
    assert!(!journal.transfer(other, full, U256::from(2)));
    assert!(journal.changes().accounts.is_empty());
}
