//! Accounts and logs.

use crate::keccak::EMPTY_CODE_HASH;
use primitive_types::{H160, H256, U256};

/// The part of an account that is not storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    /// Transactions sent, or contracts created.
    pub nonce: u64,
    /// Wei.
    pub balance: U256,
    /// Keccak-256 of the code.
    pub code_hash: H256,
}

impl Default for Account {
    fn default() -> Self {
        Self { nonce: 0, balance: U256::zero(), code_hash: EMPTY_CODE_HASH }
    }
}

impl Account {
    /// Empty as EIP-161 means it: no nonce, no balance, no code.
    pub fn is_empty(&self) -> bool {
        self.nonce == 0 && self.balance.is_zero() && self.code_hash == EMPTY_CODE_HASH
    }
}

/// An event that a contract emitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// The contract.
    pub address: H160,
    /// Up to four topics.
    pub topics: Vec<H256>,
    /// Unindexed data.
    pub data: Vec<u8>,
}
