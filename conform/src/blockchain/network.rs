//! The networks that tests name: one fork, or two and when the later one starts.

use erbium_vm::block::DifficultyFormula;
use erbium_vm::spec::BlobSchedule;
use erbium_vm::{ChainSpec, Fork, U256};

use crate::state_test::Config;

/// A name that tells no network of this build.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown fork or network `{0}`")]
pub(crate) struct UnknownNetwork(pub(crate) String);

/// The rules of a chain by number, time and total difficulty.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Network {
    first: Era,
    later: Option<(Start, Era)>,
    dao_fork: Option<u64>,
}

/// The rules under one fork.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Era {
    pub(crate) spec: ChainSpec,
    pub(crate) difficulty: DifficultyFormula,
}

/// When the later rules start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    /// From this block on.
    Number(u64),
    /// From this timestamp on.
    Time(u64),
    /// Behind the first block with which the chain has this total difficulty.
    TotalDifficulty(U256),
}

impl Network {
    /// Reads `Fork`, `XToYAt5`, `XToYAtTime15k` and `XToYAtDiffC0000`. Forks have Ethereum's own rules but for what
    /// `config` says.
    pub(crate) fn parse(name: &str, config: &Config) -> Result<Self, UnknownNetwork> {
        let unknown = || UnknownNetwork(name.to_owned());
        if let Some(first) = Era::named(name, config) {
            return Ok(Self { first, later: None, dao_fork: None });
        }
        let (first, rest) = name.split_once("To").ok_or_else(unknown)?;
        let (later, start) = rest.split_once("At").ok_or_else(unknown)?;
        let first = Era::named(first, config).ok_or_else(unknown)?;
        let start = Start::named(start).ok_or_else(unknown)?;
        // The DAO fork changes balances once; its rules are Homestead's.
        let (later, dao_fork) = match (later, start) {
            ("Dao", Start::Number(number)) => ("Homestead", Some(number)),
            _ => (later, None),
        };
        let later = Era::named(later, config).ok_or_else(unknown)?;
        Ok(Self { first, later: Some((start, later)), dao_fork })
    }

    /// The rules of a block with this number and timestamp, behind a chain of this total difficulty.
    pub(crate) fn era(&self, number: u64, timestamp: u64, parent_total_difficulty: U256) -> &Era {
        match &self.later {
            Some((start, later)) if start.is_reached(number, timestamp, parent_total_difficulty) => later,
            _ => &self.first,
        }
    }

    /// Number of the block that takes the DAO fork.
    pub(crate) fn dao_fork(&self) -> Option<u64> {
        self.dao_fork
    }

    /// The forks it goes through.
    pub(crate) fn forks(&self) -> impl Iterator<Item = Fork> {
        let later = self.later.iter().map(|(_, era)| era);
        std::iter::once(&self.first).chain(later).map(|era| era.spec.fork)
    }
}

impl Era {
    fn named(name: &str, config: &Config) -> Option<Self> {
        let fork: Fork = name.parse().ok()?;
        let difficulty = match name {
            "MuirGlacier" => DifficultyFormula::MuirGlacier,
            "ArrowGlacier" => DifficultyFormula::ArrowGlacier,
            "GrayGlacier" => DifficultyFormula::GrayGlacier,
            _ => DifficultyFormula::of(fork),
        };
        Some(Self { spec: config.spec(fork), difficulty })
    }
}

impl Start {
    /// `5`, `Time15k` or `DiffC0000`.
    fn named(text: &str) -> Option<Self> {
        if let Some(time) = text.strip_prefix("Time") {
            let (digits, thousands) = time.strip_suffix('k').map_or((time, 1), |digits| (digits, 1000));
            return digits.parse::<u64>().ok()?.checked_mul(thousands).map(Self::Time);
        }
        if let Some(difficulty) = text.strip_prefix("Diff") {
            return U256::from_str_radix(difficulty, 16).ok().map(Self::TotalDifficulty);
        }
        text.parse().ok().map(Self::Number)
    }

    fn is_reached(self, number: u64, timestamp: u64, parent_total_difficulty: U256) -> bool {
        match self {
            Self::Number(start) => number >= start,
            Self::Time(start) => timestamp >= start,
            Self::TotalDifficulty(start) => parent_total_difficulty >= start,
        }
    }
}

impl Config {
    /// The rules of `fork`, with the blob schedule and chain id that the test brings.
    pub(crate) fn spec(&self, fork: Fork) -> ChainSpec {
        let mut spec = ChainSpec::ethereum(fork);
        if let Some(chain_id) = self.chainid {
            spec.chain_id = chain_id.0;
        }
        if let Some(blobs) = self.blob_schedule.get(fork.name()) {
            spec.blobs = BlobSchedule {
                target: blobs.target.0,
                max: blobs.max.0,
                base_fee_update_fraction: blobs.base_fee_update_fraction.0,
            };
        }
        spec
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(name: &str) -> Network {
        Network::parse(name, &Config::default()).unwrap()
    }

    fn fork(network: &Network, number: u64, timestamp: u64, total_difficulty: u64) -> Fork {
        network.era(number, timestamp, total_difficulty.into()).spec.fork
    }

    #[test]
    fn later_rules_start_when_the_name_says() {
        assert_eq!(fork(&parse("Osaka"), 0, 0, 0), Fork::Osaka);
        let time = parse("BPO1ToBPO2AtTime15k");
        assert_eq!([14_999, 15_000].map(|at| fork(&time, 9, at, 0)), [Fork::Bpo1, Fork::Bpo2]);
        let number = parse("FrontierToHomesteadAt5");
        assert_eq!([4, 5].map(|at| fork(&number, at, 99, 0)), [Fork::Frontier, Fork::Homestead]);
        let merge = parse("ArrowGlacierToParisAtDiffC0000");
        assert_eq!([0xb_ffff, 0xc_0000].map(|at| fork(&merge, 9, 99, at)), [Fork::London, Fork::Paris]);
        assert_eq!(merge.era(0, 0, U256::zero()).difficulty, DifficultyFormula::ArrowGlacier);
        assert_eq!(merge.forks().collect::<Vec<_>>(), [Fork::London, Fork::Paris]);
    }

    #[test]
    fn the_dao_fork_is_no_fork_of_rules() {
        let dao = parse("HomesteadToDaoAt5");
        assert_eq!((dao.dao_fork(), fork(&dao, 5, 0, 0)), (Some(5), Fork::Homestead));
    }

    #[test]
    fn other_names_are_refused_as_they_are() {
        for name in
            ["Atlantis", "BPO2ToAtlantisAtTime15k", "FrontierToHomestead", "FrontierToHomesteadAtX", ""]
        {
            assert_eq!(Network::parse(name, &Config::default()), Err(UnknownNetwork(name.to_owned())));
        }
    }

    proptest! {
        #[test]
        fn any_name_is_a_network_or_not(name in "(Paris|Osaka|.{0,6})(To)?(Dao|Shanghai|.{0,6})(At)?(Time|Diff)?.{0,30}") {
            let _ = Network::parse(&name, &Config::default());
        }
    }
}
