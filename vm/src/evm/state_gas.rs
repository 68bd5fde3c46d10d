//! Gas for state that grows (EIP-8037): from Amsterdam on, a second dimension beside the gas of the cursor.
//!
//! What a transaction may spend beyond the cap of EIP-7825 is a reservoir that all of its frames share and that only pays
//! for state; when it is empty, the frame's own gas pays. What a frame was charged comes back to the reservoir when it
//! fails, as then nothing has grown.

use crate::fork::Fork;
use erbium_claims::Halt;

/// Bytes that an account adds to the state.
pub(crate) const ACCOUNT_BYTES: u64 = 112;
/// Bytes that a storage slot adds.
pub(crate) const SLOT_BYTES: u64 = 32;
/// Bytes that a delegation adds (EIP-7702).
pub(crate) const DELEGATION_BYTES: u64 = 23;

/// Gas of a byte: as much as lets the state grow by 100 GiB a year if blocks are half full, rounded down to five
/// significant bits above an offset, at least 1.
pub(crate) fn gas_of_byte(block_gas_limit: u64) -> u64 {
    const BLOCKS_A_YEAR: u128 = 2_628_000;
    const BYTES_A_YEAR: u128 = 100 << 30;
    const OFFSET: u128 = 9_578;
    const BITS: u32 = 5;
    let raw = (u128::from(block_gas_limit) * BLOCKS_A_YEAR).div_ceil(2 * BYTES_A_YEAR);
    let shifted = raw + OFFSET;
    let dropped = (u128::BITS - shifted.leading_zeros()).saturating_sub(BITS);
    let rounded = (shifted >> dropped << dropped).saturating_sub(OFFSET);
    u64::try_from(rounded.max(1)).unwrap_or(u64::MAX)
}

/// What a frame and those of its callees that ended well were charged.
#[derive(Clone, Copy, Debug, Default)]
struct Charges {
    /// Charged and not given back.
    used: u64,
    /// Given back to the reservoir.
    given_back: u64,
    /// To be given back where a caller has paid for it.
    owed: u64,
}

/// The reservoir of the running transaction and the charges of its frames.
#[derive(Debug, Default)]
pub(crate) struct StateGas {
    /// Gas of a byte; zero before Amsterdam.
    pub(super) byte: u64,
    /// The reservoir.
    pub(super) left: u64,
    /// What of the intrinsic gas came back for accounts that were there (EIP-7702).
    pub(super) returned: u64,
    /// What was paid and counts in neither dimension of the block.
    pub(super) lost: u64,
    running: Charges,
    callers: Vec<Charges>,
    /// State gas of the block's transactions so far.
    pub(crate) of_block: u64,
}

impl StateGas {
    /// For a block with this gas limit.
    pub(super) fn of(fork: Fork, block_gas_limit: u64) -> Self {
        let byte = if fork >= Fork::Amsterdam { gas_of_byte(block_gas_limit) } else { 0 };
        Self { byte, ..Self::default() }
    }

    /// Starts a message with this reservoir.
    pub(crate) fn begin(&mut self, reservoir: u64) {
        (self.left, self.returned, self.lost) = (reservoir, 0, 0);
        self.running = Charges::default();
        self.callers.clear();
    }

    /// Charges for `bytes`: the reservoir pays first, then `gas`, of which the rest is answered.
    pub(crate) fn charge(&mut self, bytes: u64, gas: i64) -> Result<i64, Halt> {
        let price = self.byte.saturating_mul(bytes);
        let from_reservoir = price.min(self.left);
        let rest = i64::try_from(price - from_reservoir).map_err(|_| Halt::OutOfGas)?;
        if rest > gas {
            return Err(Halt::OutOfGas);
        }
        self.left -= from_reservoir;
        self.running.used = self.running.used.saturating_add(price);
        Ok(gas - rest)
    }

    /// Gives back the price of `bytes`, as far as the running frame has paid; the rest is its callers' to get.
    #[cold]
    #[inline(never)]
    pub(crate) fn give_back(&mut self, bytes: u64) {
        self.credit(self.byte.saturating_mul(bytes));
    }

    fn credit(&mut self, price: u64) {
        let now = price.min(self.running.used);
        self.running.used -= now;
        self.running.given_back += now;
        self.running.owed += price - now;
        self.left += now;
    }

    /// Gives back what an authorization was charged for an account that was there.
    pub(super) fn return_for_account(&mut self) {
        let price = self.byte.saturating_mul(ACCOUNT_BYTES);
        self.left += price;
        self.returned += price;
    }

    /// A frame begins.
    #[cold]
    #[inline(never)]
    pub(super) fn enter(&mut self) {
        self.callers.push(std::mem::take(&mut self.running));
    }

    /// The running frame ends.
    #[cold]
    #[inline(never)]
    pub(super) fn leave(&mut self, success: bool) {
        let ended = std::mem::replace(&mut self.running, self.callers.pop().unwrap_or_default());
        if success {
            self.running.used += ended.used;
            self.running.given_back += ended.given_back;
            self.credit(ended.owed);
        } else {
            self.left += ended.used;
            if !self.callers.is_empty() {
                // The specification of that day takes back once more what a callee was given back: it is lost.
                self.left = self.left.saturating_sub(ended.given_back);
                self.lost += ended.given_back;
            }
        }
    }

    /// What the message was charged in the end.
    pub(super) fn used(&self) -> u64 {
        self.running.used
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_costs_by_steps_of_the_gas_limit() {
        let limits = [1_000_000, 30_000_000, 60_000_000, 100_000_000, 120_000_000, 200_000_000, 300_000_000];
        assert_eq!(limits.map(gas_of_byte), [1, 150, 662, 1_174, 1_174, 2_198, 3_222]);
    }

    #[test]
    fn the_reservoir_pays_first_and_gets_back_what_a_failed_frame_was_charged() {
        let mut gas = StateGas { byte: 10, ..StateGas::default() };
        gas.begin(500);
        gas.enter();
        assert_eq!(gas.charge(32, 1_000), Ok(1_000));
        assert_eq!(gas.charge(32, 1_000), Ok(860));
        assert_eq!((gas.left, gas.used()), (0, 640));
        assert_eq!(gas.charge(112, 860), Err(Halt::OutOfGas));
        gas.leave(false);
        assert_eq!((gas.left, gas.used()), (640, 0));
    }

    #[test]
    fn what_a_caller_has_paid_for_comes_back_when_its_callee_ends_well() {
        let mut gas = StateGas { byte: 1, ..StateGas::default() };
        gas.begin(100);
        gas.enter();
        assert_eq!(gas.charge(32, 0), Ok(0));
        gas.enter();
        gas.give_back(32);
        assert_eq!((gas.left, gas.used()), (68, 0));
        gas.leave(true);
        assert_eq!((gas.left, gas.used()), (100, 0));
    }
}
