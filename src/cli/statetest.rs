//! `erbium statetest`: state tests, as go-ethereum's `evm statetest` runs them.

use super::Outcome;
use super::error::CliError;
use super::evm_tool::{Settings, SuiteArgs, TestResult, run_suite};
use super::output::{self, Output};
use clap::Args;
use erbium::Machine;
use erbium::vm::claims::Recoverer;
use erbium_conform::source::Entry;
use erbium_conform::state_test::{Ran, Subtest, subtests};
use erbium_conform::{ToolError, dump};
use std::io::{self, BufWriter, Write};

/// Run state tests: a JSON list of what came of each case on stdout, traces and state roots on stderr.
///
/// Flags and output are those of go-ethereum's `evm statetest`. Exit codes: 0 all cases ran, be they passed or failed; 2 a
/// file could not be read.
#[derive(Debug, Args)]
pub(super) struct StateTestArgs {
    #[command(flatten)]
    suite: SuiteArgs,
    /// Run cases of this fork only, as the test calls it.
    #[arg(long = "statetest.fork", value_name = "FORK")]
    fork: Option<String>,
    /// Run the case only that has this place among a test's cases under its fork, counted from 0; -1 for all.
    #[arg(long = "statetest.index", value_name = "N", default_value_t = -1, allow_negative_numbers = true)]
    index: i64,
    /// Run the test with this name only.
    #[arg(long = "statetest.name", value_name = "NAME")]
    name: Option<String>,
}

pub(super) fn run(args: StateTestArgs, output: &mut Output) -> Result<Outcome, CliError> {
    let StateTestArgs { suite, fork, index, name } = args;
    let machine = Machine::default();
    let recoverer = machine.recoverer();
    let wanted = |of_test: &str, of_fork: &str, at: usize| {
        fork.as_deref().is_none_or(|fork| fork == of_fork)
            && name.as_deref().is_none_or(|name| name == of_test)
            && (index < 0 || u64::try_from(index) == Ok(at as u64))
    };
    run_suite(&suite, output, |entry, settings| {
        run_file(entry, settings, &wanted, suite.dump, recoverer).map_err(|error| output::chain(&error))
    })
}

fn run_file(
    entry: &Entry,
    settings: &Settings,
    wanted: &dyn Fn(&str, &str, usize) -> bool,
    with_state: bool,
    recoverer: &dyn Recoverer,
) -> Result<Vec<TestResult>, ToolError> {
    let wanted =
        |test: &str, fork: &str, index: usize| settings.pattern.is_match(test) && wanted(test, fork, index);
    let subtests = subtests(&entry.bytes, &wanted, recoverer)?;
    subtests.iter().map(|subtest| run_subtest(subtest, settings, with_state)).collect()
}

fn run_subtest(subtest: &Subtest, settings: &Settings, with_state: bool) -> Result<TestResult, ToolError> {
    let Ran { state, failure } = match settings.trace {
        Some(options) => {
            let mut stderr = BufWriter::new(io::stderr().lock());
            subtest.run(Some((options, &mut stderr)))?
        }
        None => subtest.run(None)?,
    };
    let root = state.as_ref().map(|(_, root)| format!("{root:?}"));
    if let Some(root) = root.as_ref().filter(|_| settings.show_roots) {
        // Tools look for exactly this, with the space.
        writeln!(io::stderr(), "{{\"stateRoot\": \"{root}\"}}")?;
    }
    Ok(TestResult {
        name: subtest.test.clone(),
        pass: failure.is_none(),
        state_root: root,
        fork: subtest.fork.clone(),
        error: failure,
        state: state.filter(|_| with_state).map(|(state, _)| dump(&state)),
    })
}
