//! The JSON of state tests, as retesteth and execution-spec-tests write it.

use crate::hex::{Address, Bytes, Quantity, Quantity64, Unbounded, Word};
use serde::Deserialize;
use std::collections::BTreeMap;

/// One named test: a state, a block and a transaction template, with the outcomes by fork.
#[derive(Debug, Deserialize)]
pub(crate) struct StateTest {
    pub(crate) env: Env,
    pub(crate) pre: Alloc,
    pub(crate) transaction: Template,
    /// By the fork's name, one outcome a combination of the template's arrays.
    pub(crate) post: BTreeMap<String, Vec<Post>>,
    #[serde(default)]
    pub(crate) config: Config,
}

/// Accounts by address.
pub(crate) type Alloc = BTreeMap<Address, AllocAccount>;

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct AllocAccount {
    #[serde(default)]
    pub(crate) nonce: Quantity64,
    #[serde(default)]
    pub(crate) balance: Quantity,
    #[serde(default)]
    pub(crate) code: Bytes,
    #[serde(default)]
    pub(crate) storage: BTreeMap<Word, Word>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Env {
    pub(crate) current_coinbase: Address,
    pub(crate) current_gas_limit: Quantity64,
    pub(crate) current_number: Quantity64,
    pub(crate) current_timestamp: Quantity64,
    #[serde(default)]
    pub(crate) current_difficulty: Quantity,
    pub(crate) current_random: Option<Word>,
    pub(crate) current_base_fee: Option<Quantity>,
    pub(crate) current_excess_blob_gas: Option<Quantity64>,
    pub(crate) parent_beacon_block_root: Option<Word>,
    pub(crate) slot_number: Option<Quantity64>,
    #[serde(default)]
    pub(crate) block_hashes: BTreeMap<Quantity64, Word>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Template {
    pub(crate) nonce: Unbounded,
    pub(crate) gas_price: Option<Unbounded>,
    pub(crate) max_fee_per_gas: Option<Unbounded>,
    pub(crate) max_priority_fee_per_gas: Option<Unbounded>,
    pub(crate) max_fee_per_blob_gas: Option<Unbounded>,
    pub(crate) blob_versioned_hashes: Option<Vec<Word>>,
    pub(crate) authorization_list: Option<Vec<AuthorizationTuple>>,
    /// Empty, or absent, for a creation.
    #[serde(default)]
    pub(crate) to: Bytes,
    pub(crate) data: Vec<Bytes>,
    pub(crate) gas_limit: Vec<Unbounded>,
    pub(crate) value: Vec<Unbounded>,
    /// Parallel to `data`; null where the transaction has none.
    #[serde(default)]
    pub(crate) access_lists: Vec<Option<Vec<AccessListEntry>>>,
    pub(crate) sender: Option<Address>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AccessListEntry {
    pub(crate) address: Address,
    pub(crate) storage_keys: Vec<Word>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuthorizationTuple {
    pub(crate) chain_id: Unbounded,
    pub(crate) address: Address,
    pub(crate) nonce: Unbounded,
    /// Beside `v`, its name in older files.
    pub(crate) y_parity: Option<Unbounded>,
    pub(crate) v: Option<Unbounded>,
    pub(crate) r: Unbounded,
    pub(crate) s: Unbounded,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Post {
    pub(crate) indexes: Indexes,
    /// The state root.
    pub(crate) hash: Word,
    /// Hash of the logs' RLP.
    pub(crate) logs: Word,
    pub(crate) txbytes: Option<Bytes>,
    pub(crate) expect_exception: Option<String>,
    /// The whole state behind `hash`.
    pub(crate) state: Option<Alloc>,
}

/// Places in the template's arrays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Indexes {
    pub(crate) data: usize,
    pub(crate) gas: usize,
    pub(crate) value: usize,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Config {
    pub(crate) chainid: Option<Quantity64>,
    #[serde(default)]
    pub(crate) blob_schedule: BTreeMap<String, BlobParameters>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BlobParameters {
    pub(crate) target: Quantity64,
    pub(crate) max: Quantity64,
    pub(crate) base_fee_update_fraction: Quantity64,
}
