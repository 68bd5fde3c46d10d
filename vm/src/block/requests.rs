//! Requests to the consensus layer (EIP-7685): deposits from logs, withdrawals and consolidations from their queues.

use super::literal::address;
use super::system::{CONSOLIDATION_REQUEST_ADDRESS, WITHDRAWAL_REQUEST_ADDRESS, dequeue_requests};
use super::{BlockError, Receipt};
use crate::evm::Evm;
use crate::state::Log;
use erbium_claims::Fault;
use primitive_types::{H160, H256};

/// Mainnet's deposit contract (EIP-6110).
pub const DEPOSIT_CONTRACT_ADDRESS: H160 = address(b"00000000219ab540356cbb839cbe05303d7705fa");
/// Keccak-256 of `DepositEvent(bytes,bytes,bytes,bytes,bytes)`.
const DEPOSIT_EVENT: H256 = H256([
    0x64, 0x9b, 0xbc, 0x62, 0xd0, 0xe3, 0x13, 0x42, 0xaf, 0xea, 0x4e, 0x5c, 0xd8, 0x2d, 0x40, 0x49, 0xe7,
    0xe1, 0xee, 0x91, 0x2f, 0xc0, 0x88, 0x9a, 0xa7, 0x90, 0x80, 0x3b, 0xe3, 0x90, 0x38, 0xc5,
]);

const DEPOSIT: u8 = 0;
const WITHDRAWAL: u8 = 1;
const CONSOLIDATION: u8 = 2;

/// The five byte strings of a deposit: where each begins in the event's ABI encoding, and how long it is.
const DEPOSIT_FIELDS: [(usize, usize); 5] = [(160, 48), (256, 32), (320, 8), (384, 96), (512, 8)];
const DEPOSIT_EVENT_LEN: usize = 576;

/// The block's requests, each its type and data, without those that have no data.
pub(super) fn collect(
    evm: &mut Evm<'_>,
    receipts: &[Receipt],
) -> Result<Result<Vec<Vec<u8>>, BlockError>, Fault> {
    let mut requests = Vec::new();
    let mut push = |kind: u8, data: &[u8]| {
        if !data.is_empty() {
            requests.push([&[kind], data].concat());
        }
    };
    match deposits(receipts) {
        Ok(data) => push(DEPOSIT, &data),
        Err(error) => return Ok(Err(error)),
    }
    for (kind, contract) in
        [(WITHDRAWAL, WITHDRAWAL_REQUEST_ADDRESS), (CONSOLIDATION, CONSOLIDATION_REQUEST_ADDRESS)]
    {
        match dequeue_requests(evm, contract)? {
            Ok(data) => push(kind, &data),
            Err(error) => return Ok(Err(error)),
        }
    }
    Ok(Ok(requests))
}

/// Data of all deposit requests, from the deposit contract's logs.
fn deposits(receipts: &[Receipt]) -> Result<Vec<u8>, BlockError> {
    let mut data = Vec::new();
    for (transaction, receipt) in receipts.iter().enumerate() {
        for log in receipt.logs.iter().filter(|log| is_deposit(log)) {
            let fields = deposit(&log.data).ok_or(BlockError::DepositLayout { transaction })?;
            fields.iter().for_each(|field| data.extend_from_slice(field));
        }
    }
    Ok(data)
}

fn is_deposit(log: &Log) -> bool {
    log.address == DEPOSIT_CONTRACT_ADDRESS && log.topics.first() == Some(&DEPOSIT_EVENT)
}

/// Public key, withdrawal credentials, amount, signature and index, if offsets and lengths are what they must be.
fn deposit(event: &[u8]) -> Option<[&[u8]; 5]> {
    if event.len() != DEPOSIT_EVENT_LEN {
        return None;
    }
    let mut fields: [&[u8]; 5] = [&[]; 5];
    for (index, (field, (offset, len))) in fields.iter_mut().zip(DEPOSIT_FIELDS).enumerate() {
        if number(event, index * 32)? != offset || number(event, offset)? != len {
            return None;
        }
        *field = event.get(offset + 32..offset + 32 + len)?;
    }
    Some(fields)
}

/// The word at `at`, where it is a small number.
fn number(event: &[u8], at: usize) -> Option<usize> {
    let word = event.get(at..at + 32)?;
    let (high, low) = word.split_at(24);
    let low = u64::from_be_bytes(low.try_into().ok()?);
    if high.iter().all(|&byte| byte == 0) { usize::try_from(low).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::Outcome;
    use crate::keccak::keccak256;
    use crate::tx::TransactionType;

    /// An event whose fields are filled with their numbers, from 1.
    fn event() -> Vec<u8> {
        let mut event = vec![0; DEPOSIT_EVENT_LEN];
        for (index, (offset, len)) in DEPOSIT_FIELDS.into_iter().enumerate() {
            event[index * 32 + 30..][..2].copy_from_slice(&(offset as u16).to_be_bytes());
            event[offset + 31] = len as u8;
            event[offset + 32..][..len].fill(index as u8 + 1);
        }
        event
    }

    fn receipts(address: H160, topic: H256, data: Vec<u8>) -> Vec<Receipt> {
        let log = Log { address, topics: vec![topic], data };
        let receipt = |logs| Receipt::new(TransactionType::Legacy, Outcome::Status(true), 0, logs);
        vec![receipt(Vec::new()), receipt(vec![log])]
    }

    #[test]
    fn the_event_is_named_by_its_hash() {
        assert_eq!(keccak256(b"DepositEvent(bytes,bytes,bytes,bytes,bytes)"), DEPOSIT_EVENT);
    }

    #[test]
    fn a_deposit_is_its_fields_without_padding() {
        let data = deposits(&receipts(DEPOSIT_CONTRACT_ADDRESS, DEPOSIT_EVENT, event()));
        let expected = [vec![1; 48], vec![2; 32], vec![3; 8], vec![4; 96], vec![5; 8]].concat();
        assert_eq!(data, Ok(expected));
    }

    #[test]
    fn other_logs_are_no_deposits() {
        let elsewhere = receipts(H160::zero(), DEPOSIT_EVENT, event());
        let another = receipts(DEPOSIT_CONTRACT_ADDRESS, H256::zero(), event());
        assert_eq!((deposits(&elsewhere), deposits(&another)), (Ok(Vec::new()), Ok(Vec::new())));
    }

    #[test]
    fn a_deposit_of_another_layout_makes_the_block_invalid() {
        let refused = Err(BlockError::DepositLayout { transaction: 1 });
        let judge = |event| deposits(&receipts(DEPOSIT_CONTRACT_ADDRESS, DEPOSIT_EVENT, event));
        assert_eq!(judge([event(), vec![0]].concat()), refused);
        for (index, (offset, _)) in DEPOSIT_FIELDS.into_iter().enumerate() {
            for at in [index * 32, index * 32 + 31, offset + 31] {
                let mut event = event();
                event[at] ^= 1;
                assert_eq!(judge(event), refused, "byte {at}");
            }
        }
    }
}
