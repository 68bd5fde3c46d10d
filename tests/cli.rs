//! The command line from outside: exit codes, and what is said on which stream.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod command;

use command::{Answer, COULD_NOT, FINE, NO};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// A Byzantium block of plain and contract transactions.
const BLOCK: &str = "examples/blocks/6196166.json";

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_erbium"));
    command.args(args).current_dir(env!("CARGO_MANIFEST_DIR"));
    command.env_remove("ERBIUM_GPU").env_remove("ERBIUM_LOG");
    command
}

fn answer(mut command: Command) -> Answer {
    command.output().expect("the program starts").into()
}

fn erbium(args: &[&str]) -> Answer {
    answer(command(args))
}

/// A file that is gone when the test is.
struct TempFile(PathBuf);

impl TempFile {
    fn new(suffix: &str, bytes: &[u8]) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name =
            format!("erbium-cli-{}-{}{suffix}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::write(&path, bytes).unwrap();
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn block() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(BLOCK);
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// What `validate` says about the block with one thing changed.
fn tampered(change: impl FnOnce(&mut Value)) -> Answer {
    let mut block = block();
    let before = block.clone();
    change(&mut block);
    assert_ne!(block, before, "the change changes something");
    let file = TempFile::new(".json", &serde_json::to_vec(&block).unwrap());
    erbium(&["validate", file.path()])
}

fn number(value: &Value) -> u128 {
    u128::from_str_radix(value.as_str().unwrap().trim_start_matches("0x"), 16).unwrap()
}

/// The account in the pre-state that sends transaction `index`.
fn sender(block: &mut Value, index: usize) -> &mut Value {
    let from = block["block"]["transactions"][index]["from"].as_str().unwrap().to_owned();
    &mut block["preState"][from]
}

#[test]
fn the_shipped_blocks_are_valid() {
    let answer = erbium(&["validate", "examples/blocks"]).expect(FINE);
    answer
        .out("block 930196 (Frontier): valid; 18 transactions")
        .out("block 19933122 (Cancun): valid; 45 transactions")
        .out("block 930196 (Frontier+Erbium): valid; 18 transactions")
        .out("sum: 7 valid, 0 invalid; 242 transactions, 242 signatures (176 secp256k1, 66 ML-DSA-65), 20.281 Mgas")
        .out("not checkable in 4 of 7: state root: ")
        .out("not checkable in 2 of 7: receipts root: ")
        .err("examples/blocks/README.md: passed over");
}

#[test]
fn the_json_of_validate_has_blocks_and_their_sum() {
    let json = erbium(&["validate", "--json", "examples/blocks"]).expect(FINE).json();
    assert_eq!(json["blocks"].as_array().unwrap().len(), 7);
    assert_eq!(json["summary"]["gasUsed"], 20_280_893);
    assert_eq!(
        json["summary"]["signatures"],
        json!({ "secp256k1": 176, "ML-DSA-44": 0, "ML-DSA-65": 66, "ML-DSA-87": 0 })
    );
    assert_eq!(json["errors"], json!([]));
    let byzantium =
        json["blocks"].as_array().unwrap().iter().find(|block| block["number"] == 6_196_166).unwrap();
    assert_eq!(byzantium["verdict"], "valid");
    let result = |name: &str| {
        let checks = byzantium["checks"].as_array().unwrap();
        checks.iter().find(|check| check["name"] == name).unwrap()["result"].clone()
    };
    for name in
        ["header hash", "transactions root", "transaction hashes", "senders", "uncles hash", "gas used"]
    {
        assert_eq!(result(name), "passed", "{name}");
    }
    assert_eq!((result("logs bloom"), result("receipts root")), (json!("passed"), json!("passed")));
    assert_eq!(result("state root"), "not checkable");
}

#[test]
fn a_tampered_header_is_found() {
    tampered(|block| block["block"]["gasUsed"] = json!("0x79b3db"))
        .expect(NO)
        .out("INVALID")
        .out("gas used is 7975899 in the file, but 7975867 by validation");
    let root = format!("0x{}", "11".repeat(32));
    tampered(|block| block["block"]["receiptsRoot"] = json!(root))
        .expect(NO)
        .out(&format!("receipts root is {root} in the file, but 0x"));
    tampered(|block| block["block"]["transactionsRoot"] = json!(root))
        .expect(NO)
        .out(&format!("transactions root is {root} in the file, but 0x"));
    let bloom = format!("0x{}", "00".repeat(256));
    tampered(|block| block["block"]["logsBloom"] = json!(bloom)).expect(NO).out("logs bloom is ");
    tampered(|block| block["block"]["timestamp"] = json!("0x1")).expect(NO).out("header hash is ");
    tampered(|block| block["block"]["baseFeePerGas"] = json!("0x7")).expect(NO).out("header fields is ");
}

#[test]
fn a_tampered_transaction_is_named() {
    tampered(|block| {
        let value = number(&block["block"]["transactions"][7]["value"]);
        block["block"]["transactions"][7]["value"] = json!(format!("{:#x}", value + 1));
    })
    .expect(NO)
    .out("transaction 7: hash is 0x")
    .out("transaction 7: sender is 0x");
    tampered(|block| {
        let s = block["block"]["transactions"][3]["s"].as_str().unwrap();
        let last = if s.ends_with('1') { "2" } else { "1" };
        block["block"]["transactions"][3]["s"] = json!(format!("{}{last}", &s[..s.len() - 1]));
    })
    .expect(NO)
    .out("transaction 3: s");
    tampered(|block| block["block"]["transactions"][5]["r"] = json!("0x0"))
        .expect(NO)
        .out("transaction 5: signature is not valid: r is not in 1..n");
    tampered(|block| block["block"]["transactions"][2]["from"] = json!(format!("0x{}", "22".repeat(20))))
        .expect(NO)
        .out(&format!("transaction 2: sender is 0x{} in the file, but 0x", "22".repeat(20)));
    tampered(|block| block["block"]["transactions"][2]["hash"] = json!(format!("0x{}", "22".repeat(32))))
        .expect(NO)
        .out(&format!("transaction 2: hash is 0x{} in the file, but 0x", "22".repeat(32)));
}

#[test]
fn a_tampered_account_is_named_with_its_transaction() {
    tampered(|block| {
        let sender = sender(block, 0);
        let nonce = number(&sender["nonce"]);
        sender["nonce"] = json!(format!("{:#x}", nonce + 1));
    })
    .expect(NO)
    .out("transaction 0: nonce ")
    .out(" is below the account's ");
    tampered(|block| sender(block, 0)["balance"] = json!("0x1"))
        .expect(NO)
        .out("transaction 0: balance 1 of 0x")
        .out(" does not cover ");
}

#[test]
fn other_rules_make_another_block() {
    // Without its refunds and prices the block uses other gas.
    erbium(&["validate", "--spec", "Osaka", BLOCK]).expect(NO).out("(Osaka): INVALID");
}

#[test]
fn what_cannot_be_read_is_an_error_and_the_others_go_on() {
    let whole = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(BLOCK)).unwrap();
    let cut = TempFile::new(".json", &whole[..whole.len() / 2]);
    let garbage = TempFile::new(".tar.zst", b"\x28\xb5\x2f\xfdgarbage");
    let not_xz = TempFile::new(".json.xz", b"not xz at all");
    let empty = TempFile::new(".json", b"");
    for (file, text) in [
        (&cut, "line 1 column "),
        (&garbage, "damaged near byte "),
        (&not_xz, "damaged near byte "),
        (&empty, "JSON"),
    ] {
        erbium(&["validate", file.path(), BLOCK])
            .expect(COULD_NOT)
            .err(file.path())
            .err(text)
            .out("block 6196166 (Byzantium): valid");
    }
    erbium(&["validate", "no/such/file"]).expect(COULD_NOT).err("no/such/file: ");
    let json = erbium(&["validate", "--json", cut.path(), BLOCK]).expect(COULD_NOT).json();
    assert_eq!(json["blocks"].as_array().unwrap().len(), 1);
    assert!(json["errors"][0].as_str().unwrap().contains(cut.path()));
}

#[test]
fn a_bad_field_is_named_with_its_path() {
    for (change, text) in [
        (json!("0xzz"), "block.transactions[4].value: "),
        (json!("12"), "block.transactions[4].value: "),
        (json!(12), "block.transactions[4].value: "),
        (json!(null), "block.transactions[4].value: "),
        (json!(format!("0x{}", "ff".repeat(33))), "block.transactions[4].value: more than 256 bits"),
    ] {
        tampered(|block| block["block"]["transactions"][4]["value"] = change).expect(COULD_NOT).err(text);
    }
    tampered(|block| block["spec"] = json!("atlantis")).expect(COULD_NOT).err("spec: no chain spec is named");
    tampered(|block| block["spec"] = json!({ "fork": 1 }))
        .expect(COULD_NOT)
        .err("spec: `fork` is of type integer where string is expected");
    tampered(|block| block["spec"] = json!({ "fork": "Byzantium", "chainId": 1 }))
        .expect(COULD_NOT)
        .err("spec: `chainId` is no key of a chain spec");
    tampered(|block| block["spec"] = json!(true))
        .expect(COULD_NOT)
        .err("spec: neither the name of a chain spec nor an object");
    tampered(|block| block["wholeState"] = json!("yes"))
        .expect(COULD_NOT)
        .err("wholeState: a string where a boolean belongs");
}

#[test]
fn no_answer_is_no_success() {
    erbium(&["validate", "examples/spec"]).expect(COULD_NOT).err("no block files in it");
    erbium(&["validate"]).expect(COULD_NOT);
    erbium(&["frobnicate"]).expect(COULD_NOT);
}

/// Where the Vulkan loader finds no driver. Elsewhere than with Vulkan there may be adapters all the same.
const NO_DRIVERS: [(&str, &str); 2] =
    [("VK_DRIVER_FILES", "/no/such/driver.json"), ("VK_ICD_FILENAMES", "/no/such/driver.json")];

fn with_environment(variables: &[(&str, &str)], args: &[&str]) -> Answer {
    let mut command = command(args);
    command.envs(variables.iter().copied());
    answer(command)
}

#[test]
#[cfg(target_os = "linux")]
fn a_required_gpu_is_never_replaced_silently() {
    let without = |args: &[&str]| with_environment(&NO_DRIVERS, args);
    without(&["validate", "--gpu", "require", BLOCK]).expect(COULD_NOT).err("there is no adapter");
    without(&["validate", "--gpu", "Radeon", BLOCK]).expect(COULD_NOT).err("there is no adapter");
    without(&["validate", "--gpu", "off", BLOCK]).expect(FINE);
    without(&["validate", BLOCK]).expect(FINE);
    without(&["conform", "--backend", "gpu", "tests/data/state"])
        .expect(COULD_NOT)
        .err("there is no adapter");
    without(&["conform", "--gpu", "require", "examples/spec"]).expect(COULD_NOT).err("there is no adapter");
    without(&["adapters"]).expect(FINE).out("no adapter").out("no device is used");
    without(&["adapters", "--gpu", "require"]).expect(COULD_NOT);
    assert_eq!(without(&["adapters", "--json"]).expect(FINE).json()["adapters"], json!([]));
    let required = |args: &[&str]| {
        let variables = [NO_DRIVERS.as_slice(), &[("ERBIUM_GPU", "require")]].concat();
        with_environment(&variables, args)
    };
    required(&["validate", BLOCK]).expect(COULD_NOT).err("there is no adapter");
    required(&["validate", "--gpu", "auto", BLOCK]).expect(FINE);
}

#[test]
fn settings_of_the_device_are_read_strictly() {
    for variable in ["ERBIUM_GPU_INT64", "ERBIUM_GPU_CHECKS", "ERBIUM_GPU_MEMORY"] {
        with_environment(&[(variable, "perhaps")], &["validate", BLOCK]).expect(COULD_NOT).err(variable);
    }
    with_environment(&[("ERBIUM_BATCH_SEED", "12")], &["validate", BLOCK])
        .expect(COULD_NOT)
        .err("ERBIUM_BATCH_SEED is not 64 hexadecimal digits");
}

/// Whether there is an adapter; `ERBIUM_GPU=require` wants one.
fn has_adapter(test: &str) -> bool {
    let adapters = erbium(&["adapters", "--gpu", "off", "--json"]).expect(FINE).json();
    let there = adapters["adapters"].as_array().is_some_and(|adapters| !adapters.is_empty());
    let wanted = std::env::var("ERBIUM_GPU").unwrap_or_default();
    assert!(there || wanted != "require", "{test}: no adapter");
    if !there || wanted == "off" {
        eprintln!("skipped: {test}: no adapter");
        return false;
    }
    true
}

#[test]
fn quantum_blocks_are_validated_on_a_device() {
    if !has_adapter("quantum blocks on a device") {
        return;
    }
    let on = erbium(&["validate", "--gpu", "require", "examples/blocks", "--json"]).expect(FINE).json();
    let off = erbium(&["validate", "--gpu", "off", "examples/blocks", "--json"]).expect(FINE).json();
    for block in ["number", "hash", "checks", "gasUsed", "signatures"] {
        let of = |report: &Value| -> Vec<Value> {
            report["blocks"].as_array().unwrap().iter().map(|report| report[block].clone()).collect()
        };
        assert_eq!(of(&on), of(&off), "{block}");
    }
    erbium(&["adapters", "--gpu", "require"]).expect(FINE).out("it was asked for");
}

#[test]
fn every_rung_agrees() {
    let backends: &[&str] =
        if has_adapter("rungs on a device") { &["cpu", "twin", "gpu", "all"] } else { &["cpu", "twin"] };
    let vectors = ["tests/data/mldsa", "tests/data/groth16", "tests/data/precompiles/blsPairing.json"];
    for backend in backends {
        let report = erbium(&[&["conform", "--backend", backend, "--json"][..], &vectors].concat());
        let report = report.expect(FINE).json();
        let passed: u64 =
            report["suites"].as_array().unwrap().iter().filter_map(|s| s["passed"].as_u64()).sum();
        assert!(passed > 20 + 35 + 3, "{backend}: {report}");
    }
}

#[test]
fn range_proofs_are_measured_on_a_device() {
    if !has_adapter("a bench of range proofs on a device") {
        return;
    }
    let args = ["bench", "range-proof", "--backend", "gpu", "--gpu", "require", "--quick", "--bits", "8"];
    let report = erbium(&[&args[..], &["--values", "1", "--batch", "2,3", "--json", "-"]].concat());
    let report = report.expect(FINE).json();
    let rows = report["rows"].as_array().unwrap();
    assert_eq!(rows.iter().map(|row| row["batch"].as_u64().unwrap()).collect::<Vec<_>>(), [2, 3]);
    for row in rows {
        for name in
            ["device_per_second", "cpu_per_second", "bulletproofs_per_second", "ratio_to_cpu", "one_bad"]
        {
            assert!(row[name].as_f64().is_some_and(|number| number > 0.0), "{name} of {row}");
        }
        let kernels = row["stages"].as_array().unwrap();
        assert!(kernels.len() == 11 || row["kernels_per_second"].is_null(), "{row}");
    }
    assert!(
        report["products_per_second"].as_array().unwrap().iter().all(|form| form[1].as_f64().unwrap() > 0.0)
    );
}

#[test]
fn specs_are_shown_in_the_form_they_are_read() {
    for spec in ["mainnet", "erbium", "Cancun", "BPO2", "examples/spec/test-chain.toml"] {
        let shown = erbium(&["spec", "show", "--spec", spec]).expect(FINE).stdout;
        let file = TempFile::new(".toml", shown.as_bytes());
        assert_eq!(erbium(&["spec", "show", "--spec", file.path()]).expect(FINE).stdout, shown);
    }
    erbium(&["spec", "show"]).expect(FINE).out("fork = \"mainnet\"");
}

#[test]
fn a_bad_spec_is_named_with_its_place() {
    let spec = TempFile::new(".toml", b"fork = \"Osaka\"\n\n[gas]\nzk_verify = -1\n");
    erbium(&["validate", "--spec", spec.path(), BLOCK])
        .expect(COULD_NOT)
        .err(spec.path())
        .err("line 4: `gas.zk_verify` is -1");
    erbium(&["spec", "show", "--spec", "atlantis"]).expect(COULD_NOT).err("atlantis");
    let binary = TempFile::new(".toml", &[0xff, 0xfe, 0]);
    erbium(&["spec", "show", "--spec", binary.path()]).expect(COULD_NOT).err(binary.path());
}

/// PUSH1 5 PUSH1 3 ADD PUSH1 0 MSTORE PUSH1 32 PUSH1 0 RETURN.
const EIGHT: &str = "0x600560030160005260206000f3";

#[test]
fn run_answers_with_output_and_gas() {
    let eight = format!("{:064x}", 8);
    erbium(&["run", "--code", EIGHT])
        .expect(FINE)
        .out(&format!("success\noutput: 0x{eight}\ngas used: 24\n"));
    let json = erbium(&["run", "--code", EIGHT, "--json", "--gas", "100"]).expect(FINE).json();
    assert_eq!((&json["gasUsed"], &json["gasLeft"]), (&json!(24), &json!(76)));
    // CALLDATALOAD(0) stored and returned.
    erbium(&["run", "--code", "60003560005260206000f3", "--input", &eight])
        .expect(FINE)
        .out(&format!("output: 0x{eight}"));
    // An event with one topic.
    let json = erbium(&["run", "--code", "602a60006000a100", "--json"]).expect(FINE).json();
    assert_eq!(json["logs"][0]["topics"], json!([format!("0x{:064x}", 42)]));
}

#[test]
fn run_says_no_where_the_code_fails() {
    erbium(&["run", "--code", "fe"]).expect(NO).out("invalid opcode");
    erbium(&["run", "--code", EIGHT, "--gas", "23"]).expect(NO).out("out of gas").out("gas used: 23");
    erbium(&["run", "--code", "60006000fd"]).expect(NO).out("reverted").out("output: 0x\ngas used: 6\n");
    // PUSH0 came with Shanghai.
    erbium(&["run", "--code", "5f00"]).expect(FINE);
    erbium(&["run", "--code", "5f00", "--spec", "London"]).expect(NO).out("invalid opcode");
}

#[test]
fn run_keeps_the_limits_of_a_sandbox() {
    // JUMPDEST PUSH1 0 JUMP, for ever.
    let forever = ["run", "--code", "5b600056", "--gas", "9000000000000000"];
    let limited = |limit: &[&str]| erbium(&[&forever[..], limit].concat());
    limited(&["--max-steps", "1000"]).expect(NO).out("execution timeout");
    limited(&["--timeout-ms", "20"]).expect(NO).out("execution timeout");
    erbium(&["run", "--code", EIGHT, "--max-steps", "8"]).expect(FINE);
    erbium(&["run", "--code", EIGHT, "--max-steps", "7"]).expect(NO);
    erbium(&["run", "--code", EIGHT, "--max-memory", "32"]).expect(FINE);
    erbium(&["run", "--code", EIGHT, "--max-memory", "31"]).expect(NO).out("out of memory");
}

#[test]
fn a_trace_is_of_eip_3155() {
    let trace = erbium(&["run", "--code", EIGHT, "--trace", "--gas", "100"]).expect(FINE).stdout;
    let lines: Vec<Value> = trace.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 9);
    let add = json!({
        "pc": 4, "op": 1, "opName": "ADD", "gas": "0x5e", "gasCost": "0x3", "depth": 1, "memSize": 0, "refund": 0,
        "stack": ["0x5", "0x3"], "returnData": "0x",
    });
    assert_eq!(lines[2], add);
    assert_eq!((&lines[4]["opName"], &lines[4]["gasCost"]), (&json!("MSTORE"), &json!("0x6")));
    assert_eq!((&lines[8]["pass"], &lines[8]["gasUsed"]), (&json!(true), &json!("0x18")));

    let trace = erbium(&["run", "--code", EIGHT, "--trace", "--gas", "8"]).expect(NO).stdout;
    let lines: Vec<Value> = trace.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[2]["error"], "out of gas");
    assert_eq!(lines.last().unwrap()["pass"], false);
}

#[test]
fn a_trace_keeps_secrets_where_there_may_be_any() {
    let spec = TempFile::new(".toml", b"fork = 'Osaka'\nextensions = 'erbium'\npolicy = 'local'\n");
    let trace = ["run", "--code", EIGHT, "--spec", spec.path(), "--trace"];
    let answer = erbium(&trace).expect(FINE);
    assert!(!answer.stdout.contains("stack"), "{}", answer.stdout);
    erbium(&[&trace[..], &["--show-secrets"]].concat()).expect(FINE).out("\"stack\":[\"0x5\",\"0x3\"]");
}

#[test]
fn bad_hexadecimal_is_named_with_its_place() {
    erbium(&["run", "--code", "0x60zz"])
        .expect(COULD_NOT)
        .err("--code: `z` at character 5 is no hexadecimal digit");
    erbium(&["run", "--code", "00", "--input", "0x123"])
        .expect(COULD_NOT)
        .err("--input: an odd number of digits: 3");
    erbium(&["run", "--code", "ü"]).expect(COULD_NOT).err("--code: ");
    erbium(&["run", "--code", "00", "--gas", "-1"]).expect(COULD_NOT);
    erbium(&["run", "--code", "00", "--gas", "18446744073709551615"]).expect(COULD_NOT);
}

#[test]
fn a_malformed_claim_is_no_and_other_chains_have_no_such_opcode() {
    // ZK_VERIFY over nothing: answered at once.
    erbium(&["run", "--spec", "erbium", "--code", "60006000600060006000aee460005260206000f3"])
        .expect(FINE)
        .out(&format!("0x{}", "00".repeat(32)));
    erbium(&["run", "--spec", "Osaka", "--code", "60006000aef2"]).expect(NO).out("invalid opcode");
}

/// The commitment to 1 with blinding 0 is B, the group's base point.
#[test]
fn a_commitment_is_answered_under_any_policy_and_a_secret_one_locally_alone() {
    let base = "0xe2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76";
    let code = "60006001aef260005260206000f3";
    erbium(&["run", "--spec", "erbium", "--code", code]).expect(FINE).out(base);
    // STEALTH_ADDRESS would publish its key in a block.
    erbium(&["run", "--spec", "erbium", "--code", "600060006001aef3"]).expect(NO).out("privacy violation");
}

#[test]
fn a_closed_pipe_is_no_panic() {
    let mut child = command(&["validate", "--json", "examples/blocks"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(!stderr.contains("panicked"), "{stderr}");
    assert_ne!(output.status.code(), Some(101));
}
