//! The example of an encrypted balance: its block is made here again, validated from the command line, and what it did to
//! ciphertexts is evaluated: on plain numbers, and with the feature `he` on ciphertexts.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod command;

use command::{Answer, FINE};
use erbium::keys::Key;
use erbium::vm::block::json::{BlockFile, ClaimedTransaction, PreAccount};
use erbium::vm::block::{
    BlockInput, WholeState, execute_block, receipts_root, transactions_root, withdrawals_root,
};
use erbium::vm::claims::DilithiumScheme;
use erbium::vm::claims::homomorphic::{Code, LoggedOperation};
use erbium::vm::evm::{BlockEnv, Evm};
use erbium::vm::tx::Transaction;
use erbium::vm::{ChainSpec, H160, H256, U256, homomorphic, keccak256, registry};
use erbium_he::{compute, read_log};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;

const CONTRACT: H160 = H160::repeat_byte(0xba);
/// What each transaction does, and the balance after it.
const STORY: [(&str, u64, u64); 3] =
    [("deposit(uint16)", 1_000, 1_000), ("spend(uint16)", 300, 700), ("spend(uint16)", 5_000, 700)];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/homomorphic")
}

fn erbium(args: &[&str]) -> Answer {
    let mut command = Command::new(env!("CARGO_BIN_EXE_erbium"));
    Answer::from(command.args(args).env("ERBIUM_GPU", "off").output().unwrap())
}

/// The transactions of the story, signed by an account that has never registered a key.
fn transactions(key: &Key) -> Vec<Transaction> {
    let each = STORY.iter().enumerate().map(|(nonce, (signature, amount, _))| {
        let selector = &keccak256(signature.as_bytes())[..4];
        let transaction = Transaction {
            chain_id: Some(ChainSpec::erbium().chain_id),
            nonce: nonce as u64,
            max_fee_per_gas: 7.into(),
            gas_limit: 300_000,
            to: Some(CONTRACT),
            data: [selector, &U256::from(*amount).to_big_endian()].concat(),
            ..Transaction::default()
        };
        key.sign_transaction(transaction, key.address()).unwrap()
    });
    each.collect()
}

/// The example's block on the chain `erbium`, with everything that its header says.
fn block() -> BlockFile {
    let spec = ChainSpec::erbium();
    let key = Key::from_seed(DilithiumScheme::MlDsa44, &[0xba; 32]).unwrap();
    let code = std::fs::read_to_string(folder().join("balance.hex")).unwrap();
    let account = |nonce: u64, balance: u64, code: Vec<u8>| PreAccount {
        nonce,
        balance: balance.into(),
        code,
        storage: Vec::new(),
    };
    let mut file = BlockFile { spec: Some(spec.to_json()), whole_state: true, ..BlockFile::default() };
    file.pre_state = vec![
        (CONTRACT, account(1, 0, hex::decode(code.trim_end()).unwrap())),
        (key.address(), account(0, 1_000_000_000, Vec::new())),
        (spec.registry, registry::genesis_account(&spec)),
        (spec.he_system, homomorphic::genesis_account()),
    ];
    // The queues of requests have to be there (EIP-7002, EIP-7251); these have none.
    for queue in ["00000961ef480eb55e80d19ad83579a64c007002", "0000bbddc7ce488642fb579f8b00f3a590007251"] {
        file.pre_state.push((H160::from_slice(&hex::decode(queue).unwrap()), account(1, 0, vec![0])));
    }
    file.pre_state.sort_by_key(|(address, _)| *address);
    file.block.transactions = transactions(&key);
    file.block.withdrawals = Some(Vec::new());
    let header = &mut file.block.header;
    header.ommers_hash = erbium::vm::block::EMPTY_OMMERS_HASH;
    header.number = 1;
    header.gas_limit = 30_000_000;
    header.timestamp = 1_700_000_000;
    header.base_fee_per_gas = Some(7.into());
    header.withdrawals_root = Some(withdrawals_root(&[]));
    (header.blob_gas_used, header.excess_blob_gas) = (Some(0), Some(0));
    header.parent_beacon_block_root = Some(H256::zero());
    header.transactions_root = transactions_root(&file.block.transactions);

    let state = file.state_before();
    let (roots, env) = (WholeState::new(&state), BlockEnv::of_header(&spec, &file.block.header).unwrap());
    let mut evm = Evm::new(&spec, &env, &state);
    let senders = vec![key.address(); STORY.len()];
    let input = BlockInput {
        block: &file.block,
        senders: &senders,
        authorities: &vec![Vec::new(); STORY.len()],
        rlp_size: None,
        state_root: Some(&roots),
    };
    let result = execute_block(&mut evm, &input).unwrap().unwrap();
    assert!(result.transactions.iter().all(|transaction| transaction.outcome.is_success()));
    let state_root = erbium::vm::block::StateRoot::root_after(&roots, &evm.journal.changes()).unwrap();
    let header = &mut file.block.header;
    header.gas_used = result.gas_used;
    header.logs_bloom = result.logs_bloom;
    header.state_root = state_root;
    header.receipts_root = receipts_root(&result.receipts);
    header.requests_hash = Some(result.requests_hash());
    file.claimed.hash = header.hash();
    file.claimed.size = Some(file.block.encode().len() as u64);
    let claimed =
        |transaction: &Transaction| ClaimedTransaction { hash: transaction.hash(), from: key.address() };
    file.claimed.transactions = file.block.transactions.iter().map(claimed).collect();
    file
}

#[test]
fn the_example_s_block_is_the_one_that_is_made_here() {
    let (path, made) = (folder().join("block.json"), block().to_json().unwrap());
    // To be set when the contract or the story changes.
    if std::env::var_os("ERBIUM_WRITE_EXAMPLE").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    assert!(std::fs::read(&path).unwrap() == made, "{} is another block", path.display());
}

/// Validates the example from the command line: its log.
fn validated() -> (String, Vec<LoggedOperation>) {
    let path = folder().join("block.json");
    let answer = erbium(&["validate", "--json", path.to_str().unwrap()]).expect(FINE);
    let value = answer.json();
    assert_eq!(value["blocks"][0]["verdict"], "valid");
    let log = read_log(answer.stdout.as_bytes()).unwrap();
    (answer.stdout, log)
}

/// The balances that were allowed to be used later: one a transaction.
fn balances(log: &[LoggedOperation]) -> Vec<LoggedOperation> {
    log.iter().filter(|entry| entry.operation.code() == Code::Allow).copied().collect()
}

#[test]
fn plain_numbers_come_to_the_story_s_balances() {
    let (_, log) = validated();
    let names: Vec<_> = log.iter().map(|entry| entry.operation.code().name()).collect();
    let spending = ["encrypt", "ge", "sub", "select", "allow"];
    assert_eq!(names, [&["encrypt", "allow"][..], &spending, &spending].concat());
    let mut values = HashMap::new();
    for entry in &log {
        let inputs: Vec<_> = entry.operation.inputs().map(|input| values[&input]).collect();
        values.insert(entry.result, compute(entry, &inputs));
    }
    let found: Vec<_> = balances(&log).iter().map(|entry| values[&entry.result]).collect();
    assert_eq!(found, STORY.map(|(.., balance)| U256::from(balance)));
    let block = balances(&log).iter().map(|entry| entry.place.transaction).collect::<Vec<_>>();
    assert_eq!(block, [0, 1, 2]);
}

#[cfg(feature = "he")]
#[test]
fn ciphertexts_come_to_the_story_s_balances() {
    let work = std::env::temp_dir().join(format!("erbium-balance-{}", std::process::id()));
    std::fs::create_dir_all(&work).unwrap();
    let place = |name: &str| work.join(name).to_str().unwrap().to_owned();
    let (json, log) = validated();
    std::fs::write(place("log.json"), json).unwrap();
    std::fs::write(place("seed"), format!("{}\n", "5e".repeat(32))).unwrap();
    let (keys, store) = (place("keys"), place("store"));
    let where_ = ["--keys", &keys, "--store", &store];
    erbium(&["tool", "he", "keygen", "--seed", &place("seed"), "--keys", &keys]).expect(FINE).out("key ");
    let evaluate = [&["tool", "he", "evaluate", &place("log.json")], &where_[..]].concat();
    erbium(&evaluate).expect(FINE).out("9 operations evaluated").out("; 0 were there");
    erbium(&evaluate).expect(FINE).out("0 operations evaluated").out("; 9 were there");
    for (entry, (.., balance)) in balances(&log).iter().zip(STORY) {
        let handle = entry.result.to_string();
        let answer = erbium(&[&["tool", "he", "decrypt", &handle], &where_[..]].concat()).expect(FINE);
        assert_eq!(answer.stdout, format!("{handle} u16 {balance}\n"));
    }
    // HE_DECRYPT of 5 + 6 under the policy `local`, by the key's id.
    let id = std::fs::read_to_string(work.join("store/key")).unwrap();
    std::fs::write(
        place("local.toml"),
        "fork = \"Osaka\"\nextensions = \"erbium\"\nchain_id = 17778\npolicy = \"local\"\n",
    )
    .unwrap();
    let encrypt = |value: u8| format!("5f60{value:02x}6002e5");
    let code = format!("7f{}5f{}{}5faee7aee65f5260205ff3", id.trim(), encrypt(5), encrypt(6));
    let flags = ["--spec", &place("local.toml"), "--he-keys", &keys, "--he-store", &store];
    let answer = erbium(&[&["run", "--json", "--code", &code], &flags[..]].concat()).expect(FINE);
    let output = answer.json()["output"].as_str().unwrap().to_owned();
    assert_eq!(output, format!("{:#066x}", 11), "{}", answer.stdout);
    let _ = std::fs::remove_dir_all(&work);
}
