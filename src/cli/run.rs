//! `erbium run`: one call of some code.

use super::error::{CliError, HexProblem};
use super::output::Output;
use super::spec::SpecArgs;
use super::{GpuArgs, Outcome};
use clap::Args;
use erbium::vm::claims::homomorphic::LoggedOperation;
use erbium::vm::spec::ChainSpec;
use erbium::vm::state::{Log, MemoryState};
use erbium::{
    ExecutionContext, ExecutionResult, JsonTracer, Machine, Sandbox, VMConfig, VMError, VirtualMachine,
};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Run code as one call, without the costs of a transaction around it.
#[derive(Debug, Args)]
pub(super) struct RunArgs {
    /// The code, in hexadecimal.
    #[arg(long, value_name = "HEX")]
    code: String,
    /// The call data, in hexadecimal.
    #[arg(long, value_name = "HEX", default_value = "")]
    input: String,
    #[command(flatten)]
    spec: SpecArgs,
    /// The folder of circuits that ZK_PROVE proves with, as `tool circuit setup` makes them.
    #[arg(long, value_name = "FOLDER")]
    circuits: Option<PathBuf>,
    #[command(flatten)]
    gpu: GpuArgs,
    /// Gas to run with.
    #[arg(long, value_name = "N", default_value_t = 30_000_000, value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    gas: u64,
    /// Print an EIP-3155 trace: one JSON object for each instruction, then one for the result.
    #[arg(long)]
    trace: bool,
    /// With --trace: print the memory at each instruction.
    #[arg(long, requires = "trace")]
    trace_memory: bool,
    /// With --trace: print operands although the chain spec's policy allows secret ones.
    #[arg(long, requires = "trace")]
    show_secrets: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[cfg(feature = "he")]
    #[command(flatten)]
    ciphertexts: super::tool::CiphertextArgs,
    /// End the run after so many instructions.
    #[arg(long, value_name = "N")]
    max_steps: Option<u64>,
    /// End the run when a frame's memory exceeds so many bytes.
    #[arg(long, value_name = "BYTES")]
    max_memory: Option<usize>,
    /// End the run after so many milliseconds.
    #[arg(long, value_name = "N")]
    timeout_ms: Option<u64>,
}

pub(super) fn run(args: RunArgs, output: &mut Output) -> Result<Outcome, CliError> {
    let code = unhex("--code", &args.code)?;
    let input = unhex("--input", &args.input)?;
    let spec = args.spec.source()?.unwrap_or_default().latest();
    let mut machine = Machine::new(&args.gpu.mode())?;
    if let Some(folder) = args.circuits {
        machine = machine.with_circuits(folder);
    }
    #[cfg(feature = "he")]
    let machine = args.ciphertexts.with_decryption(machine);

    let sandbox = Sandbox {
        memory_limit: args.max_memory,
        execution_timeout: args.timeout_ms.map(Duration::from_millis),
        step_limit: args.max_steps,
        ..Sandbox::default()
    };
    let context = ExecutionContext {
        data: input,
        gas_limit: args.gas,
        chain_id: spec.chain_id,
        ..ExecutionContext::new(code)
    };
    let config = VMConfig { spec: spec.clone(), sandbox };
    let mut vm = VirtualMachine::with_state(config, MemoryState::new());

    let start = Instant::now();
    let result = if args.trace {
        let mut tracer = JsonTracer::new(&spec, output.writer())
            .with_memory(args.trace_memory)
            .show_secrets(args.show_secrets);
        let result = vm.execute_with(&context, machine.coprocessor(), Some(&mut tracer));
        tracer.finish().map_err(CliError::Output)?;
        result
    } else {
        vm.execute_with(&context, machine.coprocessor(), None)
    };
    let answer = Answer {
        ending: Ending::of(result)?,
        gas_used: args.gas.saturating_sub(vm.gas_left()),
        gas_left: vm.gas_left(),
        time: start.elapsed(),
    };
    if args.trace {
        output.line(answer.trace_line(&spec))?;
    } else if args.json {
        output.json(&answer.to_json())?;
    } else {
        output.text(&answer.to_text())?;
    }
    Ok(if answer.ending.error.is_none() { Outcome::Fine } else { Outcome::No })
}

/// How the call ended.
struct Ending {
    /// What the contract returned, or reverted with.
    data: Vec<u8>,
    logs: Vec<Log>,
    operations: Vec<LoggedOperation>,
    /// Why its changes do not stand.
    error: Option<String>,
}

impl Ending {
    /// A contract that failed is an answer; failed machinery is none.
    fn of(result: Result<ExecutionResult, VMError>) -> Result<Self, CliError> {
        let failed =
            |data, error| Ok(Self { data, logs: Vec::new(), operations: Vec::new(), error: Some(error) });
        match result {
            Ok(result) => Ok(Self {
                data: result.return_data,
                logs: result.logs,
                operations: result.operations,
                error: None,
            }),
            Err(VMError::Revert(data)) => failed(data, "reverted".to_owned()),
            Err(VMError::Fault(fault)) => Err(CliError::Fault(fault)),
            Err(error) => failed(Vec::new(), error.to_string()),
        }
    }
}

/// What came of the call.
struct Answer {
    ending: Ending,
    gas_used: u64,
    gas_left: u64,
    time: Duration,
}

impl Answer {
    fn output(&self) -> String {
        format!("0x{}", hex::encode(&self.ending.data))
    }

    fn to_text(&self) -> String {
        let ending = self.ending.error.as_deref().unwrap_or("success");
        let mut text = format!("{ending}\noutput: {}\ngas used: {}\n", self.output(), self.gas_used);
        for log in &self.ending.logs {
            text.push_str(&format!("log: {}\n", log_json(log)));
        }
        for operation in &self.ending.operations {
            text.push_str(&format!("operation: {}\n", operation.to_json()));
        }
        text
    }

    fn to_json(&self) -> Value {
        json!({
            "success": self.ending.error.is_none(),
            "error": self.ending.error,
            "output": self.output(),
            "gasUsed": self.gas_used,
            "gasLeft": self.gas_left,
            "logs": self.ending.logs.iter().map(log_json).collect::<Vec<_>>(),
            "operations": self.ending.operations.iter().map(LoggedOperation::to_json).collect::<Vec<_>>(),
            "seconds": self.time.as_secs_f64(),
        })
    }

    /// The last line of an EIP-3155 trace.
    fn trace_line(&self, spec: &ChainSpec) -> Value {
        let mut line = json!({
            "output": self.output(),
            "gasUsed": format!("{:#x}", self.gas_used),
            "pass": self.ending.error.is_none(),
            "time": u64::try_from(self.time.as_nanos()).unwrap_or(u64::MAX),
            "fork": spec.fork.name(),
        });
        if let Some(error) = &self.ending.error {
            line["error"] = Value::from(error.as_str());
        }
        line
    }
}

fn log_json(log: &Log) -> Value {
    json!({
        "address": format!("{:?}", log.address),
        "topics": log.topics.iter().map(|topic| format!("{topic:?}")).collect::<Vec<_>>(),
        "data": format!("0x{}", hex::encode(&log.data)),
    })
}

/// Reads hexadecimal digits, with or without 0x before them.
pub(super) fn unhex(flag: &'static str, text: &str) -> Result<Vec<u8>, CliError> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    hex::decode(digits).map_err(|error| CliError::Hex {
        flag,
        problem: match error {
            hex::FromHexError::InvalidHexCharacter { c, index } => {
                let at = 1 + index + text.len() - digits.len();
                HexProblem::Character { character: c, at }
            }
            _ => HexProblem::OddDigits { digits: digits.len() },
        },
    })
}
