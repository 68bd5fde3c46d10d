//! Gas that a transaction costs before anything runs.

use super::state_gas::{ACCOUNT_BYTES, DELEGATION_BYTES};
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

/// EIP-8037.
const AMSTERDAM_CREATION: u64 = 9_000;
/// EIP-8037.
const AMSTERDAM_AUTHORIZATION: u64 = 7_500;
/// 4 tokens of 16 gas (EIP-7976).
const AMSTERDAM_FLOOR_BYTE: u64 = 64;

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
    /// Bytes by which the state is taken to grow, paid for on top of `gas` (EIP-8037); 0 before Amsterdam.
    pub state_bytes: u64,
}

/// Intrinsic gas of `tx` under `fork`: the base, call data (EIP-2028), creation (EIP-2), access list (EIP-2930), init
/// code (EIP-3860), authorizations (EIP-7702), and the floor (EIP-7623). The price of a quantum-safe
/// signature comes on top: [`GasSchedule::transaction_signature`](crate::spec::GasSchedule::transaction_signature).
pub fn intrinsic_gas(fork: Fork, tx: &Transaction) -> IntrinsicGas {
    let amsterdam = fork >= Fork::Amsterdam;
    let zeros = tx.data.iter().filter(|&&byte| byte == 0).count() as u64;
    let nonzeros = tx.data.len() as u64 - zeros;
    let nonzero_byte = if fork >= Fork::Istanbul { 16 } else { 68 };

    let mut gas = TRANSACTION + zeros * ZERO_BYTE + nonzeros * nonzero_byte;
    if tx.to.is_none() && fork >= Fork::Homestead {
        gas += if amsterdam { AMSTERDAM_CREATION } else { CREATION };
    }
    if tx.to.is_none() && fork >= Fork::Shanghai {
        gas += INIT_CODE_WORD * (tx.data.len() as u64).div_ceil(32);
    }
    for (_, keys) in &tx.access_list {
        gas += ACCESS_LIST_ADDRESS + ACCESS_LIST_KEY * keys.len() as u64;
    }
    let authorizations = tx.authorizations.len() as u64;
    gas += authorizations * if amsterdam { AMSTERDAM_AUTHORIZATION } else { AUTHORIZATION };
    if amsterdam {
        return amsterdam_gas(gas, tx);
    }

    let tokens = zeros + nonzeros * TOKENS_OF_NONZERO_BYTE;
    let floor = if fork >= Fork::Prague { TRANSACTION + tokens * FLOOR_TOKEN } else { 0 };
    IntrinsicGas { gas, floor, state_bytes: 0 }
}

/// Every byte of call data and access list counts alike towards the floor, and those of the access list are paid for at
/// its price (EIP-7976, EIP-7981); what grows the state is counted apart (EIP-8037).
fn amsterdam_gas(gas: u64, tx: &Transaction) -> IntrinsicGas {
    let keys: usize = tx.access_list.iter().map(|(_, keys)| keys.len()).sum();
    let listed = 20 * tx.access_list.len() as u64 + 32 * keys as u64;
    let created = if tx.to.is_none() { ACCOUNT_BYTES } else { 0 };
    IntrinsicGas {
        gas: gas + listed * AMSTERDAM_FLOOR_BYTE,
        floor: TRANSACTION + (listed + tx.data.len() as u64) * AMSTERDAM_FLOOR_BYTE,
        state_bytes: created + (ACCOUNT_BYTES + DELEGATION_BYTES) * tx.authorizations.len() as u64,
    }
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
