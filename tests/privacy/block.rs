//! The block of `examples/privacy/block.json`: made here, byte for byte, and validated.

use crate::scene::{ANNOUNCER, Frame, Person, VAULT, contract, spec};
use erbium::Machine;
use erbium::stealth::announcement;
use erbium::vm::block::json::{BlockFile, ClaimedBlock, ClaimedTransaction, PreAccount};
use erbium::vm::block::{
    Block, BlockInput, EMPTY_OMMERS_HASH, Header, StateRoot, WholeState, execute_block, receipts_root,
    transactions_root, withdrawals_root,
};
use erbium::vm::evm::{BlockEnv, Evm};
use erbium::vm::tx::Transaction;
use erbium::vm::{H160, H256, U256, registry};
use std::collections::BTreeMap;

const NAME: &str = "examples/privacy/block.json";

/// Sender and transaction, signed.
struct Sent<'a> {
    person: &'a Person,
    to: H160,
    value: u64,
    data: Vec<u8>,
}

/// What happens in the block: two deposits, a transfer, the same once more, a withdrawal by who received it, the payer's
/// attempt to spend that too, and a stealth payment. Which of them succeed.
fn story(people: &[Person; 3]) -> (Vec<Sent<'_>>, Vec<bool>) {
    let [alice, bob, _] = people;
    let vault = |person, value, data| Sent { person, to: VAULT, value, data };
    let both = [bob.address(), alice.address()];
    let frame = Frame { caller: alice.address(), number: 0, payee: bob.address(), owners: &both };
    let (transfer, _) = frame.transfer(&alice.wallet, 10, &[(0, 1_000_000)], &[(1, 600_000), (2, 399_990)]);
    let bobs = [bob.address()];
    let frame = Frame { caller: bob.address(), number: 0, payee: bob.address(), owners: &bobs };
    let (withdrawal, _) = frame.transfer(&alice.wallet, 500_000, &[(1, 600_000)], &[(3, 100_000)]);
    let alices = [alice.address()];
    let frame = Frame { caller: alice.address(), number: 1, payee: alice.address(), owners: &alices };
    let (theft, _) = frame.transfer(&alice.wallet, 0, &[(3, 100_000)], &[(4, 100_000)]);
    let paid = alice.stealth().pay(&bob.stealth().meta_address(), 0).unwrap();
    let payment = Sent { person: alice, to: ANNOUNCER, value: 12_345, data: announcement(&paid).to_vec() };
    let sent = vec![
        vault(alice, 1_000_000, alice.deposit(0, 1_000_000).0),
        vault(bob, 5, bob.deposit(0, 5).0),
        vault(alice, 0, transfer.clone()),
        vault(alice, 0, transfer),
        vault(bob, 0, withdrawal),
        vault(alice, 0, theft),
        payment,
    ];
    (sent, vec![true, true, true, false, true, false, true])
}

fn pre_state(people: &[Person; 3]) -> Vec<(H160, PreAccount)> {
    let mut accounts = BTreeMap::new();
    for person in people {
        let balance = U256::from(10).pow(18.into());
        accounts.insert(person.address(), PreAccount { balance, ..PreAccount::default() });
    }
    for (address, name) in [(VAULT, "vault"), (ANNOUNCER, "announcer")] {
        accounts.insert(address, PreAccount { nonce: 1, code: contract(name), ..PreAccount::default() });
    }
    accounts.insert(spec().registry, registry::genesis_account(&spec()));
    accounts.into_iter().collect()
}

fn file() -> BlockFile {
    let (spec, people) = (spec(), [1, 2, 3].map(Person::new));
    let (story, succeeds) = story(&people);
    let mut nonces = BTreeMap::<H160, u64>::new();
    let transactions: Vec<_> = story
        .into_iter()
        .map(|Sent { person, to, value, data }| {
            let nonce = nonces.entry(person.address()).or_default();
            let unsigned = Transaction {
                chain_id: Some(spec.chain_id),
                nonce: *nonce,
                gas_limit: 500_000,
                max_fee_per_gas: 20.into(),
                max_priority_fee_per_gas: 1.into(),
                to: Some(to),
                value: value.into(),
                data,
                ..Transaction::default()
            };
            *nonce += 1;
            person.key.sign_transaction(unsigned, person.address()).unwrap()
        })
        .collect();
    let senders: Vec<H160> = transactions.iter().map(|tx| tx.quantum.as_ref().unwrap().sender).collect();
    let claim = |tx: &Transaction, from: &H160| ClaimedTransaction { hash: tx.hash(), from: *from };
    let claimed = transactions.iter().zip(&senders).map(|(tx, from)| claim(tx, from)).collect();
    let header = Header {
        ommers_hash: EMPTY_OMMERS_HASH,
        beneficiary: H160::repeat_byte(0xbe),
        number: 1,
        gas_limit: 30_000_000,
        timestamp: 1_700_000_000,
        base_fee_per_gas: Some(7.into()),
        withdrawals_root: Some(withdrawals_root(&[])),
        blob_gas_used: Some(0),
        excess_blob_gas: Some(0),
        parent_beacon_block_root: Some(H256::zero()),
        transactions_root: transactions_root(&transactions),
        ..Header::default()
    };
    let block = Block { header, transactions, withdrawals: Some(Vec::new()), ..Block::default() };
    let mut file = BlockFile {
        spec: Some(spec.to_json()),
        block,
        claimed: ClaimedBlock { transactions: claimed, ..ClaimedBlock::default() },
        whole_state: true,
        pre_state: pre_state(&people),
        ..BlockFile::default()
    };

    let (machine, state) = (Machine::default(), file.state_before());
    let roots = WholeState::new(&state);
    let env = BlockEnv::of_header(&spec, &file.block.header).unwrap();
    let mut evm = Evm::new(&spec, &env, &state).with_coprocessor(machine.coprocessor());
    let authorities = vec![Vec::new(); senders.len()];
    let input = BlockInput {
        block: &file.block,
        senders: &senders,
        authorities: &authorities,
        rlp_size: None,
        state_root: Some(&roots),
    };
    let result = execute_block(&mut evm, &input).unwrap().unwrap();
    let outcomes: Vec<_> = result.transactions.iter().map(|executed| executed.outcome.is_success()).collect();
    assert_eq!(outcomes, succeeds);
    let state_root = roots.root_after(&evm.journal.changes()).unwrap();
    drop(evm);
    let header = &mut file.block.header;
    header.gas_used = result.gas_used;
    header.logs_bloom = result.logs_bloom;
    header.receipts_root = receipts_root(&result.receipts);
    header.state_root = state_root;
    file.claimed.hash = file.block.header.hash();
    file.claimed.size = Some(file.block.encode().len() as u64);
    file
}

#[test]
fn the_committed_block_is_the_story_and_valid() {
    let path = format!("{}/{NAME}", env!("CARGO_MANIFEST_DIR"));
    let mut made = serde_json::to_string_pretty(
        &serde_json::from_slice::<serde_json::Value>(&file().to_json().unwrap()).unwrap(),
    )
    .unwrap();
    made.push('\n');
    // To make it again: ERBIUM_WRITE_EXAMPLES=1.
    if std::env::var_os("ERBIUM_WRITE_EXAMPLES").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap();
    assert!(committed == made, "{NAME} is not what its story gives");
    let report = Machine::default().validate(committed.as_bytes(), None).unwrap();
    assert!(report.is_valid(), "{:?}", report.flaws);
    assert_eq!(report.transactions, 7);
}

#[test]
fn a_block_whose_transfer_was_changed_is_not_valid() {
    let mut file = file();
    // A byte of the range proof, with the transaction signed anew: the receipt is another.
    let people = [1, 2, 3].map(Person::new);
    let mut transaction = file.block.transactions[2].clone();
    let middle = transaction.data.len() / 2;
    transaction.data[middle] ^= 1;
    file.block.transactions[2] = people[0].key.sign_transaction(transaction, people[0].address()).unwrap();
    file.block.header.transactions_root = transactions_root(&file.block.transactions);
    file.claimed.transactions[2].hash = file.block.transactions[2].hash();
    file.claimed.hash = file.block.header.hash();
    file.claimed.size = None;
    let report = Machine::default().validate(&file.to_json().unwrap(), None).unwrap();
    assert!(!report.is_valid());
}
