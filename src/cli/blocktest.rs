//! `erbium blocktest`: blockchain tests, as go-ethereum's `evm blocktest` runs them.

use super::Outcome;
use super::error::CliError;
use super::evm_tool::{Settings, SuiteArgs, TestResult, run_suite};
use super::output::{self, Output};
use clap::Args;
use erbium::Machine;
use erbium::vm::claims::Recoverer;
use erbium_conform::blockchain::{BlockTest, block_tests};
use erbium_conform::source::Entry;
use erbium_conform::t8n::TraceOptions;
use erbium_conform::{ToolError, dump};
use std::io::{self, BufWriter, Write};

/// Run blockchain tests: a JSON list of what came of each test on stdout, traces on stderr.
///
/// Flags and output are those of go-ethereum's `evm blocktest`. Exit codes: 0 all tests ran, be they passed or failed; 2 a
/// file could not be read.
#[derive(Debug, Args)]
pub(super) struct BlockTestArgs {
    #[command(flatten)]
    suite: SuiteArgs,
}

pub(super) fn run(args: BlockTestArgs, output: &mut Output) -> Result<Outcome, CliError> {
    let BlockTestArgs { suite } = args;
    let machine = Machine::default();
    let recoverer = machine.recoverer();
    run_suite(&suite, output, |entry, settings| {
        run_file(entry, settings, suite.dump, recoverer).map_err(|error| output::chain(&error))
    })
}

fn run_file(
    entry: &Entry,
    settings: &Settings,
    with_state: bool,
    recoverer: &dyn Recoverer,
) -> Result<Vec<TestResult>, ToolError> {
    let wanted = |name: &str| settings.pattern.is_match(name);
    let mut stderr = BufWriter::new(io::stderr());
    let trace: Option<(TraceOptions, &mut dyn Write)> =
        settings.trace.map(|options| (options, &mut stderr as &mut dyn Write));
    let mut results = Vec::new();
    block_tests(&entry.bytes, &wanted, recoverer, trace, |test| {
        let BlockTest { name, network, state, failure } = test;
        results.push(TestResult {
            name,
            pass: failure.is_none(),
            state_root: state.as_ref().map(|(_, root)| format!("{root:?}")),
            fork: network,
            error: failure,
            state: state.filter(|_| with_state).map(|(state, _)| dump(&state)),
        });
    })?;
    Ok(results)
}
