//! Block files among what lies at a path.

use super::error::CliError;
use super::output;
use super::progress::Progress;
use erbium_conform::source::{Entries, Entry};
use std::path::{Path, PathBuf};

/// The block files at `path`, one after another: never more than a few are in memory. What is no JSON is passed over with
/// a line on stderr. That there is none at all is the last item.
pub(super) struct BlockFiles {
    path: PathBuf,
    entries: Entries,
    /// Whether a block file, or something in its place, has been there.
    found: bool,
}

impl BlockFiles {
    pub(super) fn open(path: &Path) -> Result<Self, CliError> {
        let entries = Entries::open(path).map_err(CliError::Source)?;
        Ok(Self { path: path.to_owned(), entries, found: false })
    }

    pub(super) fn next(&mut self, progress: &Progress) -> Option<Result<Entry, CliError>> {
        for entry in self.entries.by_ref() {
            match entry {
                Ok(entry) if entry.name == self.path.to_string_lossy() || is_json(&entry.name) => {
                    self.found = true;
                    return Some(Ok(entry));
                }
                Ok(entry) => progress.aside(|| output::note(format_args!("{entry}: passed over, not JSON"))),
                Err(error) => {
                    self.found = true;
                    return Some(Err(CliError::Source(error)));
                }
            }
        }
        let none = !std::mem::replace(&mut self.found, true);
        none.then(|| Err(CliError::NoBlocks { path: self.path.clone() }))
    }
}

/// True for a name of JSON, compressed or not.
pub(super) fn is_json(name: &str) -> bool {
    let plain = [".gz", ".xz", ".zst"].iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(name);
    plain.ends_with(".json")
}
