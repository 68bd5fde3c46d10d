//! What a microsecond of checking one signature at a time costs in gas, beside ecrecover's.

use super::super::error::CliError;
use super::measure::{median, timed};
use super::pool::{Keys, OneIn, Scheme};
use erbium::GasSchedule;
use erbium::gpu::{CpuRecoverer, CpuVerifier};
use erbium::vm::claims::{Recoverer, Recovery, Verifier};
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
    /// `ecrecover`, or the scheme's number.
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
        Some(format!(
            "scheme {} is {factor:.1}x as {what} as ecrecover for the time that it takes",
            self.name
        ))
    }
}

/// Measures ecrecover and the schemes, one check at a time on this thread, every key new.
pub(super) fn prices(schemes: &[Scheme], rounds: usize, checks: usize) -> Result<Vec<Price>, CliError> {
    let per_check = |times: Vec<f64>| median(times.into_iter()) * 1e6 / checks as f64;
    let recovery = known_signature();
    let mut times = Vec::new();
    for _ in 0..=rounds {
        times.push(seconds(|| (0..checks).try_for_each(|_| CpuRecoverer.recover(&[recovery]).map(drop)))?);
    }
    let ecrecover = Price::new("ecrecover".to_owned(), ECRECOVER_GAS, per_check(times));

    let schedule = GasSchedule::erbium();
    let mut prices = vec![ecrecover.clone()];
    for scheme in schemes {
        let claims = scheme.claims(Keys::Distinct, checks, OneIn(64))?;
        let mut times = Vec::new();
        for _ in 0..=rounds {
            let verifier = CpuVerifier::new();
            times.push(seconds(|| {
                claims.iter().try_for_each(|claim| verifier.verify(std::slice::from_ref(claim)).map(drop))
            })?);
        }
        let gas = schedule.signature(scheme.scheme, MESSAGE);
        let price = Price::new(scheme.scheme.number().to_string(), gas, per_check(times));
        let ratio = price.gas_per_microsecond / ecrecover.gas_per_microsecond;
        prices.push(Price { ratio, ..price });
    }
    Ok(prices)
}

fn seconds(work: impl FnOnce() -> Result<(), erbium::vm::claims::Fault>) -> Result<f64, CliError> {
    Ok(timed(work)?.as_secs_f64())
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
