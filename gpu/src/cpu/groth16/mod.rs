//! Groth16 proofs over BLS12-381, batch by batch.
//!
//! A batch is decoded, its points are checked for curve and subgroup, and what is left is judged by one equation with random
//! weights ([`equation`]); where that does not come out as it should, halves of it are ([`judge`]), and in the end single
//! proofs. Among the proofs of a batch stands a [plant](plant): an invalid one, whose known term the equation has to show, so
//! that neither one nor an answer to an earlier batch passes.

mod curve;
mod device_sum;
mod equation;
mod finish;
mod judge;
mod kernel_form;
mod key;
mod msm;
mod plant;
mod proof;
#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests;
mod weight;

pub(crate) use curve::Fp12;
pub(crate) use device_sum::{Doubled, fit, of_windows, plus};
#[cfg(test)]
pub(crate) use finish::honest;
pub(crate) use finish::{Member, expected, flaws, generator_multiples, of_keys, over, value, weights};
pub(crate) use kernel_form::{STEPS, fp12_from_kernel, g1_from_kernel};
pub(crate) use key::VerifyingKey;
pub use msm::{G1Point, g1_msm, g1_multiples};
pub(crate) use plant::{Plant, Secret, Wrong};
pub use proof::{compress_g1, compress_g2, compress_proof};
pub(crate) use weight::Weight;

use super::cache::KeyCache;
use crate::signatures::{Random, process_seed};
use curve::G1;
use equation::{Equation, Products};
use erbium_claims::{Claim, Fault, Groth16Parts, Verdict};
use judge::Judge;
use keccak_asm::{Digest, Keccak256};
use proof::{Item, Points};
use rayon::prelude::*;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use weight::Transcript;

/// Proofs from which on one equation for all is faster than one for each.
const WORTH_A_BATCH: usize = 4;

/// A Groth16 proof as a claim has it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Proven<'a> {
    pub(crate) verifying_key: &'a [u8],
    pub(crate) inputs: &'a [u8],
    pub(crate) proof: &'a [u8],
}

impl<'a> Proven<'a> {
    /// As what such claims are counted.
    pub(crate) const KIND: &'static str = "a Groth16 proof";

    /// Reads a claim; `None` where it is about something else.
    pub(crate) fn read(claim: &'a Claim) -> Option<Self> {
        let Claim::Groth16 { verifying_key, inputs, proof } = claim else { return None };
        Some(Self { verifying_key, inputs, proof })
    }
}

/// Where the time of a batch went. Each stage runs on all cores of the rayon pool and ends before the next begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stages {
    /// Claims cut into parts, verifying keys found or parsed.
    pub keys: Duration,
    /// Points of proofs decompressed.
    pub decode: Duration,
    /// Subgroup checks of those.
    pub subgroup: Duration,
    /// Transcript, and A times the weights.
    pub weights: Duration,
    /// Miller loops of A and B.
    pub miller: Duration,
    /// Sums per key, their Miller loops, the final exponentiation and what follows where that says no.
    pub finish: Duration,
}

/// Checks proofs.
pub(crate) struct Groth16 {
    keys: KeyCache<VerifyingKey>,
    plant: OnceLock<(Plant, Item)>,
    /// Batches so far: each has its plant at another place.
    batches: AtomicU64,
}

impl fmt::Debug for Groth16 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Groth16").finish_non_exhaustive()
    }
}

/// A claim of proper form.
struct Asked<'a> {
    parts: Groth16Parts<'a>,
    /// Of its key.
    hash: u64,
    /// Its place in the batch.
    index: usize,
}

/// Measures stages.
struct Watch(Instant);

impl Watch {
    fn stage(&mut self) -> Duration {
        let now = Instant::now();
        std::mem::replace(&mut self.0, now).elapsed()
    }
}

impl Groth16 {
    /// One that keeps up to so many bytes of parsed keys.
    pub(crate) fn new(cache_bytes: usize) -> Self {
        Self { keys: KeyCache::new(cache_bytes), plant: OnceLock::new(), batches: AtomicU64::new(0) }
    }

    /// The verdicts on a batch, order kept, on all cores of the current rayon pool, and how long each stage took.
    ///
    /// # Errors
    /// [`Fault`] where the process has no random bytes.
    pub(crate) fn verify(&self, batch: &[Proven<'_>]) -> Result<(Vec<Verdict>, Stages), Fault> {
        let mut watch = Watch(Instant::now());
        let mut stages = Stages::default();
        let asked = self.with_keys(batch);
        stages.keys = watch.stage();
        let points: Vec<_> = asked.par_iter().map(|(asked, _)| Points::decode(&asked.parts)).collect();
        stages.decode = watch.stage();
        let inside: Vec<_> =
            points.into_par_iter().map(|points| points.filter(Points::in_subgroups)).collect();
        stages.subgroup = watch.stage();

        let (mut items, mut digests, mut indices) = (Vec::new(), Vec::new(), Vec::new());
        for ((asked, key), points) in asked.into_iter().zip(inside) {
            if let Some(points) = points {
                items.push(Item::new(&asked.parts, key, points));
                digests.push(asked.parts);
                indices.push(asked.index);
            }
        }
        let mut verdicts = vec![Verdict::Invalid; batch.len()];
        let holds: Vec<bool> = if items.len() < WORTH_A_BATCH {
            let holds = items.par_iter().map(Item::holds).collect();
            stages.finish = watch.stage();
            holds
        } else {
            self.combined(items, &digests, &mut watch, &mut stages)?
        };
        for (index, holds) in indices.into_iter().zip(holds) {
            if let Some(verdict) = verdicts.get_mut(index) {
                *verdict = holds.into();
            }
        }
        Ok((verdicts, stages))
    }

    /// Claims of proper form whose keys are keys, those with one key together.
    fn with_keys<'a>(&self, batch: &[Proven<'a>]) -> Vec<(Asked<'a>, Arc<VerifyingKey>)> {
        let read = |(index, proven): (usize, &Proven<'a>)| {
            let parts = Groth16Parts::read(proven.verifying_key, proven.inputs, proven.proof)?;
            Some(Asked { parts, hash: self.keys.hash(0, parts.key), index })
        };
        let mut asked: Vec<_> = batch.par_iter().enumerate().filter_map(read).collect();
        asked.sort_unstable_by_key(|asked| (asked.hash, asked.index));
        let same_key = |a: &Asked<'_>, b: &Asked<'_>| a.parts.key == b.parts.key;
        let runs: Vec<_> = asked.chunk_by(same_key).collect();
        let keys: Vec<_> = runs.par_iter().map(|run| run.first().and_then(|first| self.key(first))).collect();
        let lengths: Vec<_> = runs.iter().map(|run| run.len()).collect();
        let mut keys = keys.into_iter().zip(lengths).flat_map(|(key, len)| std::iter::repeat_n(key, len));
        asked.into_iter().filter_map(|asked| Some((asked, keys.next()??))).collect()
    }

    /// The key of a claim, kept or parsed; `None` where it is none.
    fn key(&self, asked: &Asked<'_>) -> Option<Arc<VerifyingKey>> {
        let kept = self.keys.get(asked.hash, 0, asked.parts.key);
        kept.or_else(|| {
            let key = Arc::new(VerifyingKey::read(&asked.parts)?);
            self.keys.insert(asked.hash, 0, asked.parts.key, &key);
            Some(key)
        })
    }

    /// Whether each item holds, by one equation for all.
    fn combined(
        &self,
        mut items: Vec<Item>,
        parts: &[Groth16Parts<'_>],
        watch: &mut Watch,
        stages: &mut Stages,
    ) -> Result<Vec<bool>, Fault> {
        let seed = process_seed().map_err(|error| Fault::Coprocessor { reason: error.to_string() })?;
        let (plant, planted) = self.plant(&seed)?;
        let number = self.batches.fetch_add(1, Ordering::Relaxed);
        let place = Random::new(&seed, number).below(items.len() + 1);
        let count = items.len();

        let digests: Vec<[u8; 32]> = parts.par_iter().map(digest).collect();
        let mut transcript = Transcript::new(&seed);
        for (item, digest) in items.iter().zip(&digests) {
            transcript = transcript.absorb(&item.key.digest, digest);
        }
        items.insert(place, planted.clone());
        let weights = transcript.weights(items.len());
        let equation = Equation { items: &items, weights: &weights };
        let grain = Products::grain(items.len());
        let pieces: Vec<_> =
            (0..items.len()).step_by(grain).map(|from| from..(from + grain).min(items.len())).collect();
        let weighted: Vec<Vec<G1>> = pieces.par_iter().map(|piece| equation.weigh(piece.clone())).collect();
        stages.weights = watch.stage();

        let products = pieces
            .par_iter()
            .zip(&weighted)
            .map(|(piece, weighted)| equation.miller(piece.clone(), weighted))
            .collect();
        stages.miller = watch.stage();

        let weight = weights.get(place).copied().unwrap_or_default();
        let plants = vec![(place, curve::gt_weighted(&plant.term, weight))];
        let judge = Judge::new(equation, Products::new(products, grain), plants);
        let mut holds = vec![true; items.len()];
        if let Some(invalid) = judge.invalid() {
            if invalid.iter().all(|found| *found == place) {
                // One by one, all of them hold.
                tracing::error!(batch = count, "a combined check came out wrong, and no proof is to blame");
            }
            for found in invalid {
                if let Some(holds) = holds.get_mut(found) {
                    *holds = false;
                }
            }
        }
        holds.remove(place);
        stages.finish = watch.stage();
        Ok(holds)
    }

    /// The process's plant, and as what it is put into batches.
    fn plant(&self, seed: &[u8; 32]) -> Result<&(Plant, Item), Fault> {
        if let Some(planted) = self.plant.get() {
            return Ok(planted);
        }
        let plant = Plant::new(seed);
        let item = Groth16Parts::read(&plant.verifying_key, &plant.inputs, &plant.proof).and_then(|parts| {
            let key = Arc::new(VerifyingKey::read(&parts)?);
            Some(Item::new(&parts, key, Points::decode(&parts).filter(Points::in_subgroups)?))
        });
        let item =
            item.ok_or_else(|| Fault::Coprocessor { reason: "a planted proof does not decode".to_owned() })?;
        Ok(self.plant.get_or_init(|| (plant, item)))
    }
}

/// What the transcript takes in of a claim besides its key.
fn digest(parts: &Groth16Parts<'_>) -> [u8; 32] {
    let hash = Keccak256::new().chain_update(parts.a).chain_update(parts.b).chain_update(parts.c);
    hash.chain_update(parts.inputs.as_flattened()).finalize().into()
}
