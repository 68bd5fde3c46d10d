//! What a failing case says: what differs, what came of it and what the test says. The formats of state, blockchain,
//! transaction and ML-DSA tests are in the files of their names.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use erbium_conform::Runner;
use erbium_gpu::CpuRecoverer;
use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};

/// The one failure of a file under this name.
fn failure(name: &str, text: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("erbium-differences-{}-{count}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(name), text).unwrap();
    let report = Runner::new(&CpuRecoverer).run(std::slice::from_ref(&folder));
    fs::remove_dir_all(&folder).unwrap();
    let failures: Vec<_> = report.suites.iter().flat_map(|suite| &suite.failures).collect();
    let [failure] = failures[..] else { panic!("{report}") };
    failure.reason.clone()
}

#[test]
fn an_opcode_tells_both_words() {
    let text = r#"[{"X":"02","Y":"05","Expected":"04"}]"#;
    assert_eq!(failure("testcases_sub.json", text), "answers 0x3, not 0x4");
}

#[test]
fn a_precompile_tells_output_and_gas() {
    let vector = |expected: &str, gas: u64| {
        let input = format!("{:064x}{:064x}{:064x}030205", 1, 1, 1);
        format!(r#"[{{"Input":"{input}","Expected":"{expected}","Gas":{gas},"Name":"n"}}]"#)
    };
    assert_eq!(failure("modexp_eip2565.json", &vector("05", 200)), "returns 0x04, not 0x05");
    assert_eq!(failure("modexp_eip2565.json", &vector("04", 201)), "uses 200 gas, not 201");
}

#[test]
fn a_difficulty_tells_both_numbers() {
    let text = r#"{"a":{"Homestead":{"n":{"parentTimestamp":"42","parentDifficulty":"1000000",
        "currentTimestamp":"43","currentBlockNumber":"42","currentDifficulty":"1000489"}}}}"#;
    assert_eq!(failure("d.json", text), "difficulty 0xf4428, not 0xf4429");
}

#[test]
fn rlp_tells_both_encodings() {
    let text = r#"{"a":{"in":"dog","out":"0x83646f68"}}"#;
    assert_eq!(failure("r.json", text), "encoded as 0x83646f67, not 0x83646f68");
    assert_eq!(failure("r.json", r#"{"a":{"in":"INVALID","out":"0x80"}}"#), "accepted, though it is no RLP");
}

#[test]
fn a_trie_tells_both_roots() {
    let text = format!(r#"{{"a":{{"in":{{"a":"0x02"}},"root":"0x{:064x}"}}}}"#, 7);
    let reason = failure("x_secureTrie.json", &text);
    assert!(reason.starts_with("root 0x") && reason.ends_with(&format!("not 0x{:064x}", 7)), "{reason}");
}
