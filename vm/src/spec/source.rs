//! Where a chain spec comes from: built in by name, or a file; and how one is written down.

use super::{BlobSchedule, ChainSpec, ExtensionAddresses, Extensions, GasSchedule, Policy};
use crate::fork::Fork;
use primitive_types::H160;
use std::fmt;
use std::str::FromStr;

/// The rules of a chain, from which those of any of its blocks follow.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum SpecSource {
    /// Ethereum mainnet: forks by number and time.
    #[default]
    Mainnet,
    /// Mainnet's forks by number and time, with some rules set apart from them.
    MainnetWith(Box<SpecOverrides>),
    /// The same rules for every block.
    Fixed(Box<ChainSpec>),
}

impl SpecSource {
    /// The rules of the block with this number and timestamp (seconds since 1970).
    pub fn at(&self, number: u64, timestamp: u64) -> ChainSpec {
        match self {
            Self::Mainnet => ChainSpec::mainnet(number, timestamp),
            Self::MainnetWith(overrides) => overrides.apply(ChainSpec::mainnet(number, timestamp)),
            Self::Fixed(spec) => ChainSpec::clone(spec),
        }
    }

    /// The rules where no block says which: the fixed ones, or mainnet's newest.
    pub fn latest(&self) -> ChainSpec {
        self.at(u64::MAX, u64::MAX)
    }

    /// The source as TOML. [`SpecSource::from_toml`] reads it back equal, save for the yellow paper's price classes,
    /// which a file cannot set.
    pub fn to_toml(&self) -> String {
        let (fork, overrides) = match self {
            Self::Mainnet => ("mainnet", SpecOverrides::default()),
            Self::MainnetWith(overrides) => ("mainnet", SpecOverrides::clone(overrides)),
            Self::Fixed(spec) => (spec.fork.name(), SpecOverrides::from(&**spec)),
        };
        format!("fork = \"{fork}\"\n{overrides}")
    }

    pub(super) fn new(fork: Option<Fork>, overrides: SpecOverrides) -> Self {
        match fork {
            Some(fork) => Self::Fixed(Box::new(overrides.apply(ChainSpec::ethereum(fork)))),
            None if overrides == SpecOverrides::default() => Self::Mainnet,
            None => Self::MainnetWith(Box::new(overrides)),
        }
    }
}

impl From<ChainSpec> for SpecSource {
    fn from(spec: ChainSpec) -> Self {
        Self::Fixed(Box::new(spec))
    }
}

/// No chain spec is built in under this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no chain spec is named `{0}`: there are `mainnet`, `erbium` and the names of forks")]
pub struct UnknownSpec(pub String);

impl FromStr for SpecSource {
    type Err = UnknownSpec;

    /// Reads the name of a built-in: `mainnet`, `erbium` or a fork.
    fn from_str(name: &str) -> Result<Self, UnknownSpec> {
        match name {
            "mainnet" => Ok(Self::Mainnet),
            "erbium" => Ok(ChainSpec::erbium().into()),
            _ => match name.parse() {
                Ok(fork) => Ok(ChainSpec::ethereum(fork).into()),
                Err(_) => Err(UnknownSpec(name.to_owned())),
            },
        }
    }
}

/// Rules set apart from those that follow from the fork; `None` leaves the fork's.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "the fields of `ChainSpec`, where they are explained")]
pub struct SpecOverrides {
    pub extensions: Option<Extensions>,
    pub chain_id: Option<u64>,
    pub gas: Option<GasSchedule>,
    pub blobs: Option<BlobSchedule>,
    pub precompiles: Option<ExtensionAddresses>,
    pub registry: Option<H160>,
    pub he_system: Option<H160>,
    pub max_code_size: Option<Option<usize>>,
    pub max_init_code_size: Option<Option<usize>>,
    pub max_block_rlp_size: Option<Option<usize>>,
    pub max_transaction_gas: Option<Option<u64>>,
    pub policy: Option<Policy>,
}

impl SpecOverrides {
    /// `spec` with these rules in place of its own.
    pub fn apply(&self, spec: ChainSpec) -> ChainSpec {
        ChainSpec {
            fork: spec.fork,
            extensions: self.extensions.unwrap_or(spec.extensions),
            chain_id: self.chain_id.unwrap_or(spec.chain_id),
            gas: self.gas.clone().unwrap_or(spec.gas),
            blobs: self.blobs.unwrap_or(spec.blobs),
            precompiles: self.precompiles.clone().unwrap_or(spec.precompiles),
            registry: self.registry.unwrap_or(spec.registry),
            he_system: self.he_system.unwrap_or(spec.he_system),
            max_code_size: self.max_code_size.unwrap_or(spec.max_code_size),
            max_init_code_size: self.max_init_code_size.unwrap_or(spec.max_init_code_size),
            max_block_rlp_size: self.max_block_rlp_size.unwrap_or(spec.max_block_rlp_size),
            max_transaction_gas: self.max_transaction_gas.unwrap_or(spec.max_transaction_gas),
            policy: self.policy.unwrap_or(spec.policy),
        }
    }
}

impl SpecOverrides {
    /// The rules of `spec` that differ from those of its fork on Ethereum mainnet.
    pub fn beyond_fork(spec: &ChainSpec) -> Self {
        fn differing<T: PartialEq + Clone>(of: &T, usual: &T) -> Option<T> {
            (of != usual).then(|| of.clone())
        }
        let usual = ChainSpec::ethereum(spec.fork);
        Self {
            extensions: differing(&spec.extensions, &usual.extensions),
            chain_id: differing(&spec.chain_id, &usual.chain_id),
            gas: differing(&spec.gas, &usual.gas),
            blobs: differing(&spec.blobs, &usual.blobs),
            precompiles: differing(&spec.precompiles, &usual.precompiles),
            registry: differing(&spec.registry, &usual.registry),
            he_system: differing(&spec.he_system, &usual.he_system),
            max_code_size: differing(&spec.max_code_size, &usual.max_code_size),
            max_init_code_size: differing(&spec.max_init_code_size, &usual.max_init_code_size),
            max_block_rlp_size: differing(&spec.max_block_rlp_size, &usual.max_block_rlp_size),
            max_transaction_gas: differing(&spec.max_transaction_gas, &usual.max_transaction_gas),
            policy: differing(&spec.policy, &usual.policy),
        }
    }
}

impl From<&ChainSpec> for SpecOverrides {
    /// Every rule of `spec` but the fork.
    fn from(spec: &ChainSpec) -> Self {
        Self {
            extensions: Some(spec.extensions),
            chain_id: Some(spec.chain_id),
            gas: Some(spec.gas.clone()),
            blobs: Some(spec.blobs),
            precompiles: Some(spec.precompiles.clone()),
            registry: Some(spec.registry),
            he_system: Some(spec.he_system),
            max_code_size: Some(spec.max_code_size),
            max_init_code_size: Some(spec.max_init_code_size),
            max_block_rlp_size: Some(spec.max_block_rlp_size),
            max_transaction_gas: Some(spec.max_transaction_gas),
            policy: Some(spec.policy),
        }
    }
}

impl fmt::Display for SpecOverrides {
    /// Writes TOML: the top-level keys, then the tables.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(extensions) = self.extensions {
            writeln!(f, "extensions = \"{}\"", extensions.name())?;
        }
        if let Some(id) = self.chain_id {
            writeln!(f, "chain_id = {id}")?;
        }
        if let Some(policy) = self.policy {
            writeln!(f, "policy = \"{}\"", policy.name())?;
        }
        for (key, address) in [("registry", self.registry), ("he_system", self.he_system)] {
            if let Some(address) = address {
                writeln!(f, "{key} = \"{address:#x}\"")?;
            }
        }
        let size = |limit: Option<Option<usize>>| limit.map(|limit| limit.map(|bytes| bytes as u64));
        for (key, limit) in [
            ("max_code_size", size(self.max_code_size)),
            ("max_init_code_size", size(self.max_init_code_size)),
            ("max_block_rlp_size", size(self.max_block_rlp_size)),
            ("max_transaction_gas", self.max_transaction_gas),
        ] {
            match limit {
                None => {}
                Some(None) => writeln!(f, "{key} = \"none\"")?,
                Some(Some(limit)) => writeln!(f, "{key} = {limit}")?,
            }
        }
        if let Some(BlobSchedule { target, max, base_fee_update_fraction }) = self.blobs {
            writeln!(f, "\n[blobs]\ntarget = {target}\nmax = {max}")?;
            writeln!(f, "base_fee_update_fraction = {base_fee_update_fraction}")?;
        }
        if let Some(gas) = &self.gas {
            let mut gas = gas.clone();
            let [two, three, five] = gas.dilithium_verify;
            writeln!(f, "\n[gas]\ndilithium_verify = [{two}, {three}, {five}]")?;
            for (name, price) in gas.prices_mut() {
                writeln!(f, "{name} = {price}")?;
            }
        }
        if let Some(addresses) = &self.precompiles {
            writeln!(f, "\n[precompiles]")?;
            for (name, address) in addresses.clone().named_mut() {
                writeln!(f, "{name} = \"{address:#x}\"")?;
            }
        }
        Ok(())
    }
}

impl Extensions {
    /// Every value, by the name that files use.
    pub(super) const NAMED: [(&'static str, Self); 2] = [("none", Self::None), ("erbium", Self::Erbium)];

    /// The name that files and the command line use.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Erbium => "erbium",
        }
    }
}

impl Policy {
    /// Every value, by the name that files use.
    pub(super) const NAMED: [(&'static str, Self); 3] =
        [("block", Self::Block), ("test-chain", Self::TestChain), ("local", Self::Local)];

    /// The name that files and the command line use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Block => "block",
            Self::TestChain => "test-chain",
            Self::Local => "local",
        }
    }
}

impl GasSchedule {
    /// The prices that a file may set, by name; the one list that reading and writing share. `dilithium_verify`, the
    /// only price of three, goes beside it.
    pub(super) fn prices_mut(&mut self) -> [(&'static str, &mut u64); 14] {
        [
            ("dilithium_word", &mut self.dilithium_word),
            ("signature_byte", &mut self.signature_byte),
            ("dilithium_sign", &mut self.dilithium_sign),
            ("dilithium_keygen", &mut self.dilithium_keygen),
            ("zk_verify", &mut self.zk_verify),
            ("zk_input", &mut self.zk_input),
            ("range_proof", &mut self.range_proof),
            ("range_bit", &mut self.range_bit),
            ("confidential", &mut self.confidential),
            ("confidential_commitment", &mut self.confidential_commitment),
            ("pedersen_commit", &mut self.pedersen_commit),
            ("stealth_address", &mut self.stealth_address),
            ("stealth_scan_entry", &mut self.stealth_scan_entry),
            ("he_compute", &mut self.he_compute),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known() {
        assert_eq!("mainnet".parse(), Ok(SpecSource::Mainnet));
        assert_eq!("erbium".parse(), Ok(SpecSource::from(ChainSpec::erbium())));
        assert_eq!("cancun".parse(), Ok(SpecSource::from(ChainSpec::ethereum(Fork::Cancun))));
        assert_eq!("ropsten".parse::<SpecSource>(), Err(UnknownSpec("ropsten".into())));
        for (name, value) in Policy::NAMED {
            assert_eq!(name, value.name());
        }
        for (name, value) in Extensions::NAMED {
            assert_eq!(name, value.name());
        }
    }

    #[test]
    fn mainnet_follows_the_block_and_keeps_what_is_set_apart() {
        let overrides = SpecOverrides { max_code_size: Some(None), ..SpecOverrides::default() };
        let source = SpecSource::new(None, overrides);
        assert_eq!(source.at(1, 0).fork, Fork::Frontier);
        assert_eq!(source.at(19_426_587, 1_710_338_135).fork, Fork::Cancun);
        assert_eq!(source.at(19_426_587, 1_710_338_135).max_code_size, None);
        assert_eq!(SpecSource::Mainnet.latest().fork, Fork::Bpo2);
    }
}
