//! Holds the arrows between the workspace's crates: who may depend on whom.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use serde_json::{Value, json};
use std::process::Command;

/// Every arrow that may be there, from user to used.
const ALLOWED: &[(&str, &[&str])] = &[
    ("erbium", &["erbium-vm", "erbium-gpu", "erbium-conform", "erbium-he"]),
    ("erbium-conform", &["erbium-vm", "erbium-gpu"]),
    ("erbium-vm", &["erbium-claims"]),
    ("erbium-gpu", &["erbium-claims", "erbium-shaders", "erbium-simd"]),
    ("erbium-he", &["erbium-claims"]),
    ("erbium-claims", &[]),
    ("erbium-shaders", &[]),
    ("erbium-simd", &[]),
    ("erbium-round3-tests", &[]),
];

/// Pairs that may not meet in development dependencies either.
const STRANGERS: &[(&str, &str)] = &[("erbium-vm", "erbium-gpu"), ("erbium-gpu", "erbium-vm")];

/// What breaks the rules in the answer of `cargo metadata --no-deps`.
fn violations(metadata: &Value) -> Vec<String> {
    let packages = metadata["packages"].as_array().expect("metadata lists packages");
    let members: Vec<&str> = packages.iter().filter_map(|package| package["name"].as_str()).collect();
    let mut found = Vec::new();
    for package in packages {
        let user = package["name"].as_str().expect("a package has a name");
        let Some((_, allowed)) = ALLOWED.iter().find(|(name, _)| *name == user) else {
            found.push(format!("{user} is not in the list of crates"));
            continue;
        };
        for dependency in package["dependencies"].as_array().expect("a package lists its dependencies") {
            let used = dependency["name"].as_str().expect("a dependency has a name");
            let development = dependency["kind"] == "dev";
            let forbidden =
                if development { STRANGERS.contains(&(user, used)) } else { !allowed.contains(&used) };
            if members.contains(&used) && forbidden {
                let kind = dependency["kind"].as_str().unwrap_or("normal");
                found.push(format!("{user} -> {used} ({kind})"));
            }
        }
    }
    found
}

fn workspace() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("cargo answers JSON")
}

/// The workspace with one more dependency of `user`.
fn with_dependency(user: &str, used: &str, kind: Value) -> Value {
    let mut metadata = workspace();
    let packages = metadata["packages"].as_array_mut().unwrap();
    let package =
        packages.iter_mut().find(|package| package["name"] == user).expect("a crate of the workspace");
    package["dependencies"].as_array_mut().unwrap().push(json!({ "name": used, "kind": kind }));
    metadata
}

#[test]
fn only_the_drawn_arrows_exist() {
    assert_eq!(violations(&workspace()), Vec::<String>::new());
}

#[test]
fn a_planted_arrow_is_found() {
    for (user, used, kind, name) in [
        ("erbium-claims", "erbium-vm", Value::Null, "normal"),
        ("erbium-vm", "erbium-conform", json!("build"), "build"),
        ("erbium-vm", "erbium-simd", Value::Null, "normal"),
        ("erbium-vm", "erbium-gpu", json!("dev"), "dev"),
        ("erbium-gpu", "erbium-vm", json!("dev"), "dev"),
    ] {
        assert_eq!(violations(&with_dependency(user, used, kind)), [format!("{user} -> {used} ({name})")]);
    }
}

#[test]
fn other_development_dependencies_are_free() {
    let metadata = with_dependency("erbium-claims", "erbium-vm", json!("dev"));
    assert_eq!(violations(&metadata), Vec::<String>::new());
}

#[test]
fn a_crate_nobody_drew_is_found() {
    let mut metadata = workspace();
    metadata["packages"].as_array_mut().unwrap().push(json!({ "name": "erbium-new", "dependencies": [] }));
    assert_eq!(violations(&metadata), ["erbium-new is not in the list of crates"]);
}
