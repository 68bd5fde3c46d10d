//! Block files: those among what lies at a path, and those that are written.

use super::error::CliError;
use super::output;
use super::progress::Progress;
use super::run::unhex;
use erbium::vm::H256;
use erbium_conform::source::{Entries, Entry, xz};
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

/// Writes a block file, compressed where its name says so.
pub(super) fn write_block(path: &Path, json: Vec<u8>) -> Result<(), CliError> {
    let compressed = path.extension().is_some_and(|extension| extension == "xz");
    let bytes = if compressed { xz(&json) } else { Ok(json) };
    bytes
        .and_then(|bytes| std::fs::write(path, bytes))
        .map_err(|source| CliError::File { path: path.to_owned(), source })
}

/// The 32 bytes of `--seed`.
pub(super) fn seed(text: &str) -> Result<H256, CliError> {
    let bytes = unhex("--seed", text)?;
    <[u8; 32]>::try_from(bytes).map(H256).map_err(|bytes| CliError::SeedLength { got: bytes.len() })
}
