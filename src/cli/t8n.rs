//! `erbium t8n`: the state transition of a block, as go-ethereum's `evm t8n` makes it.

use super::Outcome;
use super::error::CliError;
use super::evm_tool::TraceArgs;
use super::output::Output;
use clap::Args;
use erbium::Machine;
use erbium::vm::Fork;
use erbium_conform::t8n::{self, Input, OTHER_FORK_NAMES, Rules, Source, Sources, T8nError, TraceFiles};
use serde_json::{Map, Value};
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// What stands for stdin in the place of a file.
const STDIN: &str = "stdin";

/// Make the state transition of a block: accounts, environment and transactions in; accounts and roots out.
///
/// Flags, files and output are those of go-ethereum's `evm t8n`. Exit codes: 0 done, 2 trouble with block or machine, 3
/// wrong settings, 4 a block hash is missing, 10 trouble with JSON, 11 with files, 12 with RLP.
#[derive(Debug, Args)]
#[command(alias = "transition")]
pub(super) struct T8nArgs {
    /// The accounts before: a file, or `stdin`.
    #[arg(long = "input.alloc", value_name = "FILE|stdin", default_value = "alloc.json")]
    input_alloc: String,
    /// The environment: a file, or `stdin`.
    #[arg(long = "input.env", value_name = "FILE|stdin", default_value = "env.json")]
    input_env: String,
    /// The transactions: a file, or `stdin`. A file whose name ends in .rlp holds them as RLP, as --output.body writes it.
    #[arg(long = "input.txs", value_name = "FILE|stdin", default_value = "txs.json")]
    input_txs: String,
    /// The folder that output files go to; made where it is missing.
    #[arg(long = "output.basedir", value_name = "DIR")]
    basedir: Option<PathBuf>,
    /// Where the accounts after go to: a file, `stdout` or `stderr`.
    #[arg(long = "output.alloc", value_name = "FILE|stdout|stderr", default_value = "alloc.json")]
    output_alloc: String,
    /// Where the result goes to, with roots and receipts: a file, `stdout` or `stderr`.
    #[arg(long = "output.result", value_name = "FILE|stdout|stderr", default_value = "result.json")]
    output_result: String,
    /// Where the RLP of the transactions of the block goes to: a file, `stdout` or `stderr`; nowhere by default.
    #[arg(long = "output.body", value_name = "FILE|stdout|stderr", default_value = "")]
    output_body: String,
    #[arg(long = "state.fork", value_name = "FORK", default_value = "GrayGlacier", help = "The rules", long_help = fork_help())]
    fork: String,
    /// The chain's id.
    #[arg(long = "state.chainid", value_name = "N", default_value_t = 1)]
    chain_id: u64,
    /// Wei for the block's miner; -1 for no reward at all.
    #[arg(long = "state.reward", value_name = "WEI", default_value_t = 0, allow_negative_numbers = true)]
    reward: i64,
    /// Write EIP-3155 traces to the base folder, as trace-INDEX-HASH.jsonl.
    #[arg(long, num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", value_name = "BOOL")]
    trace: bool,
    #[command(flatten)]
    trace_args: TraceArgs,
}

fn fork_help() -> String {
    let names: Vec<_> = Fork::ALL.iter().map(|fork| fork.name()).chain(OTHER_FORK_NAMES).collect();
    format!(
        "The rules. Forks: {}. A change from one to another is named as in ShanghaiToCancunAtTime15k.",
        names.join(", ")
    )
}

pub(super) fn run(args: T8nArgs, output: &mut Output) -> Result<Outcome, CliError> {
    let options = args.trace_args.options()?;
    let rules = Rules::new(&args.fork, args.chain_id, args.reward)?;
    let base = args.basedir.as_deref().unwrap_or(Path::new(""));
    if args.basedir.is_some() {
        fs::create_dir_all(base).map_err(|source| T8nError::Write { path: base.to_owned(), source })?;
    }
    let input = read_input(&args)?;
    let traces = args.trace.then_some(TraceFiles { folder: base, options });
    let done = t8n::transition(&rules, input, Machine::default().recoverer(), traces)?;

    let body = || Value::String(format!("0x{}", hex::encode(done.body())));
    let (mut stdout, mut stderr) = (Map::new(), Map::new());
    let parts: [(&str, &str, &dyn Fn() -> Value); 3] = [
        ("alloc", &args.output_alloc, &|| done.alloc()),
        ("result", &args.output_result, &|| done.result()),
        ("body", &args.output_body, &body),
    ];
    for (name, to, value) in parts {
        match to {
            "" => {}
            "stdout" => drop(stdout.insert(name.to_owned(), value())),
            "stderr" => drop(stderr.insert(name.to_owned(), value())),
            file => write_file(&base.join(file), &value())?,
        }
    }
    if !stdout.is_empty() {
        output.json(&Value::Object(stdout))?;
    }
    if !stderr.is_empty() {
        writeln!(io::stderr(), "{:#}", Value::Object(stderr)).map_err(CliError::Output)?;
    }
    Ok(Outcome::Fine)
}

fn read_input(args: &T8nArgs) -> Result<Input, CliError> {
    let names = [&args.input_alloc, &args.input_env, &args.input_txs];
    let mut stdin = Vec::new();
    if names.iter().any(|name| *name == STDIN) {
        io::stdin()
            .read_to_end(&mut stdin)
            .map_err(|source| T8nError::Read { file: STDIN.to_owned(), source })?;
    }
    let read = |name: &String| match name.as_str() {
        STDIN => Ok(Vec::new()),
        file => fs::read(file).map_err(|source| T8nError::Read { file: name.clone(), source }),
    };
    let [alloc, env, txs] = names.map(read);
    let (alloc, env, txs) = (alloc?, env?, txs?);
    fn source<'a>(name: &'a str, bytes: &'a [u8]) -> Source<'a> {
        if name == STDIN { Source::Stdin } else { Source::File { name, bytes } }
    }
    let sources = Sources {
        stdin: &stdin,
        alloc: source(&args.input_alloc, &alloc),
        env: source(&args.input_env, &env),
        txs: source(&args.input_txs, &txs),
    };
    Ok(Input::read(&sources)?)
}

fn write_file(path: &Path, value: &Value) -> Result<(), CliError> {
    let written = fs::write(path, format!("{value:#}\n"));
    Ok(written.map_err(|source| T8nError::Write { path: path.to_owned(), source })?)
}
