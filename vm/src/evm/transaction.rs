//! One transaction: buying gas, warming, delegations, the message, and the settlement of gas.

use super::intrinsic::AUTHORIZATION_REFUND;
use super::validate::{Admission, fits_block, validate, validate_sender};
use super::{Evm, Message, MessageKind, Outcome, TxEnv};
use crate::code::Code;
use crate::error::Rejection;
use crate::fork::Fork;
use crate::precompile::ExtensionPrecompile;
use crate::state::{AccountId, Log};
use crate::tx::{Authorization, Transaction, TransactionType};
use erbium_claims::homomorphic::LoggedOperation;
use erbium_claims::{Fault, Halt};
use primitive_types::{H160, U256};

/// What became of a transaction that was executed.
#[derive(Clone, Debug, PartialEq)]
pub struct TransactionResult {
    /// How its message ended.
    pub outcome: Outcome,
    /// Gas paid for: after refunds, not below the floor, and with the price of the signature.
    pub gas_used: u64,
    /// What of it is the price of a quantum-safe signature; 0 for other types.
    pub signature_gas: u64,
    /// What of it counts against the block's limit: `gas_used` before Amsterdam, then without refunds (EIP-7778) and
    /// without state gas (EIP-8037).
    pub block_gas: u64,
    /// State gas, which counts against the block's limit by itself; 0 before Amsterdam.
    pub state_gas: u64,
    /// Gas refunded of what was spent, after the cap and before the floor.
    pub gas_refunded: u64,
    /// Return or revert data.
    pub output: Vec<u8>,
    /// Logs in order.
    pub logs: Vec<Log>,
    /// What it did to ciphertexts, in order: what is to be evaluated.
    pub operations: Vec<LoggedOperation>,
    /// The contract that it created.
    pub created: Option<H160>,
}

impl Evm<'_> {
    /// Executes `tx` of `sender`, who was recovered from its signature; a quantum-signed transaction names its sender,
    /// and its [`signature_claim`](Transaction::signature_claim) was found valid. `authorities` are the recovered
    /// signers of its authorizations, one for each, `None` where the signature does not hold (EIP-7702).
    /// `block_gas_available` is the gas left in the block.
    ///
    /// A rejected transaction leaves no trace in the journal's changes.
    ///
    /// # Errors
    /// [`Fault`] when state cannot be read, `authorities` are not as many as the authorizations, or `sender` is not the
    /// one that a quantum-signed transaction names: the journal is then of no more use.
    pub fn transact(
        &mut self,
        tx: &Transaction,
        sender: H160,
        authorities: &[Option<H160>],
        block_gas_available: u64,
    ) -> Result<Result<TransactionResult, Rejection>, Fault> {
        if authorities.len() != tx.authorizations.len() {
            let reason =
                format!("{} authorities for {} authorizations", authorities.len(), tx.authorizations.len());
            return Err(Fault::Coprocessor { reason });
        }
        self.show_transaction();
        let admission = match validate(self.spec, self.block, tx, block_gas_available) {
            Ok(admission) => admission,
            Err(rejection) => return Ok(Err(rejection)),
        };
        if self.spec.has(Fork::Amsterdam) {
            let state = self.block.gas_limit.saturating_sub(self.state_gas.of_block);
            if let Err(rejection) = fits_block(self.spec, tx, &admission, block_gas_available, state) {
                return Ok(Err(rejection));
            }
        }
        self.journal.begin_transaction();
        if let Err(rejection) = self.authorize(tx, &sender)? {
            return Ok(Err(rejection));
        }
        let sender_id = self.journal.load(&sender)?;
        if let Err(rejection) = validate_sender(self.spec, &mut self.journal, sender_id, tx, &admission)? {
            return Ok(Err(rejection));
        }
        let result = self.execute(tx, sender, sender_id, authorities, &admission)?;
        self.show_transacted(&result);
        Ok(Ok(result))
    }

    fn execute(
        &mut self,
        tx: &Transaction,
        sender: H160,
        sender_id: AccountId,
        authorities: &[Option<H160>],
        admission: &Admission,
    ) -> Result<TransactionResult, Fault> {
        self.journal.note_account(sender_id);
        self.buy_gas(tx, sender_id, admission);
        let execution =
            tx.gas_limit - admission.signature_gas - admission.intrinsic.gas - admission.intrinsic_state_gas;
        let gas = match self.spec.max_transaction_gas.filter(|_| self.spec.has(Fork::Amsterdam)) {
            Some(cap) => execution.min(cap.saturating_sub(admission.intrinsic.gas)),
            None => execution,
        };
        self.state_gas.begin(execution - gas);
        if self.spec.has(Fork::Berlin) {
            self.warm_announced(tx, sender_id)?;
        }
        for (authorization, authority) in tx.authorizations.iter().zip(authorities) {
            if let Some(authority) = authority {
                self.delegate(authorization, authority)?;
            }
        }
        self.tx = TxEnv {
            origin: sender,
            gas_price: admission.gas_price,
            blob_hashes: tx.blob_versioned_hashes.clone(),
        };
        let result = self.message(Message {
            kind: if tx.to.is_some() { MessageKind::Call } else { MessageKind::Create },
            caller: sender,
            to: tx.to.unwrap_or_default(),
            value: tx.value,
            input: tx.data.clone(),
            gas,
        })?;
        if result.outcome == Outcome::Halt(Halt::CreateCollision) {
            // Nothing ran: what it cost counts for nobody.
            self.state_gas.lost += gas;
        }
        let state_gas = if self.spec.has(Fork::Amsterdam) { self.settle_state_gas()? } else { 0 };

        let bill = self.bill(tx.gas_limit, result.gas_left + self.state_gas.left, admission, state_gas);
        self.state_gas.of_block += bill.state;
        self.settle(tx.gas_limit, bill.used, sender_id, admission.gas_price)?;
        if self.spec.has(Fork::Amsterdam) {
            self.log_burns();
        }
        let logs = self.journal.finish_transaction(self.spec.has(Fork::SpuriousDragon));
        Ok(TransactionResult {
            outcome: result.outcome,
            gas_used: bill.used,
            signature_gas: admission.signature_gas,
            block_gas: bill.block,
            state_gas: bill.state,
            gas_refunded: bill.refunded,
            output: result.output,
            logs,
            operations: self.journal.take_operations(),
            created: result.created,
        })
    }

    /// Takes the price of all gas and blobs from the sender and counts its nonce up. Blob fees are burnt (EIP-4844).
    fn buy_gas(&mut self, tx: &Transaction, sender: AccountId, admission: &Admission) {
        // Validation has bounded both products, at higher prices, by the sender's balance.
        let gas = admission.gas_price * U256::from(tx.gas_limit);
        let blobs = match tx.kind {
            TransactionType::Blob => self.block.blob_base_fee * U256::from(admission.blob_gas),
            _ => U256::zero(),
        };
        self.journal.sub_balance(sender, gas + blobs);
        self.journal.set_nonce(sender, tx.nonce + 1);
    }

    /// Warms what is warm from the start: sender and receiver (EIP-2929), the access list (EIP-2930), the coinbase
    /// (EIP-3651) and the precompiles.
    fn warm_announced(&mut self, tx: &Transaction, sender: AccountId) -> Result<(), Fault> {
        self.warm_precompiles()?;
        self.journal.warm_account(sender);
        if let Some(to) = &tx.to {
            self.warm(to)?;
        }
        if self.spec.has(Fork::Shanghai) {
            self.warm(&self.block.coinbase)?;
        }
        for (address, keys) in &tx.access_list {
            let id = self.warm(address)?;
            if !keys.is_empty() {
                self.journal.observe(id)?;
            }
            for key in keys {
                let slot = self.journal.slot(id, U256::from_big_endian(key.as_bytes()))?;
                self.journal.warm_slot(slot);
            }
        }
        Ok(())
    }

    /// Warms an account without looking at it.
    fn warm(&mut self, address: &H160) -> Result<AccountId, Fault> {
        let id = self.journal.load_unseen(address)?;
        self.journal.warm_account(id);
        Ok(id)
    }

    /// Warms the precompiles once for the journal's life.
    pub(crate) fn warm_precompiles(&mut self) -> Result<(), Fault> {
        let first = self.journal.load_unseen(&H160::from_low_u64_be(1))?;
        if self.journal.is_kept_warm(first) {
            return Ok(());
        }
        for address in self.precompiles.addresses().chain(ExtensionPrecompile::addresses(self.spec)) {
            let id = self.journal.load_unseen(&address)?;
            self.journal.keep_warm(id);
        }
        Ok(())
    }

    /// Sets one delegation, or skips it where a condition does not hold (EIP-7702). It stands even if the message
    /// reverts.
    ///
    /// The signature of an authority that has registered a quantum-safe key counts as one that recovers to nobody (the
    /// list's third step): the entry is skipped before the authority is warmed, and its gas stays paid without a refund.
    fn delegate(&mut self, authorization: &Authorization, authority: &H160) -> Result<(), Fault> {
        let chain_id = authorization.chain_id;
        if !chain_id.is_zero() && chain_id != self.spec.chain_id.into() || authorization.nonce == u64::MAX {
            return Ok(());
        }
        if self.registered_key(authority)?.is_some() {
            return Ok(());
        }
        let id = self.warm(authority)?;
        self.journal.observe(id)?;
        self.journal.note_account(id);
        let code = self.journal.code(id)?;
        if !code.is_empty() && code.delegation().is_none() {
            return Ok(());
        }
        if self.journal.account(id).nonce != authorization.nonce {
            return Ok(());
        }
        if self.journal.exists(id) {
            match self.spec.has(Fork::Amsterdam) {
                true => self.state_gas.return_for_account(),
                false => self.journal.add_refund(AUTHORIZATION_REFUND as i64),
            }
        }
        let target = authorization.address;
        let code = if target.is_zero() { Code::empty() } else { Code::delegating_to(target) };
        self.journal.set_code(id, code);
        self.journal.set_nonce(id, authorization.nonce + 1);
        Ok(())
    }

    /// What is to be paid: refunds are capped to a half, from London on a fifth (EIP-3529), of the gas spent; from
    /// Prague on the floor holds after them (EIP-7623). The price of a quantum-safe signature is no part of either: what
    /// is paid beyond it is what the same transaction would pay without.
    ///
    /// State gas counts for the block by itself, and what is not it counts before refunds (EIP-7778, EIP-8037).
    fn bill(&self, limit: u64, left: u64, admission: &Admission, state: u64) -> Bill {
        let spent = limit - admission.signature_gas - left;
        let quotient = if self.spec.has(Fork::London) { 5 } else { 2 };
        let counter = u64::try_from(self.journal.refund()).unwrap_or(0);
        let refunded = counter.min(spent / quotient);
        let floor = admission.intrinsic.floor;
        let used = (spent - refunded).max(floor) + admission.signature_gas;
        if !self.spec.has(Fork::Amsterdam) {
            return Bill { used, refunded, block: used, state: 0 };
        }
        // What came back for accounts that were there is in the reservoir: the block counts it all the same.
        let came_back = self.state_gas.returned;
        let state = admission.intrinsic_state_gas + state;
        let block = (spent + came_back).saturating_sub(state + self.state_gas.lost).max(floor)
            + admission.signature_gas;
        Bill { used, refunded, block, state }
    }

    /// Pays unused gas back to the sender and the priority fee to the coinbase; the base fee is burnt (EIP-1559).
    fn settle(&mut self, limit: u64, used: u64, sender: AccountId, gas_price: U256) -> Result<(), Fault> {
        // Sums can only overflow with made-up balances near 2^256; what does not fit is burnt.
        self.journal.add_balance(sender, gas_price * U256::from(limit - used));
        let tip = gas_price.saturating_sub(self.block.base_fee);
        let coinbase = self.journal.load_unseen(&self.block.coinbase)?;
        self.journal.note_account(coinbase);
        self.journal.add_balance(coinbase, tip * U256::from(used));
        Ok(())
    }
}

struct Bill {
    used: u64,
    refunded: u64,
    block: u64,
    state: u64,
}

#[cfg(test)]
mod tests;
