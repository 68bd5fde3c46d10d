//! Ours and several libraries answer alike on random and changed inputs of ML-DSA and of its draft.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod dilithium;
mod reference;

use dilithium::mutation::Input;
use dilithium::random::compare;
use dilithium::signer::{self, Rules};
use dilithium::{ask, ask_mu};
use erbium_claims::DilithiumScheme;
use erbium_gpu::CpuVerifier;
use reference::{DRAFT, ML_DSA, draft, fips204, ml_dsa};

/// Inputs of each comparison: 120, or what `PROPTEST_CASES` says for a longer search.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(120)
}

/// Enough of both verdicts for a comparison to mean something.
fn mixed(valid: usize) -> bool {
    let cases = cases() as usize;
    (cases / 6..cases - cases / 6).contains(&valid)
}

/// Ours answers as `reference` does, over messages and over mu; how many inputs are valid.
fn agrees(scheme: DilithiumScheme, reference: impl Fn(&Input) -> bool) -> usize {
    let ours = |input: &Input| ask(&CpuVerifier::new(), scheme, input);
    let over_mu = |input: &Input| ask_mu(&CpuVerifier::new(), scheme, input);
    let valid = compare(scheme, cases(), ours, &reference).unwrap();
    assert!(mixed(valid), "{valid} of {} are valid", cases());
    assert_eq!(compare(scheme, cases(), over_mu, &reference), Ok(valid));
    valid
}

#[test]
fn ml_dsa_agrees_with_aws_lc_and_fips204() {
    for scheme in ML_DSA {
        let reference = |input: &Input| ml_dsa(scheme, input);
        let valid = agrees(scheme, reference);
        assert_eq!(compare(scheme, cases(), |input| fips204(scheme, input), reference), Ok(valid));
    }
}

#[test]
fn the_draft_agrees_with_pqclean() {
    for scheme in DRAFT {
        agrees(scheme, |input| draft(scheme, input));
    }
}

#[test]
fn a_rule_less_is_found() {
    for scheme in ML_DSA.into_iter().chain(DRAFT) {
        let params = signer::params(scheme);
        for rules in Rules::WITHOUT_ONE {
            let lenient = |i: &Input| signer::verify(&params, &i.public_key, &i.message, &i.signature, rules);
            compare(scheme, cases(), lenient, |input| ask(&CpuVerifier::new(), scheme, input)).unwrap_err();
        }
    }
}

#[test]
fn the_versions_are_not_each_other() {
    for (scheme, other) in ML_DSA.into_iter().zip(DRAFT) {
        compare(scheme, 10, |input| draft(other, input), |input| ml_dsa(scheme, input)).unwrap_err();
    }
    let round3 =
        [DilithiumScheme::Round3Level2, DilithiumScheme::Round3Level3, DilithiumScheme::Round3Level5];
    for (scheme, other) in round3.into_iter().zip(DRAFT) {
        let ours = |input: &Input| ask(&CpuVerifier::new(), scheme, input);
        compare(scheme, 10, |input| draft(other, input), ours).unwrap_err();
    }
}
