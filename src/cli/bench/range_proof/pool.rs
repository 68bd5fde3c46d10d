//! Range proofs to check, and the crate that checks them one by one.

use bulletproofs::{BulletproofGens, PedersenGens, RangeProof};
use curve25519_dalek::ristretto::CompressedRistretto;
use erbium::gpu::CpuDeriver;
use erbium::vm::claims::{Claim, Derivation, Deriver, Fault, RANGE_LABEL};
use merlin::Transcript;
use primitive_types::{H256, U256};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use rayon::prelude::*;

/// Proofs that are made; longer batches have each of them more than once, which saves neither side any work.
const MADE: usize = 64;

/// `count` claims that `values` values lie below 2^`bits`.
pub(super) fn claims(bits: u8, values: usize, count: usize) -> Result<Vec<Claim>, Fault> {
    let made = (0..count.min(MADE))
        .into_par_iter()
        .map(|index| claim(bits, values, index))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(made.into_iter().cycle().take(count).collect())
}

fn claim(bits: u8, values: usize, index: usize) -> Result<Claim, Fault> {
    let number = |place: usize| (index * values + place) as u64;
    let derivation = Derivation::RangeProof {
        bits,
        values: (0..values)
            .map(|place| number(place).wrapping_mul(0x9e37_79b9) & (u64::MAX >> (64 - bits)))
            .collect(),
        blindings: (0..values).map(|place| U256::from(number(place) + 1) << 128).collect(),
        seed: H256::from_low_u64_be(index as u64),
    };
    let malformed = || Fault::Coprocessor { reason: "a range proof could not be made".to_owned() };
    let answer = CpuDeriver.derive(&derivation)?.map_err(|_| malformed())?;
    let (commitments, proof) =
        answer.get(32..).and_then(|rest| rest.split_at_checked(32 * values)).ok_or_else(malformed)?;
    Ok(Claim::RangeProof {
        bits,
        label: RANGE_LABEL.to_vec(),
        commitments: commitments.as_chunks().0.to_vec(),
        proof: proof.to_vec(),
    })
}

/// The claim made false, in a way that shows only in the sum: its last scalar is another one.
pub(super) fn spoil(claim: &mut Claim) {
    if let Claim::RangeProof { proof, .. } = claim
        && let Some(byte) = proof.len().checked_sub(32).and_then(|at| proof.get_mut(at))
    {
        *byte ^= 1;
    }
}

/// Crate `bulletproofs`, with generators for the largest proofs.
pub(super) struct Library {
    generators: BulletproofGens,
    pedersen: PedersenGens,
}

impl Library {
    pub(super) fn new() -> Self {
        Self { generators: BulletproofGens::new(64, 16), pedersen: PedersenGens::default() }
    }

    /// What the crate says of a claim.
    pub(super) fn verify(&self, claim: &Claim) -> bool {
        let Claim::RangeProof { bits, commitments, proof, .. } = claim else { return false };
        let Ok(proof) = RangeProof::from_bytes(proof) else { return false };
        let commitments: Vec<_> = commitments.iter().copied().map(CompressedRistretto).collect();
        let mut random = ChaCha20Rng::from_seed([7; 32]);
        let mut transcript = Transcript::new(RANGE_LABEL);
        let (generators, pedersen) = (&self.generators, &self.pedersen);
        let bits = usize::from(*bits);
        proof
            .verify_multiple_with_rng(generators, pedersen, &mut transcript, &commitments, bits, &mut random)
            .is_ok()
    }
}
