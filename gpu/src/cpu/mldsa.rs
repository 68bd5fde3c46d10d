//! ML-DSA (FIPS 204) on one core.

use aws_lc_rs::signature::{self, ParsedPublicKey, PqdsaVerificationAlgorithm};
use erbium_claims::{DilithiumScheme, Verdict};

/// A parameter set that this path checks.
#[derive(Clone, Copy)]
pub(super) struct ParameterSet {
    scheme: DilithiumScheme,
    algorithm: &'static PqdsaVerificationAlgorithm,
}

impl ParameterSet {
    /// The set that `scheme` names; `None` where it is not one of FIPS 204.
    pub(super) fn of(scheme: DilithiumScheme) -> Option<Self> {
        let algorithm = match scheme {
            DilithiumScheme::MlDsa44 => &signature::ML_DSA_44,
            DilithiumScheme::MlDsa65 => &signature::ML_DSA_65,
            DilithiumScheme::MlDsa87 => &signature::ML_DSA_87,
            _ => return None,
        };
        Some(Self { scheme, algorithm })
    }

    /// Algorithm 3 of FIPS 204, pure, with an empty context.
    pub(super) fn verify(self, public_key: &[u8], signature: &[u8], message: &[u8]) -> Verdict {
        // The library would also read a key wrapped in DER; a claim's key is the raw encoding and nothing else.
        if public_key.len() != self.scheme.public_key_len() || signature.len() != self.scheme.signature_len()
        {
            return Verdict::Invalid;
        }
        ParsedPublicKey::new(self.algorithm, public_key)
            .is_ok_and(|key| key.verify_sig(message, signature).is_ok())
            .into()
    }
}
