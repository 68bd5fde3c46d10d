//! Numbers that follow from a seed.

use erbium_vm::{H256, keccak256};

/// What the hashed bytes of every draw start with.
const DOMAIN: &[u8; 18] = b"erbium/generate/v1";

/// Draws from a seed: Keccak-256 of the domain, the seed, what is drawn for, and a count.
#[derive(Clone, Debug)]
pub(super) struct Chance {
    seed: H256,
    label: &'static str,
    count: u64,
}

impl Chance {
    pub(super) fn new(seed: H256, label: &'static str) -> Self {
        Self { seed, label, count: 0 }
    }

    /// The draw with this number, whatever was drawn before.
    pub(super) fn at(&self, count: u64) -> H256 {
        let parts = [&DOMAIN[..], self.seed.as_bytes(), self.label.as_bytes(), &count.to_be_bytes()];
        keccak256(&parts.concat())
    }

    /// The next draw.
    pub(super) fn draw(&mut self) -> H256 {
        self.count += 1;
        self.at(self.count)
    }

    /// The next number below `bound`, which is small beside 2^64; 0 for 0.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.draw().to_low_u64_be() % bound.max(1)
    }

    /// True in so many of a million draws.
    pub(super) fn happens(&mut self, rate: Rate) -> bool {
        self.below(Rate::WHOLE.into()) < rate.0.into()
    }
}

/// A share, in millionths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rate(u32);

impl Rate {
    const WHOLE: u32 = 1_000_000;

    /// The rate nearest to `share`; `None` outside of 0 to 1.
    pub fn new(share: f64) -> Option<Self> {
        // Between 0 and a million, so nothing is cut off.
        (0.0..=1.0).contains(&share).then(|| Self((share * f64::from(Self::WHOLE)).round() as u32))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn draws_depend_on_seed_label_and_count() {
        let chance = |seed, label| Chance::new(H256::repeat_byte(seed), label);
        let first = chance(1, "a").draw();
        assert_eq!(first, chance(1, "a").at(1));
        assert!(
            [chance(2, "a").at(1), chance(1, "b").at(1), chance(1, "a").at(2)]
                .iter()
                .all(|&other| other != first)
        );
    }

    #[test]
    fn rates_are_kept() {
        let mut chance = Chance::new(H256::zero(), "rate");
        let mut happened = |share| (0..2_000).filter(|_| chance.happens(Rate::new(share).unwrap())).count();
        assert_eq!((happened(0.0), happened(1.0)), (0, 2_000));
        assert!((400..600).contains(&happened(0.25)));
        assert_eq!([-0.1, 1.1, f64::NAN].map(Rate::new), [None; 3]);
    }
}
