//! Goes through files and archives, one entry after another.

use super::compression::Compression;
use super::{Entry, MAX_ENTRY_LEN, SourceError};
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The files to read, in order, with what could not be listed.
pub(super) struct Files {
    found: Vec<Result<(PathBuf, u64), SourceError>>,
}

impl Files {
    /// `path` itself, or all files below it, sorted.
    pub(super) fn list(path: &Path) -> io::Result<Self> {
        let metadata = fs::metadata(path)?;
        let mut files = Self { found: Vec::new() };
        if metadata.is_dir() {
            files.descend(path);
        } else {
            files.found.push(Ok((path.to_owned(), metadata.len())));
        }
        Ok(files)
    }

    pub(super) fn total_bytes(&self) -> u64 {
        self.found.iter().flatten().map(|(_, len)| len).sum()
    }

    fn descend(&mut self, folder: &Path) {
        let mut children = Vec::new();
        match fs::read_dir(folder)
            .and_then(|dir| dir.map(|child| Ok(child?.path())).collect::<io::Result<_>>())
        {
            Ok(found) => children = found,
            Err(source) => self.found.push(Err(SourceError::Unreadable { path: folder.to_owned(), source })),
        }
        children.sort();
        for path in children {
            match fs::symlink_metadata(&path) {
                Ok(metadata) if metadata.is_dir() => self.descend(&path),
                Ok(metadata) if metadata.is_file() => self.found.push(Ok((path, metadata.len()))),
                Ok(_) => match fs::metadata(&path) {
                    Ok(target) if target.is_file() => self.found.push(Ok((path, target.len()))),
                    // Links to folders could lead in circles; sockets and devices hold no tests.
                    _ => {}
                },
                Err(source) => self.found.push(Err(SourceError::Unreadable { path, source })),
            }
        }
    }
}

/// Hands every entry of `files` to `sink` until it answers false. `read` counts the bytes taken from disk.
pub(super) fn walk(
    files: Files,
    read: &AtomicU64,
    mut sink: impl FnMut(Result<Entry, SourceError>) -> bool,
) -> ControlFlow<()> {
    let mut sink = |item| if sink(item) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) };
    for file in files.found {
        match file {
            Ok((path, len)) => {
                let start = read.load(Ordering::Relaxed);
                OpenFile { path: &path, read, start }.entries(&mut sink)?;
                // An error, or a decoder that saw its end mark, may have left bytes behind.
                read.store(start + len, Ordering::Relaxed);
            }
            Err(error) => sink(Err(error))?,
        }
    }
    ControlFlow::Continue(())
}

/// Bytes of a tar block; one of zeros, or more, marks the end of an archive.
const TAR_BLOCK: u64 = 512;

/// Knows with how many zeros ended what was read so far.
struct Tail<R> {
    reader: R,
    zeros: u64,
}

impl<R: Read> Read for Tail<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        let found = buffer.get(..count).unwrap_or_default();
        let zeros = found.iter().rev().take_while(|&&byte| byte == 0).count();
        self.zeros = if zeros == count { self.zeros + count as u64 } else { zeros as u64 };
        Ok(count)
    }
}

type Sink<'a> = &'a mut dyn FnMut(Result<Entry, SourceError>) -> ControlFlow<()>;

/// One file on disk, being read.
struct OpenFile<'a> {
    path: &'a Path,
    read: &'a AtomicU64,
    start: u64,
}

impl OpenFile<'_> {
    fn entries(&self, sink: Sink<'_>) -> ControlFlow<()> {
        let name = self.path.to_string_lossy();
        let (compression, inner) = Compression::split(&name);
        let file = match File::open(self.path) {
            Ok(file) => Counted { file, read: self.read },
            Err(source) => return sink(Err(SourceError::Unreadable { path: self.path.to_owned(), source })),
        };
        let mut reader = match compression.decoder(BufReader::new(file)) {
            Ok(reader) => reader,
            Err(source) => return sink(Err(self.damaged(None, source))),
        };
        if Path::new(inner).extension().is_some_and(|extension| extension == "tar") {
            return self.archive(reader, sink);
        }
        sink(self.read_whole(&mut reader, None).map(|bytes| Entry {
            archive: None,
            name: name.into(),
            bytes,
        }))
    }

    /// The entries of a tar stream. Damage ends it: there is no way to find the next entry behind it.
    fn archive(&self, reader: Box<dyn Read + '_>, sink: Sink<'_>) -> ControlFlow<()> {
        let path: Arc<Path> = self.path.into();
        let mut archive = tar::Archive::new(Tail { reader, zeros: 0 });
        let mut last = None;
        let entries = match archive.entries() {
            Ok(entries) => entries,
            Err(source) => return sink(Err(self.damaged(None, source))),
        };
        for entry in entries {
            let mut entry = match entry {
                Ok(entry) => entry,
                Err(source) => return sink(Err(self.damaged(last, source))),
            };
            if !entry.header().entry_type().is_file() {
                continue;
            }
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            match self.read_entry(&mut entry, &name) {
                Ok(bytes) => sink(Ok(Entry { archive: Some(Arc::clone(&path)), name: name.clone(), bytes }))?,
                Err(error @ SourceError::TooLong { .. }) => sink(Err(error))?,
                Err(error) => return sink(Err(error)),
            }
            last = Some(name);
        }
        // Checksums stand at the end: what was cut off or altered there must not pass for whole.
        let mut rest = archive.into_inner();
        match io::copy(&mut rest, &mut io::sink()) {
            Ok(_) if rest.zeros >= TAR_BLOCK => ControlFlow::Continue(()),
            // What is cut off between two entries looks whole but for the mark at the end.
            Ok(_) => sink(Err(self.damaged(last, io::Error::other("the end of the archive is missing")))),
            Err(source) => sink(Err(self.damaged(last, source))),
        }
    }

    fn read_entry<R: Read>(&self, entry: &mut tar::Entry<'_, R>, name: &str) -> Result<Vec<u8>, SourceError> {
        let declared = entry.size();
        let (compression, _) = Compression::split(name);
        let damaged = |source| self.damaged(Some(name.to_owned()), source);
        if compression != Compression::None {
            return self.read_whole(&mut compression.decoder(entry).map_err(damaged)?, Some(name));
        }
        let bytes = self.read_whole(entry, Some(name))?;
        if bytes.len() as u64 == declared {
            Ok(bytes)
        } else {
            // The tar reader takes the end of its stream for the end of the entry.
            Err(damaged(io::ErrorKind::UnexpectedEof.into()))
        }
    }

    fn read_whole(&self, reader: &mut dyn Read, entry: Option<&str>) -> Result<Vec<u8>, SourceError> {
        let entry = || entry.map(str::to_owned);
        let mut bytes = Vec::new();
        match reader.take(MAX_ENTRY_LEN + 1).read_to_end(&mut bytes) {
            Ok(_) if bytes.len() as u64 > MAX_ENTRY_LEN => {
                Err(SourceError::TooLong { path: self.path.to_owned(), entry: entry() })
            }
            Ok(_) => Ok(bytes),
            Err(source) => Err(self.damaged(entry(), source)),
        }
    }

    fn damaged(&self, entry: Option<String>, source: io::Error) -> SourceError {
        let offset = self.read.load(Ordering::Relaxed).saturating_sub(self.start);
        SourceError::Damaged { path: self.path.to_owned(), offset, entry, source }
    }
}

struct Counted<'a> {
    file: File,
    read: &'a AtomicU64,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}
