//! Makes the transition.

use super::Rules;
use super::env::Setting;
use super::error::T8nError;
use super::input::Input;
use super::output::{Included, Output, Rejected};
use super::rejection;
use super::trace::{Current, TraceFiles, Traces};
use crate::blockchain::Era;
use crate::state_test::accounts;
use erbium_vm::block::{PendingBlock, Reward, StateRoot, WholeState, apply_dao_fork};
use erbium_vm::claims::{Fault, Recoverer, Recovery};
use erbium_vm::evm::Evm;
use erbium_vm::state::{Account, MemoryState, StateBackend, StateChanges, StorageBackend};
use erbium_vm::tx::Transaction;
use erbium_vm::{Code, Fork, H160, H256, Rejection, U256};
use std::sync::{Arc, OnceLock};

/// A transaction whose signers are known, or why it cannot be executed.
struct Ready {
    transaction: Transaction,
    sender: H160,
    authorities: Vec<Option<H160>>,
}

/// Executes the transactions of `input` on its accounts.
pub(super) fn run(
    rules: &Rules,
    input: Input,
    recoverer: &dyn Recoverer,
    traces: Option<TraceFiles<'_>>,
) -> Result<Output, T8nError> {
    let Input { alloc, env, env_name, txs } = input;
    let era = rules.network.era(env.number, env.timestamp, U256::zero());
    let setting =
        env.setting(era).map_err(|problem| T8nError::Environment { file: env_name.clone(), problem })?;
    let submitted = txs.into_iter().map(|tx| tx.resolve(era.spec.fork, era.spec.chain_id)).collect();
    let ready = recover(submitted, era.spec.fork, setting.block.base_fee, recoverer)?;

    let mut state = accounts(&alloc);
    for &(number, hash) in &setting.block_hashes {
        state.insert_block_hash(number, hash);
    }
    let before = Before { state, missing_hash: OnceLock::new() };
    let block = Block { rules, era, setting: &setting };
    let executed = block.execute(&before, ready, &Traces::new(traces));
    if let Some(&number) = before.missing_hash.get() {
        return Err(T8nError::MissingBlockHash { file: env_name, number });
    }
    let (changes, mut output) = executed?;
    output.state = before.state;
    output.state.commit(&changes)?;
    Ok(output)
}

/// Finds out who signed what, in one batch.
fn recover(
    submitted: Vec<Result<Transaction, String>>,
    fork: Fork,
    base_fee: U256,
    recoverer: &dyn Recoverer,
) -> Result<Vec<Result<Ready, String>>, Fault> {
    let mut batch: Vec<Recovery> = Vec::new();
    let mut ask = |recovery: Recovery| {
        batch.push(recovery);
        batch.len() - 1
    };
    let mut asked = Vec::with_capacity(submitted.len());
    for transaction in submitted {
        let places = transaction.as_ref().ok().map(|tx| {
            let sender = tx.recovery(fork).map(&mut ask);
            let authorities: Vec<_> =
                tx.authorizations.iter().map(|entry| entry.recovery().map(&mut ask)).collect();
            (sender, authorities)
        });
        asked.push((transaction, places));
    }
    let signers = recoverer.recover(&batch)?;
    if signers.len() != batch.len() {
        let reason = format!("{} answers to {} recoveries", signers.len(), batch.len());
        return Err(Fault::Coprocessor { reason });
    }
    let answer = |place: usize| signers.get(place).copied().flatten();
    let ready = |(transaction, places): (Result<Transaction, String>, Option<_>)| {
        let transaction = transaction?;
        let (sender, authorities): (Result<usize, Rejection>, Vec<Option<usize>>) =
            places.unwrap_or_else(|| (Err(Rejection::InvalidSignature { reason: "not asked" }), Vec::new()));
        let sender = sender
            .and_then(|place| answer(place).ok_or(Rejection::InvalidSignature { reason: "no key fits it" }))
            .map_err(|rejection| rejection::text(&transaction, &rejection, base_fee))?;
        let authorities = authorities.into_iter().map(|place| place.and_then(answer)).collect();
        Ok(Ready { transaction, sender, authorities })
    };
    Ok(asked.into_iter().map(ready).collect())
}

/// The block that is made.
struct Block<'a> {
    rules: &'a Rules,
    era: &'a Era,
    setting: &'a Setting,
}

impl Block<'_> {
    fn execute(
        &self,
        before: &Before,
        transactions: Vec<Result<Ready, String>>,
        traces: &Traces<'_>,
    ) -> Result<(StateChanges, Output), T8nError> {
        let (spec, setting) = (&self.era.spec, self.setting);
        let whole = WholeState::new(&before.state);
        let state_root = (!spec.has(Fork::Byzantium)).then_some(&whole as &dyn StateRoot);
        let mut current = Current(traces);
        let mut evm = Evm::new(spec, &setting.block, before);
        if traces.wanted() {
            evm = evm.with_tracer(&mut current);
        }
        if self.rules.network.dao_fork() == Some(setting.block.number) {
            apply_dao_fork(&mut evm)?;
        }
        let mut pending = PendingBlock::begin(&mut evm, setting.parent_hash, state_root)?;
        let mut included = Vec::new();
        let mut rejected = Vec::new();
        for (index, ready) in transactions.into_iter().enumerate() {
            let Ready { transaction, sender, authorities } = match ready {
                Ok(ready) => ready,
                Err(error) => {
                    rejected.push(Rejected { index, error });
                    continue;
                }
            };
            let hash = transaction.hash();
            traces.begin(spec, included.len(), hash);
            let pushed = pending.push(&mut evm, &transaction, sender, &authorities)?;
            traces.end().map_err(|(path, source)| T8nError::Write { path, source })?;
            match pushed {
                Ok(()) => included.push(Included { transaction, hash, sender }),
                Err(rejection) => {
                    rejected.push(Rejected {
                        index,
                        error: rejection::text(&transaction, &rejection, setting.block.base_fee),
                    });
                }
            }
        }
        let reward = self.rules.reward.map(|amount| Reward {
            amount: amount.into(),
            beneficiary: setting.block.coinbase,
            ommers: setting.ommers.clone(),
        });
        let withdrawals = setting.withdrawals.as_deref().filter(|_| spec.has(Fork::Shanghai));
        let result = pending.finish(&mut evm, reward.as_ref(), withdrawals)??;
        let changes = evm.journal.into_changes();
        let output = Output {
            state: MemoryState::new(),
            fork: spec.fork,
            block: setting.block.clone(),
            excess_blob_gas: setting.excess_blob_gas,
            withdrawals: withdrawals.map(<[_]>::to_vec),
            result,
            included,
            rejected,
        };
        Ok((changes, output))
    }
}

/// The state before. It remembers the first block hash that was asked for and is not known.
struct Before {
    state: MemoryState,
    missing_hash: OnceLock<u64>,
}

impl StorageBackend for Before {
    fn get(&self, address: &H160, key: H256) -> Result<H256, Fault> {
        self.state.get(address, key)
    }

    fn set(&mut self, address: &H160, key: H256, value: H256) -> Result<(), Fault> {
        self.state.set(address, key, value)
    }
}

impl StateBackend for Before {
    fn account(&self, address: &H160) -> Result<Option<Account>, Fault> {
        self.state.account(address)
    }

    fn code(&self, address: &H160, code_hash: H256) -> Result<Arc<Code>, Fault> {
        self.state.code(address, code_hash)
    }

    fn has_storage(&self, address: &H160) -> Result<bool, Fault> {
        self.state.has_storage(address)
    }

    fn block_hash(&self, number: u64) -> Result<H256, Fault> {
        self.state.block_hash(number).inspect_err(|_| {
            self.missing_hash.get_or_init(|| number);
        })
    }

    fn commit(&mut self, changes: &StateChanges) -> Result<(), Fault> {
        self.state.commit(changes)
    }
}
