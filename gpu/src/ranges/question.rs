//! What is asked of an executor, and what its answer says.

use super::plan::{Layout, NIBBLES, Terms, WORDS, sums};
use super::table::{Shape, words};
use crate::cpu::range_proof::{
    self, Draw, Equation, Generators, Inverses, Plant, Products, Statement, Weights,
};
use crate::plan::Plan;
use crate::signatures::Failure;
use curve25519_dalek::ristretto::CompressedRistretto;
use curve25519_dalek::{RistrettoPoint, Scalar};
use erbium_shaders::common::pattern;
use erbium_shaders::ristretto::FACTOR;
use rayon::prelude::*;

/// A well-formed claim.
#[derive(Clone, Debug)]
pub(super) struct Member<'a> {
    /// Its place in the batch.
    pub(super) index: usize,
    pub(super) statement: Statement<'a>,
}

impl Member<'_> {
    pub(super) fn shape(&self) -> Shape {
        let proof = &self.statement.proof;
        Shape { bits: proof.bits, values: proof.commitments.len() }
    }
}

/// Whose a point is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    /// The member with this number.
    Member(usize),
    /// A plant, or a generator: a point.
    Point,
    /// Nobody: no point at all.
    None,
}

/// Bytes that stand among a chunk's points, and the plant.
#[derive(Debug)]
pub(super) struct Planted {
    plant: Plant,
    weights: Weights,
    /// Encodings that are no point's.
    none: [[u8; 32]; 3],
    generators: [[u8; 32]; 2],
}

/// What an answer says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// All members hold.
    All,
    /// Someone does not.
    NotAll,
    /// The members with these numbers have points that are none; nothing is known of the others.
    NoPoints(Vec<usize>),
}

/// What was asked.
#[derive(Debug)]
pub(super) struct Question {
    owners: Vec<Owner>,
    layout: Layout,
    seed: u32,
    term: RistrettoPoint,
}

impl Planted {
    /// What is planted in a chunk of this shape.
    pub(super) fn new(shape: Shape, draw: &mut Draw) -> Option<Self> {
        let Shape { bits, values } = shape;
        let plant = Plant::new(range_proof::Shape::Range { bits, values }, draw)?;
        let weights = draw.weights();
        let generators =
            [Generators::base(), Generators::blinding_base()].map(|point| point.compress().to_bytes());
        // Negative, and not below p: points but for that. Off the curve.
        let mut point = || RistrettoPoint::mul_base(&draw.scalar()).compress().to_bytes();
        let (negative, large) = (p_and(&point(), true), p_and(&point(), false));
        let mut off = draw.scalar().to_bytes();
        // Every other even number below 2^253 is no point.
        while off[0] & 1 != 0 || CompressedRistretto(off).decompress().is_some() {
            off = draw.scalar().to_bytes();
        }
        Some(Self { plant, weights, none: [negative, large, off], generators })
    }
}

/// p less a number below it, or p and the number.
fn p_and(number: &[u8; 32], less: bool) -> [u8; 32] {
    let mut carry = 0;
    std::array::from_fn(|i| {
        let of_p = match i {
            0 => 0xed,
            31 => 0x7f,
            _ => 0xff,
        };
        let number = i32::from(number[i]);
        let sum: i32 = of_p + carry + if less { -number } else { number };
        carry = sum >> 8;
        sum as u8
    })
}

impl Question {
    /// The plan for these members with what is planted among them.
    pub(super) fn new<'a>(
        shape: Shape,
        members: &'a [Member<'a>],
        planted: &'a Planted,
        draw: &mut Draw,
    ) -> Option<(Plan<'a>, Self)> {
        let weights: Vec<_> = members.iter().map(|_| draw.weights()).collect();
        let equations =
            members.par_chunks(16).zip(weights.par_chunks(16)).flat_map_iter(|(members, weights)| {
                let inverses = Inverses::of(members.iter().map(|member| &member.statement));
                let equation = |((member, inverses), weights): ((&Member<'_>, &Inverses), &Weights)| {
                    Equation::new(&member.statement, inverses, weights)
                };
                members.iter().zip(&inverses).zip(weights).map(equation).collect::<Vec<_>>()
            });
        let mut equations: Vec<_> = equations.collect();
        let Planted { plant, weights, none, generators } = planted;
        equations.push(Equation::new(&plant.statement, &plant.inverses, weights));

        let mut asked: Vec<(&'a [u8; 32], Scalar, Owner)> = Vec::new();
        let (mut base, mut blinding, mut constants) = (Scalar::ZERO, Scalar::ZERO, [Scalar::ZERO; 2]);
        let statements =
            members.iter().enumerate().map(|(number, member)| (Owner::Member(number), &member.statement));
        for ((owner, statement), equation) in
            statements.chain([(Owner::Point, &plant.statement)]).zip(&equations)
        {
            asked.extend(
                statement.encodings().zip(&equation.scalars).map(|(point, scalar)| (point, *scalar, owner)),
            );
            base += equation.base;
            blinding += equation.blinding;
            constants[0] += equation.expansion.g_constant;
            constants[1] += equation.expansion.h_constant;
        }
        asked.extend(
            generators.iter().zip([base, blinding]).map(|(point, scalar)| (point, scalar, Owner::Point)),
        );
        for bytes in none {
            asked.push((bytes, draw.scalar(), Owner::None));
            let (place, last) = (draw.below(asked.len()), asked.len() - 1);
            asked.swap(place, last);
        }
        // The plant's rows are not always the last.
        let (place, last) = (draw.below(equations.len()), equations.len() - 1);
        equations.swap(place, last);
        let factor = Scalar::from_bytes_mod_order(bytemuck::cast(FACTOR.map(u32::to_le)));
        let rows = equations.par_iter().flat_map_iter(|equation| {
            let expansion = &equation.expansion;
            let products = [&expansion.g, &expansion.h, &expansion.powers];
            products.into_iter().flat_map(move |products| row(products, factor))
        });
        let terms = Terms {
            shape,
            encodings: asked.iter().map(|(point, ..)| *point).collect(),
            scalars: asked.iter().map(|(_, scalar, _)| *scalar).collect(),
            rows: rows.collect(),
            proofs: equations.len(),
            constants,
        };
        let seed = draw.below(u32::MAX as usize) as u32;
        let (plan, layout) = sums(terms, seed)?;
        let owners = asked.into_iter().map(|(.., owner)| owner).collect();
        // While the executor works there is time, but a term is four multiples.
        Some((plan, Self { owners, layout, seed, term: plant.term(weights) }))
    }

    /// What the words that came back say.
    ///
    /// # Errors
    /// [`Failure::Wrong`] where they cannot be the executor's honest work.
    pub(super) fn judge(&self, words: &[u32]) -> Result<Answer, Failure> {
        if words.len() != self.layout.words() {
            return wrong(format!("{} words for {} points", words.len(), self.owners.len()));
        }
        let (encodings, flags) = words.split_at(self.layout.encodings() * WORDS);
        let mut without = Vec::new();
        for (place, (flag, owner)) in flags.iter().zip(&self.owners).enumerate() {
            match (flag, owner) {
                (1, Owner::Member(_) | Owner::Point) | (0, Owner::None) => {}
                (0, Owner::Member(number)) => without.push(*number),
                (0 | 1, _) => return wrong(format!("planted point {place} of a chunk was decoded wrongly")),
                _ => return wrong(format!("point {place} of a chunk has no answer: a pass did not run")),
            }
        }
        let decode = |(place, encoding): (usize, &[u32; WORDS])| {
            let from = (place * WORDS) as u32;
            if encoding.iter().zip(from..).all(|(word, place)| *word == pattern(self.seed, place)) {
                return wrong(format!("sum {place} of a chunk has no answer: a pass did not run"));
            }
            let bytes = bytemuck::cast(encoding.map(u32::to_le));
            CompressedRistretto(bytes)
                .decompress()
                .ok_or_else(|| Failure::Wrong { reason: format!("sum {place} of a chunk is no point") })
        };
        let sums =
            encodings.as_chunks().0.par_iter().enumerate().map(decode).collect::<Result<Vec<_>, _>>()?;
        // Planted ones took places of others.
        without.sort_unstable();
        without.dedup();
        if !without.is_empty() {
            return Ok(Answer::NoPoints(without));
        }
        let (windows, nibbles) = sums.split_at(self.layout.cut.windows());
        debug_assert_eq!(nibbles.len(), NIBBLES);
        let total = raised(windows, self.layout.cut.width()) + raised(nibbles, 4);
        Ok(if total == self.term { Answer::All } else { Answer::NotAll })
    }
}

pub(super) fn wrong<T>(reason: String) -> Result<T, Failure> {
    Err(Failure::Wrong { reason })
}

/// The sum of windows, each times 2^width to its place.
fn raised(windows: &[RistrettoPoint], width: usize) -> RistrettoPoint {
    windows
        .iter()
        .rev()
        .fold(RistrettoPoint::default(), |sum, window| (0..width).fold(sum, |sum, _| sum + sum) + window)
}

/// A row of products: the first number, and the factors times 2^260.
fn row(products: &Products, factor: Scalar) -> impl Iterator<Item = u32> {
    let factors = products.factors.iter().map(move |number| number * factor);
    std::iter::once(products.first).chain(factors).flat_map(|number| words(number.as_bytes()))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn plants_are_no_points_for_one_reason_each() {
        let mut draw = Draw::with_seed(&[3; 32], []);
        let planted = Planted::new(Shape { bits: 8, values: 1 }, &mut draw).unwrap();
        let is_point = |bytes: &[u8; 32]| CompressedRistretto(*bytes).decompress().is_some();
        assert!(planted.none.iter().all(|bytes| !is_point(bytes)));
        assert!(planted.generators.iter().all(is_point));
        let [negative, large, off] = planted.none;
        // Its opposite is even, and a point.
        assert!(negative[0] & 1 == 1 && is_point(&p_and(&negative, true)));
        // Less p it is one: by adding 19 and leaving off the highest bit.
        let mut less = [0; 32];
        let mut carry = 19;
        for (to, byte) in less.iter_mut().zip(large) {
            carry += u32::from(byte);
            *to = carry as u8;
            carry >>= 8;
        }
        less[31] ^= 0x80;
        assert!(large[31] & 0x80 == 0x80 && is_point(&less));
        assert_eq!(off[0] & 1, 0);
        assert!(Planted::new(Shape { bits: 7, values: 1 }, &mut draw).is_none());
    }
}
