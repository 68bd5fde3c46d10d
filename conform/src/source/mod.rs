//! Files, folders and archives, read as one stream of named byte strings.
//!
//! Nothing is unpacked to disk and little is held in memory: a thread reads and decompresses ahead of its consumer by
//! a few entries. Damage is an error with its place; what lies behind it in other files still comes.

mod compression;
mod walk;

pub use compression::xz;

use std::ffi::OsStr;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::JoinHandle;

/// Longest entry that is read, in bytes: far above any test or block file, far below what a decompression bomb gives.
pub const MAX_ENTRY_LEN: u64 = 256 << 20;
/// Entries read ahead of the consumer.
const READ_AHEAD: usize = 4;

/// One file, decompressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The archive it lies in, if any.
    pub archive: Option<Arc<Path>>,
    /// Its path: inside the archive, or as found on disk. A compression suffix stays part of the name.
    pub name: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

impl Entry {
    /// The file's name without folders and without `.json` and compression suffixes.
    pub fn stem(&self) -> &str {
        stem(&self.name)
    }
}

/// Where the entry lies, for messages: `archive: name`, or the name alone.
impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.archive {
            Some(archive) => write!(f, "{}: {}", archive.display(), self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// Why an input, or a part of it, could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The operating system refused.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// File or folder.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// A compressed file or an archive ends early or holds what it must not. What follows in it is lost.
    #[error("{}: damaged near byte {offset}{}: {source}", path.display(), Place(entry.as_deref()))]
    Damaged {
        /// File as named on disk.
        path: PathBuf,
        /// Bytes of that file read so far.
        offset: u64,
        /// The entry being read, or the last one that was whole.
        entry: Option<String>,
        /// What the decoder said.
        source: io::Error,
    },
    /// An entry exceeds [`MAX_ENTRY_LEN`].
    #[error("{}{}: longer than {MAX_ENTRY_LEN} bytes", path.display(), Place(entry.as_deref()))]
    TooLong {
        /// File as named on disk.
        path: PathBuf,
        /// The entry in it.
        entry: Option<String>,
    },
    /// The reading thread ended before its work did.
    #[error("{}: the reader broke down", path.display())]
    ReaderLost {
        /// What was opened.
        path: PathBuf,
    },
}

struct Place<'a>(Option<&'a str>);

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(entry) => write!(f, ", at {entry}"),
            None => Ok(()),
        }
    }
}

/// The entries of a file, a folder (recursively, sorted by path) or an archive.
///
/// Known by suffix: `.gz`, `.xz` and `.zst` are decompressed, a `.tar` under any of them or none is an archive;
/// compressed files inside an archive are decompressed too. Symbolic links to folders are not followed.
#[derive(Debug)]
pub struct Entries {
    root: PathBuf,
    total: u64,
    read: Arc<AtomicU64>,
    items: Receiver<Result<Entry, SourceError>>,
    reader: Option<JoinHandle<()>>,
}

impl Entries {
    /// Starts to read `path`.
    ///
    /// # Errors
    /// [`SourceError::Unreadable`] where there is nothing at `path`. All later trouble comes as items.
    pub fn open(path: &Path) -> Result<Self, SourceError> {
        let unreadable = |source| SourceError::Unreadable { path: path.to_owned(), source };
        let files = walk::Files::list(path).map_err(unreadable)?;
        let total = files.total_bytes();
        let read = Arc::new(AtomicU64::new(0));
        let (sender, items) = sync_channel(READ_AHEAD);
        let position = Arc::clone(&read);
        let reader = std::thread::Builder::new()
            .name("erbium-source".to_owned())
            .spawn(move || {
                // A consumer that has gone away is the one reason to stop early, and none to complain.
                let _ = walk::walk(files, &position, |item| sender.send(item).is_ok());
            })
            .map_err(unreadable)?;
        Ok(Self { root: path.to_owned(), total, read, items, reader: Some(reader) })
    }

    /// Bytes on disk that were read so far, for progress.
    pub fn bytes_read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// Bytes on disk in all.
    pub fn bytes_total(&self) -> u64 {
        self.total
    }

    /// The counter behind [`Entries::bytes_read`], for a reader of progress that outlives the iterator.
    pub(crate) fn position(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.read)
    }
}

impl Iterator for Entries {
    type Item = Result<Entry, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Ok(item) = self.items.recv() {
            return Some(item);
        }
        let lost = self.reader.take()?.join().is_err();
        lost.then(|| Err(SourceError::ReaderLost { path: self.root.clone() }))
    }
}

/// A file name without folders, archive, `.json` and compression suffixes.
pub(crate) fn stem(name: &str) -> &str {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let (_, file) = compression::Compression::split(file);
    [".json", ".rsp", ".tar"].iter().find_map(|suffix| file.strip_suffix(suffix)).unwrap_or(file)
}

/// [`stem`] of a path on disk, for suite names.
pub(crate) fn path_stem(path: &Path) -> String {
    let name = path.file_name().unwrap_or(OsStr::new(".")).to_string_lossy();
    stem(&name).to_owned()
}

#[cfg(test)]
mod tests;
