//! State tests: one transaction on a given state, judged by the state root and the logs behind it.

mod build;
mod case;
mod difference;
mod exception;
mod execute;
mod format;
mod judge;
mod single;
mod subtest;

pub use build::TemplateError;
pub use difference::{Detail, Difference};
pub use exception::Refusal;
pub use execute::{Execution, Parts};
pub use judge::Failure;
pub use single::Single;
pub use subtest::{Ran, Subtest, subtests};

pub(crate) use build::{accounts, block as block_env, state as pre_state};
pub(crate) use case::StateFile;
pub(crate) use difference::first as first_difference;
pub(crate) use exception::judge as exception_matches;
pub(crate) use execute::root;
pub(crate) use format::{Alloc, AllocAccount, Config, Env};
