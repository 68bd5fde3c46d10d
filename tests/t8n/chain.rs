//! Blockchain tests as work for `t8n`: each valid block taken apart, put together again, and compared with its header.

use erbium::vm::block::{Block, Header, transactions_rlp};
use erbium::vm::{Fork, H256};
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// What `t8n` is asked for one block.
pub(crate) struct Request {
    /// `--state.fork`.
    pub(crate) fork: String,
    /// `--state.reward`.
    pub(crate) reward: i64,
    /// The object `{alloc, env, txs}`, or with `txsRlp`.
    pub(crate) input: Value,
}

/// How much of the environment is computed from the parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// All is told; transactions are JSON where the test has them as such.
    Told,
    /// What can be computed is; transactions are RLP.
    Computed,
}

/// A block of a test and what it stands on.
pub(crate) struct Case {
    network: String,
    block: Block,
    parent: Header,
    /// Hashes of all blocks before it.
    hashes: Vec<(u64, H256)>,
    /// The test's own form of the transactions.
    json: Option<Value>,
    /// Exception names, where the block must be refused.
    pub(crate) exception: Option<String>,
}

/// Blocks whose headers and states are known.
struct Known {
    header: Header,
    hashes: Vec<(u64, H256)>,
    alloc: Value,
}

/// Goes through the blocks of a test. `transit` answers `{alloc, result, body}`, or why it does not. Valid blocks must come
/// to what their header says; of the others `refused` is told.
pub(crate) fn walk(
    test: &Value,
    style: Style,
    mut transit: impl FnMut(&Request) -> Result<Value, String>,
    mut refused: impl FnMut(&Case, Result<Value, String>),
) -> Result<usize, String> {
    let bytes =
        |value: &Value| hex::decode(value.as_str().unwrap_or_default().trim_start_matches("0x")).unwrap();
    let genesis =
        Block::decode(&bytes(&test["genesisRLP"])).map_err(|error| format!("genesis: {error}"))?.header;
    let mut known = HashMap::new();
    let hash = genesis.hash();
    known.insert(hash, Known { hashes: Vec::new(), header: genesis, alloc: test["pre"].clone() });
    let mut valid = 0;
    for (index, told) in test["blocks"].as_array().ok_or("no blocks")?.iter().enumerate() {
        let Ok(block) = Block::decode(&bytes(&told["rlp"])) else { continue };
        let Some(parent) = known.get(&block.header.parent_hash) else { continue };
        let mut hashes = parent.hashes.clone();
        hashes.push((parent.header.number, block.header.parent_hash));
        let case = Case {
            network: test["network"].as_str().ok_or("no network")?.to_owned(),
            parent: parent.header.clone(),
            json: told["transactions"].as_array().map(|list| json!(list)),
            exception: told["expectException"].as_str().map(str::to_owned),
            hashes,
            block,
        };
        let answer = case.request(style, &parent.alloc).map(|request| transit(&request));
        let Some(answer) = answer else { continue };
        if case.exception.is_some() {
            refused(&case, answer);
            continue;
        }
        let answer = answer.map_err(|error| format!("block {index}: {error}"))?;
        let differences = case.differences(&answer);
        if !differences.is_empty() {
            return Err(format!("block {index}: {}", differences.join("; ")));
        }
        valid += 1;
        let Case { block, hashes, .. } = case;
        let alloc = answer["alloc"].clone();
        known.insert(block.hash(), Known { header: block.header, hashes, alloc });
    }
    Ok(valid)
}

impl Case {
    /// The fork of the block, and the name to call the rules by.
    fn fork(&self) -> Option<(Fork, String)> {
        let Some((first, rest)) = self.network.split_once("To") else {
            return Some((self.network.parse().ok()?, self.network.clone()));
        };
        let (later, at) = rest.split_once("At")?;
        let header = &self.block.header;
        let reached = match (at.strip_prefix("Time"), at.strip_prefix("Diff")) {
            (Some(_), _) => header.timestamp >= 15_000,
            // Nobody can tell t8n a total difficulty.
            (_, Some(_)) => {
                let name = if header.difficulty.is_zero() { later } else { first };
                return Some((name.parse().ok()?, name.to_owned()));
            }
            _ => header.number >= at.parse().ok()?,
        };
        let name = if reached { later } else { first };
        let fork = if name == "Dao" { Fork::Homestead } else { name.parse().ok()? };
        Some((fork, self.network.clone()))
    }

    /// `None` where the rules are not known.
    fn request(&self, style: Style, alloc: &Value) -> Option<Request> {
        let (fork, name) = self.fork()?;
        let ether = match fork {
            _ if fork >= Fork::Paris => 0,
            _ if fork >= Fork::Constantinople => 2,
            _ if fork >= Fork::Byzantium => 3,
            _ => 5,
        };
        let mut input = json!({ "alloc": alloc, "env": self.env(fork, style) });
        let json = self.json.as_ref().filter(|list| {
            style == Style::Told && list.as_array().map(Vec::len) == Some(self.block.transactions.len())
        });
        match json {
            Some(list) => input["txs"] = list.clone(),
            None => {
                input["txsRlp"] =
                    format!("0x{}", hex::encode(transactions_rlp(&self.block.transactions))).into();
            }
        }
        Some(Request { fork: name, reward: ether * 1_000_000_000_000_000_000, input })
    }

    fn env(&self, fork: Fork, style: Style) -> Value {
        let Self { block, parent, .. } = self;
        let header = &block.header;
        let hex = |number: u64| json!(format!("{number:#x}"));
        let computed = style == Style::Computed;
        let hashes: Map<_, _> = self
            .hashes
            .iter()
            .map(|(number, hash)| (number.to_string(), json!(format!("{hash:?}"))))
            .collect();
        let mut env = json!({
            "currentCoinbase": format!("{:?}", header.beneficiary),
            "currentGasLimit": hex(header.gas_limit),
            "currentNumber": hex(header.number),
            "currentTimestamp": hex(header.timestamp),
            "blockHashes": hashes,
        });
        let mut put = |name: &str, value: Value| env[name] = value;
        if fork >= Fork::Paris {
            put("currentRandom", json!(format!("{:?}", header.mix_hash)));
        } else if computed {
            put("parentDifficulty", json!(format!("{:#x}", parent.difficulty)));
            put("parentTimestamp", hex(parent.timestamp));
            put("parentUncleHash", json!(format!("{:?}", parent.ommers_hash)));
        } else {
            put("currentDifficulty", json!(format!("{:#x}", header.difficulty)));
        }
        match (header.base_fee_per_gas, parent.base_fee_per_gas) {
            (Some(_), Some(base_fee)) if computed => {
                put("parentBaseFee", json!(format!("{base_fee:#x}")));
                put("parentGasUsed", hex(parent.gas_used));
                put("parentGasLimit", hex(parent.gas_limit));
            }
            (Some(base_fee), _) => put("currentBaseFee", json!(format!("{base_fee:#x}"))),
            (None, _) => {}
        }
        let blobs = parent.excess_blob_gas.zip(parent.blob_gas_used).filter(|_| computed);
        match (header.excess_blob_gas, blobs) {
            (Some(_), Some((excess, used))) => {
                put("parentExcessBlobGas", hex(excess));
                put("parentBlobGasUsed", hex(used));
            }
            (Some(excess), None) => put("currentExcessBlobGas", hex(excess)),
            (None, _) => {}
        }
        if let Some(root) = header.parent_beacon_block_root {
            put("parentBeaconBlockRoot", json!(format!("{root:?}")));
        }
        if let Some(withdrawals) = &block.withdrawals {
            let withdrawal = |it: &erbium::vm::block::Withdrawal| {
                json!({
                    "index": hex(it.index),
                    "validatorIndex": hex(it.validator_index),
                    "address": format!("{:?}", it.address),
                    "amount": hex(it.amount_gwei),
                })
            };
            put("withdrawals", withdrawals.iter().map(withdrawal).collect());
        }
        let ommer = |it: &Header| {
            let age = header.number.saturating_sub(it.number).min(8);
            json!({ "delta": age, "address": format!("{:?}", it.beneficiary) })
        };
        put("ommers", block.ommers.iter().map(ommer).collect());
        env
    }

    /// What of the answer is not as the block has it.
    fn differences(&self, answer: &Value) -> Vec<String> {
        let (header, result) = (&self.block.header, &answer["result"]);
        let fork = self.fork().map(|(fork, _)| fork).unwrap_or(Fork::Frontier);
        let hash = |hash: H256| json!(format!("{hash:?}"));
        let number = |number: u64| json!(format!("{number:#x}"));
        let or_none = |value: Option<Value>| value.unwrap_or(Value::Null);
        let difficulty = json!(format!("{:#x}", header.difficulty));
        let body = format!("0x{}", hex::encode(transactions_rlp(&self.block.transactions)));
        let receipts = result["receipts"].as_array().map_or(0, Vec::len);
        let last_gas =
            result["receipts"].as_array().and_then(|list| list.last()).map(|it| &it["cumulativeGasUsed"]);
        let fields = [
            ("rejected", Value::Null),
            ("stateRoot", hash(header.state_root)),
            ("txRoot", hash(header.transactions_root)),
            ("receiptsRoot", hash(header.receipts_root)),
            ("logsBloom", json!(format!("{:?}", header.logs_bloom))),
            ("gasUsed", number(header.gas_used)),
            ("currentDifficulty", if fork >= Fork::Paris { Value::Null } else { difficulty }),
            ("currentBaseFee", or_none(header.base_fee_per_gas.map(|fee| json!(format!("{fee:#x}"))))),
            ("withdrawalsRoot", or_none(header.withdrawals_root.map(hash))),
            ("currentExcessBlobGas", or_none(header.excess_blob_gas.map(number))),
            ("blobGasUsed", or_none(header.blob_gas_used.map(number))),
            ("requestsHash", or_none(header.requests_hash.map(hash))),
        ];
        let differs = |got: &Value, name: &str, expected: &Value| {
            (got != expected).then(|| format!("{name} is {got}, not {expected}"))
        };
        let mut found: Vec<_> =
            fields.iter().filter_map(|(name, expected)| differs(&result[*name], name, expected)).collect();
        found.extend(differs(&answer["body"], "body", &json!(body)));
        found.extend(differs(&json!(receipts), "count of receipts", &json!(self.block.transactions.len())));
        found.extend(last_gas.and_then(|got| differs(got, "cumulativeGasUsed", &number(header.gas_used))));
        found
    }
}
