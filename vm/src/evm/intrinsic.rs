//! Gas that a transaction costs before anything runs.

use crate::fork::Fork;
use crate::tx::Transaction;

const TRANSACTION: u64 = 21_000;
const CREATION: u64 = 32_000;
const ZERO_BYTE: u64 = 4;
const ACCESS_LIST_ADDRESS: u64 = 2_400;
const ACCESS_LIST_KEY: u64 = 1_900;
const INIT_CODE_WORD: u64 = 2;
const FLOOR_TOKEN: u64 = 10;
const TOKENS_OF_NONZERO_BYTE: u64 = 4;

/// Gas of one authorization, as if its authority did not exist (EIP-7702).
pub(super) const AUTHORIZATION: u64 = 25_000;
/// What of it comes back, as a refund, where the authority exists.
pub(super) const AUTHORIZATION_REFUND: u64 = 12_500;

/// What a transaction pays for its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IntrinsicGas {
    /// Taken before execution.
    pub gas: u64,
    /// The least that the transaction pays in all (EIP-7623); 0 before Prague.
    pub floor: u64,
}

/// Intrinsic gas of `tx` under `fork`: the base, call data (EIP-2028), creation (EIP-2), access list (EIP-2930), init
/// code (EIP-3860), authorizations (EIP-7702), and the floor (EIP-7623). The price of a quantum-safe
/// signature comes on top: [`GasSchedule::transaction_signature`](crate::spec::GasSchedule::transaction_signature).
pub fn intrinsic_gas(fork: Fork, tx: &Transaction) -> IntrinsicGas {
    let zeros = tx.data.iter().filter(|&&byte| byte == 0).count() as u64;
    let nonzeros = tx.data.len() as u64 - zeros;
    let nonzero_byte = if fork >= Fork::Istanbul { 16 } else { 68 };

    let mut gas = TRANSACTION + zeros * ZERO_BYTE + nonzeros * nonzero_byte;
    if tx.to.is_none() && fork >= Fork::Homestead {
        gas += CREATION;
    }
    if tx.to.is_none() && fork >= Fork::Shanghai {
        gas += INIT_CODE_WORD * (tx.data.len() as u64).div_ceil(32);
    }
    for (_, keys) in &tx.access_list {
        gas += ACCESS_LIST_ADDRESS + ACCESS_LIST_KEY * keys.len() as u64;
    }
    gas += AUTHORIZATION * tx.authorizations.len() as u64;

    let tokens = zeros + nonzeros * TOKENS_OF_NONZERO_BYTE;
    let floor = if fork >= Fork::Prague { TRANSACTION + tokens * FLOOR_TOKEN } else { 0 };
    IntrinsicGas { gas, floor }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tx::Authorization;
    use primitive_types::{H160, H256};

    fn call(data: &[u8]) -> Transaction {
        Transaction { to: Some(H160::zero()), data: data.to_vec(), ..Transaction::default() }
    }

    fn gas(fork: Fork, tx: &Transaction) -> u64 {
        intrinsic_gas(fork, tx).gas
    }

    #[test]
    fn call_data_got_cheaper_with_istanbul() {
        assert_eq!(gas(Fork::Frontier, &call(&[])), 21_000);
        assert_eq!(gas(Fork::Petersburg, &call(&[0, 1, 2])), 21_000 + 4 + 2 * 68);
        assert_eq!(gas(Fork::Istanbul, &call(&[0, 1, 2])), 21_000 + 4 + 2 * 16);
    }

    #[test]
    fn creation_costs_from_homestead_on_and_its_words_from_shanghai_on() {
        let create = Transaction { data: vec![0; 33], ..Transaction::default() };
        assert_eq!(gas(Fork::Frontier, &create), 21_000 + 33 * 4);
        assert_eq!(gas(Fork::Homestead, &create), 53_000 + 33 * 4);
        assert_eq!(gas(Fork::Shanghai, &create), 53_000 + 33 * 4 + 2 * 2);
    }

    #[test]
    fn lists_cost_by_entry() {
        let keys = vec![H256::zero(); 3];
        let tx = Transaction {
            access_list: vec![(H160::zero(), keys), (H160::zero(), Vec::new())],
            authorizations: vec![Authorization::default(); 2],
            ..call(&[])
        };
        assert_eq!(gas(Fork::Prague, &tx), 21_000 + 2 * 2_400 + 3 * 1_900 + 2 * 25_000);
    }

    #[test]
    fn the_floor_counts_tokens_from_prague_on() {
        assert_eq!(intrinsic_gas(Fork::Cancun, &call(&[0, 1])).floor, 0);
        assert_eq!(intrinsic_gas(Fork::Prague, &call(&[0, 1])).floor, 21_000 + (1 + 4) * 10);
    }
}
