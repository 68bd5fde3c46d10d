//! Claims that do not hold, of which is known by how much.
//!
//! A true claim with other last scalars: they stand behind all challenges, so the equation is off by a known multiple of
//! points that the claim's own equation never shows alone. A sum in which a plant's term is not exactly that did not come
//! from the numbers that it should have come from.

use super::draw::Draw;
use super::equation::{Equation, Inverses, Weights};
use super::generators::Generators;
use super::prove::{Opening, make_transfer, prove_range};
use super::statement::Statement;
use curve25519_dalek::ristretto::CompressedRistretto;
use curve25519_dalek::traits::VartimeMultiscalarMul;
use curve25519_dalek::{RistrettoPoint, Scalar};
use erbium_claims::{Claim, RANGE_LABEL};
use std::sync::OnceLock;

/// What kind of claim a plant looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A range proof.
    Range {
        /// 8, 16, 32 or 64.
        bits: usize,
        /// 1, 2, 4, 8 or 16.
        values: usize,
    },
    /// A confidential transfer with one input and one output.
    Transfer,
}

impl Shape {
    /// The cheapest.
    pub const SMALL: Self = Self::Range { bits: 8, values: 1 };

    /// The shape of a statement; transfers of any size are alike.
    pub fn of(statement: &Statement<'_>) -> Self {
        match statement.excess {
            Some(_) => Self::Transfer,
            None => Self::Range { bits: statement.proof.bits, values: statement.proof.commitments.len() },
        }
    }

    /// Its place among all 21.
    fn index(self) -> Option<usize> {
        match self {
            Self::Transfer => Some(0),
            Self::Range { bits, values } => {
                erbium_claims::range_proof_len(bits, values)?;
                Some(1 + (bits.trailing_zeros() as usize - 3) * 5 + values.trailing_zeros() as usize)
            }
        }
    }
}

/// A claim that does not hold, to be summed with a batch's own.
#[derive(Clone, Debug)]
pub struct Plant {
    /// The claim as it would have been read.
    pub statement: Statement<'static>,
    /// Inverses of its challenges.
    pub inverses: Inverses,
    base: &'static Base,
    change: [Scalar; 3],
}

/// A true claim.
#[derive(Debug)]
struct Base {
    statement: Statement<'static>,
    inverses: Inverses,
    points: Vec<RistrettoPoint>,
    /// The sum of s_i G_i.
    g: RistrettoPoint,
    /// The sum of y^-i / s_i H_i.
    h: RistrettoPoint,
}

impl Plant {
    /// A plant of this shape. `None` for a shape that claims do not have.
    ///
    /// The true claim behind it is made when the process first asks for the shape, in 1 to 150 milliseconds by size.
    pub fn new(shape: Shape, draw: &mut Draw) -> Option<Self> {
        let base = Base::of(shape)?;
        let mut statement = base.statement.clone();
        let change = [draw.scalar(), draw.scalar(), draw.scalar()];
        let [a, b] = &mut statement.last;
        *a += change[0];
        *b += change[1];
        if let Some(excess) = &mut statement.excess {
            excess.response += change[2];
        }
        Some(Self { statement, inverses: base.inverses.clone(), base, change })
    }

    /// Its points, in the order of its encodings.
    pub fn points(&self) -> &'static [RistrettoPoint] {
        &self.base.points
    }

    /// The sum that its equation comes to under these weights: never the identity, but by chance.
    pub fn term(&self, weights: &Weights) -> RistrettoPoint {
        let [by_a, by_b, by_response] = self.change;
        let ([a, b], [true_a, true_b]) = (self.statement.last, self.base.statement.last);
        let rho = weights.product;
        let base = -(rho * self.statement.challenges.w * (a * b - true_a * true_b));
        let excess = match self.statement.excess {
            Some(_) => weights.excess * by_response,
            None => Scalar::ZERO,
        };
        self.base.g * -(rho * by_a)
            + self.base.h * -(rho * by_b)
            + Generators::base() * base
            + Generators::blinding_base() * excess
    }
}

impl Base {
    fn of(shape: Shape) -> Option<&'static Self> {
        const SHAPES: usize = 21;
        static CLAIMS: [OnceLock<Option<Claim>>; SHAPES] = [const { OnceLock::new() }; SHAPES];
        static BASES: [OnceLock<Option<Base>>; SHAPES] = [const { OnceLock::new() }; SHAPES];
        let index = shape.index()?;
        let claim = CLAIMS.get(index)?.get_or_init(|| claim(shape));
        BASES.get(index)?.get_or_init(|| Self::new(claim.as_ref()?)).as_ref()
    }

    fn new(claim: &'static Claim) -> Option<Self> {
        let statement = Statement::read(claim).ok().flatten()?;
        let inverses = Inverses::of([&statement]).pop()?;
        let points = statement
            .encodings()
            .map(|bytes| CompressedRistretto(*bytes).decompress())
            .collect::<Option<Vec<_>>>()?;
        // Its equation's products, for a and b of -1.
        let mut unit = statement.clone();
        unit.last = [-Scalar::ONE; 2];
        let weights = Weights { product: Scalar::ONE, polynomial: Scalar::ZERO, excess: Scalar::ZERO };
        let expansion = Equation::new(&unit, &inverses, &weights).expansion;
        let mut scalars = Vec::new();
        let bits = expansion.bits;
        let place = |index: usize| index / bits * 64 + index % bits;
        expansion.g.expand(&mut scalars);
        let g = RistrettoPoint::optional_multiscalar_mul(
            &scalars,
            (0..scalars.len()).map(|index| Generators::g(place(index)).copied()),
        )?;
        expansion.h.expand(&mut scalars);
        let h = RistrettoPoint::optional_multiscalar_mul(
            &scalars,
            (0..scalars.len()).map(|index| Generators::h(place(index)).copied()),
        )?;
        Some(Self { statement, inverses, points, g, h })
    }
}

/// A true claim of a shape. Its secrets are known to everybody.
fn claim(shape: Shape) -> Option<Claim> {
    let opening =
        |number: usize| Opening { value: 7 * number as u64 + 3, blinding: Scalar::from(number as u64 + 5) };
    match shape {
        Shape::Range { bits, values } => {
            let openings: Vec<_> = (0..values).map(opening).collect();
            let (commitments, proof) = prove_range(bits, &openings, &[0x5e; 32])?;
            // At most 64.
            Some(Claim::RangeProof { bits: bits as u8, label: RANGE_LABEL.to_vec(), commitments, proof })
        }
        Shape::Transfer => {
            let (input, output) = (opening(1), opening(0));
            let fee = input.value - output.value;
            let body = make_transfer(1, &[0x5e; 32], fee, &[input], &[output], &[0x5e; 32]).ok()?;
            Some(Claim::ConfidentialTransfer { chain_id: 1, body })
        }
    }
}
