//! Batches through an executor.

use super::plan::{self, MAX_POINTS};
use super::question::{Answer, Member, Planted, Question, wrong};
use super::table::Shape;
use crate::cpu::range_proof::{self, Draw, Statement};
use crate::plan::{Executor, Pending};
use crate::signatures::{Failure, Recheck, process_seed};
use erbium_claims::{Claim, Fault, Verdict, Verifier};
use rayon::prelude::*;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How batches go through an executor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Most claims in a chunk, the plant not counted; not 0.
    pub chunk: usize,
    /// So many claims, and fewer, are left to the processor when their sum is not what it should be.
    pub few: usize,
    /// Which valid verdicts are checked again.
    pub recheck: Recheck,
}

impl Default for Options {
    /// Chunks of 1,024, down to 16 on the processor, one in 64 checked again.
    fn default() -> Self {
        Self { chunk: 1024, few: 16, recheck: Recheck::OneIn(64) }
    }
}

/// Chunks on their way at the same time: one computes while the next is put together.
const IN_FLIGHT: usize = 2;

/// Answers claims about range proofs and confidential transfers by kernels that `executor` runs.
#[derive(Debug)]
pub struct RangeKernels {
    executor: Arc<dyn Executor>,
    options: Options,
    chunks: AtomicU64,
}

/// A chunk on its way.
struct InFlight<'m, 'a> {
    members: &'m [Member<'a>],
    question: Question,
    pending: Box<dyn Pending>,
    draw: Draw,
}

/// Who asks: claims, and where their verdicts go.
struct Batch<'b> {
    claims: &'b [&'b Claim],
    verdicts: Vec<Verdict>,
    recheck: Option<Recheck>,
    /// Places of valid ones that are checked again at the end, all at once.
    doubted: Vec<usize>,
}

impl RangeKernels {
    /// Kernels on `executor`.
    pub fn new(executor: Arc<dyn Executor>, options: Options) -> Self {
        Self { executor, options, chunks: AtomicU64::new(0) }
    }

    /// Who runs the kernels.
    pub fn executor(&self) -> &Arc<dyn Executor> {
        &self.executor
    }

    /// Chunks sent so far.
    pub fn chunks(&self) -> u64 {
        self.chunks.load(Ordering::Relaxed)
    }

    /// The verdicts on a batch of range proofs and confidential transfers, order kept.
    ///
    /// # Errors
    /// [`Failure`]; the batch is untouched.
    pub fn verify_claims(&self, claims: &[&Claim]) -> Result<Vec<Verdict>, Failure> {
        self.run(claims, Some(self.options.recheck))
    }

    /// As [`Self::verify_claims`], a failure being a fault.
    pub(crate) fn verify_alone(&self, claims: &[&Claim]) -> Result<Vec<Verdict>, Fault> {
        self.verify_claims(claims)
            .map_err(|failure| Fault::Coprocessor { reason: format!("{}: {failure}", self.executor.name()) })
    }

    /// Does the work of a batch whose valid verdicts nobody doubts.
    pub(super) fn time(&self, claims: &[&Claim]) -> Result<Vec<Verdict>, Failure> {
        self.run(claims, None)
    }

    fn run(&self, claims: &[&Claim], recheck: Option<Recheck>) -> Result<Vec<Verdict>, Failure> {
        let read = claims.par_iter().with_min_len(4).map(|claim| Statement::read(claim));
        let read = read.collect::<Result<Vec<_>, _>>().map_err(|fault| Failure::Processor { fault })?;
        let mut shapes = BTreeMap::<Shape, Vec<Member<'_>>>::new();
        for (index, statement) in read.into_iter().enumerate() {
            if let Some(statement) = statement {
                let member = Member { index, statement };
                shapes.entry(member.shape()).or_default().push(member);
            }
        }
        let verdicts = vec![Verdict::Invalid; claims.len()];
        let mut batch = Batch { claims, verdicts, recheck, doubted: Vec::new() };
        for (shape, members) in &shapes {
            self.all(*shape, members, &mut batch)?;
        }
        let confirmed = batch.confirmed(&batch.doubted)?;
        if let Some(wrong_one) = confirmed.iter().position(|verdict| !verdict.is_valid()) {
            return wrong(format!("claim {:?} was found valid and is not", batch.doubted.get(wrong_one)));
        }
        Ok(batch.verdicts)
    }

    /// Asks about all members, chunk by chunk, and in smaller chunks where the answer is no. Whether all hold.
    fn all(&self, shape: Shape, members: &[Member<'_>], batch: &mut Batch<'_>) -> Result<bool, Failure> {
        let most = self.most(shape, members);
        let mut in_flight = VecDeque::new();
        let mut all = true;
        for members in members.chunks(most) {
            in_flight.push_back(self.start(shape, members)?);
            if in_flight.len() >= IN_FLIGHT
                && let Some(oldest) = in_flight.pop_front()
            {
                all &= self.finish(shape, oldest, batch)?;
            }
        }
        for chunk in in_flight {
            all &= self.finish(shape, chunk, batch)?;
        }
        Ok(all)
    }

    fn start<'m, 'a>(&self, shape: Shape, members: &'m [Member<'a>]) -> Result<InFlight<'m, 'a>, Failure> {
        let mut seed = process_seed().map_err(|error| Failure::Processor {
            fault: Fault::Coprocessor { reason: error.to_string() },
        })?;
        // The same claims asked about again are another question.
        let number = self.chunks.fetch_add(1, Ordering::Relaxed);
        for (byte, more) in seed.iter_mut().zip(number.to_le_bytes()) {
            *byte ^= more;
        }
        let mut draw = Draw::with_seed(&seed, members.iter().map(|member| &member.statement));
        let nothing = || Failure::Processor {
            fault: Fault::Coprocessor { reason: "nothing could be planted among range proofs".to_owned() },
        };
        let planted = Planted::new(shape, &mut draw).ok_or_else(nothing)?;
        let (plan, question) = Question::new(shape, members, &planted, &mut draw).ok_or_else(nothing)?;
        let pending = self.executor.submit(plan)?;
        Ok(InFlight { members, question, pending, draw })
    }

    /// Waits for a chunk and writes its verdicts. Whether all hold.
    fn finish(&self, shape: Shape, chunk: InFlight<'_, '_>, batch: &mut Batch<'_>) -> Result<bool, Failure> {
        let InFlight { members, question, pending, mut draw } = chunk;
        match question.judge(&pending.wait()?)? {
            Answer::All => {
                for member in members {
                    batch.write(member, Verdict::Valid);
                    if batch.recheck.is_some_and(|recheck| takes(recheck, &mut draw)) {
                        batch.doubted.push(member.index);
                    }
                }
                Ok(true)
            }
            Answer::NoPoints(without) => {
                let (bad, rest): (Vec<_>, Vec<_>) =
                    members.iter().enumerate().partition(|(number, _)| without.binary_search(number).is_ok());
                let bad: Vec<_> = bad.into_iter().map(|(_, member)| member.index).collect();
                if batch.confirmed(&bad)?.iter().any(|verdict| verdict.is_valid()) {
                    return wrong("a claim was found to have a point that is none, and holds".to_owned());
                }
                let rest: Vec<_> = rest.into_iter().map(|(_, member)| member.clone()).collect();
                self.all(shape, &rest, batch)?;
                Ok(false)
            }
            Answer::NotAll if members.len() <= self.options.few.max(1) => {
                let places: Vec<_> = members.iter().map(|member| member.index).collect();
                let confirmed = batch.confirmed(&places)?;
                if confirmed.iter().all(|verdict| verdict.is_valid()) {
                    return wrong("the sum of claims that hold is not what it should be".to_owned());
                }
                for (member, verdict) in members.iter().zip(confirmed) {
                    batch.write(member, verdict);
                }
                Ok(false)
            }
            Answer::NotAll => {
                let (left, right) = members.split_at(members.len() / 2);
                let (left, right) = (self.all(shape, left, batch)?, self.all(shape, right, batch)?);
                if left && right {
                    return wrong("a sum is not what it should be, and both its halves are".to_owned());
                }
                Ok(false)
            }
        }
    }

    /// Claims of this shape that fit into a chunk: into the executor's buffers and half of its budget.
    fn most(&self, shape: Shape, members: &[Member<'_>]) -> usize {
        let limits = self.executor.limits();
        let points =
            members.iter().map(|member| member.statement.encodings().count()).max().unwrap_or(1).max(1);
        let by_points = (MAX_POINTS / points).saturating_sub(2);
        // Products are the largest buffer, or entries.
        let words = (3 * shape.size() * plan::WORDS).max(85 * points);
        let by_buffer = (limits.buffer_words / words).saturating_sub(1);
        let by_budget = (limits.budget / 2 / IN_FLIGHT / plan::bytes(shape, points)).saturating_sub(2);
        self.options.chunk.min(by_points).min(by_buffer).min(by_budget).max(1)
    }
}

impl Batch<'_> {
    fn write(&mut self, member: &Member<'_>, verdict: Verdict) {
        if let Some(place) = self.verdicts.get_mut(member.index) {
            *place = verdict;
        }
    }

    /// The processor's verdicts on the claims at these places.
    fn confirmed(&self, places: &[usize]) -> Result<Vec<Verdict>, Failure> {
        let claims: Vec<_> = places.iter().filter_map(|place| self.claims.get(*place).copied()).collect();
        range_proof::verify(&claims).map_err(|fault| Failure::Processor { fault })
    }
}

/// Whether a valid verdict is to be checked again.
fn takes(recheck: Recheck, draw: &mut Draw) -> bool {
    match recheck {
        Recheck::Never => false,
        Recheck::OneIn(many) => draw.below(many as usize) == 0,
        Recheck::Always => true,
    }
}

impl Verifier for RangeKernels {
    /// Verdicts of the kernels alone: what [`Failure`] names is a fault here.
    fn verify(&self, claims: &[Claim]) -> Result<Vec<Verdict>, Fault> {
        self.verify_alone(&claims.iter().collect::<Vec<_>>())
    }
}
