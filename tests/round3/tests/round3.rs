//! The consensus vectors of round-3 Dilithium: made by a script, judged by PQClean's portable code, held against ours.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "../../../gpu/tests/dilithium/mod.rs"]
mod dilithium;

use dilithium::file::{Vectors, check_or_bless};
use dilithium::mutation::Input;
use dilithium::random::compare;
use dilithium::signer::{self, Rules};
use dilithium::{ask, ask_mu};
use erbium_claims::DilithiumScheme;
use erbium_gpu::CpuVerifier;
use pqcrypto_dilithium::{dilithium2, dilithium3, dilithium5};
use pqcrypto_traits::sign::{DetachedSignature, PublicKey};

const ROUND_3: [DilithiumScheme; 3] =
    [DilithiumScheme::Round3Level2, DilithiumScheme::Round3Level3, DilithiumScheme::Round3Level5];

macro_rules! pqclean {
    ($level:ident, $input:ident) => {{
        let key = $level::PublicKey::from_bytes(&$input.public_key);
        let signature = $level::DetachedSignature::from_bytes(&$input.signature);
        matches!((key, signature), (Ok(key), Ok(signature))
            if $level::verify_detached_signature(&signature, &$input.message, &key).is_ok())
    }};
}

fn reference(scheme: DilithiumScheme, input: &Input) -> bool {
    match scheme.level() {
        2 => pqclean!(dilithium2, input),
        3 => pqclean!(dilithium3, input),
        _ => pqclean!(dilithium5, input),
    }
}

#[test]
fn the_vectors_are_what_script_and_oracle_make() {
    for scheme in ROUND_3 {
        check_or_bless(scheme, "pqcrypto-dilithium 0.4, portable code", &reference);
        assert_eq!(
            Vectors::read(scheme).differences(|input| ask(&CpuVerifier::new(), scheme, input)),
            [""; 0]
        );
    }
}

#[test]
fn ours_agrees_on_random_and_changed_inputs() {
    for scheme in ROUND_3 {
        let reference = |input: &Input| reference(scheme, input);
        let valid = compare(scheme, 120, |input| ask(&CpuVerifier::new(), scheme, input), reference).unwrap();
        assert!((20..100).contains(&valid), "{valid} of 120 are valid");
        assert_eq!(
            compare(scheme, 120, |input| ask_mu(&CpuVerifier::new(), scheme, input), reference),
            Ok(valid)
        );
    }
}

#[test]
fn a_rule_less_is_found() {
    for scheme in ROUND_3 {
        let params = signer::params(scheme);
        for rules in Rules::WITHOUT_ONE {
            let lenient = |i: &Input| signer::verify(&params, &i.public_key, &i.message, &i.signature, rules);
            compare(scheme, 120, lenient, |input| reference(scheme, input)).unwrap_err();
        }
    }
}
