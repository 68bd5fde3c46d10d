//! `erbium bench block` from outside: what it prints and how it ends. How fast it is shows in a long run only.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

#[allow(dead_code, reason = "other tests look at more")]
mod command;

use command::{Answer, COULD_NOT, FINE};
use serde_json::{Value, json};
use std::process::Command;

fn bench(args: &[&str]) -> Answer {
    let mut command = Command::new(env!("CARGO_BIN_EXE_erbium"));
    command.args(["bench", "block"]).args(args).env_remove("ERBIUM_LOG");
    command.env("ERBIUM_GPU", "off").env("ERBIUM_FIXTURES", "/nowhere/at/all");
    command.output().unwrap().into()
}

const MANNERS: [&str; 5] = ["sequential", "parallel", "speculation", "both", "overlap"];

/// What is wrong with a report of these sets.
fn faults(report: &Value, sets: &[&str]) -> Vec<String> {
    let mut faults = Vec::new();
    let found: Vec<_> = report["sets"].as_array().unwrap().iter().map(|set| set["name"].clone()).collect();
    if found != sets {
        faults.push(format!("sets {found:?}"));
    }
    for set in report["sets"].as_array().unwrap() {
        let rows = set["rows"].as_array().unwrap();
        if rows.iter().map(|row| &row["manner"]).ne(&MANNERS.map(Value::from)) {
            faults.push(format!("rows {rows:?}"));
        }
        for row in rows {
            let above_zero =
                |value: &Value| value.as_f64().is_some_and(|number| number.is_finite() && number > 0.0);
            for name in ["wall_ms", "ratio", "transactions_per_second", "mgas_per_second"] {
                if !above_zero(&row[name]) {
                    faults.push(format!("{name} of {row}"));
                }
            }
            for stage in ["decode", "signatures", "execute", "roots"] {
                if !above_zero(&row["stages_ms"][stage]) {
                    faults.push(format!("{stage} of {row}"));
                }
            }
            let asks = set["name"] != "transfers";
            let speculates = ["speculation", "both", "overlap"].iter().any(|name| row["manner"] == *name);
            let (batches, largest) =
                (row["batches"].as_u64().unwrap(), row["largest_batch"].as_u64().unwrap());
            if asks && speculates && (!(1..=4).contains(&batches) || largest < 5) {
                faults.push(format!("batches of {row}"));
            }
        }
    }
    faults
}

#[test]
fn a_quick_run_in_all_forms() {
    let sets = ["transfers", "dilithium-opcode"];
    let folder = std::env::temp_dir().join(format!("erbium-bench-block-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let [json, svg] = ["report.json", "stages.svg"].map(|name| folder.join(name));
    let files = ["--json", json.to_str().unwrap(), "--plot", svg.to_str().unwrap()];
    let chosen = ["--quick", "--scheme", "44", "--sets", "mainnet,transfers,dilithium-opcode"];
    let answer = bench(&[&chosen[..], &files].concat()).expect(FINE);
    let [json, svg] = [json, svg].map(|path| std::fs::read_to_string(path).unwrap());
    let _ = std::fs::remove_dir_all(&folder);
    let answer = answer.err("skipped: no /nowhere/at/all/fixtures/mainnet-blocks.tar.xz");
    answer
        .out("transfers: 1 blocks, 40 transactions")
        .out("mark reached: dilithium-opcode, batches of contracts' claims, overlap: ")
        .out("no GPU: not measured on one");
    let report: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(faults(&report, &sets), [""; 0]);
    assert!(svg.starts_with("<svg") && svg.contains("block 0, signatures"), "{svg}");

    // Planted: a set less, a time that is none, a batch too small.
    assert_eq!(faults(&report, &["transfers"]).len(), 1);
    let mut wrong = report.clone();
    wrong["sets"][1]["rows"][3]["stages_ms"]["execute"] = json!(0);
    assert_eq!(faults(&wrong, &sets).len(), 1);
    let mut small = report;
    small["sets"][1]["rows"][4]["largest_batch"] = json!(2);
    assert_eq!(faults(&small, &sets).len(), 1);
}

#[test]
fn what_it_cannot_do_is_said() {
    for (args, said) in [
        (&["--sets", "mainet"][..], "there are mainnet, twins, transfers"),
        (&["--rounds", "0"], "0 is not in"),
        (&["--gpu", "no such adapter", "--sets", "mainnet"], "no device as asked for"),
    ] {
        bench(args).expect(COULD_NOT).err(said);
    }
    let without = bench(&["--quick", "--no-cache", "--scheme", "44", "--sets", "transfers", "--json", "-"]);
    let report = without.expect(FINE).json();
    assert_eq!(report["caches"], false);
    assert_eq!(report["sets"][0]["rows"][0]["caches"]["keys"]["hits"], 0);
}
