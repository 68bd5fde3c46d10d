//! The state transition of a block, from loose parts to loose parts: what go-ethereum's `evm t8n` does.

mod env;
mod error;
mod execute;
mod fields;
mod input;
mod output;
mod rejection;
mod trace;
mod txs;

pub use error::{EnvironmentError, FieldError, FieldProblem, T8nError};
pub use input::{Input, Source, Sources};
pub use output::{Output, Rejected};
pub use trace::{TraceFiles, TraceOptions};

use crate::blockchain::Network;
use crate::hex::Quantity64;
use crate::state_test::Config;
use erbium_vm::claims::Recoverer;

/// Names of forks that have been in use beside those of [`erbium_vm::Fork::ALL`].
pub const OTHER_FORK_NAMES: [&str; 4] = ["MuirGlacier", "ArrowGlacier", "GrayGlacier", "Merge"];

/// What a transition is made by.
#[derive(Clone, Debug)]
pub struct Rules {
    network: Network,
    /// Wei for the block's miner; `None` where nobody is paid or even touched.
    reward: Option<u64>,
}

impl Rules {
    /// The rules of `fork`, which may name a change from one to another as in `ShanghaiToCancunAtTime15k`; a reward of -1
    /// is none.
    ///
    /// # Errors
    /// [`T8nError::UnknownFork`], [`T8nError::ExtraEips`] or [`T8nError::Reward`].
    pub fn new(fork: &str, chain_id: u64, reward: i64) -> Result<Self, T8nError> {
        let name = || fork.to_owned();
        if fork.contains('+') {
            return Err(T8nError::ExtraEips { name: name() });
        }
        let config = Config { chainid: Some(Quantity64(chain_id)), ..Config::default() };
        let network = Network::parse(fork, &config).map_err(|_| T8nError::UnknownFork { name: name() })?;
        let reward = match reward {
            -1 => None,
            reward => Some(u64::try_from(reward).map_err(|_| T8nError::Reward { reward })?),
        };
        Ok(Self { network, reward })
    }
}

/// Makes the transition. Transactions that break a rule are left out and reported; all else that is wrong is an error.
///
/// # Errors
/// [`T8nError`].
pub fn transition(
    rules: &Rules,
    input: Input,
    recoverer: &dyn Recoverer,
    traces: Option<TraceFiles<'_>>,
) -> Result<Output, T8nError> {
    execute::run(rules, input, recoverer, traces)
}

#[cfg(test)]
mod tests;
