//! What waits for what.

use erbium_claims::homomorphic::{Code, Handle, LoggedOperation};
use std::collections::{HashMap, HashSet};

/// A log that cannot be evaluated as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// Two entries make the same handle.
    #[error("{0} is made twice")]
    Twice(Handle),
    /// An entry uses a handle that a later one makes.
    #[error("{0} is used before it is made")]
    Order(Handle),
}

/// The operations of a log that make ciphertexts, and what each waits for.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    pub(crate) steps: Vec<Step>,
    /// Handles that the log uses and does not make.
    pub(crate) given: Vec<Handle>,
}

#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) entry: LoggedOperation,
    /// Steps that use the result.
    pub(crate) next: Vec<usize>,
    /// How many different steps this one waits for.
    pub(crate) waits: usize,
}

impl Plan {
    /// The plan for `log`, without the results that `done` says are there. Permissions need no evaluation.
    ///
    /// # Errors
    /// [`PlanError`] where the log is in no order that a block can have made.
    pub fn new(log: &[LoggedOperation], done: impl Fn(&Handle) -> bool) -> Result<Self, PlanError> {
        let makes = |entry: &&LoggedOperation| entry.operation.code() != Code::Allow;
        let mut plan = Self::default();
        let mut made: HashMap<Handle, Option<usize>> = HashMap::new();
        let mut later = HashSet::new();
        for entry in log.iter().filter(makes) {
            if !later.insert(entry.result) {
                return Err(PlanError::Twice(entry.result));
            }
        }
        let mut given = HashSet::new();
        for entry in log.iter().filter(makes) {
            let skip = done(&entry.result);
            let at = plan.steps.len();
            let mut waits = HashSet::new();
            for input in entry.operation.inputs() {
                match made.get(&input) {
                    None if later.contains(&input) => return Err(PlanError::Order(input)),
                    // What is not computed again needs no inputs.
                    _ if skip => {}
                    Some(Some(step)) => {
                        waits.insert(*step);
                    }
                    None | Some(None) => {
                        if given.insert(input) {
                            plan.given.push(input);
                        }
                    }
                }
            }
            later.remove(&entry.result);
            made.insert(entry.result, (!skip).then_some(at));
            if skip {
                continue;
            }
            for step in &waits {
                if let Some(step) = plan.steps.get_mut(*step) {
                    step.next.push(at);
                }
            }
            plan.steps.push(Step { entry: *entry, next: Vec::new(), waits: waits.len() });
        }
        Ok(plan)
    }

    /// Operations to evaluate.
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// True where nothing is to be evaluated.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Handles that have to be there before: used, and not made by what is to be evaluated.
    pub fn given(&self) -> &[Handle] {
        &self.given
    }

    /// Most operations that follow each other: no number of cores makes it faster than these.
    pub fn depth(&self) -> usize {
        let mut depths = vec![1usize; self.steps.len()];
        for (at, step) in self.steps.iter().enumerate() {
            let here = depths.get(at).copied().unwrap_or_default();
            for next in &step.next {
                if let Some(depth) = depths.get_mut(*next) {
                    *depth = (*depth).max(here + 1);
                }
            }
        }
        depths.into_iter().max().unwrap_or_default()
    }
}
