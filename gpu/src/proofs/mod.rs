//! Groth16 proofs over BLS12-381: [`ZKProofEngine`] checks them, a [`Circuit`] makes them.

mod circuit;
mod derive;
mod iden3;
mod r1cs;

pub use crate::cpu::groth16::{
    G1Point, Stages, compress_g1, compress_g2, compress_proof, g1_msm, g1_multiples,
};
pub use circuit::{Circuit, CircuitError, Circuits, ProveError};
pub use derive::CircuitDeriver;
pub use r1cs::{R1cs, R1csError};

use crate::cpu::groth16::{Groth16, Member, Proven};
use ark_bls12_381::Bls12_381;
use ark_groth16::VerifyingKey;
use ark_serialize::{CanonicalSerialize, SerializationError};
use erbium_claims::{Claim, Fault, Verdict, Verifier};
use std::sync::Arc;

/// Bytes of parsed verifying keys that an engine keeps unless told otherwise: 16 MiB, some 7,000 keys with 16 public inputs.
pub const KEY_CACHE_BYTES: usize = 16 << 20;

/// Answers claims about Groth16 proofs, a batch over all cores of the current rayon pool.
///
/// Verifying key and proof have the encoding of Zcash and of the IETF's draft: the key's points uncompressed (alpha, beta,
/// gamma, delta, then one for the constant term and one for each public input), the proof's compressed (A, B, C). Whatever is
/// malformed is [`Verdict::Invalid`]: a wrong length, an input not below the order, coordinates not below the modulus, flags
/// that do not fit, a point not on its curve or not in the subgroup of prime order. Infinity is a point, as in arkworks.
///
/// Verdicts depend on each claim alone, but for a chance of 2^-128 with which an invalid proof passes in a batch: its weights
/// are drawn from the whole batch and from random bytes of the process. Parsed keys are kept in bounded memory; clones share
/// them.
#[derive(Clone, Debug)]
pub struct ZKProofEngine {
    proofs: Arc<Groth16>,
}

impl Default for ZKProofEngine {
    fn default() -> Self {
        Self::with_cache(KEY_CACHE_BYTES)
    }
}

impl ZKProofEngine {
    /// An engine that keeps [`KEY_CACHE_BYTES`] of parsed keys at most.
    pub fn new() -> Self {
        Self::default()
    }

    /// An engine that keeps so many bytes of parsed keys at most; 0 for none.
    pub fn with_cache(bytes: usize) -> Self {
        Self { proofs: Arc::new(Groth16::new(bytes)) }
    }

    /// As [`Verifier::verify`], and tells where the time went.
    ///
    /// # Errors
    /// [`Fault::Unsupported`] where a claim is about something else, and [`Fault::Coprocessor`] where the process has no random
    /// bytes.
    pub fn verify_in_stages(&self, claims: &[Claim]) -> Result<(Vec<Verdict>, Stages), Fault> {
        self.proofs.verify(&claims.iter().map(read).collect::<Result<Vec<_>, _>>()?)
    }

    /// As [`Verifier::verify`], of claims that lie apart.
    pub(crate) fn verify_claims(&self, claims: &[&Claim]) -> Result<Vec<Verdict>, Fault> {
        self.verify_proven(&claims.iter().map(|claim| read(claim)).collect::<Result<Vec<_>, _>>()?)
    }

    /// The claims of a batch that are of proper form and whose keys are keys, those with one key together.
    pub(crate) fn members<'a>(&self, batch: &[Proven<'a>]) -> Vec<Member<'a>> {
        self.proofs.members(batch)
    }

    /// The verdicts on a batch, order kept.
    ///
    /// # Errors
    /// [`Fault::Coprocessor`] where the process has no random bytes.
    pub(crate) fn verify_proven(&self, proven: &[Proven<'_>]) -> Result<Vec<Verdict>, Fault> {
        Ok(self.proofs.verify(proven)?.0)
    }
}

/// A claim's parts.
pub(crate) fn read(claim: &Claim) -> Result<Proven<'_>, Fault> {
    Proven::read(claim).ok_or(Fault::Unsupported { what: claim.kind() })
}

impl Verifier for ZKProofEngine {
    fn verify(&self, claims: &[Claim]) -> Result<Vec<Verdict>, Fault> {
        Ok(self.verify_in_stages(claims)?.0)
    }
}

/// arkworks' verifying key as claims have it: no lengths between the points.
///
/// # Errors
/// Should a point not be encoded, which is not known to happen.
pub fn encode_key(key: &VerifyingKey<Bls12_381>) -> Result<Vec<u8>, SerializationError> {
    let mut bytes = Vec::new();
    key.alpha_g1.serialize_uncompressed(&mut bytes)?;
    for point in [key.beta_g2, key.gamma_g2, key.delta_g2] {
        point.serialize_uncompressed(&mut bytes)?;
    }
    key.gamma_abc_g1.iter().try_for_each(|point| point.serialize_uncompressed(&mut bytes))?;
    Ok(bytes)
}
