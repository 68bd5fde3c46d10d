//! Homomorphic encryption in blocks: minting handles, permissions and the log. Nothing is encrypted here; the log says
//! what has to be evaluated, elsewhere.
//!
//! Permissions are slots of the system account, an account of the chain spec: 1 at `keccak256(handle | account padded to
//! 32)` where `account` may use `handle` in later transactions.

mod system;
#[cfg(test)]
mod tests;

pub use system::{SYSTEM_CODE, genesis_account, slot};

use crate::evm::Evm;
use crate::keccak::keccak256;
use crate::state::AccountId;
use erbium_claims::homomorphic::{Code, Handle, LoggedOperation, Operation, Place};
use erbium_claims::{Fault, Halt};
use primitive_types::{H160, U256};

/// Most gas that a transaction may spend on homomorphic operations: it bounds what a block asks to be evaluated.
pub const TRANSACTION_GAS: u64 = 10_000_000;

impl Evm<'_> {
    /// Counts the price of an operation against what a transaction may spend on them. The frame has paid it.
    ///
    /// # Errors
    /// [`Halt::OutOfGas`] beyond [`TRANSACTION_GAS`]; then it does not count. A call that no transaction makes may do no
    /// such operation: [`Halt::PrivacyViolation`].
    pub(crate) fn spend_on_ciphertexts(&mut self, price: u64) -> Result<(), Halt> {
        if self.transaction_index.is_none() {
            return Err(Halt::PrivacyViolation);
        }
        let spent = self.journal.ciphertexts.gas.saturating_add(price);
        if spent > TRANSACTION_GAS {
            return Err(Halt::OutOfGas);
        }
        self.journal.ciphertexts.gas = spent;
        Ok(())
    }

    /// Does `operation` for `subject`: its result's handle. It is paid for, and the frame is not static.
    ///
    /// # Errors
    /// [`Fault`] when state cannot be read. The halt is [`Halt::PrivacyViolation`], where `subject` may not use a handle.
    pub(crate) fn operate(
        &mut self,
        subject: H160,
        operation: Operation,
    ) -> Result<Result<Handle, Halt>, Fault> {
        for input in operation.inputs() {
            if !self.may_use(&input, &subject)? {
                return Ok(Err(Halt::PrivacyViolation));
            }
        }
        let Some(transaction) = self.transaction_index else { return Ok(Err(Halt::PrivacyViolation)) };
        let place = Place {
            chain_id: self.spec.chain_id,
            block: self.block.number,
            contract: subject,
            transaction,
            counter: self.journal.ciphertexts.counter,
        };
        let logged = LoggedOperation::new(operation, place, keccak256);
        if let Some(account) = operation.allowed_account() {
            self.allow(&logged.result, &account)?;
        }
        self.journal.log_operation(logged);
        Ok(Ok(logged.result))
    }

    /// True where `account` may use `handle`: it made it in this transaction, or it was allowed to. The read is recorded as
    /// any other, but costs nothing by itself and warms nothing.
    pub(crate) fn may_use(&mut self, handle: &Handle, account: &H160) -> Result<bool, Fault> {
        if self.journal.ciphertexts.minted_by(handle) == Some(*account) {
            return Ok(true);
        }
        let (system, key) = self.permission(handle, account)?;
        let slot = self.journal.slot(system, key)?;
        Ok(!self.journal.slot_values(slot).1.is_zero())
    }

    fn allow(&mut self, handle: &Handle, account: &H160) -> Result<(), Fault> {
        let (system, key) = self.permission(handle, account)?;
        // On a chain whose genesis lacks the account, the first permission makes it.
        let there = *self.journal.account(system);
        if there.nonce == 0 {
            self.journal.set_nonce(system, system::NONCE);
        }
        if self.journal.code(system)?.is_empty() {
            self.journal.set_code(system, crate::code::Code::new(&SYSTEM_CODE));
        }
        let slot = self.journal.slot(system, key)?;
        self.journal.set_slot(slot, U256::one());
        Ok(())
    }

    /// The system account, and the slot that says whether `account` may use `handle`.
    fn permission(&mut self, handle: &Handle, account: &H160) -> Result<(AccountId, U256), Fault> {
        let (system, key) = (self.journal.load(&self.spec.he_system)?, slot(handle, account));
        self.journal.note_account(system);
        self.journal.note_slot(system, key);
        Ok((system, key))
    }
}

/// What the transaction that runs has done to ciphertexts. Log and minted handles go back with the frame that fails; what
/// was counted and spent stays.
#[derive(Debug, Default)]
pub(crate) struct Ciphertexts {
    log: Vec<LoggedOperation>,
    /// Whose each handle is that was minted.
    minted: hashbrown::HashMap<Handle, H160>,
    counter: u32,
    gas: u64,
}

impl Ciphertexts {
    /// Entries of the log.
    pub(crate) fn len(&self) -> usize {
        self.log.len()
    }

    pub(crate) fn log(&self) -> &[LoggedOperation] {
        &self.log
    }

    /// The log, at the end of the transaction.
    pub(crate) fn take(&mut self) -> Vec<LoggedOperation> {
        std::mem::take(self).log
    }

    /// Goes back to `len` entries.
    pub(crate) fn truncate(&mut self, len: usize) {
        for entry in self.log.drain(len.min(self.log.len())..) {
            if entry.operation.code() != Code::Allow {
                self.minted.remove(&entry.result);
            }
        }
    }

    pub(crate) fn push(&mut self, entry: LoggedOperation) {
        if entry.operation.code() != Code::Allow {
            self.minted.insert(entry.result, entry.place.contract);
        }
        self.log.push(entry);
        // 10,000,000 gas are fewer than 3,334 operations, and a spec's price of 0 does not reach 2^32 either.
        self.counter = self.counter.saturating_add(1);
    }

    fn minted_by(&self, handle: &Handle) -> Option<H160> {
        self.minted.get(handle).copied()
    }
}
