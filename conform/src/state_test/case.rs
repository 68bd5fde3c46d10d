//! The cases of a file: every test under every fork with every combination it lists.

use super::build::{self, TemplateError};
use super::exception::Refusal;
use super::execute::Parts;
use super::format::{Indexes, Post, StateTest};
use super::judge::{Expectation, Failure};
use crate::filter::Filter;
use erbium_vm::claims::{Fault, Recoverer, Recovery};
use erbium_vm::state::MemoryState;
use erbium_vm::tx::Transaction;
use erbium_vm::{Fork, H160, Rejection};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The tests of one file, parsed.
pub(crate) struct StateFile {
    tests: Vec<(String, Result<LoadedTest, serde_json::Error>)>,
}

/// A test and the state before it.
struct LoadedTest {
    test: StateTest,
    pre: MemoryState,
}

/// Cases with the answers to all their signatures.
pub(crate) struct Cases<'a> {
    pub(crate) cases: Vec<Case<'a>>,
    pub(super) signers: Vec<Option<H160>>,
}

/// One case.
pub(crate) struct Case<'a> {
    pub(crate) name: String,
    /// Name of the test in its file.
    pub(super) test: &'a str,
    /// The fork as the test calls it.
    pub(crate) fork_name: &'a str,
    /// Its place among the test's cases under the fork.
    pub(super) index: usize,
    pub(super) kind: CaseKind<'a>,
}

pub(super) enum CaseKind<'a> {
    /// It can be run.
    Runnable(Box<Runnable<'a>>),
    /// This build has no such rules.
    UnknownFork,
    /// The test cannot be read.
    Unreadable(&'a serde_json::Error),
}

/// A case that can be run.
pub(super) struct Runnable<'a> {
    loaded: &'a LoadedTest,
    fork: Fork,
    post: &'a Post,
    /// Or why it is refused before it can run, or what is wrong with the test.
    transaction: Result<Result<Unresolved, Refusal>, Failure>,
}

/// A transaction whose signers are places in the answer of the batch.
#[derive(Clone)]
struct Unresolved {
    transaction: Transaction,
    /// `None` where only the template tells the sender.
    sender: Option<usize>,
    authorities: Vec<Option<usize>>,
}

impl StateFile {
    /// Parses every test of a file. One that cannot be read does not keep the others from it.
    pub(crate) fn parse(tests: &BTreeMap<String, &RawValue>) -> Self {
        let load = |raw: &RawValue| {
            let test: StateTest = serde_json::from_str(raw.get())?;
            let pre = build::state(&test.pre, &test.env);
            Ok(LoadedTest { test, pre })
        };
        Self { tests: tests.iter().map(|(name, raw)| (name.clone(), load(raw))).collect() }
    }

    /// The cases that `filter` lets through, named after `place`. All signatures are recovered in one batch.
    ///
    /// # Errors
    /// [`Fault`] when the recoverer failed.
    pub(crate) fn cases(
        &self,
        place: &str,
        filter: &Filter,
        recoverer: &dyn Recoverer,
    ) -> Result<Cases<'_>, Fault> {
        let mut cases = Vec::new();
        let mut batch = Vec::new();
        for (test_name, loaded) in &self.tests {
            let name = format!("{place}: {test_name}");
            match loaded {
                Ok(loaded) => loaded.cases(test_name, &name, filter, &mut batch, &mut cases),
                Err(error) => {
                    let (fork_name, kind) = ("unreadable", CaseKind::Unreadable(error));
                    cases.push(Case { name, test: test_name, fork_name, index: 0, kind });
                }
            }
        }
        let signers = recoverer.recover(&batch)?;
        if signers.len() == batch.len() {
            return Ok(Cases { cases, signers });
        }
        let reason = format!("{} answers to {} recoveries", signers.len(), batch.len());
        Err(Fault::Coprocessor { reason })
    }
}

impl LoadedTest {
    fn cases<'a>(
        &'a self,
        test: &'a str,
        test_name: &str,
        filter: &Filter,
        batch: &mut Vec<Recovery>,
        cases: &mut Vec<Case<'a>>,
    ) {
        for (fork_name, posts) in &self.test.post {
            let fork = fork_name.parse::<Fork>().ok();
            if !filter.wants_fork(fork) {
                continue;
            }
            for (index, post) in posts.iter().enumerate() {
                let Indexes { data, gas, value } = post.indexes;
                let name = format!("{test_name} [{fork_name} d{data} g{gas} v{value}]");
                if !filter.wants_name(&name) {
                    continue;
                }
                let kind = match fork {
                    None => CaseKind::UnknownFork,
                    Some(fork) => {
                        let transaction = self.transaction(fork, post, batch);
                        CaseKind::Runnable(Box::new(Runnable { loaded: self, fork, post, transaction }))
                    }
                };
                cases.push(Case { name, test, fork_name, index, kind });
            }
        }
    }

    /// The transaction of `post`, its signatures put into the batch. Bytes count where there are any; they must say what
    /// the template says.
    fn transaction(
        &self,
        fork: Fork,
        post: &Post,
        batch: &mut Vec<Recovery>,
    ) -> Result<Result<Unresolved, Refusal>, Failure> {
        let chain_id = self.test.config.spec(fork).chain_id;
        let template = build::transaction(&self.test.transaction, post.indexes, chain_id);
        let Some(bytes) = &post.txbytes else {
            return match template {
                Ok(transaction) => Ok(Ok(Unresolved::new(transaction, None, batch))),
                Err(error @ TemplateError::TooLarge { .. }) => {
                    Ok(Err(Refusal::Undecodable { reason: error.to_string() }))
                }
                Err(error) => Err(error.into()),
            };
        };
        let transaction = match Transaction::decode(&bytes.0) {
            Ok(transaction) => transaction,
            Err(error) => return Ok(Err(Refusal::Undecodable { reason: error.to_string() })),
        };
        if let Some(field) = build::first_difference(&transaction, &template?) {
            return Err(Failure::Bytes { field });
        }
        Ok(match transaction.recovery(fork) {
            Ok(recovery) => Ok(Unresolved::new(transaction, Some(recovery), batch)),
            Err(rejection) => Err(rejection.into()),
        })
    }
}

impl Unresolved {
    fn new(transaction: Transaction, sender: Option<Recovery>, batch: &mut Vec<Recovery>) -> Self {
        let mut ask = |recovery: Option<Recovery>| {
            batch.push(recovery?);
            Some(batch.len() - 1)
        };
        let sender = ask(sender);
        let authorities = transaction.authorizations.iter().map(|entry| ask(entry.recovery())).collect();
        Self { transaction, sender, authorities }
    }
}

impl Runnable<'_> {
    /// What to run, or why the transaction is refused before it can run.
    pub(super) fn parts(&self, signers: &[Option<H160>]) -> Result<Result<Parts, Refusal>, Failure> {
        let Unresolved { transaction, sender, authorities } = match self.transaction.clone()? {
            Ok(unresolved) => unresolved,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let answer = |place: usize| signers.get(place).copied().flatten();
        let declared = self.loaded.test.transaction.sender.map(|sender| sender.0);
        let sender = match (sender.map(answer), declared) {
            (Some(None), _) => {
                let reason = "no key fits it";
                return Ok(Err(Rejection::InvalidSignature { reason }.into()));
            }
            (Some(Some(recovered)), Some(declared)) if recovered != declared => {
                return Err(Failure::Sender { recovered, declared });
            }
            (Some(Some(sender)), _) | (None, Some(sender)) => sender,
            (None, None) => return Err(TemplateError::Missing { field: "sender" }.into()),
        };
        let authorities = authorities.into_iter().map(|place| place.and_then(answer)).collect();
        let spec = self.loaded.test.config.spec(self.fork);
        let block = build::block(&self.loaded.test.env, &spec);
        Ok(Ok(Parts { spec, block, state: self.loaded.pre.clone(), transaction, sender, authorities }))
    }

    pub(super) fn expectation(&self) -> Expectation<'_> {
        let coinbase = self.loaded.test.env.current_coinbase.0;
        Expectation { post: Cow::Borrowed(self.post), fork: self.fork, coinbase }
    }

    pub(super) fn pre(&self) -> &MemoryState {
        &self.loaded.pre
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use erbium_gpu::CpuRecoverer;
    use proptest::prelude::*;

    const SAMPLES: [&str; 3] = [
        include_str!("../../../tests/data/state/eest-prague-set-code.json"),
        include_str!("../../../tests/data/state/eest-blob-creation.json"),
        include_str!("../../../tests/data/state/testeth-add11.json"),
    ];

    /// Cases of `text`, each taken as far as its parts; `None` where it is no file of tests.
    fn read(text: &str) -> Option<usize> {
        let tests: BTreeMap<String, &RawValue> = serde_json::from_str(text).ok()?;
        let file = StateFile::parse(&tests);
        let cases = file.cases("file", &Filter::default(), &CpuRecoverer).unwrap();
        for case in &cases.cases {
            if let CaseKind::Runnable(runnable) = &case.kind {
                let _ = runnable.parts(&cases.signers);
            }
        }
        Some(cases.cases.len())
    }

    #[test]
    fn samples_have_their_cases() {
        assert_eq!(SAMPLES.map(read), [Some(1), Some(3), Some(7)]);
    }

    #[test]
    fn a_recoverer_that_answers_too_little_is_a_fault() {
        struct Lazy;
        impl Recoverer for Lazy {
            fn recover(&self, _: &[Recovery]) -> Result<Vec<Option<H160>>, Fault> {
                Ok(Vec::new())
            }
        }
        let tests: BTreeMap<String, &RawValue> = serde_json::from_str(SAMPLES[0]).unwrap();
        let file = StateFile::parse(&tests);
        assert!(matches!(file.cases("", &Filter::default(), &Lazy), Err(Fault::Coprocessor { .. })));
    }

    proptest! {
        #[test]
        fn altered_bytes_never_panic(
            sample in prop::sample::select(&SAMPLES[..]),
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<char>()), 1..4),
        ) {
            let mut text: Vec<char> = sample.chars().collect();
            for (place, with) in changes {
                let place = place.index(text.len());
                text[place] = with;
            }
            read(&text.into_iter().collect::<String>());
        }

        #[test]
        fn altered_values_never_panic(
            sample in prop::sample::select(&SAMPLES[..]),
            place in any::<prop::sample::Index>(),
            with in prop::sample::select(vec![
                "", "0x", "0xffffffffffffffff", "0x10000000000000000", "0x:bigint 0x1", "-1", "0xc0", "Prague",
                "0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", "0x01c0", "0x04c0", "1",
            ]),
        ) {
            let quoted: Vec<_> = sample.split('"').collect();
            let mut changed = quoted.clone();
            changed[place.index(quoted.len() / 2) * 2 + 1] = with;
            read(&changed.join("\""));
        }
    }
}
