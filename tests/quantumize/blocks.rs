//! The real blocks, and how they are executed and traced.

use erbium::vm::block::json::BlockFile;
use erbium::vm::block::{BlockInput, BlockResult, execute_block};
use erbium::vm::claims::Halt;
use erbium::vm::evm::{BlockEnv, Evm, StepView, Tracer};
use erbium::vm::spec::SpecSource;
use erbium::vm::{ChainSpec, H160, StackValue};
use erbium_conform::source::Entries;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A block file by the name that messages use.
pub(crate) struct Original {
    pub(crate) name: String,
    pub(crate) json: Vec<u8>,
}

fn read(path: &Path, is_block: impl Fn(&str) -> bool) -> Vec<Original> {
    Entries::open(path)
        .unwrap()
        .map(Result::unwrap)
        .filter(|entry| is_block(&entry.name))
        .map(|entry| Original { name: entry.to_string(), json: entry.bytes })
        .collect()
}

/// The real blocks of the repository, one with a difference among them.
pub(crate) fn shipped() -> Vec<Original> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut blocks =
        read(&root.join("examples/blocks"), |name| name.contains(".json") && !name.contains("twins"));
    blocks.extend(read(&root.join("tests/data/twins/4330482.json.xz"), |_| true));
    assert_eq!(blocks.len(), 5);
    blocks
}

/// The 48 real blocks, where they are at hand.
pub(crate) fn all() -> Option<Vec<Original>> {
    let fixtures = std::env::var_os("ERBIUM_FIXTURES")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let archive = fixtures.join("fixtures/mainnet-blocks.tar.xz");
    if !archive.is_file() {
        println!("skipped: no {}", archive.display());
        return None;
    }
    let blocks = read(&archive, |name| name.ends_with(".json"));
    assert_eq!(blocks.len(), 48);
    Some(blocks)
}

/// The rules that a file is under.
pub(crate) fn spec_of(file: &BlockFile) -> ChainSpec {
    let source = file.spec.as_ref().map_or(SpecSource::Mainnet, |spec| SpecSource::from_json(spec).unwrap());
    source.at(file.block.header.number, file.block.header.timestamp)
}

/// Executes the block of `file`, whose signatures have been judged elsewhere.
pub(crate) fn execute(file: &BlockFile, tracer: Option<&mut dyn Tracer>) -> BlockResult {
    let (spec, state) = (spec_of(file), file.state_before());
    let env = BlockEnv::of_header(&spec, &file.block.header).unwrap();
    let mut evm = Evm::new(&spec, &env, &state);
    if let Some(tracer) = tracer {
        evm = evm.with_tracer(tracer);
    }
    let senders: Vec<H160> = file.claimed.transactions.iter().map(|claimed| claimed.from).collect();
    // None of these blocks has authorizations.
    let authorities = vec![Vec::new(); senders.len()];
    let input = BlockInput {
        block: &file.block,
        senders: &senders,
        authorities: &authorities,
        rlp_size: None,
        state_root: None,
    };
    execute_block(&mut evm, &input).unwrap().unwrap()
}

/// An instruction, and what the one before it left on top of the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) address: H160,
    pub(crate) pc: usize,
    pub(crate) opcode: u8,
    pub(crate) gas: u64,
    pub(crate) depth: usize,
    pub(crate) top: Option<StackValue>,
}

/// Records the instructions of some transactions.
pub(crate) struct Recorder {
    wanted: BTreeSet<usize>,
    transactions: usize,
    pub(crate) steps: Vec<(usize, Vec<Step>)>,
}

impl Recorder {
    pub(crate) fn new(wanted: BTreeSet<usize>) -> Self {
        Self { wanted, transactions: 0, steps: Vec::new() }
    }
}

impl Tracer for Recorder {
    fn transaction(&mut self) {
        if self.wanted.contains(&self.transactions) {
            self.steps.push((self.transactions, Vec::new()));
        }
        self.transactions += 1;
    }

    fn step(&mut self, view: &StepView<'_>) -> Result<(), Halt> {
        // Before the first transaction run system calls.
        let Some(current) = self.transactions.checked_sub(1) else { return Ok(()) };
        if let Some((index, steps)) = self.steps.last_mut()
            && *index == current
        {
            steps.push(Step {
                address: view.address,
                pc: view.pc,
                opcode: view.opcode,
                gas: view.gas,
                depth: view.depth,
                top: view.stack.last().copied(),
            });
        }
        Ok(())
    }
}
