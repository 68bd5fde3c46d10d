//! Reads ML-DSA cases with an empty context in the forms of those who publish them.
#![allow(dead_code, reason = "each test binary reads some of the forms")]

use erbium_claims::{Claim, Derivation, DilithiumScheme, Verdict};
use flate2::read::GzDecoder;
use liblzma::read::XzDecoder;
use primitive_types::H256;
use serde::Deserialize;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The folder with `name` of the public archives, if this machine has them.
pub(crate) fn archives(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("ERBIUM_FIXTURES")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared"), PathBuf::from)
        .join(name);
    if !root.is_dir() {
        println!("skipped: no {}", root.display());
        return None;
    }
    Some(root)
}

/// A signature and what is known of it.
pub(crate) struct Case {
    /// File and number.
    pub(crate) name: String,
    pub(crate) claim: Claim,
    pub(crate) verdict: Verdict,
}

/// A derivation and its known answer.
pub(crate) struct Derived {
    /// File and number.
    pub(crate) name: String,
    pub(crate) derivation: Derivation,
    pub(crate) answer: Vec<u8>,
    /// Whether the answer follows from the question.
    pub(crate) deterministic: bool,
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
#[serde(rename_all = "camelCase")]
struct Signing {
    algorithm: String,
    test_groups: Vec<SigningGroup>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SigningGroup {
    private_seed: Hex,
    #[serde(default)]
    public_key: Option<Hex>,
    tests: Vec<SigningTest>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SigningTest {
    tc_id: u32,
    msg: Option<Hex>,
    #[serde(default)]
    sig: Hex,
    #[serde(default)]
    ctx: Hex,
    result: WycheproofResult,
    flags: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeyGen {
    test_groups: Vec<KeyGenGroup>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeyGenGroup {
    parameter_set: String,
    tests: Vec<KeyGenTest>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeyGenTest {
    tc_id: u32,
    seed: Hex,
    pk: Hex,
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

/// `mldsa_*_sign_seed_test.json`: signatures of messages with an empty context, deterministic or `Randomized`, and the
/// public key of each seed.
pub(crate) fn wycheproof_signing(path: &Path) -> Vec<Derived> {
    let file: Signing = serde_json::from_slice(&read(path)).unwrap();
    let scheme = scheme(&file.algorithm);
    let mut cases = Vec::new();
    for group in file.test_groups {
        let (Ok(seed), Some(key)) = (<[u8; 32]>::try_from(&*group.private_seed.0), group.public_key) else {
            assert!(group.tests.iter().all(|test| test.result == WycheproofResult::Invalid));
            continue;
        };
        let seed = H256(seed);
        cases.push(Derived {
            name: format!("{} key of {seed:?}", path.display()),
            derivation: Derivation::DilithiumKeygen { scheme, seed },
            answer: key.0,
            deterministic: true,
        });
        for test in group.tests {
            // Without `msg` the case gives mu or M' alone, which a derivation cannot ask for.
            let Some(message) = test.msg.filter(|_| test.ctx.0.is_empty()) else { continue };
            assert!(test.result == WycheproofResult::Valid);
            cases.push(Derived {
                name: format!("{} case {}", path.display(), test.tc_id),
                derivation: Derivation::DilithiumSign { scheme, seed, message: message.0 },
                answer: test.sig.0,
                deterministic: test.flags.iter().all(|flag| flag != "Randomized"),
            });
        }
    }
    cases
}

/// `ML-DSA-keyGen`.
pub(crate) fn acvp_keys(path: &Path) -> Vec<Derived> {
    let file: KeyGen = serde_json::from_slice(&read(path)).unwrap();
    let mut cases = Vec::new();
    for group in file.test_groups {
        let scheme = scheme(&group.parameter_set);
        for test in group.tests {
            cases.push(Derived {
                name: format!("{} case {}", path.display(), test.tc_id),
                derivation: Derivation::DilithiumKeygen { scheme, seed: H256::from_slice(&test.seed.0) },
                answer: test.pk.0,
                deterministic: true,
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
