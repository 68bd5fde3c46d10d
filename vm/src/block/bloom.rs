//! The 2048-bit filter over addresses and topics of logs (yellow paper, section 4.3.1).

use crate::keccak::keccak256;
use crate::state::Log;
use std::fmt;
use std::ops::BitOrAssign;

/// A logs bloom. Bit `i` counts from the low end of the last byte.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Bloom(pub [u8; Self::LEN]);

impl Bloom {
    /// Bytes.
    pub const LEN: usize = 256;

    /// The bloom of `logs`.
    pub fn of_logs<'a>(logs: impl IntoIterator<Item = &'a Log>) -> Self {
        let mut bloom = Self::default();
        logs.into_iter().for_each(|log| bloom.accrue_log(log));
        bloom
    }

    /// Takes in the address and the topics of `log`.
    pub fn accrue_log(&mut self, log: &Log) {
        self.accrue(log.address.as_bytes());
        log.topics.iter().for_each(|topic| self.accrue(topic.as_bytes()));
    }

    /// Takes in one address or topic.
    pub fn accrue(&mut self, input: &[u8]) {
        for (byte, bit) in positions(input) {
            self.0[byte] |= bit;
        }
    }

    /// False where `input` was never taken in; true where it was or may have been.
    pub fn may_contain(&self, input: &[u8]) -> bool {
        positions(input).into_iter().all(|(byte, bit)| self.0[byte] & bit != 0)
    }
}

/// Byte and bit of the three positions that `input` sets: the first three 16-bit words of its hash, modulo 2048.
fn positions(input: &[u8]) -> [(usize, u8); 3] {
    let hash = keccak256(input).0;
    [0, 2, 4].map(|at| {
        let position = usize::from(u16::from_be_bytes([hash[at], hash[at + 1]])) % (8 * Bloom::LEN);
        (Bloom::LEN - 1 - position / 8, 1 << (position % 8))
    })
}

impl BitOrAssign for Bloom {
    fn bitor_assign(&mut self, other: Self) {
        self.0.iter_mut().zip(other.0).for_each(|(mine, theirs)| *mine |= theirs);
    }
}

impl Default for Bloom {
    fn default() -> Self {
        Self([0; Self::LEN])
    }
}

impl fmt::Debug for Bloom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("0x")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use primitive_types::{H160, H256};

    #[test]
    fn a_log_sets_at_most_three_bits_an_input() {
        let log = Log { address: H160::repeat_byte(1), topics: vec![H256::repeat_byte(2)], data: vec![3] };
        let bloom = Bloom::of_logs([&log]);
        let bits: u32 = bloom.0.iter().map(|byte| byte.count_ones()).sum();
        assert!((1..=6).contains(&bits), "{bits}");
        assert!(bloom.may_contain(log.address.as_bytes()) && bloom.may_contain(log.topics[0].as_bytes()));
        assert!(!bloom.may_contain(&log.data));
    }

    #[test]
    fn joining_is_taking_in_both() {
        let (mut a, mut b, mut both) = (Bloom::default(), Bloom::default(), Bloom::default());
        a.accrue(&[1]);
        b.accrue(&[2]);
        both.accrue(&[1]);
        both.accrue(&[2]);
        a |= b;
        assert_eq!(a, both);
        assert_ne!(a, b);
    }
}
