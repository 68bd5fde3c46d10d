//! `erbium bench` from outside: what it prints and how it ends. How fast it is shows in a long run only.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

use serde_json::{Value, json};
use std::process::{Command, Output};

fn bench(args: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_erbium"))
        .args(["bench", "dilithium"])
        .args(args)
        .env_remove("ERBIUM_LOG")
        .output()
        .expect("the program starts");
    assert!(!text(&output.stderr).contains("panicked"), "{}", text(&output.stderr));
    output
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// What is wrong with a report of these schemes, batches, keys and numbers of cores.
fn faults(report: &Value, schemes: &[u8], batches: &[u64], keys: &[&str], cores: usize) -> Vec<String> {
    let mut faults = Vec::new();
    let mut expected = Vec::new();
    for scheme in schemes {
        for keys in keys {
            for _ in 0..cores {
                expected.extend(batches.iter().map(|batch| json!([scheme, keys, batch])));
            }
        }
    }
    let rows = report["rows"].as_array().cloned().unwrap_or_default();
    let found: Vec<Value> =
        rows.iter().map(|row| json!([row["scheme"], row["keys"], row["batch"]])).collect();
    if found != expected {
        faults.push(format!("rows {found:?}"));
    }
    for row in &rows {
        let number = |name: &str| row[name].as_f64().filter(|number| number.is_finite() && *number > 0.0);
        for name in ["erbium_per_second", "aws_lc_rs_per_second", "ratio", "cores"] {
            if number(name).is_none() {
                faults.push(format!("{name} of {row}"));
            }
        }
    }
    let names: Vec<&str> =
        report["gas"].as_array().into_iter().flatten().filter_map(|price| price["name"].as_str()).collect();
    if names.first() != Some(&"ecrecover") || names.len() != schemes.len() + 1 {
        faults.push(format!("gas of {names:?}"));
    }
    for name in ["cpu", "commit"] {
        if report[name].as_str().is_none_or(str::is_empty) {
            faults.push(format!("no {name}"));
        }
    }
    faults
}

#[test]
fn a_quick_run_in_json() {
    let output = bench(&["--quick", "--batch", "1,5", "--json", "-"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).expect("stdout is one JSON document");
    let of = |report: &Value| faults(report, &[44, 65, 87], &[1, 5], &["distinct", "repeated"], 2);
    assert_eq!(of(&report), [""; 0]);

    // Planted: a row less, a number that is none, a price less.
    let mut fewer = report.clone();
    fewer["rows"].as_array_mut().unwrap().pop();
    assert_eq!(of(&fewer).len(), 1);
    let mut wrong = report.clone();
    wrong["rows"][3]["ratio"] = Value::Null;
    assert_eq!(of(&wrong).len(), 1);
    let mut cheaper = report;
    cheaper["gas"].as_array_mut().unwrap().remove(0);
    assert_eq!(of(&cheaper).len(), 1);
}

#[test]
fn a_quick_run_as_a_table_and_in_a_file() {
    let path = std::env::temp_dir().join(format!("erbium-bench-{}.json", std::process::id()));
    let file = path.to_str().unwrap();
    let args =
        ["--quick", "--batch", "3", "--scheme", "65", "--keys", "repeated", "--cores", "one", "--json", file];
    let output = bench(&args);
    let written = std::fs::read(&path);
    let _ = std::fs::remove_file(&path);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let stdout = text(&output.stdout);
    for part in ["aws-lc-rs/s", "65     repeated     1     3", "gas/us", "CPU ", "commit "] {
        assert!(stdout.contains(part), "no `{part}` in {stdout}");
    }
    let report: Value = serde_json::from_slice(&written.unwrap()).unwrap();
    assert_eq!(faults(&report, &[65], &[3], &["repeated"], 1), [""; 0]);
}

/// What is wrong with a device's report of these batches of one scheme, keys distinct.
fn device_faults(report: &Value, batches: &[u64]) -> Vec<String> {
    let mut faults = Vec::new();
    let rows = report["rows"].as_array().cloned().unwrap_or_default();
    if rows.iter().map(|row| row["batch"].as_u64().unwrap()).ne(batches.iter().copied()) {
        faults.push(format!("rows {rows:?}"));
    }
    let above_zero = |value: &Value| value.as_f64().is_some_and(|number| number.is_finite() && number > 0.0);
    for row in &rows {
        for name in [
            "device_per_second",
            "cpu_per_second",
            "aws_lc_rs_per_second",
            "ratio_to_cpu",
            "p50_ms",
            "p99_ms",
        ] {
            if !above_zero(&row[name]) {
                faults.push(format!("{name} of {row}"));
            }
        }
    }
    if !above_zero(&report["peak"]["keccak_per_second"])
        || !above_zero(&report["peak"]["products_per_second"])
    {
        faults.push(format!("peak {}", report["peak"]));
    }
    // Only an adapter with a clock knows them.
    let kernels = ["dilithium_compute_w1", "dilithium_expand_a", "dilithium_hash_commitments"];
    let stages: Vec<_> = report["stages"].as_array().unwrap().iter().map(|stage| &stage["kernel"]).collect();
    if rows.iter().any(|row| above_zero(&row["kernels_per_second"]))
        && !kernels.iter().all(|kernel| stages.iter().any(|stage| *stage == kernel))
    {
        faults.push(format!("stages {stages:?}"));
    }
    if report["crossovers"].as_array().is_none_or(|crossovers| crossovers.len() != 1) {
        faults.push(format!("crossovers {}", report["crossovers"]));
    }
    for name in ["adapter", "driver", "forms", "cpu", "commit"] {
        if report[name].as_str().is_none_or(str::is_empty) {
            faults.push(format!("no {name}"));
        }
    }
    faults
}

#[test]
fn a_quick_run_on_a_device() {
    let folder = std::env::temp_dir().join(format!("erbium-bench-gpu-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let [json, svg] = ["report.json", "plot.svg"].map(|name| folder.join(name));
    let (json_name, svg_name) = (json.to_str().unwrap(), svg.to_str().unwrap());
    let args = ["--quick", "--backend", "gpu", "--batch", "2,5", "--scheme", "44", "--keys", "distinct"];
    let output = bench(&[&args[..], &["--json", json_name, "--plot", svg_name]].concat());
    let files = [&json, &svg].map(|path| std::fs::read_to_string(path).unwrap_or_default());
    let _ = std::fs::remove_dir_all(&folder);
    let required = std::env::var("ERBIUM_GPU").is_ok_and(|wanted| wanted == "require");
    if output.status.code() == Some(2) && !required {
        let said = text(&output.stderr);
        assert!(said.contains("--backend gpu: "), "{said}");
        eprintln!("skipped: a bench on a device: {said}");
        return;
    }
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let stdout = text(&output.stdout);
    for part in ["device/s", "44     distinct      2     one", "peak: ", "crossover: ", "commit "] {
        assert!(stdout.contains(part), "no `{part}` in {stdout}");
    }
    let report: Value = serde_json::from_str(&files[0]).unwrap();
    assert_eq!(device_faults(&report, &[2, 5]), [""; 0]);
    assert_eq!(stdout.contains("SOFTWARE"), report["software"] == true);
    assert!(files[1].starts_with("<svg") && files[1].contains("ML-DSA-44"), "{}", files[1]);

    // Planted: a row less, a rate that is none, no crossover.
    assert_eq!(device_faults(&report, &[2, 5, 9]).len(), 1);
    let mut wrong = report.clone();
    wrong["rows"][1]["device_per_second"] = json!(0);
    assert_eq!(device_faults(&wrong, &[2, 5]).len(), 1);
    let mut fewer = report;
    fewer["crossovers"].as_array_mut().unwrap().pop();
    assert_eq!(device_faults(&fewer, &[2, 5]).len(), 1);
}

#[test]
fn what_it_cannot_do_is_said() {
    for (args, said) in [
        (&["--scheme", "45"][..], "not 44, 65 or 87"),
        (&["--backend", "gpu", "--gpu", "off"], "--gpu or ERBIUM_GPU is off"),
        (&["--backend", "gpu", "--gpu", "no such adapter"], "--backend gpu: "),
        (&["--plot", "drawing.svg"], "--plot needs --backend gpu"),
        (&["--batch", "0"], "0 is not in"),
        (
            &["--quick", "--batch", "1", "--scheme", "44", "--json", "/nowhere/at/all.json"],
            "/nowhere/at/all.json",
        ),
    ] {
        let output = bench(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(text(&output.stderr).contains(said), "{args:?}: {}", text(&output.stderr));
    }
}

/// What is wrong with a report on range proofs of these sizes and batches.
fn range_faults(report: &Value, sizes: &[(u8, u64)], batches: &[u64]) -> Vec<String> {
    let mut faults = Vec::new();
    let rows = report["rows"].as_array().cloned().unwrap_or_default();
    let found: Vec<Value> =
        rows.iter().map(|row| json!([row["bits"], row["values"], row["batch"]])).collect();
    let of = |(bits, values): &(u8, u64)| {
        batches.iter().map(|batch| json!([bits, values, batch])).collect::<Vec<_>>()
    };
    if found != sizes.iter().flat_map(of).collect::<Vec<_>>() {
        faults.push(format!("rows {found:?}"));
    }
    let above_zero = |value: &Value| value.as_f64().is_some_and(|number| number.is_finite() && number > 0.0);
    for row in &rows {
        let stages = ["decode", "decompress", "scalars", "multiply"].map(|name| &row["stages"][name]);
        let rates =
            ["erbium_per_second", "bulletproofs_per_second", "ratio", "one_bad"].map(|name| &row[name]);
        if !stages.into_iter().chain(rates).all(above_zero) {
            faults.push(format!("numbers of {row}"));
        }
    }
    let names: Vec<_> =
        report["gas"].as_array().into_iter().flatten().map(|price| price["name"].clone()).collect();
    if names.first() != Some(&json!("ecrecover")) || !names.contains(&json!("PEDERSEN_COMMIT")) {
        faults.push(format!("gas of {names:?}"));
    }
    faults
}

#[test]
fn range_proofs_in_json_and_as_a_drawing() {
    let path = std::env::temp_dir().join(format!("erbium-bench-range-{}.svg", std::process::id()));
    let output = Command::new(env!("CARGO_BIN_EXE_erbium"))
        .args([
            "bench",
            "range-proof",
            "--quick",
            "--bits",
            "8",
            "--values",
            "1,2",
            "--batch",
            "1,3",
            "--cores",
            "one",
        ])
        .args(["--json", "-", "--plot", path.to_str().unwrap()])
        .output()
        .expect("the program starts");
    let svg = std::fs::read_to_string(&path);
    let _ = std::fs::remove_file(&path);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(svg.unwrap().contains("8 bits, 2 values"));
    let report: Value = serde_json::from_slice(&output.stdout).expect("stdout is one JSON document");
    let of = |report: &Value| range_faults(report, &[(8, 1), (8, 2)], &[1, 3]);
    assert_eq!(of(&report), [""; 0]);
    let mut fewer = report.clone();
    fewer["rows"].as_array_mut().unwrap().pop();
    assert_eq!(of(&fewer).len(), 1);
    let mut wrong = report;
    wrong["rows"][1]["stages"]["multiply"] = Value::Null;
    assert_eq!(of(&wrong).len(), 1);
}
