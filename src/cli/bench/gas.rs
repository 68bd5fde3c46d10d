//! What a microsecond of checking one thing at a time costs in gas, beside ecrecover's.

use super::super::error::CliError;
use super::measure::{median, timed};
use super::pool::{Keys, OneIn, Scheme};
use erbium::GasSchedule;
use erbium::gpu::{CpuRecoverer, CpuVerifier};
use erbium::vm::claims::{Fault, Recoverer, Recovery, Verifier};
use primitive_types::{H256, U256};
use serde::Serialize;

/// Gas of the ecrecover precompile (yellow paper, appendix E).
const ECRECOVER_GAS: u64 = 3_000;
/// Beyond this, either way, a price is out of line.
const IN_LINE: f64 = 2.0;
/// Bytes of the messages, as in the pool.
const MESSAGE: u64 = 32;

/// One line of the table.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Price {
    /// `ecrecover`, a scheme's number or an operation's name.
    pub(super) name: String,
    pub(super) gas: u64,
    pub(super) microseconds: f64,
    pub(super) gas_per_microsecond: f64,
    /// Over ecrecover's.
    pub(super) ratio: f64,
}

impl Price {
    fn new(name: String, gas: u64, microseconds: f64) -> Self {
        Self { name, gas, microseconds, gas_per_microsecond: gas as f64 / microseconds, ratio: 1.0 }
    }

    /// A word of warning where the price is out of line with ecrecover's.
    pub(super) fn warning(&self) -> Option<String> {
        let (what, factor) = if self.ratio > IN_LINE {
            ("dear", self.ratio)
        } else if self.ratio < 1.0 / IN_LINE {
            ("cheap", 1.0 / self.ratio)
        } else {
            return None;
        };
        let scheme = if self.name.bytes().all(|byte| byte.is_ascii_digit()) { "scheme " } else { "" };
        Some(format!(
            "{scheme}{} is {factor:.1}x as {what} as ecrecover for the time that it takes",
            self.name
        ))
    }

    /// Its line.
    pub(super) fn line(&self) -> String {
        let Self { name, gas, microseconds, gas_per_microsecond, ratio } = self;
        format!(
            "{name:<20} {gas:>7} gas {microseconds:>8.1} us {gas_per_microsecond:>8.1} gas/us {ratio:>6.2}x ecrecover\n"
        )
    }

    /// Measures ecrecover.
    pub(super) fn ecrecover(rounds: usize, checks: usize) -> Result<Self, CliError> {
        let recovery = known_signature();
        let work = || (0..checks).try_for_each(|_| CpuRecoverer.recover(&[recovery]).map(drop));
        Self::measured("ecrecover", ECRECOVER_GAS, rounds, checks, work)
    }

    /// Measures `work`, which does the priced thing `checks` times.
    pub(super) fn measured(
        name: &str,
        gas: u64,
        rounds: usize,
        checks: usize,
        mut work: impl FnMut() -> Result<(), Fault>,
    ) -> Result<Self, CliError> {
        let mut times = Vec::new();
        for _ in 0..=rounds {
            times.push(timed(&mut work)?.as_secs_f64());
        }
        Ok(Self::new(name.to_owned(), gas, median(times.into_iter()) * 1e6 / checks.max(1) as f64))
    }

    /// The same with its ratio to ecrecover's price.
    pub(super) fn beside(self, ecrecover: &Self) -> Self {
        Self { ratio: self.gas_per_microsecond / ecrecover.gas_per_microsecond, ..self }
    }
}

/// Measures ecrecover and the schemes, one check at a time on this thread, every key new.
pub(super) fn prices(schemes: &[Scheme], rounds: usize, checks: usize) -> Result<Vec<Price>, CliError> {
    let schedule = GasSchedule::erbium();
    let ecrecover = Price::ecrecover(rounds, checks)?;
    let mut prices = vec![ecrecover.clone()];
    for scheme in schemes {
        let claims = scheme.claims(Keys::Distinct, checks, OneIn(64))?;
        let gas = schedule.signature(scheme.scheme, MESSAGE);
        let name = scheme.scheme.number().to_string();
        let work = || {
            // No key may be known from the round before.
            let verifier = CpuVerifier::new();
            claims.iter().try_for_each(|claim| verifier.verify(std::slice::from_ref(claim)).map(drop))
        };
        prices.push(Price::measured(&name, gas, rounds, checks, work)?.beside(&ecrecover));
    }
    Ok(prices)
}

/// A signature by the key of many Ethereum tests, whose address is 0xa94f5374fce5edbc8e2a8697c15331677e6ebf0b.
fn known_signature() -> Recovery {
    let word = |high: u128, low: u128| U256::from(high) << 128 | U256::from(low);
    let hash = word(0x18c5_47e4_f7b0_f325_ad1e_56f5_7e26_c745, 0xb09a_3e50_3d86_e00e_5255_ff7f_715d_3d1c);
    Recovery {
        hash: H256(hash.to_big_endian()),
        r: word(0x73b1_6938_9221_9d73_6cab_a55b_db67_216e, 0x4855_57ea_6b6a_f75f_3709_6c9a_a6a5_a75f),
        s: word(0xeeb9_40b1_d03b_21e3_6b0e_47e7_9769_f095, 0xfe2a_b855_bd91_e3a3_8756_b7d7_5a9c_4549),
        y_odd: true,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_the_test_key_s() {
        let address = CpuRecoverer.recover(&[known_signature()]).unwrap()[0].unwrap();
        assert_eq!(format!("{address:?}"), "0xa94f5374fce5edbc8e2a8697c15331677e6ebf0b");
    }

    #[test]
    fn prices_out_of_line_are_told() {
        let price = |ratio| Price { ratio, ..Price::new("44".to_owned(), 6_506, 20.0) };
        assert_eq!(price(1.9).warning(), None);
        assert_eq!(price(0.51).warning(), None);
        assert!(price(2.1).warning().unwrap().contains("2.1x as dear"));
        assert!(price(0.25).warning().unwrap().contains("4.0x as cheap"));
    }
}
