//! The account whose storage holds who may use which handle.

use crate::block::json::PreAccount;
use crate::keccak::keccak256;
use erbium_claims::homomorphic::Handle;
use primitive_types::{H160, U256};

/// INVALID: nobody can make it do anything.
pub const SYSTEM_CODE: [u8; 1] = [0xfe];
/// So that it is never empty (EIP-161).
pub(super) const NONCE: u64 = 1;

/// The account at genesis, with nothing allowed.
pub fn genesis_account() -> PreAccount {
    PreAccount { nonce: NONCE, balance: U256::zero(), code: SYSTEM_CODE.to_vec(), storage: Vec::new() }
}

/// Slot that holds 1 where `account` may use `handle`.
pub fn slot(handle: &Handle, account: &H160) -> U256 {
    let key = [&handle.bytes()[..], &[0; 12], account.as_bytes()].concat();
    U256::from_big_endian(keccak256(&key).as_bytes())
}
