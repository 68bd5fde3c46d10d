//! What a transition starts from: accounts, environment and transactions, from files or from one JSON object.

use super::env::Env;
use super::error::{FieldError, FieldProblem, T8nError};
use super::fields::Object;
use super::txs::{self, Submitted};
use crate::hex::{Address, Bytes};
use crate::state_test::{Alloc, AllocAccount};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Name of the input that holds several parts in one object.
const STDIN: &str = "stdin";

/// Where a part of the input is.
#[derive(Clone, Copy, Debug)]
pub enum Source<'a> {
    /// A file by itself.
    File {
        /// What to call it in messages; `.rlp` at its end says that transactions are a JSON string with their RLP.
        name: &'a str,
        /// What it holds.
        bytes: &'a [u8],
    },
    /// A field of the object that comes over stdin.
    Stdin,
}

/// Where all parts of the input are.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    /// The object `{alloc, env, txs}`, where a part is in it; `txsRlp`, a string, may stand for `txs`.
    pub stdin: &'a [u8],
    /// Accounts by address.
    pub alloc: Source<'a>,
    /// The environment.
    pub env: Source<'a>,
    /// The transactions.
    pub txs: Source<'a>,
}

/// What a transition starts from.
#[derive(Debug)]
pub struct Input {
    pub(super) alloc: Alloc,
    pub(super) env: Env,
    /// Name of the input that has the environment.
    pub(super) env_name: String,
    pub(super) txs: Vec<Submitted>,
}

/// A part as JSON, the input that it comes from, and its place there.
struct Part<'a> {
    value: Value,
    file: &'a str,
    place: &'static str,
}

impl Input {
    /// Reads the parts.
    ///
    /// # Errors
    /// [`T8nError`] naming the input, and line and column or the field.
    pub fn read(sources: &Sources<'_>) -> Result<Self, T8nError> {
        let Sources { stdin, alloc, env, txs } = *sources;
        let used = [alloc, env, txs].iter().any(|source| matches!(source, Source::Stdin));
        let mut stdin = if used {
            Object::of(parse(STDIN, stdin)?, "").map_err(in_file(STDIN))?
        } else {
            Object::default()
        };
        let part = Part::take(alloc, "alloc", &mut stdin)?;
        let alloc = read_alloc(part.value, part.place).map_err(in_file(part.file))?;
        let part = Part::take(env, "env", &mut stdin)?;
        let env = Env::read(part.value, part.place).map_err(in_file(part.file))?;
        let env_name = part.file.to_owned();
        let txs = read_txs(txs, &mut stdin)?;
        Ok(Self { alloc, env, env_name, txs })
    }
}

impl<'a> Part<'a> {
    fn take(source: Source<'a>, key: &'static str, stdin: &mut Object) -> Result<Self, T8nError> {
        match source {
            Source::File { name, bytes } => Ok(Self { value: parse(name, bytes)?, file: name, place: "" }),
            Source::Stdin => {
                let value = stdin.required(key).map_err(in_file(STDIN))?;
                Ok(Self { value, file: STDIN, place: key })
            }
        }
    }
}

fn parse<T: DeserializeOwned>(file: &str, bytes: &[u8]) -> Result<T, T8nError> {
    serde_json::from_slice(bytes).map_err(|source| T8nError::Json { file: file.to_owned(), source })
}

/// Says which input a field is of.
fn in_file(file: &str) -> impl FnOnce(FieldError) -> T8nError {
    let file = file.to_owned();
    |field| T8nError::Field { file, field }
}

fn read_txs(source: Source<'_>, stdin: &mut Object) -> Result<Vec<Submitted>, T8nError> {
    let rlp = match source {
        Source::File { name, bytes } if name.ends_with(".rlp") => Some((parse(name, bytes)?, name)),
        Source::File { .. } => None,
        Source::Stdin => {
            let bytes: Option<Bytes> = stdin.optional("txsRlp").map_err(in_file(STDIN))?;
            bytes.filter(|Bytes(bytes)| !bytes.is_empty()).map(|bytes| (bytes, STDIN))
        }
    };
    match rlp {
        Some((Bytes(bytes), file)) => {
            txs::of_rlp(&bytes).map_err(|source| T8nError::Rlp { file: file.to_owned(), source })
        }
        None => {
            let part = Part::take(source, "txs", stdin)?;
            txs::of_json(part.value, "txs").map_err(in_file(part.file))
        }
    }
}

fn read_alloc(value: Value, place: &str) -> Result<Alloc, FieldError> {
    let accounts = Object::of(value, place)?;
    let places: Vec<String> = accounts.names().map(|name| accounts.at(name)).collect();
    let mut alloc = Alloc::new();
    for ((name, value), place) in accounts.into_fields().into_iter().zip(places) {
        let address: Address = serde_json::from_value(Value::String(name))
            .map_err(|error| FieldError { place: place.clone(), problem: FieldProblem::Value(error) })?;
        let mut account = Object::of(value, &place)?;
        let account = AllocAccount {
            nonce: account.optional("nonce")?.unwrap_or_default(),
            balance: account.optional("balance")?.unwrap_or_default(),
            code: account.optional("code")?.unwrap_or_default(),
            storage: account.optional("storage")?.unwrap_or_default(),
        };
        alloc.insert(address, account);
    }
    Ok(alloc)
}
