//! Derivations.

use super::privacy;
use crate::counter;
use erbium_claims::{Bytes, Derivation, Deriver, DilithiumScheme, Fault, Halt};
use ml_dsa::{
    KeyExport, Keypair, MlDsa44, MlDsa65, MlDsa87, MlDsaParams, Seed, SignatureEncoding, SigningKey,
};
use primitive_types::H256;

/// Computes derivations with crate `ml-dsa`: ML-DSA-44, -65 and -87 keys and signatures of FIPS 204 from the 32-byte
/// seed (algorithms 2 and 6), deterministic, pure, with an empty context.
///
/// The other Dilithium schemes only verify: for them both halt the asking frame. Keys are built anew for every
/// question, and the crate overwrites them with zeros when they are dropped; the seed is read where the caller keeps it.
///
/// Pedersen commitments and range proofs are those of crate `bulletproofs`, stealth addresses those of ERC-5564. What is no
/// scalar, no key or no point halts the asking frame too. A scan of announcements runs on all cores.
///
/// Not there yet, and [`Fault::Unsupported`]: every other derivation.
#[derive(Clone, Copy, Debug, Default)]
pub struct CpuDeriver;

impl Deriver for CpuDeriver {
    fn derive(&self, derivation: &Derivation) -> Result<Result<Bytes, Halt>, Fault> {
        let derived = match derivation {
            Derivation::DilithiumSign { scheme, seed, message } => match scheme {
                DilithiumScheme::MlDsa44 => Ok(sign::<MlDsa44>(seed, message)?),
                DilithiumScheme::MlDsa65 => Ok(sign::<MlDsa65>(seed, message)?),
                DilithiumScheme::MlDsa87 => Ok(sign::<MlDsa87>(seed, message)?),
                _ => Err(Halt::QuantumSecurityViolation),
            },
            Derivation::DilithiumKeygen { scheme, seed } => match scheme {
                DilithiumScheme::MlDsa44 => Ok(public_key::<MlDsa44>(seed)),
                DilithiumScheme::MlDsa65 => Ok(public_key::<MlDsa65>(seed)),
                DilithiumScheme::MlDsa87 => Ok(public_key::<MlDsa87>(seed)),
                _ => Err(Halt::QuantumSecurityViolation),
            },
            Derivation::PedersenCommit { value, blinding } => privacy::pedersen_commit(value, blinding),
            Derivation::RangeProof { bits, values, blindings, seed } => {
                privacy::range_proof(*bits, values, blindings, seed)
            }
            Derivation::StealthAddress { ephemeral_key, meta_address } => {
                privacy::stealth_address(ephemeral_key, meta_address)
            }
            Derivation::StealthScan { view_key, spend_public_key, announcements } => {
                privacy::stealth_scan(view_key, spend_public_key, announcements)
            }
            _ => return Err(Fault::Unsupported { what: derivation.kind() }),
        };
        let kind = derivation.kind();
        metrics::counter!(counter::DERIVATIONS, "backend" => "cpu", "kind" => kind).increment(1);
        tracing::debug!(kind, halted = derived.is_err(), "derived");
        Ok(derived)
    }
}

/// Algorithm 2 of FIPS 204 in its deterministic variant.
fn sign<P: MlDsaParams>(seed: &H256, message: &[u8]) -> Result<Bytes, Fault> {
    let key = key::<P>(seed);
    let signature = key.expanded_key().sign_deterministic(message, &[]).map_err(|_| Fault::Coprocessor {
        // All 2^16 nonces used up: with one attempt in five or so accepted, this is never seen.
        reason: "signing ran out of nonces".into(),
    })?;
    Ok(signature.to_bytes().to_vec())
}

/// Public key of algorithm 6 of FIPS 204.
fn public_key<P: MlDsaParams>(seed: &H256) -> Bytes {
    key::<P>(seed).verifying_key().to_bytes().to_vec()
}

fn key<P: MlDsaParams>(seed: &H256) -> SigningKey<P> {
    let seed: &Seed = (&seed.0).into();
    SigningKey::from_seed(seed)
}
