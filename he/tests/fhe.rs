//! tfhe next to plain numbers.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use erbium_claims::homomorphic::{CiphertextType, Code, Handle, LoggedOperation};
use erbium_he::fhe::{Fhe, Keystore, SecretKey, generate, pool};
use erbium_he::{EvaluationError, Evaluator, Reference, Store, StoreError, evaluate};
use primitive_types::{H256, U256};
use std::path::Path;
use std::process::Command;
use support::{Folder, Log};

const SEED: [u8; 32] = [7; 32];

/// A keystore with the pair of `SEED`, its id and both keys.
struct Keys {
    folder: Folder,
    id: H256,
    evaluation: Fhe,
    secret: SecretKey,
}

fn keys() -> Keys {
    let folder = Folder::new();
    let keystore = Keystore::new(folder.path());
    let pair = generate(&SEED).unwrap();
    keystore.put(&pair).unwrap();
    let id = keystore.choose(None).unwrap();
    assert_eq!(id, pair.id);
    let (evaluation, secret) = (keystore.evaluation(&id).unwrap(), keystore.secret(&id).unwrap());
    Keys { folder, id, evaluation, secret }
}

fn open(folder: &Path, id: &H256) -> Store {
    Store::open(folder, &hex::encode(id)).unwrap()
}

/// Every operation that takes `kind`, on `left` and `right` in both forms, as a log.
fn every_operation(kind: CiphertextType, left: U256, right: U256, codes: &[Code]) -> Log {
    let mut log = Log::default();
    let zero = U256::zero();
    let (a, b) = (log.encrypt(kind, left), log.encrypt(kind, right));
    let flag = log.encrypt(CiphertextType::Bool, 1);
    for &code in codes {
        let number = U256::from(code.number());
        let two = erbium_claims::homomorphic::Operation::read(number, a.word(), b.word(), zero);
        let scalar =
            erbium_claims::homomorphic::Operation::read(number | U256::from(0x100), a.word(), right, zero);
        let one = erbium_claims::homomorphic::Operation::read(number, a.word(), zero, zero);
        for operation in [two, scalar, one].into_iter().flatten().filter(|read| read.code() != Code::Allow) {
            log.push(operation);
        }
    }
    if codes.contains(&Code::Select) {
        let other = log.encrypt(CiphertextType::Bool, 0);
        for condition in [flag, other] {
            log.compute(Code::Select, 0, 0, [condition.word(), a.word(), b.word()]);
        }
    }
    if kind != CiphertextType::Address && codes.contains(&Code::Cast) {
        for to in [CiphertextType::U8, CiphertextType::U16].into_iter().filter(|to| *to != kind) {
            log.compute(Code::Cast, 0, to.number().into(), [a.word(), zero, zero]);
        }
    }
    if kind != CiphertextType::Address && codes.contains(&Code::Random) {
        log.compute(Code::Random, 0, kind.number().into(), [zero, U256::from(5), zero]);
    }
    log
}

/// Puts fresh ciphertexts in the place of the trivial ones that HE_ENCRYPT makes, on which tfhe computes in the clear.
fn encrypt_inputs(keys: &Keys, log: &[LoggedOperation], store: &Store) {
    for entry in log {
        if let Some(value) = entry.operation.encrypted_value() {
            let fresh = keys.secret.encrypt(entry.result.kind(), value);
            store.put(&entry.result, &keys.evaluation.to_bytes(&fresh).unwrap()).unwrap();
        }
    }
}

/// Evaluates with tfhe, on `fresh` ciphertexts or on trivial ones, decrypts every result and compares it with plain numbers.
fn compare(keys: &Keys, log: &[LoggedOperation], fresh: bool) {
    let (cipher, plain) = (Folder::new(), Folder::new());
    let (cipher, plain) = (open(cipher.path(), &keys.id), open(plain.path(), &keys.id));
    evaluate(log, &plain, &Reference, &|_| {}).unwrap();
    if fresh {
        encrypt_inputs(keys, log, &cipher);
    }
    pool(0).unwrap().install(|| evaluate(log, &cipher, &keys.evaluation, &|_| {})).unwrap();
    for entry in log.iter().filter(|entry| entry.operation.code() != Code::Allow) {
        let expected = U256::from_big_endian(&plain.get(&entry.result).unwrap());
        assert_eq!(decrypt(keys, &cipher, &entry.result), expected, "{:?}", entry.operation);
    }
}

fn decrypt(keys: &Keys, store: &Store, handle: &Handle) -> U256 {
    let read = keys.evaluation.read(handle.kind(), &store.get(handle).unwrap()).unwrap();
    keys.secret.decrypt(&read.unwrap())
}

#[test]
fn every_operation_on_bytes_and_bools_is_that_on_plain_numbers() {
    let keys = keys();
    compare(&keys, &every_operation(CiphertextType::U8, 201.into(), 11.into(), &Code::ALL).0, true);
    for (left, right) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        compare(&keys, &every_operation(CiphertextType::Bool, left.into(), right.into(), &Code::ALL).0, true);
    }
}

#[test]
fn wider_types_are_those_on_plain_numbers() {
    let keys = keys();
    let run = |fresh: bool, kind: CiphertextType, left: U256, right: U256, codes: &[Code]| {
        compare(&keys, &every_operation(kind, left, right, codes).0, fresh);
    };
    let number = |number: u64| U256::from(number);
    run(
        true,
        CiphertextType::U16,
        number(0xfedc),
        number(0x1235),
        &[Code::Add, Code::Lt, Code::Shl, Code::Cast],
    );
    run(true, CiphertextType::U32, number(0xfedc_ba98), number(77), &[Code::Sub, Code::Ge]);
    run(true, CiphertextType::U64, number(u64::MAX), number(3), &[Code::Add, Code::Ne]);
    let address = U256::MAX >> 96;
    run(true, CiphertextType::Address, address, address - 1, &[Code::Eq, Code::Select]);
    run(true, CiphertextType::U256, U256::MAX - 5, number(9), &[Code::Xor]);
    // The rest of the operations would take minutes; on trivial ciphertexts tfhe goes the same ways in the clear.
    for (kind, right) in
        [(CiphertextType::U16, 0x1235u64), (CiphertextType::U32, 33), (CiphertextType::U64, 1_000_003)]
    {
        run(false, kind, kind.truncate(U256::MAX - 0x7654), number(right), &Code::ALL);
    }
    for kind in [CiphertextType::U128, CiphertextType::U256] {
        let codes = [
            Code::Add,
            Code::Sub,
            Code::Mul,
            Code::Div,
            Code::Rem,
            Code::Shl,
            Code::RotR,
            Code::Gt,
            Code::Neg,
        ];
        run(false, kind, kind.truncate(U256::MAX - 0x7654), number(1_000_003), &codes);
    }
}

/// What a child process is to evaluate into.
const CHILD: &str = "ERBIUM_HE_CHILD";

/// A small log whose sums wait for each other.
fn sums() -> Log {
    let mut log = Log::default();
    let mut sum = log.encrypt(CiphertextType::U8, 1);
    let two = log.encrypt(CiphertextType::U8, 2);
    for _ in 0..4 {
        sum = log.two(Code::Add, sum, two);
    }
    log
}

/// Not a test by itself: what the next one starts, in another process.
#[test]
fn child() {
    let Ok(folder) = std::env::var(CHILD) else { return };
    let keys = keys();
    pool(1)
        .unwrap()
        .install(|| evaluate(&sums().0, &open(Path::new(&folder), &keys.id), &keys.evaluation, &|_| {}))
        .unwrap();
}

#[test]
fn another_process_comes_to_the_same_results_whatever_stopped_the_first() {
    let (keys, log) = (keys(), sums());
    let (here, there) = (Folder::new(), Folder::new());
    // This process is stopped in the middle, with another number of threads.
    let (stored, other) = (open(here.path(), &keys.id), open(there.path(), &keys.id));
    encrypt_inputs(&keys, &log.0[..2], &stored);
    for entry in &log.0[..2] {
        other.put(&entry.result, &stored.get(&entry.result).unwrap()).unwrap();
    }
    pool(2).unwrap().install(|| {
        evaluate(&log.0[..4], &stored, &keys.evaluation, &|_| {}).unwrap();
        let rest = evaluate(&log.0, &stored, &keys.evaluation, &|_| {}).unwrap();
        assert_eq!((rest.computed, rest.found), (2, 4));
    });
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child"])
        .env(CHILD, there.path())
        .output()
        .unwrap();
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stdout));
    let mut same = 0;
    for (place, entry) in log.0.iter().enumerate() {
        let expected = U256::from(if place < 2 { place + 1 } else { 2 * place - 1 });
        assert_eq!(decrypt(&keys, &stored, &entry.result), expected);
        assert_eq!(decrypt(&keys, &other, &entry.result), expected);
        same += usize::from(stored.hash(&entry.result).unwrap() == other.hash(&entry.result).unwrap());
    }
    // Decryptions decide; bytes are told of.
    println!("{same} of {} ciphertexts have the same bytes in both processes", log.0.len());
}

#[test]
fn keys_and_ciphertexts_that_are_none_are_refused_by_name() {
    let keys = keys();
    let keystore = Keystore::new(keys.folder.path());
    assert_eq!(generate(&SEED).unwrap().id, keys.id);
    assert_ne!(generate(&[8; 32]).unwrap().id, keys.id);
    let missing = keystore.evaluation(&H256::zero()).unwrap_err();
    assert!(missing.to_string().contains("no evaluation key"), "{missing}");
    let file = keys.folder.path().join(format!("{}.evaluation", hex::encode(keys.id)));
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[1_000] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    assert!(keystore.evaluation(&keys.id).is_err());

    let mut log = Log::default();
    let one = log.encrypt(CiphertextType::U8, 1);
    log.two(Code::Add, one, one);
    let folder = Folder::new();
    let store = open(folder.path(), &keys.id);
    // A whole ciphertext, but of another type; and none at all.
    let wide = keys.evaluation.to_bytes(&keys.evaluation.trivial(CiphertextType::U16, 1.into())).unwrap();
    for bytes in [&wide[..], &wide[..100], b""] {
        store.put(&one, bytes).unwrap();
        let error = evaluate(&log.0, &store, &keys.evaluation, &|_| {}).unwrap_err();
        let EvaluationError::Store(StoreError::Damaged { handle, .. }) = error else { panic!("{error}") };
        assert_eq!(handle, one);
    }
}
