//! Reads ML-DSA cases with an empty context in the forms of those who publish them.

use erbium_claims::{Claim, DilithiumScheme, Verdict};
use flate2::read::GzDecoder;
use liblzma::read::XzDecoder;
use serde::Deserialize;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// A signature and what is known of it.
pub(crate) struct Case {
    /// File and number.
    pub(crate) name: String,
    pub(crate) claim: Claim,
    pub(crate) verdict: Verdict,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wycheproof {
    algorithm: String,
    test_groups: Vec<WycheproofGroup>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WycheproofGroup {
    public_key: Hex,
    tests: Vec<WycheproofTest>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WycheproofTest {
    tc_id: u32,
    msg: Hex,
    sig: Hex,
    #[serde(default)]
    ctx: Hex,
    result: WycheproofResult,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum WycheproofResult {
    Valid,
    Invalid,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Acvp {
    test_groups: Vec<AcvpGroup>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AcvpGroup {
    parameter_set: String,
    signature_interface: String,
    pre_hash: String,
    tests: Vec<AcvpTest>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AcvpTest {
    tc_id: u32,
    test_passed: bool,
    pk: Hex,
    #[serde(default)]
    message: Hex,
    #[serde(default)]
    context: Hex,
    signature: Hex,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Eip8355 {
    input: Hex,
    expected: Hex,
    name: String,
}

#[derive(Deserialize, Default)]
#[serde(try_from = "String")]
struct Hex(Vec<u8>);

impl TryFrom<String> for Hex {
    type Error = hex::FromHexError;

    fn try_from(digits: String) -> Result<Self, Self::Error> {
        hex::decode(digits).map(Self)
    }
}

/// `mldsa_*_verify_test.json`.
pub(crate) fn wycheproof(path: &Path) -> Vec<Case> {
    let file: Wycheproof = serde_json::from_slice(&read(path)).unwrap();
    let mut cases = Vec::new();
    for group in file.test_groups {
        for test in group.tests.into_iter().filter(|test| test.ctx.0.is_empty()) {
            cases.push(Case {
                name: format!("{} case {}", path.display(), test.tc_id),
                claim: claim(scheme(&file.algorithm), &group.public_key.0, test.sig.0, test.msg.0),
                verdict: (test.result == WycheproofResult::Valid).into(),
            });
        }
    }
    cases
}

/// `ML-DSA-sigVer`: groups of the external interface, without a hash in front.
pub(crate) fn acvp(path: &Path) -> Vec<Case> {
    let file: Acvp = serde_json::from_slice(&read(path)).unwrap();
    let mut cases = Vec::new();
    for group in file.test_groups {
        if group.signature_interface != "external" || group.pre_hash != "pure" {
            continue;
        }
        for test in group.tests.into_iter().filter(|test| test.context.0.is_empty()) {
            cases.push(Case {
                name: format!("{} case {}", path.display(), test.tc_id),
                claim: claim(scheme(&group.parameter_set), &test.pk.0, test.signature.0, test.message.0),
                verdict: test.test_passed.into(),
            });
        }
    }
    cases
}

/// EIP-8051's known answers of ML-DSA-44: all valid, each signature followed by its message.
pub(crate) fn eip8051(path: &Path) -> Vec<Case> {
    let text = String::from_utf8(read(path)).unwrap();
    let scheme = DilithiumScheme::MlDsa44;
    let (mut cases, mut key) = (Vec::new(), Vec::new());
    for (name, value) in text.lines().filter_map(|line| line.split_once(" = ")) {
        match name {
            "pk" => key = hex::decode(value).unwrap(),
            "sm" => {
                let mut signature = hex::decode(value).unwrap();
                let message = signature.split_off(scheme.signature_len());
                cases.push(Case {
                    name: format!("{} count {}", path.display(), cases.len()),
                    claim: claim(scheme, &key, signature, message),
                    verdict: Verdict::Valid,
                });
            }
            _ => {}
        }
    }
    cases
}

/// EIP-8355's calls: key, signature and message behind one another, of ML-DSA-44.
pub(crate) fn eip8355(path: &Path) -> Vec<Case> {
    let scheme = DilithiumScheme::MlDsa44;
    let calls: Vec<Eip8355> = serde_json::from_slice(&read(path)).unwrap();
    calls
        .into_iter()
        .map(|call| {
            let mut key = call.input.0;
            let mut signature = key.split_off(scheme.public_key_len().min(key.len()));
            let message = signature.split_off(scheme.signature_len().min(signature.len()));
            Case {
                name: format!("{} {}", path.display(), call.name),
                claim: claim(scheme, &key, signature, message),
                verdict: (call.expected.0.last() == Some(&1)).into(),
            }
        })
        .collect()
}

fn claim(scheme: DilithiumScheme, public_key: &[u8], signature: Vec<u8>, message: Vec<u8>) -> Claim {
    Claim::Signature { scheme, public_key: public_key.to_vec(), signature, message: message.into() }
}

fn scheme(name: &str) -> DilithiumScheme {
    let number = name.strip_prefix("ML-DSA-").unwrap().parse().unwrap();
    DilithiumScheme::from_number(number).unwrap()
}

fn read(path: &Path) -> Vec<u8> {
    let mut file = File::open(path).unwrap();
    let mut bytes = Vec::new();
    match path.extension().unwrap().to_str().unwrap() {
        "gz" => GzDecoder::new(file).read_to_end(&mut bytes),
        "xz" => XzDecoder::new(file).read_to_end(&mut bytes),
        _ => file.read_to_end(&mut bytes),
    }
    .unwrap();
    bytes
}
