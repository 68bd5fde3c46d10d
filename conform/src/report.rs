//! What a run found.

use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// A name and what there is to say about it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Note {
    /// A case, a file or a place in an archive.
    pub name: String,
    /// Why it failed, was skipped or was passed over.
    pub reason: String,
}

/// How one case ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// As the test says.
    Passed,
    /// Otherwise.
    Failed {
        /// The first difference.
        reason: String,
    },
    /// The case cannot mean anything here.
    Skipped {
        /// Why.
        reason: String,
    },
    /// The case is of rules that this build does not know: the run is not complete.
    Unreadable {
        /// What is not known.
        reason: String,
    },
}

/// One case's name, suite and end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseResult {
    /// The suite it counts in.
    pub suite: String,
    /// Its name, unique among the cases of an input.
    pub name: String,
    /// How it ended.
    pub outcome: Outcome,
}

/// Cases that belong together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Suite {
    /// The input's name, then the fork or the precompile.
    pub name: String,
    /// Cases that passed.
    pub passed: u64,
    /// Cases that failed: as many as `failures`.
    pub failed: u64,
    /// Cases that were not run.
    pub skipped: Vec<Note>,
    /// What failed and why.
    pub failures: Vec<Note>,
}

/// The outcome of a run over any number of inputs. Everything in it is sorted by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Cases by suite.
    pub suites: Vec<Suite>,
    /// Inputs, or parts of them, that could not be read: the run is not complete.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Note>,
    /// Files of no known format.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub passed_over: Vec<Note>,
}

/// Numbers over all suites.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Cases that passed.
    pub passed: u64,
    /// Cases that failed.
    pub failed: u64,
    /// Cases that were not run.
    pub skipped: u64,
}

impl Report {
    /// Sums over the suites.
    pub fn totals(&self) -> Totals {
        self.suites.iter().fold(Totals::default(), |totals, suite| Totals {
            passed: totals.passed + suite.passed,
            failed: totals.failed + suite.failed,
            skipped: totals.skipped + suite.skipped.len() as u64,
        })
    }

    /// True where everything was read and nothing failed; whether anything ran is for [`Report::totals`] to say.
    pub fn is_clean(&self) -> bool {
        self.errors.is_empty() && self.totals().failed == 0
    }
}

/// A table of the suites, then each failure, skip and error.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.suites.iter().map(|suite| suite.name.chars().count()).max().unwrap_or(0).max(5);
        writeln!(f, "{:width$}  {:>8}  {:>8}  {:>8}", "suite", "passed", "failed", "skipped")?;
        for Suite { name, passed, failed, skipped, .. } in &self.suites {
            writeln!(f, "{name:width$}  {passed:>8}  {failed:>8}  {:>8}", skipped.len())?;
        }
        let Totals { passed, failed, skipped } = self.totals();
        writeln!(f, "{:width$}  {passed:>8}  {failed:>8}  {skipped:>8}", "total")?;
        let failures = self.suites.iter().flat_map(|suite| &suite.failures);
        let skips = self.suites.iter().flat_map(|suite| &suite.skipped);
        write_notes(f, "failed", failures)?;
        write_notes(f, "skipped", skips)?;
        write_notes(f, "not read", &self.errors)
    }
}

fn write_notes<'a>(
    f: &mut fmt::Formatter<'_>,
    what: &str,
    notes: impl IntoIterator<Item = &'a Note>,
) -> fmt::Result {
    notes.into_iter().try_for_each(|Note { name, reason }| writeln!(f, "{what}: {name}: {reason}"))
}

/// Gathers results that come in any order.
#[derive(Debug, Default)]
pub(crate) struct Collector {
    suites: BTreeMap<String, Suite>,
    errors: Vec<Note>,
    passed_over: Vec<Note>,
}

impl Collector {
    pub(crate) fn case(&mut self, CaseResult { suite, name, outcome }: CaseResult) {
        if let Outcome::Unreadable { reason } = outcome {
            return self.error(name, reason);
        }
        let suite = self.suites.entry(suite).or_default();
        match outcome {
            Outcome::Unreadable { .. } => {}
            Outcome::Passed => suite.passed += 1,
            Outcome::Failed { reason } => {
                suite.failed += 1;
                suite.failures.push(Note { name, reason });
            }
            Outcome::Skipped { reason } => suite.skipped.push(Note { name, reason }),
        }
    }

    pub(crate) fn error(&mut self, name: String, reason: String) {
        self.errors.push(Note { name, reason });
    }

    pub(crate) fn pass_over(&mut self, name: String, reason: String) {
        self.passed_over.push(Note { name, reason });
    }

    pub(crate) fn finish(mut self) -> Report {
        let name_and_sort = |(name, mut suite): (String, Suite)| {
            suite.failures.sort();
            suite.skipped.sort();
            Suite { name, ..suite }
        };
        self.errors.sort();
        self.passed_over.sort();
        let suites = self.suites.into_iter().map(name_and_sort).collect();
        Report { suites, errors: self.errors, passed_over: self.passed_over }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn report() -> Report {
        let mut collector = Collector::default();
        let failed = Outcome::Failed { reason: "root".to_owned() };
        let skipped = Outcome::Skipped { reason: "unknown fork".to_owned() };
        for (suite, name, outcome) in
            [("b", "3", failed.clone()), ("a", "1", Outcome::Passed), ("b", "2", failed), ("b", "4", skipped)]
        {
            collector.case(CaseResult { suite: suite.to_owned(), name: name.to_owned(), outcome });
        }
        collector.finish()
    }

    #[test]
    fn the_json_is_what_the_command_line_promises() {
        let json = serde_json::to_string(&report()).unwrap();
        assert_eq!(
            json,
            r#"{"suites":[{"name":"a","passed":1,"failed":0,"skipped":[],"failures":[]},"#.to_owned()
                + r#"{"name":"b","passed":0,"failed":2,"skipped":[{"name":"4","reason":"unknown fork"}],"#
                + r#""failures":[{"name":"2","reason":"root"},{"name":"3","reason":"root"}]}]}"#
        );
    }

    #[test]
    fn one_failure_or_error_spoils_a_report() {
        assert_eq!(report().totals(), Totals { passed: 1, failed: 2, skipped: 1 });
        assert!(!report().is_clean());
        let mut clean = Report::default();
        assert!(clean.is_clean());
        clean.errors.push(Note { name: "x".to_owned(), reason: "damaged".to_owned() });
        assert!(!clean.is_clean());
    }

    #[test]
    fn the_text_names_suites_and_failures() {
        let text = report().to_string();
        assert!(text.contains("total         1         2         1"), "{text}");
        assert!(text.contains("failed: 2: root"), "{text}");
    }
}
