//! What both machines must agree on.

use primitive_types::{H160, H256, U256};
use std::collections::BTreeMap;
use std::fmt::{self, Debug};

/// How a transaction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Status {
    Rejected,
    Success,
    Revert,
    Halt,
}

/// One account after a transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AccountSeen {
    pub(crate) nonce: u64,
    pub(crate) balance: U256,
    pub(crate) code: Vec<u8>,
    /// Slots that are not zero.
    pub(crate) storage: BTreeMap<U256, U256>,
}

/// Address, topics and data of a log.
pub(crate) type LogSeen = (H160, Vec<H256>, Vec<u8>);

/// One transaction and the whole state after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Observed {
    pub(crate) status: Status,
    pub(crate) gas_used: u64,
    /// Empty for a successful creation.
    pub(crate) output: Vec<u8>,
    pub(crate) created: Option<H160>,
    pub(crate) logs: Vec<LogSeen>,
    pub(crate) state: BTreeMap<H160, AccountSeen>,
}

impl Observed {
    /// A rejected transaction over `state`.
    pub(crate) fn rejected(state: BTreeMap<H160, AccountSeen>) -> Self {
        Self {
            status: Status::Rejected,
            gas_used: 0,
            output: Vec::new(),
            created: None,
            logs: Vec::new(),
            state,
        }
    }

    /// What differs first between two observations of transaction `index`.
    fn difference(&self, peer: &Self, run: &'static str, index: usize) -> Option<Difference> {
        let found = None
            .or_else(|| differs("status", &self.status, &peer.status))
            .or_else(|| differs("gas used", &self.gas_used, &peer.gas_used))
            .or_else(|| differs("output", &hex::encode(&self.output), &hex::encode(&peer.output)))
            .or_else(|| differs("created address", &self.created, &peer.created))
            .or_else(|| differs("logs", &self.logs, &peer.logs))
            .or_else(|| {
                let addresses = self.state.keys().chain(peer.state.keys());
                addresses.into_iter().find_map(|address| {
                    let what = format!("account {address:?}");
                    differs(&what, &self.state.get(address), &peer.state.get(address))
                })
            });
        found.map(|(what, ours, peer)| Difference { run, index, what, ours, peer })
    }
}

fn differs<T: PartialEq + Debug>(what: &str, ours: &T, peer: &T) -> Option<(String, String, String)> {
    (ours != peer).then(|| (what.to_owned(), format!("{ours:?}"), format!("{peer:?}")))
}

/// Where erbium and revm part.
#[derive(Clone, Debug)]
pub(crate) struct Difference {
    /// Which of erbium's runs it was.
    run: &'static str,
    /// Number of the transaction, from 0.
    index: usize,
    what: String,
    ours: String,
    peer: String,
}

impl Difference {
    /// Compares a run of erbium with revm's, transaction by transaction.
    pub(crate) fn between(run: &'static str, ours: &[Observed], peer: &[Observed]) -> Option<Self> {
        assert_eq!(ours.len(), peer.len(), "every transaction is observed");
        let mut pairs = ours.iter().zip(peer).enumerate();
        pairs.find_map(|(index, (ours, peer))| ours.difference(peer, run, index))
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { run, index, what, ours, peer } = self;
        write!(f, "transaction {index}, {run}: {what} differs\n  erbium {ours}\n  revm   {peer}")
    }
}
