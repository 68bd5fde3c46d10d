//! Holds `examples/node.rs` to what its header promises.

#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "../examples/node.rs"]
#[allow(dead_code, reason = "its main is for the command line")]
mod node;

#[test]
fn the_example_runs_and_every_question_is_answered() {
    let mut out = Vec::new();
    node::run(&mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    for line in [
        "mempool: 140 of 160 transactions are signed by their sender",
        "first block: valid, 140 signatures",
        "second block: refused, the signature of transaction 7 does not hold",
        "the queue answered 160 questions",
        "erbium_claims_invalid_total{backend=\"cpu\",kind=\"ML-DSA-65\"} 11",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    assert!(!text.contains("faults"), "{text}");
}

#[test]
fn it_needs_the_coprocessor_alone() {
    let source = include_str!("../examples/node.rs");
    assert!(source.contains("use erbium_gpu::"));
    for other in ["erbium::", "erbium_vm", "erbium_conform", "aws_lc_rs", "ml_dsa"] {
        assert!(!source.contains(other), "{other}");
    }
}
