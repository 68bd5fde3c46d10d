//! A gas account.

use erbium_claims::Halt;

/// Gas of one execution: what it may use, what it has used and what storage operations give back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GasMeter {
    limit: u64,
    used: u64,
    refunded: u64,
}

impl GasMeter {
    /// A meter with `limit` gas.
    pub fn new(limit: u64) -> Self {
        Self { limit, used: 0, refunded: 0 }
    }

    /// Takes `amount` before the work it pays for.
    ///
    /// # Errors
    /// [`Halt::OutOfGas`] where less is left; nothing is taken then.
    pub fn consume(&mut self, amount: u64) -> Result<(), Halt> {
        if amount > self.remaining() {
            return Err(Halt::OutOfGas);
        }
        self.used += amount;
        Ok(())
    }

    /// Notes gas to give back at the end.
    pub fn refund(&mut self, amount: u64) {
        self.refunded = self.refunded.saturating_add(amount);
    }

    /// What may be used in all.
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// What has been used.
    pub fn used(&self) -> u64 {
        self.used
    }

    /// What is to be given back, before the cap of the fork.
    pub fn refunded(&self) -> u64 {
        self.refunded
    }

    /// What is left.
    pub fn remaining(&self) -> u64 {
        self.limit - self.used
    }

    /// True when nothing is left.
    pub fn is_exhausted(&self) -> bool {
        self.remaining() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_meter_never_goes_below_zero() {
        let mut meter = GasMeter::new(10);
        assert_eq!(meter.consume(7), Ok(()));
        assert_eq!(meter.consume(4), Err(Halt::OutOfGas));
        assert_eq!((meter.used(), meter.remaining()), (7, 3));
        assert_eq!(meter.consume(u64::MAX), Err(Halt::OutOfGas));
        assert_eq!(meter.consume(3), Ok(()));
        assert!(meter.is_exhausted());
    }
}
