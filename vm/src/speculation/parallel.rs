//! Blocks, executed as the options and the block allow.

use super::attempt::Plan;
use super::cache::VerdictCache;
use super::counters::{Counters, SequentialReason};
use super::desk::Desk;
use super::engine::{self, Manner, Ran, Stop};
use super::inquiry::{Inquiry, Left, Mode};
use super::options::{ExecutionOptions, Parallel, Presumption};
use crate::block::{BlockError, BlockInput, BlockResult, PendingBlock, execute_block_with};
use crate::error::{Rejection, VMError};
use crate::evm::{Coprocessor, Evm};
use crate::fork::Fork;
use crate::machine::{ExecutionContext, ExecutionResult, VMConfig, VirtualMachine};
use crate::spec::Extensions;
use crate::state::MemoryState;
use crate::tx::Transaction;
use erbium_claims::Fault;
use rayon::prelude::*;
use std::ops::Range;
use std::sync::Arc;

/// Transactions from which on it may pay to run them in parallel.
const FEWEST_TRANSACTIONS: usize = 16;
/// Gas that each transaction of a block uses at least.
const LEAST_GAS: u64 = 21_000;

/// Executes blocks: transactions in parallel where that pays, claims of contracts in batches. Results are those of
/// [`execute_block`](crate::block::execute_block), bit for bit.
///
/// Work is done on rayon's current pool. Nothing is kept from block to block but the verdicts in the cache.
#[derive(Clone, Debug, Default)]
pub struct ParallelVM {
    options: ExecutionOptions,
    cache: Option<Arc<VerdictCache>>,
}

impl ParallelVM {
    /// A machine that goes about it as `options` say, without a cache.
    pub fn new(options: ExecutionOptions) -> Self {
        Self { options, cache: None }
    }

    /// Looks verdicts up in `cache` and enters there what the coprocessor answers. Others may use the cache too.
    #[must_use]
    pub fn with_cache(self, cache: Arc<VerdictCache>) -> Self {
        Self { cache: Some(cache), ..self }
    }

    /// How it goes about it.
    pub fn options(&self) -> ExecutionOptions {
        self.options
    }

    /// The cache of verdicts.
    pub fn cache(&self) -> Option<&Arc<VerdictCache>> {
        self.cache.as_ref()
    }

    /// Executes a block on `evm` as [`execute_block`](crate::block::execute_block) does, and counts in `counters` what it
    /// took.
    ///
    /// # Errors
    /// As [`execute_block`](crate::block::execute_block).
    pub fn execute_block(
        &self,
        evm: &mut Evm<'_>,
        input: &BlockInput<'_>,
        counters: &mut Counters,
    ) -> Result<Result<BlockResult, BlockError>, Fault> {
        let gas_limit = evm.block.gas_limit;
        let desk = Arc::new(Desk::new(self.options.presumption, gas_limit, self.cache.clone()));
        let result = execute_block_with(evm, input, |evm, pending| {
            Course::new(self.options, evm, input, &desk, counters).run(evm, pending)
        });
        evm.inquiry = None;
        desk.add_to(counters);
        result
    }
}

impl ParallelVM {
    /// Runs calls that have nothing to do with each other at the same time, on all threads of the pool: each on a machine of
    /// its own under `config`, with an empty state. Answers in the order of the calls.
    pub fn execute_parallel(
        &self,
        config: &VMConfig,
        coprocessor: Coprocessor<'_>,
        requests: &[ExecutionContext],
    ) -> Vec<Result<ExecutionResult, VMError>> {
        let run = |request: &ExecutionContext| {
            let mut machine = VirtualMachine::with_state(config.clone(), MemoryState::new());
            machine.execute_with(request, coprocessor, None)
        };
        requests.par_iter().map(run).collect()
    }
}

/// How far a block is and how it goes on.
struct Course<'c> {
    input: &'c BlockInput<'c>,
    desk: &'c Arc<Desk>,
    counters: &'c mut Counters,
    window: Option<usize>,
    may_stop: bool,
    threads: usize,
    /// Transactions run ahead of each other.
    ahead: bool,
    /// Claims may be presumed.
    presumes: bool,
}

impl<'c> Course<'c> {
    fn new(
        options: ExecutionOptions,
        evm: &Evm<'_>,
        input: &'c BlockInput<'c>,
        desk: &'c Arc<Desk>,
        counters: &'c mut Counters,
    ) -> Self {
        let in_order = must_be_in_order(evm, input);
        let threads = options.threads.unwrap_or(usize::MAX).min(rayon::current_num_threads()).max(1);
        let reason = in_order.or(match options.parallel {
            Parallel::Off => Some(SequentialReason::Off),
            Parallel::Always => None,
            Parallel::WherePays if threads < options.parallel_from.max(2) => {
                Some(SequentialReason::FewThreads)
            }
            Parallel::WherePays => of_block(&input.block.transactions),
        });
        if let Some(reason) = reason {
            counters.note_sequential(reason, 1);
        }
        let threads = if reason.is_some() { 1 } else { threads };
        counters.threads = counters.threads.max(threads);
        Self {
            input,
            desk,
            counters,
            window: options.window,
            may_stop: options.parallel == Parallel::WherePays && threads > 1,
            threads,
            ahead: reason.is_none(),
            presumes: in_order.is_none()
                && evm.spec.extensions != Extensions::None
                && options.presumption != Presumption::Nothing,
        }
    }

    fn run(
        mut self,
        evm: &mut Evm<'_>,
        pending: &mut PendingBlock<'_>,
    ) -> Result<Result<(), BlockError>, Fault> {
        let count = self.input.block.transactions.len();
        while pending.len() < count {
            let range = pending.len()..self.end_of_blobs(evm, pending);
            self.desk.foresee(LEAST_GAS.saturating_mul((count - pending.len()) as u64));
            self.desk.reach(evm.block.gas_limit.saturating_sub(pending.gas_available(evm)));
            let refused = match self.ahead && !range.is_empty() {
                true => self.run_ahead(evm, pending, range)?,
                false => true,
            };
            if refused && pending.len() < count {
                let index = pending.len();
                if let Err(reason) = self.push(evm, pending, index)? {
                    return Ok(Err(BlockError::Transaction { index, reason }));
                }
            }
        }
        Ok(Ok(()))
    }

    /// The first transaction whose blobs do not fit in the block, if the ones from here on are executed.
    fn end_of_blobs(&self, evm: &Evm<'_>, pending: &PendingBlock<'_>) -> usize {
        let transactions = &self.input.block.transactions;
        if !evm.spec.has(Fork::Cancun) {
            return transactions.len();
        }
        let (first, mut blobs) = (pending.len(), pending.blobs());
        let fit = |tx: &&Transaction| {
            let more = tx.blob_versioned_hashes.len() as u64;
            blobs += more;
            more == 0 || blobs <= evm.spec.blobs.max
        };
        first + transactions.iter().skip(first).take_while(fit).count()
    }

    /// Executes the next transaction where it stands. One that is left is undone, and the rest goes on ahead.
    fn push(
        &mut self,
        evm: &mut Evm<'_>,
        pending: &mut PendingBlock<'_>,
        index: usize,
    ) -> Result<Result<(), Rejection>, Fault> {
        let BlockInput { block, senders, authorities, .. } = self.input;
        let parts = (block.transactions.get(index), senders.get(index), authorities.get(index));
        let (Some(tx), Some(&sender), Some(authorities)) = parts else {
            return Err(Fault::Coprocessor { reason: format!("transaction {index} has no sender") });
        };
        if evm.spec.extensions != Extensions::None {
            let mode = if self.presumes && !self.ahead { Mode::Lead } else { Mode::AtOnce };
            evm.inquiry = Some(Inquiry::new(self.desk, mode));
        }
        let answer = pending.push(evm, tx, sender, authorities);
        let left = evm.inquiry.take().and_then(|inquiry| inquiry.into_parts().0);
        if answer.is_err() && left == Some(Left::ToPresume) {
            self.desk.throw_away(tx.gas_limit.saturating_sub(evm.gas_of_frames()));
            self.counters.replays += 1;
            evm.journal.revert_transaction();
            evm.abandon();
            self.ahead = true;
            return Ok(Ok(()));
        }
        answer
    }

    /// Runs transactions ahead of each other and takes over what came of them. True where the next one has to be executed
    /// where it stands.
    fn run_ahead(
        &mut self,
        evm: &mut Evm<'_>,
        pending: &mut PendingBlock<'_>,
        range: Range<usize>,
    ) -> Result<bool, Fault> {
        let plan = Plan {
            spec: evm.spec,
            block: evm.block,
            coprocessor: evm.coprocessor,
            transactions: &self.input.block.transactions,
            senders: self.input.senders,
            authorities: self.input.authorities,
            desk: self.desk,
        };
        let manner = Manner {
            threads: self.threads,
            window: self.window,
            presumes: self.presumes,
            may_stop: self.may_stop,
        };
        let first = range.start;
        let ran = engine::run(plan, manner, &evm.journal, range, pending.gas_available(evm))?;
        let Ran { results, changes, stop, replays, conflicts, ahead } = ran;
        self.counters.replays += replays;
        self.counters.conflicts += conflicts;
        self.counters.ahead += ahead;
        evm.journal.take_over(changes)?;
        for (tx, (result, bloom)) in self.input.block.transactions.iter().skip(first).zip(results) {
            pending.record(evm, tx, result, bloom)?;
        }
        match stop {
            None => {}
            Some(Stop::Refused) => return Ok(true),
            Some(Stop::Conflicts) => {
                (self.ahead, self.threads) = (false, 1);
                self.counters.note_sequential(SequentialReason::Conflicts, 1);
            }
            Some(Stop::SpeculativeGas) => {
                (self.ahead, self.presumes) = (false, false);
                self.counters.note_sequential(SequentialReason::SpeculativeGas, 1);
            }
            Some(Stop::Overflow) => (self.ahead, self.presumes) = (false, false),
        }
        Ok(false)
    }
}

/// Why it does not pay to run these transactions ahead of each other. Taking over what ran elsewhere takes as long as a plain
/// transfer does.
fn of_block(transactions: &[Transaction]) -> Option<SequentialReason> {
    if transactions.len() < FEWEST_TRANSACTIONS {
        return Some(SequentialReason::SmallBlock);
    }
    let work = transactions.iter().filter(|tx| !tx.data.is_empty()).count();
    (2 * work < transactions.len()).then_some(SequentialReason::Transfers)
}

/// Why the block's transactions can not run ahead of each other, whatever the options.
fn must_be_in_order(evm: &Evm<'_>, input: &BlockInput<'_>) -> Option<SequentialReason> {
    if evm.stepping {
        return Some(SequentialReason::Traced);
    }
    if evm.spec.has(Fork::Amsterdam) {
        return Some(SequentialReason::Amsterdam);
    }
    (input.state_root.is_some() && !evm.spec.has(Fork::Byzantium)).then_some(SequentialReason::StateRoots)
}
