//! Whose key may sign for the sender, at the transaction's position in the block.

use super::Evm;
use crate::error::Rejection;
use crate::registry;
use crate::spec::Extensions;
use crate::tx::{Transaction, TransactionType};
use erbium_claims::Fault;
use primitive_types::{H160, H256};

impl Evm<'_> {
    /// The check of the sender's key against the registry. With extensions, a registered key is the only one that
    /// authorizes; where none is registered, a quantum-safe key authorizes for its own address. A transaction that names
    /// no quantum-safe key has been recovered with secp256k1.
    ///
    /// # Errors
    /// [`Fault`] when state cannot be read, and where `sender` is not the one that a quantum-signed transaction names.
    pub(super) fn authorize(
        &mut self,
        tx: &Transaction,
        sender: &H160,
    ) -> Result<Result<(), Rejection>, Fault> {
        let quantum = match tx.kind {
            TransactionType::Quantum => match tx.quantum_signature() {
                Ok(quantum) => Some(quantum),
                Err(rejection) => return Ok(Err(rejection)),
            },
            _ => None,
        };
        if let Some(named) = quantum.map(|quantum| quantum.sender).filter(|named| named != sender) {
            let reason = format!("sender {sender:?} for a transaction that names {named:?}");
            return Err(Fault::Coprocessor { reason });
        }
        let (sender, registered) = (*sender, self.registered_key(sender)?);
        Ok(match (quantum.map(|quantum| quantum.key_hash()), registered) {
            (None, None) => Ok(()),
            (None, Some(_)) => Err(Rejection::QuantumKeyRegistered { sender }),
            (Some(key), Some(registered)) if key != registered => {
                Err(Rejection::KeyNotRegistered { sender, key, registered })
            }
            (Some(key), None) if registry::address_of_key(&key) != sender => {
                Err(Rejection::KeyNotOfSender { sender, key })
            }
            (Some(_), _) => Ok(()),
        })
    }

    /// Hash of the key that `account` has registered, as the block so far left it. The read is recorded in the journal
    /// as any other, but costs no gas, warms nothing and touches nothing. Without extensions nobody has registered.
    pub(super) fn registered_key(&mut self, account: &H160) -> Result<Option<H256>, Fault> {
        if self.spec.extensions == Extensions::None {
            return Ok(None);
        }
        let contract = self.journal.load(&self.spec.registry)?;
        let slot = self.journal.slot(contract, registry::slot(account))?;
        let (_, present) = self.journal.slot_values(slot);
        Ok((!present.is_zero()).then(|| H256(present.to_big_endian())))
    }
}
