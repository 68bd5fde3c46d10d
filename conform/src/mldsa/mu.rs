//! The message representative mu (FIPS 204, algorithms 2, 3, 7 and 8).

use sha3::Shake256;
use sha3::digest::{ExtendableOutput, Update, XofReader};

/// Longest context string, in bytes (FIPS 204, section 5.2).
pub(super) const MAX_CONTEXT_LEN: usize = 255;

/// mu of the internal interface: `parts` one behind another are M', which the interface takes as it stands.
pub(super) fn internal(public_key: &[u8], parts: &[&[u8]]) -> [u8; 64] {
    let mut shake = Shake256::default();
    shake.update(&key_hash(public_key));
    parts.iter().for_each(|part| shake.update(part));
    first_64(shake)
}

/// mu of the external interface, pure: M' is 0, the context's length, the context and the message. `None` for a context
/// that is too long to be one.
pub(super) fn external(public_key: &[u8], context: &[u8], message: &[u8]) -> Option<[u8; 64]> {
    let len = u8::try_from(context.len()).ok()?;
    Some(internal(public_key, &[&[0, len], context, message]))
}

/// tr, the hash of a public key.
pub(super) fn key_hash(public_key: &[u8]) -> [u8; 64] {
    let mut shake = Shake256::default();
    shake.update(public_key);
    first_64(shake)
}

fn first_64(shake: Shake256) -> [u8; 64] {
    let mut out = [0; 64];
    shake.finalize_xof().read(&mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_shake256() {
        // SHAKE256 of nothing (NIST's example values for SHA-3).
        let expected = "46b9dd2b0ba88d13233b3feb743eeb243fcd52ea62b81b82b50c27646ed5762f\
                        d75dc4ddd8c0f200cb05019d67b592f6fc821c49479ab48640292eacb3b7c4be";
        assert_eq!(hex::encode(key_hash(&[])), expected);
    }

    #[test]
    fn prefix_context_and_message_are_told_apart() {
        let mu = external(b"key", b"context", b"message");
        assert_eq!(mu, Some(internal(b"key", &[b"\x00\x07contextmessage"])));
        assert_ne!(mu, external(b"key", b"contextm", b"essage"));
        assert_ne!(external(b"key", b"", b"message"), Some(internal(b"key", &[b"message"])));
        assert!(external(b"key", &[0; MAX_CONTEXT_LEN], b"").is_some());
        assert_eq!(external(b"key", &[0; MAX_CONTEXT_LEN + 1], b""), None);
    }
}
