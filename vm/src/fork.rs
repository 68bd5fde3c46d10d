//! The forks of Ethereum, in order, and when mainnet took each.

use std::fmt;
use std::str::FromStr;

/// A set of protocol rules. Ordered: a later fork compares greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the forks' own names")]
pub enum Fork {
    Frontier,
    Homestead,
    /// EIP-150.
    TangerineWhistle,
    /// EIP-158 / EIP-161.
    SpuriousDragon,
    Byzantium,
    Constantinople,
    /// Constantinople without EIP-1283.
    Petersburg,
    Istanbul,
    Berlin,
    London,
    /// The Merge.
    Paris,
    Shanghai,
    Cancun,
    Prague,
    Osaka,
    Bpo1,
    Bpo2,
    Bpo3,
    Bpo4,
    /// As its specification stood on 2026-04-21 (execution-specs `devnets/bal/4`): not final, and not to be relied on.
    Amsterdam,
}

impl Fork {
    /// Every fork, oldest first.
    pub const ALL: [Self; 20] = [
        Self::Frontier,
        Self::Homestead,
        Self::TangerineWhistle,
        Self::SpuriousDragon,
        Self::Byzantium,
        Self::Constantinople,
        Self::Petersburg,
        Self::Istanbul,
        Self::Berlin,
        Self::London,
        Self::Paris,
        Self::Shanghai,
        Self::Cancun,
        Self::Prague,
        Self::Osaka,
        Self::Bpo1,
        Self::Bpo2,
        Self::Bpo3,
        Self::Bpo4,
        Self::Amsterdam,
    ];

    /// The name used in official tests and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Frontier => "Frontier",
            Self::Homestead => "Homestead",
            Self::TangerineWhistle => "EIP150",
            Self::SpuriousDragon => "EIP158",
            Self::Byzantium => "Byzantium",
            Self::Constantinople => "Constantinople",
            Self::Petersburg => "ConstantinopleFix",
            Self::Istanbul => "Istanbul",
            Self::Berlin => "Berlin",
            Self::London => "London",
            Self::Paris => "Paris",
            Self::Shanghai => "Shanghai",
            Self::Cancun => "Cancun",
            Self::Prague => "Prague",
            Self::Osaka => "Osaka",
            Self::Bpo1 => "BPO1",
            Self::Bpo2 => "BPO2",
            Self::Bpo3 => "BPO3",
            Self::Bpo4 => "BPO4",
            Self::Amsterdam => "Amsterdam",
        }
    }

    /// Mainnet's rules at a block: by number up to Paris, by timestamp after it.
    ///
    /// BPO1 and BPO2 are the last that mainnet has scheduled (EIP-7892).
    pub fn mainnet(number: u64, timestamp: u64) -> Self {
        match number {
            0..1_150_000 => Self::Frontier,
            1_150_000..2_463_000 => Self::Homestead,
            2_463_000..2_675_000 => Self::TangerineWhistle,
            2_675_000..4_370_000 => Self::SpuriousDragon,
            4_370_000..7_280_000 => Self::Byzantium,
            7_280_000..9_069_000 => Self::Petersburg,
            9_069_000..12_244_000 => Self::Istanbul,
            12_244_000..12_965_000 => Self::Berlin,
            12_965_000..15_537_394 => Self::London,
            _ => match timestamp {
                0..1_681_338_455 => Self::Paris,
                1_681_338_455..1_710_338_135 => Self::Shanghai,
                1_710_338_135..1_746_612_311 => Self::Cancun,
                1_746_612_311..1_764_798_551 => Self::Prague,
                1_764_798_551..1_765_290_071 => Self::Osaka,
                1_765_290_071..1_767_747_671 => Self::Bpo1,
                _ => Self::Bpo2,
            },
        }
    }
}

impl fmt::Display for Fork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// No fork has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown fork `{0}`")]
pub struct UnknownFork(pub String);

impl FromStr for Fork {
    type Err = UnknownFork;

    /// Reads the names of official tests and the usual long names, whatever their case.
    fn from_str(name: &str) -> Result<Self, UnknownFork> {
        let lower = name.to_ascii_lowercase();
        if let Some(fork) = Self::ALL.into_iter().find(|fork| fork.name().eq_ignore_ascii_case(name)) {
            return Ok(fork);
        }
        Ok(match lower.as_str() {
            "tangerinewhistle" | "tangerine" => Self::TangerineWhistle,
            "spuriousdragon" | "spurious" | "eip161" => Self::SpuriousDragon,
            "petersburg" => Self::Petersburg,
            "merge" | "themerge" => Self::Paris,
            "muirglacier" => Self::Istanbul,
            "arrowglacier" | "grayglacier" => Self::London,
            _ => return Err(UnknownFork(name.to_owned())),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        for fork in Fork::ALL {
            assert_eq!(fork.name().parse(), Ok(fork));
        }
        assert!("Frontire".parse::<Fork>().is_err());
    }

    #[test]
    fn order_is_the_order_of_activation() {
        assert!(Fork::ALL.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(Fork::mainnet(1_149_999, 0), Fork::Frontier);
        assert_eq!(Fork::mainnet(7_280_000, 0), Fork::Petersburg);
        assert_eq!(Fork::mainnet(19_426_587, 1_710_338_135), Fork::Cancun);
        assert_eq!(Fork::mainnet(19_426_586, 1_710_338_134), Fork::Shanghai);
    }
}
