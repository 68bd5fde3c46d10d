//! arkworks, asked about one claim.

use ark_bls12_381::{Bls12_381, Fr, G1Affine, G2Affine};
use ark_ff::{BigInt, PrimeField};
use ark_groth16::{Groth16, Proof, VerifyingKey, prepare_verifying_key};
use ark_serialize::CanonicalDeserialize;
use erbium_gpu::claims::{Claim, Verdict};

/// A point that is where it should be. arkworks asks for the subgroup only where a point came uncompressed, and by formulas
/// that do not know the curve's constant: of points of an isomorphic curve it takes some.
fn g1(bytes: &[u8]) -> Option<G1Affine> {
    let point = G1Affine::deserialize_uncompressed(bytes).ok()?;
    point.is_on_curve().then_some(point)
}

fn g2(bytes: &[u8]) -> Option<G2Affine> {
    let point = G2Affine::deserialize_uncompressed(bytes).ok()?;
    point.is_on_curve().then_some(point)
}

fn input(bytes: &[u8]) -> Option<Fr> {
    let mut limbs = [0; 4];
    for (limb, bytes) in limbs.iter_mut().rev().zip(bytes.chunks(8)) {
        *limb = u64::from_be_bytes(bytes.try_into().ok()?);
    }
    Fr::from_bigint(BigInt(limbs))
}

fn key(bytes: &[u8], inputs: usize) -> Option<VerifyingKey<Bls12_381>> {
    if bytes.len() != 672 + 96 * (inputs + 1) {
        return None;
    }
    Some(VerifyingKey {
        alpha_g1: g1(&bytes[..96])?,
        beta_g2: g2(&bytes[96..288])?,
        gamma_g2: g2(&bytes[288..480])?,
        delta_g2: g2(&bytes[480..672])?,
        gamma_abc_g1: bytes[672..].chunks(96).map(g1).collect::<Option<_>>()?,
    })
}

/// What arkworks says of a claim; where it does not decode, invalid.
pub(crate) fn verdict(claim: &Claim) -> Verdict {
    let Claim::Groth16 { verifying_key, inputs, proof } = claim else { panic!("another claim") };
    let answer = || {
        let (words, []) = inputs.as_chunks::<32>() else { return None };
        let inputs: Vec<_> = words.iter().map(|word| input(word)).collect::<Option<_>>()?;
        let key = key(verifying_key, inputs.len())?;
        let proof = (proof.len() == 192).then(|| Proof::deserialize_compressed(&proof[..]).ok())??;
        Groth16::<Bls12_381>::verify_proof(&prepare_verifying_key(&key), &proof, &inputs).ok()
    };
    Verdict::from(answer().unwrap_or(false))
}
