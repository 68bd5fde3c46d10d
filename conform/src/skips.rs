//! What is not run, and why: the list in `data/skips.txt`. A line that is not needed any more makes the run fail.

use crate::report::{CaseResult, Outcome};

/// The list of this build.
const LIST: &str = include_str!("../data/skips.txt");

/// A parsed list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Skips {
    forks: Vec<Entry>,
    files: Vec<Entry>,
    cases: Vec<Entry>,
}

/// What is skipped, and the cause.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    what: String,
    cause: String,
}

impl Entry {
    fn skipped(&self) -> Outcome {
        Outcome::Skipped { reason: self.cause.clone() }
    }
}

impl Skips {
    /// The list that is built in.
    pub(crate) fn built_in() -> Self {
        Self::parse(LIST)
    }

    /// Reads lines of `fork`, `file` or `case`, what it is about, and the cause, parted by tabs. Others say nothing:
    /// a test holds the built-in list to the form.
    fn parse(list: &str) -> Self {
        let mut skips = Self::default();
        for line in list.lines() {
            let [kind, what, cause] = line.splitn(3, '\t').collect::<Vec<_>>()[..] else { continue };
            let entry = Entry { what: what.to_owned(), cause: cause.to_owned() };
            match kind {
                "fork" => skips.forks.push(entry),
                "file" => skips.files.push(entry),
                "case" => skips.cases.push(entry),
                _ => {}
            }
        }
        skips
    }

    /// What becomes of a file of no format that is run: skipped where it is listed by a part of its path.
    pub(crate) fn file(&self, path: &str) -> Option<Outcome> {
        self.files.iter().find(|entry| path.contains(&entry.what)).map(Entry::skipped)
    }

    /// Reconsiders a case that ran or could not: of a listed fork, it is skipped as long as the fork is not known; a
    /// listed case, as long as it fails.
    pub(crate) fn reconsider(&self, path: &str, fork: &str, result: CaseResult) -> CaseResult {
        let CaseResult { suite, name, outcome } = result;
        let entry = self.cases.iter().find(|entry| name.contains(&entry.what));
        let of_fork = self.forks.iter().find(|entry| fork.contains(&entry.what));
        let of_file = self.files.iter().find(|entry| path.contains(&entry.what));
        let outcome = match (&outcome, entry, of_fork, of_file) {
            (Outcome::Unreadable { .. }, _, Some(entry), _) | (Outcome::Failed { .. }, Some(entry), _, _) => {
                entry.skipped()
            }
            (Outcome::Passed, Some(entry), ..) => stale(entry, "passes"),
            (Outcome::Passed | Outcome::Failed { .. }, _, Some(entry), _)
            | (Outcome::Passed | Outcome::Failed { .. }, _, _, Some(entry)) => stale(entry, "can be run"),
            _ => outcome,
        };
        CaseResult { suite, name, outcome }
    }
}

/// A listed case that need not be.
fn stale(entry: &Entry, but: &str) -> Outcome {
    let Entry { what, cause } = entry;
    Outcome::Failed { reason: format!("the skip list has `{what}` ({cause}), but it {but}") }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn outcome(skips: &Skips, path: &str, fork: &str, name: &str, outcome: Outcome) -> Outcome {
        let result = CaseResult { suite: String::new(), name: name.to_owned(), outcome };
        skips.reconsider(path, fork, result).outcome
    }

    fn skipped(reason: &str) -> Outcome {
        Outcome::Skipped { reason: reason.to_owned() }
    }

    fn failed() -> Outcome {
        Outcome::Failed { reason: "other root".to_owned() }
    }

    fn unreadable() -> Outcome {
        Outcome::Unreadable { reason: "unknown fork".to_owned() }
    }

    #[test]
    fn every_line_of_the_list_counts() {
        for line in LIST.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let fields: Vec<_> = line.split('\t').collect();
            assert!(
                matches!(fields[..], ["fork" | "file" | "case", what, cause] if !what.is_empty() && !cause.is_empty()),
                "{line}"
            );
        }
        let skips = Skips::built_in();
        assert!(!skips.files.is_empty());
    }

    #[test]
    fn what_is_listed_is_skipped_as_long_as_it_fails() {
        let skips =
            Skips::parse("fork\tAtlantis\tnot built\ncase\todd root\tno meaning\nfile\tKeyStore/\tno keys");
        assert_eq!(outcome(&skips, "", "XToAtlantis", "n", unreadable()), skipped("not built"));
        assert_eq!(outcome(&skips, "", "Osaka", "an odd root", failed()), skipped("no meaning"));
        assert_eq!(skips.file("a/KeyStore/b.json"), Some(skipped("no keys")));
        assert_eq!(skips.file("a/b.json"), None);
    }

    #[test]
    fn an_entry_that_is_not_needed_fails() {
        let skips =
            Skips::parse("fork\tAtlantis\tnot built\ncase\todd root\tno meaning\nfile\tKeyStore/\tno keys");
        for stale in [
            outcome(&skips, "", "Osaka", "an odd root", Outcome::Passed),
            outcome(&skips, "", "Atlantis", "n", Outcome::Passed),
            outcome(&skips, "a/KeyStore/b.json", "", "n", Outcome::Passed),
        ] {
            assert!(matches!(stale, Outcome::Failed { reason } if reason.contains("skip list")));
        }
    }

    #[test]
    fn what_is_not_listed_stays_as_it_is() {
        let skips = Skips::parse("case\todd root\tno meaning\nfork\tAtlantis\tnot built");
        for result in [Outcome::Passed, failed(), unreadable()] {
            assert_eq!(outcome(&skips, "", "Osaka", "n", result.clone()), result);
        }
        assert_eq!(outcome(&skips, "", "Mu", "n", unreadable()), unreadable());
    }
}
