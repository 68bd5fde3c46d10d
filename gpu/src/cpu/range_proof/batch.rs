//! A batch as one sum.

use super::draw::Draw;
use super::equation::{Coefficients, Equation, Inverses, Sums, Weights};
use super::generators::{Generators, MAX_BITS};
use super::multiply::multiply;
use super::plant::{Plant, Shape};
use super::statement::Statement;
use curve25519_dalek::ristretto::CompressedRistretto;
use curve25519_dalek::traits::IsIdentity;
use curve25519_dalek::{RistrettoPoint, Scalar};
use erbium_claims::{Claim, Fault, Verdict};
use rayon::prelude::*;
use std::time::{Duration, Instant};

/// Statements that share an inversion, and that a core takes at a time.
const CHUNK: usize = 16;

/// What a batch took, stage by stage: wall-clock times.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stages {
    /// Cutting the bytes and replaying the transcripts.
    pub decode: Duration,
    /// Decompressing points.
    pub decompress: Duration,
    /// Scalars of the equations.
    pub scalars: Duration,
    /// The sums.
    pub multiply: Duration,
}

/// A well-formed claim whose points decompress.
struct Member<'a> {
    /// Its place among the claims asked about.
    index: usize,
    statement: Statement<'a>,
    points: Vec<RistrettoPoint>,
    weights: Weights,
}

/// The verdicts on a batch of range proofs and confidential transfers, in order, on all cores of the current rayon pool.
///
/// # Errors
/// [`Fault::Unsupported`] for other claims, [`Fault::Coprocessor`] where the process has no random bytes.
pub fn verify(claims: &[&Claim]) -> Result<Vec<Verdict>, Fault> {
    verify_in_stages(claims, &mut Stages::default())
}

/// As [`verify`]; adds what each stage took to `stages`.
///
/// # Errors
/// As [`verify`].
pub fn verify_in_stages(claims: &[&Claim], stages: &mut Stages) -> Result<Vec<Verdict>, Fault> {
    let mut verdicts = vec![Verdict::Invalid; claims.len()];
    let start = Instant::now();
    let statements = match claims {
        [one] => vec![Statement::read(one)?],
        many => many
            .par_iter()
            .with_min_len(4)
            .map(|claim| Statement::read(claim))
            .collect::<Result<Vec<_>, _>>()?,
    };
    let decoded = Instant::now();
    stages.decode += decoded - start;
    let none = Weights { product: Scalar::ZERO, polynomial: Scalar::ZERO, excess: Scalar::ZERO };
    let read: Vec<_> = match statements.len() {
        0 | 1 => statements.into_iter().enumerate().filter_map(with_points).collect(),
        _ => statements.into_par_iter().enumerate().with_min_len(1).filter_map(with_points).collect(),
    };
    stages.decompress += decoded.elapsed();
    let mut draw = Draw::new(read.iter().map(|(_, statement, _)| statement))?;
    let mut members: Vec<_> = read
        .into_iter()
        .map(|(index, statement, points)| Member { index, statement, points, weights: none })
        .collect();
    for member in &mut members {
        member.weights = draw.weights();
    }
    let mut work = Work { draw, stages, valid: Vec::new() };
    match members.as_slice() {
        [] => {}
        [one] => {
            if work.holds(one) {
                work.valid.push(one.index);
            }
        }
        many => {
            let sum = work.sum(many)?;
            work.resolve(many, sum)?;
        }
    }
    for index in work.valid {
        if let Some(verdict) = verdicts.get_mut(index) {
            *verdict = Verdict::Valid;
        }
    }
    Ok(verdicts)
}

fn with_points<'a>(
    (index, statement): (usize, Option<Statement<'a>>),
) -> Option<(usize, Statement<'a>, Vec<RistrettoPoint>)> {
    let statement = statement?;
    let points = decompress(&statement)?;
    Some((index, statement, points))
}

/// The points of a statement, in the order of its encodings; `None` where one of them is no point's canonical encoding.
fn decompress(statement: &Statement<'_>) -> Option<Vec<RistrettoPoint>> {
    statement.encodings().map(|bytes| CompressedRistretto(*bytes).decompress()).collect()
}

struct Work<'w> {
    draw: Draw,
    stages: &'w mut Stages,
    /// Places of the claims that hold.
    valid: Vec<usize>,
}

impl Work<'_> {
    /// Finds out who holds among members whose equations sum up to `sum`.
    fn resolve(&mut self, members: &[Member<'_>], sum: RistrettoPoint) -> Result<(), Fault> {
        if sum.is_identity() {
            self.valid.extend(members.iter().map(|member| member.index));
            return Ok(());
        }
        match members {
            [] => Ok(()),
            // The sum says no; its own equation alone has to say so too.
            [one] => {
                if self.holds(one) {
                    return Err(Fault::Coprocessor {
                        reason: "a range proof holds alone and not in a batch".to_owned(),
                    });
                }
                Ok(())
            }
            many => {
                let (left, right) = many.split_at(many.len() / 2);
                let left_sum = self.sum(left)?;
                self.resolve(left, left_sum)?;
                self.resolve(right, sum - left_sum)
            }
        }
    }

    /// Whether one member's equation holds, summed without anything else.
    fn holds(&mut self, member: &Member<'_>) -> bool {
        let start = Instant::now();
        let mut terms = Terms::default();
        for inverses in Inverses::of([&member.statement]) {
            terms.add(&member.statement, &member.points, &inverses, &member.weights);
        }
        let summed = Instant::now();
        self.stages.scalars += summed - start;
        let holds = terms.sum().is_identity();
        self.stages.multiply += summed.elapsed();
        holds
    }

    /// The sum of the members' equations. A plant is summed with them, and its known term taken off: a sum that did not come
    /// from these very numbers is not the identity.
    fn sum(&mut self, members: &[Member<'_>]) -> Result<RistrettoPoint, Fault> {
        let start = Instant::now();
        let transfers = members.iter().any(|member| member.statement.excess.is_some());
        let shape = if transfers { Shape::Transfer } else { Shape::SMALL };
        let plant = Plant::new(shape, &mut self.draw).ok_or_else(|| Fault::Coprocessor {
            reason: "no claim could be planted among range proofs".to_owned(),
        })?;
        let weights = self.draw.weights();
        let mut planted = Terms::default();
        planted.add(&plant.statement, plant.points(), &plant.inverses, &weights);
        let terms = members
            .par_chunks(CHUNK)
            .fold(Terms::default, |mut terms, members| {
                let inverses = Inverses::of(members.iter().map(|member| &member.statement));
                for (member, inverses) in members.iter().zip(&inverses) {
                    terms.add(&member.statement, &member.points, inverses, &member.weights);
                }
                terms
            })
            .reduce_with(Terms::merge)
            .unwrap_or_default()
            .merge(planted);
        let expanded = Instant::now();
        self.stages.scalars += expanded - start;
        let sum = terms.sum() - plant.term(&weights);
        self.stages.multiply += expanded.elapsed();
        Ok(sum)
    }
}

/// A sum of multiples of points.
#[derive(Default)]
struct Terms {
    sums: Sums,
    scalars: Vec<Scalar>,
    points: Vec<RistrettoPoint>,
}

impl Terms {
    fn add(
        &mut self,
        statement: &Statement<'_>,
        points: &[RistrettoPoint],
        inverses: &Inverses,
        weights: &Weights,
    ) {
        let equation = Equation::new(statement, inverses, weights);
        self.sums.add(&equation);
        self.scalars.extend(equation.scalars);
        self.points.extend(points);
    }

    fn merge(mut self, other: Self) -> Self {
        self.sums.merge(&other.sums);
        self.scalars.extend(other.scalars);
        self.points.extend(other.points);
        self
    }

    fn sum(mut self) -> RistrettoPoint {
        let Coefficients { base, blinding, g, h } = &Coefficients::from(&self.sums);
        let mut push = |scalar: &Scalar, point: RistrettoPoint| {
            if *scalar != Scalar::ZERO {
                self.scalars.push(*scalar);
                self.points.push(point);
            }
        };
        push(base, Generators::base());
        push(blinding, Generators::blinding_base());
        let shares = g.chunks(MAX_BITS).zip(h.chunks(MAX_BITS)).enumerate();
        for (index, (g, h)) in shares {
            // Shares that nobody used are not made.
            if g.iter().chain(h).all(|scalar| *scalar == Scalar::ZERO) {
                continue;
            }
            let Some(share) = Generators::share(index) else { continue };
            for (scalar, point) in g.iter().zip(&share.g).chain(h.iter().zip(&share.h)) {
                push(scalar, *point);
            }
        }
        multiply(&self.scalars, &self.points)
    }
}
