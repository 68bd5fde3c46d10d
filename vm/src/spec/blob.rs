//! Blob gas: how many blobs a block may carry and what they cost.

use crate::fork::Fork;
use primitive_types::U256;

/// Gas of one blob (EIP-4844).
pub const GAS_PER_BLOB: u64 = 1 << 17;
const MIN_BASE_FEE_PER_BLOB_GAS: u64 = 1;

/// Blob counts and the fee's speed under one fork.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BlobSchedule {
    /// Blobs a block at which the fee stands still.
    pub target: u64,
    /// Most blobs a block.
    pub max: u64,
    /// Denominator of the fee's exponent.
    pub base_fee_update_fraction: u64,
}

impl BlobSchedule {
    /// Mainnet's schedule (EIP-4844, EIP-7691, EIP-7892). Mainnet has scheduled neither BPO3 nor BPO4: theirs are those of
    /// execution-spec-tests v5.4.0. Amsterdam keeps BPO2's.
    pub fn of(fork: Fork) -> Self {
        let (target, max, base_fee_update_fraction) = match fork {
            fork if fork < Fork::Prague => (3, 6, 3_338_477),
            Fork::Prague | Fork::Osaka => (6, 9, 5_007_716),
            Fork::Bpo1 => (10, 15, 8_346_193),
            Fork::Bpo3 => (21, 32, 20_609_697),
            Fork::Bpo4 => (14, 21, 13_739_630),
            _ => (14, 21, 11_684_671),
        };
        Self { target, max, base_fee_update_fraction }
    }

    /// Price of one unit of blob gas at `excess_blob_gas`: EIP-4844's `fake_exponential`, saturating at 2^256-1.
    pub fn base_fee(&self, excess_blob_gas: u64) -> U256 {
        let denominator = U256::from(self.base_fee_update_fraction.max(1));
        let numerator = U256::from(excess_blob_gas);
        let mut output = U256::zero();
        let mut term = U256::from(MIN_BASE_FEE_PER_BLOB_GAS) * denominator;
        let mut i = 1u64;
        while !term.is_zero() {
            output = output.saturating_add(term);
            let Some(product) = term.checked_mul(numerator) else { return U256::MAX };
            term = product / (denominator * U256::from(i));
            i += 1;
        }
        output / denominator
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forks_that_only_change_blobs_have_a_schedule_of_their_own() {
        let of = |fork| {
            let BlobSchedule { target, max, base_fee_update_fraction } = BlobSchedule::of(fork);
            (target, max, base_fee_update_fraction)
        };
        assert_eq!(of(Fork::Osaka), (6, 9, 5_007_716));
        assert_eq!(of(Fork::Bpo1), (10, 15, 8_346_193));
        assert_eq!(of(Fork::Bpo2), (14, 21, 11_684_671));
        assert_eq!(of(Fork::Bpo3), (21, 32, 20_609_697));
        assert_eq!(of(Fork::Bpo4), (14, 21, 13_739_630));
        assert_eq!(of(Fork::Amsterdam), of(Fork::Bpo2));
    }
}
