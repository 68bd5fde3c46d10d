//! ML-DSA signatures by others: a few in the repository, many where `ERBIUM_FIXTURES` has them.
#![allow(clippy::unwrap_used, reason = "tests")]

mod vectors;

use erbium_claims::{Claim, Fault, Verdict, Verifier};
use erbium_gpu::CpuVerifier;
use std::path::Path;
use vectors::Case;

/// Gives every claim the same answer.
struct Always(Verdict);

impl Verifier for Always {
    fn verify(&self, claims: &[Claim]) -> Result<Vec<Verdict>, Fault> {
        Ok(vec![self.0; claims.len()])
    }
}

/// Cases that `verifier` answers wrongly, asked in one batch.
fn wrong<'a>(verifier: &dyn Verifier, cases: &'a [Case]) -> Vec<&'a str> {
    let claims: Vec<_> = cases.iter().map(|case| case.claim.clone()).collect();
    let verdicts = verifier.verify(&claims).unwrap();
    assert_eq!(verdicts.len(), cases.len());
    cases
        .iter()
        .zip(verdicts)
        .filter(|(case, got)| case.verdict != *got)
        .map(|(case, _)| &*case.name)
        .collect()
}

fn committed() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/mldsa");
    ["mldsa_44", "mldsa_65", "rustcrypto_87"]
        .iter()
        .flat_map(|name| vectors::wycheproof(&folder.join(format!("{name}_verify_test.json"))))
        .collect()
}

fn valid(cases: &[Case]) -> usize {
    cases.iter().filter(|case| case.verdict.is_valid()).count()
}

#[test]
fn the_cases_in_the_repository() {
    let cases = committed();
    assert_eq!((cases.len(), valid(&cases)), (31, 9));
    assert_eq!(wrong(&CpuVerifier, &cases), [""; 0]);
}

#[test]
fn a_verifier_that_does_not_look_turns_the_cases_red() {
    let cases = committed();
    assert_eq!(wrong(&Always(Verdict::Valid), &cases).len(), 22);
    assert_eq!(wrong(&Always(Verdict::Invalid), &cases).len(), 9);
}

#[test]
fn backwards_and_in_parts_the_verdicts_are_the_same() {
    let mut cases = committed();
    cases.reverse();
    for part in [cases.len(), 7, 1].into_iter().flat_map(|len| cases.chunks(len)) {
        assert_eq!(wrong(&CpuVerifier, part), [""; 0]);
    }
}

#[test]
fn the_public_archives() {
    let Some(root) = vectors::archives("vectors/mldsa") else { return };
    let mut cases = vectors::wycheproof(&root.join("wycheproof/mldsa_44_verify_test.json.gz"));
    cases.extend(vectors::wycheproof(&root.join("wycheproof/mldsa_65_verify_test.json.gz")));
    assert_eq!((cases.len(), valid(&cases)), (376, 152));
    cases.extend(vectors::acvp(&root.join("acvp/ML-DSA-sigVer-FIPS204.shared.json.gz")));
    cases.extend(vectors::eip8051(&root.join("eip/eip8051_mldsa_nist.rsp.xz")));
    cases.extend(vectors::eip8355(&root.join("eip/eip8355_test-vectors.json")));
    assert_eq!((cases.len(), valid(&cases)), (376 + 2 + 66 + 3, 152 + 66 + 1));
    assert_eq!(wrong(&CpuVerifier, &cases), [""; 0]);
    assert_eq!(wrong(&Always(Verdict::Valid), &cases).len(), cases.len() - valid(&cases));
}
