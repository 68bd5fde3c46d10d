//! Commitments, range proofs and confidential transfers in the making.

use super::generators::{MAX_BITS, MAX_VALUES, pedersen};
use bulletproofs::{BulletproofGens, RangeProof};
use curve25519_dalek::{RistrettoPoint, Scalar};
use erbium_claims::{Bytes, EXCESS_LABEL, RANGE_LABEL, TRANSFER_LABEL, range_proof_len};
use merlin::Transcript;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use std::sync::OnceLock;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// What opens a commitment. Wiped when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Opening {
    /// The amount.
    pub value: u64,
    /// The blinding.
    pub blinding: Scalar,
}

impl Opening {
    /// An opening whose blinding is a number of 64 bytes, little-endian, reduced.
    pub fn from_wide(value: u64, blinding: &[u8; 64]) -> Self {
        Self { value, blinding: Scalar::from_bytes_mod_order_wide(blinding) }
    }

    /// An opening whose blinding is a number below l, little-endian; `None` where it is not below.
    pub fn from_canonical(value: u64, blinding: &[u8; 32]) -> Option<Self> {
        let blinding = Scalar::from_canonical_bytes(*blinding).into_option()?;
        Some(Self { value, blinding })
    }

    /// The compressed commitment.
    pub fn commit(&self) -> [u8; 32] {
        commit(&Scalar::from(self.value), &self.blinding)
    }
}

/// The compressed commitment `value` B + `blinding` B~.
pub(crate) fn commit(value: &Scalar, blinding: &Scalar) -> [u8; 32] {
    pedersen().commit(*value, *blinding).compress().to_bytes()
}

/// The commitments and the proof that all openings' values are below 2^`bits`, its randomness `ChaCha20Rng::from_seed`.
/// `None` where the sizes are none that proofs have, or a value is out of range.
pub(crate) fn prove_range(
    bits: usize,
    openings: &[Opening],
    seed: &[u8; 32],
) -> Option<(Vec<[u8; 32]>, Bytes)> {
    prove(RANGE_LABEL, bits, openings, &mut ChaCha20Rng::from_seed(*seed))
}

fn prove(
    label: &'static [u8],
    bits: usize,
    openings: &[Opening],
    random: &mut ChaCha20Rng,
) -> Option<(Vec<[u8; 32]>, Bytes)> {
    static GENERATORS: OnceLock<BulletproofGens> = OnceLock::new();
    range_proof_len(bits, openings.len())?;
    // The crate would make a proof that does not hold.
    let limit = u64::MAX >> (64 - bits);
    if openings.iter().any(|opening| opening.value > limit) {
        return None;
    }
    let generators = GENERATORS.get_or_init(|| BulletproofGens::new(MAX_BITS, MAX_VALUES));
    let values: Zeroizing<Vec<_>> = openings.iter().map(|opening| opening.value).collect::<Vec<_>>().into();
    let blindings: Zeroizing<Vec<_>> =
        openings.iter().map(|opening| opening.blinding).collect::<Vec<_>>().into();
    let mut transcript = Transcript::new(label);
    let (proof, commitments) = RangeProof::prove_multiple_with_rng(
        generators,
        pedersen(),
        &mut transcript,
        &values,
        &blindings,
        bits,
        random,
    )
    .ok()?;
    Some((commitments.iter().map(|point| point.to_bytes()).collect(), proof.to_bytes()))
}

/// Why a confidential transfer cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransferError {
    /// Outside of what a transfer may have.
    #[error("a transfer has 1 to 16 inputs and 1, 2, 4, 8 or 16 outputs")]
    Counts,
    /// What comes in is not what goes out.
    #[error("the inputs are not the outputs and the fee together")]
    Unbalanced,
    /// The same commitment twice.
    #[error("an input stands there twice")]
    Repeated,
}

/// The bytes of a confidential transfer on the chain with this id: `inputs` are spent, `outputs` are made, `fee` is paid in
/// the open. Its randomness is ChaCha20 from `seed`, which must not serve for another transfer.
///
/// # Errors
/// [`TransferError`].
pub fn make_transfer(
    chain_id: u64,
    context: &[u8; 32],
    fee: u64,
    inputs: &[Opening],
    outputs: &[Opening],
    seed: &[u8; 32],
) -> Result<Bytes, TransferError> {
    let total = |openings: &[Opening]| openings.iter().map(|opening| u128::from(opening.value)).sum::<u128>();
    if !(1..=16).contains(&inputs.len()) || range_proof_len(MAX_BITS, outputs.len()).is_none() {
        return Err(TransferError::Counts);
    }
    if total(inputs) != total(outputs) + u128::from(fee) {
        return Err(TransferError::Unbalanced);
    }
    let spent: Vec<_> = inputs.iter().map(Opening::commit).collect();
    if spent.iter().enumerate().any(|(at, input)| spent.iter().take(at).any(|other| other == input)) {
        return Err(TransferError::Repeated);
    }
    let mut random = ChaCha20Rng::from_seed(*seed);
    let (made, proof) = prove(TRANSFER_LABEL, MAX_BITS, outputs, &mut random).ok_or(TransferError::Counts)?;
    // Both counts are at most 16.
    let counts = [inputs.len() as u8, outputs.len() as u8];
    let mut body =
        [&context[..], &counts, &fee.to_be_bytes(), &spent.concat(), &made.concat(), &proof].concat();

    // The value of E is 0: it is a multiple of B~ alone, and who knows which signs for it.
    let blindings = |openings: &[Opening]| openings.iter().map(|opening| opening.blinding).sum::<Scalar>();
    let key = Zeroizing::new(blindings(inputs) - blindings(outputs));
    let mut wide = Zeroizing::new([0; 64]);
    random.fill_bytes(&mut *wide);
    let nonce = Zeroizing::new(Scalar::from_bytes_mod_order_wide(&wide));
    let point: RistrettoPoint = pedersen().B_blinding * *nonce;
    body.extend(point.compress().to_bytes());
    let mut transcript = Transcript::new(EXCESS_LABEL);
    transcript.append_u64(b"chain", chain_id);
    transcript.append_message(b"body", &body);
    let mut challenge = [0; 64];
    transcript.challenge_bytes(b"c", &mut challenge);
    let response = *nonce + Scalar::from_bytes_mod_order_wide(&challenge) * *key;
    body.extend(response.to_bytes());
    Ok(body)
}
