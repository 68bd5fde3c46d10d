//! The tests of a file, decoded, with all signatures recovered in one batch.

use super::chain::{Chain, Signed, Trace};
use super::format::BlockchainTest;
use super::judge;
use super::network::{Network, UnknownNetwork};
use crate::filter::Filter;
use crate::report::Outcome;
use erbium_vm::ParallelVM;
use erbium_vm::block::{Block, BlockDecodeError};
use erbium_vm::claims::{Fault, Recoverer, Recovery};
use erbium_vm::speculation::ExecutionOptions;
use erbium_vm::tx::Transaction;
use erbium_vm::{H160, Rejection, U256};
use rayon::prelude::*;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// The tests of one file.
pub(crate) struct BlockchainFile {
    tests: Vec<Test>,
    signers: Vec<Option<H160>>,
    vm: ParallelVM,
}

/// One test.
pub(crate) struct Test {
    /// Its name behind the file's.
    pub(crate) name: String,
    /// Its name in the file.
    pub(super) key: String,
    /// The network as the test calls it; empty where the test cannot be read.
    pub(crate) network: String,
    loaded: Result<Loaded, LoadError>,
}

/// What is there of a test before it runs.
pub(super) struct Loaded {
    pub(super) test: BlockchainTest,
    pub(super) network: Network,
    pub(super) blocks: Vec<Decoded>,
}

/// A block of a test. Its signers are in places of the batch's answer.
pub(super) struct Decoded {
    pub(super) block: Result<Block, BlockDecodeError>,
    senders: Vec<Result<usize, Rejection>>,
    authorities: Vec<Vec<Option<usize>>>,
}

/// The signers of a block.
pub(super) struct Signers {
    senders: Vec<Result<H160, Rejection>>,
    authorities: Vec<Vec<Option<H160>>>,
}

enum LoadError {
    Unreadable(serde_json::Error),
    UnknownNetwork(UnknownNetwork),
}

impl BlockchainFile {
    /// Parses every test that `filter` lets through, names them after `place`, and recovers all signatures.
    ///
    /// # Errors
    /// [`Fault`] when the recoverer failed.
    pub(crate) fn load(
        tests: &BTreeMap<String, &RawValue>,
        place: &str,
        filter: &Filter,
        recoverer: &dyn Recoverer,
    ) -> Result<Self, Fault> {
        let load = |(name, raw): (&String, &&RawValue)| Test::load(place, name, raw, filter);
        let mut tests: Vec<Test> = tests.par_iter().filter_map(load).collect();
        let mut batch = Vec::new();
        for loaded in tests.iter_mut().filter_map(|test| test.loaded.as_mut().ok()) {
            for decoded in &mut loaded.blocks {
                decoded.ask(&loaded.network, &mut batch);
            }
        }
        let signers = recoverer.recover(&batch)?;
        if signers.len() == batch.len() {
            let vm = ParallelVM::new(ExecutionOptions::sequential());
            return Ok(Self { tests, signers, vm });
        }
        let reason = format!("{} answers to {} recoveries", signers.len(), batch.len());
        Err(Fault::Coprocessor { reason })
    }

    /// Executes blocks on `vm`; else one transaction after the other.
    pub(crate) fn on(self, vm: ParallelVM) -> Self {
        Self { vm, ..self }
    }

    /// The tests.
    pub(crate) fn tests(&self) -> &[Test] {
        &self.tests
    }

    /// Runs a test of this file.
    pub(crate) fn run(&self, test: &Test) -> Outcome {
        match (&test.loaded, self.chain(test, None)) {
            (_, Ok(_)) => Outcome::Passed,
            (Err(LoadError::UnknownNetwork(_)), Err(reason)) => Outcome::Unreadable { reason },
            (_, Err(reason)) => Outcome::Failed { reason },
        }
    }

    /// Runs a test of this file; the chain that came of it, or why it failed.
    pub(super) fn chain<'a>(
        &'a self,
        test: &'a Test,
        trace: Option<&mut Trace<'_>>,
    ) -> Result<Chain<'a>, String> {
        match &test.loaded {
            Err(LoadError::UnknownNetwork(error)) => Err(error.to_string()),
            Err(LoadError::Unreadable(error)) => Err(format!("unreadable: {error}")),
            Ok(loaded) => {
                judge::run(loaded, &self.vm, &self.signers, trace).map_err(|failure| failure.to_string())
            }
        }
    }
}

impl Test {
    /// `None` where `filter` does not want it.
    fn load(place: &str, key: &str, raw: &RawValue, filter: &Filter) -> Option<Self> {
        let name = format!("{place}: {key}");
        let key = key.to_owned();
        if !filter.wants_name(&name) {
            return None;
        }
        let test: BlockchainTest = match serde_json::from_str(raw.get()) {
            Ok(test) => test,
            Err(error) => {
                let loaded = Err(LoadError::Unreadable(error));
                return Some(Self { name, key, network: String::new(), loaded });
            }
        };
        let label = test.network.clone();
        let network = match Network::parse(&label, &test.config) {
            Ok(network) => network,
            Err(_) if !filter.wants_fork(None) => return None,
            Err(error) => {
                let loaded = Err(LoadError::UnknownNetwork(error));
                return Some(Self { name, key, network: label, loaded });
            }
        };
        if !network.forks().any(|fork| filter.wants_fork(Some(fork))) {
            return None;
        }
        let blocks = test.blocks.iter().map(|block| Decoded::new(&block.rlp.0)).collect();
        Some(Self { name, key, network: label, loaded: Ok(Loaded { test, network, blocks }) })
    }
}

impl Decoded {
    fn new(rlp: &[u8]) -> Self {
        Self { block: Block::decode(rlp), senders: Vec::new(), authorities: Vec::new() }
    }

    /// Puts the block's signatures into the batch.
    fn ask(&mut self, network: &Network, batch: &mut Vec<Recovery>) {
        let Ok(block) = &self.block else { return };
        // Signature rules are those of Homestead and Spurious Dragon, which no network enters by total difficulty.
        let era = network.era(block.header.number, block.header.timestamp, U256::zero());
        let mut ask = |recovery: Recovery| {
            batch.push(recovery);
            batch.len() - 1
        };
        for transaction in &block.transactions {
            self.senders.push(transaction.recovery(era.spec.fork).map(&mut ask));
            let Transaction { authorizations, .. } = transaction;
            self.authorities
                .push(authorizations.iter().map(|entry| entry.recovery().map(&mut ask)).collect());
        }
    }

    /// Who signed what, from the answer to the batch.
    pub(super) fn signers(&self, answers: &[Option<H160>]) -> Signers {
        let answer = |place: usize| answers.get(place).copied().flatten();
        let sender = |asked: &Result<usize, Rejection>| {
            answer(asked.clone()?).ok_or(Rejection::InvalidSignature { reason: "no key fits it" })
        };
        let entries = |asked: &Vec<Option<usize>>| asked.iter().map(|place| answer((*place)?)).collect();
        Signers {
            senders: self.senders.iter().map(sender).collect(),
            authorities: self.authorities.iter().map(entries).collect(),
        }
    }
}

impl Signers {
    pub(super) fn of<'a>(&'a self, block: &'a Block, rlp_size: usize) -> Signed<'a> {
        Signed { block, rlp_size, senders: &self.senders, authorities: &self.authorities }
    }
}
