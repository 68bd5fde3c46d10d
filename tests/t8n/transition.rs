//! `erbium t8n`.

use super::chain::{Request, Style, walk};
use super::command::{Answer, FINE};
use super::{Folder, data, run};
use serde_json::{Value, json};

/// The exit codes of `evm t8n`.
const CONFIG: i32 = 3;
const MISSING_HASH: i32 = 4;
const JSON: i32 = 10;
const FILES: i32 = 11;
const RLP: i32 = 12;

const TESTS: [&str; 12] = [
    "blockchain/frontier-nonce.json",
    "blockchain/ommer-berlin.json",
    "blockchain/side-chain-berlin.json",
    "blockchain/merge.json",
    "blockchain/osaka-logs.json",
    "blockchain/cancun-transition.json",
    "t8n/byzantium.json",
    "t8n/shanghai-withdrawals.json",
    "t8n/cancun-beacon-root.json",
    "t8n/cancun-blob.json",
    "t8n/prague-deposit.json",
    "t8n/bpo3-blobs.json",
];

/// Flags that make all go through stdin and stdout.
const STREAMS: [&str; 7] = [
    "t8n",
    "--input.alloc=stdin",
    "--input.env=stdin",
    "--input.txs=stdin",
    "--output.alloc=stdout",
    "--output.result=stdout",
    "--output.body=stdout",
];

fn stream(request: &Request) -> Answer {
    let (fork, reward) =
        (format!("--state.fork={}", request.fork), format!("--state.reward={}", request.reward));
    let args: Vec<&str> = STREAMS.into_iter().chain([fork.as_str(), "--state.chainid=1", &reward]).collect();
    run(None, &args, &request.input.to_string())
}

/// The one test of a file.
fn test_of(path: &str) -> Value {
    let Value::Object(tests) = data(path) else { panic!("{path} is no object") };
    tests.into_iter().next().unwrap().1
}

/// How many valid blocks of a test come to what their headers say.
fn valid_blocks(test: &Value, style: Style) -> Result<usize, String> {
    walk(test, style, |request| Ok(stream(request).expect(FINE).json()), |_, _| {})
}

#[test]
fn blocks_come_to_what_their_headers_say() {
    let counts = TESTS.map(|path| {
        let test = test_of(path);
        let [told, computed] = [Style::Told, Style::Computed].map(|style| {
            valid_blocks(&test, style).unwrap_or_else(|error| panic!("{path} {style:?}: {error}"))
        });
        assert_eq!(told, computed);
        told
    });
    assert_eq!(counts, [1, 3, 7, 7, 1, 0, 1, 1, 2, 1, 1, 2]);
}

#[test]
fn another_header_or_state_shows() {
    let test = test_of("t8n/prague-deposit.json");
    let judge = |test: &Value| valid_blocks(test, Style::Told).unwrap_err();
    let mut richer = test.clone();
    richer["pre"]["0x00000000219ab540356cbb839cbe05303d7705fa"]["balance"] = json!("0x1");
    assert!(judge(&richer).starts_with("block 0: stateRoot is"), "{}", judge(&richer));

    // The last byte of the block's field that holds the bytes.
    let flipped = |field: &str| {
        let mut changed = test.clone();
        let header = &test["blocks"][0]["blockHeader"];
        let rlp = test["blocks"][0]["rlp"].as_str().unwrap();
        let bytes = header[field].as_str().unwrap().trim_start_matches("0x").to_owned();
        let mut other = bytes.clone();
        let last = if other.pop() == Some('0') { '1' } else { '0' };
        other.push(last);
        assert_eq!(rlp.matches(&bytes).count(), 1, "{field} stands once in the block");
        changed["blocks"][0]["rlp"] = json!(rlp.replace(&bytes, &other));
        judge(&changed)
    };
    for (field, name) in [
        ("stateRoot", "stateRoot"),
        ("transactionsTrie", "txRoot"),
        ("receiptTrie", "receiptsRoot"),
        ("bloom", "logsBloom"),
        ("requestsHash", "requestsHash"),
    ] {
        let error = flipped(field);
        assert!(
            error.starts_with(&format!("block 0: {name} is")) && !error.contains("; "),
            "{field}: {error}"
        );
    }
}

/// An account that pays, whose key is 1.
const PAYER: &str = "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf";
const KEY: &str = "0x0000000000000000000000000000000000000000000000000000000000000001";
const RECEIVER: &str = "0x00000000000000000000000000000000000000aa";

/// A block under Osaka that lacks nothing.
fn osaka() -> Request {
    let contract = json!({ "balance": "0x0", "code": "0x5f5ff3" });
    Request {
        fork: "Osaka".to_owned(),
        reward: 0,
        input: json!({
            "alloc": {
                PAYER: { "balance": "0xde0b6b3a7640000" },
                // Queues of requests, which are empty.
                "0x00000961ef480eb55e80d19ad83579a64c007002": contract,
                "0x0000bbddc7ce488642fb579f8b00f3a590007251": contract,
            },
            "env": {
                "currentCoinbase": "0x00000000000000000000000000000000000000cb",
                "currentGasLimit": "0x1c9c380",
                "currentNumber": "1",
                "currentTimestamp": 1000,
                "currentRandom": "0x0",
                "currentBaseFee": "0x7",
                "currentExcessBlobGas": "0x0",
                "parentBeaconBlockRoot": "0x0",
                "withdrawals": [],
                "blockHashes": { "0": "0x01" },
            },
            "txs": [],
        }),
    }
}

/// A legacy transfer by the payer.
fn transfer(nonce: u64) -> Value {
    json!({
        "nonce": format!("{nonce:#x}"), "gas": "0x5208", "gasPrice": "0x9", "to": RECEIVER, "value": "0x1", "input": "0x",
        "v": "0x0", "r": "0x0", "s": "0x0", "secretKey": KEY,
    })
}

fn with(mut base: Value, fields: Value) -> Value {
    for (name, value) in fields.as_object().unwrap() {
        base[name] = value.clone();
    }
    base
}

#[test]
fn unsigned_transactions_of_every_type_are_signed() {
    let mut request = osaka();
    let fees =
        json!({ "gasPrice": null, "maxFeePerGas": "0x9", "maxPriorityFeePerGas": "0x2", "chainId": "0x1" });
    let hash = format!("0x01{}", "0".repeat(62));
    let blob = json!({ "maxFeePerBlobGas": "0x1", "blobVersionedHashes": [hash] });
    let authorization = json!({
        "chainId": "0x1", "address": RECEIVER, "nonce": "0x0", "yParity": "0x0", "r": "0x1", "s": "0x1",
    });
    let list = json!([{ "address": RECEIVER, "storageKeys": ["0x1"] }]);
    request.input["txs"] = json!([
        transfer(0),
        with(transfer(1), json!({ "protected": false })),
        with(transfer(2), json!({ "type": "0x1", "accessList": list, "gas": "0x7530" })),
        with(with(transfer(3), fees.clone()), json!({ "type": "0x2", "chainId": null })),
        with(with(transfer(4), fees.clone()), with(blob, json!({ "type": "0x3" }))),
        with(
            with(transfer(5), fees),
            json!({ "type": "0x4", "authorizationList": [authorization], "gas": "0xc350" })
        ),
    ]);
    let answer = stream(&request).expect(FINE).json();
    let result = &answer["result"];
    assert_eq!(result.get("rejected"), None, "{result}");
    let types: Vec<_> =
        result["receipts"].as_array().unwrap().iter().map(|receipt| receipt["type"].clone()).collect();
    assert_eq!(json!(types), json!([null, null, "0x1", "0x2", "0x3", "0x4"]));
    assert_eq!(answer["alloc"][PAYER]["nonce"], "0x6", "the key's own account has sent them");
    assert_eq!(answer["alloc"][RECEIVER]["balance"], "0x6");
    assert_eq!(
        (&result["blobGasUsed"], &result["receipts"][4]["blobGasUsed"]),
        (&json!("0x20000"), &json!("0x20000"))
    );
    // What comes out goes in again.
    let mut again = osaka();
    again.input["txsRlp"] = answer["body"].clone();
    let again = stream(&again).expect(FINE).json();
    assert_eq!(again, answer);
}

#[test]
fn rejected_transactions_are_told_and_leave_the_others_alone() {
    let mut request = osaka();
    request.input["txs"] = json!([
        transfer(1),
        transfer(0),
        transfer(0),
        with(transfer(1), json!({ "gas": "0x5207" })),
        with(transfer(1), json!({ "value": "0xde0b6b3a7640000" })),
        with(transfer(1), json!({ "gasPrice": "0x6" })),
        with(transfer(1), json!({ "secretKey": null })),
        with(transfer(1), json!({ "v": "0x1d", "r": "0x1", "s": "0x1" })),
        with(
            transfer(1),
            json!({ "type": "0x2", "chainId": "0x2", "maxFeePerGas": "0x9", "maxPriorityFeePerGas": "0x1" })
        ),
        transfer(1),
    ]);
    let answer = stream(&request).expect(FINE).json();
    let rejected = answer["result"]["rejected"].as_array().unwrap();
    let expected = [
        (0, "nonce too high"),
        (2, "nonce too low"),
        (3, "intrinsic gas too low"),
        (4, "insufficient funds for gas * price + value"),
        (5, "max fee per gas less than block base fee"),
        (6, "invalid transaction v, r, s values"),
        (7, "invalid transaction v, r, s values"),
        (8, "invalid chain id for signer"),
    ];
    assert_eq!(rejected.len(), expected.len(), "{rejected:#?}");
    for (rejected, (index, phrase)) in rejected.iter().zip(expected) {
        assert_eq!(rejected["index"], index);
        let error = rejected["error"].as_str().unwrap();
        assert!(error.starts_with(phrase), "{error}");
    }
    assert_eq!(answer["alloc"][RECEIVER]["balance"], "0x2");
    assert_eq!(answer["result"]["gasUsed"], format!("{:#x}", 2 * 21_000));
}

#[test]
fn a_transaction_of_a_list_that_cannot_be_read_is_rejected_alone() {
    let mut request = osaka();
    // A string that is longer than its list, then a list of two strings that are no transactions.
    request.input["txsRlp"] = json!("0xc28209");
    stream(&request).expect(RLP).err("stdin: transaction at byte 1");
    request.input["txsRlp"] = json!("0xc48209c001");
    let answer = stream(&request).expect(FINE).json();
    assert_eq!(answer["result"]["rejected"].as_array().unwrap().len(), 2);
    assert_eq!(answer["body"], "0xc0");
}

#[test]
fn the_reward_makes_accounts_and_none_does_not() {
    let miner = "0x00000000000000000000000000000000000000cb";
    let ommer = "0x00000000000000000000000000000000000000dd";
    let balances = |fork: &str, reward: i64| {
        let mut request = osaka();
        (request.fork, request.reward) = (fork.to_owned(), reward);
        request.input["env"] = json!({
            "currentCoinbase": miner, "currentGasLimit": "0x5f5e100", "currentNumber": "0x9", "currentTimestamp": "0x9",
            "currentDifficulty": "0x20000", "ommers": [{ "delta": 1, "address": ommer }],
        });
        let alloc = &stream(&request).expect(FINE).json()["alloc"];
        [miner, ommer].map(|address| alloc[address]["balance"].as_str().map(str::to_owned))
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(balances("Berlin", 64), [some("0x42"), some("0x38")]);
    assert_eq!(balances("Frontier", 0), [some("0x0"), some("0x0")]);
    assert_eq!(balances("Berlin", 0), [None, None]);
    assert_eq!(balances("Frontier", -1), [None, None]);
}

#[test]
fn difficulty_follows_from_the_parent() {
    let mut request = osaka();
    request.input["env"] = json!({
        "currentCoinbase": PAYER, "currentGasLimit": "0x5f5e100", "currentNumber": "0x1000", "currentTimestamp": "0x14",
        "parentDifficulty": "0x40000000", "parentTimestamp": "0x1",
    });
    let difficulty = |fork: &str| {
        let request = Request { fork: fork.to_owned(), reward: -1, input: request.input.clone() };
        stream(&request).expect(FINE).json()["result"]["currentDifficulty"].clone()
    };
    // 19 seconds: a 2048th down in Frontier, nothing in Homestead, one step down from Byzantium on.
    assert_eq!(difficulty("Frontier"), json!(format!("{:#x}", (1 << 30) - (1 << 19))));
    assert_eq!(difficulty("Homestead"), json!("0x40000000"));
    assert_eq!(difficulty("MuirGlacier"), json!(format!("{:#x}", (1 << 30) - (1 << 19))));
}

#[test]
fn files_are_read_and_written() {
    let folder = Folder::new();
    let mut request = osaka();
    let contract = json!({ "balance": "0x0", "code": "0x6001600255" });
    request.input["alloc"]["0x00000000000000000000000000000000000000cc"] = contract;
    request.input["txs"] = json!([
        transfer(7),
        with(transfer(0), json!({ "to": "0x00000000000000000000000000000000000000cc", "gas": "0xffff" })),
        transfer(1),
    ]);
    for part in ["alloc", "env", "txs"] {
        folder.write(&format!("{part}.json"), &request.input[part].to_string());
    }
    let args =
        ["t8n", "--state.fork", "Osaka", "--output.basedir", "out", "--output.body", "body.rlp", "--trace"];
    let answer = run(Some(&folder), &args, "").expect(FINE);
    assert_eq!((answer.stdout.as_str(), answer.stderr.as_str()), ("", ""));
    let expected = stream(&request).expect(FINE).json();
    let read = |name: &str| serde_json::from_str::<Value>(&folder.read(&format!("out/{name}"))).unwrap();
    assert_eq!((read("alloc.json"), read("result.json"), read("body.rlp")), {
        (expected["alloc"].clone(), expected["result"].clone(), expected["body"].clone())
    });
    // Traces count the transactions of the block; the rejected one has none.
    let names: Vec<_> = (0..2)
        .map(|index| {
            let hash = expected["result"]["receipts"][index]["transactionHash"].as_str().unwrap();
            format!("trace-{index}-{hash}.jsonl")
        })
        .collect();
    let traces: Vec<_> = Folder(folder.0.join("out")).names();
    assert_eq!(
        traces.iter().filter(|name| name.starts_with("trace")).collect::<Vec<_>>(),
        names.iter().collect::<Vec<_>>()
    );
}

/// The lines of the only trace, with more flags.
fn trace(flags: &[&str]) -> Vec<Value> {
    let folder = Folder::new();
    let mut request = osaka();
    let contract = "0x00000000000000000000000000000000000000cc";
    request.input["alloc"][contract] = json!({ "balance": "0x0", "code": "0x60015f5260015f5ffd" });
    request.input["txs"] = json!([with(transfer(0), json!({ "to": contract, "gas": "0xffff" }))]);
    let base = folder.0.to_str().unwrap();
    let args: Vec<_> = STREAMS
        .into_iter()
        .chain(["--state.fork=Osaka", "--trace", "--output.basedir", base])
        .chain(flags.iter().copied())
        .collect();
    run(None, &args, &request.input.to_string()).expect(FINE);
    let names = folder.names();
    let [name] = names.as_slice() else { panic!("{names:?}") };
    folder.read(name).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn traces_hold_what_is_asked_for_and_end_with_a_summary() {
    let plain = trace(&[]);
    assert_eq!(plain.len(), 8);
    assert_eq!((&plain[0]["opName"], &plain[0]["stack"]), (&json!("PUSH1"), &json!([])));
    assert_eq!((plain[0].get("memory"), plain[0].get("returnData")), (None, None));
    let summary = plain.last().unwrap();
    assert_eq!((&summary["output"], &summary["error"]), (&json!("0x"), &json!("execution reverted")));
    assert!(summary["gasUsed"].as_str().unwrap().starts_with("0x5"));
    let memory = &trace(&["--trace.memory"])[4]["memory"];
    assert_eq!(memory, &json!(format!("0x{}01", "0".repeat(62))));
    assert_eq!(&trace(&["--trace.nomemory=false"])[4]["memory"], memory);
    assert_eq!(trace(&["--trace.nostack"])[1].get("stack"), None);
    assert_eq!(trace(&["--trace.returndata=true"])[1]["returnData"], "0x");
}

/// The answer to a block from which something is missing, or in which something is wrong.
fn changed(change: impl FnOnce(&mut Request)) -> Answer {
    let mut request = osaka();
    change(&mut request);
    stream(&request)
}

#[test]
fn what_an_environment_lacks_is_named() {
    for field in ["currentCoinbase", "currentGasLimit", "currentNumber", "currentTimestamp"] {
        changed(|it| drop(it.input["env"].as_object_mut().unwrap().remove(field)))
            .expect(JSON)
            .err(&format!("stdin: env.{field}: missing"));
    }
    for field in ["currentRandom", "withdrawals", "parentBeaconBlockRoot"] {
        changed(|it| drop(it.input["env"].as_object_mut().unwrap().remove(field)))
            .expect(CONFIG)
            .err(&format!("stdin: {field}: missing; Osaka needs it"));
    }
    changed(|it| drop(it.input["env"].as_object_mut().unwrap().remove("currentBaseFee")))
        .expect(CONFIG)
        .err("currentBaseFee: missing, and cannot be computed as parentBaseFee is missing too");
    changed(|it| it.input["env"]["currentDifficulty"] = json!("0x1"))
        .expect(CONFIG)
        .err("currentDifficulty: must be zero or left out under Osaka");
    changed(|it| it.fork = "Berlin".to_owned())
        .expect(CONFIG)
        .err("currentDifficulty: missing, and cannot be computed as parentDifficulty is missing too");
    changed(|it| {
        it.fork = "Paris".to_owned();
        it.input["env"]["withdrawals"] =
            json!([{ "index": 0, "validatorIndex": 0, "address": PAYER, "amount": 1 }]);
    })
    .expect(CONFIG)
    .err("withdrawals: there, which Paris does not have");
}

#[test]
fn what_is_wrong_in_a_field_is_named_with_its_path() {
    type Change<'a> = &'a dyn Fn(&mut Value);
    let cases: [(&str, Change<'_>); 9] = [
        ("env.currentNumber: a number of up to 64 bits", &|it| it["env"]["currentNumber"] = json!("0xzz")),
        ("env.ommers[0].delta: more than 8 blocks", &|it| {
            it["env"]["ommers"] = json!([{ "delta": 9, "address": PAYER }]);
        }),
        ("env.withdrawals[0].amount: missing", &|it| {
            it["env"]["withdrawals"] = json!([{ "index": 0, "validatorIndex": 0, "address": PAYER }]);
        }),
        ("alloc.0x7e5f4552091a69125d5dfcb7b8c2659029395bdf.balance: a number", &|it| {
            it["alloc"][PAYER]["balance"] = json!("lots");
        }),
        ("txs[0].gas: missing", &|it| it["txs"] = json!([with(transfer(0), json!({ "gas": null }))])),
        ("txs[0].to: 1 bytes where 20 belong", &|it| {
            it["txs"] = json!([with(transfer(0), json!({ "to": "0x01" }))]);
        }),
        ("txs[0].type: no known transaction type", &|it| {
            it["txs"] = json!([with(transfer(0), json!({ "type": "0x5" }))]);
        }),
        ("txs[1].secretKey: not in 1..n", &|it| {
            it["txs"] = json!([transfer(0), with(transfer(0), json!({ "secretKey": "0x0" }))]);
        }),
        ("txs: an object where a list belongs", &|it| it["txs"] = json!({})),
    ];
    for (message, change) in cases {
        changed(|request| change(&mut request.input)).expect(JSON).err(&format!("stdin: {message}"));
    }
}

#[test]
fn settings_and_files_that_are_wrong_have_their_exit_codes() {
    changed(|it| it.fork = "Moon".to_owned()).expect(CONFIG).err("unknown fork `Moon`");
    changed(|it| it.fork = "London+1344".to_owned())
        .expect(CONFIG)
        .err("EIPs cannot be added to a fork here");
    changed(|it| it.reward = -2).expect(CONFIG).err("reward -2: less than -1");
    let folder = Folder::new();
    let run = |args: &[&str], stdin: &str| run(Some(&folder), &[&["t8n"], args].concat(), stdin);
    run(&[], "").expect(FILES).err("alloc.json: ");
    folder.write("alloc.json", "{\"0x01\": {");
    folder.write("env.json", "{}");
    folder.write("txs.json", "[]");
    run(&[], "").expect(JSON).err("alloc.json: not JSON: EOF").err("line 1 column 10");
    run(&["--input.alloc=stdin"], "{").expect(JSON).err("stdin: not JSON: EOF");
    run(&["--input.alloc=stdin"], "{}").expect(JSON).err("stdin: alloc: missing");
    run(&["--output.basedir=env.json", "--input.alloc=stdin"], "").expect(FILES).err("env.json: ");
    folder.write("alloc.json", "{}");
    folder.write("txs.rlp", "\"0x01\"");
    run(&["--input.txs=txs.rlp"], "").expect(JSON).err("env.json: currentCoinbase: missing");
    folder.write("env.json", &osaka().input["env"].to_string());
    run(&["--input.txs=txs.rlp"], "").expect(RLP).err("txs.rlp: transactions at byte 0");
    run(&["--trace.memory", "--trace.nomemory"], "").err("--trace.memory: not together with its opposite");
}

#[test]
fn a_block_hash_that_is_missing_has_an_exit_code_of_its_own() {
    let contract = "0x00000000000000000000000000000000000000cc";
    let ask = |number: &str| {
        changed(|it| {
            it.input["env"]["currentNumber"] = json!(9);
            it.input["alloc"][contract] = json!({ "balance": "0x0", "code": format!("0x60{number}4050") });
            it.input["txs"] = json!([with(transfer(0), json!({ "to": contract, "gas": "0xffff" }))]);
        })
    };
    ask("00").expect(FINE);
    ask("03").expect(MISSING_HASH).err("blockHashes: the hash of block 3 was asked for and is not there");
}

#[test]
fn a_block_that_cannot_be_ended_is_an_error() {
    changed(|it| {
        drop(it.input["alloc"].as_object_mut().unwrap().remove("0x00000961ef480eb55e80d19ad83579a64c007002"));
    })
    .expect(super::command::COULD_NOT)
    .err("system contract 0x00000961ef480eb55e80d19ad83579a64c007002 has no code");
}

#[test]
fn the_help_names_every_fork() {
    let help = run(None, &["t8n", "--help"], "").expect(FINE).stdout;
    for name in ["Frontier", "EIP158", "ConstantinopleFix", "Merge", "Osaka", "BPO4", "GrayGlacier"] {
        assert!(help.contains(name), "{name}");
    }
}
