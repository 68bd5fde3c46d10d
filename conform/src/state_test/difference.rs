//! Where two states differ first.

use super::format::Alloc;
use erbium_vm::state::MemoryState;
use erbium_vm::{H160, H256, U256};
use std::collections::BTreeMap;
use std::fmt;

/// The first account, by address, that differs, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The account.
    pub address: H160,
    /// What about it.
    pub what: Detail,
}

/// What differs in an account; `got` before `expected`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the text of each says what it is")]
pub enum Detail {
    Missing,
    Unexpected,
    Nonce { got: u64, expected: u64 },
    Balance { got: U256, expected: U256 },
    Code { got: Vec<u8>, expected: Vec<u8> },
    Slot { key: H256, got: H256, expected: H256 },
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} ", self.address)?;
        match &self.what {
            Detail::Missing => f.write_str("is missing"),
            Detail::Unexpected => f.write_str("must not exist"),
            Detail::Nonce { got, expected } => write!(f, "has nonce {got}, not {expected}"),
            Detail::Balance { got, expected } => {
                let (sign, by) =
                    if got > expected { ("+", *got - *expected) } else { ("-", *expected - *got) };
                write!(f, "has balance {got:#x}, not {expected:#x} ({sign}{by})")
            }
            Detail::Code { got, expected } => {
                write!(f, "has code of {} bytes 0x{}, ", got.len(), shortened(got))?;
                write!(f, "not of {} bytes 0x{}", expected.len(), shortened(expected))
            }
            Detail::Slot { key, got, expected } => {
                let [key, got, expected] =
                    [key, got, expected].map(|word| U256::from_big_endian(word.as_bytes()));
                write!(f, "has slot {key:#x} = {got:#x}, not {expected:#x}")
            }
        }
    }
}

fn shortened(code: &[u8]) -> String {
    let end = if code.len() > 32 { ".." } else { "" };
    hex::encode(code.get(..32).unwrap_or(code)) + end
}

/// The first difference of `got` from `expected`, if there is one.
pub(crate) fn first(got: &MemoryState, expected: &Alloc) -> Option<Difference> {
    let found: BTreeMap<H160, _> = got.accounts().collect();
    let addresses = found.keys().copied().chain(expected.keys().map(|address| address.0));
    let mut addresses: Vec<H160> = addresses.collect();
    addresses.sort_unstable();
    addresses.dedup();
    addresses.into_iter().find_map(|address| {
        let detail = match (found.get(&address), expected.get(&crate::hex::Address(address))) {
            (None, _) => Detail::Missing,
            (_, None) => Detail::Unexpected,
            (Some(got), Some(expected)) => {
                let slots: BTreeMap<H256, H256> = got.storage().into_iter().collect();
                if got.nonce != expected.nonce.0 {
                    Detail::Nonce { got: got.nonce, expected: expected.nonce.0 }
                } else if got.code.bytes() != expected.code.0 {
                    Detail::Code { got: got.code.bytes().to_vec(), expected: expected.code.0.clone() }
                } else if let Some(slot) = first_slot(&slots, expected) {
                    slot
                } else if got.balance != expected.balance.0 {
                    Detail::Balance { got: got.balance, expected: expected.balance.0 }
                } else {
                    return None;
                }
            }
        };
        Some(Difference { address, what: detail })
    })
}

fn first_slot(got: &BTreeMap<H256, H256>, expected: &super::format::AllocAccount) -> Option<Detail> {
    let value =
        |key: &H256| expected.storage.get(&crate::hex::Word(*key)).map_or(H256::zero(), |word| word.0);
    let mut keys: Vec<H256> = got.keys().copied().chain(expected.storage.keys().map(|key| key.0)).collect();
    keys.sort_unstable();
    keys.into_iter().find_map(|key| {
        let (got, expected) = (got.get(&key).copied().unwrap_or_default(), value(&key));
        (got != expected).then_some(Detail::Slot { key, got, expected })
    })
}
