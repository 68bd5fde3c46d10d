//! What a file is, told by what is in it.

use crate::groth16;
use crate::mldsa;
use crate::opcode::{self, OpcodeVector};
use crate::precompile::{Subject, Vector};
use crate::privacy;
use crate::source::Entry;
use crate::{difficulty_test, trie_test};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// A file that is recognised.
pub(crate) enum Content<'a> {
    /// State tests by name, not yet parsed.
    StateTests(BTreeMap<String, &'a RawValue>),
    /// Blockchain tests by name, not yet parsed.
    BlockchainTests(BTreeMap<String, &'a RawValue>),
    /// Tests of another format by name, not yet parsed.
    Tests(Format, BTreeMap<String, &'a RawValue>),
    /// Vectors of an opcode.
    Opcode(u8, Vec<OpcodeVector>),
    /// Vectors of a precompile.
    Precompile(Subject, Vec<Vector>),
    /// Signatures of ML-DSA or Dilithium, not yet parsed.
    MlDsa(mldsa::Format),
    /// Groth16 proofs, not yet parsed.
    Groth16(groth16::Format),
    /// Range proofs or stealth addresses, not yet parsed.
    Privacy(privacy::Format),
    /// A file that is none of these, with what it seems to be.
    Other(&'static str),
}

/// JSON that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("not JSON: {0}")]
pub(crate) struct ContentError(#[from] serde_json::Error);

/// A top level that tells formats apart.
#[derive(Deserialize)]
#[serde(untagged)]
enum Keys {
    Object(BTreeMap<String, IgnoredAny>),
    Other(IgnoredAny),
}

impl Keys {
    fn has_all(&self, keys: &[&str]) -> bool {
        matches!(self, Self::Object(found) if keys.iter().all(|key| found.contains_key(*key)))
    }

    fn has_any(&self, is_one: impl Fn(&str) -> bool) -> bool {
        matches!(self, Self::Object(found) if found.keys().any(|key| is_one(key)))
    }
}

/// Recognises `entry`. Errors only for a file that is named as JSON, or starts like it, and is none.
pub(crate) fn recognise(entry: &Entry) -> Result<Content<'_>, ContentError> {
    let start = entry.bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    match start {
        Some(b'{') if is_json(entry) => object(entry),
        Some(b'[') if is_json(entry) => array(entry),
        _ if is_json(entry) => {
            let _: IgnoredAny = serde_json::from_slice(&entry.bytes)?;
            Ok(Content::Other("JSON without test cases"))
        }
        _ if is_rsp(entry) => Ok(mldsa::Format::of_known_answers(entry)
            .map_or(Content::Other("known answers under a name that tells no scheme"), Content::MlDsa)),
        _ => Ok(Content::Other("no JSON file")),
    }
}

/// By name, compressed or not.
fn is_rsp(entry: &Entry) -> bool {
    let name = entry.name.rsplit(['/', '\\']).next().unwrap_or(&entry.name);
    name.ends_with(".rsp") || name.contains(".rsp.")
}

/// By name; a file without any suffix may be JSON too.
fn is_json(entry: &Entry) -> bool {
    let name = entry.name.rsplit(['/', '\\']).next().unwrap_or(&entry.name);
    name.contains(".json") || !name.contains('.')
}

fn object(entry: &Entry) -> Result<Content<'_>, ContentError> {
    let tests: BTreeMap<String, &RawValue> = serde_json::from_slice(&entry.bytes)?;
    if tests.contains_key("algorithm") && tests.contains_key("testGroups") {
        let format = mldsa::Format::of_groups(&entry.bytes)?;
        return Ok(format.map_or(Content::Other("groups of tests of another algorithm"), Content::MlDsa));
    }
    if let Some(format) = groth16::Format::of_keys(|key| tests.contains_key(key)) {
        return Ok(Content::Groth16(format));
    }
    if let Some(format) = tests.get("cases").and_then(|_| privacy::Format::of_cases(&entry.bytes)) {
        return Ok(Content::Privacy(format));
    }
    let Some(first) = tests.values().next() else { return Ok(Content::Other("an empty JSON object")) };
    let keys: Keys = serde_json::from_str(first.get())?;
    if keys.has_all(&["env", "pre", "transaction", "post"]) {
        return Ok(Content::StateTests(tests));
    }
    if keys.has_all(&["blocks", "genesisBlockHeader"]) {
        return Ok(Content::BlockchainTests(tests));
    }
    match Format::of(entry.stem(), &keys) {
        Some(format) => Ok(Content::Tests(format, tests)),
        None if keys.has_all(&["network", "engineNewPayloads"]) => Ok(Content::Other("engine tests")),
        None => Ok(Content::Other("JSON of no known test format")),
    }
}

/// A format whose tests are small and stand by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Vm,
    Transaction,
    /// Tries with hashed keys.
    Trie,
    Rlp,
    Difficulty,
}

impl Format {
    /// By what is in the first test, and for tries by the stem of the file's name: only there keys are hashed.
    fn of(stem: &str, keys: &Keys) -> Option<Self> {
        const FORMATS: [(&[&str], Format); 4] = [
            (&["exec", "env", "pre"], Format::Vm),
            (&["txbytes", "result"], Format::Transaction),
            (&["in", "root"], Format::Trie),
            (&["in", "out"], Format::Rlp),
        ];
        let by_keys = FORMATS.into_iter().find(|(marks, _)| keys.has_all(marks)).map(|(_, format)| format);
        match by_keys {
            Some(Self::Trie) if !trie_test::is_secure(stem) => None,
            Some(format) => Some(format),
            None if keys.has_all(&["parentTimestamp", "currentDifficulty"]) => {
                difficulty_test::Chain::of_stem(stem).map(|_| Self::Difficulty)
            }
            None => {
                keys.has_any(|key| difficulty_test::Chain::named(key).is_some()).then_some(Self::Difficulty)
            }
        }
    }
}

fn array(entry: &Entry) -> Result<Content<'_>, ContentError> {
    let items: Vec<&RawValue> = serde_json::from_slice(&entry.bytes)?;
    let Some(first) = items.first() else { return Ok(Content::Other("an empty JSON array")) };
    let keys: Keys = serde_json::from_str(first.get())?;
    if keys.has_all(&["X", "Y", "Expected"]) {
        return match opcode::opcode_of(entry.stem()) {
            Some(opcode) => Ok(Content::Opcode(opcode, serde_json::from_slice(&entry.bytes)?)),
            None => Ok(Content::Other("opcode vectors under a name that tells no opcode")),
        };
    }
    if !keys.has_all(&["Input", "Name"]) {
        return Ok(Content::Other("JSON of no known test format"));
    }
    if let Some(format) = mldsa::Format::of_vectors(&entry.name) {
        return Ok(Content::MlDsa(format));
    }
    match Subject::of(entry.stem()) {
        Some(subject) => Ok(Content::Precompile(subject, serde_json::from_slice(&entry.bytes)?)),
        None => Ok(Content::Other("precompile vectors under a name that tells no precompile")),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn seen(name: &str, text: &str) -> Result<&'static str, String> {
        let entry = Entry { archive: None, name: name.to_owned(), bytes: text.as_bytes().to_vec() };
        match recognise(&entry) {
            Ok(Content::StateTests(_)) => Ok("state tests"),
            Ok(Content::BlockchainTests(_)) => Ok("blockchain tests"),
            Ok(Content::Precompile(..)) => Ok("precompile"),
            Ok(Content::MlDsa(_)) => Ok("ML-DSA"),
            Ok(Content::Groth16(groth16::Format::Bytes)) => Ok("Groth16"),
            Ok(Content::Groth16(groth16::Format::Native)) => Ok("Groth16 of snarkjs"),
            Ok(Content::Privacy(privacy::Format::RangeProofs)) => Ok("range proofs"),
            Ok(Content::Privacy(privacy::Format::Stealth)) => Ok("stealth addresses"),
            Ok(Content::Opcode(..)) => Ok("opcode"),
            Ok(Content::Tests(format, _)) => Ok(match format {
                Format::Vm => "VM tests",
                Format::Transaction => "transaction tests",
                Format::Trie => "trie tests",
                Format::Rlp => "RLP tests",
                Format::Difficulty => "difficulty tests",
            }),
            Ok(Content::Other(what)) => Ok(what),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn content_tells_the_format() {
        let state = r#"{"a":{"env":{},"pre":{},"transaction":{},"post":{}}}"#;
        assert_eq!(seen("x/a.json", state), Ok("state tests"));
        assert_eq!(seen("a.json.gz", state), Ok("state tests"));
        assert_eq!(seen("plain", state), Ok("state tests"));
        assert_eq!(seen("README.md", state), Ok("no JSON file"));
        assert_eq!(seen("b.json", r#"{"a":{"blocks":[],"genesisBlockHeader":{}}}"#), Ok("blockchain tests"));
        assert_eq!(seen("manifest.json", r#"{"files":3}"#), Ok("JSON of no known test format"));
        assert_eq!(seen("n.json", "17"), Ok("JSON without test cases"));
        let vectors = r#"[{"Input":"","Expected":"","Gas":1,"Name":"n"}]"#;
        assert_eq!(seen("modexp.json", vectors), Ok("precompile"));
        assert!(seen("other.json", vectors).unwrap().contains("tells no precompile"));
        assert_eq!(seen("eip8355_test-vectors.json", vectors), Ok("ML-DSA"));
        assert_eq!(seen("assets/eip-8355/test-vectors.json", vectors), Ok("ML-DSA"));
        let groups = |algorithm, kind| {
            format!(r#"{{"algorithm":"{algorithm}","testGroups":[{{"type":"{kind}","tests":[]}}]}}"#)
        };
        assert_eq!(seen("a.json", &groups("ML-DSA-44", "MlDsaVerify")), Ok("ML-DSA"));
        assert_eq!(
            seen("a.json", &groups("ECDSA", "EcdsaVerify")),
            Ok("groups of tests of another algorithm")
        );
        let proofs = r#"{"cases":[{"n_bits":8,"m":1,"transcript_label":"","commitments":[],"proof":"","expected":true}]}"#;
        assert_eq!(seen("a.json", proofs), Ok("range proofs"));
        let stealth = r#"{"cases":[{"spend_key":"","view_key":"","meta_address":"","ephemeral_key":"","view_tag":"","stealth_address":""}]}"#;
        assert_eq!(seen("a.json", stealth), Ok("stealth addresses"));
        assert_eq!(seen("a.json", r#"{"cases":[{"name":""}]}"#), Ok("JSON of no known test format"));
        let acvp = r#"{"algorithm":"ML-DSA","mode":"keyGen","testGroups":[]}"#;
        assert_eq!(seen("a.json", acvp), Ok("ML-DSA"));
        assert_eq!(seen("PQCsignKAT_Dilithium2.rsp.xz", "# Dilithium2"), Ok("ML-DSA"));
        assert!(seen("x.rsp", "# Dilithium2").unwrap().contains("tells no scheme"));
        assert_eq!(
            seen("o.json", r#"[{"X":"","Y":"","Expected":""}]"#),
            Ok("opcode vectors under a name that tells no opcode")
        );
        assert_eq!(seen("testcases_add.json", r#"[{"X":"","Y":"","Expected":""}]"#), Ok("opcode"));
        assert_eq!(seen("t.json", r#"{"a":{"txbytes":"","result":{}}}"#), Ok("transaction tests"));
        assert_eq!(seen("r.json", r#"{"a":{"in":"","out":""}}"#), Ok("RLP tests"));
        assert_eq!(seen("v.json", r#"{"a":{"exec":{},"env":{},"pre":{}}}"#), Ok("VM tests"));
        assert_eq!(seen("d.json", r#"{"a":{"_info":{},"Frontier":{}}}"#), Ok("difficulty tests"));
        assert_eq!(seen("g.json", r#"{"curve":"bls12-381","vk":{},"cases":[]}"#), Ok("Groth16"));
        assert_eq!(seen("g.json", r#"{"verification_key":{},"cases":[]}"#), Ok("Groth16 of snarkjs"));
        assert_eq!(seen("g.json", r#"{"vk":{},"cases":[]}"#), Ok("JSON of no known test format"));
        let trie = r#"{"a":{"in":[],"root":""}}"#;
        assert_eq!(seen("trietest_secureTrie.json", trie), Ok("trie tests"));
        assert_eq!(seen("trietest.json", trie), Ok("JSON of no known test format"));
    }

    #[test]
    fn broken_json_is_an_error_with_a_place() {
        let error = seen("a.json", "{\"a\":\n{]}").unwrap_err();
        assert!(error.contains("line 2"), "{error}");
        assert!(seen("modexp.json", r#"[{"Input":"0g","Name":""}]"#).unwrap_err().contains("byte string"));
        assert!(seen("a.json", "").is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_told_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), open in "[\\[{]") {
            let mut text = open.into_bytes();
            text.extend(bytes);
            let entry = Entry { archive: None, name: "a.json".to_owned(), bytes: text };
            let _ = recognise(&entry);
        }
    }
}
