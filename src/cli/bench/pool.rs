//! Signatures to check.

use super::super::error::CliError;
use aws_lc_rs::signature::{
    self, KeyPair, ParsedPublicKey, PqdsaKeyPair, PqdsaSigningAlgorithm, PqdsaVerificationAlgorithm,
};
use erbium::vm::claims::{Claim, DilithiumScheme, SignedMessage};
use rayon::prelude::*;

/// Keys that repeat in a pool of repeated keys.
pub(super) const REPEATED_KEYS: usize = 16;
/// One signature in so many does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OneIn(pub(super) usize);

impl OneIn {
    /// Whether the signature at this place holds.
    pub(super) fn holds(self, index: usize) -> bool {
        !(index + 1).is_multiple_of(self.0.max(1))
    }
}

/// How often a key comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Keys {
    /// Every signature has a key of its own, never seen before.
    Distinct,
    /// Sixteen keys take turns, each seen before.
    Repeated,
}

impl Keys {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Distinct => "distinct",
            Self::Repeated => "repeated",
        }
    }
}

/// A scheme with aws-lc-rs's names for it.
#[derive(Clone, Copy)]
pub(super) struct Scheme {
    pub(super) scheme: DilithiumScheme,
    signing: &'static PqdsaSigningAlgorithm,
    verification: &'static PqdsaVerificationAlgorithm,
}

impl Scheme {
    /// The scheme of this number; `None` where aws-lc-rs has none.
    pub(super) fn of(number: u8) -> Option<Self> {
        let scheme = DilithiumScheme::from_number(number.into())?;
        let (signing, verification) = match scheme {
            DilithiumScheme::MlDsa44 => (&signature::ML_DSA_44_SIGNING, &signature::ML_DSA_44),
            DilithiumScheme::MlDsa65 => (&signature::ML_DSA_65_SIGNING, &signature::ML_DSA_65),
            DilithiumScheme::MlDsa87 => (&signature::ML_DSA_87_SIGNING, &signature::ML_DSA_87),
            _ => return None,
        };
        Some(Self { scheme, signing, verification })
    }

    /// `count` signatures of 32-byte messages, not all of which hold.
    pub(super) fn claims(self, keys: Keys, count: usize, invalid: OneIn) -> Result<Vec<Claim>, CliError> {
        let claim = |index: usize| {
            let key = if keys == Keys::Distinct { index } else { index % REPEATED_KEYS };
            let failed = |reason: String| CliError::BenchInput { scheme: self.scheme.number(), reason };
            let pair = PqdsaKeyPair::from_seed(self.signing, &numbered(key))
                .map_err(|error| failed(error.to_string()))?;
            let mut signature = vec![0; self.scheme.signature_len()];
            let mut message = numbered(index).to_vec();
            pair.sign(&message, &mut signature).map_err(|error| failed(error.to_string()))?;
            if !invalid.holds(index) {
                message.push(0);
            }
            let public_key = pair.public_key().as_ref().to_vec();
            Ok(Claim::Signature { scheme: self.scheme, public_key, signature, message: message.into() })
        };
        (0..count).into_par_iter().map(claim).collect()
    }

    /// What aws-lc-rs alone says of a claim.
    pub(super) fn by_library(self, claim: &Claim) -> bool {
        let Claim::Signature { public_key, signature, message: SignedMessage::Plain(message), .. } = claim
        else {
            return false;
        };
        ParsedPublicKey::new(self.verification, public_key)
            .is_ok_and(|key| key.verify_sig(message, signature).is_ok())
    }
}

/// A seed or message that is the number's own.
fn numbered(number: usize) -> [u8; 32] {
    let mut bytes = [0x45; 32];
    bytes[..8].copy_from_slice(&(number as u64).to_le_bytes());
    bytes
}
