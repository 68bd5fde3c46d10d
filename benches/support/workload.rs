//! Workload files: accounts and one call.

use super::BenchError;
use primitive_types::{H160, H256, U256};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// Code under load: a state and the call that runs in it.
#[derive(Clone, Debug)]
pub(crate) struct Workload {
    pub(crate) name: String,
    pub(crate) accounts: Vec<WorkloadAccount>,
    pub(crate) gas_limit: u64,
    pub(crate) from: H160,
    pub(crate) to: H160,
    pub(crate) data: Vec<u8>,
    pub(crate) value: U256,
}

/// An account before the call.
#[derive(Clone, Debug)]
pub(crate) struct WorkloadAccount {
    pub(crate) address: H160,
    pub(crate) balance: U256,
    pub(crate) nonce: u64,
    pub(crate) code: Vec<u8>,
    pub(crate) storage: Vec<(H256, H256)>,
}

#[derive(Deserialize)]
struct RawWorkload {
    name: String,
    gas_limit: u64,
    pre: BTreeMap<String, RawAccount>,
    txs: Vec<RawCall>,
}

#[derive(Deserialize)]
struct RawAccount {
    balance: String,
    nonce: String,
    code: String,
    storage: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct RawCall {
    from: String,
    to: String,
    data: String,
    value: String,
}

/// Reads every `.json` file in `folder`, sorted by name.
pub(crate) fn load(folder: &Path) -> Result<Vec<Workload>, BenchError> {
    let unreadable = |source| BenchError::Unreadable { path: folder.to_owned(), source };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            paths.push(path);
        }
    }
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

fn read(path: &Path) -> Result<Workload, BenchError> {
    let bytes =
        std::fs::read(path).map_err(|source| BenchError::Unreadable { path: path.to_owned(), source })?;
    parse(path, &bytes)
}

/// Reads a workload; `path` is for messages.
pub(crate) fn parse(path: &Path, bytes: &[u8]) -> Result<Workload, BenchError> {
    let raw: RawWorkload = serde_json::from_slice(bytes)
        .map_err(|source| BenchError::NotAWorkload { path: path.to_owned(), source })?;
    let malformed = |reason: String| BenchError::Malformed { place: path.display().to_string(), reason };
    let [call] = raw.txs.as_slice() else {
        return Err(malformed(format!("{} calls, not one", raw.txs.len())));
    };
    let accounts = raw.pre.iter().map(|(address, account)| read_account(address, account));
    Ok(Workload {
        accounts: accounts.collect::<Result<_, _>>().map_err(malformed)?,
        gas_limit: raw.gas_limit,
        from: address(&call.from).map_err(malformed)?,
        to: address(&call.to).map_err(malformed)?,
        data: data(&call.data).map_err(malformed)?,
        value: number(&call.value).map_err(malformed)?,
        name: raw.name,
    })
}

fn read_account(key: &str, account: &RawAccount) -> Result<WorkloadAccount, String> {
    let nonce = number(&account.nonce)?;
    let slots = account.storage.iter().map(|(key, value)| Ok((word(key)?, word(value)?)));
    Ok(WorkloadAccount {
        address: address(key)?,
        balance: number(&account.balance)?,
        nonce: u64::try_from(nonce).map_err(|_| format!("nonce {nonce} is too large"))?,
        code: data(&account.code)?,
        storage: slots.collect::<Result<_, String>>()?,
    })
}

fn data(text: &str) -> Result<Vec<u8>, String> {
    hex::decode(text.strip_prefix("0x").unwrap_or(text)).map_err(|error| format!("{text}: {error}"))
}

fn address(text: &str) -> Result<H160, String> {
    let bytes: [u8; 20] = data(text)?.try_into().map_err(|_| format!("{text} is not an address"))?;
    Ok(H160(bytes))
}

fn number(text: &str) -> Result<U256, String> {
    U256::from_str_radix(text, 16).map_err(|error| format!("{text}: {error}"))
}

fn word(text: &str) -> Result<H256, String> {
    number(text).map(|number| H256(number.to_big_endian()))
}
