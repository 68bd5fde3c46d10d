//! Claims that are known not to hold, and by how much.

use super::curve::{self, Fp12};
use super::weight::Scalar;
use crate::cpu::dilithium::Shake256;

/// An invalid claim, planted among those of a batch. Its key and its proof were made from known numbers, so the element of
/// GT is known that its equation comes out as; a combined check must find exactly that.
#[derive(Clone, Debug)]
pub(super) struct Plant {
    pub(super) verifying_key: Vec<u8>,
    pub(super) inputs: Vec<u8>,
    pub(super) proof: Vec<u8>,
    /// e(A, B) / (e(alpha, beta) e(ic_0 + x ic_1, gamma) e(C, delta)), which is not one.
    pub(super) term: Fp12,
}

impl Plant {
    /// The plant that belongs to a seed. Its key has one public input.
    pub(super) fn new(seed: &[u8; 32]) -> Self {
        let mut output = Shake256::default().absorb(b"erbium/groth16/plant/v1").absorb(seed).finish();
        loop {
            // Ten numbers of 192 bits.
            let blocks = [output.block(), output.block()].concat();
            let mut numbers = blocks.as_chunks::<24>().0.iter().map(Scalar::from_bytes);
            let mut next = || numbers.next().unwrap_or_default();
            let [alpha, beta, gamma, delta, constant, slope] = std::array::from_fn(|_| next());
            let [input, a, b, c] = std::array::from_fn(|_| next());
            let right =
                alpha.times(beta).plus(constant.plus(slope.times(input)).times(gamma)).plus(c.times(delta));
            let error = a.times(b).minus(right);
            if error == Scalar::default() {
                continue;
            }
            let (g1, g2) = curve::generators();
            let pairing = curve::final_exponentiation(&curve::miller(&[(g1, g2)]));
            let [alpha, constant, slope, a, c] =
                [alpha, constant, slope, a, c].map(|x| curve::g1_multiple(&x.to_bytes()));
            let [beta, gamma, delta, b] = [beta, gamma, delta, b].map(|x| curve::g2_multiple(&x.to_bytes()));
            let mut input = input.to_bytes();
            input.reverse();
            return Self {
                verifying_key: [
                    &curve::g1_to_uncompressed(&alpha)[..],
                    &[beta, gamma, delta].map(|point| curve::g2_to_uncompressed(&point)).concat(),
                    &[constant, slope].map(|point| curve::g1_to_uncompressed(&point)).concat(),
                ]
                .concat(),
                inputs: input.to_vec(),
                proof: [
                    &curve::g1_to_compressed(&a)[..],
                    &curve::g2_to_compressed(&b),
                    &curve::g1_to_compressed(&c),
                ]
                .concat(),
                term: curve::gt_power(&pairing, &error.to_bytes()),
            };
        }
    }
}
