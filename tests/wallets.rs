//! `erbium tool confidential` and `erbium tool stealth` from outside.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod command;

use command::{Answer, COULD_NOT, FINE, NO};
use serde_json::{Value, json};
use std::fs;
use std::process::Command;

fn erbium(args: &[&str]) -> Answer {
    let mut command = Command::new(env!("CARGO_BIN_EXE_erbium"));
    command.args(args).current_dir(env!("CARGO_MANIFEST_DIR"));
    command.env_remove("ERBIUM_GPU").env_remove("ERBIUM_LOG");
    command.output().expect("the program starts").into()
}

#[test]
fn wallets_make_and_check_transfers_and_print_no_secret() {
    let folder = std::env::temp_dir().join(format!("erbium-wallet-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let seed = "5e".repeat(32);
    fs::write(path("seed"), &seed).unwrap();
    let plan = json!({
        "chainId": 17_778, "context": format!("0x{}", "11".repeat(32)), "fee": 1,
        "inputs": [{"index": 0, "value": 987_654_321}],
        "outputs": [{"index": 1, "value": 900_000_000}, {"index": 2, "value": 87_654_320}],
    });
    fs::write(path("plan"), plan.to_string()).unwrap();
    let secrets = ["--seed-from", &path("seed"), "--plan", &path("plan")];
    let tool = |parts: &[&str]| {
        let args: Vec<&str> = ["tool", "confidential"].iter().chain(parts).copied().collect();
        erbium(&args)
    };
    let with = |first: &str, more: &[&str]| tool(&[&[first], &secrets[..], more].concat());
    let commitments = with("commit", &["--json", "--openings-to", &path("openings")]).expect(FINE).json();
    let openings = fs::read_to_string(path("openings")).unwrap();
    let openings: Value = serde_json::from_str(&openings).unwrap();
    let made = with("transfer", &["--json"]).expect(FINE).json();
    assert_eq!(made["outputs"][1], commitments["outputs"][1]["commitment"]);
    for printed in [commitments.to_string(), made.to_string()] {
        for secret in [seed.as_str(), "900000000", openings[0]["blinding"].as_str().unwrap()] {
            assert!(!printed.contains(secret), "{secret}");
        }
    }
    fs::write(path("body"), made["body"].as_str().unwrap()).unwrap();
    tool(&["check", &path("body")]).expect(FINE).out("valid");
    tool(&["check", "--chain-id", "1", &path("body")]).expect(NO).out("invalid");
    fs::write(path("body"), "0xzz").unwrap();
    tool(&["check", &path("body")]).expect(COULD_NOT);
    fs::write(path("plan"), plan.to_string().replace("\"fee\":1", "\"fee\":2")).unwrap();
    with("transfer", &[]).expect(COULD_NOT).err("the inputs are not the outputs and the fee together");
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn stealth_payments_are_found_by_their_recipient_alone() {
    let folder = std::env::temp_dir().join(format!("erbium-stealth-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    for (name, byte) in [("payer", "01"), ("recipient", "02")] {
        fs::write(path(name), byte.repeat(32)).unwrap();
    }
    let meta = erbium(&["tool", "stealth", "generate", "--seed-from", &path("recipient"), "--json"])
        .expect(FINE)
        .json();
    let meta = meta["metaAddress"].as_str().unwrap();
    let mut list = format!("{}\n", "02".repeat(54));
    for index in ["0", "1"] {
        let made = erbium(&[
            "tool",
            "stealth",
            "announce",
            meta,
            "--seed-from",
            &path("payer"),
            "--index",
            index,
            "--json",
        ])
        .expect(FINE)
        .json();
        list += made["announcement"].as_str().unwrap();
        list.push('\n');
    }
    fs::write(path("list"), &list).unwrap();
    let scan = |who: &str, more: &[&str]| {
        let seed = path(who);
        let list = path("list");
        let args = [&["tool", "stealth", "scan", "--seed-from", &seed, &list], more].concat();
        erbium(&args)
    };
    let found = scan("recipient", &["--json", "--keys-to", &path("keys")]).expect(FINE).json();
    assert_eq!((found["scanned"].as_u64(), found["found"].as_array().map(Vec::len)), (Some(3), Some(2)));
    let keys = fs::read_to_string(path("keys")).unwrap();
    assert_eq!(keys.lines().count(), 2);
    assert!(keys.starts_with(found["found"][0]["address"].as_str().unwrap()));
    assert!(keys.split_whitespace().nth(1).is_some_and(|key| !found.to_string().contains(key)));
    scan("payer", &[]).expect(NO).out("0 of 3 announcements");
    fs::write(path("list"), "0x00\n").unwrap();
    scan("payer", &[]).expect(COULD_NOT).err("line 1: not 54 bytes in hexadecimal");
    fs::remove_dir_all(&folder).unwrap();
}
