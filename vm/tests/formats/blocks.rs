//! Headers and blocks as bytes.

use super::random::{block, header};
use super::support::{data, mutate, mutations, unhex};
use erbium_vm::block::{
    Block, BlockDecodeError, Header, ommers_hash, requests_hash, transactions_root, withdrawals_root,
};
use erbium_vm::rlp::{RlpError, RlpProblem};
use erbium_vm::state::Account;
use erbium_vm::trie::state_root;
use erbium_vm::{H160, H256, U256, keccak256};
use proptest::prelude::*;
use serde_json::Value;

fn hash(value: &Value) -> H256 {
    H256::from_slice(&unhex(value.as_str().unwrap()))
}

/// A block of an official test: its hash, its roots, and back to the same bytes.
fn check(rlp: &[u8], expected: H256) -> Block {
    let block = Block::decode(rlp).unwrap();
    assert_eq!(block.hash(), expected);
    assert_eq!(block.encode(), rlp);
    assert_eq!(transactions_root(&block.transactions), block.header.transactions_root);
    assert_eq!(ommers_hash(&block.ommers), block.header.ommers_hash);
    assert_eq!(block.withdrawals.as_deref().map(withdrawals_root), block.header.withdrawals_root);
    block
}

#[test]
fn official_blocks_of_every_kind() {
    let blocks: Value = serde_json::from_slice(&data("official-rlp.json")).unwrap();
    let blocks = blocks.as_array().unwrap();
    assert_eq!(blocks.len(), 8);
    for entry in blocks {
        let rlp = unhex(entry["rlp"].as_str().unwrap());
        let block = check(&rlp, hash(&entry["hash"]));
        let what = entry["what"].as_str().unwrap();
        let is_what = match what {
            "an ommer" => block.ommers.len() == 1,
            "two ommers" => block.ommers.len() == 2,
            "withdrawals" => block.withdrawals.is_some_and(|list| !list.is_empty()),
            kind => block.transactions.iter().any(|tx| kind == format!("type {}", tx.kind.number())),
        };
        assert!(is_what, "{what}");

        let mut gas = block.header;
        gas.gas_used += 1;
        assert_ne!(gas.hash(), hash(&entry["hash"]));
    }
}

/// The accounts of an official test.
fn root_of_state(state: &Value) -> H256 {
    let number = |value: &Value| U256::from_str_radix(value.as_str().unwrap(), 16).unwrap();
    let word = |value: U256| H256(value.to_big_endian());
    let accounts = state.as_object().unwrap().iter().map(|(address, account)| {
        let storage: Vec<_> = account["storage"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(key, value)| (word(number(&Value::from(key.as_str()))), word(number(value))))
            .collect();
        let code_hash = keccak256(&unhex(account["code"].as_str().unwrap()));
        let nonce = number(&account["nonce"]).as_u64();
        let account = Account { nonce, balance: number(&account["balance"]), code_hash };
        (H160::from_slice(&unhex(address)), account, storage)
    });
    state_root(accounts)
}

#[test]
fn an_official_chain_with_its_states() {
    let file: Value = serde_json::from_slice(&data("official-clz-initcode.json")).unwrap();
    for test in file.as_object().unwrap().values() {
        let genesis_hash = hash(&test["genesisBlockHeader"]["hash"]);
        let genesis = check(&unhex(test["genesisRLP"].as_str().unwrap()), genesis_hash);
        assert_eq!(root_of_state(&test["pre"]), genesis.header.state_root);
        assert_eq!(genesis.header.requests_hash, Some(requests_hash([])));

        let blocks = test["blocks"].as_array().unwrap();
        let last = &blocks[blocks.len() - 1];
        let block = check(&unhex(last["rlp"].as_str().unwrap()), hash(&test["lastblockhash"]));
        assert_eq!(root_of_state(&test["postState"]), block.header.state_root);
        assert_ne!(root_of_state(&test["pre"]), block.header.state_root);
    }
}

#[test]
fn an_error_in_a_block_names_the_transaction_and_counts_from_the_blocks_start() {
    let blocks: Value = serde_json::from_slice(&data("official-rlp.json")).unwrap();
    let entry = blocks.as_array().unwrap().iter().find(|entry| entry["what"] == "type 2").unwrap();
    let rlp = unhex(entry["rlp"].as_str().unwrap());
    let block = Block::decode(&rlp).unwrap();
    let encoded = block.transactions[0].encode();
    let at = rlp.windows(encoded.len()).position(|window| window == encoded).unwrap();
    let mut broken = rlp.clone();
    // The chain id of the transaction, one byte behind its type and the two or three bytes of its list's header.
    let chain_id = at + 1 + if encoded[1] == 0xf9 { 3 } else { 2 };
    broken[chain_id] = 0;
    let source = RlpError { field: "chainId", offset: chain_id, problem: RlpProblem::LeadingZero }.into();
    assert_eq!(Block::decode(&broken), Err(BlockDecodeError::Transaction { index: 0, source }));
}

#[test]
fn a_header_with_a_gap_does_not_read_back() {
    let header = Header { requests_hash: Some(H256::zero()), ..Header::default() };
    assert!(Header::decode(&header.encode()).is_err());
}

proptest! {
    #[test]
    fn headers_read_back(header in header()) {
        prop_assert_eq!(Header::decode(&header.encode()), Ok(header));
    }

    #[test]
    fn blocks_read_back(block in block()) {
        prop_assert_eq!(Block::decode(&block.encode()), Ok(block));
    }

    #[test]
    fn mutated_blocks_are_refused_or_canonical(block in block(), mutations in mutations()) {
        let bytes = mutate(block.encode(), &mutations);
        if let Ok(block) = Block::decode(&bytes) {
            prop_assert_eq!(block.encode(), bytes);
        }
    }

    #[test]
    fn random_bytes_are_refused_or_canonical(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        if let Ok(header) = Header::decode(&bytes) {
            prop_assert_eq!(header.encode(), &bytes[..]);
        }
        if let Ok(block) = Block::decode(&bytes) {
            prop_assert_eq!(block.encode(), bytes);
        }
    }
}
