//! A twin with one thing changed is refused, with the transaction and the reason, by the command line too. Whatever else
//! would give the change away (hashes and roots) is made to fit.

use super::blocks::{Original, shipped};
use erbium::Machine;
use erbium::gpu::CpuDeriver;
use erbium::quantumize::{TwinOptions, key_seed};
use erbium::validate::{Flaw, TransactionFlaw};
use erbium::vm::block::json::BlockFile;
use erbium::vm::block::transactions_root;
use erbium::vm::claims::{Derivation, Deriver, DilithiumScheme};
use erbium::vm::tx::{QuantumSignature, Transaction};
use erbium::vm::{ChainSpec, Fork, H160, H256, registry};
use proptest::prelude::*;
use std::process::Command;
use std::sync::LazyLock;

const SCHEME: DilithiumScheme = DilithiumScheme::MlDsa65;
/// The transaction that is changed.
const INDEX: usize = 1;

fn original() -> Original {
    shipped().into_iter().find(|original| original.name.contains("2688148")).unwrap()
}

static TWIN: LazyLock<BlockFile> = LazyLock::new(|| {
    let options = TwinOptions { scheme: SCHEME, ..TwinOptions::default() };
    Machine::default().quantumize(&original().json, None, options).unwrap().file
});

/// The twin after `change`, with hashes, senders and roots that fit.
fn changed(change: impl FnOnce(&mut BlockFile)) -> Vec<u8> {
    let mut file = TWIN.clone();
    change(&mut file);
    for (claimed, transaction) in file.claimed.transactions.iter_mut().zip(&file.block.transactions) {
        claimed.hash = transaction.hash();
        if let Some(quantum) = &transaction.quantum {
            claimed.from = quantum.sender;
        }
    }
    file.block.header.transactions_root = transactions_root(&file.block.transactions);
    file.claimed.hash = file.block.header.hash();
    file.to_json().unwrap()
}

/// What the command line says about the changed twin: exit code, and the lines about flaws.
fn validate(change: impl FnOnce(&mut BlockFile)) -> (i32, Vec<String>) {
    let path = std::env::temp_dir().join(format!(
        "erbium-twin-{}-{:?}.json",
        std::process::id(),
        std::thread::current().id()
    ));
    std::fs::write(&path, changed(change)).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_erbium"))
        .arg("validate")
        .arg(&path)
        .env_remove("ERBIUM_GPU")
        .output()
        .unwrap();
    std::fs::remove_file(&path).unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let mark = format!("  {}: ", path.display());
    let flaws = stdout.lines().filter_map(|line| line.strip_prefix(&mark)).map(str::to_owned).collect();
    (output.status.code().unwrap(), flaws)
}

#[track_caller]
fn refused(reason: &str, change: impl FnOnce(&mut BlockFile)) {
    let (code, flaws) = validate(change);
    let [flaw] = flaws.as_slice() else { panic!("{flaws:?}") };
    assert!(flaw.starts_with(&format!("transaction {INDEX}: {reason}")), "{flaw}");
    assert_eq!(code, 1);
}

fn transaction(file: &mut BlockFile) -> &mut Transaction {
    &mut file.block.transactions[INDEX]
}

fn quantum(file: &mut BlockFile) -> &mut QuantumSignature {
    transaction(file).quantum.as_mut().unwrap()
}

/// Signs the transaction again, with the key that `account` has in the twin.
fn sign(file: &mut BlockFile, account: H160) {
    let seed = key_seed(&H256::zero(), &account, SCHEME);
    let derive = |derivation| CpuDeriver.derive(&derivation).unwrap().unwrap();
    quantum(file).public_key = derive(Derivation::DilithiumKeygen { scheme: SCHEME, seed });
    let message = transaction(file).quantum_message();
    quantum(file).signature = derive(Derivation::DilithiumSign { scheme: SCHEME, seed, message });
}

/// The account that sends the transaction.
fn sender() -> H160 {
    TWIN.claimed.transactions[INDEX].from
}

/// Of another transaction's sender.
fn stranger() -> H160 {
    let others = TWIN.claimed.transactions.iter().map(|claimed| claimed.from);
    others.into_iter().find(|&other| other != sender()).unwrap()
}

#[test]
fn the_twin_itself_is_accepted_and_so_is_its_key_signing_again() {
    assert_eq!(validate(|_| ()), (0, Vec::new()));
    assert_eq!(validate(|file| sign(file, sender())), (0, Vec::new()));
    assert!(changed(|file| sign(file, sender())) == changed(|_| ()), "signatures are deterministic");
}

const INVALID: &str =
    "signature is not valid: scheme 65 refuses it under the key that the transaction carries";

#[test]
fn one_flipped_bit_is_refused() {
    refused(INVALID, |file| quantum(file).signature[1000] ^= 0x10);
    refused(INVALID, |file| quantum(file).public_key[1000] ^= 0x10);
    refused(INVALID, |file| transaction(file).nonce ^= 1);
    refused(INVALID, |file| quantum(file).sender.0[19] ^= 1);
    refused("signature scheme 64 is not one of 44, 65 and 87", |file| quantum(file).scheme ^= 1);
    // What else is signed.
    refused(INVALID, |file| transaction(file).chain_id = Some(0));
    refused(INVALID, |file| transaction(file).gas_limit ^= 1);
    refused(INVALID, |file| transaction(file).max_fee_per_gas += 1.into());
    refused(INVALID, |file| transaction(file).max_priority_fee_per_gas += 1.into());
    refused(INVALID, |file| transaction(file).value += 1.into());
    refused(INVALID, |file| transaction(file).data.push(0));
    refused(INVALID, |file| transaction(file).to.as_mut().unwrap().0[0] ^= 1);
    refused(INVALID, |file| transaction(file).access_list.push((H160::zero(), Vec::new())));
}

#[test]
fn wrong_lengths_are_refused() {
    refused("signature of 3308 bytes where scheme 65 has 3309", |file| {
        quantum(file).signature.truncate(3308);
    });
    refused("signature of 3310 bytes where scheme 65 has 3309", |file| quantum(file).signature.push(0));
    refused("public key of 1951 bytes where scheme 65 has 1952", |file| {
        quantum(file).public_key.truncate(1951);
    });
    refused("public key of 1953 bytes where scheme 65 has 1952", |file| quantum(file).public_key.push(0));
    refused("public key of 1952 bytes where scheme 44 has 1312", |file| quantum(file).scheme = 44);
}

#[test]
fn what_is_signed_but_against_the_rules_is_refused() {
    refused("chain id 5 where the chain has 1", |file| {
        transaction(file).chain_id = Some(5);
        sign(file, sender());
    });
    refused("nonce", |file| {
        transaction(file).nonce += 7;
        sign(file, sender());
    });
    refused("gas limit 21000 ", |file| {
        transaction(file).gas_limit = 21_000;
        sign(file, sender());
    });
    refused("transaction type 69 is not valid under EIP158", |file| {
        file.spec = Some("EIP158".into());
        // The first would be refused for the same reason.
        let original = BlockFile::from_json(&original().json).unwrap();
        file.block.transactions[0] = original.block.transactions[0].clone();
        file.claimed.transactions[0].from = original.claimed.transactions[0].from;
    });
}

fn slots(file: &mut BlockFile) -> &mut Vec<(H256, H256)> {
    let address = ChainSpec::ethereum(Fork::Osaka).registry;
    &mut file.pre_state.iter_mut().find(|entry| entry.0 == address).unwrap().1.storage
}

#[test]
fn keys_that_may_not_sign_for_the_sender_are_refused() {
    let (sender, slot) = (sender(), H256(registry::slot(&sender()).to_big_endian()));
    refused("key hash 0x", |file| sign(file, stranger()));
    refused(&format!("{sender:?} has registered no key and is not the address of key hash 0x"), |file| {
        // The only transaction of its sender, so that no other one is refused first.
        slots(file).retain(|(key, _)| *key != slot);
    });
    refused(
        &format!("{sender:?} has registered a quantum-safe key: its secp256k1 signatures count no more"),
        |file| {
            *transaction(file) =
                BlockFile::from_json(&original().json).unwrap().block.transactions[INDEX].clone();
        },
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn any_flipped_bit_of_key_or_signature_is_refused(
        in_key in any::<bool>(),
        byte in any::<prop::sample::Index>(),
        bit in 0..8u8,
    ) {
        let json = changed(|file| {
            let quantum = quantum(file);
            let bytes = if in_key { &mut quantum.public_key } else { &mut quantum.signature };
            let at = byte.index(bytes.len());
            bytes[at] ^= 1 << bit;
        });
        let report = Machine::default().validate(&json, None).unwrap();
        let flaw = TransactionFlaw::InvalidQuantumSignature { scheme: 65 };
        prop_assert_eq!(report.flaws, [Flaw::Transaction { index: INDEX, flaw }]);
    }
}
