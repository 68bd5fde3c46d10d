//! EIP-3155 traces, a file for each transaction.

use erbium_vm::claims::Halt;
use erbium_vm::evm::{JsonTracer, StepView, Tracer, TransactionResult};
use erbium_vm::{ChainSpec, H256};
use std::cell::RefCell;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// What traces hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceOptions {
    /// The memory before each instruction.
    pub memory: bool,
    /// The stack before each instruction.
    pub stack: bool,
    /// What the last call returned.
    pub return_data: bool,
}

impl TraceOptions {
    /// A tracer of code under `spec` that writes this to `out`, with a line at the end of each transaction.
    pub fn tracer<'w>(&self, spec: &ChainSpec, out: impl Write + 'w) -> JsonTracer<'w> {
        JsonTracer::new(spec, out)
            .with_memory(self.memory)
            .with_stack(self.stack)
            .with_return_data(self.return_data)
            .transactions_only()
    }
}

/// The folder that traces are written to, as `trace-INDEX-HASH.jsonl`; the index counts transactions of the block.
#[derive(Clone, Copy, Debug)]
pub struct TraceFiles<'a> {
    /// The folder.
    pub folder: &'a Path,
    /// What they hold.
    pub options: TraceOptions,
}

impl TraceFiles<'_> {
    fn open(&self, spec: &ChainSpec, index: usize, hash: H256) -> (PathBuf, JsonTracer<'static>) {
        let path = self.folder.join(format!("trace-{index}-{hash:?}.jsonl"));
        let file = LazyFile { path: path.clone(), file: None };
        (path, self.options.tracer(spec, file))
    }
}

/// A file that comes to exist when something is written to it: a transaction that is rejected leaves none.
struct LazyFile {
    path: PathBuf,
    file: Option<BufWriter<File>>,
}

impl Write for LazyFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.file {
            Some(file) => file.write(bytes),
            closed => closed.insert(BufWriter::new(File::create(&self.path)?)).write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), BufWriter::flush)
    }
}

/// The tracer of the transaction that runs; between transactions there is none.
pub(super) struct Traces<'a> {
    files: Option<TraceFiles<'a>>,
    open: RefCell<Option<(PathBuf, JsonTracer<'static>)>>,
}

impl<'a> Traces<'a> {
    pub(super) fn new(files: Option<TraceFiles<'a>>) -> Self {
        Self { files, open: RefCell::new(None) }
    }

    /// True where anything is traced at all.
    pub(super) fn wanted(&self) -> bool {
        self.files.is_some()
    }

    pub(super) fn begin(&self, spec: &ChainSpec, index: usize, hash: H256) {
        let open = self.files.as_ref().map(|files| files.open(spec, index, hash));
        *self.open.borrow_mut() = open;
    }

    pub(super) fn end(&self) -> Result<(), (PathBuf, io::Error)> {
        let Some((path, tracer)) = self.open.borrow_mut().take() else { return Ok(()) };
        tracer.finish().map_err(|error| (path, error))
    }
}

/// Hands each instruction to the tracer that is open.
pub(super) struct Current<'t, 'a>(pub(super) &'t Traces<'a>);

impl Tracer for Current<'_, '_> {
    fn transaction(&mut self) {
        if let Some((_, tracer)) = &mut *self.0.open.borrow_mut() {
            tracer.transaction();
        }
    }

    fn step(&mut self, view: &StepView<'_>) -> Result<(), Halt> {
        match &mut *self.0.open.borrow_mut() {
            Some((_, tracer)) => tracer.step(view),
            None => Ok(()),
        }
    }

    fn stepped(&mut self, gas_left: u64, halt: Option<Halt>) {
        if let Some((_, tracer)) = &mut *self.0.open.borrow_mut() {
            tracer.stepped(gas_left, halt);
        }
    }
    fn transacted(&mut self, result: &TransactionResult) {
        if let Some((_, tracer)) = &mut *self.0.open.borrow_mut() {
            tracer.transacted(result);
        }
    }
}
