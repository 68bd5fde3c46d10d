//! The objects of a block file as they stand in it: nothing but their fields' names.

use super::shape::{Entries, Field, List, Object, Text};
use serde::Deserialize;

type TextField<'a> = Field<Text<'a>>;

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub(super) struct RawFile<'a> {
    pub(super) spec: Option<serde_json::Value>,
    pub(super) block: Field<Object<RawBlock<'a>>>,
    pub(super) whole_state: Field<bool>,
    pub(super) pre_state: Field<Entries<'a, Object<RawAccount<'a>>>>,
    pub(super) block_hashes: Field<Entries<'a, Text<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub(super) struct RawBlock<'a> {
    pub(super) hash: TextField<'a>,
    pub(super) parent_hash: TextField<'a>,
    #[serde(rename = "sha3Uncles")]
    pub(super) ommers_hash: TextField<'a>,
    pub(super) miner: TextField<'a>,
    pub(super) state_root: TextField<'a>,
    pub(super) transactions_root: TextField<'a>,
    pub(super) receipts_root: TextField<'a>,
    pub(super) logs_bloom: TextField<'a>,
    pub(super) difficulty: TextField<'a>,
    pub(super) number: TextField<'a>,
    pub(super) gas_limit: TextField<'a>,
    pub(super) gas_used: TextField<'a>,
    pub(super) timestamp: TextField<'a>,
    pub(super) extra_data: TextField<'a>,
    pub(super) mix_hash: TextField<'a>,
    pub(super) nonce: TextField<'a>,
    pub(super) base_fee_per_gas: TextField<'a>,
    pub(super) withdrawals_root: TextField<'a>,
    pub(super) blob_gas_used: TextField<'a>,
    pub(super) excess_blob_gas: TextField<'a>,
    pub(super) parent_beacon_block_root: TextField<'a>,
    pub(super) requests_hash: TextField<'a>,
    pub(super) block_access_list_hash: TextField<'a>,
    pub(super) slot_number: TextField<'a>,
    pub(super) total_difficulty: TextField<'a>,
    pub(super) size: TextField<'a>,
    pub(super) uncles: Field<List<Text<'a>>>,
    pub(super) transactions: Field<List<Object<RawTransaction<'a>>>>,
    pub(super) withdrawals: Field<List<Object<RawWithdrawal<'a>>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub(super) struct RawTransaction<'a> {
    #[serde(rename = "type")]
    pub(super) kind: TextField<'a>,
    pub(super) hash: TextField<'a>,
    pub(super) from: TextField<'a>,
    pub(super) chain_id: TextField<'a>,
    pub(super) nonce: TextField<'a>,
    pub(super) gas: TextField<'a>,
    pub(super) gas_price: TextField<'a>,
    pub(super) max_fee_per_gas: TextField<'a>,
    pub(super) max_priority_fee_per_gas: TextField<'a>,
    pub(super) to: TextField<'a>,
    pub(super) value: TextField<'a>,
    pub(super) input: TextField<'a>,
    pub(super) access_list: Field<List<Object<RawAccess<'a>>>>,
    pub(super) max_fee_per_blob_gas: TextField<'a>,
    pub(super) blob_versioned_hashes: Field<List<Text<'a>>>,
    pub(super) authorization_list: Field<List<Object<RawAuthorization<'a>>>>,
    pub(super) v: TextField<'a>,
    pub(super) y_parity: TextField<'a>,
    pub(super) r: TextField<'a>,
    pub(super) s: TextField<'a>,
    pub(super) scheme: TextField<'a>,
    pub(super) public_key: TextField<'a>,
    pub(super) signature: TextField<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub(super) struct RawAccess<'a> {
    pub(super) address: TextField<'a>,
    pub(super) storage_keys: Field<List<Text<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub(super) struct RawAuthorization<'a> {
    pub(super) chain_id: TextField<'a>,
    pub(super) address: TextField<'a>,
    pub(super) nonce: TextField<'a>,
    pub(super) y_parity: TextField<'a>,
    pub(super) r: TextField<'a>,
    pub(super) s: TextField<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub(super) struct RawWithdrawal<'a> {
    pub(super) index: TextField<'a>,
    pub(super) validator_index: TextField<'a>,
    pub(super) address: TextField<'a>,
    pub(super) amount: TextField<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct RawAccount<'a> {
    pub(super) nonce: TextField<'a>,
    pub(super) balance: TextField<'a>,
    pub(super) code: TextField<'a>,
    pub(super) storage: Field<Entries<'a, Text<'a>>>,
}
