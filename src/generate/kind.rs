//! What transactions do, and in which shares.

use super::ClaimKind;
use std::fmt;
use std::str::FromStr;

/// What a transaction does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Sends wei.
    Transfer,
    /// Sends a token (ERC-20).
    Token,
    /// Trades one token for another at a pair, as on Uniswap.
    Swap,
    /// Has a contract make claims.
    Claims(ClaimKind),
}

impl Kind {
    /// Every kind.
    pub fn all() -> impl Iterator<Item = Self> {
        [Self::Transfer, Self::Token, Self::Swap].into_iter().chain(ClaimKind::ALL.map(Self::Claims))
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Transfer => "transfer",
            Self::Token => "token",
            Self::Swap => "swap",
            Self::Claims(kind) => kind.name(),
        }
    }

    /// True for those that need tokens.
    pub(super) fn needs_tokens(self) -> bool {
        matches!(self, Self::Token | Self::Swap)
    }
}

/// Kinds of transactions with their weights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mix(Vec<(Kind, u32)>);

/// A mix that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MixError {
    /// No kind has this name.
    #[error("no kind is named `{0}`; there are {names}", names = names())]
    Unknown(String),
    /// A weight that is no number of 32 bits.
    #[error("`{0}` is no weight")]
    Weight(String),
    /// Nothing has any weight.
    #[error("no kind has a weight above 0")]
    Empty,
}

fn names() -> String {
    Kind::all().map(|kind| format!("`{}`", kind.name())).collect::<Vec<_>>().join(", ")
}

impl Mix {
    /// One kind alone.
    pub fn only(kind: Kind) -> Self {
        Self(vec![(kind, 1)])
    }

    /// The kinds that come.
    pub fn kinds(&self) -> impl Iterator<Item = Kind> {
        self.0.iter().map(|&(kind, _)| kind)
    }

    pub(super) fn total(&self) -> u64 {
        self.0.iter().map(|&(_, weight)| u64::from(weight)).sum()
    }

    /// The kind that a number below the total falls on.
    pub(super) fn at(&self, mut number: u64) -> Kind {
        for &(kind, weight) in &self.0 {
            match number.checked_sub(weight.into()) {
                Some(rest) => number = rest,
                None => return kind,
            }
        }
        Kind::Transfer
    }
}

impl FromStr for Mix {
    type Err = MixError;

    /// Reads `kind=weight,kind=weight`; a kind without weight has 1.
    fn from_str(text: &str) -> Result<Self, MixError> {
        let mut mix = Vec::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, weight) = part.split_once('=').unwrap_or((part, "1"));
            let kind = Kind::all().find(|kind| kind.name() == name);
            let kind = kind.ok_or_else(|| MixError::Unknown(name.to_owned()))?;
            let weight = weight.parse().map_err(|_| MixError::Weight(weight.to_owned()))?;
            if weight > 0 {
                mix.push((kind, weight));
            }
        }
        if mix.is_empty() { Err(MixError::Empty) } else { Ok(Self(mix)) }
    }
}

impl fmt::Display for Mix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (kind, weight)) in self.0.iter().enumerate() {
            let comma = if place == 0 { "" } else { "," };
            write!(f, "{comma}{}={weight}", kind.name())?;
        }
        Ok(())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_mix_reads_back_and_gives_each_kind_its_share() {
        let mix: Mix = "transfer=2, swap,dilithium-opcode=3,token=0".parse().unwrap();
        assert_eq!(mix.to_string(), "transfer=2,swap=1,dilithium-opcode=3");
        assert_eq!(mix.to_string().parse::<Mix>().unwrap(), mix);
        let names: Vec<_> = (0..mix.total()).map(|number| mix.at(number).name()).collect();
        let opcode = "dilithium-opcode";
        assert_eq!(names, ["transfer", "transfer", "swap", opcode, opcode, opcode]);
    }

    #[test]
    fn what_is_no_mix_is_refused() {
        let error = |text: &str| text.parse::<Mix>().unwrap_err().to_string();
        assert!(error("mint").starts_with("no kind is named `mint`; there are `transfer`, `token`"));
        assert_eq!(error("transfer=-1"), "`-1` is no weight");
        assert_eq!([error(""), error("swap=0")], ["no kind has a weight above 0"; 2]);
    }
}
