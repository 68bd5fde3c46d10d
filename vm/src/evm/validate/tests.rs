#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::state::MemoryState;
use crate::tx::{Authorization, QuantumSignature};
use primitive_types::{H160, H256};

const SENDER: H160 = H160::repeat_byte(0x5e);

fn block() -> BlockEnv {
    BlockEnv { base_fee: 10.into(), blob_base_fee: 3.into(), ..BlockEnv::default() }
}

fn dynamic_fee() -> Transaction {
    Transaction {
        kind: TransactionType::DynamicFee,
        chain_id: Some(1),
        nonce: 4,
        gas_limit: 100_000,
        max_fee_per_gas: 12.into(),
        max_priority_fee_per_gas: 5.into(),
        to: Some(H160::zero()),
        ..Transaction::default()
    }
}

fn blob() -> Transaction {
    Transaction {
        kind: TransactionType::Blob,
        max_fee_per_blob_gas: 3.into(),
        blob_versioned_hashes: vec![H256([KZG_VERSION; 32])],
        ..dynamic_fee()
    }
}

fn set_code() -> Transaction {
    let authorizations = vec![Authorization::default()];
    Transaction { kind: TransactionType::SetCode, authorizations, ..dynamic_fee() }
}

fn judge(fork: Fork, tx: &Transaction) -> Result<Admission, Rejection> {
    validate(&ChainSpec::ethereum(fork), &block(), tx, 1 << 30)
}

fn reason(fork: Fork, tx: Transaction) -> Rejection {
    judge(fork, &tx).unwrap_err()
}

#[test]
fn good_ones_pass_and_are_priced() {
    let admission = judge(Fork::London, &dynamic_fee()).unwrap();
    assert_eq!((admission.gas_price, admission.blob_gas), (12.into(), 0));
    let generous = Transaction { max_fee_per_gas: 100.into(), ..dynamic_fee() };
    assert_eq!(judge(Fork::London, &generous).unwrap().gas_price, 15.into());
    assert_eq!(judge(Fork::Cancun, &blob()).unwrap().blob_gas, GAS_PER_BLOB);
    assert!(judge(Fork::Prague, &set_code()).is_ok());
}

#[test]
fn types_come_with_their_forks() {
    let access_list = Transaction { kind: TransactionType::AccessList, ..dynamic_fee() };
    for (tx, before, fork) in [
        (access_list, Fork::Istanbul, Fork::Berlin),
        (dynamic_fee(), Fork::Berlin, Fork::London),
        (blob(), Fork::Shanghai, Fork::Cancun),
        (set_code(), Fork::Cancun, Fork::Prague),
    ] {
        let kind = tx.kind as u8;
        assert!(judge(fork, &tx).is_ok());
        assert_eq!(reason(before, tx), Rejection::TypeNotSupported { kind, fork: before.name() });
    }
}

#[test]
fn the_chain_must_match_where_it_is_named() {
    let named = Transaction { chain_id: Some(5), ..dynamic_fee() };
    assert_eq!(reason(Fork::London, named), Rejection::WrongChainId { got: 5, expected: 1 });
    let legacy = Transaction { kind: TransactionType::Legacy, chain_id: None, ..dynamic_fee() };
    assert!(judge(Fork::Osaka, &legacy).is_ok());
}

#[test]
fn gas_has_bounds_below_and_above() {
    let with_gas = |gas_limit| Transaction { gas_limit, ..dynamic_fee() };
    assert!(judge(Fork::London, &with_gas(21_000)).is_ok());
    assert_eq!(
        reason(Fork::London, with_gas(20_999)),
        Rejection::IntrinsicGasTooLow { limit: 20_999, intrinsic: 21_000 }
    );
    let talkative = Transaction { data: vec![1; 100], ..with_gas(22_700) };
    assert!(judge(Fork::Cancun, &talkative).is_ok());
    assert_eq!(reason(Fork::Prague, talkative), Rejection::FloorGasTooLow { limit: 22_700, floor: 25_000 });
    assert!(judge(Fork::Prague, &with_gas((1 << 24) + 1)).is_ok());
    assert_eq!(
        reason(Fork::Osaka, with_gas((1 << 24) + 1)),
        Rejection::GasCapExceeded { limit: (1 << 24) + 1, cap: 1 << 24 }
    );
    let (limit, available) = (100_000, 99_999);
    let refused = validate(&ChainSpec::ethereum(Fork::London), &block(), &dynamic_fee(), available);
    assert_eq!(refused.unwrap_err(), Rejection::BlockGasExceeded { limit, available });
}

#[test]
fn nonces_and_init_code_have_limits() {
    assert_eq!(
        reason(Fork::London, Transaction { nonce: u64::MAX, ..dynamic_fee() }),
        Rejection::NonceOverflow
    );
    let long = Transaction { to: None, data: vec![0; 49_153], gas_limit: 500_000, ..dynamic_fee() };
    assert!(judge(Fork::Paris, &long).is_ok());
    assert_eq!(reason(Fork::Shanghai, long), Rejection::InitCodeTooLong { len: 49_153, limit: 49_152 });
}

#[test]
fn fees_must_cover_the_base_fee() {
    let with_fee = |max_fee: u64| Transaction { max_fee_per_gas: max_fee.into(), ..dynamic_fee() };
    assert!(judge(Fork::London, &with_fee(10)).is_ok());
    assert_eq!(
        reason(Fork::London, with_fee(9)),
        Rejection::FeeBelowBase { max_fee: 9.into(), base_fee: 10.into() }
    );
    assert_eq!(
        reason(Fork::London, with_fee(4)),
        Rejection::PriorityAboveMax { priority: 5.into(), max_fee: 4.into() }
    );
}

#[test]
fn blobs_are_counted_versioned_and_priced() {
    let with_blobs = |count| Transaction { blob_versioned_hashes: vec![H256([1; 32]); count], ..blob() };
    assert_eq!(reason(Fork::Cancun, with_blobs(0)), Rejection::NoBlobs);
    assert!(judge(Fork::Cancun, &with_blobs(6)).is_ok());
    assert_eq!(reason(Fork::Cancun, with_blobs(7)), Rejection::TooManyBlobs { count: 7, limit: 6 });
    assert!(judge(Fork::Prague, &with_blobs(9)).is_ok());
    assert_eq!(reason(Fork::Osaka, with_blobs(7)), Rejection::TooManyBlobs { count: 7, limit: 6 });
    let versions = vec![H256([1; 32]), H256([2; 32])];
    let versioned = Transaction { blob_versioned_hashes: versions, ..blob() };
    assert_eq!(reason(Fork::Cancun, versioned), Rejection::BlobVersion { index: 1, version: 2 });
    assert_eq!(
        reason(Fork::Cancun, Transaction { max_fee_per_blob_gas: 2.into(), ..blob() }),
        Rejection::BlobFeeBelowBase { max_fee: 2.into(), base_fee: 3.into() }
    );
    assert_eq!(
        reason(Fork::Cancun, Transaction { to: None, ..blob() }),
        Rejection::CreateNotAllowed { kind: 3 }
    );
}

#[test]
fn set_code_needs_a_target_and_authorizations() {
    let create = Transaction { to: None, gas_limit: 200_000, ..set_code() };
    assert_eq!(reason(Fork::Prague, create), Rejection::CreateNotAllowed { kind: 4 });
    let none = Transaction { authorizations: Vec::new(), ..set_code() };
    assert_eq!(reason(Fork::Prague, none), Rejection::NoAuthorizations);
}

/// Judges `tx` against a sender with nonce 4, `balance` and `code`.
fn judge_sender(fork: Fork, tx: &Transaction, balance: u64, code: &[u8]) -> Result<(), Rejection> {
    let mut state = MemoryState::new();
    state.insert_account(SENDER, 4, balance.into(), Code::new(code), []);
    let spec = ChainSpec::ethereum(fork);
    let mut journal = Journal::new(&state);
    let id = journal.load(&SENDER).unwrap();
    let admission = judge(fork, tx).unwrap();
    validate_sender(&spec, &mut journal, id, tx, &admission).unwrap()
}

#[test]
fn the_nonce_must_be_the_accounts() {
    for (nonce, expected) in [
        (3, Err(Rejection::NonceTooLow { got: 3, expected: 4 })),
        (4, Ok(())),
        (5, Err(Rejection::NonceTooHigh { got: 5, expected: 4 })),
    ] {
        let tx = Transaction { nonce, ..dynamic_fee() };
        assert_eq!(judge_sender(Fork::London, &tx, u64::MAX, &[]), expected);
    }
}

#[test]
fn the_balance_must_cover_the_highest_cost() {
    let tx = Transaction { value: 7.into(), ..blob() };
    let cost = 100_000 * 12 + GAS_PER_BLOB * 3 + 7;
    assert_eq!(judge_sender(Fork::Cancun, &tx, cost, &[]), Ok(()));
    let (sender, balance) = (SENDER, (cost - 1).into());
    let short = Err(Rejection::InsufficientBalance { sender, balance, cost: cost.into() });
    assert_eq!(judge_sender(Fork::Cancun, &tx, cost - 1, &[]), short);
    let absurd = Transaction { max_fee_per_gas: U256::MAX, ..dynamic_fee() };
    assert_eq!(judge_sender(Fork::Cancun, &absurd, cost, &[]), Err(Rejection::CostOverflow));
}

#[test]
fn contracts_do_not_send_unless_they_only_delegate() {
    let code = Err(Rejection::SenderHasCode { sender: SENDER });
    let delegation = Code::delegating_to(H160::zero());
    assert_eq!(judge_sender(Fork::London, &dynamic_fee(), u64::MAX, &[0]), code);
    assert_eq!(judge_sender(Fork::Cancun, &dynamic_fee(), u64::MAX, delegation.bytes()), code);
    assert_eq!(judge_sender(Fork::Prague, &dynamic_fee(), u64::MAX, delegation.bytes()), Ok(()));
}

fn quantum() -> Transaction {
    let quantum = QuantumSignature {
        sender: SENDER,
        scheme: 44,
        public_key: vec![1; 1_312],
        signature: vec![2; 2_420],
    };
    Transaction { kind: TransactionType::Quantum, quantum: Some(Box::new(quantum)), ..dynamic_fee() }
}

/// Judges `tx` with extensions; the base fee is 0 before London.
fn judge_extended(fork: Fork, tx: &Transaction) -> Result<Admission, Rejection> {
    let spec = ChainSpec { extensions: Extensions::Erbium, ..ChainSpec::ethereum(fork) };
    let base_fee = if fork >= Fork::London { block().base_fee } else { U256::zero() };
    validate(&spec, &BlockEnv { base_fee, ..block() }, tx, 1 << 30)
}

fn quantum_reason(tx: Transaction) -> Rejection {
    judge_extended(Fork::Osaka, &tx).unwrap_err()
}

#[test]
fn quantum_signed_ones_come_with_the_extensions_on_every_fork() {
    for fork in Fork::ALL {
        let admission = judge_extended(fork, &quantum()).unwrap();
        assert_eq!(admission.signature_gas, 6_512 + 4 * (1_312 + 2_420), "{fork}");
        assert_eq!(admission.gas_price, if fork >= Fork::London { 12 } else { 5 }.into(), "{fork}");
        let refused = Rejection::TypeNotSupported { kind: 0x45, fork: fork.name() };
        assert_eq!(judge(fork, &quantum()).unwrap_err(), refused);
    }
    assert_eq!(judge(Fork::London, &dynamic_fee()).unwrap().signature_gas, 0);
}

#[test]
fn quantum_signed_ones_follow_the_limits_of_type_2() {
    assert_eq!(quantum_reason(Transaction { nonce: u64::MAX, ..quantum() }), Rejection::NonceOverflow);
    assert_eq!(
        quantum_reason(Transaction { max_fee_per_gas: 9.into(), ..quantum() }),
        Rejection::FeeBelowBase { max_fee: 9.into(), base_fee: 10.into() }
    );
    assert_eq!(
        quantum_reason(Transaction { max_priority_fee_per_gas: 13.into(), ..quantum() }),
        Rejection::PriorityAboveMax { priority: 13.into(), max_fee: 12.into() }
    );
    let long = Transaction { to: None, data: vec![0; 49_153], gas_limit: 600_000, ..quantum() };
    assert!(judge_extended(Fork::Paris, &long).is_ok());
    assert_eq!(quantum_reason(long), Rejection::InitCodeTooLong { len: 49_153, limit: 49_152 });
}

#[test]
fn quantum_signed_ones_name_their_chain() {
    for (chain_id, got) in [(None, 0), (Some(0), 0), (Some(2), 2)] {
        let tx = Transaction { chain_id, ..quantum() };
        assert_eq!(quantum_reason(tx), Rejection::WrongChainId { got, expected: 1 });
    }
}

#[test]
fn quantum_signed_ones_have_an_access_list_from_berlin_on() {
    let tx = Transaction { access_list: vec![(SENDER, Vec::new())], ..quantum() };
    assert!(judge_extended(Fork::Berlin, &tx).is_ok());
    assert_eq!(
        judge_extended(Fork::Istanbul, &tx).unwrap_err(),
        Rejection::AccessListNotSupported { len: 1, fork: "Istanbul" }
    );
}

#[test]
fn quantum_signatures_have_a_form() {
    let with = |change: fn(&mut QuantumSignature)| {
        let mut tx = quantum();
        change(tx.quantum.as_mut().unwrap());
        quantum_reason(tx)
    };
    for number in [0, 2, 18, 45, 255] {
        let mut tx = quantum();
        tx.quantum.as_mut().unwrap().scheme = number;
        assert_eq!(quantum_reason(tx), Rejection::UnknownScheme { number });
    }
    let length = |what, got, expected| Rejection::QuantumLength { what, scheme: 44, got, expected };
    assert_eq!(with(|quantum| quantum.public_key.push(0)), length("public key", 1_313, 1_312));
    assert_eq!(with(|quantum| quantum.signature.truncate(2_419)), length("signature", 2_419, 2_420));
    assert_eq!(
        with(|quantum| quantum.scheme = 65),
        Rejection::QuantumLength { what: "public key", scheme: 65, got: 1_312, expected: 1_952 }
    );
    let none = Transaction { quantum: None, ..quantum() };
    assert_eq!(quantum_reason(none), Rejection::InvalidSignature { reason: "no quantum signature" });
}
