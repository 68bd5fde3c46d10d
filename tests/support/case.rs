//! One case: a state, the block's fork, and transactions in a row.

use super::hexed::Hexed;
use erbium_vm::evm::BlockEnv;
use erbium_vm::tx::{Authorization, Transaction, TransactionType};
use erbium_vm::{Fork, keccak256};
use primitive_types::{H160, H256, U256};
use serde::{Deserialize, Serialize};

/// Height of every case's block; the hashes of the 256 blocks before it are known.
pub(crate) const BLOCK_NUMBER: u64 = 1_000;
/// Gas of every case's block.
pub(crate) const BLOCK_GAS: u64 = 30_000_000;
/// Base fee from London on, in wei.
pub(crate) const BASE_FEE: u64 = 7;

/// A program under test with all that its run depends on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Case {
    /// By its official name.
    pub(crate) fork: String,
    pub(crate) coinbase: Hexed<H160>,
    pub(crate) accounts: Vec<CaseAccount>,
    pub(crate) transactions: Vec<CaseTransaction>,
}

/// An account before the first transaction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct CaseAccount {
    pub(crate) address: Hexed<H160>,
    pub(crate) nonce: u64,
    pub(crate) balance: Hexed<U256>,
    pub(crate) code: Hexed<Vec<u8>>,
    pub(crate) storage: Vec<(Hexed<U256>, Hexed<U256>)>,
}

/// A transaction whose sender is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct CaseTransaction {
    pub(crate) kind: u8,
    pub(crate) sender: Hexed<H160>,
    pub(crate) nonce: u64,
    pub(crate) gas_limit: u64,
    /// Wei a unit of gas.
    pub(crate) max_fee: u64,
    /// Wei a unit of gas; as `max_fee` in types 0 and 1.
    pub(crate) tip: u64,
    /// `None` creates a contract.
    pub(crate) to: Option<Hexed<H160>>,
    pub(crate) value: Hexed<U256>,
    pub(crate) data: Hexed<Vec<u8>>,
    #[serde(default)]
    pub(crate) access_list: Vec<(Hexed<H160>, Vec<Hexed<U256>>)>,
    #[serde(default)]
    pub(crate) authorizations: Vec<CaseAuthorization>,
}

/// An authorization whose signature has been judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct CaseAuthorization {
    pub(crate) chain_id: u64,
    pub(crate) address: Hexed<H160>,
    pub(crate) nonce: u64,
    /// `None` where the signature does not hold.
    pub(crate) authority: Option<Hexed<H160>>,
}

impl Case {
    /// The fork.
    pub(crate) fn fork(&self) -> Fork {
        self.fork.parse().expect("a case names a fork")
    }

    /// The block of all transactions.
    pub(crate) fn block(&self) -> BlockEnv {
        let fork = self.fork();
        let base_fee = if fork >= Fork::London { BASE_FEE } else { 0 };
        BlockEnv {
            number: BLOCK_NUMBER,
            timestamp: 1_700_000_000,
            coinbase: self.coinbase.0,
            gas_limit: BLOCK_GAS,
            difficulty: if fork >= Fork::Paris { U256::zero() } else { U256::from(0x20000) },
            prev_randao: H256::repeat_byte(0x5a),
            base_fee: base_fee.into(),
            blob_base_fee: U256::one(),
            parent_beacon_block_root: None,
            slot_number: 0,
        }
    }

    /// Numbers and hashes of the blocks that BLOCKHASH knows.
    pub(crate) fn block_hashes() -> impl Iterator<Item = (u64, H256)> {
        (BLOCK_NUMBER - 256..BLOCK_NUMBER).map(|number| (number, keccak256(&number.to_be_bytes())))
    }
}

impl CaseTransaction {
    /// The transaction, and the authority of each of its authorizations.
    pub(crate) fn transaction(&self) -> (Transaction, Vec<Option<H160>>) {
        let kind = TransactionType::from_number(self.kind).expect("a case names a transaction type");
        let authorization = |from: &CaseAuthorization| Authorization {
            chain_id: from.chain_id.into(),
            address: from.address.0,
            nonce: from.nonce,
            ..Authorization::default()
        };
        let item = |(address, keys): &(Hexed<H160>, Vec<Hexed<U256>>)| {
            (address.0, keys.iter().map(|key| H256(key.0.to_big_endian())).collect())
        };
        let tx = Transaction {
            kind,
            chain_id: (kind != TransactionType::Legacy).then_some(1),
            nonce: self.nonce,
            gas_limit: self.gas_limit,
            max_fee_per_gas: self.max_fee.into(),
            max_priority_fee_per_gas: self.tip.into(),
            to: self.to.map(|to| to.0),
            value: self.value.0,
            data: self.data.0.clone(),
            access_list: self.access_list.iter().map(item).collect(),
            authorizations: self.authorizations.iter().map(authorization).collect(),
            ..Transaction::default()
        };
        let authorities = self.authorizations.iter().map(|from| from.authority.map(|authority| authority.0));
        (tx, authorities.collect())
    }
}
