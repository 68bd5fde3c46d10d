//! The cases of a file one by one, as go-ethereum's `evm statetest` goes through them.

use super::case::{Case, CaseKind, StateFile};
use super::single::Single;
use crate::filter::Filter;
use crate::t8n::TraceOptions;
use crate::tool::ToolError;
use erbium_vm::H256;
use erbium_vm::claims::Recoverer;
use erbium_vm::evm::Tracer;
use erbium_vm::state::MemoryState;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::io::Write;

/// A case of a test.
pub struct Subtest {
    /// Name of the test in its file.
    pub test: String,
    /// The fork as the test calls it.
    pub fork: String,
    /// Its place among the test's cases under the fork.
    pub index: usize,
    /// What would run, or why nothing can.
    single: Result<Single, String>,
}

/// What came of a case.
#[derive(Debug)]
pub struct Ran {
    /// The state after it and its root; none where nothing could run.
    pub state: Option<(MemoryState, H256)>,
    /// Why the case failed.
    pub failure: Option<String>,
}

/// The cases of a file of state tests that are `wanted` by the test's name, the fork's and the index, in order. What
/// cannot be read of a test is the failure of its cases.
///
/// # Errors
/// [`ToolError`] where the file is no object of tests, or the recoverer failed.
pub fn subtests(
    bytes: &[u8],
    wanted: &dyn Fn(&str, &str, usize) -> bool,
    recoverer: &dyn Recoverer,
) -> Result<Vec<Subtest>, ToolError> {
    let tests: BTreeMap<String, &RawValue> = serde_json::from_slice(bytes)?;
    let file = StateFile::parse(&tests);
    let cases = file.cases("", &Filter::default(), recoverer)?;
    let wanted = cases.cases.iter().filter(|case| wanted(case.test, case.fork_name, case.index));
    let subtest = |case: &Case<'_>| Subtest {
        test: case.test.to_owned(),
        fork: case.fork_name.to_owned(),
        index: case.index,
        single: match &case.kind {
            CaseKind::Runnable(runnable) => {
                Single::new(case, runnable, &cases.signers).map_err(|failure| failure.to_string())
            }
            CaseKind::UnknownFork => Err(format!("unknown fork `{}`", case.fork_name)),
            CaseKind::Unreadable(error) => Err(format!("not a state test: {error}")),
        },
    };
    Ok(wanted.map(subtest).collect())
}

impl Subtest {
    /// Runs the case. Where there is a trace to write, it is written to `trace`.
    ///
    /// # Errors
    /// [`ToolError::Trace`] where the trace cannot be written.
    pub fn run(&self, trace: Option<(TraceOptions, &mut dyn Write)>) -> Result<Ran, ToolError> {
        let single = match &self.single {
            Ok(single) => single,
            Err(reason) => return Ok(Ran { state: None, failure: Some(reason.clone()) }),
        };
        let mut tracer = match (&single.parts, trace) {
            (Ok(parts), Some((options, out))) => Some(options.tracer(&parts.spec, out)),
            _ => None,
        };
        let executed = single.execute(tracer.as_mut().map(|tracer| tracer as &mut dyn Tracer));
        tracer.map_or(Ok(()), |tracer| tracer.finish())?;
        Ok(match executed {
            Ok(execution) => {
                let failure = single.judge(&execution).err().map(|failure| failure.to_string());
                let root = single.state_root(&execution);
                Ran { state: Some((execution.state, root)), failure }
            }
            Err(fault) => Ran { state: None, failure: Some(fault.to_string()) },
        })
    }
}
