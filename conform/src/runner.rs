//! Runs whatever test files it is pointed at.

use crate::blockchain::{BlockchainFile, Test};
use crate::content::{self, Content, Format};
use crate::difficulty_test::{self, DifficultyTest};
use crate::filter::Filter;
use crate::groth16;
use crate::mldsa::{self, Judge};
use crate::precompile::Bls12381;
use crate::privacy;
use crate::report::{CaseResult, Collector, Outcome, Report};
use crate::rlp_test::RlpTest;
use crate::skips::Skips;
use crate::source::{self, Entries, Entry, SourceError};
use crate::state_test::{Failure, Single, StateFile};
use crate::transaction_test::{TransactionCase, TransactionFile};
use crate::trie_test::TrieTest;
use crate::vm_test::VmTest;
use erbium_vm::ParallelVM;
use erbium_vm::claims::{Deriver, Fault, NoCoprocessor, Recoverer, Verifier};
use erbium_vm::speculation::ExecutionOptions;
use rayon::prelude::*;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// How far a run is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Files done.
    pub files: u64,
    /// Cases done.
    pub cases: u64,
    /// Bytes read from disk.
    pub bytes: u64,
    /// Bytes to be read in all.
    pub bytes_total: u64,
}

/// Runs the test files of folders and archives on all cores of the current rayon pool, as a stream: memory holds a few
/// files at a time.
pub struct Runner<'a> {
    /// Which cases to run.
    pub filter: Filter,
    skips: Skips,
    recoverer: &'a dyn Recoverer,
    judge: Judge<'a>,
    vm: ParallelVM,
    bls12_381: Option<&'a dyn Bls12381>,
    progress: Option<&'a (dyn Fn(Progress) + Sync)>,
}

/// Why a single case was not found.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FindError {
    /// No case has the name.
    #[error("no case is named `{name}`")]
    NotFound {
        /// What was asked for.
        name: String,
    },
    /// More than one case has the name in its name.
    #[error("`{name}` may be `{first}` or `{second}`")]
    Ambiguous {
        /// What was asked for.
        name: String,
        /// One case.
        first: String,
        /// Another.
        second: String,
    },
    /// An input could not be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A test that may be the one is broken.
    #[error(transparent)]
    Broken(#[from] Failure),
    /// Machinery failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl<'a> Runner<'a> {
    /// A runner of all cases that asks `recoverer` for signers. Until it is told whom to ask, claims and derivations are
    /// a [`Fault`].
    pub fn new(recoverer: &'a dyn Recoverer) -> Self {
        let judge = Judge { verifier: &NoCoprocessor, deriver: &NoCoprocessor };
        let vm = ParallelVM::new(ExecutionOptions::sequential());
        let (filter, skips) = (Filter::default(), Skips::built_in());
        Self { filter, skips, recoverer, judge, vm, bls12_381: None, progress: None }
    }

    /// Asks `verifier` for verdicts.
    #[must_use]
    pub fn with_verifier(mut self, verifier: &'a dyn Verifier) -> Self {
        self.judge.verifier = verifier;
        self
    }

    /// Asks `deriver` for keys, signatures and addresses.
    #[must_use]
    pub fn with_deriver(mut self, deriver: &'a dyn Deriver) -> Self {
        self.judge.deriver = deriver;
        self
    }

    /// Executes the blocks of blockchain tests on `vm`; else one transaction after the other.
    #[must_use]
    pub fn with_vm(self, vm: ParallelVM) -> Self {
        Self { vm, ..self }
    }

    /// Holds `other` against the vectors of precompiles too, where it knows what they are about.
    #[must_use]
    pub fn with_bls12_381(self, other: &'a dyn Bls12381) -> Self {
        Self { bls12_381: Some(other), ..self }
    }

    /// Runs only what `filter` lets through.
    #[must_use]
    pub fn with_filter(self, filter: Filter) -> Self {
        Self { filter, ..self }
    }

    /// Calls `progress` after each file, from any thread.
    #[must_use]
    pub fn with_progress(self, progress: &'a (dyn Fn(Progress) + Sync)) -> Self {
        Self { progress: Some(progress), ..self }
    }

    /// Runs everything in `paths`. Trouble with one file is in the report and keeps no other from running.
    pub fn run(&self, paths: &[PathBuf]) -> Report {
        let collector = Mutex::new(Collector::default());
        let mut sources = Vec::new();
        for path in paths {
            match Entries::open(path) {
                Ok(entries) => sources.push((path, entries)),
                Err(error) => collect(&collector, |found| found.source_error(path, &error)),
            }
        }
        let bytes_total = sources.iter().map(|(_, entries)| entries.bytes_total()).sum();
        let positions: Vec<_> = sources.iter().map(|(_, entries)| entries.position()).collect();
        let (files, cases) = (AtomicU64::new(0), AtomicU64::new(0));
        for (path, entries) in sources {
            let input = source::path_stem(path);
            entries.par_bridge().for_each(|item| {
                let entry = match item {
                    Ok(entry) => entry,
                    Err(error) => return collect(&collector, |found| found.source_error(path, &error)),
                };
                let results = self.file(&input, &entry);
                let mut done = 0;
                collect(&collector, |found| match results {
                    FileResult::Cases(results) => {
                        done = results.len() as u64;
                        results.into_iter().for_each(|result| found.case(placed(&entry, result)));
                    }
                    FileResult::PassedOver(reason) => found.pass_over(entry.to_string(), reason.to_owned()),
                    FileResult::Error(reason) => found.error(entry.to_string(), reason),
                });
                let progress = Progress {
                    files: files.fetch_add(1, Ordering::Relaxed) + 1,
                    cases: cases.fetch_add(done, Ordering::Relaxed) + done,
                    bytes: positions.iter().map(|position| position.load(Ordering::Relaxed)).sum(),
                    bytes_total,
                };
                if let Some(report) = self.progress {
                    report(progress);
                }
            });
        }
        collector.into_inner().unwrap_or_else(PoisonError::into_inner).finish()
    }

    /// Takes one state test case out of `paths`: the one that has exactly this name, or else the only one that has it as
    /// a part of its own.
    ///
    /// # Errors
    /// [`FindError`] where there is no such case, or where it cannot be told or read.
    pub fn find(&self, paths: &[PathBuf], name: &str) -> Result<Single, FindError> {
        let filter = Filter { name: Some(name.to_owned()), ..self.filter.clone() };
        let (mut found, mut other): (Option<Single>, Option<String>) = (None, None);
        for path in paths {
            for entry in Entries::open(path)? {
                let entry = entry?;
                let Ok(Content::StateTests(tests)) = content::recognise(&entry) else { continue };
                for single in
                    Single::of_file(&StateFile::parse(&tests), &entry.name, &filter, self.recoverer)?
                {
                    let single = single?;
                    if single.name == name {
                        return Ok(single);
                    }
                    match &found {
                        None => found = Some(single),
                        Some(_) => other = Some(single.name),
                    }
                }
            }
        }
        let name = name.to_owned();
        match (found, other) {
            (Some(first), Some(second)) => Err(FindError::Ambiguous { name, first: first.name, second }),
            (Some(found), None) => Ok(found),
            (None, _) => Err(FindError::NotFound { name }),
        }
    }

    fn file(&self, input: &str, entry: &Entry) -> FileResult {
        match content::recognise(entry) {
            Ok(Content::StateTests(tests)) => {
                let file = StateFile::parse(&tests);
                match file.cases(&entry.name, &self.filter, self.recoverer) {
                    Ok(cases) => FileResult::Cases(
                        cases
                            .cases
                            .par_iter()
                            .map(|case| {
                                let result = CaseResult {
                                    suite: format!("{input} {}", case.fork_name),
                                    name: case.name.clone(),
                                    outcome: guarded(|| cases.run(case)),
                                };
                                self.skips.reconsider(&entry.name, case.fork_name, result)
                            })
                            .collect(),
                    ),
                    Err(fault) => FileResult::Error(fault.to_string()),
                }
            }
            Ok(Content::BlockchainTests(tests)) => {
                let file = match BlockchainFile::load(&tests, &entry.name, &self.filter, self.recoverer) {
                    Ok(file) => file.on(self.vm.clone()),
                    Err(fault) => return FileResult::Error(fault.to_string()),
                };
                let run = |test: &Test| {
                    let result = CaseResult {
                        suite: format!("{input} {}", test.network),
                        name: test.name.clone(),
                        outcome: guarded(|| file.run(test)),
                    };
                    self.skips.reconsider(&entry.name, &test.network, result)
                };
                FileResult::Cases(file.tests().par_iter().map(run).collect())
            }
            Ok(Content::Precompile(subject, vectors)) => {
                if !self.filter.wants_fork(Some(subject.fork)) {
                    return FileResult::Cases(Vec::new());
                }
                let named = vectors.iter().map(|vector| (format!("{}: {}", entry.name, vector.name), vector));
                let wanted: Vec<_> = named.filter(|(name, _)| self.filter.wants_name(name)).collect();
                let run = |(name, vector)| CaseResult {
                    suite: format!("{input} {}", entry.stem()),
                    name,
                    outcome: guarded(|| subject.run(vector, self.bls12_381)),
                };
                FileResult::Cases(wanted.into_par_iter().map(run).collect())
            }
            Ok(Content::MlDsa(format)) => guarded_file(|| self.ml_dsa(input, entry, format)),
            Ok(Content::Groth16(format)) => guarded_file(|| self.groth16(input, entry, format)),
            Ok(Content::Privacy(format)) => guarded_file(|| self.privacy(input, entry, format)),
            Ok(Content::Opcode(opcode, vectors)) => {
                let suite = format!("{input} {}", entry.stem());
                let cases = vectors.iter().map(|vector| (vector.name(), vector));
                self.plain(&suite, entry, cases.collect(), |vector| vector.run(opcode))
            }
            Ok(Content::Tests(Format::Transaction, tests)) => self.transactions(input, entry, &tests),
            Ok(Content::Tests(format, tests)) => {
                self.small_tests(input, entry, format, tests).unwrap_or_else(FileResult::Error)
            }
            Ok(Content::Other(what)) => match self.skips.file(&entry.name) {
                Some(outcome) => FileResult::Cases(vec![CaseResult {
                    suite: input.to_owned(),
                    name: entry.name.clone(),
                    outcome,
                }]),
                None => FileResult::PassedOver(what),
            },
            Err(error) => FileResult::Error(error.to_string()),
        }
    }

    /// These cases know no fork: where forks are chosen, none of them is wanted.
    fn ml_dsa(&self, input: &str, entry: &Entry, format: mldsa::Format) -> FileResult {
        if !self.filter.wants_fork(None) {
            return FileResult::Cases(Vec::new());
        }
        let cases = match format.read(entry) {
            Ok(cases) => cases,
            Err(error) => return FileResult::Error(error.to_string()),
        };
        let full = |id: &str| format!("{}: {id}", entry.name);
        let outcomes = self.judge.outcomes(cases, |id| self.filter.wants_name(&full(id)));
        answered(input, entry, outcomes)
    }

    /// Nor do these.
    fn groth16(&self, input: &str, entry: &Entry, format: groth16::Format) -> FileResult {
        if !self.filter.wants_fork(None) {
            return FileResult::Cases(Vec::new());
        }
        let cases = match format.read(&entry.bytes) {
            Ok(cases) => cases,
            Err(error) => return FileResult::Error(error.to_string()),
        };
        let wanted = |id: &str| self.filter.wants_name(&format!("{}: {id}", entry.name));
        answered(input, entry, groth16::outcomes(self.judge.verifier, cases, wanted))
    }

    /// Nor do these.
    fn privacy(&self, input: &str, entry: &Entry, format: privacy::Format) -> FileResult {
        if !self.filter.wants_fork(None) {
            return FileResult::Cases(Vec::new());
        }
        let cases = match format.read(entry) {
            Ok(cases) => cases,
            Err(error) => return FileResult::Error(error.to_string()),
        };
        let wanted = |id: &str| self.filter.wants_name(&format!("{}: {id}", entry.name));
        let Judge { verifier, deriver } = self.judge;
        answered(input, entry, privacy::outcomes(verifier, deriver, cases, wanted))
    }

    fn transactions(&self, input: &str, entry: &Entry, tests: &BTreeMap<String, &RawValue>) -> FileResult {
        let file = TransactionFile::parse(tests);
        let (cases, senders) = match file.cases(&entry.name, &self.filter, self.recoverer) {
            Ok(found) => found,
            Err(fault) => return FileResult::Error(fault.to_string()),
        };
        let run = |case: &TransactionCase<'_>| {
            let result = CaseResult {
                suite: format!("{input} {}", case.fork_name),
                name: case.name.clone(),
                outcome: guarded(|| case.run(&senders)),
            };
            self.skips.reconsider(&entry.name, case.fork_name, result)
        };
        FileResult::Cases(cases.iter().map(run).collect())
    }

    /// Runs the tests of a format that knows no forks; where forks are asked for, none.
    fn small_tests(
        &self,
        input: &str,
        entry: &Entry,
        format: Format,
        tests: BTreeMap<String, &RawValue>,
    ) -> Result<FileResult, String> {
        if !self.filter.wants_fork(None) {
            return Ok(FileResult::Cases(Vec::new()));
        }
        let suite = |what: &str| format!("{input} {what}");
        let cases = || tests.iter().map(|(name, raw)| (name.clone(), *raw)).collect();
        Ok(match format {
            Format::Vm => self.plain(&suite("VM"), entry, cases(), |raw| parsed(raw, VmTest::run)),
            Format::Trie => self.plain(&suite("trie"), entry, cases(), |raw| parsed(raw, TrieTest::run)),
            Format::Rlp => self.plain(&suite("RLP"), entry, cases(), |raw| parsed(raw, RlpTest::run)),
            Format::Difficulty => {
                let cases = difficulty_test::cases(entry.stem(), &tests)?;
                let cases = cases.into_iter().map(|(name, chain, raw)| (name, (chain, raw))).collect();
                self.plain(&suite("difficulty"), entry, cases, |(chain, raw)| {
                    parsed(raw, |test: &DifficultyTest| test.run(chain))
                })
            }
            Format::Transaction => self.transactions(input, entry, &tests),
        })
    }

    /// Runs named cases of one file and suite.
    fn plain<T: Send>(
        &self,
        suite: &str,
        entry: &Entry,
        cases: Vec<(String, T)>,
        run: impl Fn(T) -> Outcome + Sync,
    ) -> FileResult {
        let run = |(name, case): (String, T)| {
            let name = format!("{}: {name}", entry.name);
            if !self.filter.wants_name(&name) {
                return None;
            }
            let result = CaseResult { suite: suite.to_owned(), name, outcome: guarded(|| run(case)) };
            Some(self.skips.reconsider(&entry.name, "", result))
        };
        FileResult::Cases(cases.into_par_iter().filter_map(run).collect())
    }
}

/// The outcomes of one file whose cases are asked together, by the cases' own names.
fn answered(input: &str, entry: &Entry, outcomes: Result<Vec<(String, Outcome)>, Fault>) -> FileResult {
    let suite = format!("{input} {}", entry.stem());
    match outcomes {
        Ok(outcomes) => {
            let result = |(id, outcome): (String, _)| CaseResult {
                suite: suite.clone(),
                name: format!("{}: {id}", entry.name),
                outcome,
            };
            FileResult::Cases(outcomes.into_iter().map(result).collect())
        }
        Err(fault) => FileResult::Error(fault.to_string()),
    }
}

/// Parses a test and runs it; one that cannot be parsed has failed.
fn parsed<'a, T: Deserialize<'a>>(raw: &'a RawValue, run: impl FnOnce(&T) -> Outcome) -> Outcome {
    match serde_json::from_str(raw.get()) {
        Ok(test) => run(&test),
        Err(error) => Outcome::Failed { reason: format!("unreadable: {error}") },
    }
}

enum FileResult {
    Cases(Vec<CaseResult>),
    PassedOver(&'static str),
    Error(String),
}

/// A defect that panics fails its own case and takes no other with it.
fn guarded(run: impl FnOnce() -> Outcome) -> Outcome {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| Outcome::Failed { reason: panicked(&*panic) })
}

/// Where a file's cases are asked together, a panic is trouble with the file.
fn guarded_file(run: impl FnOnce() -> FileResult) -> FileResult {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| FileResult::Error(panicked(&*panic)))
}

fn panicked(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
    format!("panicked: {text}")
}

/// What could not be read is named with its archive: it is looked for by its place, not by its case.
fn placed(entry: &Entry, result: CaseResult) -> CaseResult {
    match (&entry.archive, &result.outcome) {
        (Some(archive), Outcome::Unreadable { .. }) => {
            CaseResult { name: format!("{}: {}", archive.display(), result.name), ..result }
        }
        _ => result,
    }
}

fn collect(collector: &Mutex<Collector>, add: impl FnOnce(&mut Collector)) {
    add(&mut collector.lock().unwrap_or_else(PoisonError::into_inner));
}

impl Collector {
    fn source_error(&mut self, path: &Path, error: &SourceError) {
        self.error(path.display().to_string(), error.to_string());
    }
}
