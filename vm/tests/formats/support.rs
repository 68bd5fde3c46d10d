//! Test data, senders by libsecp256k1, and bytes to break things with.

use erbium_vm::claims::Recovery;
use erbium_vm::{H160, keccak256};
use proptest::prelude::*;
use secp256k1::ecdsa::{RecoverableSignature, RecoveryId};
use secp256k1::{Message, SECP256K1};
use std::path::PathBuf;

pub(crate) fn data(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/data/blocks").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub(crate) fn unhex(text: &str) -> Vec<u8> {
    hex::decode(text.strip_prefix("0x").unwrap()).unwrap()
}

pub(crate) fn recover(recovery: &Recovery) -> Option<H160> {
    let mut compact = [0; 64];
    compact[..32].copy_from_slice(&recovery.r.to_big_endian());
    compact[32..].copy_from_slice(&recovery.s.to_big_endian());
    let parity = RecoveryId::try_from(i32::from(recovery.y_odd)).ok()?;
    let signature = RecoverableSignature::from_compact(&compact, parity).ok()?;
    let key = SECP256K1.recover_ecdsa(Message::from_digest(recovery.hash.0), &signature).ok()?;
    Some(H160::from_slice(&keccak256(&key.serialize_uncompressed()[1..])[12..]))
}

/// Changes to bytes: at a place, another byte in, out or instead.
pub(crate) fn mutations() -> impl Strategy<Value = Vec<(prop::sample::Index, u8, u8)>> {
    prop::collection::vec((any::<prop::sample::Index>(), 0u8..4, any::<u8>()), 1..4)
}

pub(crate) fn mutate(mut bytes: Vec<u8>, mutations: &[(prop::sample::Index, u8, u8)]) -> Vec<u8> {
    for (at, how, byte) in mutations {
        let at = at.index(bytes.len() + 1);
        match how {
            0 => bytes.insert(at, *byte),
            1 => bytes.truncate(at),
            2 if at < bytes.len() => bytes[at] = *byte,
            _ if at < bytes.len() => drop(bytes.remove(at)),
            _ => {}
        }
    }
    bytes
}
