//! The equation that a claim comes down to: a sum of multiples of points that has to be the identity.
//!
//! `docs/range-proofs.md` derives it. Names are those of crate `bulletproofs`.

use super::generators::{MAX_BITS, MAX_VECTOR};
use super::residue::Residue;
use super::statement::Statement;
use curve25519_dalek::Scalar;

/// What the equations of a claim are multiplied by, so that they cannot cancel each other's errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weights {
    /// Of the inner-product equation.
    pub product: Scalar,
    /// Of the equation of the polynomial t.
    pub polynomial: Scalar,
    /// Of a confidential transfer's excess equation.
    pub excess: Scalar,
}

/// Inverses of a statement's challenges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inverses {
    /// 1/y.
    pub y: Scalar,
    /// 1/u of every round, first round first.
    pub rounds: Vec<Scalar>,
}

impl Inverses {
    /// The inverses of many statements, by one inversion.
    pub fn of<'a, 's: 'a>(statements: impl IntoIterator<Item = &'a Statement<'s>> + Clone) -> Vec<Self> {
        let challenges = statements.clone().into_iter().map(|statement| &statement.challenges);
        let mut all: Vec<_> = challenges
            .flat_map(|challenges| challenges.rounds.iter().chain([&challenges.y]))
            .copied()
            .collect();
        Scalar::batch_invert(&mut all);
        let mut rest = all.into_iter();
        let next = |statement: &Statement<'_>| {
            let rounds = rest.by_ref().take(statement.challenges.rounds.len()).collect();
            Self { rounds, y: rest.next().unwrap_or_default() }
        };
        statements.into_iter().map(next).collect()
    }
}

/// A claim's equation under its weights: the sum of
///
/// * `scalars[i]` times the point that the statement's [`encodings`](Statement::encodings) give at `i`,
/// * `base` B and `blinding` B~,
/// * and the multiples of G and H that `expansion` stands for
///
/// is the identity if the claim holds, and else it is not, but for one choice of weights in 2^128.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Equation {
    /// In the order of the encodings: A, S, T_1, T_2; L and R of each round; commitments; for a confidential transfer R and
    /// the inputs.
    pub scalars: Vec<Scalar>,
    /// Of B.
    pub base: Scalar,
    /// Of B~.
    pub blinding: Scalar,
    /// Of G and H.
    pub expansion: Expansion,
}

/// The multiples of a claim's generators, as products: with `i = value * bits + bit`, the coefficient of G at `i` is
/// `g_constant + g.at(i)`, of H `h_constant + h.at(i) + powers.at(i)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expansion {
    /// Bits of a value.
    pub bits: usize,
    /// -z.
    pub g_constant: Scalar,
    /// -a s_i.
    pub g: Products,
    /// z.
    pub h_constant: Scalar,
    /// -b y^-i / s_i.
    pub h: Products,
    /// y^-i z^(2 + value) 2^bit.
    pub powers: Products,
}

/// Numbers that are products: the one at `i` is `first` times `factors[k]` for every bit `k` that is set in `i`, the lowest
/// bit being number 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Products {
    /// At 0.
    pub first: Scalar,
    /// One for each bit of an index: there are `2^factors.len()` numbers.
    pub factors: Vec<Scalar>,
}

impl Products {
    /// All of them, by one multiplication each.
    pub fn expand(&self, numbers: &mut Vec<Scalar>) {
        let mut residues = Vec::new();
        self.expand_residues(&mut residues);
        numbers.clear();
        numbers.extend(residues.iter().map(Residue::scalar));
    }

    fn expand_residues(&self, numbers: &mut Vec<Residue>) {
        numbers.clear();
        numbers.push(Residue::new(&self.first));
        for factor in &self.factors {
            let factor = Residue::new(factor);
            for index in 0..numbers.len() {
                let next = numbers.get(index).map(|number| number.times(&factor));
                numbers.extend(next);
            }
        }
    }
}

impl Equation {
    /// The equation of a statement whose challenges have these inverses.
    pub fn new(statement: &Statement<'_>, inverses: &Inverses, weights: &Weights) -> Self {
        let Weights { product: rho, polynomial: sigma, excess: tau } = *weights;
        let (proof, challenges) = (&statement.proof, &statement.challenges);
        let ([t_x, t_x_blinding, e_blinding], [a, b]) = (statement.scalars, statement.last);
        let (y, z, x) = (challenges.y, challenges.z, challenges.x);
        let (bits, values) = (proof.bits, proof.commitments.len());

        let mut scalars = vec![rho, rho * x, sigma * x, sigma * x * x];
        let squares: Vec<_> = challenges.rounds.iter().map(|u| u * u).collect();
        let inverse_squares: Vec<_> = inverses.rounds.iter().map(|u| u * u).collect();
        for (square, inverse_square) in squares.iter().zip(&inverse_squares) {
            scalars.push(rho * square);
            scalars.push(rho * inverse_square);
        }

        // y^(2^k), its inverse, and the sum of the first powers of y.
        let (mut power, mut inverse_power) = (y, inverses.y);
        let (mut y_sum, mut y_inverses) = (Scalar::ONE, Vec::with_capacity(squares.len()));
        for _ in &squares {
            y_sum += y_sum * power;
            power *= power;
            y_inverses.push(inverse_power);
            inverse_power *= inverse_power;
        }

        // The sum of the first powers of z, and a commitment's z^(2 + j).
        let zz = z * z;
        let (mut z_sum, mut z_power) = (Scalar::ZERO, zz);
        // For a transfer the outputs stand in the excess equation too.
        let excess = statement.excess.as_ref().map(|excess| (excess, tau * excess.challenge));
        let output = excess.as_ref().map_or(Scalar::ZERO, |(_, weight)| *weight);
        for _ in 0..values {
            scalars.push(sigma * z_power + output);
            z_sum += z_power;
            z_power *= z;
        }
        let ones = Scalar::from(u64::MAX >> (64 - bits));
        // z_sum has z^2 in every term.
        let delta = (z - zz) * y_sum - z * ones * z_sum;
        let mut base = rho * challenges.w * (t_x - a * b) + sigma * (delta - t_x);
        let mut blinding = -(rho * e_blinding + sigma * t_x_blinding);
        if let Some((excess, weight)) = excess {
            blinding += tau * excess.response;
            base += weight * Scalar::from(excess.parts.fee);
            scalars.push(-tau);
            scalars.extend(excess.parts.inputs.iter().map(|_| -weight));
        }

        // The first round halves by the highest bit of an index.
        let product = |scalars: &[Scalar]| scalars.iter().product::<Scalar>();
        let g = Products {
            first: -(rho * a * product(&inverses.rounds)),
            factors: squares.iter().rev().copied().collect(),
        };
        let h = Products {
            first: -(rho * b * product(&challenges.rounds)),
            factors: inverse_squares.iter().rev().zip(&y_inverses).map(|(u, y)| u * y).collect(),
        };
        let log_bits = bits.trailing_zeros() as usize;
        let mut z_power = z;
        let factors = y_inverses.iter().enumerate().map(|(place, y)| {
            if place < log_bits {
                y * Scalar::from(1u64 << (1 << place))
            } else {
                let factor = y * z_power;
                z_power *= z_power;
                factor
            }
        });
        let powers = Products { first: rho * zz, factors: factors.collect() };
        let constant = rho * z;
        let expansion = Expansion { bits, g_constant: -constant, g, h_constant: constant, h, powers };
        Self { scalars, base, blinding, expansion }
    }
}

/// The multiples of the shared generators, over many claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coefficients {
    /// Of B.
    pub base: Scalar,
    /// Of B~.
    pub blinding: Scalar,
    /// Of G, by place in the table: value * 64 + bit; [`MAX_VECTOR`] of them.
    pub g: Vec<Scalar>,
    /// Of H, likewise.
    pub h: Vec<Scalar>,
}

impl Default for Coefficients {
    fn default() -> Self {
        Self::from(&Sums::default())
    }
}

impl Coefficients {
    /// A claim's own.
    pub fn of(equation: &Equation) -> Self {
        let mut sums = Sums::default();
        sums.add(equation);
        Self::from(&sums)
    }
}

impl From<&Sums> for Coefficients {
    fn from(sums: &Sums) -> Self {
        let scalars = |numbers: &[Residue]| {
            // Most of the longest vectors are nobody's.
            let scalar =
                |number: &Residue| if *number == Residue::ZERO { Scalar::ZERO } else { number.scalar() };
            numbers.iter().map(scalar).collect()
        };
        Self { base: sums.base, blinding: sums.blinding, g: scalars(&sums.g), h: scalars(&sums.h) }
    }
}

/// [`Coefficients`] in the making.
#[derive(Clone, Debug)]
pub(super) struct Sums {
    base: Scalar,
    blinding: Scalar,
    g: Vec<Residue>,
    h: Vec<Residue>,
    /// Memory to work in: the products of one claim.
    products: [Vec<Residue>; 3],
}

impl Default for Sums {
    fn default() -> Self {
        let zeros = || vec![Residue::ZERO; MAX_VECTOR];
        Self {
            base: Scalar::ZERO,
            blinding: Scalar::ZERO,
            g: zeros(),
            h: zeros(),
            products: Default::default(),
        }
    }
}

impl Sums {
    /// Adds a claim's.
    pub(super) fn add(&mut self, equation: &Equation) {
        self.base += equation.base;
        self.blinding += equation.blinding;
        let Expansion { bits, g_constant, g, h_constant, h, powers } = &equation.expansion;
        let [g_products, h_products, power_products] = &mut self.products;
        g.expand_residues(g_products);
        h.expand_residues(h_products);
        powers.expand_residues(power_products);
        let (g_constant, h_constant) = (Residue::new(g_constant), Residue::new(h_constant));
        for (share, products) in self.g.chunks_mut(MAX_BITS).zip(g_products.chunks(*bits)) {
            for (sum, product) in share.iter_mut().zip(products) {
                *sum = sum.plus(product).plus(&g_constant);
            }
        }
        let products = h_products.chunks(*bits).zip(power_products.chunks(*bits));
        for (share, (products, powers)) in self.h.chunks_mut(MAX_BITS).zip(products) {
            for ((sum, product), power) in share.iter_mut().zip(products).zip(powers) {
                *sum = sum.plus(product).plus(power).plus(&h_constant);
            }
        }
    }

    /// Adds all of another's.
    pub(super) fn merge(&mut self, other: &Self) {
        self.base += other.base;
        self.blinding += other.blinding;
        for (sum, more) in self.g.iter_mut().zip(&other.g).chain(self.h.iter_mut().zip(&other.h)) {
            *sum = sum.plus(more);
        }
    }
}
