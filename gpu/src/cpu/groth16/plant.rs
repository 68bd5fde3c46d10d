//! Claims made from known numbers: such that hold, and such that are known not to hold, and by how much.

use super::curve::{self, Fp12};
use super::key::VerifyingKey;
use super::weight::Scalar;
use crate::cpu::dilithium::{Output256, Shake256};
use erbium_claims::{Claim, Groth16Parts};

/// A claim of which is known what its equation comes out as. Invalid ones are planted among those of a batch: a combined check
/// must find exactly their terms.
#[derive(Clone, Debug)]
pub(crate) struct Plant {
    pub(crate) verifying_key: Vec<u8>,
    pub(crate) inputs: Vec<u8>,
    pub(crate) proof: [u8; Groth16Parts::PROOF_LEN],
    /// e(A, B) / (e(alpha, beta) e(ic_0 + x ic_1, gamma) e(C, delta)): one if the claim holds.
    pub(crate) term: Fp12,
}

/// What of a claim does not fit the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    A,
    B,
    C,
    Input,
}

impl Wrong {
    pub(crate) const ALL: [Self; 4] = [Self::A, Self::B, Self::C, Self::Input];
}

/// Numbers that hang on a seed alone.
struct Numbers {
    output: Output256,
    left: Vec<Scalar>,
}

impl Numbers {
    fn next(&mut self) -> Scalar {
        loop {
            if let Some(number) = self.left.pop() {
                return number;
            }
            // Of 192 bits each.
            self.left = self.output.block().as_chunks::<24>().0.iter().map(Scalar::from_bytes).collect();
        }
    }
}

/// A verifying key with one public input whose numbers are known, and what makes proofs under it.
pub(crate) struct Secret {
    numbers: Numbers,
    alpha: Scalar,
    /// What beta and gamma are over delta.
    over_delta: [Scalar; 2],
    delta: Scalar,
    ic: [Scalar; 2],
    verifying_key: Vec<u8>,
    /// The pairing of the generators.
    pairing: Fp12,
}

impl Secret {
    /// The key that belongs to a seed.
    pub(crate) fn new(seed: &[u8; 32]) -> Self {
        let output = Shake256::default().absorb(b"erbium/groth16/plant/v1").absorb(seed).finish();
        let mut numbers = Numbers { output, left: Vec::new() };
        let [alpha, delta] = std::array::from_fn(|_| numbers.next());
        let over_delta: [_; 2] = std::array::from_fn(|_| numbers.next());
        let ic: [_; 2] = std::array::from_fn(|_| numbers.next());
        let verifying_key = [
            &g1(alpha)[..],
            &over_delta.map(|number| g2(number.times(delta))).concat(),
            &g2(delta),
            &ic.map(g1).concat(),
        ]
        .concat();
        let (g1, g2) = curve::generators();
        let pairing = curve::final_exponentiation(&curve::miller(&[(g1, g2)]));
        Self { numbers, alpha, over_delta, delta, ic, verifying_key, pairing }
    }

    /// The next claim under the key, in which these parts are wrong.
    pub(crate) fn claim(&mut self, wrong: &[Wrong]) -> Plant {
        loop {
            let [mut a, mut b, mut input] = std::array::from_fn(|_| self.numbers.next());
            // Everything over delta: C follows without a division.
            let [beta, gamma] = self.over_delta;
            let of_key = |input: Scalar| {
                let inputs = self.ic[0].plus(self.ic[1].times(input));
                self.alpha.times(beta).plus(inputs.times(gamma))
            };
            let mut c = a.times(b).minus(of_key(input));
            for part in wrong {
                let part = match part {
                    Wrong::A => &mut a,
                    Wrong::B => &mut b,
                    Wrong::C => &mut c,
                    Wrong::Input => &mut input,
                };
                *part = part.plus(self.numbers.next());
            }
            let error = a.times(b).minus(of_key(input).plus(c));
            if (error == Scalar::default()) != wrong.is_empty() {
                continue;
            }
            let (b, error) = (b.times(self.delta), error.times(self.delta));
            let mut inputs = input.to_bytes();
            inputs.reverse();
            let [a, c] =
                [a, c].map(|number| curve::g1_to_compressed(&curve::g1_multiple(&number.to_bytes())));
            let mut proof = [0; Groth16Parts::PROOF_LEN];
            let (in_a, rest) = proof.split_at_mut(a.len());
            let (in_b, in_c) = rest.split_at_mut(rest.len() - c.len());
            in_a.copy_from_slice(&a);
            in_b.copy_from_slice(&curve::g2_to_compressed(&curve::g2_multiple(&b.to_bytes())));
            in_c.copy_from_slice(&c);
            let term = curve::gt_power(&self.pairing, &error.to_bytes());
            return Plant { verifying_key: self.verifying_key.clone(), inputs: inputs.to_vec(), proof, term };
        }
    }
}

impl Plant {
    /// An invalid claim that belongs to a seed.
    pub(super) fn new(seed: &[u8; 32]) -> Self {
        Secret::new(seed).claim(&Wrong::ALL)
    }

    /// Its key, parsed.
    pub(crate) fn key(&self) -> Option<VerifyingKey> {
        VerifyingKey::read(&Groth16Parts::read(&self.verifying_key, &self.inputs, &self.proof)?)
    }

    /// It as anybody else would make it.
    pub(crate) fn to_claim(&self) -> Claim {
        Claim::Groth16 {
            verifying_key: self.verifying_key.clone(),
            inputs: self.inputs.clone(),
            proof: self.proof.to_vec(),
        }
    }
}

fn g1(number: Scalar) -> [u8; 96] {
    curve::g1_to_uncompressed(&curve::g1_multiple(&number.to_bytes()))
}

fn g2(number: Scalar) -> [u8; 192] {
    curve::g2_to_uncompressed(&curve::g2_multiple(&number.to_bytes()))
}
