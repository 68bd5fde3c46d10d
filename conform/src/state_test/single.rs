//! One case alone, to be looked into.

use super::Refusal;
use super::case::{Case, CaseKind, Runnable, StateFile};
use super::execute::{Execution, Parts};
use super::judge::{Expectation, Failure};
use crate::filter::Filter;
use erbium_vm::claims::{Fault, Recoverer};
use erbium_vm::evm::Tracer;
use erbium_vm::state::MemoryState;
use erbium_vm::{H160, H256};

/// A case taken out of its file.
pub struct Single {
    /// Its name, as reports show it.
    pub name: String,
    /// What would run, or why the transaction is refused before it can.
    pub parts: Result<Parts, Refusal>,
    pre: MemoryState,
    expectation: Expectation<'static>,
}

impl Single {
    /// The runnable cases of a file that `filter` lets through.
    pub(crate) fn of_file(
        file: &StateFile,
        place: &str,
        filter: &Filter,
        recoverer: &dyn Recoverer,
    ) -> Result<Vec<Result<Self, Failure>>, Fault> {
        let cases = file.cases(place, filter, recoverer)?;
        let runnable = cases.cases.iter().filter_map(|case| match &case.kind {
            CaseKind::Runnable(runnable) => Some((case, runnable.as_ref())),
            CaseKind::UnknownFork | CaseKind::Unreadable(_) => None,
        });
        Ok(runnable.map(|(case, runnable)| Self::new(case, runnable, &cases.signers)).collect())
    }

    pub(super) fn new(
        case: &Case<'_>,
        runnable: &Runnable<'_>,
        signers: &[Option<H160>],
    ) -> Result<Self, Failure> {
        let parts = runnable.parts(signers)?;
        let (pre, expectation) = (runnable.pre().clone(), runnable.expectation().into_owned());
        Ok(Self { name: case.name.clone(), parts, pre, expectation })
    }

    /// Runs the case, shown to `tracer` step by step.
    ///
    /// # Errors
    /// [`Fault`] when machinery failed.
    pub fn execute(&self, tracer: Option<&mut dyn Tracer>) -> Result<Execution, Fault> {
        match &self.parts {
            Ok(parts) => parts.clone().execute(tracer),
            Err(refusal) => Ok(Execution::refused(refusal.clone(), self.pre.clone())),
        }
    }

    /// Root of the state at the end of the block that the transaction is alone in.
    pub fn state_root(&self, execution: &Execution) -> H256 {
        self.expectation.root(execution)
    }

    /// Compares an execution of this case with what the test says.
    ///
    /// # Errors
    /// The first difference.
    pub fn judge(&self, execution: &Execution) -> Result<(), Failure> {
        self.expectation.judge(execution)
    }
}
