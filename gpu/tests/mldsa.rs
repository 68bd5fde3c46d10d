//! ML-DSA signatures by others: a few in the repository, many where `ERBIUM_FIXTURES` has them.
#![allow(clippy::unwrap_used, reason = "tests")]

mod vectors;

use erbium_claims::{Claim, DilithiumScheme, Fault, SignedMessage, Verdict, Verifier};
use erbium_gpu::CpuVerifier;
use erbium_gpu::cpu::Route;
use erbium_gpu::cpu::dilithium::ExpandedKey;
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

/// Every way to check, each with and without room for expanded keys.
fn routes() -> impl Iterator<Item = CpuVerifier> {
    [Route::Fastest, Route::Library, Route::Plain, Route::FourWay, Route::FourWayPortable]
        .into_iter()
        .flat_map(|route| [0, 1 << 24].map(|bytes| CpuVerifier::with_route(route, bytes)))
}

#[test]
fn the_cases_in_the_repository() {
    let cases = committed();
    assert_eq!((cases.len(), valid(&cases)), (31, 9));
    for verifier in routes() {
        // The second time keys are at hand.
        for _ in 0..3 {
            assert_eq!(wrong(&verifier, &cases), [""; 0], "{verifier:?}");
        }
    }
}

#[test]
fn the_known_answers_in_the_repository() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/mldsa");
    let mut cases = vectors::nist(DilithiumScheme::Round3Level2, &folder.join("PQCsignKAT_Dilithium2.rsp"));
    cases.extend(vectors::nist(DilithiumScheme::Round3Level3, &folder.join("PQCsignKAT_Dilithium3.rsp")));
    assert_eq!((cases.len(), valid(&cases)), (6, 6));
    assert_eq!(wrong(&CpuVerifier::new(), &cases), [""; 0]);
    // Another version's verifier refuses every one of them.
    for case in &mut cases {
        let Claim::Signature { scheme, .. } = &mut case.claim else { continue };
        *scheme =
            if scheme.level() == 2 { DilithiumScheme::DraftLevel2 } else { DilithiumScheme::DraftLevel3 };
    }
    assert_eq!(wrong(&CpuVerifier::new(), &cases).len(), 6);
}

#[test]
fn the_same_cases_as_mu() {
    let cases = with_mu(committed());
    for verifier in routes() {
        assert_eq!(wrong(&verifier, &cases), [""; 0], "{verifier:?}");
    }
}

/// Cases with their message as mu where the key has its length: what our own verifier answers.
fn with_mu(mut cases: Vec<Case>) -> Vec<Case> {
    for case in &mut cases {
        let Claim::Signature { scheme, public_key, message, .. } = &mut case.claim else { continue };
        if let Some(key) = ExpandedKey::new(*scheme, public_key) {
            *message = SignedMessage::Mu(key.mu(message));
        }
    }
    cases
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
        assert_eq!(wrong(&CpuVerifier::new(), part), [""; 0]);
    }
}

#[test]
fn the_public_archives() {
    let Some(root) = vectors::archives("vectors/mldsa") else { return };
    let mut cases = vectors::wycheproof(&root.join("wycheproof/mldsa_44_verify_test.json.gz"));
    cases.extend(vectors::wycheproof(&root.join("wycheproof/mldsa_65_verify_test.json.gz")));
    assert_eq!((cases.len(), valid(&cases)), (376, 152));
    cases.extend(vectors::acvp(&root.join("acvp/ML-DSA-sigVer-FIPS204.shared.json.gz")));
    cases.extend(vectors::nist(DilithiumScheme::MlDsa44, &root.join("eip/eip8051_mldsa_nist.rsp.xz")));
    cases.extend(vectors::eip8355(&root.join("eip/eip8355_test-vectors.json")));
    assert_eq!((cases.len(), valid(&cases)), (376 + 2 + 66 + 3, 152 + 66 + 1));
    for verifier in routes() {
        assert_eq!(wrong(&verifier, &cases), [""; 0], "{verifier:?}");
    }
    assert_eq!(wrong(&Always(Verdict::Valid), &cases).len(), cases.len() - valid(&cases));
    assert_eq!(wrong(&CpuVerifier::new(), &with_mu(cases)), [""; 0]);
}

#[test]
fn the_public_archives_contexts_and_internal_interfaces() {
    let Some(root) = vectors::archives("vectors/mldsa") else { return };
    let mut cases = vectors::wycheproof_contexts(&root.join("wycheproof/mldsa_44_verify_test.json.gz"));
    cases.extend(vectors::wycheproof_contexts(&root.join("wycheproof/mldsa_65_verify_test.json.gz")));
    let wycheproof = (cases.len(), valid(&cases));
    cases.extend(vectors::acvp_over_mu(&root.join("acvp/ML-DSA-sigVer-FIPS204.shared.json.gz")));
    let first = "acvp/ML-DSA-sigVer-FIPS204.2024-first-edition.shared.json.gz";
    cases.extend(vectors::acvp_over_mu(&root.join(first)));
    // Eight groups of 15 by NIST, three of each valid.
    assert_eq!((wycheproof, cases.len(), valid(&cases)), ((4, 4), 124, 28));
    assert_eq!(wrong(&CpuVerifier::new(), &cases), [""; 0]);
    assert_eq!(wrong(&Always(Verdict::Valid), &cases).len(), cases.len() - valid(&cases));
}

#[test]
fn the_known_answers_of_round_3() {
    let Some(root) = vectors::archives("vectors/mldsa/dilithium-round3") else { return };
    let (two, three) = (DilithiumScheme::Round3Level2, DilithiumScheme::Round3Level3);
    let mut cases = vectors::nist(two, &root.join("PQCsignKAT_Dilithium2.rsp.xz"));
    cases.extend(vectors::nist(three, &root.join("PQCsignKAT_Dilithium3.rsp.xz")));
    assert_eq!((cases.len(), valid(&cases)), (200, 200));
    for verifier in routes() {
        assert_eq!(wrong(&verifier, &cases), [""; 0], "{verifier:?}");
    }
    assert_eq!(wrong(&CpuVerifier::new(), &with_mu(cases)), [""; 0]);
}
