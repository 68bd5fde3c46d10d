//! Addresses of new accounts.

use crate::keccak::keccak256;
use primitive_types::{H160, H256};

/// Address of an account made by CREATE or a transaction: from RLP([creator, nonce]).
pub fn create_address(creator: &H160, nonce: u64) -> H160 {
    let mut list = Vec::with_capacity(32);
    let header = alloy_rlp::Header { list: true, payload_length: 21 + alloy_rlp::Encodable::length(&nonce) };
    header.encode(&mut list);
    alloy_rlp::Encodable::encode(&creator.0, &mut list);
    alloy_rlp::Encodable::encode(&nonce, &mut list);
    H160::from_slice(&keccak256(&list).0[12..])
}

/// Address of an account made by CREATE2 (EIP-1014).
pub(super) fn create2_address(creator: &H160, salt: H256, init_code: &[u8]) -> H160 {
    let mut bytes = [0u8; 85];
    bytes[0] = 0xff;
    bytes[1..21].copy_from_slice(creator.as_bytes());
    bytes[21..53].copy_from_slice(salt.as_bytes());
    bytes[53..].copy_from_slice(keccak256(init_code).as_bytes());
    H160::from_slice(&keccak256(&bytes).0[12..])
}
