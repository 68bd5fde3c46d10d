//! Proofs to check, and arkworks, which checks them too.

use ark_bls12_381::{Bls12_381, Fr, G1Affine, G1Projective, G2Affine, G2Projective};
use ark_ec::{CurveGroup, PrimeGroup, VariableBaseMSM};
use ark_ff::{BigInteger, PrimeField};
use ark_groth16::{Groth16, PreparedVerifyingKey, Proof, VerifyingKey, prepare_verifying_key};
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize, SerializationError};
use erbium::vm::claims::Claim;
use rayon::prelude::*;

/// Different proofs of a sample; larger batches have them more than once, which helps nobody.
const DISTINCT: usize = 256;

/// A key made of known numbers, and valid proofs under it.
pub(super) struct Sample {
    pub(super) key: Vec<u8>,
    pub(super) prepared: PreparedVerifyingKey<Bls12_381>,
    /// Public inputs of a proof, 32 bytes each, and the proof.
    proofs: Vec<(Vec<u8>, Vec<u8>)>,
}

/// How arkworks sums public inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InputSum {
    /// One by one, as the crate does.
    OneByOne,
    /// As one multi-scalar multiplication.
    Msm,
}

/// Numbers that look random, the same in every run.
pub(super) struct Numbers(u64);

impl Numbers {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Splitmix64.
    fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    pub(super) fn bytes(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        for part in bytes.as_chunks_mut::<8>().0 {
            *part = self.word().to_le_bytes();
        }
        bytes
    }

    fn next(&mut self) -> Fr {
        Fr::from_le_bytes_mod_order(&self.bytes())
    }
}

impl Sample {
    /// A key with so many public inputs and proofs for a batch of `batch`.
    pub(super) fn new(inputs: usize, batch: usize) -> Result<Self, SerializationError> {
        let mut numbers = Numbers::new(inputs as u64);
        let [alpha, beta, gamma, delta] = std::array::from_fn(|_| numbers.next());
        let ic: Vec<_> = (0..=inputs).map(|_| numbers.next()).collect();
        let g1 = |number: &Fr| (G1Projective::generator() * number).into_affine();
        let g2 = |number: &Fr| (G2Projective::generator() * number).into_affine();
        let key = VerifyingKey::<Bls12_381> {
            alpha_g1: g1(&alpha),
            beta_g2: g2(&beta),
            gamma_g2: g2(&gamma),
            delta_g2: g2(&delta),
            gamma_abc_g1: ic.par_iter().map(g1).collect(),
        };
        let proofs = (0..batch.min(DISTINCT)).into_par_iter().map(|at| {
            let mut numbers = Numbers::new((1 + at as u64) << 32);
            let [a, b] = [numbers.next(), numbers.next()];
            let publics: Vec<_> = (0..inputs).map(|_| numbers.next()).collect();
            let sum = ic.iter().skip(1).zip(&publics).fold(ic[0], |sum, (ic, public)| sum + *ic * public);
            let c = (a * b - alpha * beta - sum * gamma) / delta;
            let mut bytes = Vec::with_capacity(192);
            Proof::<Bls12_381> { a: g1(&a), b: g2(&b), c: g1(&c) }.serialize_compressed(&mut bytes)?;
            Ok((publics.iter().flat_map(|public| public.into_bigint().to_bytes_be()).collect(), bytes))
        });
        Ok(Self {
            proofs: proofs.collect::<Result<_, SerializationError>>()?,
            key: encode(&key)?,
            prepared: prepare_verifying_key(&key),
        })
    }

    /// So many claims.
    pub(super) fn claims(&self, count: usize) -> Vec<Claim> {
        let claim = |(inputs, proof): &(Vec<u8>, Vec<u8>)| Claim::Groth16 {
            verifying_key: self.key.clone(),
            inputs: inputs.clone(),
            proof: proof.clone(),
        };
        self.proofs.iter().cycle().take(count).map(claim).collect()
    }

    /// Whether arkworks finds so many proofs valid, each by itself and from its bytes, over the threads of the current pool;
    /// with `cold`, the key is decoded as well, once.
    pub(super) fn holds(&self, count: usize, sum: InputSum, cold: bool) -> Result<bool, SerializationError> {
        let decoded;
        let prepared = if cold {
            decoded = prepare_verifying_key(&decode(&self.key)?);
            &decoded
        } else {
            &self.prepared
        };
        let proofs: Vec<_> = self.proofs.iter().cycle().take(count).collect();
        if rayon::current_num_threads() == 1 {
            return proofs.iter().try_fold(true, |all, proof| Ok(all & holds(prepared, proof, sum)?));
        }
        let each: Vec<_> =
            proofs.par_iter().map(|proof| holds(prepared, proof, sum)).collect::<Result<_, _>>()?;
        Ok(each.into_iter().all(|holds| holds))
    }
}

fn holds(
    prepared: &PreparedVerifyingKey<Bls12_381>,
    (inputs, proof): &(Vec<u8>, Vec<u8>),
    sum: InputSum,
) -> Result<bool, SerializationError> {
    let proof = Proof::<Bls12_381>::deserialize_compressed(&proof[..])?;
    let inputs: Vec<_> =
        inputs.as_chunks::<32>().0.iter().map(|word| Fr::from_be_bytes_mod_order(word)).collect();
    let checked = match sum {
        InputSum::OneByOne => Groth16::<Bls12_381>::verify_proof(prepared, &proof, &inputs),
        InputSum::Msm => {
            let (constant, points) =
                prepared.vk.gamma_abc_g1.split_first().ok_or(SerializationError::InvalidData)?;
            let sum =
                G1Projective::msm(points, &inputs).map_err(|_| SerializationError::InvalidData)? + constant;
            Groth16::<Bls12_381>::verify_proof_with_prepared_inputs(prepared, &proof, &sum)
        }
    };
    checked.map_err(|_| SerializationError::InvalidData)
}

/// The bytes that claims have: no lengths between the points.
fn encode(key: &VerifyingKey<Bls12_381>) -> Result<Vec<u8>, SerializationError> {
    let mut bytes = Vec::new();
    key.alpha_g1.serialize_uncompressed(&mut bytes)?;
    for point in [key.beta_g2, key.gamma_g2, key.delta_g2] {
        point.serialize_uncompressed(&mut bytes)?;
    }
    key.gamma_abc_g1.iter().try_for_each(|point| point.serialize_uncompressed(&mut bytes))?;
    Ok(bytes)
}

fn decode(bytes: &[u8]) -> Result<VerifyingKey<Bls12_381>, SerializationError> {
    let (mut head, ic) = bytes.split_at_checked(672).ok_or(SerializationError::InvalidData)?;
    let g2 = |head: &mut &[u8]| G2Affine::deserialize_uncompressed(head);
    Ok(VerifyingKey {
        alpha_g1: G1Affine::deserialize_uncompressed(&mut head)?,
        beta_g2: g2(&mut head)?,
        gamma_g2: g2(&mut head)?,
        delta_g2: g2(&mut head)?,
        gamma_abc_g1: ic.chunks(96).map(G1Affine::deserialize_uncompressed).collect::<Result<_, _>>()?,
    })
}
