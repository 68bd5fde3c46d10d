//! The command line: results on stdout, all else on stderr; exit 0 fine, 1 the answer is no, 2 could not do it.

mod adapters;
mod backend;
mod bench;
mod blocktest;
mod conform;
mod error;
mod evm_tool;
mod execution;
mod files;
mod interrupt;
mod key;
mod output;
mod progress;
mod quantumize;
mod run;
mod spec;
mod statetest;
mod t8n;
mod tool;
mod tx;
mod validate;

use clap::{Args, Parser, Subcommand};
use erbium::GpuMode;
use error::CliError;
use output::Output;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

/// An Ethereum-compatible virtual machine, from the command line.
///
/// Results go to stdout, everything else to stderr. Exit codes: 0 fine, 1 the answer is no, 2 could not do it.
/// Environment: ERBIUM_GPU is the default of --gpu, ERBIUM_LOG sets what is logged (error, warn, info, debug, trace).
#[derive(Debug, Parser)]
#[command(name = "erbium", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Validate(validate::ValidateArgs),
    Conform(conform::ConformArgs),
    Quantumize(quantumize::QuantumizeArgs),
    Run(run::RunArgs),
    T8n(t8n::T8nArgs),
    Statetest(statetest::StateTestArgs),
    Blocktest(blocktest::BlockTestArgs),
    Adapters(adapters::AdaptersArgs),
    #[command(subcommand)]
    Key(key::KeyCommand),
    #[command(subcommand)]
    Tx(tx::TxCommand),
    #[command(subcommand)]
    Bench(bench::BenchCommand),
    #[command(subcommand)]
    Spec(spec::SpecCommand),
    #[command(subcommand)]
    Tool(tool::ToolCommand),
}

/// Which device does the cryptography.
#[derive(Clone, Debug, Args)]
struct GpuArgs {
    /// Use a GPU: auto, require (an error where there is none), off, or an adapter's name.
    #[arg(long, value_name = "auto|require|off|NAME")]
    gpu: Option<GpuMode>,
}

impl GpuArgs {
    /// The flag, else the environment, else `auto`.
    fn mode(self) -> GpuMode {
        let from_environment = || std::env::var("ERBIUM_GPU").ok().filter(|value| !value.is_empty());
        self.gpu.or_else(|| from_environment().map(|value| GpuMode::from(value.as_str()))).unwrap_or_default()
    }
}

/// How a command that ran to its end answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    /// All is well.
    Fine = 0,
    /// The answer is no.
    No = 1,
    /// Part of the work could not be done; stderr has said which.
    Incomplete = 2,
}

/// Runs the command that the process was started with.
pub(crate) fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    if evm_tool::asks_for_version(&arguments) {
        return evm_tool::version();
    }
    let cli = Cli::parse_from(evm_tool::in_order(arguments));
    log_to_stderr();
    let mut output = Output::new();
    let answer = dispatch(cli.command, &mut output).and_then(|outcome| output.finish().map(|()| outcome));
    match answer {
        Ok(outcome) => ExitCode::from(outcome as u8),
        Err(error) => {
            // Whoever closed the pipe has read enough and needs no message.
            if !error.is_closed_pipe() {
                output::complain(&error);
            }
            ExitCode::from(error.exit_code())
        }
    }
}

fn dispatch(command: Command, output: &mut Output) -> Result<Outcome, CliError> {
    match command {
        Command::Validate(args) => validate::run(args, output),
        Command::Conform(args) => conform::run(args, output),
        Command::Quantumize(args) => quantumize::run(args, output),
        Command::Run(args) => run::run(args, output),
        Command::T8n(args) => t8n::run(args, output),
        Command::Statetest(args) => statetest::run(args, output),
        Command::Blocktest(args) => blocktest::run(args, output),
        Command::Adapters(args) => adapters::run(args, output),
        Command::Key(command) => key::run(command, output),
        Command::Tx(command) => tx::run(command, output),
        Command::Bench(command) => bench::run(command, output),
        Command::Spec(command) => spec::run(command, output),
        Command::Tool(command) => tool::run(command, output),
    }
}

fn log_to_stderr() {
    let filter = EnvFilter::builder().with_env_var("ERBIUM_LOG").from_env_lossy();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}
