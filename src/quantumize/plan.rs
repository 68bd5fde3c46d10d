//! Which transactions of a block get a quantum-safe signature, and what their senders need for it.

use super::{Kept, QuantumizeError};
use crate::validate::signers::Signers;
use erbium_vm::block::json::BlockFile;
use erbium_vm::claims::DilithiumScheme;
use erbium_vm::tx::{Transaction, TransactionType};
use erbium_vm::{ChainSpec, H160, U256};
use std::collections::{BTreeMap, BTreeSet};

/// What is to be done with a block.
pub(super) struct Plan {
    /// For each transaction the sender who signs it anew, or why it stays as it is.
    pub(super) transactions: Vec<Result<H160, Kept>>,
    /// Gas of one signature.
    pub(super) signature_gas: u64,
    /// Wei that each sender needs beyond what it has.
    pub(super) raises: BTreeMap<H160, U256>,
}

impl Plan {
    pub(super) fn new(
        file: &BlockFile,
        spec: &ChainSpec,
        scheme: DilithiumScheme,
        signers: &Signers,
    ) -> Result<Self, QuantumizeError> {
        let signature_gas = spec.gas.transaction_signature(scheme);
        let transactions = &file.block.transactions;
        let kept = kept_senders(transactions, spec, signature_gas, signers);
        let planned: Vec<Result<H160, Kept>> = transactions
            .iter()
            .zip(&signers.senders)
            .map(|(transaction, sender)| match (own_reason(transaction), kept.get(sender)) {
                (Some(reason), _) | (None, Some(&reason)) => Err(reason),
                (None, None) => Ok(*sender),
            })
            .collect();
        let base_fee = file.block.header.base_fee_per_gas.unwrap_or_default();
        let raises = raises(transactions, &planned, base_fee, signature_gas)
            .ok_or(QuantumizeError::TooLarge { what: "a sender's balance", bits: 256 })?;
        Ok(Self { transactions: planned, signature_gas, raises })
    }

    /// Everybody who signs anew.
    pub(super) fn senders(&self) -> BTreeSet<H160> {
        self.transactions.iter().flatten().copied().collect()
    }

    /// Transactions that are signed anew.
    pub(super) fn signed(&self) -> u64 {
        self.transactions.iter().flatten().count() as u64
    }

    /// Gas of all signatures.
    pub(super) fn added_gas(&self) -> Result<u64, QuantumizeError> {
        let too_large = QuantumizeError::TooLarge { what: "the gas of all signatures", bits: 64 };
        self.signed().checked_mul(self.signature_gas).ok_or(too_large)
    }
}

/// Why a transaction stays as it is for what it is itself.
fn own_reason(transaction: &Transaction) -> Option<Kept> {
    match transaction.kind {
        TransactionType::Blob => Some(Kept::Blob),
        TransactionType::SetCode => Some(Kept::SetCode),
        _ => None,
    }
}

/// The senders all of whose transactions stay as they are, with the first reason that applies: a registered key would
/// make what they signed with secp256k1 count no more.
fn kept_senders(
    transactions: &[Transaction],
    spec: &ChainSpec,
    signature_gas: u64,
    signers: &Signers,
) -> BTreeMap<H160, Kept> {
    let cap = spec.max_transaction_gas.unwrap_or(u64::MAX);
    let mut kept = BTreeMap::new();
    for authority in signers.authorities.iter().flatten().flatten() {
        kept.insert(*authority, Kept::Authority);
    }
    for (transaction, sender) in transactions.iter().zip(&signers.senders) {
        if own_reason(transaction).is_some() {
            kept.insert(*sender, Kept::SenderKept);
        }
    }
    for (transaction, sender) in transactions.iter().zip(&signers.senders) {
        if transaction.gas_limit.checked_add(signature_gas).is_none_or(|limit| limit > cap) {
            kept.entry(*sender).or_insert(Kept::GasCap);
        }
    }
    kept
}

/// What each sender needs beyond what it has: so much that it can pay each of its transactions as before. That is the
/// largest, over its transactions, of what the signatures before cost at the prices paid and what this one's may cost at
/// the highest price offered. `None` where a number overflows.
fn raises(
    transactions: &[Transaction],
    planned: &[Result<H160, Kept>],
    base_fee: U256,
    signature_gas: u64,
) -> Option<BTreeMap<H160, U256>> {
    let gas = U256::from(signature_gas);
    let mut paid_and_raise: BTreeMap<H160, (U256, U256)> = BTreeMap::new();
    for (transaction, sender) in transactions.iter().zip(planned) {
        let Ok(sender) = sender else { continue };
        let (paid, raise) = paid_and_raise.entry(*sender).or_default();
        let offered = transaction.max_fee_per_gas;
        let price = offered.min(base_fee.saturating_add(transaction.max_priority_fee_per_gas));
        *raise = (*raise).max(paid.checked_add(offered.checked_mul(gas)?)?);
        *paid = paid.checked_add(price.checked_mul(gas)?)?;
    }
    Some(paid_and_raise.into_iter().map(|(sender, (_, raise))| (sender, raise)).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use erbium_vm::Fork;

    fn account(number: u64) -> H160 {
        H160::from_low_u64_be(number)
    }

    fn transaction(kind: TransactionType, gas_limit: u64) -> Transaction {
        Transaction { kind, gas_limit, ..Transaction::default() }
    }

    #[test]
    fn whoever_needs_secp256k1_keeps_it() {
        use TransactionType::{Blob, DynamicFee, Legacy, SetCode};
        let block = [
            (Legacy, 21_000, 1, None),
            (DynamicFee, 21_000, 2, None),
            (Blob, 21_000, 2, None),
            (SetCode, 21_000, 3, Some(4)),
            (Legacy, 21_000, 4, None),
            (DynamicFee, 90_000, 5, None),
            (Legacy, 100_001, 6, None),
            (Legacy, 21_000, 6, None),
        ];
        let transactions: Vec<_> = block.iter().map(|&(kind, gas, ..)| transaction(kind, gas)).collect();
        let signers = Signers {
            senders: block.iter().map(|entry| account(entry.2)).collect(),
            authorities: block.iter().map(|entry| vec![entry.3.map(account), None]).collect(),
        };
        let file = BlockFile {
            block: erbium_vm::block::Block { transactions, ..Default::default() },
            ..BlockFile::default()
        };
        let spec = ChainSpec { max_transaction_gas: Some(130_056), ..ChainSpec::ethereum(Fork::Prague) };
        let plan = Plan::new(&file, &spec, DilithiumScheme::MlDsa65, &signers).unwrap();
        // 9,000 + 2 words of 6 + 4 a byte.
        assert_eq!(plan.signature_gas, 9_012 + 4 * (1_952 + 3_309));
        let expected = [
            Ok(account(1)),
            Err(Kept::SenderKept),
            Err(Kept::Blob),
            Err(Kept::SetCode),
            Err(Kept::Authority),
            Ok(account(5)),
            Err(Kept::GasCap),
            Err(Kept::GasCap),
        ];
        assert_eq!(plan.transactions, expected);
        assert_eq!(plan.senders(), BTreeSet::from([1, 5].map(account)));
        assert_eq!(plan.added_gas().unwrap(), 2 * plan.signature_gas);
    }

    #[test]
    fn a_sender_can_pay_each_of_its_transactions() {
        let offer = |max_fee: u64, tip: u64| Transaction {
            max_fee_per_gas: max_fee.into(),
            max_priority_fee_per_gas: tip.into(),
            ..Transaction::default()
        };
        let of = |offers: &[Transaction]| {
            let planned = vec![Ok(account(1)); offers.len()];
            raises(offers, &planned, 7.into(), 10).unwrap()[&account(1)]
        };
        assert_eq!(of(&[offer(9, 9)]), 90.into());
        // The first is paid at 8, the second may cost 20.
        assert_eq!(of(&[offer(20, 1), offer(20, 1)]), (80 + 200).into());
        // The first may cost more than both do.
        assert_eq!(of(&[offer(100, 1), offer(8, 8)]), 1_000.into());
        let huge = [Transaction { max_fee_per_gas: U256::MAX, ..Transaction::default() }];
        assert_eq!(raises(&huge, &[Ok(account(1))], 7.into(), 10), None);
        assert_eq!(raises(&huge, &[Err(Kept::Blob)], 7.into(), 10), Some(BTreeMap::new()));
    }
}
