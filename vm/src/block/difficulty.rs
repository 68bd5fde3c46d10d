//! Difficulty of the proof-of-work chain.

use super::{EMPTY_OMMERS_HASH, Header};
use crate::fork::Fork;
use primitive_types::U256;

/// The least difficulty.
const MINIMUM: u64 = 131_072;
/// What a step is a fraction of.
const BOUND_DIVISOR: u64 = 2048;
/// Blocks in which the bomb doubles.
const BOMB_PERIOD: u64 = 100_000;
/// Most steps down.
const MAX_STEPS_DOWN: u64 = 99;

/// How difficulty follows from the parent. Ordered: a later formula compares greater.
///
/// Three of them came between the forks of [`Fork`]: they moved the difficulty bomb and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DifficultyFormula {
    /// Yellow paper of 2015.
    Frontier,
    /// EIP-2.
    Homestead,
    /// EIP-100, bomb of EIP-649.
    Byzantium,
    /// Bomb of EIP-1234.
    Constantinople,
    /// Bomb of EIP-2384.
    MuirGlacier,
    /// Bomb of EIP-3554.
    London,
    /// Bomb of EIP-4345.
    ArrowGlacier,
    /// Bomb of EIP-5133.
    GrayGlacier,
}

impl DifficultyFormula {
    /// The formula that came with `fork`, or with the last fork before it that had one.
    pub fn of(fork: Fork) -> Self {
        match fork {
            Fork::Frontier => Self::Frontier,
            Fork::Homestead | Fork::TangerineWhistle | Fork::SpuriousDragon => Self::Homestead,
            Fork::Byzantium => Self::Byzantium,
            Fork::Constantinople | Fork::Petersburg | Fork::Istanbul => Self::Constantinople,
            Fork::Berlin => Self::MuirGlacier,
            _ => Self::London,
        }
    }

    /// Mainnet's formula at a block up to the Merge.
    pub fn mainnet(number: u64) -> Self {
        match number {
            0..1_150_000 => Self::Frontier,
            1_150_000..4_370_000 => Self::Homestead,
            4_370_000..7_280_000 => Self::Byzantium,
            7_280_000..9_200_000 => Self::Constantinople,
            9_200_000..12_965_000 => Self::MuirGlacier,
            12_965_000..13_773_000 => Self::London,
            13_773_000..15_050_000 => Self::ArrowGlacier,
            _ => Self::GrayGlacier,
        }
    }

    /// Blocks that the bomb pretends not to have happened.
    fn bomb_delay(self) -> u64 {
        match self {
            Self::Frontier | Self::Homestead => 0,
            Self::Byzantium => 3_000_000,
            Self::Constantinople => 5_000_000,
            Self::MuirGlacier => 9_000_000,
            Self::London => 9_700_000,
            Self::ArrowGlacier => 10_700_000,
            Self::GrayGlacier => 11_400_000,
        }
    }

    /// Difficulty of the block behind `parent` with this number and timestamp (seconds).
    pub fn next(self, parent: &Header, number: u64, timestamp: u64) -> U256 {
        let parent = DifficultyParent {
            difficulty: parent.difficulty,
            timestamp: parent.timestamp,
            has_ommers: parent.ommers_hash != EMPTY_OMMERS_HASH,
        };
        self.after(parent, number, timestamp)
    }

    /// Difficulty of the block behind a parent of which this is known. A block that is not younger than its parent
    /// counts as of the same second: it is not valid anyway.
    pub fn after(self, parent: DifficultyParent, number: u64, timestamp: u64) -> U256 {
        let step = parent.difficulty / BOUND_DIVISOR;
        let seconds = timestamp.saturating_sub(parent.timestamp);
        let (best, late) = match self {
            Self::Frontier => (1, if seconds < 13 { 0 } else { 2 }),
            Self::Homestead => (1, seconds / 10),
            _ => (if parent.has_ommers { 2 } else { 1 }, seconds / 9),
        };
        let moved = match late.checked_sub(best) {
            None | Some(0) => parent.difficulty.saturating_add(step * (best - late)),
            Some(down) => parent.difficulty.saturating_sub(step * down.min(MAX_STEPS_DOWN)),
        };
        let periods = number.saturating_sub(self.bomb_delay()) / BOMB_PERIOD;
        let bomb = match periods.checked_sub(2) {
            None => U256::zero(),
            Some(exponent) if exponent < 256 => U256::one() << exponent,
            Some(_) => U256::MAX,
        };
        // Yellow paper, section 4.4.4: the least counts with the bomb.
        moved.saturating_add(bomb).max(MINIMUM.into())
    }
}

/// What of a parent its child's difficulty depends on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DifficultyParent {
    /// Its difficulty.
    pub difficulty: U256,
    /// Its timestamp in seconds.
    pub timestamp: u64,
    /// True where it has ommers (EIP-100).
    pub has_ommers: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    const EASY: u64 = 1 << 30;
    const STEP: u64 = EASY / BOUND_DIVISOR;

    fn after(formula: DifficultyFormula, seconds: u64, has_ommers: bool, number: u64) -> u64 {
        let parent = DifficultyParent { difficulty: EASY.into(), timestamp: 1000, has_ommers };
        formula.after(parent, number, 1000 + seconds).as_u64()
    }

    #[test]
    fn each_formula_has_its_steps() {
        use DifficultyFormula::{Byzantium, Frontier, Homestead};
        assert_eq!(after(Frontier, 12, false, 1), EASY + STEP);
        assert_eq!(after(Frontier, 13, false, 1), EASY - STEP);
        assert_eq!(after(Frontier, 5000, false, 1), EASY - STEP);
        assert_eq!(after(Homestead, 9, false, 1), EASY + STEP);
        assert_eq!(after(Homestead, 10, false, 1), EASY);
        assert_eq!(after(Homestead, 29, true, 1), EASY - STEP);
        assert_eq!(after(Homestead, 5000, false, 1), EASY - 99 * STEP);
        assert_eq!(after(Byzantium, 8, true, 1), EASY + 2 * STEP);
        assert_eq!(after(Byzantium, 9, false, 1), EASY);
        assert_eq!(after(Byzantium, 909, false, 1), EASY - 99 * STEP);
        assert_eq!(after(Byzantium, 909, true, 1), EASY - 99 * STEP);
    }

    #[test]
    fn the_bomb_starts_where_each_fork_moved_it() {
        use DifficultyFormula::*;
        let formulas = [Frontier, Byzantium, Constantinople, MuirGlacier, London, ArrowGlacier, GrayGlacier];
        let seconds = |formula| if formula == Frontier { 13 } else { 9 };
        for formula in formulas {
            let start = formula.bomb_delay() + 200_000;
            let before = after(formula, seconds(formula), false, start - 1);
            assert_eq!(after(formula, seconds(formula), false, start), before + 1, "{formula:?}");
            assert_eq!(after(formula, seconds(formula), false, start + 1_000_000), before + 1024);
        }
    }

    #[test]
    fn there_is_a_least_and_a_most() {
        let parent = DifficultyParent { difficulty: U256::from(MINIMUM), timestamp: 0, has_ommers: false };
        assert_eq!(DifficultyFormula::Homestead.after(parent, 1, 1000), U256::from(MINIMUM));
        assert_eq!(DifficultyFormula::Homestead.after(parent, u64::MAX, 1000), U256::MAX);
        // The bomb of 2^3 and the step up of 2 are both below it.
        let small = DifficultyParent { difficulty: U256::from(5000), ..parent };
        assert_eq!(DifficultyFormula::Homestead.after(small, 500_000, 1), U256::from(MINIMUM));
        let parent = DifficultyParent { difficulty: U256::MAX, ..parent };
        assert_eq!(DifficultyFormula::Homestead.after(parent, 1, 1), U256::MAX);
    }

    #[test]
    fn mainnet_moves_through_all_formulas_in_order() {
        let numbers = [0, 1_150_000, 4_370_000, 7_280_000, 9_200_000, 12_965_000, 13_773_000, 15_050_000];
        let formulas = numbers.map(DifficultyFormula::mainnet);
        assert!(formulas.windows(2).all(|pair| pair[0] < pair[1]));
        let before = numbers[1..].iter().map(|number| DifficultyFormula::mainnet(number - 1));
        assert!(before.eq(formulas[..7].iter().copied()));
    }
}
