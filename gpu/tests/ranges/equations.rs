//! The equation as data: what it sums to, and what plants add.

use crate::reference::prove;
use crate::transfers;
use curve25519_dalek::ristretto::CompressedRistretto;
use curve25519_dalek::traits::IsIdentity;
use curve25519_dalek::{RistrettoPoint, Scalar};
use erbium_gpu::cpu::range_proof::{
    Coefficients, Draw, Equation, Generators, Inverses, MAX_VECTOR, Plant, Products, Shape, Statement,
    Weights,
};

const ONE: Weights = Weights { product: Scalar::ONE, polynomial: Scalar::ONE, excess: Scalar::ONE };

/// The sum, term by term.
fn sum(equation: &Equation, points: &[RistrettoPoint]) -> RistrettoPoint {
    let coefficients = Coefficients::of(equation);
    assert_eq!(equation.scalars.len(), points.len());
    let own: RistrettoPoint = equation.scalars.iter().zip(points).map(|(scalar, point)| scalar * point).sum();
    let multiple = |scalar: &Scalar, point: Option<&RistrettoPoint>| scalar * point.unwrap();
    let shared: RistrettoPoint = (0..MAX_VECTOR)
        .filter(|place| coefficients.g[*place] != Scalar::ZERO || coefficients.h[*place] != Scalar::ZERO)
        .map(|place| {
            multiple(&coefficients.g[place], Generators::g(place))
                + multiple(&coefficients.h[place], Generators::h(place))
        })
        .sum();
    own + shared
        + Generators::base() * coefficients.base
        + Generators::blinding_base() * coefficients.blinding
}

fn points(statement: &Statement<'_>) -> Vec<RistrettoPoint> {
    statement.encodings().map(|bytes| CompressedRistretto(*bytes).decompress().unwrap()).collect()
}

#[test]
fn every_equation_of_a_true_claim_is_the_identity() {
    let claims =
        [prove(b"label", 8, &[3, 4], [1; 32]), prove(b"label", 16, &[3], [2; 32]), transfers::good(2, 1)];
    let statements: Vec<_> = claims.iter().map(|claim| Statement::read(claim).unwrap().unwrap()).collect();
    let inverses = Inverses::of(&statements);
    for (statement, inverses) in statements.iter().zip(&inverses) {
        assert_eq!(inverses.y * statement.challenges.y, Scalar::ONE);
        assert_eq!(std::slice::from_ref(inverses), Inverses::of([statement]));
        let points = points(statement);
        // Each of the three by itself, and all under weights.
        let zero = Weights { product: Scalar::ZERO, polynomial: Scalar::ZERO, excess: Scalar::ZERO };
        for weights in [
            Weights { product: Scalar::from(5u8), ..zero },
            Weights { polynomial: Scalar::from(6u8), ..zero },
            Weights { excess: Scalar::from(7u8), ..zero },
            ONE,
        ] {
            assert!(sum(&Equation::new(statement, inverses, &weights), &points).is_identity());
        }
        let mut wrong = Equation::new(statement, inverses, &ONE);
        wrong.expansion.h.factors[1] += Scalar::ONE;
        assert!(!sum(&wrong, &points).is_identity());
    }
}

#[test]
fn a_plant_is_off_by_its_term() {
    let mut draw = Draw::with_seed(&[1; 32], []);
    for shape in [Shape::SMALL, Shape::Range { bits: 16, values: 2 }, Shape::Transfer] {
        let plant = Plant::new(shape, &mut draw).unwrap();
        assert_eq!(Shape::of(&plant.statement), shape);
        let weights = draw.weights();
        let sum = sum(&Equation::new(&plant.statement, &plant.inverses, &weights), plant.points());
        assert_eq!(sum, plant.term(&weights));
        assert!(!sum.is_identity());
        // No two are the same.
        assert_ne!(Plant::new(shape, &mut draw).unwrap().term(&weights), sum);
        assert_ne!(plant.term(&draw.weights()), sum);
    }
    assert!(Plant::new(Shape::Range { bits: 64, values: 3 }, &mut draw).is_none());
}

#[test]
fn products_are_what_they_say() {
    let products = Products { first: Scalar::from(7u8), factors: [2u8, 3, 5].map(Scalar::from).to_vec() };
    let mut numbers = Vec::new();
    products.expand(&mut numbers);
    assert_eq!(numbers, [7u8, 14, 21, 42, 35, 70, 105, 210].map(Scalar::from));
}

#[test]
fn draws_depend_on_seed_and_claims() {
    let claim = prove(b"label", 8, &[3], [1; 32]);
    let statement = Statement::read(&claim).unwrap().unwrap();
    let first = |seed: u8, statements: &[&Statement<'_>]| {
        Draw::with_seed(&[seed; 32], statements.iter().copied()).weights()
    };
    assert_eq!(first(1, &[&statement]), first(1, &[&statement]));
    assert_ne!(first(1, &[&statement]), first(2, &[&statement]));
    assert_ne!(first(1, &[&statement]), first(1, &[]));
    let Weights { product, polynomial, excess } = first(1, &[]);
    assert!(product != polynomial && polynomial != excess);
    assert!(product.to_bytes()[16..].iter().all(|byte| *byte == 0));
}
