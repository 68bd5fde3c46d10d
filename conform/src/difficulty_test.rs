//! Difficulty tests: what follows from a parent by a fork's formula.

use crate::hex::{Bytes, Quantity, Quantity64};
use crate::report::Outcome;
use erbium_vm::H256;
use erbium_vm::block::{DifficultyFormula, DifficultyParent, EMPTY_OMMERS_HASH};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// One case.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DifficultyTest {
    parent_timestamp: Quantity64,
    parent_difficulty: Quantity,
    /// 0 or 1, or the hash of the ommers.
    #[serde(default)]
    parent_uncles: Bytes,
    current_timestamp: Quantity64,
    current_block_number: Quantity64,
    current_difficulty: Quantity,
}

/// Which formula holds at a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Chain {
    /// The same one at every block.
    Formula(DifficultyFormula),
    /// The formulas up to this one from these block numbers on.
    Steps(&'static [(u64, DifficultyFormula)]),
}

/// Mainnet as it was when its tests were written.
const MAINNET: &[(u64, DifficultyFormula)] = &[
    (0, DifficultyFormula::Frontier),
    (1_150_000, DifficultyFormula::Homestead),
    (4_370_000, DifficultyFormula::Byzantium),
];
/// The Ropsten test network likewise.
const ROPSTEN: &[(u64, DifficultyFormula)] = &[
    (0, DifficultyFormula::Homestead),
    (1_700_000, DifficultyFormula::Byzantium),
    (4_230_000, DifficultyFormula::Constantinople),
];

impl Chain {
    /// The formula under its name in test files.
    pub(crate) fn named(name: &str) -> Option<Self> {
        use DifficultyFormula::*;
        Some(Self::Formula(match name {
            "Frontier" => Frontier,
            "Homestead" => Homestead,
            "Byzantium" => Byzantium,
            "Constantinople" => Constantinople,
            "EIP2384" | "Berlin" => MuirGlacier,
            "London" => London,
            "ArrowGlacier" => ArrowGlacier,
            "GrayGlacier" => GrayGlacier,
            _ => return None,
        }))
    }

    /// The chain that a file of this stem is about, whose cases name none.
    pub(crate) fn of_stem(stem: &str) -> Option<Self> {
        Some(match stem {
            "difficulty" | "difficultyMainNetwork" | "difficultyCustomMainNetwork" => Self::Steps(MAINNET),
            "difficultyCustomHomestead" => Self::Formula(DifficultyFormula::Homestead),
            "difficultyRopsten" => Self::Steps(ROPSTEN),
            _ => return None,
        })
    }

    fn at(self, number: u64) -> DifficultyFormula {
        match self {
            Self::Formula(formula) => formula,
            Self::Steps(steps) => {
                let reached = steps.iter().rev().find(|&&(start, _)| number >= start);
                reached.map_or(DifficultyFormula::Frontier, |&(_, formula)| formula)
            }
        }
    }
}

/// The cases of a file, each with its name and chain: cases under a test and a formula, or cases alone.
///
/// # Errors
/// The first name and what is wrong with it.
pub(crate) fn cases<'a>(
    stem: &str,
    tests: &BTreeMap<String, &'a RawValue>,
) -> Result<Vec<(String, Chain, &'a RawValue)>, String> {
    let mut cases = Vec::new();
    if let Some(chain) = Chain::of_stem(stem) {
        cases.extend(tests.iter().map(|(name, raw)| (name.clone(), chain, *raw)));
        return Ok(cases);
    }
    for (test, raw) in tests {
        let at = |error: serde_json::Error| format!("{test}: {error}");
        let by_name: BTreeMap<String, &RawValue> = serde_json::from_str(raw.get()).map_err(at)?;
        for (formula, raw) in by_name.iter().filter(|(name, _)| *name != "_info") {
            let chain = Chain::named(formula).ok_or_else(|| format!("{test}: unknown fork `{formula}`"))?;
            let named: BTreeMap<String, &RawValue> = serde_json::from_str(raw.get()).map_err(at)?;
            cases.extend(named.into_iter().map(|(name, raw)| (name, chain, raw)));
        }
    }
    Ok(cases)
}

impl DifficultyTest {
    /// Compares the difficulty.
    pub(crate) fn run(&self, chain: Chain) -> Outcome {
        let parent = DifficultyParent {
            difficulty: self.parent_difficulty.0,
            timestamp: self.parent_timestamp.0,
            has_ommers: self.has_ommers(),
        };
        let number = self.current_block_number.0;
        let got = chain.at(number).after(parent, number, self.current_timestamp.0);
        let expected = self.current_difficulty.0;
        if got == expected {
            return Outcome::Passed;
        }
        Outcome::Failed { reason: format!("difficulty {got:#x}, not {expected:#x}") }
    }

    fn has_ommers(&self) -> bool {
        match <[u8; 32]>::try_from(&self.parent_uncles.0[..]) {
            Ok(hash) => H256(hash) != EMPTY_OMMERS_HASH,
            Err(_) => self.parent_uncles.0.iter().any(|&byte| byte != 0),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    const CASE: &str = r#"{"parentTimestamp":"42","parentDifficulty":"1000000","currentTimestamp":"43",
        "currentBlockNumber":"42","currentDifficulty":"1000488","parentUncles":"0x00"}"#;

    fn run(text: &str, chain: &str) -> Outcome {
        serde_json::from_str::<DifficultyTest>(text).unwrap().run(Chain::named(chain).unwrap())
    }

    #[test]
    fn the_formula_and_the_ommers_count() {
        assert_eq!(run(CASE, "Homestead"), Outcome::Passed);
        assert_eq!(
            run(&CASE.replace("0x00", &format!("{EMPTY_OMMERS_HASH:?}")), "Byzantium"),
            Outcome::Passed
        );
        let other = CASE.replace("1000488", "1000489");
        assert!(
            matches!(run(&other, "Homestead"), Outcome::Failed { reason } if reason.contains("not 0xf4429"))
        );
        assert!(matches!(run(&CASE.replace("0x00", "0x01"), "Byzantium"), Outcome::Failed { .. }));
    }

    #[test]
    fn a_file_names_its_formulas() {
        let raw = |text: &str| RawValue::from_string(text.to_owned()).unwrap();
        let (test, odd) =
            (raw(&format!(r#"{{"_info":{{}},"London":{{"a":{CASE}}}}}"#)), raw(r#"{"Atlantis":{}}"#));
        let found = cases("x", &BTreeMap::from([("t".to_owned(), &*test)])).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].1, Chain::Formula(DifficultyFormula::London));
        let error = cases("x", &BTreeMap::from([("t".to_owned(), &*odd)])).unwrap_err();
        assert!(error.contains("unknown fork `Atlantis`"), "{error}");
        let alone = raw(CASE);
        assert_eq!(
            cases("difficultyRopsten", &BTreeMap::from([("t".to_owned(), &*alone)])).unwrap().len(),
            1
        );
    }
}
