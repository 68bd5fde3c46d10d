//! ML-DSA with aws-lc-rs.

use aws_lc_rs::signature::{self, ParsedPublicKey};
use erbium_claims::{DilithiumScheme, Verdict};

/// Algorithm 3 of FIPS 204, pure, with an empty context. The key's length is the scheme's: the library would also read a
/// key wrapped in DER, while a claim's key is the raw encoding and nothing else.
pub(super) fn verify(
    scheme: DilithiumScheme,
    public_key: &[u8],
    signature: &[u8],
    message: &[u8],
) -> Verdict {
    let algorithm = match scheme {
        DilithiumScheme::MlDsa44 => &signature::ML_DSA_44,
        DilithiumScheme::MlDsa65 => &signature::ML_DSA_65,
        DilithiumScheme::MlDsa87 => &signature::ML_DSA_87,
        _ => return Verdict::Invalid,
    };
    ParsedPublicKey::new(algorithm, public_key)
        .is_ok_and(|key| key.verify_sig(message, signature).is_ok())
        .into()
}
