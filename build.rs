//! Tells the program which commit it is built from: `ERBIUM_COMMIT`.
//!
//! The variable of that name is taken where it is set, for builds from an archive; else what `git describe` says; else
//! `unknown`. It is asked again when a source changes, not when a commit is made: a program that was built from changed
//! files goes on saying so.

use std::path::Path;
use std::process::Command;

const VARIABLE: &str = "ERBIUM_COMMIT";

fn main() {
    println!("cargo:rerun-if-env-changed={VARIABLE}");
    println!("cargo:rerun-if-changed=build.rs");
    for source in sources() {
        println!("cargo:rerun-if-changed={source}");
    }
    let given = std::env::var(VARIABLE).ok().filter(|given| !given.trim().is_empty());
    let commit = given.or_else(described).unwrap_or_else(|| "unknown".to_owned());
    println!("cargo:rustc-env={VARIABLE}={}", commit.trim().replace(['\n', '\r'], " "));
}

/// What programs are made of: the workspace's crates.
fn sources() -> Vec<String> {
    let entries = std::fs::read_dir(".").into_iter().flatten().flatten();
    let is_source = |name: &str| {
        matches!(name, "src" | "benches" | "Cargo.toml" | "Cargo.lock")
            || name != "fuzz" && Path::new(name).join("Cargo.toml").is_file()
    };
    entries.filter_map(|entry| entry.file_name().into_string().ok()).filter(|name| is_source(name)).collect()
}

/// The commit that is checked out here. A folder without one of its own, inside of another repository, has none.
fn described() -> Option<String> {
    if !Path::new(".git").exists() {
        return None;
    }
    let output = Command::new("git").args(["describe", "--always", "--dirty"]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok().filter(|_| output.status.success())?;
    (!text.trim().is_empty()).then_some(text)
}
