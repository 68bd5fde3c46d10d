//! Transactions as bytes.

use super::random::transaction;
use super::support::{mutate, mutations, recover, unhex};
use erbium_vm::rlp::{RlpError, RlpProblem, Writer};
use erbium_vm::tx::{Transaction, TransactionError, TransactionType};
use erbium_vm::{Fork, H160, H256, U256};
use proptest::prelude::*;

/// The transaction and authorization of an official set-code test and its sender, who is the authority too.
const SET_CODE: &str = "0x04f8c1018080078301b6bb9478d03ebeca16df0be46069103a22faeaf727cb480180c0f85cf85a8094fab860e17f\
    926f7cdb3c2cf02d0646e9fefb076b0180a03361aac6278699c96b2f068db52d9905fda1ae1afe5631e5f6ea054c392f547da03061a1756591\
    17fed7b98162dd29d88bb8e2bd99cfb91f1eb58f78077c6eaec380a093a7c9dde752a3510d07b0f5afb975ec392d0254f2902b97be63b0a70cb\
    874aba07eac733f60e0a26e9c0424e8ac0709a9eb2ec0cacccbf6e98b9e856772e7f826";
const SET_CODE_SENDER: &str = "0x78d03ebeca16df0be46069103a22faeaf727cb48";

#[test]
fn an_official_set_code_transaction_and_its_authority() {
    let bytes = unhex(SET_CODE);
    let transaction = Transaction::decode(&bytes).unwrap();
    assert_eq!(transaction.encode(), bytes);
    assert_eq!((transaction.kind, transaction.chain_id), (TransactionType::SetCode, Some(1)));
    let sender = H160::from_slice(&unhex(SET_CODE_SENDER));
    assert_eq!(recover(&transaction.recovery(Fork::Prague).unwrap()), Some(sender));
    let authorization = &transaction.authorizations[0];
    assert_eq!(recover(&authorization.recovery().unwrap()), Some(sender));

    let changed = Transaction { value: transaction.value + 1, ..transaction };
    assert_ne!(recover(&changed.recovery(Fork::Prague).unwrap()), Some(sender));
}

/// The example of EIP-155.
#[test]
fn the_signing_hash_of_eip_155() {
    let to = H160::repeat_byte(0x35);
    let price = U256::exp10(9) * 20;
    let transaction = Transaction {
        chain_id: Some(1),
        nonce: 9,
        max_fee_per_gas: price,
        max_priority_fee_per_gas: price,
        gas_limit: 21_000,
        to: Some(to),
        value: U256::exp10(18),
        ..Transaction::default()
    };
    let hash = unhex("0xdaf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53");
    assert_eq!(transaction.signing_hash(), H256::from_slice(&hash));
    assert_ne!(Transaction { chain_id: None, ..transaction }.signing_hash(), H256::from_slice(&hash));
}

/// A legacy transaction of these encoded fields.
fn legacy(fields: &[&[u8]]) -> Vec<u8> {
    let mut out = Writer::new();
    out.list(|out| fields.iter().for_each(|field| out.raw(field)));
    out.finish()
}

const GOOD: [&[u8]; 9] =
    [b"\x01", b"\x02", b"\x82\x52\x08", b"\x80", b"\x03", b"\x81\xff", b"\x1b", b"\x04", b"\x05"];

fn decode_with(at: usize, field: &'static [u8]) -> Result<Transaction, TransactionError> {
    let mut fields = GOOD;
    fields[at] = field;
    Transaction::decode(&legacy(&fields))
}

#[test]
fn what_is_not_exact_is_refused_by_name_and_place() {
    let good = Transaction::decode(&legacy(&GOOD)).unwrap();
    assert_eq!((good.nonce, good.gas_limit, good.to, good.data), (1, 21_000, None, vec![0xff]));

    let error = |field, offset, problem| Err(RlpError { field, offset, problem }.into());
    assert_eq!(decode_with(0, b"\x00"), error("nonce", 1, RlpProblem::LeadingZero));
    assert_eq!(
        decode_with(0, b"\x89\x01\0\0\0\0\0\0\0\0"),
        error("nonce", 1, RlpProblem::TooLarge { bits: 64 })
    );
    assert_eq!(decode_with(1, b"\x81\x02"), error("gasPrice", 2, RlpProblem::NotShortest));
    assert_eq!(decode_with(3, b"\x81\xaa"), error("to", 6, RlpProblem::WrongLength { expected: 20, got: 1 }));
    assert_eq!(decode_with(4, b"\xc0"), error("value", 7, RlpProblem::ExpectedBytes));
    assert_eq!(decode_with(6, b"\x1d"), Err(TransactionError::InvalidV { v: 29.into(), offset: 10 }));
    assert_eq!(decode_with(6, b"\x80"), Err(TransactionError::InvalidV { v: 0.into(), offset: 10 }));

    assert_eq!(Transaction::decode(&legacy(&GOOD[..8])), error("s", 12, RlpProblem::Missing));
    let longer = [&GOOD[..], &[b"\x01"]].concat();
    assert_eq!(
        Transaction::decode(&legacy(&longer)),
        error("transaction", 13, RlpProblem::Trailing { len: 1 })
    );
    let behind = [legacy(&GOOD), vec![0, 0]].concat();
    assert_eq!(Transaction::decode(&behind), error("transaction", 13, RlpProblem::Trailing { len: 2 }));
    assert_eq!(Transaction::decode(&[]), error("transaction", 0, RlpProblem::Missing));
    for byte in [0x00, 0x05, 0x44, 0x46, 0x7f, 0x80, 0xbf] {
        let typed = [vec![byte], legacy(&GOOD)].concat();
        assert_eq!(Transaction::decode(&typed), Err(TransactionError::UnknownType { byte, offset: 0 }));
    }
}

#[test]
fn a_parity_is_zero_or_one() {
    let good = Transaction { kind: TransactionType::DynamicFee, chain_id: Some(1), ..Transaction::default() };
    let mut bytes = good.encode();
    assert_eq!(Transaction::decode(&bytes).as_ref(), Ok(&good));
    let at = bytes.len() - 3;
    bytes[at] = 2;
    let error = TransactionError::InvalidParity { parity: 2.into(), offset: at };
    assert_eq!(Transaction::decode(&bytes), Err(error));
}

fn accepted_bytes_are_written_back(bytes: &[u8]) -> Result<(), TestCaseError> {
    if let Ok(transaction) = Transaction::decode(bytes) {
        prop_assert_eq!(transaction.encode(), bytes);
    }
    Ok(())
}

proptest! {
    #[test]
    fn transactions_read_back(transaction in transaction()) {
        prop_assert_eq!(Transaction::decode(&transaction.encode()), Ok(transaction));
    }

    #[test]
    fn mutated_transactions_are_refused_or_canonical(
        transaction in transaction(), mutations in mutations()) {
        accepted_bytes_are_written_back(&mutate(transaction.encode(), &mutations))?;
    }

    #[test]
    fn random_bytes_are_refused_or_canonical(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        accepted_bytes_are_written_back(&bytes)?;
    }
}
