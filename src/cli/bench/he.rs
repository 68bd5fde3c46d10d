//! `erbium bench he`: homomorphic operations by type, and logs of many.

use crate::cli::Outcome;
use crate::cli::error::CliError;
use crate::cli::output::{self, Output};
use crate::cli::tool::HeError;
use clap::Args;
use erbium::he::fhe::{Ciphertext, Fhe, Keystore, SecretKey, generate, pool};
use erbium::he::{EvaluationError, Evaluator, Store, evaluate, keccak256};
use erbium::vm::claims::homomorphic::{CiphertextType, Code, Handle, LoggedOperation, Operation, Place};
use erbium::vm::{H160, H256, U256};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Operations of each log.
const LOG: u32 = 100;
/// The benches' own key.
const SEED: [u8; 32] = *b"erbium bench he: nobody's secret";

/// Measure homomorphic operations: each by type, on one core and on all, and logs of 100 additions that wait for nothing
/// or for each other. Written from tfhe's integers of 2 bits a block.
#[derive(Debug, Args)]
pub(in crate::cli) struct HeArgs {
    /// Types, by name: bool, u8, u16, u32, u64, u128, address, u256.
    #[arg(
        long = "type",
        value_name = "TYPE,..",
        value_delimiter = ',',
        default_value = "bool,u8,u16,u32,u64"
    )]
    kinds: Vec<String>,
    /// Operations, by name; all if not given.
    #[arg(long, value_name = "OP,..", value_delimiter = ',')]
    op: Vec<String>,
    /// Samples of each; the median counts.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    samples: u32,
    /// Leave the logs out.
    #[arg(long)]
    no_logs: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// A folder that goes with its owner.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed stays in the folder for temporary files.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

struct Bench {
    folder: Folder,
    id: H256,
    fhe: Fhe,
    secret: SecretKey,
    samples: u32,
}

pub(super) fn run(args: HeArgs, output: &mut Output) -> Result<Outcome, CliError> {
    let kinds = args.kinds.iter().map(|name| named(&CiphertextType::ALL, name, |kind| kind.name()));
    let kinds = kinds.collect::<Option<Vec<_>>>();
    let flag = |flag, problem| CliError::Flag { flag, problem };
    let kinds = kinds.ok_or_else(|| flag("--type", "no such type"))?;
    let codes = args.op.iter().map(|name| named(&Code::ALL, name, |code| code.name()));
    let codes = codes.collect::<Option<Vec<_>>>().ok_or_else(|| flag("--op", "no such operation"))?;
    let codes = if codes.is_empty() { Code::ALL.to_vec() } else { codes };

    let folder = Folder(std::env::temp_dir().join(format!("erbium-bench-he-{}", std::process::id())));
    let start = Instant::now();
    let pair = generate(&SEED).map_err(HeError::from)?;
    let keygen = start.elapsed().as_secs_f64();
    let keystore = Keystore::new(&folder.0);
    keystore.put(&pair).map_err(HeError::from)?;
    let start = Instant::now();
    let fhe = keystore.evaluation(&pair.id).map_err(HeError::from)?;
    let opening = start.elapsed().as_secs_f64();
    let secret = keystore.secret(&pair.id).map_err(HeError::from)?;
    let (secret_bytes, evaluation_bytes) = pair.sizes();
    let bench = Bench { folder, id: pair.id, fhe, secret, samples: args.samples };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    if !args.json {
        output.line(format_args!(
            "key generation {keygen:.2} s, secret key {secret_bytes} bytes, evaluation key {evaluation_bytes} bytes, \
             ready to compute in {opening:.2} s\n\n\
             | type | operation | s, 1 thread | s, {cores} threads |\n|---|---|---|---|"
        ))?;
    }
    let mut rows = Vec::new();
    for kind in kinds {
        for (name, operation) in operations(kind, &codes) {
            let one = bench.operation(&operation, 1)?;
            let all = bench.operation(&operation, 0)?;
            rows.push(json!({ "type": kind.name(), "operation": name, "oneThread": one, "allThreads": all }));
            if !args.json {
                output.line(format_args!("| {kind} | {name} | {one:.4} | {all:.4} |"))?;
            }
        }
    }
    let logs = if args.no_logs { Vec::new() } else { bench.logs(cores)? };
    if args.json {
        output.json(&json!({
            "keygenSeconds": keygen,
            "openingSeconds": opening,
            "secretBytes": secret_bytes,
            "evaluationBytes": evaluation_bytes,
            "threads": cores,
            "operations": rows,
            "logs": logs,
        }))?;
    } else {
        if !logs.is_empty() {
            output.line(format_args!("\n| log of {LOG} additions of u8 | threads | s |\n|---|---|---|"))?;
        }
        for log in &logs {
            let seconds = log["seconds"].as_f64().unwrap_or_default();
            let name = log["log"].as_str().unwrap_or_default();
            output.line(format_args!("| {name} | {} | {seconds:.2} |", log["threads"]))?;
        }
    }
    Ok(Outcome::Fine)
}

fn named<T: Copy>(all: &[T], name: &str, name_of: impl Fn(&T) -> &'static str) -> Option<T> {
    all.iter().find(|one| name_of(one) == name).copied()
}

/// A handle that nobody made.
fn handle(kind: CiphertextType, fill: u8) -> Handle {
    Handle::new(H256::repeat_byte(fill), 1, kind)
}

/// Those of the operations that take `kind`: with two handles, with a number, with one handle.
fn operations(kind: CiphertextType, codes: &[Code]) -> Vec<(String, Operation)> {
    let [left, right] = [1, 2].map(|fill| handle(kind, fill).word());
    let (zero, number) = (U256::zero(), kind.truncate(U256::from(0x5555_5555_u64)));
    let condition = handle(CiphertextType::Bool, 3).word();
    let wider = if kind == CiphertextType::U256 { CiphertextType::U128 } else { CiphertextType::U256 };
    let mut found = Vec::new();
    for code in codes.iter().filter(|code| **code != Code::Allow) {
        let [plain, scalar] = [0u64, 1].map(|flag| U256::from(u64::from(code.number()) | flag << 8));
        let target = |kind: CiphertextType| plain | U256::from(kind.number()) << 16;
        let forms: &[(&str, [U256; 4])] = match code {
            Code::Encrypt => &[("", [target(kind), number, zero, zero])],
            Code::Random => &[("", [target(kind), zero, zero, zero])],
            Code::Cast => &[(" (to the widest)", [target(wider), left, zero, zero])],
            Code::Select => &[("", [plain, condition, left, right])],
            Code::Neg | Code::Not => &[("", [plain, left, zero, zero])],
            _ => &[("", [plain, left, right, zero]), (" a number", [scalar, left, number, zero])],
        };
        for (suffix, [word, lhs, rhs, third]) in forms {
            // What the rules do not let through is not there for this type.
            if let Ok(operation) = Operation::read(*word, *lhs, *rhs, *third) {
                found.push((format!("{}{suffix}", code.name()), operation));
            }
        }
    }
    found
}

fn entry(operation: Operation, counter: u32) -> LoggedOperation {
    let place = Place { chain_id: 1, block: 0, contract: H160::zero(), transaction: 0, counter };
    LoggedOperation::new(operation, place, keccak256)
}

impl Bench {
    /// A ciphertext of some number.
    fn fresh(&self, kind: CiphertextType) -> Ciphertext {
        self.secret.encrypt(kind, kind.truncate(U256::from(0xa5a5_a5a5_a5a5_a5a5_u64)))
    }

    /// Seconds of one operation on `threads` threads, without reading and storing: the median.
    fn operation(&self, operation: &Operation, threads: usize) -> Result<f64, CliError> {
        let pool = pool(threads).map_err(CliError::Threads)?;
        let inputs: Vec<_> = operation.inputs().map(|input| self.fresh(input.kind())).collect();
        let inputs: Vec<_> = inputs.iter().collect();
        let entry = entry(*operation, 0);
        let mut times = Vec::new();
        for _ in 0..=self.samples {
            let start = Instant::now();
            let result = pool.install(|| self.fhe.apply(&entry, &inputs));
            times.push(start.elapsed().as_secs_f64());
            let failed =
                |source| EvaluationError::Evaluator { handle: entry.result, source: Box::new(source) };
            result.map_err(|error| HeError::from(failed(error)))?;
        }
        // The first one warms up.
        let mut times = times.split_off(1);
        times.sort_by(f64::total_cmp);
        Ok(times.get(times.len() / 2).copied().unwrap_or_default())
    }

    /// Logs of additions of u8, whole: with reading and storing.
    fn logs(&self, cores: usize) -> Result<Vec<Value>, CliError> {
        let kind = CiphertextType::U8;
        let [first, second] = [1, 2].map(|fill| handle(kind, fill));
        let add = |left: Handle, right: Handle, counter| {
            let operation = Operation::read(U256::zero(), left.word(), right.word(), U256::zero());
            operation.map(|operation| entry(operation, counter))
        };
        let independent: Vec<_> = (0..LOG).filter_map(|counter| add(first, second, counter).ok()).collect();
        let mut chained: Vec<LoggedOperation> = Vec::new();
        for counter in 0..LOG {
            let left = chained.last().map_or(first, |entry| entry.result);
            chained.extend(add(left, second, counter).ok());
        }
        let mut rows = Vec::new();
        for threads in [1, cores] {
            for (name, log) in [("independent", &independent), ("chained", &chained)] {
                let folder = self.folder.0.join(format!("{name}-{threads}"));
                let seconds = self.log(&folder, log, &[first, second], threads)?;
                output::note(format_args!("{name}, {threads} threads: {seconds:.2} s"));
                rows.push(json!({
                    "log": name,
                    "operations": log.len(),
                    "threads": threads,
                    "seconds": seconds,
                    "secondsEach": seconds / f64::from(LOG),
                }));
            }
        }
        Ok(rows)
    }

    fn log(
        &self,
        folder: &Path,
        log: &[LoggedOperation],
        given: &[Handle],
        threads: usize,
    ) -> Result<f64, CliError> {
        let store = Store::open(folder, &hex::encode(self.id)).map_err(HeError::from)?;
        for handle in given {
            let bytes = self.fhe.to_bytes(&self.fresh(handle.kind())).map_err(|source| {
                HeError::from(EvaluationError::Evaluator { handle: *handle, source: Box::new(source) })
            })?;
            store.put(handle, &bytes).map_err(HeError::from)?;
        }
        let pool = pool(threads).map_err(CliError::Threads)?;
        let start = Instant::now();
        pool.install(|| evaluate(log, &store, &self.fhe, &|_| {})).map_err(HeError::from)?;
        Ok(start.elapsed().as_secs_f64())
    }
}
