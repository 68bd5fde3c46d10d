//! Random transactions, headers, blocks and block files.

use erbium_vm::block::json::{BlockFile, ClaimedBlock, ClaimedTransaction, PreAccount};
use erbium_vm::block::{Block, Bloom, Header, Withdrawal};
use erbium_vm::tx::{
    AccessListItem, Authorization, EcdsaSignature, QuantumSignature, Transaction, TransactionType,
};
use erbium_vm::{H160, H256, U256};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;

/// Of every length in bits alike.
fn u256() -> impl Strategy<Value = U256> {
    (any::<[u64; 4]>(), 0usize..=256).prop_map(|(limbs, shift)| U256(limbs) >> shift)
}

fn u64() -> impl Strategy<Value = u64> {
    (any::<u64>(), 0u32..=64).prop_map(|(value, shift)| value.checked_shr(shift).unwrap_or_default())
}

fn address() -> impl Strategy<Value = H160> {
    any::<[u8; 20]>().prop_map(H160)
}

fn hash() -> impl Strategy<Value = H256> {
    any::<[u8; 32]>().prop_map(H256)
}

fn access() -> impl Strategy<Value = AccessListItem> {
    (address(), vec(hash(), 0..3))
}

fn authorization() -> impl Strategy<Value = Authorization> {
    (u256(), address(), u64(), any::<u8>(), u256(), u256()).prop_map(
        |(chain_id, address, nonce, y_parity, r, s)| Authorization {
            chain_id,
            address,
            nonce,
            y_parity: y_parity.into(),
            r,
            s,
        },
    )
}

/// Of any scheme and with key and signature of any length: what is carried has not been judged.
fn quantum_signature() -> impl Strategy<Value = QuantumSignature> {
    (address(), any::<u8>(), vec(any::<u8>(), 0..100), vec(any::<u8>(), 0..100)).prop_map(
        |(sender, scheme, public_key, signature)| QuantumSignature { sender, scheme, public_key, signature },
    )
}

/// Of any type, with the fields that the type has.
pub(crate) fn transaction() -> impl Strategy<Value = Transaction> {
    transaction_of(prop_oneof![0u8..5, Just(0x45)])
}

/// Of type 0x45.
pub(crate) fn quantum_transaction() -> impl Strategy<Value = Transaction> {
    transaction_of(Just(0x45))
}

fn transaction_of(number: impl Strategy<Value = u8>) -> impl Strategy<Value = Transaction> {
    let head = (number, option::of(u64()), u64(), u64(), u256(), u256());
    let body = (option::of(address()), u256(), vec(any::<u8>(), 0..100), vec(access(), 0..3));
    let later = (u256(), vec(hash(), 0..3), vec(authorization(), 0..3));
    let signature = ((u256(), u256(), any::<bool>()), quantum_signature());
    (head, body, later, signature).prop_map(|(head, body, later, ((r, s, y_odd), quantum))| {
        let kind = TransactionType::from_number(head.0).unwrap();
        let typed = kind != TransactionType::Legacy;
        let one_price = matches!(kind, TransactionType::Legacy | TransactionType::AccessList);
        let mut transaction = Transaction {
            kind,
            chain_id: head.1.or(typed.then_some(1)),
            nonce: head.2,
            gas_limit: head.3,
            max_fee_per_gas: head.4,
            max_priority_fee_per_gas: if one_price { head.4 } else { head.5 },
            to: body.0,
            value: body.1,
            data: body.2,
            access_list: if typed { body.3 } else { Vec::new() },
            ..Transaction::default()
        };
        match kind {
            TransactionType::Blob => {
                (transaction.max_fee_per_blob_gas, transaction.blob_versioned_hashes) = (later.0, later.1);
            }
            TransactionType::SetCode => transaction.authorizations = later.2,
            _ => {}
        }
        match kind {
            TransactionType::Quantum => transaction.quantum = Some(Box::new(quantum)),
            _ => transaction.signature = EcdsaSignature { r, s, y_odd },
        }
        transaction
    })
}

/// With the fields of one fork.
pub(crate) fn header() -> impl Strategy<Value = Header> {
    let hashes = any::<[[u8; 32]; 6]>();
    let numbers = (u64(), u64(), u64(), u64(), u256());
    let bytes = (address(), vec(any::<u8>(), 0..40), any::<[u8; 8]>(), vec(any::<u8>(), 256));
    let later = (0usize..6, u256(), hash(), u64(), u64(), hash(), hash());
    (hashes, numbers, bytes, later).prop_map(|(hashes, numbers, bytes, later)| {
        let [parent_hash, ommers_hash, state_root, transactions_root, receipts_root, mix_hash] =
            hashes.map(H256);
        let since = |fork: usize| later.0 >= fork;
        Header {
            parent_hash,
            ommers_hash,
            beneficiary: bytes.0,
            state_root,
            transactions_root,
            receipts_root,
            logs_bloom: Bloom(bytes.3.try_into().unwrap()),
            difficulty: numbers.4,
            number: numbers.0,
            gas_limit: numbers.1,
            gas_used: numbers.2,
            timestamp: numbers.3,
            extra_data: bytes.1,
            mix_hash,
            nonce: bytes.2,
            base_fee_per_gas: since(1).then_some(later.1),
            withdrawals_root: since(2).then_some(later.2),
            blob_gas_used: since(3).then_some(later.3),
            excess_blob_gas: since(3).then_some(later.4),
            parent_beacon_block_root: since(3).then_some(later.5),
            requests_hash: since(4).then_some(later.6),
            block_access_list_hash: since(5).then_some(later.5),
            slot_number: since(5).then_some(later.3),
        }
    })
}

fn withdrawal() -> impl Strategy<Value = Withdrawal> {
    (u64(), u64(), address(), u64()).prop_map(|(index, validator_index, address, amount_gwei)| Withdrawal {
        index,
        validator_index,
        address,
        amount_gwei,
    })
}

pub(crate) fn block() -> impl Strategy<Value = Block> {
    let body = (vec(transaction(), 0..4), vec(header(), 0..2), option::of(vec(withdrawal(), 0..3)));
    (header(), body).prop_map(|(header, (transactions, ommers, withdrawals))| Block {
        header,
        transactions,
        ommers,
        withdrawals,
    })
}

fn account() -> impl Strategy<Value = PreAccount> {
    let word = || u256().prop_map(|word| H256(word.to_big_endian()));
    (u64(), u256(), vec(any::<u8>(), 0..40), btree_map(word(), word(), 0..3)).prop_map(
        |(nonce, balance, code, storage)| PreAccount {
            nonce,
            balance,
            code,
            storage: storage.into_iter().collect(),
        },
    )
}

pub(crate) fn file() -> impl Strategy<Value = BlockFile> {
    let claims = (hash(), vec(hash(), 0..3), option::of(u256()), option::of(u64()), hash(), address());
    let state = (any::<bool>(), btree_map(address(), account(), 0..4), btree_map(u64(), hash(), 0..3));
    let spec = option::of(prop_oneof![Just("mainnet".into()), Just(serde_json::json!({"fork": "Osaka"}))]);
    (spec, block(), claims, state).prop_map(
        |(spec, block, claims, (whole_state, pre_state, block_hashes))| {
            // A quantum-signed transaction names its sender in the field that is a claim elsewhere.
            let claim = |tx: &Transaction| ClaimedTransaction {
                hash: claims.4,
                from: tx.quantum.as_ref().map_or(claims.5, |quantum| quantum.sender),
            };
            let claimed = ClaimedBlock {
                hash: claims.0,
                uncles: claims.1,
                total_difficulty: claims.2,
                size: claims.3,
                transactions: block.transactions.iter().map(claim).collect(),
            };
            BlockFile {
                spec,
                block: Block { ommers: Vec::new(), ..block },
                claimed,
                whole_state,
                pre_state: pre_state.into_iter().collect(),
                block_hashes: block_hashes.into_iter().collect(),
            }
        },
    )
}
