//! Receipts: what a transaction left behind, as the receipts root commits to it.

use super::Bloom;
use crate::keccak::keccak256;
use crate::rlp::Writer;
use crate::state::Log;
use crate::tx::TransactionType;
use primitive_types::H256;

/// How a receipt tells what became of its transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The state's root after the transaction, before Byzantium.
    StateRoot(H256),
    /// True for success, from Byzantium on (EIP-658).
    Status(bool),
}

/// A receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Type of the transaction.
    pub kind: TransactionType,
    /// What became of it.
    pub outcome: Outcome,
    /// Gas used in the block up to and with this transaction.
    pub cumulative_gas_used: u64,
    /// Bloom of the logs.
    pub bloom: Bloom,
    /// Logs in order.
    pub logs: Vec<Log>,
}

impl Receipt {
    /// A receipt with the bloom of its logs.
    pub fn new(kind: TransactionType, outcome: Outcome, cumulative_gas_used: u64, logs: Vec<Log>) -> Self {
        Self { kind, outcome, cumulative_gas_used, bloom: Bloom::of_logs(&logs), logs }
    }

    /// The form that the receipts root is over: a list, behind the type byte where there is one (EIP-2718).
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Writer::new();
        if self.kind != TransactionType::Legacy {
            out.raw(&[self.kind.number()]);
        }
        out.list(|out| {
            match self.outcome {
                Outcome::StateRoot(root) => out.bytes(root.as_bytes()),
                Outcome::Status(success) => out.u64(u64::from(success)),
            }
            out.u64(self.cumulative_gas_used);
            out.bytes(&self.bloom.0);
            write_logs(&self.logs, out);
        });
        out.finish()
    }
}

/// Keccak-256 of the RLP of a list of logs: what state tests compare.
pub fn logs_hash(logs: &[Log]) -> H256 {
    let mut out = Writer::new();
    write_logs(logs, &mut out);
    keccak256(&out.finish())
}

fn write_logs(logs: &[Log], out: &mut Writer) {
    out.list(|out| {
        for log in logs {
            out.list(|out| {
                out.bytes(log.address.as_bytes());
                out.list(|out| log.topics.iter().for_each(|topic| out.bytes(topic.as_bytes())));
                out.bytes(&log.data);
            });
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::EMPTY_OMMERS_HASH;

    #[test]
    fn no_logs_hash_to_the_empty_list() {
        assert_eq!(logs_hash(&[]), EMPTY_OMMERS_HASH);
        let log = Log { address: Default::default(), topics: Vec::new(), data: Vec::new() };
        assert_ne!(logs_hash(&[log]), EMPTY_OMMERS_HASH);
    }

    #[test]
    fn the_type_stands_before_the_list() {
        let receipt = |kind, outcome| Receipt::new(kind, outcome, 21_000, Vec::new()).encode();
        let legacy = receipt(TransactionType::Legacy, Outcome::Status(true));
        assert_eq!(legacy[..4], [0xf9, 0x01, 0x08, 0x01]);
        assert_eq!(receipt(TransactionType::Blob, Outcome::Status(true)), [&[3], &legacy[..]].concat());
        assert_eq!(receipt(TransactionType::Legacy, Outcome::Status(false))[3], 0x80);
        let with_root = receipt(TransactionType::Legacy, Outcome::StateRoot(H256::repeat_byte(7)));
        assert_eq!(with_root[3..5], [0xa0, 7]);
    }
}
