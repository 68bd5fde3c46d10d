//! Logs that the protocol writes itself where ether moves or is burnt (EIP-7708), from Amsterdam on.

use super::Evm;
use super::state_gas::{ACCOUNT_BYTES, SLOT_BYTES};
use crate::block::SYSTEM_ADDRESS;
use crate::state::{AccountId, Log};
use erbium_claims::Fault;
use primitive_types::{H160, H256, U256};

/// Keccak-256 of `Transfer(address,address,uint256)`.
const TRANSFER: H256 = H256([
    0xdd, 0xf2, 0x52, 0xad, 0x1b, 0xe2, 0xc8, 0x9b, 0x69, 0xc2, 0xb0, 0x68, 0xfc, 0x37, 0x8d, 0xaa, 0x95,
    0x2b, 0xa7, 0xf1, 0x63, 0xc4, 0xa1, 0x16, 0x28, 0xf5, 0x5a, 0x4d, 0xf5, 0x23, 0xb3, 0xef,
]);
/// Keccak-256 of `Burn(address,uint256)`.
const BURN: H256 = H256([
    0xcc, 0x16, 0xf5, 0xdb, 0xb4, 0x87, 0x32, 0x80, 0x81, 0x5c, 0x1e, 0xe0, 0x9d, 0xbd, 0x06, 0x73, 0x6c,
    0xff, 0xcc, 0x18, 0x44, 0x12, 0xcf, 0x7a, 0x71, 0xa0, 0xfd, 0xb7, 0x5d, 0x39, 0x7c, 0xa5,
]);

impl Evm<'_> {
    /// Logs a transfer, unless it is of nothing or to oneself.
    #[cold]
    #[inline(never)]
    pub(crate) fn log_transfer(&mut self, from: H160, to: H160, value: U256) {
        if !value.is_zero() && from != to {
            self.log_ether(vec![TRANSFER, from.into(), to.into()], value);
        }
    }

    /// Logs that ether of an account is gone, unless it is none.
    #[cold]
    #[inline(never)]
    pub(crate) fn log_burn(&mut self, account: H160, value: U256) {
        if !value.is_zero() {
            self.log_ether(vec![BURN, account.into()], value);
        }
    }

    fn log_ether(&mut self, topics: Vec<H256>, value: U256) {
        let data = value.to_big_endian().to_vec();
        self.journal.log(Log { address: SYSTEM_ADDRESS, topics, data });
    }

    /// Logs what accounts that destroyed themselves have been sent since, by address.
    pub(super) fn log_burns(&mut self) {
        let mut destroyed: Vec<(H160, U256)> = self.destroyed_balances();
        destroyed.sort_unstable();
        for (address, balance) in destroyed {
            self.log_burn(address, balance);
        }
    }

    fn destroyed_balances(&self) -> Vec<(H160, U256)> {
        let of = |id: &AccountId| (self.journal.address(*id), self.journal.account(*id).balance);
        self.journal.destroyed().iter().map(of).collect()
    }

    /// State gas of the message that has ended. What it was charged for accounts that it made and that have destroyed
    /// themselves goes back to the reservoir: their slots and code are not there in the end (EIP-8037).
    pub(super) fn settle_state_gas(&mut self) -> Result<u64, Fault> {
        let mut bytes = 0;
        for id in self.journal.destroyed().to_vec() {
            let code = self.journal.code(id)?.len() as u64;
            bytes += ACCOUNT_BYTES + code + SLOT_BYTES * self.journal.filled_slots(id);
        }
        let used = self.state_gas.used();
        let back = self.state_gas.byte.saturating_mul(bytes).min(used);
        self.state_gas.left += back;
        Ok(used - back)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keccak::keccak256;

    #[test]
    fn topics_are_hashes_of_their_signatures() {
        assert_eq!(TRANSFER, keccak256(b"Transfer(address,address,uint256)"));
        assert_eq!(BURN, keccak256(b"Burn(address,uint256)"));
    }
}
