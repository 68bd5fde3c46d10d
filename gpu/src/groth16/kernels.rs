//! Batches through an executor.

use super::plan::{self, MAX_PROOFS};
use super::pool::{G1_INFINITY, Pool};
use super::question::{Asked, Question, wrong};
use crate::ZKProofEngine;
use crate::cpu::groth16::{Fp12, Member, Proven, Weight, flaws, over, weights};
use crate::plan::{Executor, Pending};
use crate::proofs::read;
use crate::signatures::{Clocks, Failure, HostTimes, Part, Random, Recheck, process_seed};
use erbium_claims::{Claim, Fault, Verdict, Verifier};
use rayon::prelude::*;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

/// How batches go through an executor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Most proofs in a chunk, plants not counted; not 0.
    pub chunk: usize,
    /// So many proofs, and fewer, are left to the processor when their equation does not come out as it should.
    pub few: usize,
    /// Which valid verdicts are checked again.
    pub recheck: Recheck,
}

impl Default for Options {
    /// Chunks of 4,096, down to 32 on the processor, one in 64 checked again.
    fn default() -> Self {
        Self { chunk: 4096, few: 32, recheck: Recheck::OneIn(64) }
    }
}

/// Chunks on their way at the same time: one computes while the next is put together.
const IN_FLIGHT: usize = 2;

/// Answers claims about Groth16 proofs by kernels that `executor` runs.
#[derive(Debug)]
pub struct Groth16Kernels {
    executor: Arc<dyn Executor>,
    options: Options,
    /// Who parses keys and confirms answers.
    cpu: ZKProofEngine,
    pool: OnceLock<Pool>,
    chunks: AtomicU64,
    clocks: Clocks,
}

/// Chunks of a batch that are asked about in search of those that do not hold; behind that, the processor answers. It bounds
/// the work on a batch in which many do not.
const SEARCHES: usize = 64;

/// A chunk on its way.
struct InFlight<'m, 'a> {
    members: &'m [Member<'a>],
    weights: Vec<Weight>,
    question: Question<'m>,
    pending: Box<dyn Pending>,
    random: Random,
}

/// What came of a chunk.
struct Answer {
    /// Numbers of the members that have a point that is none, in order.
    without: Vec<usize>,
    /// As what the equation of the others comes out.
    value: Fp12,
    random: Random,
}

/// Who asks: claims, and where their verdicts go.
struct Batch<'b> {
    claims: &'b [Proven<'b>],
    verdicts: Vec<Verdict>,
    recheck: Recheck,
    /// Places of valid ones that are checked again at the end, all at once.
    doubted: Vec<usize>,
    /// Of [`SEARCHES`].
    searches: usize,
}

impl Groth16Kernels {
    /// Kernels on `executor`. `cpu` parses verifying keys, keeps them, and confirms what must be.
    pub fn new(executor: Arc<dyn Executor>, options: Options, cpu: ZKProofEngine) -> Self {
        let (pool, chunks) = (OnceLock::new(), AtomicU64::new(0));
        Self { executor, options, cpu, pool, chunks, clocks: Clocks::default() }
    }

    /// Who runs the kernels.
    pub fn executor(&self) -> &Arc<dyn Executor> {
        &self.executor
    }

    /// Chunks sent so far.
    pub fn chunks(&self) -> u64 {
        self.chunks.load(Ordering::Relaxed)
    }

    /// Time that callers spent so far on each part of chunks' ways: `judging` is the finish on the processor.
    pub fn host_times(&self) -> HostTimes {
        self.clocks.times()
    }

    /// The verdicts on a batch of Groth16 proofs, order kept.
    ///
    /// # Errors
    /// [`Failure`], also where a claim is about something else; the batch is untouched.
    pub fn verify_claims(&self, claims: &[&Claim]) -> Result<Vec<Verdict>, Failure> {
        self.run(claims, self.options.recheck)
    }

    /// As [`Self::verify_claims`], a failure being a fault.
    pub(crate) fn verify_alone(&self, claims: &[&Claim]) -> Result<Vec<Verdict>, Fault> {
        self.verify_claims(claims).map_err(|failure| match failure {
            Failure::Processor { fault: fault @ Fault::Unsupported { .. } } => fault,
            _ => Fault::Coprocessor { reason: format!("{}: {failure}", self.executor.name()) },
        })
    }

    /// Does the work of a batch whose valid verdicts nobody doubts.
    pub(super) fn time(&self, claims: &[&Claim]) -> Result<Vec<Verdict>, Failure> {
        self.run(claims, Recheck::Never)
    }

    /// Whether the product of pairings is one, by the kernels for proofs: pairs of compressed points of G1 and G2, each with
    /// weight 1 and without C. `None` where bytes are no point of the subgroup.
    ///
    /// # Errors
    /// [`Failure`], as for proofs.
    pub fn pairing_is_one(&self, pairs: &[([u8; 48], [u8; 96])]) -> Result<Option<bool>, Failure> {
        let inside = |(a, b): &([u8; 48], [u8; 96])| flaws(a, b, &G1_INFINITY) == 0;
        let most = self.most();
        if pairs.len() > most {
            return Err(processor(format!("{} pairs are more than the {most} of a chunk", pairs.len())));
        }
        let (seed, mut random) = self.randomness()?;
        let pool = self.pool(&seed)?;
        let one = Weight { a: 1, b: 0 };
        let asked: Vec<_> = pairs.iter().map(|(a, b)| Asked { a, b, c: &G1_INFINITY, weight: one }).collect();
        let (plan, question) = Question::new(&asked, &[], pool, &mut random).ok_or_else(nothing)?;
        let words = self.executor.submit(plan)?.wait()?;
        let without = question.without_points(&words)?;
        let value = question.value(&words, &question.of_keys(&[], &without))?;
        if without.is_empty() {
            return Ok(Some(value == Fp12::default()));
        }
        if without.iter().filter_map(|number| pairs.get(*number)).any(inside) {
            return wrong("a point of a pair was found to be none, and is one".to_owned());
        }
        Ok(None)
    }

    fn run(&self, claims: &[&Claim], recheck: Recheck) -> Result<Vec<Verdict>, Failure> {
        let claims = claims.iter().map(|claim| read(claim)).collect::<Result<Vec<_>, _>>();
        let claims = claims.map_err(|fault| Failure::Processor { fault })?;
        let members = self.clocks.time(Part::Reading, || self.cpu.members(&claims));
        let verdicts = vec![Verdict::Invalid; claims.len()];
        let mut batch = Batch { claims: &claims, verdicts, recheck, doubted: Vec::new(), searches: SEARCHES };
        self.all(&members, &mut batch)?;
        let confirmed = self.confirmed(&batch, &batch.doubted)?;
        if let Some(wrong_one) = confirmed.iter().position(|verdict| !verdict.is_valid()) {
            return wrong(format!("claim {:?} was found valid and is not", batch.doubted.get(wrong_one)));
        }
        Ok(batch.verdicts)
    }

    /// Asks about all members, chunk by chunk, and searches those in which not all hold.
    fn all(&self, members: &[Member<'_>], batch: &mut Batch<'_>) -> Result<(), Failure> {
        let mut in_flight = VecDeque::new();
        for members in members.chunks(self.most()) {
            in_flight.push_back(self.start(members, None)?);
            if in_flight.len() >= IN_FLIGHT
                && let Some(oldest) = in_flight.pop_front()
            {
                self.finish(oldest, batch)?;
            }
        }
        in_flight.into_iter().try_for_each(|chunk| self.finish(chunk, batch))
    }

    /// Sends a chunk off, with weights of its own unless they are given.
    fn start<'m, 'a>(
        &'m self,
        members: &'m [Member<'a>],
        given: Option<&[Weight]>,
    ) -> Result<InFlight<'m, 'a>, Failure> {
        let (seed, mut random) = self.randomness()?;
        let pool = self.clocks.time(Part::Planting, || self.pool(&seed))?;
        let (plan, question, weights) = self.clocks.time(Part::Planning, || {
            let weights = given.map_or_else(|| weights(&seed, members, members.len()), <[_]>::to_vec);
            let asked: Vec<_> =
                members.iter().zip(&weights).map(|(member, weight)| Asked::of(member, *weight)).collect();
            let (plan, question) = Question::new(&asked, members, pool, &mut random).ok_or_else(nothing)?;
            Ok::<_, Failure>((plan, question, weights))
        })?;
        let pending = self.clocks.time(Part::Sending, || self.executor.submit(plan))?;
        Ok(InFlight { members, weights, question, pending, random })
    }

    /// Waits for a chunk's answer. What it says of points that are none is confirmed.
    fn answer(
        &self,
        members: &[Member<'_>],
        question: &Question<'_>,
        pending: Box<dyn Pending>,
        random: Random,
    ) -> Result<Answer, Failure> {
        // Most often nobody is left out, and while the executor works there is time.
        let of_all = self.clocks.time(Part::Judging, || question.of_keys(members, &[]));
        let words = self.clocks.time(Part::Waiting, || pending.wait())?;
        let without = question.without_points(&words)?;
        self.clocks.time(Part::Rechecking, || confirm_without_points(members, &without))?;
        let value = self.clocks.time(Part::Judging, || {
            if without.is_empty() {
                return question.value(&words, &of_all);
            }
            question.value(&words, &question.of_keys(members, &without))
        })?;
        Ok(Answer { without, value, random })
    }

    /// Waits for a chunk and writes its verdicts.
    fn finish(&self, chunk: InFlight<'_, '_>, batch: &mut Batch<'_>) -> Result<(), Failure> {
        let InFlight { members, weights, question, pending, random } = chunk;
        let Answer { without, value, mut random } = self.answer(members, &question, pending, random)?;
        if without.is_empty() {
            return self.resolve(members, &weights, value, batch, &mut random);
        }
        let numbered = members.iter().zip(weights).enumerate();
        let others = numbered.filter(|(number, _)| without.binary_search(number).is_err());
        let (members, weights): (Vec<_>, Vec<_>) =
            others.map(|(_, (member, weight))| (member.clone(), weight)).unzip();
        self.resolve(&members, &weights, value, batch, &mut random)
    }

    /// Writes the verdicts of members whose equation comes out as `value` under these weights.
    fn resolve(
        &self,
        members: &[Member<'_>],
        weights: &[Weight],
        value: Fp12,
        batch: &mut Batch<'_>,
        random: &mut Random,
    ) -> Result<(), Failure> {
        if value == Fp12::default() {
            for member in members {
                batch.write(member, Verdict::Valid);
                if takes(batch.recheck, random) {
                    batch.doubted.push(member.index);
                }
            }
            return Ok(());
        }
        if members.len() <= self.options.few.max(1) || batch.searches == 0 {
            let places: Vec<_> = members.iter().map(|member| member.index).collect();
            let confirmed = self.confirmed(batch, &places)?;
            if confirmed.iter().all(|verdict| verdict.is_valid()) {
                return wrong("the equation of proofs that hold does not come out as it should".to_owned());
            }
            for (member, verdict) in members.iter().zip(confirmed) {
                batch.write(member, verdict);
            }
            return Ok(());
        }
        batch.searches -= 1;
        let middle = members.len() / 2;
        let ((left, right), (left_weights, right_weights)) =
            (members.split_at(middle), weights.split_at(middle));
        let InFlight { question, pending, random: stream, .. } = self.start(left, Some(left_weights))?;
        let answer = self.answer(left, &question, pending, stream)?;
        if !answer.without.is_empty() {
            return wrong("a proof was found to have points, and then to have none".to_owned());
        }
        // Under the same weights, what is left of the whole is the other half's.
        let of_right = over(&value, &answer.value);
        self.resolve(left, left_weights, answer.value, batch, random)?;
        self.resolve(right, right_weights, of_right, batch, random)
    }

    /// The seed of the next question, and a stream that belongs to it. The same claims asked about again are another question.
    fn randomness(&self) -> Result<([u8; 32], Random), Failure> {
        let mut seed = process_seed().map_err(|error| processor(error.to_string()))?;
        let number = self.chunks.fetch_add(1, Ordering::Relaxed);
        let random = Random::new(&seed, number);
        for (byte, more) in seed.iter_mut().zip(number.to_le_bytes()) {
            *byte ^= more;
        }
        Ok((seed, random))
    }

    fn pool(&self, seed: &[u8; 32]) -> Result<&Pool, Failure> {
        if let Some(pool) = self.pool.get() {
            return Ok(pool);
        }
        let pool = Pool::new(seed).ok_or_else(nothing)?;
        Ok(self.pool.get_or_init(|| pool))
    }

    /// Proofs that fit into a chunk, plants aside: into the executor's buffers and half of its budget.
    fn most(&self) -> usize {
        let limits = self.executor.limits();
        let fits = |proofs: usize| {
            let proofs = proofs + Pool::SIZE;
            proofs <= MAX_PROOFS
                && plan::bytes(proofs) <= limits.budget / 2 / IN_FLIGHT
                && plan::largest(proofs) <= limits.buffer_words
        };
        // Whoever has no room for a few proofs is told so by the executor.
        let (mut low, mut high) = (1, self.options.chunk.max(1));
        while low < high {
            let middle = (low + high).div_ceil(2);
            (low, high) = if fits(middle) { (middle, high) } else { (low, middle - 1) };
        }
        low
    }

    /// The processor's verdicts on the claims at these places.
    fn confirmed(&self, batch: &Batch<'_>, places: &[usize]) -> Result<Vec<Verdict>, Failure> {
        let claims: Vec<_> = places.iter().filter_map(|place| batch.claims.get(*place).copied()).collect();
        let verdicts = self.clocks.time(Part::Rechecking, || self.cpu.verify_proven(&claims));
        verdicts.map_err(|fault| Failure::Processor { fault })
    }
}

/// Has the processor look at the points of those of which one is said to be none.
fn confirm_without_points(members: &[Member<'_>], without: &[usize]) -> Result<(), Failure> {
    let is_wrong = |number: &&usize| {
        members.get(**number).is_none_or(|member| {
            let parts = &member.parts;
            flaws(parts.a, parts.b, parts.c) == 0
        })
    };
    match without.par_iter().find_any(is_wrong) {
        Some(_) => wrong("a proof was found to have a point that is none, and has points".to_owned()),
        None => Ok(()),
    }
}

impl Batch<'_> {
    fn write(&mut self, member: &Member<'_>, verdict: Verdict) {
        if let Some(place) = self.verdicts.get_mut(member.index) {
            *place = verdict;
        }
    }
}

/// Whether a valid verdict is to be checked again.
fn takes(recheck: Recheck, random: &mut Random) -> bool {
    match recheck {
        Recheck::Never => false,
        Recheck::OneIn(many) => random.below(many as usize) == 0,
        Recheck::Always => true,
    }
}

fn processor(reason: String) -> Failure {
    Failure::Processor { fault: Fault::Coprocessor { reason } }
}

fn nothing() -> Failure {
    processor("no question could be made of Groth16 proofs".to_owned())
}

impl Verifier for Groth16Kernels {
    /// Verdicts of the kernels alone: what [`Failure`] names is a fault here.
    fn verify(&self, claims: &[Claim]) -> Result<Vec<Verdict>, Fault> {
        self.verify_alone(&claims.iter().collect::<Vec<_>>())
    }
}
