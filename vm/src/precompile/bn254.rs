//! 0x06 BN254_ADD, 0x07 BN254_MUL (EIP-196) and 0x08 BN254_PAIRING (EIP-197), with the lower gas of EIP-1108 from
//! Istanbul on.
//!
//! Coordinates are 32 bytes big-endian and below the field modulus; the point at infinity is all zeros.

use super::input::padded;
use super::{PrecompileError, PrecompileOutput, charge};
use ark_bn254::{Bn254, Fq, Fq2, Fr, G1Affine, G1Projective, G2Affine, g1};
use ark_ec::pairing::Pairing;
use ark_ec::scalar_mul::glv::GLVConfig;
use ark_ec::{AdditiveGroup, AffineRepr, CurveGroup};
use ark_ff::{BigInt, BigInteger, PrimeField, Zero};

/// x | y.
const G1_LEN: usize = 64;
/// A G1 point and a G2 point.
const PAIR_LEN: usize = 192;

/// Price of a pairing check: `base` and `per_pair` for each pair.
struct PairingGas {
    base: u64,
    per_pair: u64,
}

pub(super) fn add_byzantium(input: &[u8], gas_limit: u64) -> Result<PrecompileOutput, PrecompileError> {
    add(input, charge(500, gas_limit)?)
}

pub(super) fn add_istanbul(input: &[u8], gas_limit: u64) -> Result<PrecompileOutput, PrecompileError> {
    add(input, charge(150, gas_limit)?)
}

pub(super) fn mul_byzantium(input: &[u8], gas_limit: u64) -> Result<PrecompileOutput, PrecompileError> {
    mul(input, charge(40_000, gas_limit)?)
}

pub(super) fn mul_istanbul(input: &[u8], gas_limit: u64) -> Result<PrecompileOutput, PrecompileError> {
    mul(input, charge(6_000, gas_limit)?)
}

pub(super) fn pairing_byzantium(input: &[u8], gas_limit: u64) -> Result<PrecompileOutput, PrecompileError> {
    pairing(input, &PairingGas { base: 100_000, per_pair: 80_000 }, gas_limit)
}

pub(super) fn pairing_istanbul(input: &[u8], gas_limit: u64) -> Result<PrecompileOutput, PrecompileError> {
    pairing(input, &PairingGas { base: 45_000, per_pair: 34_000 }, gas_limit)
}

/// Input: two points; bytes beyond the end are zeros, bytes too many are ignored.
fn add(input: &[u8], gas_used: u64) -> Result<PrecompileOutput, PrecompileError> {
    let a = decode_g1(&padded(input, 0))?;
    let b = decode_g1(&padded(input, G1_LEN))?;
    Ok(PrecompileOutput { gas_used, output: encode_g1((a + b).into_affine()) })
}

/// Input: a point and a scalar of 32 bytes, reduced or not; short and long inputs as in [`add`].
fn mul(input: &[u8], gas_used: u64) -> Result<PrecompileOutput, PrecompileError> {
    let point = decode_g1(&padded(input, 0))?;
    let scalar = Fr::from_be_bytes_mod_order(&padded::<32>(input, G1_LEN));
    Ok(PrecompileOutput { gas_used, output: encode_g1(times(point, scalar).into_affine()) })
}

/// Input: pairs of a G1 and a G2 point. Output: 1 in 32 bytes if the product of their pairings is one, else 0.
fn pairing(input: &[u8], gas: &PairingGas, gas_limit: u64) -> Result<PrecompileOutput, PrecompileError> {
    let (pairs, rest) = input.as_chunks::<PAIR_LEN>();
    let gas_used =
        charge(gas.per_pair.saturating_mul(pairs.len() as u64).saturating_add(gas.base), gas_limit)?;
    if !rest.is_empty() {
        return Err(PrecompileError::InputLength { expected: "a multiple of 192", got: input.len() });
    }

    let mut g1 = Vec::with_capacity(pairs.len());
    let mut g2 = Vec::with_capacity(pairs.len());
    for pair in pairs {
        let p = decode_g1(&padded(pair, 0))?;
        let q = decode_g2(&padded(pair, G1_LEN))?;
        // A pairing with infinity is one.
        if !p.is_zero() && !q.is_zero() {
            g1.push(p);
            g2.push(q);
        }
    }
    let mut output = vec![0; 32];
    output[31] = u8::from(g1.is_empty() || Bn254::multi_pairing(g1, g2).is_zero());
    Ok(PrecompileOutput { gas_used, output })
}

/// Scalars up to this many bits are multiplied bit by bit: the tables of [`times`] would cost more than they save.
const SHORT_BITS: u32 = 96;
/// Window of the signed digits in bits. Odd digits lie between plus and minus 2^(w - 1).
const WINDOW: usize = 5;
/// 1, 3, 5, .. 15 times a point.
type OddMultiples = [G1Projective; 1 << (WINDOW - 2)];

/// The point times the scalar. Long scalars are split by the curve's endomorphism (GLV) into two of half the length,
/// which share their doublings and add by signed windows.
fn times(point: G1Affine, scalar: Fr) -> G1Projective {
    let bits = scalar.into_bigint();
    if bits.num_bits() <= SHORT_BITS {
        return point.mul_bigint(bits);
    }
    let ((first_positive, first), (second_positive, second)) = g1::Config::scalar_decomposition(scalar);
    let point = point.into_group();
    let image = g1::Config::endomorphism(&point);
    let halves = [(first_positive, first, point), (second_positive, second, image)].map(
        |(positive, scalar, point)| {
            let digits = scalar.into_bigint().find_wnaf(WINDOW).unwrap_or_default();
            (digits, odd_multiples(if positive { point } else { -point }))
        },
    );

    let mut sum = G1Projective::zero();
    let places = halves[0].0.len().max(halves[1].0.len());
    for place in (0..places).rev() {
        sum.double_in_place();
        for (digits, multiples) in &halves {
            let digit = digits.get(place).copied().unwrap_or(0);
            let multiple = &multiples[digit.unsigned_abs() as usize / 2];
            if digit > 0 {
                sum += multiple;
            } else if digit < 0 {
                sum -= multiple;
            }
        }
    }
    sum
}

fn odd_multiples(point: G1Projective) -> OddMultiples {
    let twice = point.double();
    let mut next = point;
    std::array::from_fn(|_| {
        let multiple = next;
        next += twice;
        multiple
    })
}

fn decode_g1(bytes: &[u8; G1_LEN]) -> Result<G1Affine, PrecompileError> {
    let [x, y] = [0, 32].map(|offset| decode_fq(padded(bytes, offset)));
    let (x, y) = (x?, y?);
    if x.is_zero() && y.is_zero() {
        return Ok(G1Affine::identity());
    }
    let point = G1Affine::new_unchecked(x, y);
    // The cofactor is one: on the curve is in the group.
    if point.is_on_curve() { Ok(point) } else { Err(PrecompileError::NotOnCurve) }
}

/// Elements of Fq2 put their imaginary part first.
fn decode_g2(bytes: &[u8; 2 * G1_LEN]) -> Result<G2Affine, PrecompileError> {
    let [x1, x0, y1, y0] = [0, 32, 64, 96].map(|offset| decode_fq(padded(bytes, offset)));
    let (x, y) = (Fq2::new(x0?, x1?), Fq2::new(y0?, y1?));
    if x.is_zero() && y.is_zero() {
        return Ok(G2Affine::identity());
    }
    let point = G2Affine::new_unchecked(x, y);
    if !point.is_on_curve() {
        return Err(PrecompileError::NotOnCurve);
    }
    if !point.is_in_correct_subgroup_assuming_on_curve() {
        return Err(PrecompileError::NotInSubgroup);
    }
    Ok(point)
}

fn decode_fq(bytes: [u8; 32]) -> Result<Fq, PrecompileError> {
    let (words, _) = bytes.as_chunks::<8>();
    // Limbs run from the least significant on.
    let limbs = std::array::from_fn(|i| u64::from_be_bytes(words[3 - i]));
    Fq::from_bigint(BigInt::new(limbs)).ok_or(PrecompileError::FieldElement)
}

fn encode_g1(point: G1Affine) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(G1_LEN);
    let (x, y) = point.xy().unwrap_or_default();
    for coordinate in [x, y] {
        let BigInt(limbs) = coordinate.into_bigint();
        bytes.extend(limbs.iter().rev().flat_map(|limb| limb.to_be_bytes()));
    }
    bytes
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

    use super::*;
    use ark_ff::Field;
    use proptest::prelude::*;

    fn encode_g2(point: &G2Affine) -> Vec<u8> {
        let (x, y) = point.xy().unwrap_or_default();
        [x.c1, x.c0, y.c1, y.c0]
            .iter()
            .flat_map(|part| part.into_bigint().0.into_iter().rev().flat_map(u64::to_be_bytes))
            .collect()
    }

    fn pair(p: G1Affine, q: &G2Affine) -> Vec<u8> {
        [encode_g1(p), encode_g2(q)].concat()
    }

    fn check(input: &[u8]) -> Result<u8, PrecompileError> {
        pairing_istanbul(input, 1_000_000).map(|done| done.output[31])
    }

    /// e(P, Q) * e(-P, Q) = 1, and e(P, Q) alone is not.
    #[test]
    fn opposite_pairings_cancel() {
        let (p, q) = (G1Affine::generator(), G2Affine::generator());
        assert_eq!(check(&[pair(p, &q), pair(-p, &q)].concat()), Ok(1));
        assert_eq!(check(&pair(p, &q)), Ok(0));
        assert_eq!(check(&[pair(p, &q), pair(p, &q)].concat()), Ok(0));
    }

    #[test]
    fn infinity_pairs_to_one() {
        let (p, q) = (G1Affine::generator(), G2Affine::generator());
        let nothing = [pair(G1Affine::identity(), &q), pair(p, &G2Affine::identity())].concat();
        assert_eq!(check(&[]), Ok(1));
        assert_eq!(check(&nothing), Ok(1));
        assert_eq!(check(&[nothing, pair(p, &q)].concat()), Ok(0));
    }

    /// The twist's cofactor has 254 bits, so the first point found is outside the subgroup.
    #[test]
    fn points_of_the_twist_outside_the_subgroup_fail() {
        let stray = (1..)
            .find_map(|x| {
                let x = Fq2::new(Fq::from(x), Fq::zero());
                G2Affine::get_point_from_x_unchecked(x, false)
            })
            .unwrap();
        assert!(stray.is_on_curve());
        assert_eq!(check(&pair(G1Affine::identity(), &stray)), Err(PrecompileError::NotInSubgroup));
    }

    #[test]
    fn coordinates_are_canonical_and_on_the_curve() {
        let mut modulus: Vec<u8> = Fq::MODULUS.0.into_iter().rev().flat_map(u64::to_be_bytes).collect();
        modulus.resize(G1_LEN, 0);
        assert_eq!(add_istanbul(&modulus, 150), Err(PrecompileError::FieldElement));
        let mut off = [0; G1_LEN];
        off[G1_LEN - 1] = 1;
        assert_eq!(add_istanbul(&off, 150), Err(PrecompileError::NotOnCurve));
        let mut rest = vec![0; PAIR_LEN + 1];
        assert_eq!(
            check(&rest).map_err(|error| error.to_string()).unwrap_err(),
            "input of 193 bytes, expected a multiple of 192"
        );
        rest.truncate(PAIR_LEN);
        assert_eq!(check(&rest), Ok(1));
    }

    /// Short inputs continue with zeros, long ones are cut: P + infinity = P = 1 * P.
    #[test]
    fn lengths_are_free_for_add_and_mul() {
        let p = encode_g1(G1Affine::generator());
        for extra in [vec![], vec![0; 30], [vec![0; 64], vec![9; 5]].concat()] {
            let input = [p.clone(), extra].concat();
            assert_eq!(add_istanbul(&input, 150).unwrap().output, p);
        }
        assert_eq!(mul_istanbul(&p, 6_000).unwrap().output, [0; G1_LEN]);
        let doubled = [p.clone(), vec![0; 31], vec![2, 7]].concat();
        assert_eq!(
            mul_istanbul(&doubled, 6_000).unwrap(),
            add_istanbul(&[p.clone(), p].concat(), 150)
                .map(|done| PrecompileOutput { gas_used: 6_000, ..done })
                .unwrap()
        );
    }

    proptest! {
        /// Against the library's own double-and-add, for scalars of every length.
        #[test]
        fn times_is_repeated_addition(bytes: [u8; 32], shift in 0_usize..256, point: u64) {
            let number = primitive_types::U256::from_big_endian(&bytes) >> shift;
            let scalar = Fr::from_be_bytes_mod_order(&number.to_big_endian());
            let point = G1Affine::generator().mul_bigint([point]).into_affine();
            prop_assert_eq!(times(point, scalar), point.mul_bigint(scalar.into_bigint()));
        }
    }

    #[test]
    fn times_at_the_edges() {
        let point = G1Affine::generator();
        for scalar in [Fr::zero(), Fr::ONE, -Fr::ONE, Fr::from(2).inverse().unwrap()] {
            assert_eq!(times(point, scalar), point.mul_bigint(scalar.into_bigint()));
            assert!(times(G1Affine::identity(), scalar).is_zero());
        }
    }
}
