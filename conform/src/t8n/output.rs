//! What a transition came to, and its JSON.

use crate::state_test::root;
use erbium_vm::block::{
    BlockResult, Outcome, Receipt, Withdrawal, logs_hash, receipts_root, transactions_rlp, transactions_root,
    withdrawals_root,
};
use erbium_vm::evm::{BlockEnv, TransactionResult, create_address};
use erbium_vm::spec::GAS_PER_BLOB;
use erbium_vm::state::{Log, MemoryState};
use erbium_vm::tx::{Transaction, TransactionType};
use erbium_vm::{Fork, H160, H256, U256};
use serde_json::{Map, Value, json};

/// What stands for the block's hash, which nobody knows before it has a header: as in go-ethereum.
const BLOCK_HASH: H256 = {
    let mut hash = [0; 32];
    (hash[0], hash[1]) = (0x13, 0x37);
    H256(hash)
};

/// What a transition came to.
#[derive(Debug)]
pub struct Output {
    /// The accounts after it.
    pub state: MemoryState,
    /// Transactions that are not part of the block.
    pub rejected: Vec<Rejected>,
    pub(super) fork: Fork,
    pub(super) block: BlockEnv,
    pub(super) excess_blob_gas: Option<u64>,
    pub(super) withdrawals: Option<Vec<Withdrawal>>,
    pub(super) result: BlockResult,
    pub(super) included: Vec<Included>,
}

/// A transaction of the block.
#[derive(Debug)]
pub(super) struct Included {
    pub(super) transaction: Transaction,
    pub(super) hash: H256,
    pub(super) sender: H160,
}

/// A transaction that is not part of the block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Its place among those handed over.
    pub index: usize,
    /// Why: the phrase that go-ethereum has for it, then more.
    pub error: String,
}

impl Output {
    /// The accounts: `{address: {balance, nonce, code, storage}}`, without what is zero or empty, but for the balance.
    pub fn alloc(&self) -> Value {
        let accounts = self.state.accounts().map(|(address, account)| {
            let mut object = Map::new();
            object.insert("balance".to_owned(), number(account.balance));
            if account.nonce != 0 {
                object.insert("nonce".to_owned(), number(account.nonce));
            }
            if !account.code.is_empty() {
                object.insert("code".to_owned(), bytes(account.code.bytes()));
            }
            let slots: Map<_, _> =
                account.storage().into_iter().map(|(key, value)| (format!("{key:?}"), hash(value))).collect();
            if !slots.is_empty() {
                object.insert("storage".to_owned(), Value::Object(slots));
            }
            (format!("{address:?}"), Value::Object(object))
        });
        Value::Object(accounts.collect())
    }

    /// Roots, receipts and what else a header is made of.
    pub fn result(&self) -> Value {
        let BlockResult { receipts, gas_used, blob_gas_used, logs_bloom, requests, .. } = &self.result;
        let logs: Vec<Log> = receipts.iter().flat_map(|receipt| receipt.logs.iter().cloned()).collect();
        let merged = self.fork >= Fork::Paris;
        let mut result = json!({
            "stateRoot": hash(root(&self.state)),
            "txRoot": hash(transactions_root(&self.transactions())),
            "receiptsRoot": hash(receipts_root(receipts)),
            "logsHash": hash(logs_hash(&logs)),
            "logsBloom": bytes(&logs_bloom.0),
            "receipts": self.receipts(),
            "currentDifficulty": if merged { Value::Null } else { number(self.block.difficulty) },
            "gasUsed": number(*gas_used),
        });
        let mut put = |name: &str, value| result[name] = value;
        if !self.rejected.is_empty() {
            let rejected = self.rejected.iter();
            put("rejected", rejected.map(|it| json!({ "index": it.index, "error": it.error })).collect());
        }
        if self.fork >= Fork::London {
            put("currentBaseFee", number(self.block.base_fee));
        }
        if let Some(withdrawals) = &self.withdrawals {
            put("withdrawalsRoot", hash(withdrawals_root(withdrawals)));
        }
        if let Some(excess) = self.excess_blob_gas {
            put("currentExcessBlobGas", number(excess));
            put("blobGasUsed", number(*blob_gas_used));
        }
        if self.fork >= Fork::Prague {
            put("requestsHash", hash(self.result.requests_hash()));
            put("requests", requests.iter().map(|request| bytes(request)).collect());
        }
        result
    }

    /// RLP of the transactions of the block.
    pub fn body(&self) -> Vec<u8> {
        transactions_rlp(&self.transactions())
    }

    fn transactions(&self) -> Vec<Transaction> {
        self.included.iter().map(|included| included.transaction.clone()).collect()
    }

    fn receipts(&self) -> Vec<Value> {
        let mut first_log = 0;
        let each = self.included.iter().zip(&self.result.transactions).zip(&self.result.receipts);
        each.enumerate()
            .map(|(index, ((included, result), receipt))| {
                let value = self.receipt(index, included, result, receipt, first_log);
                first_log += receipt.logs.len();
                value
            })
            .collect()
    }

    fn receipt(
        &self,
        index: usize,
        Included { transaction, hash: tx_hash, sender }: &Included,
        result: &TransactionResult,
        receipt: &Receipt,
        first_log: usize,
    ) -> Value {
        let created = match transaction.to {
            None => create_address(sender, transaction.nonce),
            Some(_) => H160::zero(),
        };
        let log = |(place, log): (usize, &Log)| {
            json!({
                "address": format!("{:?}", log.address),
                "topics": log.topics.iter().copied().map(hash).collect::<Value>(),
                "data": bytes(&log.data),
                "blockNumber": number(self.block.number),
                "transactionHash": hash(*tx_hash),
                "transactionIndex": number(index as u64),
                "blockHash": hash(BLOCK_HASH),
                "logIndex": number((first_log + place) as u64),
                "removed": false,
            })
        };
        let logs: Vec<Value> = receipt.logs.iter().enumerate().map(log).collect();
        let mut value = json!({
            "root": match receipt.outcome {
                Outcome::StateRoot(root) => hash(root),
                Outcome::Status(_) => bytes(&[]),
            },
            "status": number(u64::from(result.outcome.is_success())),
            "cumulativeGasUsed": number(receipt.cumulative_gas_used),
            "logsBloom": bytes(&receipt.bloom.0),
            "logs": if logs.is_empty() { Value::Null } else { Value::Array(logs) },
            "transactionHash": hash(*tx_hash),
            "contractAddress": format!("{created:?}"),
            "gasUsed": number(result.gas_used),
            "effectiveGasPrice": Value::Null,
            "blockHash": hash(BLOCK_HASH),
            "blockNumber": number(self.block.number),
            "transactionIndex": number(index as u64),
        });
        if transaction.kind != TransactionType::Legacy {
            value["type"] = number(u64::from(transaction.kind.number()));
        }
        if transaction.kind == TransactionType::Blob {
            let blobs = transaction.blob_versioned_hashes.len() as u64;
            value["blobGasUsed"] = number(blobs * GAS_PER_BLOB);
            value["blobGasPrice"] = number(self.block.blob_base_fee);
        }
        value
    }
}

fn number(value: impl Into<U256>) -> Value {
    Value::String(format!("{:#x}", value.into()))
}

fn hash(value: H256) -> Value {
    Value::String(format!("{value:?}"))
}

fn bytes(value: &[u8]) -> Value {
    Value::String(format!("0x{}", hex::encode(value)))
}
