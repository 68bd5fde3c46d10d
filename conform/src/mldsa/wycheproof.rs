//! Wycheproof's files: groups with a key, cases with a result.

use super::case::{Case, Check, Hex, Kind, ParameterSet, Signed, hex, seed_length};
use super::mu;
use erbium_vm::claims::Verdict;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File<G> {
    algorithm: ParameterSet,
    test_groups: Vec<G>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct VerifyGroup {
    public_key: Hex,
    tests: Vec<Test>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SignGroup {
    private_seed: Hex,
    /// Null where the seed is none.
    public_key: Option<Hex>,
    tests: Vec<Test>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Test {
    tc_id: u64,
    #[serde(default)]
    comment: String,
    /// Absent where only mu is signed.
    msg: Option<Hex>,
    mu: Option<Hex>,
    #[serde(default)]
    ctx: Hex,
    /// Randomness of a signature that is not the deterministic one.
    rnd: Option<Hex>,
    sig: Hex,
    result: Answer,
    #[serde(default)]
    flags: Vec<String>,
}

/// Wycheproof's `acceptable` is not among them: of ML-DSA it has no such case, and there is no third verdict.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Answer {
    Valid,
    Invalid,
}

impl Test {
    fn expected(&self) -> Verdict {
        matches!(self.result, Answer::Valid).into()
    }

    fn case(&self, checks: Vec<Check>) -> Case {
        let Self { tc_id, comment, flags, .. } = self;
        Case {
            id: format!("tcId {tc_id}"),
            about: format!("{comment} [{}]", flags.join(", ")),
            kind: Kind::Checks(checks),
        }
    }
}

/// Cases of `mldsa_*_verify_test.json`.
pub(super) fn verify(json: &[u8]) -> Result<Vec<Case>, serde_json::Error> {
    let file: File<VerifyGroup> = serde_json::from_slice(json)?;
    let case = |group: &VerifyGroup, test: &Test| {
        let signed = Signed {
            scheme: file.algorithm.0,
            public_key: &group.public_key.0,
            signature: &test.sig.0,
            expected: test.expected(),
        };
        test.case(vec![signature(&signed, test)])
    };
    let groups = file.test_groups.iter();
    Ok(groups.flat_map(|group| group.tests.iter().map(move |test| case(group, test))).collect())
}

/// Cases of `mldsa_*_sign_seed_test.json`: the key of the seed, the signature, and that it is the deterministic one where
/// it is.
pub(super) fn sign(json: &[u8]) -> Result<Vec<Case>, serde_json::Error> {
    let file: File<SignGroup> = serde_json::from_slice(json)?;
    let case = |group: &SignGroup, test: &Test| test.case(signing(file.algorithm, group, test));
    let groups = file.test_groups.iter();
    Ok(groups.flat_map(|group| group.tests.iter().map(move |test| case(group, test))).collect())
}

fn signing(ParameterSet(scheme): ParameterSet, group: &SignGroup, test: &Test) -> Vec<Check> {
    let (seed, expected) = (&group.private_seed.0, test.expected());
    let refused = |reason| vec![Check::Refused { reason, expected }];
    if seed.len() != 32 {
        return refused(seed_length(seed));
    }
    let Some(Hex(public_key)) = &group.public_key else {
        return refused("no public key".to_owned());
    };
    let signed = Signed { scheme, public_key, signature: &test.sig.0, expected };
    let mut checks = vec![Check::public_key(scheme, seed, public_key)];
    if !expected.is_valid() {
        checks.push(signature(&signed, test));
        return checks;
    }
    checks.extend(signed.and_damaged(|signed| signature(signed, test)));
    let Some(Hex(message)) = &test.msg else { return checks };
    if let Some(Hex(mu)) = &test.mu {
        let ours = mu::external(public_key, &test.ctx.0, message);
        let ours = ours.map_or("none".to_owned(), |ours| hex(&ours));
        checks.push(Check::Stated { what: "mu", ours, theirs: hex(mu) });
    }
    if test.ctx.0.is_empty() && test.rnd.is_none() {
        checks.push(Check::signing(scheme, seed, message, &test.sig.0));
    }
    checks
}

fn signature(signed: &Signed<'_>, test: &Test) -> Check {
    match (&test.msg, &test.mu) {
        (Some(message), _) => signed.external(&test.ctx.0, &message.0),
        (None, Some(mu)) => signed.over_mu(&mu.0),
        (None, None) => signed.refused("neither a message nor mu".to_owned()),
    }
}
