//! The libraries that ours is held against.
#![allow(dead_code, reason = "each test binary uses a part")]

use crate::dilithium::mutation::Input;
use aws_lc_rs::signature::{ML_DSA_44, ML_DSA_65, ML_DSA_87, ParsedPublicKey};
use erbium_claims::DilithiumScheme;
use fips204::traits::{SerDes, Verifier};
use fips204::{ml_dsa_44, ml_dsa_65, ml_dsa_87};
use pqcrypto_dilithium::{dilithium2, dilithium3, dilithium5};
use pqcrypto_traits::sign::{DetachedSignature, PublicKey};

pub(crate) const ML_DSA: [DilithiumScheme; 3] =
    [DilithiumScheme::MlDsa44, DilithiumScheme::MlDsa65, DilithiumScheme::MlDsa87];
pub(crate) const DRAFT: [DilithiumScheme; 3] =
    [DilithiumScheme::DraftLevel2, DilithiumScheme::DraftLevel3, DilithiumScheme::DraftLevel5];

pub(crate) const ML_DSA_ORACLE: &str = "aws-lc-rs 1.19";
pub(crate) const DRAFT_ORACLE: &str = "pqcrypto-dilithium 0.5, portable code";

/// FIPS 204 by aws-lc.
pub(crate) fn ml_dsa(scheme: DilithiumScheme, input: &Input) -> bool {
    let algorithm = match scheme {
        DilithiumScheme::MlDsa44 => &ML_DSA_44,
        DilithiumScheme::MlDsa65 => &ML_DSA_65,
        DilithiumScheme::MlDsa87 => &ML_DSA_87,
        _ => unreachable!("not FIPS 204"),
    };
    ParsedPublicKey::new(algorithm, &input.public_key)
        .is_ok_and(|key| key.verify_sig(&input.message, &input.signature).is_ok())
}

macro_rules! fips204 {
    ($level:ident, $input:ident) => {{
        let key = $input.public_key.as_slice().try_into().map($level::PublicKey::try_from_bytes);
        let signature = $input.signature.as_slice().try_into();
        matches!((key, signature), (Ok(Ok(key)), Ok(signature)) if key.verify(&$input.message, signature, &[]))
    }};
}

/// FIPS 204 by crate `fips204`.
pub(crate) fn fips204(scheme: DilithiumScheme, input: &Input) -> bool {
    match scheme.level() {
        2 => fips204!(ml_dsa_44, input),
        3 => fips204!(ml_dsa_65, input),
        _ => fips204!(ml_dsa_87, input),
    }
}

macro_rules! pqclean {
    ($level:ident, $input:ident) => {{
        let key = $level::PublicKey::from_bytes(&$input.public_key);
        let signature = $level::DetachedSignature::from_bytes(&$input.signature);
        matches!((key, signature), (Ok(key), Ok(signature))
            if $level::verify_detached_signature(&signature, &$input.message, &key).is_ok())
    }};
}

/// The draft of FIPS 204 by PQClean's portable code.
pub(crate) fn draft(scheme: DilithiumScheme, input: &Input) -> bool {
    match scheme.level() {
        2 => pqclean!(dilithium2, input),
        3 => pqclean!(dilithium3, input),
        _ => pqclean!(dilithium5, input),
    }
}
