//! The state in many versions: what each transaction that has run wrote, over the state before all of them.

use crate::code::Code;
use crate::keccak::EMPTY_CODE_HASH;
use crate::state::{Account, AccountChange, Journal, StateChanges, Writes};
use erbium_claims::Fault;
use hashbrown::HashMap;
use primitive_types::{H160, H256, U256};
use std::hash::BuildHasher;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

type Random = foldhash::fast::RandomState;
type Shard = HashMap<H160, History, Random>;

/// Parts under a lock each.
const SHARDS: usize = 64;

/// What happened to one account. Everything is in the order of the transactions' positions.
#[derive(Debug, Default)]
struct History {
    account: Vec<(usize, Step)>,
    /// Transactions that set the account: a coinbase has many additions between them.
    set: Vec<usize>,
    /// Transactions that wiped the storage, before what they wrote themselves.
    wiped: Vec<usize>,
    /// Nothing was added at some time: that may have deleted the account.
    touched: bool,
    slots: HashMap<U256, Vec<(usize, U256)>, Random>,
}

#[derive(Debug)]
enum Step {
    Set(Option<Account>, Option<Arc<Code>>),
    /// Added to a balance that was not read.
    Credit(U256),
}

/// An account after some of its history.
struct Folded {
    account: Option<Account>,
    code: Option<Arc<Code>>,
    /// Who wiped the storage last.
    wiped: Option<usize>,
    /// An addition did not fit: those that made it took it for granted.
    overflowed: bool,
}

impl History {
    /// The account that the transactions below `before` made of `base`.
    fn account(&self, base: Option<Account>, before: usize, deletes_empty: bool) -> Option<Account> {
        let end = self.account.partition_point(|(index, _)| *index < before);
        let steps = self.account.get(..end).unwrap_or_default();
        let (mut account, mut after) = (base, steps);
        for (at, (_, step)) in steps.iter().enumerate().rev() {
            if let Step::Set(set, _) = step {
                (account, after) = (*set, steps.get(at + 1..).unwrap_or_default());
                break;
            }
        }
        for (_, step) in after {
            if let Step::Credit(amount) = step {
                account = credited(account, *amount, deletes_empty).0;
            }
        }
        account
    }

    /// What a transaction below `before` last set the account to; `None` where none did.
    fn last_set(&self, before: usize) -> Option<Option<Account>> {
        let by = *self.set.get(self.set.partition_point(|index| *index < before).checked_sub(1)?)?;
        let first = self.account.partition_point(|(index, _)| *index < by);
        self.account.get(first..)?.iter().find_map(|(_, step)| match step {
            Step::Set(account, _) => Some(*account),
            Step::Credit(_) => None,
        })
    }

    /// Who wiped the storage last, of the transactions below `before`.
    fn wiped(&self, base: Option<Account>, before: usize, deletes_empty: bool) -> Option<usize> {
        match self.touched && deletes_empty {
            true => self.fold(base, before, deletes_empty).wiped,
            false => self.wiped.iter().rev().find(|&&index| index < before).copied(),
        }
    }

    /// What the transactions below `before` made of `base`.
    fn fold(&self, base: Option<Account>, before: usize, deletes_empty: bool) -> Folded {
        let wiped = self.wiped.iter().rev().find(|&&index| index < before).copied();
        let mut folded = Folded { account: base, code: None, wiped, overflowed: false };
        for (index, step) in self.account.iter().take_while(|(index, _)| *index < before) {
            match step {
                Step::Set(account, code) => {
                    folded.account = *account;
                    let hash = account.map_or(EMPTY_CODE_HASH, |account| account.code_hash);
                    folded.code = code.clone().or(folded.code).filter(|code| code.hash() == hash);
                }
                Step::Credit(amount) => {
                    let (account, fits) = credited(folded.account, *amount, deletes_empty);
                    folded.account = account;
                    folded.overflowed |= !fits;
                    if account.is_none() {
                        folded.wiped = folded.wiped.max(Some(*index));
                    }
                }
            }
        }
        folded
    }

    fn slot(&self, key: &U256, before: usize) -> Option<(usize, U256)> {
        self.slots.get(key)?.iter().rev().find(|(index, _)| *index < before).copied()
    }

    fn forget_account(&mut self, index: usize) {
        self.account.retain(|step| step.0 != index);
        self.set.retain(|&set| set != index);
        self.wiped.retain(|&wiped| wiped != index);
    }

    fn forget_slot(&mut self, key: &U256, index: usize) {
        if let Some(values) = self.slots.get_mut(key) {
            values.retain(|value| value.0 != index);
            if values.is_empty() {
                self.slots.remove(key);
            }
        }
    }
}

/// An account that was added to, and whether the sum fits. Where it is still empty, `deletes_empty` deletes it.
fn credited(account: Option<Account>, amount: U256, deletes_empty: bool) -> (Option<Account>, bool) {
    let mut account = account.unwrap_or_default();
    let sum = account.balance.checked_add(amount);
    account.balance = sum.unwrap_or(account.balance);
    ((!deletes_empty || !account.is_empty()).then_some(account), sum.is_some())
}

fn insert<T>(list: &mut Vec<(usize, T)>, index: usize, value: T) {
    let at = list.partition_point(|entry| entry.0 <= index);
    list.insert(at, (index, value));
}

/// The state before some transactions, and what they have written so far.
pub(super) struct Versions<'v> {
    /// It rests while transactions run.
    before: &'v Journal<'v>,
    deletes_empty: bool,
    shards: Vec<RwLock<Shard>>,
    hasher: Random,
}

impl<'v> Versions<'v> {
    /// Over `before`. `deletes_empty` says that touched empty accounts are deleted (EIP-161).
    pub(super) fn new(before: &'v Journal<'v>, deletes_empty: bool) -> Self {
        let shards = (0..SHARDS).map(|_| RwLock::default()).collect();
        Self { before, deletes_empty, shards, hasher: Random::default() }
    }

    fn shard(&self, address: &H160) -> &RwLock<Shard> {
        let at = self.hasher.hash_one(address) as usize % SHARDS;
        &self.shards[at]
    }

    fn read(&self, address: &H160) -> RwLockReadGuard<'_, Shard> {
        self.shard(address).read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, address: &H160) -> RwLockWriteGuard<'_, Shard> {
        self.shard(address).write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The account as the transaction at `index` finds it.
    pub(super) fn account(&self, address: &H160, index: usize) -> Result<Option<Account>, Fault> {
        let base = self.before.peek_account(address)?;
        let shard = self.read(address);
        Ok(match shard.get(address) {
            Some(history) => history.account(base, index, self.deletes_empty),
            None => base,
        })
    }

    /// The hash of the account's code as the transaction at `index` finds it; that of no code where there is no account.
    /// Additions to the balance, of which the coinbase has one a transaction, are not looked at: they change no code.
    pub(super) fn code_hash(&self, address: &H160, index: usize) -> Result<H256, Fault> {
        let set = self.read(address).get(address).and_then(|history| history.last_set(index));
        let account = match set {
            Some(account) => account,
            None => self.before.peek_account(address)?,
        };
        Ok(account.unwrap_or_default().code_hash)
    }

    /// The slot as the transaction at `index` finds it.
    pub(super) fn slot(&self, address: &H160, key: U256, index: usize) -> Result<U256, Fault> {
        {
            let shard = self.read(address);
            if let Some(history) = shard.get(address) {
                let wiped = match history.touched || !history.wiped.is_empty() {
                    true => history.wiped(self.before.peek_account(address)?, index, self.deletes_empty),
                    false => None,
                };
                match (history.slot(&key, index), wiped) {
                    (Some((written, value)), wiped) if Some(written) >= wiped => return Ok(value),
                    (_, Some(_)) => return Ok(U256::zero()),
                    _ => {}
                }
            }
        }
        self.before.peek_slot(address, key)
    }

    /// The code with this hash, which the account has in one of its versions.
    pub(super) fn code(&self, address: &H160, hash: H256) -> Result<Arc<Code>, Fault> {
        let deployed = self.read(address).get(address).and_then(|history| {
            history.account.iter().find_map(|(_, step)| match step {
                Step::Set(_, Some(code)) if code.hash() == hash => Some(Arc::clone(code)),
                _ => None,
            })
        });
        match deployed {
            Some(code) => Ok(code),
            None => self.before.peek_code(address, hash),
        }
    }

    /// Whether the account has a slot that is not zero, as the transaction at `index` finds it.
    pub(super) fn has_storage(&self, address: &H160, index: usize) -> Result<bool, Fault> {
        {
            let shard = self.read(address);
            if let Some(history) = shard.get(address) {
                let base = self.before.peek_account(address)?;
                let wiped = history.wiped(base, index, self.deletes_empty);
                let filled = |key| {
                    let slot = history.slot(key, index);
                    slot.is_some_and(|(written, value)| Some(written) >= wiped && !value.is_zero())
                };
                if history.slots.keys().any(filled) {
                    return Ok(true);
                }
                if wiped.is_some() {
                    return Ok(false);
                }
            }
        }
        self.before.peek_has_storage(address)
    }

    pub(super) fn block_hash(&self, number: u64) -> Result<H256, Fault> {
        self.before.block_hash(number)
    }

    /// Enters what the transaction at `index` wrote.
    pub(super) fn publish(&self, index: usize, writes: &Writes) {
        for (address, write) in &writes.accounts {
            let mut shard = self.write(address);
            let history = shard.entry(*address).or_default();
            let enter =
                |list: &mut Vec<usize>| list.insert(list.partition_point(|&other| other <= index), index);
            if write.wiped {
                enter(&mut history.wiped);
            }
            if let Some(account) = write.account {
                enter(&mut history.set);
                insert(&mut history.account, index, Step::Set(account, write.code.clone()));
            }
            for &(key, value) in &write.storage {
                insert(history.slots.entry(key).or_default(), index, value);
            }
        }
        for (address, amount) in &writes.credits {
            let mut shard = self.write(address);
            let history = shard.entry(*address).or_default();
            history.touched |= amount.is_zero();
            insert(&mut history.account, index, Step::Credit(*amount));
        }
    }

    /// Takes back what [`Versions::publish`] entered.
    pub(super) fn withdraw(&self, index: usize, writes: &Writes) {
        for (address, write) in &writes.accounts {
            if let Some(history) = self.write(address).get_mut(address) {
                history.forget_account(index);
                write.storage.iter().for_each(|(key, _)| history.forget_slot(key, index));
            }
        }
        for (address, _) in &writes.credits {
            if let Some(history) = self.write(address).get_mut(address) {
                history.forget_account(index);
            }
        }
    }

    /// What the transactions below `end` did to the state before them; `None` where an addition did not fit.
    pub(super) fn changes(&self, end: usize) -> Result<Option<StateChanges>, Fault> {
        let mut accounts = Vec::new();
        for shard in &self.shards {
            for (address, history) in shard.read().unwrap_or_else(PoisonError::into_inner).iter() {
                let base = self.before.peek_account(address)?;
                let Folded { account, code, wiped, overflowed } = history.fold(base, end, self.deletes_empty);
                if overflowed {
                    return Ok(None);
                }
                let word = |number: &U256| H256(number.to_big_endian());
                let storage: Vec<_> = history
                    .slots
                    .keys()
                    .filter_map(|key| Some((key, history.slot(key, end)?)))
                    .filter(|(_, (written, _))| Some(*written) >= wiped)
                    .map(|(key, (_, value))| (word(key), word(&value)))
                    .collect();
                if account != base || wiped.is_some() || !storage.is_empty() {
                    let change = AccountChange { account, code, storage_wiped: wiped.is_some(), storage };
                    accounts.push((*address, change));
                }
            }
        }
        Ok(Some(StateChanges { accounts }))
    }
}
