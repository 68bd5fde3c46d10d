//! Compares what happened with what a test says.

use super::build::TemplateError;
use super::case::{Case, CaseKind, Cases, Runnable};
use super::difference::{self, Difference};
use super::exception::{self, Refusal};
use super::execute::{self, Execution};
use super::format::Post;
use crate::report::Outcome;
use erbium_vm::block::logs_hash;
use erbium_vm::claims::Fault;
use erbium_vm::evm::Tracer;
use erbium_vm::{Fork, H160, H256};
use std::borrow::Cow;

/// The first thing that is not as the test says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// Another state.
    #[error("state root {got:?}, not {expected:?}{}", At(difference.as_deref()))]
    StateRoot {
        /// After the transaction.
        got: H256,
        /// By the test.
        expected: H256,
        /// The first difference, where the test tells the whole state.
        difference: Option<Box<Difference>>,
    },
    /// Other logs.
    #[error("{count} logs hash to {got:?}, not {expected:?}")]
    Logs {
        /// Logs emitted.
        count: usize,
        /// Their hash.
        got: H256,
        /// By the test.
        expected: H256,
    },
    /// The transaction ran where it must not.
    #[error("accepted; expected {expected}")]
    Accepted {
        /// Exception names.
        expected: String,
    },
    /// The transaction was refused where it must run.
    #[error("refused: {refusal}")]
    Refused {
        /// Why.
        refusal: Refusal,
    },
    /// The transaction was refused for another reason.
    #[error("refused for another reason: {refusal}; expected {expected}")]
    WrongRefusal {
        /// Why.
        refusal: Refusal,
        /// Exception names.
        expected: String,
    },
    /// The test's bytes and its template are not the same transaction.
    #[error("`txbytes` differ from the template in {field}")]
    Bytes {
        /// The first field that differs.
        field: &'static str,
    },
    /// The test's bytes are signed by another than it says.
    #[error("signed by {recovered:?}, not by {declared:?}")]
    Sender {
        /// By the signature.
        recovered: H160,
        /// By the test.
        declared: H160,
    },
    /// The template gives no transaction.
    #[error("template: {0}")]
    Template(#[from] TemplateError),
    /// Machinery failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

struct At<'a>(Option<&'a Difference>);

impl std::fmt::Display for At<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.map_or(Ok(()), |difference| write!(f, ": {difference}"))
    }
}

impl Cases<'_> {
    /// Runs one of the cases.
    pub(crate) fn run(&self, case: &Case<'_>) -> Outcome {
        match &case.kind {
            CaseKind::UnknownFork => {
                Outcome::Unreadable { reason: format!("unknown fork `{}`", case.fork_name) }
            }
            CaseKind::Unreadable(error) => Outcome::Failed { reason: format!("not a state test: {error}") },
            CaseKind::Runnable(runnable) => {
                let judged = self
                    .execute(runnable, None)
                    .and_then(|execution| runnable.expectation().judge(&execution));
                judged.map_or_else(
                    |failure| Outcome::Failed { reason: failure.to_string() },
                    |()| Outcome::Passed,
                )
            }
        }
    }

    pub(super) fn execute(
        &self,
        runnable: &Runnable<'_>,
        tracer: Option<&mut dyn Tracer>,
    ) -> Result<Execution, Failure> {
        Ok(match runnable.parts(&self.signers)? {
            Ok(parts) => parts.execute(tracer)?,
            Err(refusal) => Execution::refused(refusal, runnable.pre().clone()),
        })
    }
}

/// What a case should come to.
#[derive(Clone, Debug)]
pub(super) struct Expectation<'a> {
    pub(super) post: Cow<'a, Post>,
    pub(super) fork: Fork,
    pub(super) coinbase: H160,
}

impl Expectation<'_> {
    pub(super) fn into_owned(self) -> Expectation<'static> {
        Expectation { post: Cow::Owned(self.post.into_owned()), ..self }
    }

    /// The first difference of `execution` from what is expected.
    pub(super) fn judge(&self, execution: &Execution) -> Result<(), Failure> {
        let post = &self.post;
        match (&execution.outcome, &post.expect_exception) {
            (Ok(_), Some(expected)) => return Err(Failure::Accepted { expected: expected.clone() }),
            (Err(refusal), Some(expected)) if !exception::matches(expected, refusal) => {
                let (refusal, expected) = (refusal.clone(), expected.clone());
                return Err(Failure::WrongRefusal { refusal, expected });
            }
            // The oldest files have no bytes and do not tell that a transaction is to be refused: only the root does.
            (Err(refusal), None) if post.txbytes.is_some() => {
                return Err(Failure::Refused { refusal: refusal.clone() });
            }
            _ => {}
        }
        let (got, expected) = (self.root(execution), post.hash.0);
        if got != expected {
            let difference = post.state.as_ref().and_then(|state| difference::first(&execution.state, state));
            return Err(Failure::StateRoot { got, expected, difference: difference.map(Box::new) });
        }
        let logs = execution.outcome.as_ref().map_or(&[][..], |result| &result.logs);
        let (got, expected) = (logs_hash(logs), post.logs.0);
        if got != expected {
            return Err(Failure::Logs { count: logs.len(), got, expected });
        }
        Ok(())
    }

    /// Root of the state at the end of the block. retesteth pays the reward of zero to a block whose only transaction was
    /// refused too; execution-spec-tests, which write the state into the file, do not.
    pub(super) fn root(&self, execution: &Execution) -> H256 {
        if execution.outcome.is_ok() || self.post.state.is_some() || self.fork >= Fork::SpuriousDragon {
            return execution.state_root();
        }
        let mut state = execution.state.clone();
        execute::pay_nothing(&mut state, self.fork, self.coinbase);
        execute::root(&state)
    }
}
