//! Who else answers: crate `bulletproofs` for the proofs, plain point arithmetic for the excess.

use bulletproofs::{BulletproofGens, PedersenGens, RangeProof};
use curve25519_dalek::ristretto::CompressedRistretto;
use curve25519_dalek::{RistrettoPoint, Scalar};
use erbium_claims::{Claim, Verdict, Verifier};
use erbium_gpu::CpuVerifier;
use merlin::Transcript;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use std::sync::LazyLock;

pub(crate) static GENERATORS: LazyLock<BulletproofGens> = LazyLock::new(|| BulletproofGens::new(64, 16));

pub(crate) fn ours(claims: &[Claim]) -> Vec<Verdict> {
    CpuVerifier::new().verify(claims).unwrap()
}

/// A claim about `values`, proven by the crate under any label.
pub(crate) fn prove(label: &[u8], bits: usize, values: &[u64], seed: [u8; 32]) -> Claim {
    let mut random = ChaCha20Rng::from_seed(seed);
    let blindings: Vec<_> =
        (0..values.len()).map(|index| Scalar::from(index as u64 + 1) - Scalar::from(7u8)).collect();
    let mut transcript = Transcript::new(label.to_vec().leak());
    let (proof, commitments) = RangeProof::prove_multiple_with_rng(
        &GENERATORS,
        &PedersenGens::default(),
        &mut transcript,
        values,
        &blindings,
        bits,
        &mut random,
    )
    .unwrap();
    Claim::RangeProof {
        bits: bits as u8,
        label: label.to_vec(),
        commitments: commitments.iter().map(|point| point.to_bytes()).collect(),
        proof: proof.to_bytes(),
    }
}

/// The crate's verdict, with our rule on how many values a proof may have.
pub(crate) fn theirs(claim: &Claim) -> Verdict {
    match claim {
        Claim::RangeProof { bits, label, commitments, proof } => {
            range(usize::from(*bits), label, commitments, proof).into()
        }
        Claim::ConfidentialTransfer { chain_id, body } => {
            transfer(*chain_id, body).is_some_and(|holds| holds).into()
        }
        _ => unreachable!("other claims are not made here"),
    }
}

fn range(bits: usize, label: &[u8], commitments: &[[u8; 32]], proof: &[u8]) -> bool {
    let Ok(proof) = RangeProof::from_bytes(proof) else { return false };
    if ![1, 2, 4, 8, 16].contains(&commitments.len()) {
        return false;
    }
    let commitments: Vec<_> = commitments.iter().copied().map(CompressedRistretto).collect();
    let mut transcript = Transcript::new(label.to_vec().leak());
    let mut random = ChaCha20Rng::from_seed([9; 32]);
    let gens = PedersenGens::default();
    proof
        .verify_multiple_with_rng(&GENERATORS, &gens, &mut transcript, &commitments, bits, &mut random)
        .is_ok()
}

/// The transfer cut by plain offsets, its equation computed point by point.
fn transfer(chain_id: u64, body: &[u8]) -> Option<bool> {
    let (inputs, outputs) = (usize::from(*body.get(32)?), usize::from(*body.get(33)?));
    let fee = u64::from_be_bytes(body.get(34..42)?.try_into().ok()?);
    let element = |at: usize| -> Option<[u8; 32]> { body.get(at..at + 32)?.try_into().ok() };
    let all = |from: usize, count: usize| (0..count).map(move |index| element(from + 32 * index));
    let spent = all(42, inputs).collect::<Option<Vec<_>>>()?;
    let made = all(42 + 32 * inputs, outputs).collect::<Option<Vec<_>>>()?;
    let end = body.len().checked_sub(64)?;
    let proof = body.get(42 + 32 * (inputs + outputs)..end)?;
    let point = |bytes: &[u8; 32]| CompressedRistretto(*bytes).decompress();
    let mut sorted = spent.clone();
    sorted.sort_unstable();
    sorted.dedup();
    if !(1..=16).contains(&inputs) || sorted.len() != inputs || !range(64, b"erbium/ctx/v1", &made, proof) {
        return Some(false);
    }
    let nonce = point(&element(end)?)?;
    let response = Scalar::from_canonical_bytes(element(end + 32)?).into_option()?;
    let gens = PedersenGens::default();
    let mut excess = -(gens.B * Scalar::from(fee));
    for input in &spent {
        excess += point(input)?;
    }
    for output in &made {
        excess -= point(output)?;
    }
    let mut transcript = Transcript::new(b"erbium/ctx/excess/v1");
    transcript.append_u64(b"chain", chain_id);
    transcript.append_message(b"body", body.get(..body.len() - 32)?);
    let mut wide = [0; 64];
    transcript.challenge_bytes(b"c", &mut wide);
    let challenge = Scalar::from_bytes_mod_order_wide(&wide);
    let right: RistrettoPoint = nonce + excess * challenge;
    Some(gens.B_blinding * response == right)
}

/// Encodings at the edges: of points (the identity, a negative and a non-canonical one, p - 1, p, the order-2 and order-4
/// points' y, the base point) and of scalars (0, 1, l - 1, l, l + 1, all ones).
pub(crate) fn edges() -> Vec<[u8; 32]> {
    let mut p = [0xff; 32];
    (p[0], p[31]) = (0xed, 0x7f);
    let shifted = |mut bytes: [u8; 32], by: i8| {
        bytes[0] = bytes[0].wrapping_add_signed(by);
        bytes
    };
    let minus_one = (-Scalar::ONE).to_bytes();
    let base = PedersenGens::default().B.compress().to_bytes();
    let mut high = base;
    high[31] |= 0x80;
    vec![
        [0; 32],
        Scalar::ONE.to_bytes(),
        [0xff; 32],
        p,
        shifted(p, -1),
        shifted(p, 1),
        minus_one,
        shifted(minus_one, 1),
        shifted(minus_one, 2),
        base,
        high,
        (-PedersenGens::default().B).compress().to_bytes(),
        PedersenGens::default().B_blinding.compress().to_bytes(),
    ]
}
