//! 32 secret bytes that keys and blindings are derived from.

use erbium_vm::keccak256;
use zeroize::{Zeroize, Zeroizing};

/// Bytes of a seed.
const LEN: usize = 32;

/// A seed. Wiped when dropped, and never shown.
pub struct Seed(Zeroizing<[u8; LEN]>);

/// What is wrong with a seed's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SeedTextError {
    /// Digits, but not so many.
    #[error("{got} bytes where 32 belong")]
    Length {
        /// Bytes that are there.
        got: usize,
    },
    /// Something else than digits.
    #[error("not 64 hexadecimal digits")]
    NotHex,
}

impl Seed {
    /// A seed of these bytes.
    pub fn new(bytes: [u8; LEN]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Reads 64 hexadecimal digits, with or without 0x before them and white space around them.
    ///
    /// # Errors
    /// [`SeedTextError`].
    pub fn from_text(text: &str) -> Result<Self, SeedTextError> {
        let text = text.trim();
        let text = text.strip_prefix("0x").unwrap_or(text);
        if text.len() != 2 * LEN && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(SeedTextError::Length { got: text.len() / 2 });
        }
        let mut bytes = Zeroizing::new([0; LEN]);
        hex::decode_to_slice(text.as_bytes(), &mut *bytes).map_err(|_| SeedTextError::NotHex)?;
        Ok(Self(bytes))
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8; LEN] {
        &self.0
    }

    /// 32 bytes for one purpose: Keccak-256 of `purpose`, the seed and `parts`.
    pub(crate) fn derive(&self, purpose: &str, parts: &[&[u8]]) -> Zeroizing<[u8; 32]> {
        let mut input = Zeroizing::new(Vec::with_capacity(purpose.len() + LEN + parts.concat().len()));
        input.extend(purpose.as_bytes());
        input.extend(self.0.iter());
        for part in parts {
            input.extend(*part);
        }
        let mut hash = keccak256(&input);
        let derived = Zeroizing::new(hash.0);
        hash.0.zeroize();
        derived
    }
}

impl std::fmt::Debug for Seed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seed(..)")
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_read_and_never_shown() {
        let seed = Seed::from_text(&format!(" 0x{}\n", "0a".repeat(32))).unwrap();
        assert_eq!(seed.bytes(), &[10; 32]);
        assert_eq!(format!("{seed:?}"), "Seed(..)");
        assert_eq!(Seed::from_text("0a0b").err(), Some(SeedTextError::Length { got: 2 }));
        for wrong in ["0g".repeat(32), "é".repeat(32)] {
            assert_eq!(Seed::from_text(&wrong).err(), Some(SeedTextError::NotHex));
        }
        assert_ne!(seed.derive("a", &[b"1"]), seed.derive("b", &[b"1"]));
        assert_ne!(seed.derive("a", &[b"1"]), seed.derive("a", &[b"2"]));
    }
}
