//! snarkjs's form: projective coordinates as decimal numbers, of Fp2 in the order c0, c1.

use super::{Case, ReadError, check_curve};
use erbium_gpu::proofs::compress_proof;
use erbium_vm::claims::{Claim, Verdict};
use primitive_types::U512;
use serde::Deserialize;
use std::borrow::Cow;

#[derive(Deserialize)]
struct File {
    verification_key: Key,
    cases: Vec<Test>,
}

#[derive(Deserialize)]
struct Key {
    curve: String,
    #[serde(rename = "nPublic")]
    inputs: usize,
    vk_alpha_1: G1,
    vk_beta_2: G2,
    vk_gamma_2: G2,
    vk_delta_2: G2,
    #[serde(rename = "IC")]
    ic: Vec<G1>,
}

#[derive(Deserialize)]
struct Test {
    proof: Proof,
    public: Vec<Decimal>,
}

#[derive(Deserialize)]
struct Proof {
    curve: String,
    pi_a: G1,
    pi_b: G2,
    pi_c: G1,
}

/// x, y and 1; for infinity 0, 1 and 0.
type G1 = [Decimal; 3];
type G2 = [[Decimal; 2]; 3];

/// A decimal number of up to 512 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Cow<'_, str>")]
struct Decimal(U512);

#[derive(Debug, thiserror::Error)]
#[error("no decimal number of up to 512 bits")]
struct NoDecimal;

impl TryFrom<Cow<'_, str>> for Decimal {
    type Error = NoDecimal;

    fn try_from(digits: Cow<'_, str>) -> Result<Self, NoDecimal> {
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NoDecimal);
        }
        U512::from_dec_str(&digits).map(Self).map_err(|_| NoDecimal)
    }
}

impl Decimal {
    /// Big-endian, where it fits.
    fn bytes<const LEN: usize>(self) -> Option<[u8; LEN]> {
        let bytes = self.0.to_big_endian();
        let (zeros, bytes) = bytes.split_last_chunk()?;
        zeros.iter().all(|byte| *byte == 0).then_some(*bytes)
    }
}

/// The uncompressed form of a point whose coordinates, in the order in which they are written, lie in front of the last one.
fn point(place: &str, coordinates: &[Decimal], [zero, one]: [bool; 2]) -> Result<Vec<u8>, ReadError> {
    let error = |problem| ReadError::Point { place: place.to_owned(), problem };
    if zero {
        let mut infinity = vec![0; 48 * coordinates.len()];
        infinity[0] = 0x40;
        return Ok(infinity);
    }
    if !one {
        return Err(error("is not in affine coordinates"));
    }
    let mut bytes = Vec::with_capacity(48 * coordinates.len());
    for coordinate in coordinates {
        // The flags lie in the bits above.
        let coordinate = coordinate.bytes::<48>().filter(|bytes| bytes[0] & 0xe0 == 0);
        bytes.extend(coordinate.ok_or_else(|| error("has a coordinate of more than 381 bits"))?);
    }
    Ok(bytes)
}

fn g1(place: &str, [x, y, z]: &G1) -> Result<Vec<u8>, ReadError> {
    point(place, &[*x, *y], [z.0.is_zero(), z.0 == U512::one()])
}

fn g2(place: &str, [x, y, z]: &G2) -> Result<Vec<u8>, ReadError> {
    let [real, imaginary] = z.map(|part| part.0);
    let is = |number: U512| real == number && imaginary.is_zero();
    point(place, &[x[1], x[0], y[1], y[0]], [is(U512::zero()), is(U512::one())])
}

pub(super) fn cases(json: &[u8]) -> Result<Vec<Case>, ReadError> {
    let File { verification_key: key, cases } = serde_json::from_slice(json)?;
    check_curve(&key.curve)?;
    if key.ic.len() != key.inputs.saturating_add(1) {
        return Err(ReadError::Point {
            place: "IC".to_owned(),
            problem: "has not one point more than nPublic",
        });
    }
    let mut verifying_key = g1("vk_alpha_1", &key.vk_alpha_1)?;
    for (place, point) in
        [("vk_beta_2", &key.vk_beta_2), ("vk_gamma_2", &key.vk_gamma_2), ("vk_delta_2", &key.vk_delta_2)]
    {
        verifying_key.extend(g2(place, point)?);
    }
    for (at, point) in key.ic.iter().enumerate() {
        verifying_key.extend(g1(&format!("IC[{at}]"), point)?);
    }
    let mut read = Vec::with_capacity(cases.len());
    for (at, Test { proof, public }) in cases.iter().enumerate() {
        check_curve(&proof.curve)?;
        let place = |name: &str| format!("cases[{at}].{name}");
        let points = [
            g1(&place("pi_a"), &proof.pi_a)?,
            g2(&place("pi_b"), &proof.pi_b)?,
            g1(&place("pi_c"), &proof.pi_c)?,
        ];
        let points = points.concat();
        let proof = points.first_chunk().and_then(compress_proof);
        let proof = proof.ok_or_else(|| ReadError::Point {
            place: place("proof"),
            problem: "has a point off its curve",
        })?;
        let mut inputs = Vec::with_capacity(32 * public.len());
        for input in public {
            let input = input.bytes::<32>().ok_or_else(|| ReadError::Point {
                place: place("public"),
                problem: "has an input of more than 256 bits",
            })?;
            inputs.extend(input);
        }
        read.push(Case {
            id: at.to_string(),
            about: "a proof of snarkjs".to_owned(),
            claim: Claim::Groth16 { verifying_key: verifying_key.clone(), inputs, proof: proof.to_vec() },
            expected: Verdict::Valid,
        });
    }
    Ok(read)
}
