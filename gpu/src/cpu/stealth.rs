//! Stealth addresses on secp256k1: ERC-5564, scheme 1.
//!
//! A recipient publishes a meta-address, the compressed public keys of spending and viewing. A sender takes an ephemeral key
//! e; e times the viewing key, compressed and hashed (Keccak-256), is the shared secret h. Its first byte is the view tag,
//! and the stealth address is that of the public key `spending key + h G`. Whoever has the viewing key finds it, whoever has
//! the spending key too can spend from it.
//!
//! Products with secret keys are libsecp256k1's constant-time ones, and secrets are wiped.

use keccak_asm::Keccak256;
use primitive_types::H160;
use rayon::prelude::*;
use secp256k1::ecdh::shared_secret_point;
use secp256k1::{PublicKey, SECP256K1, Scalar, SecretKey};
use zeroize::Zeroizing;

/// Announcements a work item holds at least: some half a millisecond.
const GRAIN: usize = 16;

/// What a sender announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StealthAddress {
    /// Where to pay to.
    pub address: H160,
    /// Compressed.
    pub ephemeral_public_key: [u8; 33],
    /// First byte of the shared secret.
    pub view_tag: u8,
}

/// A secret key that is wiped when dropped.
struct Secret(SecretKey);

impl Secret {
    /// `None` for 0 and from the group's order on.
    fn new(bytes: &[u8; 32]) -> Option<Self> {
        SecretKey::from_byte_array(*bytes).ok().map(Self)
    }

    fn public(&self) -> PublicKey {
        PublicKey::from_secret_key(SECP256K1, &self.0)
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.non_secure_erase();
    }
}

/// The meta-address of two secret keys: compressed public spending key | viewing key. `None` where one is no key.
pub fn meta_address(spend_key: &[u8; 32], view_key: &[u8; 32]) -> Option<[u8; 66]> {
    let mut meta = [0; 66];
    let (spend, view) = meta.split_at_mut(33);
    spend.copy_from_slice(&Secret::new(spend_key)?.public().serialize());
    view.copy_from_slice(&Secret::new(view_key)?.public().serialize());
    Some(meta)
}

/// The stealth address for a recipient under an ephemeral secret key. `None` where a key is no key.
pub fn stealth_address(ephemeral_key: &[u8; 32], meta_address: &[u8; 66]) -> Option<StealthAddress> {
    let ephemeral = Secret::new(ephemeral_key)?;
    let (spend, view) = meta_address.split_at(33);
    let spend = PublicKey::from_slice(spend).ok()?;
    let view = PublicKey::from_slice(view).ok()?;
    let shared = shared_secret(&view, &ephemeral);
    Some(StealthAddress {
        address: stealth_account(&spend, &shared)?,
        ephemeral_public_key: ephemeral.public().serialize(),
        view_tag: shared[0],
    })
}

/// Which announcements (ephemeral public key 33 | view tag 1 | address 20) are for the recipient with these keys, on all cores
/// of the current rayon pool. `None` where a key of the recipient is no key; an announcement with a malformed key is for
/// nobody, since anybody can announce anything.
pub fn scan(
    view_key: &[u8; 32],
    spend_public_key: &[u8; 33],
    announcements: &[[u8; 54]],
) -> Option<Vec<bool>> {
    let view = Secret::new(view_key)?;
    let spend = PublicKey::from_slice(spend_public_key).ok()?;
    let is_ours = |announcement: &[u8; 54]| {
        let (key, rest) = announcement.split_at(33);
        let (tag, address) = rest.split_at(1);
        let Ok(key) = PublicKey::from_slice(key) else { return false };
        let shared = shared_secret(&key, &view);
        tag == &shared[..1]
            && stealth_account(&spend, &shared).is_some_and(|account| account.as_bytes() == address)
    };
    Some(announcements.par_iter().with_min_len(GRAIN).map(is_ours).collect())
}

/// The secret key of a stealth address that was announced with this ephemeral public key. `None` where a key is no key.
pub fn stealth_key(
    spend_key: &[u8; 32],
    view_key: &[u8; 32],
    ephemeral_public_key: &[u8; 33],
) -> Option<Zeroizing<[u8; 32]>> {
    let (spend, view) = (Secret::new(spend_key)?, Secret::new(view_key)?);
    let ephemeral = PublicKey::from_slice(ephemeral_public_key).ok()?;
    let shared = shared_secret(&ephemeral, &view);
    let key = Secret(spend.0.add_tweak(&Scalar::from_be_bytes(*shared).ok()?).ok()?);
    Some(Zeroizing::new(key.0.secret_bytes()))
}

/// The account that a secret key controls; `None` where it is no key.
pub fn account(key: &[u8; 32]) -> Option<H160> {
    Some(account_of(&Secret::new(key)?.public()))
}

/// Keccak-256 of the compressed product.
fn shared_secret(public: &PublicKey, secret: &Secret) -> Zeroizing<[u8; 32]> {
    let point = Zeroizing::new(shared_secret_point(public, &secret.0));
    let mut compressed = Zeroizing::new([0; 33]);
    compressed[0] = 2 | (point[63] & 1);
    compressed[1..].copy_from_slice(&point[..32]);
    Zeroizing::new(Keccak256::digest(compressed.as_slice()).into())
}

/// The account of the spending key shifted by the shared secret. `None` only for shared secrets that nobody will ever see:
/// from the group's order on, or such that the sum is no point.
fn stealth_account(spend: &PublicKey, shared: &[u8; 32]) -> Option<H160> {
    let shift = Scalar::from_be_bytes(*shared).ok()?;
    spend.add_exp_tweak(SECP256K1, &shift).ok().map(|key| account_of(&key))
}

/// The last 20 bytes of the key's hash (yellow paper, appendix F).
pub(super) fn account_of(key: &PublicKey) -> H160 {
    let hash: [u8; 32] = Keccak256::digest(&key.serialize_uncompressed()[1..]).into();
    H160::from_slice(&hash[12..])
}
