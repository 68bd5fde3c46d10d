//! One run of one transaction on a version of the state.

use super::desk::{Desk, OpenClaims, Verdicts};
use super::inquiry::{Inquiry, Mode};
use super::view::{Reads, View};
use crate::block::{Bloom, Blooms};
use crate::evm::{BlockEnv, Coprocessor, Evm, TransactionResult};
use crate::spec::ChainSpec;
use crate::state::Writes;
use crate::tx::Transaction;
use primitive_types::H160;
use std::sync::Arc;

/// What the transactions of a block run with.
#[derive(Clone, Copy)]
pub(super) struct Plan<'p> {
    pub(super) spec: &'p ChainSpec,
    pub(super) block: &'p BlockEnv,
    pub(super) coprocessor: Coprocessor<'p>,
    pub(super) transactions: &'p [Transaction],
    pub(super) senders: &'p [H160],
    pub(super) authorities: &'p [Vec<Option<H160>>],
    pub(super) desk: &'p Arc<Desk>,
}

/// How a run ended.
pub(super) enum Ended {
    /// With the bloom of its logs.
    Executed(TransactionResult, Box<Bloom>),
    /// The transaction was rejected, or something could not be read: it may be different where it stands in the block.
    Refused,
    /// It stood on a wrong presumption, or could not go on standing on one.
    Left,
}

/// What came of a run.
pub(super) struct Attempt {
    pub(super) ended: Ended,
    pub(super) reads: Reads,
    pub(super) writes: Writes,
    /// Verdicts that it rests on and that nobody had given.
    pub(super) presumed: Verdicts,
    pub(super) open: OpenClaims,
    /// Gas that it used.
    pub(super) gas: u64,
    /// It ran before all transactions below it had been looked at.
    pub(super) ahead: bool,
}

/// A machine that runs transactions, each on the state as it finds it.
pub(super) struct Runner<'r> {
    plan: Plan<'r>,
    view: &'r View<'r>,
    evm: Evm<'r>,
    blooms: Blooms,
}

impl<'r> Runner<'r> {
    pub(super) fn new(plan: Plan<'r>, view: &'r View<'r>) -> Self {
        let evm = Evm::new(plan.spec, plan.block, view).with_coprocessor(plan.coprocessor);
        Self { plan, view, evm, blooms: Blooms::default() }
    }

    /// Runs the transaction at `index`; `None` where there is none.
    pub(super) fn run(&mut self, index: usize, mode: Mode, ahead: bool) -> Option<Attempt> {
        let Plan { transactions, senders, authorities, desk, .. } = self.plan;
        let (tx, &sender, authorities) =
            (transactions.get(index)?, senders.get(index)?, authorities.get(index)?);
        self.view.begin(index);
        let evm = &mut self.evm;
        evm.journal.restart(true);
        evm.transaction_index = u32::try_from(index).ok();
        evm.inquiry = Some(Inquiry::new(desk, mode));
        let answer = evm.transact(tx, sender, authorities, u64::MAX);
        let reads = self.view.take_reads();
        let (left, presumed, open) = match evm.inquiry.take() {
            Some(inquiry) => inquiry.into_parts(),
            None => (None, Verdicts::default(), OpenClaims::new(desk)),
        };
        let (ended, gas) = match answer {
            Ok(Ok(result)) => {
                let gas = result.gas_used;
                let bloom = self.blooms.of_logs(&result.logs);
                (Ended::Executed(result, Box::new(bloom)), gas)
            }
            Ok(Err(_)) => (Ended::Refused, 0),
            Err(_) => {
                let gas = tx.gas_limit.saturating_sub(evm.gas_of_frames());
                evm.abandon();
                (left.map_or(Ended::Refused, |_| Ended::Left), gas)
            }
        };
        let writes = match ended {
            Ended::Executed(..) => evm.journal.writes(),
            _ => Writes::default(),
        };
        Some(Attempt { ended, reads, writes, presumed, open, gas, ahead })
    }
}
