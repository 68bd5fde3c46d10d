//! Reads a chain spec from TOML. The schema is in `docs/spec.md`.

use super::source::{SpecOverrides, SpecSource};
use super::{BlobSchedule, ExtensionAddresses, Extensions, GasSchedule, Policy};
use crate::fork::Fork;
use crate::precompile::Precompiles;
use ::toml::Spanned;
use ::toml::de::{DeTable, DeValue};
use primitive_types::H160;
use std::ops::RangeInclusive;

/// Largest chain id for which EIP-155's `v` fits 64 bits (EIP-2294).
const MAX_CHAIN_ID: u64 = u64::MAX / 2 - 36;
/// A block has one blob hash a blob; more than this many could not be carried by any network.
const MAX_BLOBS: u64 = 1 << 16;
/// Prices stay so low that adding up a block's worth of them cannot overflow 64 bits.
const MAX_PRICE: u64 = u32::MAX as u64;

/// A text that is no chain spec.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// Not TOML.
    #[error("line {line}: not TOML: {reason}")]
    Syntax {
        /// Line, from 1.
        line: usize,
        /// What the TOML reader says.
        reason: String,
    },
    /// TOML, but a key or value that a chain spec cannot have.
    #[error("line {line}: `{field}` {problem}")]
    Field {
        /// Line, from 1.
        line: usize,
        /// The key, with its table.
        field: String,
        /// What is wrong with it.
        problem: SpecProblem,
    },
}

/// What is wrong with one key of a chain spec.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum SpecProblem {
    #[error("is no key of a chain spec")]
    UnknownKey,
    #[error("is missing")]
    Missing,
    #[error("is of type {got} where {expected} is expected")]
    WrongType { expected: &'static str, got: &'static str },
    #[error("is {got}, which is not in {min}..={max}")]
    OutOfRange { got: String, min: u64, max: u64 },
    #[error("is `{got}`, which is none of {expected}")]
    UnknownName { got: String, expected: String },
    #[error("is no address: 0x and 40 hexadecimal digits are expected")]
    Address,
    #[error("is the address of `{other}` too")]
    AddressTaken { other: &'static str },
}

impl SpecSource {
    /// Reads the TOML form of `docs/spec.md`.
    ///
    /// # Errors
    /// [`SpecError`] naming line and key: text that is not TOML, unknown or missing keys, wrong types, values out of
    /// range.
    pub fn from_toml(text: &str) -> Result<Self, SpecError> {
        let document = DeTable::parse(text).map_err(|error| SpecError::Syntax {
            line: line(text, error.span().map_or(0, |span| span.start)),
            reason: error.message().to_owned(),
        })?;
        let mut fork = None;
        let mut overrides = SpecOverrides::default();
        for entry in entries(text, "", document.get_ref()) {
            match entry.key {
                "fork" => fork = Some(entry.fork()?),
                "extensions" => overrides.extensions = Some(entry.named(&Extensions::NAMED)?),
                "chain_id" => overrides.chain_id = Some(entry.integer(1..=MAX_CHAIN_ID)?),
                "gas" => overrides.gas = Some(entry.gas()?),
                "policy" => overrides.policy = Some(entry.named(&Policy::NAMED)?),
                "precompiles" => overrides.precompiles = Some(entry.precompiles()?),
                "registry" => overrides.registry = Some(entry.address()?),
                "he_system" => overrides.he_system = Some(entry.address()?),
                "max_code_size" => overrides.max_code_size = Some(entry.size()?),
                "max_init_code_size" => overrides.max_init_code_size = Some(entry.size()?),
                "max_block_rlp_size" => overrides.max_block_rlp_size = Some(entry.size()?),
                "max_transaction_gas" => overrides.max_transaction_gas = Some(entry.limit(u64::MAX)?),
                "blobs" => overrides.blobs = Some(entry.blobs()?),
                _ => return Err(entry.error(SpecProblem::UnknownKey)),
            }
        }
        let missing =
            || SpecError::Field { line: 1, field: "fork".to_owned(), problem: SpecProblem::Missing };
        Ok(Self::new(fork.ok_or_else(missing)?, overrides))
    }
}

/// One key and its value, with what an error has to say about them.
struct Entry<'a, 'i> {
    text: &'i str,
    table: &'static str,
    key: &'a str,
    at: usize,
    value: &'a DeValue<'i>,
}

fn entries<'a, 'i>(
    text: &'i str,
    table: &'static str,
    values: &'a DeTable<'i>,
) -> impl Iterator<Item = Entry<'a, 'i>> {
    values.iter().map(move |(key, value): (_, &Spanned<DeValue<'i>>)| Entry {
        text,
        table,
        key: key.get_ref(),
        at: key.span().start,
        value: value.get_ref(),
    })
}

/// Line of the byte at `offset`, from 1.
fn line(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|&byte| byte == b'\n').count()
}

impl Entry<'_, '_> {
    fn error(&self, problem: SpecProblem) -> SpecError {
        let dot = if self.table.is_empty() { "" } else { "." };
        let field = format!("{}{dot}{}", self.table, self.key);
        SpecError::Field { line: line(self.text, self.at), field, problem }
    }

    fn wrong_type(&self, expected: &'static str) -> SpecError {
        self.error(SpecProblem::WrongType { expected, got: self.value.type_str() })
    }

    fn string(&self) -> Result<&str, SpecError> {
        self.value.as_str().ok_or_else(|| self.wrong_type("string"))
    }

    fn unknown_name<'n>(&self, expected: impl IntoIterator<Item = &'n str>) -> SpecError {
        let expected: Vec<_> = expected.into_iter().map(|name| format!("`{name}`")).collect();
        let got = self.value.as_str().unwrap_or_default().to_owned();
        self.error(SpecProblem::UnknownName { got, expected: expected.join(", ") })
    }

    fn named<T: Copy>(&self, names: &[(&'static str, T)]) -> Result<T, SpecError> {
        let got = self.string()?;
        match names.iter().find(|(name, _)| *name == got) {
            Some(&(_, value)) => Ok(value),
            None => Err(self.unknown_name(names.iter().map(|&(name, _)| name))),
        }
    }

    /// A fork, or `None` for mainnet's forks by number and time.
    fn fork(&self) -> Result<Option<Fork>, SpecError> {
        match self.string()? {
            "mainnet" => Ok(None),
            name => name
                .parse()
                .map(Some)
                .map_err(|_| self.unknown_name(["mainnet"].into_iter().chain(Fork::ALL.map(Fork::name)))),
        }
    }

    fn integer(&self, range: RangeInclusive<u64>) -> Result<u64, SpecError> {
        self.integer_of(self.value, range)
    }

    fn integer_of(&self, value: &DeValue<'_>, range: RangeInclusive<u64>) -> Result<u64, SpecError> {
        let Some(number) = value.as_integer() else {
            return Err(self.error(SpecProblem::WrongType { expected: "integer", got: value.type_str() }));
        };
        match u64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) if range.contains(&number) => Ok(number),
            _ => Err(self.error(SpecProblem::OutOfRange {
                got: number.to_string(),
                min: *range.start(),
                max: *range.end(),
            })),
        }
    }

    /// A limit, or `None` where the file says `"none"`.
    fn limit(&self, max: u64) -> Result<Option<u64>, SpecError> {
        match self.value {
            DeValue::String(name) if name == "none" => Ok(None),
            DeValue::String(_) => Err(self.unknown_name(["none"])),
            DeValue::Integer(_) => self.integer(1..=max).map(Some),
            _ => Err(self.wrong_type("integer or \"none\"")),
        }
    }

    /// A limit in bytes.
    fn size(&self) -> Result<Option<usize>, SpecError> {
        let limit = self.limit(u64::from(u32::MAX))?;
        Ok(limit.and_then(|bytes| usize::try_from(bytes).ok()))
    }

    fn address(&self) -> Result<H160, SpecError> {
        let mut bytes = [0u8; 20];
        let digits = self.string()?.strip_prefix("0x").ok_or_else(|| self.error(SpecProblem::Address))?;
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| self.error(SpecProblem::Address))?;
        Ok(H160(bytes))
    }

    /// A table of single addresses over those of the preset `erbium`. No two contracts may meet, nor one of them and
    /// Ethereum's; P256VERIFY's address is DILITHIUM_VERIFY's or nobody's.
    fn precompiles(&self) -> Result<ExtensionAddresses, SpecError> {
        let table = self.value.as_table().ok_or_else(|| self.wrong_type("table"))?;
        let mut addresses = ExtensionAddresses::erbium();
        for entry in entries(self.text, "precompiles", table) {
            match addresses.named_mut().into_iter().find(|(name, _)| *name == entry.key) {
                Some((_, address)) => *address = entry.address()?,
                None => return Err(entry.error(SpecProblem::UnknownKey)),
            }
        }
        let ethereum = Precompiles::of(Fork::Bpo4);
        let named = addresses.named_mut();
        for entry in entries(self.text, "precompiles", table) {
            let Some((key, address)) = named.iter().find(|(name, _)| *name == entry.key) else { continue };
            let other = named.iter().find(|(name, other)| name != key && other == address);
            let taken = match (other, ethereum.get(address)) {
                (Some((other, _)), _) => *other,
                (None, Some(contract)) if (*key, contract.name()) != ("dilithium_verify", "P256VERIFY") => {
                    contract.name()
                }
                _ => continue,
            };
            return Err(entry.error(SpecProblem::AddressTaken { other: taken }));
        }
        Ok(addresses)
    }

    /// A preset's name, or a table of single prices over a preset.
    fn gas(&self) -> Result<GasSchedule, SpecError> {
        type Preset = fn() -> GasSchedule;
        const PRESETS: [(&str, Preset); 2] = [("erbium", GasSchedule::erbium), ("seed", GasSchedule::seed)];
        let table = match self.value {
            DeValue::String(_) => return Ok(self.named(&PRESETS)?()),
            DeValue::Table(table) => table,
            _ => return Err(self.wrong_type("string or table")),
        };
        let mut gas = GasSchedule::erbium();
        for entry in entries(self.text, "gas", table).filter(|entry| entry.key == "preset") {
            gas = entry.named(&PRESETS)?();
        }
        for entry in entries(self.text, "gas", table) {
            match entry.key {
                "preset" => {}
                "dilithium_verify" => gas.dilithium_verify = entry.prices_by_level()?,
                key => match gas.prices_mut().into_iter().find(|(name, _)| *name == key) {
                    Some((_, price)) => *price = entry.integer(0..=MAX_PRICE)?,
                    None => return Err(entry.error(SpecProblem::UnknownKey)),
                },
            }
        }
        Ok(gas)
    }

    /// One price for all security levels, or one each for levels 2, 3 and 5.
    fn prices_by_level(&self) -> Result<[u64; 3], SpecError> {
        let price = |value| self.integer_of(value, 0..=MAX_PRICE);
        match self.value {
            DeValue::Integer(_) => Ok([price(self.value)?; 3]),
            DeValue::Array(levels) => match levels.iter().collect::<Vec<_>>().as_slice() {
                [two, three, five] => {
                    Ok([price(two.get_ref())?, price(three.get_ref())?, price(five.get_ref())?])
                }
                others => Err(self.error(SpecProblem::OutOfRange {
                    got: format!("a list of {}", others.len()),
                    min: 3,
                    max: 3,
                })),
            },
            _ => Err(self.wrong_type("integer or array of three")),
        }
    }

    fn blobs(&self) -> Result<BlobSchedule, SpecError> {
        let table = self.value.as_table().ok_or_else(|| self.wrong_type("table"))?;
        let (mut target, mut max, mut fraction) = (None, None, None);
        for entry in entries(self.text, "blobs", table) {
            match entry.key {
                "target" => target = Some(entry.integer(0..=MAX_BLOBS)?),
                "max" => max = Some(entry.integer(0..=MAX_BLOBS)?),
                "base_fee_update_fraction" => fraction = Some(entry.integer(1..=u64::MAX)?),
                _ => return Err(entry.error(SpecProblem::UnknownKey)),
            }
        }
        let absent = |key| Entry { table: "blobs", key, ..*self }.error(SpecProblem::Missing);
        let target = target.ok_or_else(|| absent("target"))?;
        let max = max.ok_or_else(|| absent("max"))?;
        let base_fee_update_fraction = fraction.ok_or_else(|| absent("base_fee_update_fraction"))?;
        if target > max {
            let problem = SpecProblem::OutOfRange { got: target.to_string(), min: 0, max };
            return Err(Entry { table: "blobs", key: "target", ..*self }.error(problem));
        }
        Ok(BlobSchedule { target, max, base_fee_update_fraction })
    }
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::spec::ChainSpec;
    use proptest::prelude::*;

    /// The message that reading `text` ends with.
    fn message(text: &str) -> String {
        SpecSource::from_toml(text).unwrap_err().to_string()
    }

    #[test]
    fn the_example_is_read() {
        let text = include_str!("../../../examples/spec/test-chain.toml");
        let source = SpecSource::from_toml(text).unwrap();
        let spec = source.at(0, 0);
        assert_eq!((spec.fork, spec.extensions, spec.chain_id), (Fork::Osaka, Extensions::Erbium, 45_000));
        assert_eq!(spec.policy, Policy::TestChain);
        assert_eq!(spec.gas.dilithium_verify, [1_000; 3]);
        assert_eq!(spec.gas.zk_verify, 150_000);
        assert_eq!(spec.precompiles, ExtensionAddresses::erbium());
        assert_eq!(spec.max_transaction_gas, None);
        assert_eq!(spec.blobs, BlobSchedule { target: 6, max: 9, base_fee_update_fraction: 5_007_716 });
    }

    #[test]
    fn what_is_not_set_follows_the_fork() {
        for fork in Fork::ALL {
            let source = SpecSource::from_toml(&format!("fork = '{fork}'")).unwrap();
            assert_eq!(source, SpecSource::from(ChainSpec::ethereum(fork)));
        }
        assert_eq!(SpecSource::from_toml("fork = 'mainnet'"), Ok(SpecSource::Mainnet));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        for (text, expected) in [
            ("", "line 1: `fork` is missing"),
            ("fork = 'Cancun'\nfrok = 1", "line 2: `frok` is no key of a chain spec"),
            ("fork = 'Cancun'\n\n[gas]\nzk = 1", "line 4: `gas.zk` is no key of a chain spec"),
            ("fork = 'Cancun'\n[gas]\nbase = 1", "line 3: `gas.base` is no key of a chain spec"),
            ("fork = 7", "line 1: `fork` is of type integer where string is expected"),
            (
                "fork = 'Cancun'\nchain_id = 0",
                "line 2: `chain_id` is 0, which is not in 1..=9223372036854775771",
            ),
            (
                "fork = 'Cancun'\nchain_id = -1",
                "line 2: `chain_id` is -1, which is not in 1..=9223372036854775771",
            ),
            (
                "fork = 'Cancun'\nchain_id = 1.5",
                "line 2: `chain_id` is of type float where integer is expected",
            ),
            (
                "fork = 'Cancun'\npolicy = 'all'",
                "line 2: `policy` is `all`, which is none of `block`, `test-chain`, `local`",
            ),
            ("fork = 'Cancun'\ngas = 'cheap'", "line 2: `gas` is `cheap`, which is none of `erbium`, `seed`"),
            (
                "fork = 'Cancun'\nregistry = '0x12'",
                "line 2: `registry` is no address: 0x and 40 hexadecimal digits are expected",
            ),
            (
                "fork = 'Cancun'\nprecompiles = 1",
                "line 2: `precompiles` is of type integer where table is expected",
            ),
            (
                "fork = 'Cancun'\n[precompiles]\nmldsa64 = '0x12'",
                "line 3: `precompiles.mldsa64` is no key of a chain spec",
            ),
            (
                "fork = 'Cancun'\n[precompiles]\nmldsa44 = '0x12'",
                "line 3: `precompiles.mldsa44` is no address: 0x and 40 hexadecimal digits are expected",
            ),
            (
                "fork = 'Cancun'\n[precompiles]\nmldsa44 = '0x0000000000000000000000000000000000000104'",
                "line 3: `precompiles.mldsa44` is the address of `range_proof` too",
            ),
            (
                "fork = 'Cancun'\n[precompiles]\nmldsa44 = '0x0000000000000000000000000000000000000011'",
                "line 3: `precompiles.mldsa44` is the address of `BLS12_MAP_FP2_TO_G2` too",
            ),
            (
                "fork = 'Cancun'\n[precompiles]\ndilithium_verify = '0x0000000000000000000000000000000000000102'\n\
                 zk_verify = '0x0000000000000000000000000000000000000100'",
                "line 4: `precompiles.zk_verify` is the address of `P256VERIFY` too",
            ),
            (
                "fork = 'Cancun'\nmax_code_size = 'all'",
                "line 2: `max_code_size` is `all`, which is none of `none`",
            ),
            (
                "fork = 'Cancun'\n[blobs]\ntarget = 3\nmax = 6",
                "line 2: `blobs.base_fee_update_fraction` is missing",
            ),
            (
                "fork = 'Cancun'\n[blobs]\ntarget = 7\nmax = 6\nbase_fee_update_fraction = 1",
                "line 2: `blobs.target` is 7, which is not in 0..=6",
            ),
            (
                "fork = 'Cancun'\n[gas]\ndilithium_verify = [1, 2]",
                "line 3: `gas.dilithium_verify` is a list of 2, which is not in 3..=3",
            ),
        ] {
            assert_eq!(message(text), expected);
        }
        assert!(message("fork = 'Cancun'\n= 3").starts_with("line 2: not TOML: "));
        assert!(
            message("fork = 'Ropsten'")
                .starts_with("line 1: `fork` is `Ropsten`, which is none of `mainnet`, ")
        );
    }

    pub(in crate::spec) fn any_overrides() -> impl Strategy<Value = SpecOverrides> {
        let size = || proptest::option::of(proptest::option::of(1..=u32::MAX as usize));
        let blobs =
            (0..=9u64, 9..=MAX_BLOBS, 1..=u64::MAX).prop_map(|(target, max, base_fee_update_fraction)| {
                BlobSchedule { target, max, base_fee_update_fraction }
            });
        let gas = (any::<[u32; 3]>(), any::<[u32; 14]>()).prop_map(|(levels, prices)| {
            let mut gas = GasSchedule { dilithium_verify: levels.map(u64::from), ..GasSchedule::seed() };
            for ((_, price), new) in gas.prices_mut().into_iter().zip(prices) {
                *price = u64::from(new);
            }
            gas
        });
        let address = || proptest::option::of(any::<[u8; 20]>().prop_map(H160));
        let precompiles = any::<[u64; 8]>().prop_filter_map("addresses apart", |numbers| {
            let mut addresses = ExtensionAddresses::erbium();
            for (at, ((_, address), number)) in addresses.named_mut().into_iter().zip(numbers).enumerate() {
                *address = H160::from_low_u64_be(number);
                if number < 0x1000 || numbers[..at].contains(&number) {
                    return None;
                }
            }
            Some(addresses)
        });
        (
            proptest::option::of(prop_oneof![Just(Extensions::None), Just(Extensions::Erbium)]),
            proptest::option::of(1..=MAX_CHAIN_ID),
            proptest::option::of(gas),
            proptest::option::of(blobs),
            (address(), address(), proptest::option::of(precompiles)),
            (size(), size(), size(), proptest::option::of(proptest::option::of(1..=u64::MAX))),
            proptest::option::of(prop_oneof![
                Just(Policy::Block),
                Just(Policy::TestChain),
                Just(Policy::Local)
            ]),
        )
            .prop_map(|(extensions, chain_id, gas, blobs, addresses, limits, policy)| {
                SpecOverrides {
                    extensions,
                    chain_id,
                    gas,
                    blobs,
                    precompiles: addresses.2,
                    registry: addresses.0,
                    he_system: addresses.1,
                    max_code_size: limits.0,
                    max_init_code_size: limits.1,
                    max_block_rlp_size: limits.2,
                    max_transaction_gas: limits.3,
                    policy,
                }
            })
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC*") {
            let _ = SpecSource::from_toml(&text);
        }

        #[test]
        fn near_misses_are_read_or_refused(
            key in "fork|gas|blobs|chain_id|registry|max_code_size|gas.zk_input|blobs.max",
            value in "-?[0-9]{1,30}|0x[0-9a-f]{1,50}|'[a-z0-9]{0,42}'|\\{\\}|\\[1, '2'\\]|\\{ max = 1 \\}|1979-05-27|nan",
        ) {
            let _ = SpecSource::from_toml(&format!("fork = 'Osaka'\n{key} = {value}"));
            let _ = SpecSource::from_toml(&format!("{key} = {value}"));
        }

        #[test]
        fn what_is_written_reads_back(
            fork in proptest::option::of(proptest::sample::select(&Fork::ALL[..])),
            overrides in any_overrides(),
        ) {
            let source = SpecSource::new(fork, overrides);
            prop_assert_eq!(SpecSource::from_toml(&source.to_toml()), Ok(source));
        }
    }
}
