//! NIST's ACVP files, `internalProjection` form: groups of one interface, cases with everything known of them.

use super::case::{Case, Check, Hex, Kind, ParameterSet, Signed, hex};
use super::{mu, secret};
use erbium_vm::claims::Verdict;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Why cases of HashML-DSA are not run.
const HASHED: &str = "HashML-DSA: claims are of pure ML-DSA";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File<T> {
    #[serde(bound(deserialize = "T: DeserializeOwned"))]
    test_groups: Vec<Group<T>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group<T> {
    tg_id: u64,
    parameter_set: ParameterSet,
    /// Absent in the first edition, which has the internal interface only.
    signature_interface: Option<Interface>,
    pre_hash: Option<PreHash>,
    #[serde(default)]
    external_mu: bool,
    /// The first edition's key, the same for the whole group.
    pk: Option<Hex>,
    #[serde(bound(deserialize = "T: DeserializeOwned"))]
    tests: Vec<T>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Interface {
    External,
    Internal,
}

#[derive(Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum PreHash {
    Pure,
    #[serde(rename = "preHash")]
    Hashed,
    /// The internal interface knows neither.
    None,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct VerifyTest {
    tc_id: u64,
    test_passed: bool,
    pk: Option<Hex>,
    #[serde(flatten)]
    signed: SignedFields,
    #[serde(default)]
    reason: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SignTest {
    tc_id: u64,
    sk: Hex,
    pk: Option<Hex>,
    #[serde(flatten)]
    signed: SignedFields,
}

#[derive(Deserialize)]
struct SignedFields {
    message: Option<Hex>,
    mu: Option<Hex>,
    #[serde(default)]
    context: Hex,
    signature: Hex,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeyTest {
    tc_id: u64,
    seed: Hex,
    pk: Hex,
}

/// Cases of `sigVer`.
pub(super) fn verify(json: &[u8]) -> Result<Vec<Case>, serde_json::Error> {
    cases(json, |group, test: &VerifyTest| {
        let expected = Verdict::from(test.test_passed);
        let check = match test.pk.as_ref().or(group.pk.as_ref()) {
            Some(public_key) => {
                let signed = group.signed(&public_key.0, &test.signed.signature.0, expected);
                group.check(&signed, &test.signed)
            }
            None => Check::Refused { reason: "no public key".to_owned(), expected },
        };
        (test.tc_id, test.reason.clone(), vec![check])
    })
}

/// Cases of `sigGen`. They hold the secret key only, so the public key comes out of it; then its hash must be the one that
/// the secret key has, and the signature must verify, and no more with a bit changed.
pub(super) fn sign(json: &[u8]) -> Result<Vec<Case>, serde_json::Error> {
    cases(json, |group, test: &SignTest| {
        let derived = secret::public_key(group.parameter_set.0, &test.sk.0);
        let checks = match (derived, &test.pk) {
            (Ok(derived), given) => {
                let mut checks = vec![Check::Stated {
                    what: "the public key's hash, beside that in the secret key",
                    ours: hex(&mu::key_hash(&derived)),
                    theirs: secret::key_hash(&test.sk.0).map_or("none".to_owned(), |hash| hex(&hash)),
                }];
                if let Some(given) = given {
                    checks.push(Check::Stated {
                        what: "the secret key's public key",
                        ours: hex(&derived),
                        theirs: hex(&given.0),
                    });
                }
                let signature = &test.signed.signature.0;
                let signed = group.signed(&derived, signature, Verdict::Valid);
                checks.extend(signed.and_damaged(|signed| group.check(signed, &test.signed)));
                checks
            }
            (Err(error), _) => vec![Check::Refused { reason: error.to_string(), expected: Verdict::Valid }],
        };
        (test.tc_id, "a signature made with a given secret key".to_owned(), checks)
    })
}

/// Cases of `keyGen`: the public key of each seed. Secret keys are not compared: here a secret key is its seed.
pub(super) fn keys(json: &[u8]) -> Result<Vec<Case>, serde_json::Error> {
    cases(json, |group, test: &KeyTest| {
        let check = Check::public_key(group.parameter_set.0, &test.seed.0, &test.pk.0);
        (test.tc_id, "a key from a seed".to_owned(), vec![check])
    })
}

fn cases<T: DeserializeOwned>(
    json: &[u8],
    read: impl Fn(&Group<T>, &T) -> (u64, String, Vec<Check>),
) -> Result<Vec<Case>, serde_json::Error> {
    let file: File<T> = serde_json::from_slice(json)?;
    let mut cases = Vec::new();
    for group in &file.test_groups {
        for test in &group.tests {
            let (number, about, checks) = read(group, test);
            let hashed = group.pre_hash == Some(PreHash::Hashed);
            let kind = if hashed { Kind::Skipped(HASHED) } else { Kind::Checks(checks) };
            cases.push(Case { id: format!("tgId {} tcId {number}", group.tg_id), about, kind });
        }
    }
    Ok(cases)
}

impl<T> Group<T> {
    fn signed<'a>(&self, public_key: &'a [u8], signature: &'a [u8], expected: Verdict) -> Signed<'a> {
        Signed { scheme: self.parameter_set.0, public_key, signature, expected }
    }

    /// Asks `signed` by the group's interface, of what `fields` say is signed.
    fn check(&self, signed: &Signed<'_>, fields: &SignedFields) -> Check {
        match (&fields.message, &fields.mu) {
            (_, Some(mu)) if self.external_mu => signed.over_mu(&mu.0),
            (Some(message), _) if !self.external_mu => match self.signature_interface {
                Some(Interface::External) => signed.external(&fields.context.0, &message.0),
                Some(Interface::Internal) | None => signed.internal(&message.0),
            },
            _ => signed.refused("what is signed is missing".to_owned()),
        }
    }
}
