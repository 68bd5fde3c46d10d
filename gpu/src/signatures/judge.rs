//! Answers of a chunk, compared and doubted.

use super::chunk::{Item, Mixture, Owner};
use super::options::{Failure, Recheck};
use super::plan::HASH;
use super::plant::Plant;
use super::random::Random;
use crate::cpu::dilithium::Params;
use crate::cpu::{CpuVerifier, Signed};
use erbium_claims::{DilithiumScheme, Verdict};
use erbium_shaders::common::pattern;
use rayon::prelude::*;

/// What was asked of an executor.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    pub(super) scheme: DilithiumScheme,
    pub(super) items: Vec<Item<'a>>,
    pub(super) plants: Vec<Plant>,
    pub(super) mixture: Mixture,
    /// Of the pattern that stood where answers were to come.
    pub(super) seed: u32,
}

/// What an answer says of its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    /// Nothing: the pattern is still there.
    None,
    /// The signature holds, or does not.
    Holds(bool),
    /// The plant's answer is right, or is not.
    Plant(bool),
}

/// Answers that a core compares at a time.
const BLOCK: usize = 256;
/// The c-tilde of the record so many further on is asked for meanwhile.
const AHEAD: usize = 8;

impl<'a> Asked<'a> {
    /// The c-tilde of each plant, computed on the processor: for the time while the executor works.
    pub(super) fn expected(&self) -> Vec<Option<[u8; 64]>> {
        self.plants.par_iter().map(|plant| plant.expected(self.scheme)).collect()
    }

    /// Whether each item holds as `words` say, in order.
    ///
    /// # Errors
    /// [`Failure::Wrong`] where an answer cannot be the executor's honest work.
    pub(super) fn judge(&self, words: &[u32], expected: &[Option<[u8; 64]>]) -> Result<Vec<bool>, Failure> {
        let wrong = |reason: String| Err(Failure::Wrong { reason });
        if words.len() != self.mixture.len() * HASH {
            return wrong(format!("{} words for {} signatures", words.len(), self.mixture.len()));
        }
        let answers = words.as_chunks::<HASH>().0.par_iter().enumerate().with_min_len(BLOCK);
        let answers: Vec<_> = answers.map(|(record, answer)| self.answer(record, answer, expected)).collect();
        let mut holds = Vec::with_capacity(self.items.len());
        for (record, answer) in answers.into_iter().enumerate() {
            match answer {
                Answer::None => {
                    return wrong(format!("signature {record} of a chunk has no answer: a pass did not run"));
                }
                Answer::Plant(false) => {
                    return wrong(format!("planted signature at {record} of a chunk was computed wrongly"));
                }
                Answer::Plant(true) => {}
                Answer::Holds(one) => holds.push(one),
            }
        }
        if holds.len() != self.items.len() {
            return wrong(format!("{} answers for {} signatures", holds.len(), self.items.len()));
        }
        Ok(holds)
    }

    fn answer(&self, record: usize, answer: &[u32; HASH], expected: &[Option<[u8; 64]>]) -> Answer {
        if let Owner::Item(number) = self.mixture.owner(record + AHEAD)
            && let Some(item) = self.items.get(number)
        {
            erbium_simd::prefetch(item.signed.signature, 1);
        }
        let place = (record * HASH) as u32;
        if answer.iter().zip(place..).all(|(word, place)| *word == pattern(self.seed, place)) {
            return Answer::None;
        }
        let bytes: [u8; 64] = bytemuck::cast(answer.map(u32::to_le));
        match self.mixture.owner(record) {
            Owner::Plant(number) => Answer::Plant(expected.get(number) == Some(&Some(bytes))),
            Owner::Item(number) => {
                let c_tilde_len = Params::of(self.scheme).c_tilde_len;
                let (c_tilde, padding) = bytes.split_at(c_tilde_len);
                let own = self.items.get(number).and_then(|item| item.signed.signature.get(..c_tilde_len));
                Answer::Holds(own == Some(c_tilde) && padding.iter().all(|byte| *byte == 0))
            }
        }
    }

    /// Checks on the processor what does not hold and a part of the rest.
    ///
    /// # Errors
    /// [`Failure::Wrong`] where the processor says otherwise, [`Failure::Processor`] where it says nothing.
    pub(super) fn recheck(
        &self,
        holds: &[bool],
        cpu: &CpuVerifier,
        recheck: Recheck,
        random: &mut Random,
    ) -> Result<(), Failure> {
        let mut again = recheck.places(holds.len(), random).into_iter().peekable();
        let doubted = self.items.iter().zip(holds).enumerate().filter_map(|(number, (item, holds))| {
            let is_taken = again.next_if_eq(&number).is_some();
            (is_taken || !holds).then_some((item, Verdict::from(*holds)))
        });
        let doubted: Vec<_> = doubted.collect();
        let signed: Vec<Signed<'_>> = doubted.iter().map(|(item, _)| item.signed).collect();
        let confirmed = cpu.verify_signed(&signed).map_err(|fault| Failure::Processor { fault })?;
        for ((item, found), confirmed) in doubted.iter().zip(confirmed) {
            if *found != confirmed {
                let reason = format!("claim {} was found {found:?} and is {confirmed:?}", item.index);
                return Err(Failure::Wrong { reason });
            }
        }
        Ok(())
    }
}
