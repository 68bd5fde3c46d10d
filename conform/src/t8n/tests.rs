#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use erbium_gpu::CpuRecoverer;
use proptest::prelude::*;
use serde_json::json;

/// An object of all parts with every field that is read.
fn sample() -> String {
    let (address, word) = (format!("0x{}", "aa".repeat(20)), format!("0x01{}", "00".repeat(31)));
    let signed = json!({
        "type": "0x4", "chainId": "0x1", "nonce": "0x0", "gas": "0xffff", "maxFeePerGas": "0x9",
        "maxPriorityFeePerGas": "0x1", "to": address, "value": "0x1", "input": "0x0102", "v": "0x1", "r": "0x5", "s": "0x6",
        "accessList": [{ "address": address, "storageKeys": [word] }],
        "authorizationList": [
            { "chainId": "0x1", "address": address, "nonce": "0x1", "yParity": "0x1", "r": "0x2", "s": "0x3" },
        ],
    });
    let unsigned = json!({
        "type": "0x3", "nonce": "0x0", "gasLimit": "0xffff", "maxFeePerGas": "0x9", "maxPriorityFeePerGas": "0x1",
        "to": address, "value": "0x1", "data": "0x", "maxFeePerBlobGas": "0x1", "blobVersionedHashes": [word],
        "secretKey": format!("0x{}", "01".repeat(32)), "protected": true,
    });
    let legacy = json!({
        "nonce": "0x1", "gas": "0xffffff", "gasPrice": "0x9", "to": address, "value": "0x0", "input": "0x60403560005580",
        "secretKey": format!("0x{}", "01".repeat(32)),
    });
    let payer = "0x1a642f0e3c3af545e7acbd38b07251b3990914f1";
    json!({
        "alloc": {
            address.clone(): { "balance": "0x1", "nonce": "0x1", "code": "0x4360019003405f55", "storage": { "0x00": "0x01" } },
            payer: { "balance": "0xffffffffffffffffff" },
        },
        "env": {
            "currentCoinbase": address, "currentGasLimit": "0x1c9c380", "currentNumber": "0x2", "currentTimestamp": "0x64",
            "currentRandom": "0x0", "parentBaseFee": "0x7", "parentGasUsed": "0x1", "parentGasLimit": "0x1c9c380",
            "parentExcessBlobGas": "0x0", "parentBlobGasUsed": "0x20000", "parentBeaconBlockRoot": word,
            "parentTimestamp": "0x1", "parentDifficulty": "0x20000", "parentUncleHash": word, "blockHashes": { "1": word },
            "ommers": [{ "delta": "0x1", "address": address }],
            "withdrawals": [{ "index": "0x0", "validatorIndex": "0x0", "address": address, "amount": "0x1" }],
        },
        "txs": [signed, unsigned, legacy],
    })
    .to_string()
}

fn make(fork: &str, text: &str) -> Result<Output, T8nError> {
    let (alloc, env, txs) = (Source::Stdin, Source::Stdin, Source::Stdin);
    let input = Input::read(&Sources { stdin: text.as_bytes(), alloc, env, txs })?;
    transition(&Rules::new(fork, 1, 5)?, input, &CpuRecoverer, None)
}

/// What is made of `text`, with everything that is written of it.
fn write(fork: &str, text: &str) {
    if let Ok(output) = make(fork, text) {
        let _ = (output.alloc(), output.result(), output.body());
    }
}

#[test]
fn the_sample_is_read_whole() {
    let output = make("Cancun", &sample()).unwrap();
    let rejected: Vec<_> = output.rejected.iter().map(|it| (it.index, it.error.as_str())).collect();
    // Nobody has signed the first; the two others are signed with the key that is there.
    let why = "invalid transaction v, r, s values: signature is not valid: no key fits it";
    assert_eq!(rejected, [(0, why)]);
    assert_eq!(output.result()["receipts"].as_array().map(Vec::len), Some(2));
    assert!(matches!(make("London", &sample()), Err(T8nError::Environment { .. })));
}

#[test]
fn a_recoverer_that_answers_too_little_is_a_fault() {
    struct Lazy;
    impl Recoverer for Lazy {
        fn recover(
            &self,
            _: &[erbium_vm::claims::Recovery],
        ) -> Result<Vec<Option<erbium_vm::H160>>, erbium_vm::claims::Fault> {
            Ok(Vec::new())
        }
    }
    let (alloc, env, txs) = (Source::Stdin, Source::Stdin, Source::Stdin);
    let input = Input::read(&Sources { stdin: sample().as_bytes(), alloc, env, txs }).unwrap();
    let answer = transition(&Rules::new("Cancun", 1, 0).unwrap(), input, &Lazy, None);
    assert_eq!(answer.unwrap_err().exit_code(), 2);
}

const FORKS: [&str; 6] =
    ["Frontier", "Byzantium", "London", "Shanghai", "Cancun", "ParisToShanghaiAtTime15k"];

proptest! {
    #[test]
    fn altered_bytes_never_panic(
        fork in prop::sample::select(&FORKS[..]),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<char>()), 1..4),
    ) {
        let mut text: Vec<char> = sample().chars().collect();
        for (place, with) in changes {
            let place = place.index(text.len());
            text[place] = with;
        }
        write(fork, &text.into_iter().collect::<String>());
    }

    #[test]
    fn altered_values_never_panic(
        fork in prop::sample::select(&FORKS[..]),
        place in any::<prop::sample::Index>(),
        with in prop::sample::select(vec![
            "", "0x", "0xffffffffffffffff", "0x10000000000000000", "-1", "0xc0", "Prague", "0x01c0", "0x04c0", "1",
            "0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", "0xe",
        ]),
    ) {
        let sample = sample();
        let quoted: Vec<_> = sample.split('"').collect();
        let mut changed = quoted.clone();
        changed[place.index(quoted.len() / 2) * 2 + 1] = with;
        write(fork, &changed.join("\""));
    }

    #[test]
    fn any_rlp_is_a_list_or_an_error(bytes: Vec<u8>, inside: Vec<u8>) {
        let _ = txs::of_rlp(&bytes);
        let mut list = erbium_vm::rlp::Writer::new();
        list.list(|out| out.bytes(&inside));
        prop_assert_eq!(txs::of_rlp(&list.finish()).map(|txs| txs.len()), Ok(1));
    }

    #[test]
    fn any_fork_name_is_one_or_not(name in "(Paris|.{0,6})(To)?(Shanghai|.{0,6})(At)?(Time)?.{0,20}", reward: i64) {
        let _ = Rules::new(&name, 1, reward);
    }
}
