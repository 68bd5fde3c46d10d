//! `erbium tool he`: keys, evaluation and decryption of homomorphic operations.

use crate::cli::Outcome;
use crate::cli::error::CliError;
use crate::cli::output::Output;
use crate::cli::progress::Progress;
use crate::cli::run::unhex;
use clap::{Args, Subcommand};
use erbium::he::fhe::{KeyError, Keystore, generate, pool};
use erbium::he::{
    Evaluation, EvaluationError, Evaluator, LogFileError, Store, StoreError, evaluate, read_log,
};
use erbium::vm::claims::homomorphic::Handle;
use erbium::vm::{H256, U256};
use erbium::{HomomorphicDeriver, Machine};
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;
use zeroize::Zeroizing;

/// Keys, evaluation and decryption of homomorphic operations.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum HeCommand {
    Keygen(KeygenArgs),
    Evaluate(EvaluateArgs),
    Decrypt(DecryptArgs),
}

/// Make a key pair from a seed and keep it in a folder.
#[derive(Debug, Args)]
pub(in crate::cli) struct KeygenArgs {
    /// A file with the seed: 64 hexadecimal digits. The same seed makes the same keys.
    #[arg(long, value_name = "FILE")]
    seed: PathBuf,
    /// The folder of keys.
    #[arg(long, value_name = "DIR")]
    keys: PathBuf,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Where keys and ciphertexts are.
#[derive(Debug, Args)]
struct Places {
    /// The folder of keys.
    #[arg(long, value_name = "DIR")]
    keys: PathBuf,
    /// The folder of ciphertexts.
    #[arg(long, value_name = "DIR")]
    store: PathBuf,
    /// Id of the key; not needed where there is one.
    #[arg(long, value_name = "ID")]
    key: Option<String>,
    /// Threads; one for each core if not given.
    #[arg(long, value_name = "N", default_value_t = 0)]
    threads: usize,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Evaluate a log of operations; what was stopped goes on where it was.
#[derive(Debug, Args)]
pub(in crate::cli) struct EvaluateArgs {
    /// The log: what `erbium validate --json` or `erbium run --json` printed.
    #[arg(value_name = "LOG")]
    log: PathBuf,
    #[command(flatten)]
    places: Places,
}

/// Decrypt what handles stand for.
#[derive(Debug, Args)]
pub(in crate::cli) struct DecryptArgs {
    /// Handles, in hexadecimal.
    #[arg(required = true, value_name = "HANDLE")]
    handles: Vec<String>,
    #[command(flatten)]
    places: Places,
}

/// Who decrypts in local runs.
#[derive(Debug, Args)]
pub(in crate::cli) struct CiphertextArgs {
    /// The folder of keys for HE_DECRYPT, which only runs under the policy `local`.
    #[arg(long, value_name = "DIR", requires = "he_store")]
    he_keys: Option<PathBuf>,
    /// The folder of ciphertexts for HE_DECRYPT.
    #[arg(long, value_name = "DIR", requires = "he_keys")]
    he_store: Option<PathBuf>,
}

impl CiphertextArgs {
    /// `machine`, decrypting where the flags say with what.
    pub(in crate::cli) fn with_decryption(&self, machine: Machine) -> Machine {
        match (&self.he_keys, &self.he_store) {
            (Some(keys), Some(store)) => machine.with_deriver(HomomorphicDeriver::new(keys, store)),
            _ => machine,
        }
    }
}

/// What keeps these commands from doing their work.
#[derive(Debug, thiserror::Error)]
pub(in crate::cli) enum HeError {
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("{}: {source}", path.display())]
    Log { path: PathBuf, source: LogFileError },
    #[error(transparent)]
    Evaluation(#[from] EvaluationError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{}: a seed has 64 hexadecimal digits", .0.display())]
    Seed(PathBuf),
    #[error("`{0}` is no handle")]
    Handle(String),
    #[error("`{0}` is no key's id: 64 hexadecimal digits")]
    Id(String),
}

impl Places {
    /// The key's id.
    fn id(&self) -> Result<H256, HeError> {
        let given = match &self.key {
            None => None,
            Some(text) => Some(word("--key", text).ok_or_else(|| HeError::Id(text.clone()))?),
        };
        Ok(Keystore::new(&self.keys).choose(given)?)
    }

    fn store(&self, id: &H256) -> Result<Store, HeError> {
        Ok(Store::open(&self.store, &hex::encode(id))?)
    }
}

/// 32 bytes in hexadecimal.
fn word(flag: &'static str, text: &str) -> Option<H256> {
    let bytes = unhex(flag, text).ok()?;
    (bytes.len() == 32).then(|| H256::from_slice(&bytes))
}

fn read(path: &Path) -> Result<Vec<u8>, CliError> {
    fs::read(path).map_err(|source| CliError::File { path: path.to_owned(), source })
}

pub(in crate::cli) fn run(command: HeCommand, output: &mut Output) -> Result<Outcome, CliError> {
    match command {
        HeCommand::Keygen(args) => keygen(&args, output),
        HeCommand::Evaluate(args) => evaluation(&args, output),
        HeCommand::Decrypt(args) => decryption(&args, output),
    }
}

fn keygen(args: &KeygenArgs, output: &mut Output) -> Result<Outcome, CliError> {
    let malformed = || HeError::Seed(args.seed.clone());
    let text = Zeroizing::new(read(&args.seed)?);
    let text = std::str::from_utf8(&text).map_err(|_| malformed())?;
    let seed = word("--seed", text.trim()).ok_or_else(malformed)?;
    let seed = Zeroizing::new(seed.0);
    let start = Instant::now();
    let pair = generate(&seed).map_err(HeError::from)?;
    let seconds = start.elapsed().as_secs_f64();
    Keystore::new(&args.keys).put(&pair).map_err(HeError::from)?;
    let (secret, evaluation) = pair.sizes();
    if args.json {
        output.json(&json!({
            "id": hex::encode(pair.id),
            "secretBytes": secret,
            "evaluationBytes": evaluation,
            "seconds": seconds,
        }))?;
    } else {
        output.line(format_args!(
            "key {}\nsecret key {secret} bytes, evaluation key {evaluation} bytes, {seconds:.1} s",
            hex::encode(pair.id)
        ))?;
    }
    Ok(Outcome::Fine)
}

fn evaluation(args: &EvaluateArgs, output: &mut Output) -> Result<Outcome, CliError> {
    let path = &args.log;
    let log = read_log(&read(path)?).map_err(|source| HeError::Log { path: path.clone(), source })?;
    let id = args.places.id()?;
    let store = args.places.store(&id)?;
    let threads = pool(args.places.threads).map_err(CliError::Threads)?;
    let evaluator = Keystore::new(&args.places.keys).evaluation(&id).map_err(HeError::from)?;
    let progress = Progress::new("operations");
    let start = Instant::now();
    let done = threads.install(|| evaluate(&log, &store, &evaluator, &|_| progress.one_more()));
    let Evaluation { computed, found, depth } = done.map_err(HeError::from)?;
    let seconds = start.elapsed().as_secs_f64();
    if args.places.json {
        let results: Vec<_> = log.iter().map(|entry| entry.result.to_string()).collect();
        output.json(&json!({
            "computed": computed,
            "found": found,
            "depth": depth,
            "seconds": seconds,
            "results": results,
        }))?;
    } else {
        output.line(format_args!(
            "{computed} operations evaluated in {seconds:.2} s, at most {depth} after each other; {found} were there"
        ))?;
    }
    Ok(Outcome::Fine)
}

fn decryption(args: &DecryptArgs, output: &mut Output) -> Result<Outcome, CliError> {
    let handles = args.handles.iter().map(|text| {
        let handle = word("HANDLE", text).and_then(|word| Handle::read(&U256::from_big_endian(&word.0)));
        handle.ok_or_else(|| HeError::Handle(text.clone()))
    });
    let handles = handles.collect::<Result<Vec<_>, _>>()?;
    let id = args.places.id()?;
    let store = args.places.store(&id)?;
    let keystore = Keystore::new(&args.places.keys);
    let evaluator = keystore.evaluation(&id).map_err(HeError::from)?;
    let secret = keystore.secret(&id).map_err(HeError::from)?;
    let threads = pool(args.places.threads).map_err(CliError::Threads)?;
    let mut values = Vec::new();
    for handle in handles {
        let bytes = store.get(&handle).map_err(HeError::from)?;
        let read = threads.install(|| evaluator.read(handle.kind(), &bytes));
        let read = read.map_err(|source| EvaluationError::Evaluator { handle, source: Box::new(source) });
        let reason = || format!("it is no ciphertext of type {}", handle.kind());
        let ciphertext = read
            .map_err(HeError::from)?
            .ok_or_else(|| HeError::from(StoreError::Damaged { handle, reason: reason() }))?;
        values.push((handle, secret.decrypt(&ciphertext)));
    }
    if args.places.json {
        let value = |(handle, value): &(Handle, U256)| {
            let kind = handle.kind().name();
            json!({ "handle": handle.to_string(), "type": kind, "value": format!("{value:#x}") })
        };
        output.json(&values.iter().map(value).collect())?;
    } else {
        for (handle, value) in values {
            output.line(format_args!("{handle} {} {value}", handle.kind()))?;
        }
    }
    Ok(Outcome::Fine)
}
