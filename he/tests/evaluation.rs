//! Logs, stores and evaluations, on plain numbers.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use erbium_claims::homomorphic::{CiphertextType, Code, Handle, LoggedOperation};
use erbium_he::{
    EvaluationError, Evaluator, LogFileError, Plan, PlanError, Reference, Store, StoreError, evaluate,
    read_log,
};
use primitive_types::U256;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use support::{Folder, Log};

fn open(folder: &Folder) -> Store {
    Store::open(folder.path(), "key").unwrap()
}

fn value(store: &Store, handle: &Handle) -> U256 {
    U256::from_big_endian(&store.get(handle).unwrap())
}

/// Adds the same number again and again: every sum waits for the one before.
fn chain(len: usize) -> Log {
    let mut log = Log::default();
    let one = log.encrypt(CiphertextType::U64, 1);
    (0..len).fold(one, |sum, _| log.two(Code::Add, sum, one));
    log
}

#[test]
fn a_log_is_evaluated_once_and_in_its_order() {
    let (folder, log) = (Folder::new(), chain(50));
    let (store, done) = (open(&folder), AtomicUsize::new(0));
    let count = |_: &LoggedOperation| {
        done.fetch_add(1, Ordering::Relaxed);
    };
    let evaluation = evaluate(&log.0, &store, &Reference, &count).unwrap();
    assert_eq!((evaluation.computed, evaluation.found, evaluation.depth), (51, 0, 51));
    assert_eq!(done.load(Ordering::Relaxed), 51);
    assert_eq!(value(&store, &log.0.last().unwrap().result), U256::from(51));
    let again = evaluate(&log.0, &store, &Reference, &count).unwrap();
    assert_eq!((again.computed, again.found, again.depth), (0, 51, 0));
}

#[test]
fn the_plan_knows_what_waits_for_what() {
    let mut log = Log::default();
    let one = log.encrypt(CiphertextType::U8, 1);
    for _ in 0..9 {
        log.two(Code::Add, one, one);
    }
    let plan = Plan::new(&log.0, |_| false).unwrap();
    assert_eq!((plan.len(), plan.depth(), plan.given().len()), (10, 2, 0));
    let rest = Plan::new(&log.0, |handle| *handle == one).unwrap();
    assert_eq!((rest.len(), rest.depth(), rest.given()), (9, 1, &[one][..]));
    let mut backwards = log.0.clone();
    backwards.reverse();
    assert_eq!(Plan::new(&backwards, |_| false).unwrap_err(), PlanError::Order(one));
    let twice = [log.0[0], log.0[0]];
    assert_eq!(Plan::new(&twice, |_| false).unwrap_err(), PlanError::Twice(one));
}

/// Fails after so many results, as a process does that is killed.
struct Failing(AtomicUsize);

impl Evaluator for Failing {
    type Ciphertext = U256;
    type Error = std::io::Error;

    fn apply(&self, entry: &LoggedOperation, inputs: &[&U256]) -> Result<U256, Self::Error> {
        let left = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        left.map_err(|_| std::io::Error::other("no more"))?;
        Ok(Reference.apply(entry, inputs).unwrap())
    }

    fn to_bytes(&self, value: &U256) -> Result<Vec<u8>, Self::Error> {
        Ok(Reference.to_bytes(value).unwrap())
    }

    fn read(&self, kind: CiphertextType, bytes: &[u8]) -> Result<Option<U256>, Self::Error> {
        Ok(Reference.read(kind, bytes).unwrap())
    }
}

#[test]
fn what_was_stopped_goes_on_from_what_is_stored() {
    let (folder, log) = (Folder::new(), chain(20));
    let store = open(&folder);
    for stored in [7, 14] {
        let error = evaluate(&log.0, &store, &Failing(AtomicUsize::new(7)), &|_| {}).unwrap_err();
        let EvaluationError::Evaluator { handle, .. } = error else { panic!("{error}") };
        assert_eq!(handle, log.0[stored].result);
        assert!(error.to_string().contains(&handle.to_string()), "{error}");
    }
    // A write that was cut off lies beside its place and is in nobody's way.
    fs::write(folder.path().join("writing-1-1"), b"half").unwrap();
    let evaluation = evaluate(&log.0, &open(&folder), &Reference, &|_| {}).unwrap();
    assert_eq!((evaluation.computed, evaluation.found), (7, 14));
    assert_eq!(value(&store, &log.0[20].result), U256::from(21));
}

/// The one file of `folder` that stands for what `change` finds.
fn object(folder: &Folder, store: &Store, handle: &Handle) -> std::path::PathBuf {
    folder.path().join("objects").join(store.hash(handle).unwrap())
}

#[test]
fn missing_and_damaged_ciphertexts_are_named_before_anything_is_computed() {
    let mut log = Log::default();
    let one = log.encrypt(CiphertextType::U8, 1);
    let two = log.two(Code::Add, one, one);
    let uses = log.0[1..].to_vec();
    let evaluated = |change: &dyn Fn(&Folder, &Store)| {
        let folder = Folder::new();
        let store = open(&folder);
        evaluate(&log.0[..1], &store, &Reference, &|_| {}).unwrap();
        change(&folder, &store);
        let error = evaluate(&uses, &store, &Reference, &|_| panic!("computed")).unwrap_err();
        assert!(error.to_string().contains(&one.to_string()), "{error}");
        match error {
            EvaluationError::Store(error) => error,
            other => panic!("{other}"),
        }
    };
    let entry = |folder: &Folder| folder.path().join("handles").join(hex::encode(one.bytes()));
    let missing = evaluated(&|folder, _| fs::remove_file(entry(folder)).unwrap());
    assert!(matches!(missing, StoreError::Missing { handle } if handle == one));
    let gone = evaluated(&|folder, store| fs::remove_file(object(folder, store, &one)).unwrap());
    let changed = evaluated(&|folder, store| fs::write(object(folder, store, &one), b"2").unwrap());
    let cut = evaluated(&|folder, _| fs::write(entry(folder), b"ab").unwrap());
    for error in [gone, changed, cut] {
        assert!(matches!(error, StoreError::Damaged { handle, .. } if handle == one), "{error}");
    }
    // A whole object that is no ciphertext of the handle's type.
    let folder = Folder::new();
    let store = open(&folder);
    store.put(&one, &U256::from(256).to_big_endian()).unwrap();
    let error = evaluate(&uses, &store, &Reference, &|_| {}).unwrap_err();
    assert!(matches!(error, EvaluationError::Store(StoreError::Damaged { handle, .. }) if handle == one));
    // Results that are there are looked at too.
    store.put(&one, &U256::from(1).to_big_endian()).unwrap();
    evaluate(&uses, &store, &Reference, &|_| {}).unwrap();
    fs::remove_file(object(&folder, &store, &two)).unwrap();
    let error = evaluate(&uses, &store, &Reference, &|_| {}).unwrap_err();
    assert!(matches!(error, EvaluationError::Store(StoreError::Damaged { handle, .. }) if handle == two));
}

#[test]
fn a_store_is_of_one_key() {
    let folder = Folder::new();
    open(&folder);
    open(&folder);
    let error = Store::open(folder.path(), "another").unwrap_err();
    assert!(matches!(error, StoreError::OtherKey { .. }), "{error}");
}

#[test]
fn logs_are_read_in_their_three_forms() {
    let log = chain(3).0;
    let entries: Vec<Value> = log.iter().map(LoggedOperation::to_json).collect();
    let blocks = json!({ "blocks": [{ "operations": entries[..1] }, { "operations": entries[1..] }] });
    for form in [json!(entries), json!({ "operations": entries, "output": "0x" }), blocks] {
        assert_eq!(read_log(form.to_string().as_bytes()).unwrap(), log);
    }
    for none in ["{}", "1", "{\"operations\":1}", "{\"blocks\":[{}]}"] {
        assert!(matches!(read_log(none.as_bytes()), Err(LogFileError::NoOperations)), "{none}");
    }
    assert!(matches!(read_log(b"{"), Err(LogFileError::Json(_))));
    let mut changed = entries;
    changed[2]["rhs"] = json!("0x0");
    let error = read_log(json!(changed).to_string().as_bytes()).unwrap_err();
    assert!(matches!(error, LogFileError::Entry { index: 2, .. }), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Logs of any shape come to what computing them one by one comes to, also when they are stopped now and then.
    #[test]
    fn parallel_and_stopped_evaluation_is_evaluation(
        first in prop::collection::vec(any::<u8>(), 1..4),
        steps in prop::collection::vec((0u8..20, any::<usize>(), any::<usize>()), 1..40),
        stop in 1usize..20,
    ) {
        let mut log = Log::default();
        let mut numbers: Vec<_> = first.iter().map(|&byte| log.encrypt(CiphertextType::U8, byte)).collect();
        for (code, left, right) in steps {
            let code = Code::from_number(code).unwrap();
            let [left, right] = [left, right].map(|at| numbers[at % numbers.len()]);
            match code {
                Code::Div | Code::Rem => {
                    let operands = [left.word(), U256::from(3), U256::zero()];
                    numbers.push(log.compute(code, 1, 0, operands));
                }
                _ => {
                    let result = log.two(code, left, right);
                    if result.kind() == CiphertextType::U8 {
                        numbers.push(result);
                    }
                }
            }
        }
        let mut expected: HashMap<Handle, U256> = HashMap::new();
        for entry in &log.0 {
            let inputs: Vec<_> = entry.operation.inputs().map(|input| expected[&input]).collect();
            expected.insert(entry.result, erbium_he::compute(entry, &inputs));
        }
        let folder = Folder::new();
        let store = open(&folder);
        while evaluate(&log.0, &store, &Failing(AtomicUsize::new(stop)), &|_| {}).is_err() {}
        for (handle, expected) in expected {
            prop_assert_eq!(value(&store, &handle), expected);
        }
    }
}
