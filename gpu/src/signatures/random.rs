//! Randomness that decides nothing but where the device is checked.

use crate::cpu::dilithium::{Output256, Shake256};
use std::sync::OnceLock;

/// The environment variable that fixes the process's random bytes: 64 hexadecimal digits. For tests.
pub const SEED_VARIABLE: &str = "ERBIUM_BATCH_SEED";

/// The process's random bytes, or what [`SEED_VARIABLE`] says.
///
/// # Errors
/// Where the variable is not 64 hexadecimal digits, or the operating system gives no random bytes.
pub fn process_seed() -> Result<[u8; 32], SeedError> {
    static SEED: OnceLock<Result<[u8; 32], SeedError>> = OnceLock::new();
    SEED.get_or_init(|| match std::env::var(SEED_VARIABLE) {
        Ok(text) => parse(&text).ok_or(SeedError::Malformed),
        Err(_) => {
            let mut seed = [0; 32];
            getrandom::fill(&mut seed).map_err(|_| SeedError::None)?;
            Ok(seed)
        }
    })
    .clone()
}

/// No random bytes for a process.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SeedError {
    /// The variable is set to something else.
    #[error("{SEED_VARIABLE} is not 64 hexadecimal digits")]
    Malformed,
    /// The operating system gave none.
    #[error("the operating system gives no random bytes")]
    None,
}

fn parse(text: &str) -> Option<[u8; 32]> {
    let digits: Vec<u8> =
        text.chars().map(|c| c.to_digit(16).map(|digit| digit as u8)).collect::<Option<_>>()?;
    let bytes: Vec<u8> = digits.as_chunks::<2>().0.iter().map(|[high, low]| high << 4 | low).collect();
    (digits.len() == 64).then_some(bytes)?.try_into().ok()
}

/// A stream of random bytes: SHAKE256 of a seed and a number.
pub(crate) struct Random {
    output: Output256,
    block: Vec<u8>,
    /// Bytes of the block that are used up.
    used: usize,
}

impl Random {
    pub(crate) fn new(seed: &[u8; 32], number: u64) -> Self {
        let output =
            Shake256::default().absorb(b"erbium/plants/v1").absorb(seed).absorb(&number.to_le_bytes());
        Self { output: output.finish(), block: Vec::new(), used: 0 }
    }

    pub(super) fn fill(&mut self, mut bytes: &mut [u8]) {
        while !bytes.is_empty() {
            let mut left = self.block.get(self.used..).unwrap_or_default();
            if left.is_empty() {
                self.block.clear();
                // From the last byte on: known answers of the self-test were made so.
                self.block.extend(self.output.block().iter().rev());
                self.used = 0;
                left = &self.block;
            }
            let (now, later) = bytes.split_at_mut(left.len().min(bytes.len()));
            now.copy_from_slice(&left[..now.len()]);
            self.used += now.len();
            bytes = later;
        }
    }

    pub(crate) fn bytes<const LEN: usize>(&mut self) -> [u8; LEN] {
        let mut bytes = [0; LEN];
        self.fill(&mut bytes);
        bytes
    }

    pub(super) fn word(&mut self) -> u32 {
        u32::from_le_bytes(self.bytes())
    }

    /// A number below `end`, which is not 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        // Skewed by less than 2^-32 for batches that fit into memory.
        (u64::from_le_bytes(self.bytes()) % end.max(1) as u64) as usize
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn streams_differ_by_seed_and_number_alone() {
        let first = |seed, number| Random::new(&[seed; 32], number).bytes::<300>();
        assert_eq!(first(1, 1), first(1, 1));
        assert_ne!(first(1, 1), first(2, 1));
        assert_ne!(first(1, 1), first(1, 2));
        let mut random = Random::new(&[0; 32], 0);
        assert!((0..1000).all(|_| random.below(7) < 7));
    }

    #[test]
    fn seeds_are_read_from_64_digits() {
        assert_eq!(parse(&"0a".repeat(32)).unwrap(), [10; 32]);
        for wrong in ["", "0a", &"0g".repeat(32), &"0a".repeat(33), &"é".repeat(32)] {
            assert_eq!(parse(wrong), None);
        }
    }
}
