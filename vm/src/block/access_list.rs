//! The block access list (EIP-7928): what a block reads and writes, to which its header commits.

use crate::keccak::keccak256;
use crate::rlp::Writer;
use crate::state::{AccountRecord, Record};
use primitive_types::{H160, H256};

/// Gas of the block's limit for each entry that its list may have.
const GAS_OF_ITEM: u64 = 2_000;

/// Most entries, addresses and slots together, under a gas limit.
pub(super) fn most_items(gas_limit: u64) -> u64 {
    gas_limit / GAS_OF_ITEM
}

/// Entries of the list: addresses and slots.
pub(super) fn items(record: &Record) -> u64 {
    record.accounts.values().map(|account| 1 + account.slots.len() as u64).sum()
}

/// Keccak-256 of the list's RLP.
pub(super) fn hash(record: &Record) -> H256 {
    let mut out = Writer::new();
    out.list(|out| record.accounts.iter().for_each(|(address, account)| write(address, account, out)));
    keccak256(&out.finish())
}

/// Address, slots with changes, slots without, balances, nonces and codes. All ascend.
fn write(address: &H160, account: &AccountRecord, out: &mut Writer) {
    out.list(|out| {
        out.bytes(address.as_bytes());
        out.list(|out| {
            for (key, changes) in account.slots.iter().filter(|(_, changes)| !changes.is_empty()) {
                out.list(|out| {
                    out.u256(*key);
                    changed(changes, out, |value, out| out.u256(*value));
                });
            }
        });
        out.list(|out| {
            account
                .slots
                .iter()
                .filter(|(_, changes)| changes.is_empty())
                .for_each(|(key, _)| out.u256(*key));
        });
        changed(&account.balances, out, |balance, out| out.u256(*balance));
        changed(&account.nonces, out, |nonce, out| out.u64(*nonce));
        changed(&account.codes, out, |code, out| out.bytes(code.bytes()));
    });
}

fn changed<T>(changes: &[(u32, T)], out: &mut Writer, write: impl Fn(&T, &mut Writer)) {
    out.list(|out| {
        for (index, value) in changes {
            out.list(|out| {
                out.u64(u64::from(*index));
                write(value, out);
            });
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use primitive_types::U256;

    #[test]
    fn an_empty_list_hashes_as_no_ommers_do() {
        assert_eq!(hash(&Record::default()), super::super::EMPTY_OMMERS_HASH);
    }

    #[test]
    fn slots_count_beside_addresses_and_values_change_the_hash() {
        let mut record = Record::default();
        let account = record.accounts.entry(H160::repeat_byte(1)).or_default();
        account.slots.insert(U256::one(), Vec::new());
        account.slots.insert(U256::from(2), vec![(1, U256::one())]);
        let before = hash(&record);
        assert_eq!(items(&record), 3);
        record.accounts.entry(H160::repeat_byte(1)).or_default().nonces.push((1, 1));
        assert_ne!(hash(&record), before);
    }
}
