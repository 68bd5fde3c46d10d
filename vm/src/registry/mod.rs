//! The key registry: which quantum-safe key speaks for an account.
//!
//! A contract at an address of the chain spec holds the hash of each account's key at the slot of the account's own
//! number; zero where none is registered. Once a key is registered, it is the only one that authorizes. The contract's
//! source is `registry.easm` beside this file, its bytecode `registry.hex`.

mod contract;

#[cfg(test)]
mod tests;

pub use contract::{code, genesis_account, register_call};

use crate::keccak::keccak256;
use primitive_types::{H160, H256, U256};

/// What the message of a key's proof starts with.
const KEY_DOMAIN: &[u8; 13] = b"erbium:key:v1";

/// Hash by which a public key is known: of the scheme's byte and the encoded key.
pub fn key_hash(scheme: u8, public_key: &[u8]) -> H256 {
    keccak256(&[&[scheme], public_key].concat())
}

/// The account that a key speaks for without being registered: the last 20 bytes of its hash.
pub fn address_of_key(key_hash: &H256) -> H160 {
    H160::from_slice(&key_hash.as_bytes()[12..])
}

/// Slot of the registry that holds the key hash of `account`.
pub fn slot(account: &H160) -> U256 {
    U256::from_big_endian(account.as_bytes())
}

/// What a key signs to be registered for `account` in the registry at `registry` on chain `chain_id`.
pub fn proof_message(chain_id: u64, registry: &H160, account: &H160, key_hash: &H256) -> Vec<u8> {
    let chain_id = U256::from(chain_id).to_big_endian();
    let packed = [&chain_id[..], registry.as_bytes(), account.as_bytes(), key_hash.as_bytes()].concat();
    [&KEY_DOMAIN[..], keccak256(&packed).as_bytes()].concat()
}
