//! Tests of the comparison with revm itself: it must go red where the machines differ.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use erbium_vm::evm::BlockEnv;
use erbium_vm::spec::ChainSpec;
use erbium_vm::{Fork, U256};
use std::path::Path;
use std::time::Duration;
use support::BenchError;
use support::block::{self, BlockWork};
use support::measure::{Cold, Comparison, Plan, compare, median};
use support::options::Options;
use support::ours::{self, OurBlock, OurCall};
use support::peer::{PeerBlock, PeerCall};
use support::workload::{self, Workload};

const PLAN: Plan = Plan { rounds: 2, sample: Duration::ZERO };

/// A call into `code`, read as a workload file.
fn workload(code: &str) -> Workload {
    let json = format!(
        r#"{{"name": "planted", "gas_limit": 100000,
            "pre": {{
                "0x1111111111111111111111111111111111111111":
                    {{"balance": "0xff", "nonce": "0x0", "code": "0x", "storage": {{}}}},
                "0xcccccccccccccccccccccccccccccccccccccccc":
                    {{"balance": "0x0", "nonce": "0x1", "code": "{code}", "storage": {{"0x1": "0x2"}}}}
            }},
            "txs": [{{"from": "0x1111111111111111111111111111111111111111",
                "to": "0xcccccccccccccccccccccccccccccccccccccccc", "data": "0x", "value": "0x1"}}]}}"#
    );
    workload::parse(Path::new("planted.json"), json.as_bytes()).unwrap()
}

/// Compares erbium on `ours` with revm on `peer`.
fn compare_calls(ours: &Workload, peer: &Workload) -> Result<Comparison, BenchError> {
    let spec = ChainSpec::ethereum(Fork::Osaka);
    let block = BlockEnv::default();
    let state = ours::state(ours);
    let mut ours = OurCall::new(ours, &spec, &block, &state);
    compare("planted", &mut ours, &mut PeerCall::new(peer, spec.fork, &block), PLAN)
}

fn compare_blocks(ours: &BlockWork, peer: &BlockWork) -> Result<Comparison, BenchError> {
    let state = ours.file.state_before();
    compare(&ours.name, &mut OurBlock::new(ours, &state), &mut PeerBlock::new(peer), PLAN)
}

fn example_block() -> BlockWork {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/blocks/930196.json");
    block::read("930196", &std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn gas_is_that_of_execution_alone() {
    // PUSH1 1, SLOAD (cold, 2100), PUSH0, MSTORE, PUSH1 32, PUSH0, RETURN
    let workload = workload("0x6001545f5260205ff3");
    let comparison = compare_calls(&workload, &workload).unwrap();
    assert_eq!(comparison.gas, 3 + 2100 + 2 + 6 + 3 + 2);
    assert_eq!(comparison.transactions, 1);
}

#[test]
fn a_planted_difference_in_gas_is_an_error_with_both_numbers() {
    // The second has a JUMPDEST more: one gas.
    let error = compare_calls(&workload("0x6001545000"), &workload("0x5b6001545000")).unwrap_err();
    assert!(matches!(&error, BenchError::Different { index: 0, .. }), "{error}");
    let message = error.to_string();
    for part in ["planted", "2105 gas", "2106 gas"] {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn a_cold_machine_does_the_same_work() {
    let (workload, spec, block) =
        (workload("0x6001545f5260205ff3"), ChainSpec::ethereum(Fork::Osaka), BlockEnv::default());
    let mut made = 0;
    let mut cold = Cold::new(|lend| {
        made += 1;
        let state = ours::state(&workload);
        lend(&mut OurCall::new(&workload, &spec, &block, &state))
    });
    let mut peer = PeerCall::new(&workload, spec.fork, &block);
    assert_eq!(compare("cold", &mut cold, &mut peer, PLAN).unwrap().gas, 2116);
    assert_eq!(made, 2 + PLAN.rounds, "one machine a run");
}

#[test]
fn planted_differences_at_equal_gas_are_errors() {
    for (what, one, other) in [
        ("outcome", "0x5f5f00", "0x5f5ffd"),
        ("refund", "0x60006001550000", "0x60036001550000"),
        ("output", "0x60005f5260205ff3", "0x60015f5260205ff3"),
    ] {
        let Err(BenchError::Different { ours, peer, .. }) = compare_calls(&workload(one), &workload(other))
        else {
            panic!("the planted {what} passed");
        };
        assert_eq!(ours.gas, peer.gas, "{what}");
    }
}

#[test]
fn an_example_block_agrees_with_revm_and_its_header() {
    let work = example_block();
    let comparison = compare_blocks(&work, &work).unwrap();
    assert_eq!(comparison.gas, work.block.header.gas_used);
    assert_eq!(comparison.transactions, work.block.transactions.len());
}

#[test]
fn planted_differences_in_a_block_are_errors_with_their_place() {
    let (work, mut other) = (example_block(), example_block());
    // Frontier: 68 gas a byte of data. Nothing is sent, so that it can be paid.
    let planted = &mut other.block.transactions[3];
    planted.data.push(1);
    planted.gas_limit += 68;
    planted.value = U256::zero();
    match compare_blocks(&work, &other) {
        Err(BenchError::Different { index: 3, ours, peer, .. }) => assert_eq!(peer.gas, ours.gas + 68),
        wrong => panic!("a planted byte gives {wrong:?}"),
    }

    let mut other = example_block();
    other.block.transactions.pop();
    assert!(matches!(compare_blocks(&work, &other), Err(BenchError::DifferentCount { .. })));

    let mut other = example_block();
    other.block.transactions[5].value = U256::MAX;
    assert!(matches!(compare_blocks(&work, &other), Err(BenchError::Failed { machine: "revm", .. })));
    assert!(matches!(compare_blocks(&other, &work), Err(BenchError::Failed { machine: "erbium", .. })));
}

#[test]
fn bad_files_and_options_are_refused() {
    let path = Path::new("bad.json");
    for bytes in ["", "{}", r#"{"name": "n", "gas_limit": 1, "pre": {}, "txs": []}"#] {
        assert!(workload::parse(path, bytes.as_bytes()).unwrap_err().to_string().starts_with("bad.json: "));
    }
    for arguments in [&["--rounds"][..], &["--rounds", "0"], &["--sample-ms", "x"], &["--wrong"]] {
        let options = Options::parse(arguments.iter().map(ToString::to_string));
        assert!(matches!(options, Err(BenchError::Usage(_))), "{arguments:?}");
    }
    let options =
        Options::parse(["--bench", "keccak", "--rounds", "3"].map(String::from).into_iter()).unwrap();
    assert_eq!(options.plan.rounds, 3);
    assert!(options.wants("keccak-32") && !options.wants("sload-warm"));
}

#[test]
fn median_is_the_middle() {
    assert_eq!(median([3.0, 1.0, 2.0].into_iter()), 2.0);
    assert_eq!(median([9.0].into_iter()), 9.0);
}
