//! ML-DSA keys and signatures from seeds: known answers by others, the same keys from `aws-lc-rs`, and the
//! same signatures from `fips204`.
#![allow(clippy::unwrap_used, reason = "tests")]

mod vectors;

use aws_lc_rs::signature::{KeyPair, ML_DSA_44_SIGNING, ML_DSA_65_SIGNING, ML_DSA_87_SIGNING, PqdsaKeyPair};
use erbium_claims::{
    Claim, Derivation, Deriver, DilithiumScheme, Fault, Halt, SignedMessage, Verdict, Verifier,
};
use erbium_gpu::{CpuDeriver, CpuVerifier};
use fips204::traits::{KeyGen, Signer};
use primitive_types::{H160, H256};
use proptest::prelude::*;
use std::path::Path;
use vectors::Derived;

const SCHEMES: [DilithiumScheme; 3] =
    [DilithiumScheme::MlDsa44, DilithiumScheme::MlDsa65, DilithiumScheme::MlDsa87];

fn derive(derivation: &Derivation) -> Vec<u8> {
    CpuDeriver.derive(derivation).unwrap().unwrap()
}

/// Cases that the deriver answers with other bytes.
fn wrong(cases: &[Derived]) -> Vec<&str> {
    cases.iter().filter(|case| derive(&case.derivation) != case.answer).map(|case| &*case.name).collect()
}

/// What can be known beforehand, and the randomized signatures, which no deterministic signer makes.
fn split(cases: Vec<Derived>) -> (Vec<Derived>, Vec<Derived>) {
    cases.into_iter().partition(|case| case.deterministic)
}

#[test]
fn the_cases_in_the_repository() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/mldsa");
    let mut cases = vectors::wycheproof_signing(&folder.join("mldsa_44_sign_seed_test.json"));
    cases.extend(vectors::wycheproof_signing(&folder.join("mldsa_65_sign_seed_test.json")));
    cases.extend(vectors::acvp_keys(&folder.join("acvp_keyGen.json")));
    let (known, randomized) = split(cases);
    assert_eq!((known.len(), randomized.len()), (22, 2));
    assert_eq!(wrong(&known), [""; 0]);
    // The comparison does go red.
    assert_eq!(wrong(&randomized).len(), 2);
}

#[test]
fn the_public_archives() {
    let Some(root) = vectors::archives("vectors/mldsa") else { return };
    let mut cases = vectors::wycheproof_signing(&root.join("wycheproof/mldsa_44_sign_seed_test.json.gz"));
    cases.extend(vectors::wycheproof_signing(&root.join("wycheproof/mldsa_65_sign_seed_test.json.gz")));
    cases.extend(vectors::acvp_keys(&root.join("acvp/ML-DSA-keyGen-FIPS204.shared.json.gz")));
    let (known, randomized) = split(cases);
    assert_eq!((known.len(), randomized.len()), (264, 2));
    assert_eq!(wrong(&known), [""; 0]);
    assert_eq!(wrong(&randomized).len(), 2);
}

#[test]
fn the_other_schemes_halt() {
    for number in [2, 3, 5, 18, 19, 21] {
        let scheme = DilithiumScheme::from_number(number).unwrap();
        let seed = H256::repeat_byte(1);
        for derivation in [
            Derivation::DilithiumSign { scheme, seed, message: Vec::new() },
            Derivation::DilithiumKeygen { scheme, seed },
        ] {
            assert_eq!(CpuDeriver.derive(&derivation), Ok(Err(Halt::QuantumSecurityViolation)));
        }
    }
}

#[test]
fn other_derivations_are_faults_that_name_them() {
    let (operation, operands, inputs, contract) = (0xe3, Vec::new(), Vec::new(), H160::zero());
    let derivation = Derivation::Private { operation, operands, inputs, contract };
    let fault = Fault::Unsupported { what: derivation.kind() };
    assert_eq!(CpuDeriver.derive(&derivation), Err(fault));
}

/// The deterministic signature by crate `fips204`.
fn fips204_signature(scheme: DilithiumScheme, seed: &[u8; 32], message: &[u8]) -> Vec<u8> {
    macro_rules! sign {
        ($level:ident) => {{
            let (_, key) = fips204::$level::KG::keygen_from_seed(seed);
            key.try_sign_with_seed(&[0; 32], message, &[]).unwrap().to_vec()
        }};
    }
    match scheme {
        DilithiumScheme::MlDsa44 => sign!(ml_dsa_44),
        DilithiumScheme::MlDsa65 => sign!(ml_dsa_65),
        _ => sign!(ml_dsa_87),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn other_implementations_make_the_same_keys_and_signatures(
        scheme in prop::sample::select(SCHEMES.to_vec()),
        seed in any::<[u8; 32]>(),
        message in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let algorithm = match scheme {
            DilithiumScheme::MlDsa44 => &ML_DSA_44_SIGNING,
            DilithiumScheme::MlDsa65 => &ML_DSA_65_SIGNING,
            _ => &ML_DSA_87_SIGNING,
        };
        let pair = PqdsaKeyPair::from_seed(algorithm, &seed).unwrap();
        let public_key = derive(&Derivation::DilithiumKeygen { scheme, seed: H256(seed) });
        prop_assert_eq!(&public_key, pair.public_key().as_ref());

        let signing = Derivation::DilithiumSign { scheme, seed: H256(seed), message: message.clone() };
        let signature = derive(&signing);
        prop_assert_eq!(&signature, &fips204_signature(scheme, &seed, &message));
        let claim = |mut message: Vec<u8>, longer: bool| {
            message.extend(longer.then_some(0));
            let (public_key, signature) = (public_key.clone(), signature.clone());
            Claim::Signature { scheme, public_key, signature, message: SignedMessage::Plain(message) }
        };
        let verdicts = CpuVerifier::new().verify(&[claim(message.clone(), false), claim(message, true)]);
        prop_assert_eq!(verdicts, Ok(vec![Verdict::Valid, Verdict::Invalid]));
    }
}
