//! The public key inside a secret key, for vectors that give no other.

use erbium_vm::claims::DilithiumScheme;
use ml_dsa::{
    ExpandedSigningKey, ExpandedSigningKeyBytes, KeyExport, MlDsa44, MlDsa65, MlDsa87, MlDsaParams,
};

/// rho, K and tr: what stands before the secret vectors (FIPS 204, algorithm 24).
const HEADER_LEN: usize = 32 + 32 + 64;

/// Bytes that are no secret key of their parameter set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum SecretKeyError {
    #[error("a secret key of {got} bytes, not {expected}")]
    Length { got: usize, expected: usize },
    #[error("a secret key with a coefficient out of range at byte {at}")]
    Coefficient { at: usize },
}

/// The public key that belongs to an encoded secret key.
pub(super) fn public_key(scheme: DilithiumScheme, secret: &[u8]) -> Result<Vec<u8>, SecretKeyError> {
    match scheme.level() {
        2 => derive::<MlDsa44>(secret, 2, 4 + 4),
        3 => derive::<MlDsa65>(secret, 4, 5 + 6),
        _ => derive::<MlDsa87>(secret, 2, 7 + 8),
    }
}

/// tr, the hash of the public key that an encoded secret key carries.
pub(super) fn key_hash(secret: &[u8]) -> Option<[u8; 64]> {
    secret.get(HEADER_LEN - 64..HEADER_LEN)?.try_into().ok()
}

/// `polynomials` of the secret vectors have coefficients of at most `eta`.
fn derive<P: MlDsaParams>(secret: &[u8], eta: u8, polynomials: usize) -> Result<Vec<u8>, SecretKeyError> {
    let encoded: &ExpandedSigningKeyBytes<P> = secret.try_into().map_err(|_| SecretKeyError::Length {
        got: secret.len(),
        expected: size_of::<ExpandedSigningKeyBytes<P>>(),
    })?;
    // The library takes the coefficients for granted.
    if let Some(at) = out_of_range(secret, eta, polynomials) {
        return Err(SecretKeyError::Coefficient { at });
    }
    #[expect(deprecated, reason = "the vectors give expanded keys and no seeds")]
    let key = ExpandedSigningKey::<P>::from_expanded(encoded);
    Ok(key.verifying_key().to_bytes().to_vec())
}

/// Where a coefficient of s1 or s2 is no encoding of one: eta less it, in 3 or 4 bits, from the lowest bit on.
fn out_of_range(secret: &[u8], eta: u8, polynomials: usize) -> Option<usize> {
    let bits = if eta == 2 { 3 } else { 4 };
    let vectors = secret.get(HEADER_LEN..HEADER_LEN + polynomials * 32 * bits)?;
    let bit = |at: usize| vectors.get(at / 8).map_or(0, |byte| byte >> (at % 8) & 1);
    let value = |i: usize| (0..bits).fold(0, |value, n| value | bit(i * bits + n) << n);
    let first = (0..polynomials * 256).find(|&i| value(i) > 2 * eta)?;
    Some(HEADER_LEN + first * bits / 8)
}
