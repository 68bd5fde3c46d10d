//! The tests of a file one by one, as go-ethereum's `evm blocktest` goes through them.

use super::case::{BlockchainFile, Test};
use super::chain::Trace;
use crate::filter::Filter;
use crate::t8n::TraceOptions;
use crate::tool::ToolError;
use erbium_vm::H256;
use erbium_vm::claims::Recoverer;
use erbium_vm::state::MemoryState;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::io::Write;

/// What came of a test.
#[derive(Debug)]
pub struct BlockTest {
    /// Its name in the file.
    pub name: String,
    /// The network as the test calls it; empty where the test cannot be read.
    pub network: String,
    /// The state behind the last block and its root; none where the test failed.
    pub state: Option<(MemoryState, H256)>,
    /// Why the test failed.
    pub failure: Option<String>,
}

/// Runs the tests of a file of blockchain tests that are `wanted` by name, in order, and hands what came of each to
/// `done`. Where there is a trace to write, it is written to `trace`. What cannot be read of a test is its failure.
///
/// # Errors
/// [`ToolError`] where the file is no object of tests, or the recoverer failed, or a trace cannot be written.
pub fn block_tests(
    bytes: &[u8],
    wanted: &dyn Fn(&str) -> bool,
    recoverer: &dyn Recoverer,
    mut trace: Option<(TraceOptions, &mut dyn Write)>,
    mut done: impl FnMut(BlockTest),
) -> Result<(), ToolError> {
    let mut tests: BTreeMap<String, &RawValue> = serde_json::from_slice(bytes)?;
    tests.retain(|name, _| wanted(name));
    let file = BlockchainFile::load(&tests, "", &Filter::default(), recoverer)?;
    for test in file.tests() {
        let mut trace =
            trace.as_mut().map(|(options, out)| Trace { options: *options, out: &mut **out, error: None });
        done(run(&file, test, trace.as_mut()));
        if let Some(error) = trace.and_then(|trace| trace.error) {
            return Err(error.into());
        }
    }
    Ok(())
}

fn run(file: &BlockchainFile, test: &Test, trace: Option<&mut Trace<'_>>) -> BlockTest {
    let (state, failure) = match file.chain(test, trace) {
        Ok(chain) => (chain.last().map(|(state, root)| (state.clone(), root)), None),
        Err(reason) => (None, Some(reason)),
    };
    BlockTest { name: test.key.clone(), network: test.network.clone(), state, failure }
}
