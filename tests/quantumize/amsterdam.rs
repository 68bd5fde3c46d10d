//! The commitment to what a block reads and writes (EIP-7928) is checked, and is that of the twin.

use super::blocks::{execute, shipped};
use erbium::Machine;
use erbium::quantumize::TwinOptions;
use erbium::validate::{BlockReport, CheckResult};
use erbium::vm::block::json::{BlockFile, PreAccount};
use erbium::vm::block::{
    CONSOLIDATION_REQUEST_ADDRESS, WITHDRAWAL_REQUEST_ADDRESS, receipts_root, transactions_root,
    withdrawals_root,
};
use erbium::vm::{ChainSpec, Fork, H256, U256};

const CHECK: &str = "block access list hash";

/// The first transaction of a real block, which has gas for any fork's rules, as a block of Amsterdam.
fn block() -> BlockFile {
    let original = shipped().into_iter().find(|original| original.name.contains("6196166")).unwrap();
    let mut file = BlockFile::from_json(&original.json).unwrap();
    file.spec = Some(ChainSpec::ethereum(Fork::Amsterdam).to_json());
    // Queues of requests that are always empty.
    for queue in [WITHDRAWAL_REQUEST_ADDRESS, CONSOLIDATION_REQUEST_ADDRESS] {
        let stop = PreAccount { nonce: 1, balance: U256::zero(), code: vec![0], storage: Vec::new() };
        file.pre_state.push((queue, stop));
    }
    file.pre_state.sort_by_key(|(address, _)| *address);
    file.block.transactions.truncate(1);
    file.claimed.transactions.truncate(1);
    file.block.withdrawals = Some(Vec::new());
    let header = &mut file.block.header;
    header.transactions_root = transactions_root(&file.block.transactions);
    header.difficulty = U256::zero();
    header.base_fee_per_gas = Some(U256::one());
    header.withdrawals_root = Some(withdrawals_root(&[]));
    header.blob_gas_used = Some(0);
    header.excess_blob_gas = Some(0);
    header.parent_beacon_block_root = Some(H256::zero());
    header.requests_hash = Some(H256::zero());
    header.block_access_list_hash = Some(H256::zero());
    header.slot_number = Some(1);
    header.gas_limit = 30_000_000;
    let result = execute(&file, None);
    let header = &mut file.block.header;
    header.gas_used = result.gas_used;
    header.logs_bloom = result.logs_bloom;
    header.receipts_root = receipts_root(&result.receipts);
    header.requests_hash = Some(result.requests_hash());
    header.block_access_list_hash = result.block_access_list_hash;
    file.claimed.hash = header.hash();
    file
}

fn validate(file: &BlockFile) -> BlockReport {
    Machine::default().validate(&file.to_json().unwrap(), None).unwrap()
}

fn check(report: &BlockReport) -> &CheckResult {
    &report.checks.iter().find(|check| check.name == CHECK).unwrap().result
}

#[test]
fn another_access_list_makes_a_block_invalid() {
    let mut file = block();
    let report = validate(&file);
    assert!(report.is_valid(), "{:?}", report.flaws);
    assert_eq!(check(&report), &CheckResult::Passed);

    file.block.header.block_access_list_hash = Some(H256::zero());
    file.claimed.hash = file.block.header.hash();
    let report = validate(&file);
    assert!(matches!(check(&report), CheckResult::Failed { .. }), "{report:?}");
    let [flaw] = report.flaws.as_slice() else { panic!("{:?}", report.flaws) };
    assert!(flaw.to_string().contains(CHECK), "{flaw}");
}

#[test]
fn a_twin_commits_to_its_own_accesses() {
    let original = block();
    let twin =
        Machine::default().quantumize(&original.to_json().unwrap(), None, TwinOptions::default()).unwrap();
    let hash = |file: &BlockFile| file.block.header.block_access_list_hash.unwrap();
    // Another price is paid: a signature of a twin takes more gas.
    assert_ne!(hash(&original), hash(&twin.file));
    let report = validate(&twin.file);
    assert!(report.is_valid(), "{:?}", report.flaws);
    assert_eq!(check(&report), &CheckResult::Passed);
}
