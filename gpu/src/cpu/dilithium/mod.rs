//! Verification of Dilithium in its three versions: one algorithm, nine sets of constants.
//!
//! | schemes | version | tr | c-tilde | seed of the challenge | before the message |
//! | --- | --- | --- | --- | --- | --- |
//! | 2, 3, 5 | round 3 (v3.1) | 32 | 32 | c-tilde | nothing |
//! | 18, 19, 21 | draft of FIPS 204, as crate `pqcrypto-dilithium` 0.5 ships it | 64 | 32, 48, 64 | its first 32 bytes | nothing |
//! | 44, 65, 87 | FIPS 204, pure, empty context | 64 | 32, 48, 64 | c-tilde | 00 00 |
//!
//! A public key is expanded once ([`ExpandedKey`]) and then serves any number of signatures. [`Signature::decode`]
//! judges the bytes, [`ExpandedKey::commitment`] is the arithmetic, and [`verify`] joins them.
//!
//! Everything here is public data: nothing runs in constant time.

mod encoding;
mod key;
mod ntt;
mod params;
mod round;
mod sample;
mod shake;

pub(crate) use encoding::is_well_formed;
pub use encoding::{Hints, Signature};
pub use key::ExpandedKey;
pub use ntt::Poly;
pub use params::{MAX_C_TILDE, Params};
pub(crate) use shake::{Output256, Shake256};

use erbium_claims::{SignedMessage, Verdict};

/// Whether `signature` is one of `message` under `key`.
pub fn verify(key: &ExpandedKey, message: &SignedMessage, signature: &[u8]) -> Verdict {
    match Signature::decode(key.params(), signature) {
        Some(signature) => verify_decoded(key, message, &signature),
        None => Verdict::Invalid,
    }
}

/// Whether a decoded signature is one of `message` under `key`.
pub fn verify_decoded(key: &ExpandedKey, message: &SignedMessage, signature: &Signature) -> Verdict {
    (key.commitment(&key.mu(message), signature) == signature.c_tilde).into()
}
