//! The consensus vectors of ML-DSA and of its draft: made by a script, judged by others, held against ours.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod dilithium;
mod reference;

use dilithium::file::{Vectors, check_or_bless};
use dilithium::mutation::Input;
use dilithium::signer::{self, Rules};
use dilithium::{ask, ask_mu};
use erbium_claims::DilithiumScheme;
use erbium_gpu::CpuVerifier;

#[test]
fn the_vectors_are_what_script_and_oracle_make() {
    for scheme in reference::ML_DSA {
        check_or_bless(scheme, reference::ML_DSA_ORACLE, &reference::ml_dsa);
    }
    for scheme in reference::DRAFT {
        check_or_bless(scheme, reference::DRAFT_ORACLE, &reference::draft);
    }
}

#[test]
fn ours_answers_as_the_vectors_say() {
    for number in [2, 3, 5, 18, 19, 21, 44, 65, 87] {
        let scheme = DilithiumScheme::from_number(number).unwrap();
        let vectors = Vectors::read(scheme);
        assert_eq!(vectors.differences(|input| ask(&CpuVerifier::new(), scheme, input)), [""; 0]);
        assert_eq!(vectors.differences(|input| ask_mu(&CpuVerifier::new(), scheme, input)), [""; 0]);
    }
}

#[test]
fn a_verifier_with_a_rule_less_is_caught() {
    for number in [2, 19, 87] {
        let scheme = DilithiumScheme::from_number(number).unwrap();
        let (vectors, params) = (Vectors::read(scheme), signer::params(scheme));
        let differences = |rules| {
            let answer = |i: &Input| signer::verify(&params, &i.public_key, &i.message, &i.signature, rules);
            vectors.differences(answer).len()
        };
        assert_eq!(differences(Rules::ALL), 0);
        // 12 coefficients and one pair of them; padding that is not zero; hints out of order or twice.
        assert_eq!(differences(Rules { norm: false, ..Rules::ALL }), 13);
        assert!(differences(Rules { padding: false, ..Rules::ALL }) >= 5);
        assert!(differences(Rules { order: false, ..Rules::ALL }) >= 5);
        assert!(vectors.differences(|_| true).len() >= 50);
        assert!(vectors.differences(|_| false).len() >= 5);
    }
}
