//! What `t8n`, `statetest` and `blocktest` have in common with each other and with go-ethereum's `evm`.

use super::Outcome;
use super::error::CliError;
use super::files::is_json;
use super::output::{self, Output};
use clap::Args;
use erbium_conform::source::{Entries, Entry};
use erbium_conform::t8n::TraceOptions;
use rayon::prelude::*;
use regex::Regex;
use serde::Serialize;
use serde_json::{Value, json};
use std::ffi::{OsStr, OsString};
use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The commands that go-ethereum's `evm` has too.
const COMMANDS: [&str; 4] = ["t8n", "transition", "statetest", "blocktest"];

/// Flags that older versions of `evm` take before the command.
const GLOBAL_FLAGS: [&str; 9] = [
    "--json",
    "--trace",
    "--nomemory",
    "--nostack",
    "--nostorage",
    "--noreturndata",
    "--dump",
    "--human",
    "--verbosity",
];

/// Puts flags that stand before one of the commands behind it, where they are understood.
pub(super) fn in_order(arguments: Vec<OsString>) -> Vec<OsString> {
    let mut at = 1;
    while let Some(flag) = arguments.get(at).and_then(|argument| argument.to_str()) {
        let name = flag.split_once('=').map_or(flag, |(name, _)| name);
        if COMMANDS.contains(&flag) {
            let mut arguments = arguments;
            let command = arguments.remove(at);
            arguments.insert(1, command);
            return arguments;
        }
        if !GLOBAL_FLAGS.contains(&name) {
            break;
        }
        at += if flag == "--verbosity" { 2 } else { 1 };
    }
    arguments
}

/// True where the program goes by the name `evm` and is asked for its version: tools tell by the answer whom they drive.
pub(super) fn asks_for_version(arguments: &[OsString]) -> bool {
    let [program, flag] = arguments else { return false };
    let name = Path::new(program).file_stem();
    name == Some(OsStr::new("evm")) && (flag == "-v" || flag == "--version")
}

/// Answers as `evm` does.
pub(super) fn version() -> ExitCode {
    let written = writeln!(io::stdout(), "evm version {}-erbium", env!("CARGO_PKG_VERSION"));
    ExitCode::from(if written.is_ok() { Outcome::Fine } else { Outcome::Incomplete } as u8)
}

/// What is traced, in the words of `evm`; any of the flags may be given as `--flag=true` or `--flag=false`.
#[derive(Clone, Debug, Args)]
pub(super) struct TraceArgs {
    /// Print the memory in traces.
    #[arg(long = "trace.memory", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL")]
    memory: Option<bool>,
    /// Print no memory in traces (the default).
    #[arg(long = "trace.nomemory", alias = "nomemory", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL")]
    no_memory: Option<bool>,
    /// Print no stack in traces.
    #[arg(long = "trace.nostack", alias = "nostack", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL")]
    no_stack: Option<bool>,
    /// Print return data in traces.
    #[arg(long = "trace.returndata", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL")]
    return_data: Option<bool>,
    /// Print no return data in traces (the default).
    #[arg(long = "trace.noreturndata", alias = "noreturndata", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL")]
    no_return_data: Option<bool>,
    /// Print no storage in traces; they have none.
    #[arg(long = "trace.nostorage", alias = "nostorage", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL", hide = true)]
    no_storage: Option<bool>,
    /// Form of traces: `json` is the only one.
    #[arg(long = "trace.format", value_name = "FORMAT", default_value = "json", value_parser = ["json"], hide = true)]
    format: String,
    /// Taken for compatibility; ERBIUM_LOG sets what is logged.
    #[arg(long, value_name = "N", hide = true)]
    verbosity: Option<i64>,
}

/// How many cases run at a time, and how they are reported.
#[derive(Debug, Args)]
pub(super) struct SuiteArgs {
    /// Test files, folders of them, or archives; without any, their names are read from stdin, one a line.
    #[arg(value_name = "FILE|DIR|ARCHIVE")]
    pub(super) paths: Vec<PathBuf>,
    /// Run tests only whose name this regular expression matches.
    #[arg(long, value_name = "REGEX", default_value = "")]
    pub(super) run: String,
    /// Write EIP-3155 traces to stderr.
    #[arg(long, alias = "json", num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", value_name = "BOOL")]
    trace: bool,
    #[command(flatten)]
    options: TraceArgs,
    /// Print the state after each test.
    #[arg(long, num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", value_name = "BOOL")]
    pub(super) dump: bool,
    /// Print text instead of JSON.
    #[arg(long, num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", value_name = "BOOL")]
    human: bool,
    /// Run so many files at a time; with more than one there are no traces, and no state roots on stderr.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    workers: u16,
}

impl TraceArgs {
    pub(super) fn options(&self) -> Result<TraceOptions, CliError> {
        let wanted = |with: Option<bool>, without: Option<bool>, flag| match (with, without) {
            (Some(_), Some(_)) => Err(CliError::Flag { flag, problem: "not together with its opposite" }),
            (with, without) => Ok(with.unwrap_or_else(|| without == Some(false))),
        };
        Ok(TraceOptions {
            memory: wanted(self.memory, self.no_memory, "--trace.memory")?,
            stack: self.no_stack != Some(true),
            return_data: wanted(self.return_data, self.no_return_data, "--trace.returndata")?,
        })
    }
}

/// A test's line in the report.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TestResult {
    pub(super) name: String,
    pub(super) pass: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) state_root: Option<String>,
    pub(super) fork: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) state: Option<Value>,
}

/// How the tests of a file are to be run.
pub(super) struct Settings {
    pub(super) pattern: Regex,
    pub(super) trace: Option<TraceOptions>,
    /// Print each state's root to stderr, behind its trace.
    pub(super) show_roots: bool,
}

/// Runs the tests of all files and reports them as `evm` does: that a test failed is no error.
pub(super) fn run_suite(
    args: &SuiteArgs,
    output: &mut Output,
    run: impl Fn(&Entry, &Settings) -> Result<Vec<TestResult>, String> + Sync,
) -> Result<Outcome, CliError> {
    let alone = args.workers == 1;
    let trace = args.trace && alone;
    let settings = Settings {
        pattern: Regex::new(&args.run)?,
        trace: if trace { Some(args.options.options()?) } else { None },
        show_roots: alone,
    };
    if args.trace && !alone {
        return Err(CliError::Flag { flag: "--trace", problem: "needs --workers 1" });
    }
    let run = |path: &Path| run_path(path, args.workers, &|entry| run(entry, &settings));
    let mut complete = true;
    if !args.paths.is_empty() {
        let mut results = Vec::new();
        for path in &args.paths {
            complete &= run(path)?.drain_into(&mut results);
        }
        report(args, output, &results)?;
    } else {
        for line in io::stdin().lock().lines() {
            let line = line.map_err(|source| CliError::File { path: "stdin".into(), source })?;
            if line.is_empty() {
                break;
            }
            let mut results = Vec::new();
            complete &= run(Path::new(&line))?.drain_into(&mut results);
            report(args, output, &results)?;
        }
    }
    Ok(if complete { Outcome::Fine } else { Outcome::Incomplete })
}

/// What came of the files at a path.
struct OfPath {
    results: Vec<TestResult>,
    complete: bool,
}

impl OfPath {
    fn drain_into(self, results: &mut Vec<TestResult>) -> bool {
        results.extend(self.results);
        self.complete
    }
}

fn run_path(
    path: &Path,
    workers: u16,
    run: &(dyn Fn(&Entry) -> Result<Vec<TestResult>, String> + Sync),
) -> Result<OfPath, CliError> {
    let complain = |message: &dyn std::fmt::Display| output::note(format_args!("error: {message}"));
    let entries = match Entries::open(path) {
        Ok(entries) => entries,
        Err(error) => {
            complain(&error);
            return Ok(OfPath { results: Vec::new(), complete: false });
        }
    };
    let named = path.to_string_lossy();
    let run = |entry: Result<Entry, _>| match entry {
        Ok(entry) if entry.name != named && !is_json(&entry.name) => Some(Vec::new()),
        Ok(entry) => run(&entry).map_err(|error| complain(&format_args!("{entry}: {error}"))).ok(),
        Err(error) => {
            complain(&error);
            None
        }
    };
    let of_files: Vec<Option<Vec<TestResult>>> = if workers == 1 {
        entries.map(run).collect()
    } else {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(workers.into()).build();
        let run = |(place, entry)| (place, run(entry));
        let mut placed: Vec<_> =
            pool.map_err(CliError::Threads)?.install(|| entries.enumerate().par_bridge().map(run).collect());
        placed.sort_by_key(|&(place, _): &(usize, _)| place);
        placed.into_iter().map(|(_, results)| results).collect()
    };
    let complete = of_files.iter().all(Option::is_some);
    Ok(OfPath { results: of_files.into_iter().flatten().flatten().collect(), complete })
}

fn report(args: &SuiteArgs, output: &mut Output, results: &[TestResult]) -> Result<(), CliError> {
    if !args.human {
        return output.json(&json!(results));
    }
    for result in results {
        let TestResult { name, fork, error, .. } = result;
        match error {
            None => output.line(format_args!("[PASS] {name}"))?,
            Some(error) => output.line(format_args!("[FAIL] {name}, err={error}, fork={fork}"))?,
        }
        if let Some(state) = &result.state {
            output.json(state)?;
        }
    }
    let passed = results.iter().filter(|result| result.pass).count();
    output.line(format_args!("--\n{passed} tests passed, {} tests failed.", results.len() - passed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ordered(line: &str) -> String {
        let arguments = in_order(line.split(' ').map(OsString::from).collect());
        arguments.join(OsStr::new(" ")).into_string().unwrap_or_default()
    }

    #[test]
    fn flags_before_the_commands_of_evm_go_behind_them() {
        let older = "evm --json --noreturndata --nomemory statetest a.json";
        assert_eq!(ordered(older), "evm statetest --json --noreturndata --nomemory a.json");
        assert_eq!(ordered("evm --verbosity 100 blocktest x"), "evm blocktest --verbosity 100 x");
        assert_eq!(ordered("evm --trace=true t8n"), "evm t8n --trace=true");
        for other in
            ["erbium --json validate x", "erbium run --trace statetest", "erbium --verbosity", "erbium"]
        {
            assert_eq!(ordered(other), other);
        }
    }

    #[test]
    fn the_version_of_evm_is_told_under_its_name_only() {
        let asks = |line: &str| asks_for_version(&line.split(' ').map(OsString::from).collect::<Vec<_>>());
        assert!(asks("./bin/evm -v") && asks("evm --version"));
        assert!(!asks("erbium -v") && !asks("evm t8n") && !asks("evm"));
    }
}
