//! Real blocks, executed and compared with what their headers say came of them.

#![expect(clippy::unwrap_used, reason = "tests")]

use erbium_vm::block::json::BlockFile;
use erbium_vm::block::{BlockError, BlockInput, BlockResult, Header, execute_block};
use erbium_vm::evm::{BlockEnv, Evm};
use erbium_vm::{ChainSpec, H160, Rejection};
use std::path::PathBuf;

fn read(name: &str) -> BlockFile {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/data/blocks").join(name);
    BlockFile::from_json(&std::fs::read(path).unwrap()).unwrap()
}

fn execute(file: &BlockFile) -> Result<BlockResult, BlockError> {
    let header = &file.block.header;
    let spec = ChainSpec::mainnet(header.number, header.timestamp);
    let env = BlockEnv::of_header(&spec, header)?;
    let state = file.state_before();
    let mut evm = Evm::new(&spec, &env, &state);
    let senders: Vec<H160> = file.claimed.transactions.iter().map(|claimed| claimed.from).collect();
    let authorities = vec![Vec::new(); senders.len()];
    let input = BlockInput {
        block: &file.block,
        senders: &senders,
        authorities: &authorities,
        rlp_size: None,
        state_root: None,
    };
    execute_block(&mut evm, &input).unwrap()
}

/// What does not agree with the header, by the names of its fields.
fn differences(result: &BlockResult, header: &Header) -> Vec<&'static str> {
    let compared = [
        ("gasUsed", result.gas_used == header.gas_used),
        ("logsBloom", result.logs_bloom == header.logs_bloom),
        ("receiptsRoot", result.receipts_root().is_none_or(|root| root == header.receipts_root)),
        ("blobGasUsed", header.blob_gas_used.is_none_or(|blob_gas| blob_gas == result.blob_gas_used)),
    ];
    compared.into_iter().filter(|&(_, agrees)| !agrees).map(|(name, _)| name).collect()
}

#[test]
fn real_blocks_come_out_as_their_headers_say() {
    for name in ["930196.json", "2688148.json"] {
        let file = read(name);
        let result = execute(&file).unwrap();
        assert_eq!(differences(&result, &file.block.header), [""; 0], "{name}");
        assert_eq!(result.transactions.len(), file.block.transactions.len());
    }
}

#[test]
fn planted_differences_are_named() {
    let mut file = read("930196.json");
    file.block.header.gas_used += 1;
    file.block.header.logs_bloom.accrue(&[1]);
    assert_eq!(differences(&execute(&file).unwrap(), &file.block.header), ["gasUsed", "logsBloom"]);
}

#[test]
fn a_tampered_pre_state_names_the_transaction() {
    let mut file = read("930196.json");
    let sender = file.claimed.transactions[3].from;
    let (_, account) = file.pre_state.iter_mut().find(|(address, _)| *address == sender).unwrap();
    account.nonce += 1;
    let position = file.claimed.transactions.iter().position(|claimed| claimed.from == sender);
    let error = execute(&file).unwrap_err();
    assert!(
        matches!(error, BlockError::Transaction { index, reason: Rejection::NonceTooLow { .. } } if Some(index) == position),
        "{error}"
    );
}
