//! From the values of a block file to JSON: the objects as they are to stand in it.

use super::{BlockFile, PreAccount};
use crate::block::{Header, Withdrawal};
use crate::tx::{AccessListItem, Authorization, Transaction, TransactionType};
use primitive_types::{H160, H256, U256};
use serde::ser::Error;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// A number: 0x and digits without leading zeros.
struct Number(U256);

impl<T: Into<U256>> From<T> for Number {
    fn from(value: T) -> Self {
        Self(value.into())
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:#x}", self.0))
    }
}

/// Bytes: 0x and two digits each.
struct Bytes<'a>(&'a [u8]);

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("0x{}", hex::encode(self.0)))
    }
}

/// A hash, address or other bytes by reference.
fn bytes<T: AsRef<[u8]> + ?Sized>(value: &T) -> Bytes<'_> {
    Bytes(value.as_ref())
}

fn hashes(hashes: &[H256]) -> Vec<Bytes<'_>> {
    hashes.iter().map(bytes).collect()
}

/// A word of storage, written as a number.
fn word(word: &H256) -> Number {
    U256::from_big_endian(word.as_bytes()).into()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FileObject<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    spec: Option<&'a serde_json::Value>,
    block: BlockObject<'a>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    whole_state: bool,
    pre_state: BTreeMap<String, AccountObject<'a>>,
    block_hashes: BTreeMap<u64, Bytes<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BlockObject<'a> {
    hash: Bytes<'a>,
    #[serde(flatten)]
    header: HeaderObject<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_difficulty: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<Number>,
    uncles: Vec<Bytes<'a>>,
    transactions: Vec<TransactionObject<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    withdrawals: Option<Vec<WithdrawalObject<'a>>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HeaderObject<'a> {
    parent_hash: Bytes<'a>,
    #[serde(rename = "sha3Uncles")]
    ommers_hash: Bytes<'a>,
    miner: Bytes<'a>,
    state_root: Bytes<'a>,
    transactions_root: Bytes<'a>,
    receipts_root: Bytes<'a>,
    logs_bloom: Bytes<'a>,
    difficulty: Number,
    number: Number,
    gas_limit: Number,
    gas_used: Number,
    timestamp: Number,
    extra_data: Bytes<'a>,
    mix_hash: Bytes<'a>,
    nonce: Bytes<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base_fee_per_gas: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    withdrawals_root: Option<Bytes<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    blob_gas_used: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    excess_blob_gas: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_beacon_block_root: Option<Bytes<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    requests_hash: Option<Bytes<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    block_access_list_hash: Option<Bytes<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    slot_number: Option<Number>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TransactionObject<'a> {
    hash: Bytes<'a>,
    #[serde(rename = "type")]
    kind: Number,
    nonce: Number,
    // Null, as RPC servers answer it, where the transaction is in no block.
    block_hash: Option<Bytes<'a>>,
    block_number: Option<Number>,
    transaction_index: Option<Number>,
    // Null where no key fits the signature.
    from: Option<Bytes<'a>>,
    to: Option<Bytes<'a>>,
    value: Number,
    gas: Number,
    gas_price: Number,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_fee_per_gas: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_priority_fee_per_gas: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_fee_per_blob_gas: Option<Number>,
    input: Bytes<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    chain_id: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    access_list: Option<Vec<AccessObject<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    blob_versioned_hashes: Option<Vec<Bytes<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorization_list: Option<Vec<AuthorizationObject<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    v: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    y_parity: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    r: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    s: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scheme: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    public_key: Option<Bytes<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<Bytes<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AccessObject<'a> {
    address: Bytes<'a>,
    storage_keys: Vec<Bytes<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AuthorizationObject<'a> {
    chain_id: Number,
    address: Bytes<'a>,
    nonce: Number,
    y_parity: Number,
    r: Number,
    s: Number,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WithdrawalObject<'a> {
    index: Number,
    validator_index: Number,
    address: Bytes<'a>,
    amount: Number,
}

#[derive(Serialize)]
struct AccountObject<'a> {
    nonce: Number,
    balance: Number,
    code: Bytes<'a>,
    storage: BTreeMap<String, Number>,
}

impl Serialize for BlockFile {
    /// # Errors
    /// Where there are not as many claims about transactions as transactions.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.block.transactions.len() != self.claimed.transactions.len() {
            return Err(S::Error::custom("transactions and claims about them differ in number"));
        }
        let file = FileObject {
            spec: self.spec.as_ref(),
            block: block(self),
            whole_state: self.whole_state,
            pre_state: self.pre_state.iter().map(|(address, pre)| (key(address), account(pre))).collect(),
            block_hashes: self.block_hashes.iter().map(|(number, hash)| (*number, bytes(hash))).collect(),
        };
        file.serialize(serializer)
    }
}

fn key(address: &H160) -> String {
    format!("{address:?}")
}

fn block(file: &BlockFile) -> BlockObject<'_> {
    let transactions = file.block.transactions.iter().zip(&file.claimed.transactions).enumerate();
    BlockObject {
        hash: bytes(&file.claimed.hash),
        header: header(&file.block.header),
        total_difficulty: file.claimed.total_difficulty.map(Into::into),
        size: file.claimed.size.map(Into::into),
        uncles: hashes(&file.claimed.uncles),
        transactions: transactions
            .map(|(index, (tx, claimed))| {
                let position = Position { file, index: index as u64 };
                transaction(tx, &claimed.hash, Some(&claimed.from), Some(position))
            })
            .collect(),
        withdrawals: file.block.withdrawals.as_ref().map(|list| list.iter().map(withdrawal).collect()),
    }
}

fn header(header: &Header) -> HeaderObject<'_> {
    HeaderObject {
        parent_hash: bytes(&header.parent_hash),
        ommers_hash: bytes(&header.ommers_hash),
        miner: bytes(&header.beneficiary),
        state_root: bytes(&header.state_root),
        transactions_root: bytes(&header.transactions_root),
        receipts_root: bytes(&header.receipts_root),
        logs_bloom: bytes(&header.logs_bloom.0),
        difficulty: header.difficulty.into(),
        number: header.number.into(),
        gas_limit: header.gas_limit.into(),
        gas_used: header.gas_used.into(),
        timestamp: header.timestamp.into(),
        extra_data: bytes(&header.extra_data),
        mix_hash: bytes(&header.mix_hash),
        nonce: bytes(&header.nonce),
        base_fee_per_gas: header.base_fee_per_gas.map(Into::into),
        withdrawals_root: header.withdrawals_root.as_ref().map(bytes),
        blob_gas_used: header.blob_gas_used.map(Into::into),
        excess_blob_gas: header.excess_blob_gas.map(Into::into),
        parent_beacon_block_root: header.parent_beacon_block_root.as_ref().map(bytes),
        requests_hash: header.requests_hash.as_ref().map(bytes),
        block_access_list_hash: header.block_access_list_hash.as_ref().map(bytes),
        slot_number: header.slot_number.map(Into::into),
    }
}

/// Where in which block a transaction stands.
#[derive(Clone, Copy)]
struct Position<'a> {
    file: &'a BlockFile,
    index: u64,
}

/// The object that RPC servers answer for a transaction that is in no block; `from` is null where no sender is known.
///
/// # Errors
/// None that a transaction could bring about.
pub fn transaction_to_json(
    tx: &Transaction,
    from: Option<&H160>,
) -> Result<serde_json::Value, serde_json::Error> {
    serde_json::to_value(transaction(tx, &tx.hash(), from, None))
}

fn transaction<'a>(
    tx: &'a Transaction,
    hash: &'a H256,
    from: Option<&'a H160>,
    position: Option<Position<'a>>,
) -> TransactionObject<'a> {
    use TransactionType::{AccessList, Blob, Legacy, SetCode};
    let header = position.map(|position| &position.file.block.header);
    let typed = tx.kind != Legacy;
    let dynamic_fee = !matches!(tx.kind, Legacy | AccessList);
    let quantum = tx.quantum.as_deref();
    let ecdsa = quantum.is_none().then_some(tx.signature);
    let gas_price = match (tx.kind, header.and_then(|header| header.base_fee_per_gas)) {
        (Legacy | AccessList, _) | (_, None) => tx.max_fee_per_gas,
        (_, Some(base)) => tx.max_fee_per_gas.min(base.saturating_add(tx.max_priority_fee_per_gas)),
    };
    TransactionObject {
        hash: bytes(hash),
        kind: u64::from(tx.kind.number()).into(),
        nonce: tx.nonce.into(),
        block_hash: position.map(|position| bytes(&position.file.claimed.hash)),
        block_number: header.map(|header| header.number.into()),
        transaction_index: position.map(|position| position.index.into()),
        from: quantum.map(|quantum| &quantum.sender).or(from).map(bytes),
        to: tx.to.as_ref().map(bytes),
        value: tx.value.into(),
        gas: tx.gas_limit.into(),
        gas_price: gas_price.into(),
        max_fee_per_gas: dynamic_fee.then(|| tx.max_fee_per_gas.into()),
        max_priority_fee_per_gas: dynamic_fee.then(|| tx.max_priority_fee_per_gas.into()),
        max_fee_per_blob_gas: (tx.kind == Blob).then(|| tx.max_fee_per_blob_gas.into()),
        input: bytes(&tx.data),
        chain_id: tx.chain_id.or(typed.then_some(0)).map(Into::into),
        access_list: typed.then(|| tx.access_list.iter().map(access).collect()),
        blob_versioned_hashes: (tx.kind == Blob).then(|| hashes(&tx.blob_versioned_hashes)),
        authorization_list: (tx.kind == SetCode)
            .then(|| tx.authorizations.iter().map(authorization).collect()),
        v: ecdsa.map(|ecdsa| if typed { u64::from(ecdsa.y_odd).into() } else { tx.v().into() }),
        y_parity: ecdsa.filter(|_| typed).map(|ecdsa| u64::from(ecdsa.y_odd).into()),
        r: ecdsa.map(|ecdsa| ecdsa.r.into()),
        s: ecdsa.map(|ecdsa| ecdsa.s.into()),
        scheme: quantum.map(|quantum| u64::from(quantum.scheme).into()),
        public_key: quantum.map(|quantum| bytes(&quantum.public_key)),
        signature: quantum.map(|quantum| bytes(&quantum.signature)),
    }
}

fn access((address, keys): &AccessListItem) -> AccessObject<'_> {
    AccessObject { address: bytes(address), storage_keys: hashes(keys) }
}

fn authorization(entry: &Authorization) -> AuthorizationObject<'_> {
    AuthorizationObject {
        chain_id: entry.chain_id.into(),
        address: bytes(&entry.address),
        nonce: entry.nonce.into(),
        y_parity: entry.y_parity.into(),
        r: entry.r.into(),
        s: entry.s.into(),
    }
}

fn withdrawal(withdrawal: &Withdrawal) -> WithdrawalObject<'_> {
    WithdrawalObject {
        index: withdrawal.index.into(),
        validator_index: withdrawal.validator_index.into(),
        address: bytes(&withdrawal.address),
        amount: withdrawal.amount_gwei.into(),
    }
}

fn account(pre: &PreAccount) -> AccountObject<'_> {
    let slot = |(key, value): &(H256, H256)| (format!("{:#x}", word(key).0), word(value));
    AccountObject {
        nonce: pre.nonce.into(),
        balance: pre.balance.into(),
        code: bytes(&pre.code),
        storage: pre.storage.iter().map(slot).collect(),
    }
}
