//! Which cases are wanted.

use erbium_vm::Fork;

/// Chooses cases. The default lets all through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Forks to run; empty for all, those unknown to this build included.
    pub forks: Vec<Fork>,
    /// A part of the case's name, as reports show it.
    pub name: Option<String>,
}

impl Filter {
    /// True for a fork that is wanted; `None` is one that this build does not know.
    pub(crate) fn wants_fork(&self, fork: Option<Fork>) -> bool {
        self.forks.is_empty() || fork.is_some_and(|fork| self.forks.contains(&fork))
    }

    pub(crate) fn wants_name(&self, name: &str) -> bool {
        self.name.as_ref().is_none_or(|part| name.contains(part))
    }
}
