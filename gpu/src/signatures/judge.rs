//! Answers of a chunk, compared and doubted.

use super::kernels::{Failure, Recheck};
use super::plan::HASH;
use super::plant::Plant;
use super::random::Random;
use crate::cpu::{CpuVerifier, Signed};
use erbium_claims::{DilithiumScheme, Verdict};
use erbium_shaders::common::pattern;
use rayon::prelude::*;

/// A record's owner.
#[derive(Clone, Copy, Debug)]
pub(super) enum Owner<'a> {
    /// The claim with this place in the batch.
    Claim(usize, Signed<'a>),
    /// The plant with this number.
    Plant(usize),
}

/// What was asked of an executor.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    pub(super) scheme: DilithiumScheme,
    pub(super) owners: Vec<Owner<'a>>,
    pub(super) plants: Vec<Plant>,
    /// Of the pattern that stood where answers were to come.
    pub(super) seed: u32,
}

impl<'a> Asked<'a> {
    /// The c-tilde of each plant, computed on the processor: for the time while the executor works.
    pub(super) fn expected(&self) -> Vec<Option<[u8; 64]>> {
        self.plants.par_iter().map(|plant| plant.expected(self.scheme)).collect()
    }

    /// The verdicts that `words` say, by the claim's place in the batch.
    ///
    /// # Errors
    /// [`Failure::Wrong`] where an answer cannot be the executor's honest work.
    pub(super) fn judge(
        &self,
        words: &[u32],
        expected: &[Option<[u8; 64]>],
        cpu: &CpuVerifier,
        recheck: Option<Recheck>,
        random: &mut Random,
    ) -> Result<Vec<(usize, Verdict)>, Failure> {
        let wrong = |reason: String| Err(Failure::Wrong { reason });
        if words.len() != self.owners.len() * HASH {
            return wrong(format!("{} words for {} signatures", words.len(), self.owners.len()));
        }
        let answers = words.as_chunks::<HASH>().0;
        let c_tilde_len = crate::cpu::dilithium::Params::of(self.scheme).c_tilde_len;
        let (mut verdicts, mut doubted) = (Vec::with_capacity(self.owners.len()), Vec::new());
        for (i, (owner, answer)) in self.owners.iter().zip(answers).enumerate() {
            let place = (i * HASH) as u32;
            if answer.iter().zip(place..).all(|(word, place)| *word == pattern(self.seed, place)) {
                return wrong(format!("signature {i} of a chunk has no answer: a pass did not run"));
            }
            let bytes: [u8; 64] = bytemuck::cast(answer.map(u32::to_le));
            match owner {
                Owner::Plant(number) => {
                    if expected.get(*number) != Some(&Some(bytes)) {
                        return wrong(format!("planted signature {number} of a chunk was computed wrongly"));
                    }
                }
                Owner::Claim(index, signed) => {
                    let (c_tilde, padding) = bytes.split_at(c_tilde_len);
                    let holds = signed.signature.get(..c_tilde_len) == Some(c_tilde)
                        && padding.iter().all(|byte| *byte == 0);
                    verdicts.push((*index, Verdict::from(holds)));
                    if recheck.is_some_and(|recheck| !holds || recheck.takes(random)) {
                        doubted.push((*index, *signed, Verdict::from(holds)));
                    }
                }
            }
        }
        let signed: Vec<_> = doubted.iter().map(|(_, signed, _)| *signed).collect();
        let confirmed = cpu.verify_signed(&signed).map_err(|fault| Failure::Processor { fault })?;
        for ((index, _, found), confirmed) in doubted.iter().zip(confirmed) {
            if *found != confirmed {
                return wrong(format!("claim {index} was found {found:?} and is {confirmed:?}"));
            }
        }
        Ok(verdicts)
    }
}
