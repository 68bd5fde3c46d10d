//! Plans: the passes of a batch as data.
//!
//! A [`Plan`] says which buffers there are, what is uploaded, which kernels run over them in which order, and which
//! buffer is read back. It holds no types of a device: an [`Executor`] runs it, be it a device or the kernels' twins
//! ([`TwinExecutor`]), and it can be printed and measured before anything runs.

mod executor;
mod twin;

pub use executor::{ExecuteError, Executor, Limits, PassRecord, Pending, Resident, Trace};
pub use twin::TwinExecutor;

use erbium_shaders::{Access, Arguments, Program};
use std::collections::BTreeSet;
use std::fmt;

/// Most workgroups of a pass in one dimension; passes with more spread over two.
pub const MAX_GROUPS_PER_DIMENSION: u32 = 65_535;

/// A buffer of a plan, by its place in [`Plan::buffers`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BufferIndex(usize);

impl BufferIndex {
    /// The place.
    pub fn place(self) -> usize {
        self.0
    }
}

/// What is sent with a plan.
#[derive(Clone, Debug)]
pub enum Upload<'a> {
    /// These words.
    Words(Vec<u32>),
    /// The bytes of these items, the lowest of a word first, each in so many words, filled up with zeros; no item is
    /// longer. They are written where the device reads them, with no copy between.
    Items {
        /// Of each item, not 0.
        words: usize,
        /// In order.
        items: Vec<&'a [u8]>,
    },
}

impl Upload<'_> {
    /// Its length.
    pub fn len(&self) -> usize {
        match self {
            Self::Words(words) => words.len(),
            Self::Items { words, items } => words * items.len(),
        }
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The words.
    pub fn to_words(&self) -> Vec<u32> {
        match self {
            Self::Words(words) => words.clone(),
            Self::Items { words: each, items } => {
                let mut words = vec![0; self.len()];
                for (words, item) in words.chunks_exact_mut(*each).zip(items) {
                    write_words(words, item);
                }
                words
            }
        }
    }
}

/// Bytes into words, the lowest first; what is behind them stays.
pub(crate) fn write_words(words: &mut [u32], bytes: &[u8]) {
    let (whole, rest) = bytes.as_chunks::<4>();
    for (word, bytes) in words.iter_mut().zip(whole) {
        *word = u32::from_le_bytes(*bytes);
    }
    if !rest.is_empty()
        && let Some(word) = words.get_mut(whole.len())
    {
        *word = rest.iter().rev().fold(0, |word, byte| word << 8 | u32::from(*byte));
    }
}

/// What is in a buffer before the first pass.
#[derive(Clone, Debug)]
pub enum Source<'a> {
    /// This, sent with the plan.
    Upload(Upload<'a>),
    /// These words, sent once and kept.
    Table(&'static [u32]),
    /// What earlier plans left in it.
    Resident(Resident),
    /// Anything: what another batch left there.
    Scratch,
}

/// A buffer of words.
#[derive(Clone, Debug)]
pub struct Buffer<'a> {
    /// Its name, the same in every plan of a family.
    pub name: &'static str,
    /// Its length, not 0.
    pub words: usize,
    /// Its contents.
    pub source: Source<'a>,
}

/// A kernel's run over its buffers.
#[derive(Clone, Debug)]
pub struct Pass {
    /// The kernel.
    pub program: Program,
    /// What it is told.
    pub arguments: Arguments,
    /// Its buffers, in the order of its bindings, no buffer twice.
    pub buffers: Vec<BufferIndex>,
    /// Workgroups, not 0.
    pub groups: u32,
}

/// The passes of a batch.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    name: &'static str,
    buffers: Vec<Buffer<'a>>,
    passes: Vec<Pass>,
    readback: Option<BufferIndex>,
}

/// Why a plan cannot run: an error of whoever made it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum PlanError {
    #[error("plan `{plan}` reads nothing back")]
    NoReadback { plan: &'static str },
    #[error("pass `{pass}` has {got} buffers, not {expected}")]
    Bindings { pass: &'static str, got: usize, expected: usize },
    #[error("pass `{pass}` has buffer `{buffer}` twice")]
    Twice { pass: &'static str, buffer: &'static str },
    #[error("buffer `{buffer}` is the memory of another buffer")]
    Shared { buffer: &'static str },
    #[error("pass `{pass}` uses a buffer that is not there")]
    Missing { pass: &'static str },
    #[error("pass `{pass}` writes to table `{buffer}`")]
    WritesTable { pass: &'static str, buffer: &'static str },
    #[error("pass `{pass}` has {groups} workgroups")]
    Groups { pass: &'static str, groups: u32 },
    #[error("buffer `{buffer}` has no words")]
    Empty { buffer: &'static str },
    #[error("an item of buffer `{buffer}` is longer than its {words} words")]
    LongItem { buffer: &'static str, words: usize },
    #[error("buffer `{buffer}` has {words} words, but {got} are uploaded")]
    Upload { buffer: &'static str, words: usize, got: usize },
}

impl<'a> Plan<'a> {
    /// A plan without buffers and passes.
    pub const fn new(name: &'static str) -> Self {
        Self { name, buffers: Vec::new(), passes: Vec::new(), readback: None }
    }

    /// Adds a buffer.
    pub fn buffer(&mut self, name: &'static str, words: usize, source: Source<'a>) -> BufferIndex {
        self.buffers.push(Buffer { name, words, source });
        BufferIndex(self.buffers.len() - 1)
    }

    /// Adds a buffer that holds anything.
    pub fn scratch(&mut self, name: &'static str, words: usize) -> BufferIndex {
        self.buffer(name, words, Source::Scratch)
    }

    /// Adds a buffer with contents to be sent.
    pub fn upload(&mut self, name: &'static str, words: Vec<u32>) -> BufferIndex {
        self.buffer(name, words.len(), Source::Upload(Upload::Words(words)))
    }

    /// Adds a buffer of items to be sent, each in so many words.
    pub fn upload_items(&mut self, name: &'static str, words: usize, items: Vec<&'a [u8]>) -> BufferIndex {
        self.buffer(name, words * items.len(), Source::Upload(Upload::Items { words, items }))
    }

    /// Adds a pass.
    pub fn pass(&mut self, program: Program, arguments: Arguments, buffers: &[BufferIndex], groups: u32) {
        self.passes.push(Pass { program, arguments, buffers: buffers.to_vec(), groups });
    }

    /// Sets the buffer that is read back.
    pub fn read_back(&mut self, buffer: BufferIndex) {
        self.readback = Some(buffer);
    }

    /// The kind of batch that it is for.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Its buffers.
    pub fn buffers(&self) -> &[Buffer<'a>] {
        &self.buffers
    }

    /// The buffer with this index.
    pub fn get(&self, index: BufferIndex) -> Option<&Buffer<'a>> {
        self.buffers.get(index.0)
    }

    /// The passes, in order.
    pub fn passes(&self) -> &[Pass] {
        &self.passes
    }

    /// The passes, for those who plant faults.
    pub fn passes_mut(&mut self) -> &mut Vec<Pass> {
        &mut self.passes
    }

    /// The buffer that is read back.
    pub fn readback(&self) -> Option<BufferIndex> {
        self.readback
    }

    /// Bytes sent to the device, tables aside.
    pub fn bytes_up(&self) -> usize {
        self.bytes(|buffer| matches!(buffer.source, Source::Upload(_)))
    }

    /// Bytes read back.
    pub fn bytes_down(&self) -> usize {
        self.readback.and_then(|index| self.get(index)).map_or(0, |buffer| buffer.words * 4)
    }

    /// Bytes of device memory that the plan takes beside what is resident: uploads, once where they are
    /// written and once where they are used, scratch, readback.
    pub fn bytes_held(&self) -> usize {
        let own = self.bytes(|buffer| matches!(buffer.source, Source::Upload(_) | Source::Scratch));
        own + self.bytes_up() + self.bytes_down()
    }

    fn bytes(&self, of: impl Fn(&Buffer<'_>) -> bool) -> usize {
        self.buffers.iter().filter(|buffer| of(buffer)).map(|buffer| buffer.words * 4).sum()
    }

    /// Whether it fits together.
    ///
    /// # Errors
    /// The first thing that does not.
    pub fn check(&self) -> Result<(), PlanError> {
        if self.readback.and_then(|index| self.get(index)).is_none() {
            return Err(PlanError::NoReadback { plan: self.name });
        }
        let mut residents = BTreeSet::new();
        for buffer in &self.buffers {
            let Buffer { name, words, source } = buffer;
            if *words == 0 {
                return Err(PlanError::Empty { buffer: name });
            }
            let got = match source {
                Source::Upload(upload) => upload.len(),
                Source::Table(table) => table.len(),
                Source::Resident(resident) => resident.words(),
                Source::Scratch => *words,
            };
            if got != *words {
                return Err(PlanError::Upload { buffer: name, words: *words, got });
            }
            if let Source::Upload(Upload::Items { words, items }) = source
                && items.iter().any(|item| item.len() > 4 * words)
            {
                return Err(PlanError::LongItem { buffer: name, words: *words });
            }
            // Two names for one memory would hide that a pass reads what it writes.
            if let Source::Resident(resident) = source
                && !residents.insert(resident.id())
            {
                return Err(PlanError::Shared { buffer: name });
            }
        }
        self.passes.iter().try_for_each(|pass| self.check_pass(pass))
    }

    fn check_pass(&self, pass: &Pass) -> Result<(), PlanError> {
        let name = pass.program.kernel.name;
        let bindings = pass.program.kernel.bindings;
        if pass.buffers.len() != bindings.len() {
            return Err(PlanError::Bindings {
                pass: name,
                got: pass.buffers.len(),
                expected: bindings.len(),
            });
        }
        if pass.groups == 0 || pass.groups.div_ceil(MAX_GROUPS_PER_DIMENSION) > MAX_GROUPS_PER_DIMENSION {
            return Err(PlanError::Groups { pass: name, groups: pass.groups });
        }
        for (i, (index, binding)) in pass.buffers.iter().zip(bindings).enumerate() {
            let buffer = self.get(*index).ok_or(PlanError::Missing { pass: name })?;
            if pass.buffers[..i].contains(index) {
                return Err(PlanError::Twice { pass: name, buffer: buffer.name });
            }
            if binding.access == Access::ReadWrite && matches!(buffer.source, Source::Table(_)) {
                return Err(PlanError::WritesTable { pass: name, buffer: buffer.name });
            }
        }
        Ok(())
    }
}

/// Workgroups of a pass by dimension: one where it fits, else spread so that few run for nothing.
pub fn dispatch(groups: u32) -> [u32; 3] {
    let rows = groups.div_ceil(MAX_GROUPS_PER_DIMENSION).max(1);
    [groups.div_ceil(rows), rows, 1]
}

/// A line for every buffer and pass.
impl fmt::Display for Plan<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "plan {}: {} bytes up, {} down, {} held",
            self.name,
            self.bytes_up(),
            self.bytes_down(),
            self.bytes_held()
        )?;
        for (i, buffer) in self.buffers.iter().enumerate() {
            let source = match buffer.source {
                Source::Upload(_) => "upload",
                Source::Table(_) => "table",
                Source::Resident(_) => "resident",
                Source::Scratch => "scratch",
            };
            let back = if self.readback == Some(BufferIndex(i)) { ", read back" } else { "" };
            writeln!(f, "  buffer {} ({source}{back}): {} words", buffer.name, buffer.words)?;
        }
        for pass in &self.passes {
            write!(f, "  pass {} x{}:", pass.program, pass.groups)?;
            for (index, binding) in pass.buffers.iter().zip(pass.program.kernel.bindings) {
                let arrow = if binding.access == Access::Read { "<" } else { ">" };
                write!(f, " {arrow}{}", self.get(*index).map_or("?", |buffer| buffer.name))?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
