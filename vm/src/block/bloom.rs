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
        inputs(log).for_each(|input| self.accrue(input));
    }

    /// Takes in one address or topic.
    pub fn accrue(&mut self, input: &[u8]) {
        self.set(positions(input));
    }

    fn set(&mut self, positions: Positions) {
        for (byte, bit) in positions {
            self.0[byte] |= bit;
        }
    }

    /// False where `input` was never taken in; true where it was or may have been.
    pub fn may_contain(&self, input: &[u8]) -> bool {
        positions(input).into_iter().all(|(byte, bit)| self.0[byte] & bit != 0)
    }
}

/// What a log puts into a bloom.
fn inputs(log: &Log) -> impl Iterator<Item = &[u8]> {
    std::iter::once(log.address.as_bytes()).chain(log.topics.iter().map(|topic| topic.as_bytes()))
}

type Positions = [(usize, u8); 3];

/// Byte and bit of the three positions that `input` sets: the first three 16-bit words of its hash, modulo 2048.
fn positions(input: &[u8]) -> Positions {
    let hash = keccak256(input).0;
    [0, 2, 4].map(|at| {
        let position = usize::from(u16::from_be_bytes([hash[at], hash[at + 1]])) % (8 * Bloom::LEN);
        (Bloom::LEN - 1 - position / 8, 1 << (position % 8))
    })
}

/// Blooms of many receipts: the same contracts and events come again and again, and what was hashed lately is known.
#[derive(Default)]
pub(crate) struct Blooms {
    /// By a few bits of the input; the length tells addresses from topics that begin alike.
    lately: Vec<Option<(usize, [u8; 32], Positions)>>,
}

impl Blooms {
    const LATELY: usize = 1024;

    /// [`Bloom::of_logs`].
    pub(crate) fn of_logs(&mut self, logs: &[Log]) -> Bloom {
        let mut bloom = Bloom::default();
        if logs.is_empty() {
            return bloom;
        }
        self.lately.resize(Self::LATELY, None);
        logs.iter().flat_map(inputs).for_each(|input| bloom.set(self.positions(input)));
        bloom
    }

    fn positions(&mut self, input: &[u8]) -> Positions {
        let mut key = [0; 32];
        let (len, mut mixed) = (input.len(), 0u64);
        for (to, from) in key.iter_mut().zip(input) {
            *to = *from;
        }
        for word in key.as_chunks::<8>().0 {
            mixed = (mixed ^ u64::from_le_bytes(*word)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23);
        }
        match self.lately.get_mut(mixed as usize % Self::LATELY) {
            Some(Some(known)) if len <= key.len() && (known.0, known.1) == (len, key) => known.2,
            Some(place) if len <= key.len() => place.insert((len, key, positions(input))).2,
            _ => positions(input),
        }
    }
}

impl fmt::Debug for Blooms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blooms").finish_non_exhaustive()
    }
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
    use proptest::prelude::*;

    proptest! {
        /// Few different bytes: addresses and topics come again, and a topic may begin like an address.
        #[test]
        fn what_is_known_from_before_gives_the_same_bloom(
            receipts in prop::collection::vec(
                prop::collection::vec((0u8..4, prop::collection::vec((0u8..4, 0u8..2), 0..4)), 0..4), 0..20),
        ) {
            let mut blooms = Blooms::default();
            for receipt in receipts {
                let logs: Vec<_> = receipt.into_iter().map(|(address, topics)| {
                    let topic = |(first, last)| {
                        let mut topic = H256::zero();
                        topic.0[..20].fill(first);
                        topic.0[31] = last;
                        topic
                    };
                    let topics = topics.into_iter().map(topic).collect();
                    Log { address: H160::repeat_byte(address), topics, data: vec![] }
                }).collect();
                prop_assert_eq!(blooms.of_logs(&logs), Bloom::of_logs(&logs));
            }
        }
    }

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
