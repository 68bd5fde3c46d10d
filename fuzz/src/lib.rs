//! The oracles of `tests/support` as functions of bytes, for libFuzzer's targets. Nothing is decided here:
//! `tests/fuzz.rs` runs the same on stable.
#![allow(dead_code, reason = "the targets use a part of what tests and benches share")]

#[path = "../../benches/support/mod.rs"]
mod bench;
#[path = "../../tests/support/crypto.rs"]
mod crypto_oracle;
#[path = "../../gpu/tests/dilithium/mod.rs"]
mod dilithium;
#[path = "../../gpu/tests/reference/mod.rs"]
mod reference;
#[path = "../../tests/support/mod.rs"]
mod support;

/// Erbium and revm agree on the case that `input` stands for.
pub fn vm(input: &[u8]) {
    let case = support::bytes::case(input);
    if let Err(difference) = support::compare::compare(&case, |_| {}) {
        let json = serde_json::to_string_pretty(&case).unwrap_or_default();
        panic!("{difference}\n{json}");
    }
}

/// The interpreter's stack does what a vector does.
pub fn stack(input: &[u8]) {
    if let Some(difference) = support::stack::disagreement(input, support::stack::Rules::RIGHT) {
        panic!("{difference}");
    }
}

/// The coprocessor's answers are those of other libraries.
pub fn crypto(input: &[u8]) {
    if let Some(difference) = crypto_oracle::disagreement(input, &erbium_gpu::CpuVerifier::new()) {
        panic!("{difference}");
    }
}
