//! Random weights, and where they come from.

use super::curve;
use crate::cpu::dilithium::Shake256;
use blst::blst_fr;

/// A weight a + b * lambda with halves of 64 bits: 2^128 different scalars, for which lambda is a cube root of one modulo the
/// order, so that half as many doublings multiply by one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Weight {
    pub(crate) a: u64,
    pub(crate) b: u64,
}

impl Weight {
    /// z^2 - 1, where z is the curve's parameter.
    pub(super) const LAMBDA: u128 = 0xac45_a401_0001_a402_0000_0000_ffff_ffff;

    /// The weight as a number, which is below 2^192.
    pub(super) fn scalar(self) -> Scalar {
        let b = u128::from(self.b);
        let low = b * u128::from(Self::LAMBDA as u64) + u128::from(self.a);
        let high = b * (Self::LAMBDA >> 64) + (low >> 64);
        Scalar(blst_fr { l: [low as u64, high as u64, (high >> 64) as u64, 0] })
    }

    /// Digits -1, 0, 1 of both halves, lowest first, of which as few pairs as can be are not zero (Solinas's joint sparse
    /// form: half of them).
    pub(super) fn joint_sparse_form(self) -> [(i8, i8); 65] {
        let mut digits = [(0, 0); 65];
        let (mut rest, mut carry) = ([u128::from(self.a), u128::from(self.b)], [0u128; 2]);
        for digit in &mut digits {
            let low = [rest[0] + carry[0], rest[1] + carry[1]];
            let signed = |own: u128, other: u128| -> i8 {
                if own & 1 == 0 {
                    return 0;
                }
                let sign = if own & 3 == 1 { 1 } else { -1 };
                let turned = matches!(own & 7, 3 | 5) && other & 3 == 2;
                if turned { -sign } else { sign }
            };
            *digit = (signed(low[0], low[1]), signed(low[1], low[0]));
            for (carry, digit) in carry.iter_mut().zip([digit.0, digit.1]) {
                if 2 * *carry as i8 == 1 + digit {
                    *carry = 1 - *carry;
                }
            }
            rest = rest.map(|half| half >> 1);
        }
        digits
    }
}

/// A number modulo the order of the groups.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Scalar(blst_fr);

impl Scalar {
    /// One that is canonical, big-endian.
    pub(super) fn from_be_bytes(bytes: &[u8; 32]) -> Self {
        let mut number = blst_fr::default();
        for (limb, bytes) in number.l.iter_mut().rev().zip(bytes.as_chunks::<8>().0) {
            *limb = u64::from_be_bytes(*bytes);
        }
        Self(number)
    }

    /// A number of 192 bits.
    pub(super) fn from_bytes(bytes: &[u8; 24]) -> Self {
        let mut number = blst_fr::default();
        for (limb, bytes) in number.l.iter_mut().zip(bytes.as_chunks::<8>().0) {
            *limb = u64::from_le_bytes(*bytes);
        }
        Self(number)
    }

    /// Little-endian.
    pub(super) fn to_bytes(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        for (bytes, limb) in bytes.as_chunks_mut::<8>().0.iter_mut().zip(self.0.l) {
            *bytes = limb.to_le_bytes();
        }
        bytes
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self(curve::fr_sum(&self.0, &other.0))
    }

    pub(super) fn minus(self, other: Self) -> Self {
        Self(curve::fr_difference(&self.0, &other.0))
    }

    pub(super) fn times(self, other: Self) -> Self {
        self.as_factor().times(other)
    }

    /// The number made ready to multiply many others.
    pub(super) fn as_factor(self) -> Factor {
        Factor(curve::fr_to_montgomery(&self.0))
    }
}

/// A number in Montgomery's form: a product with a plain number is plain.
#[derive(Clone, Copy)]
pub(super) struct Factor(blst_fr);

impl Factor {
    pub(super) fn times(self, other: Scalar) -> Scalar {
        Scalar(curve::fr_product(&self.0, &other.0))
    }
}

/// What the weights of a batch are drawn from: random bytes of the process, then every claim of the batch.
pub(super) struct Transcript {
    shake: Shake256,
}

impl Transcript {
    pub(super) fn new(seed: &[u8; 32]) -> Self {
        Self { shake: Shake256::default().absorb(b"erbium/groth16/weights/v1").absorb(seed) }
    }

    /// Takes in a claim by the digests of its key and of its proof and inputs.
    pub(super) fn absorb(self, key: &[u8; 32], proof: &[u8; 32]) -> Self {
        Self { shake: self.shake.absorb(key).absorb(proof) }
    }

    /// So many weights.
    pub(super) fn weights(self, count: usize) -> Vec<Weight> {
        let mut output = self.shake.finish();
        let mut weights = Vec::with_capacity(count);
        while weights.len() < count {
            let block = output.block();
            let words = block.as_chunks::<16>().0.iter().map(|bytes| u128::from_le_bytes(*bytes));
            let wanted = count - weights.len();
            weights.extend(words.take(wanted).map(|word| Weight { a: word as u64, b: (word >> 64) as u64 }));
        }
        weights
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_bls12_381::Fr;
    use ark_ff::{BigInteger, PrimeField};
    use proptest::prelude::*;

    fn ark(scalar: Scalar) -> Fr {
        Fr::from_le_bytes_mod_order(&scalar.to_bytes())
    }

    fn weight() -> impl Strategy<Value = Weight> {
        let half = prop_oneof![any::<u64>(), Just(0), Just(1), Just(u64::MAX), Just(1 << 63)];
        (half.clone(), half).prop_map(|(a, b)| Weight { a, b })
    }

    #[test]
    fn lambda_is_a_cube_root_of_one() {
        let lambda = Fr::from(Weight::LAMBDA);
        assert_eq!(lambda * lambda + lambda + Fr::from(1u64), Fr::from(0u64));
    }

    proptest! {
        #[test]
        fn a_weight_is_its_digits_and_its_scalar(weight in weight()) {
            let (mut a, mut b) = (0i128, 0i128);
            for (left, right) in weight.joint_sparse_form().into_iter().rev() {
                (a, b) = (2 * a + i128::from(left), 2 * b + i128::from(right));
            }
            prop_assert_eq!((a, b), (weight.a.into(), weight.b.into()));
            let expected = Fr::from(weight.a) + Fr::from(weight.b) * Fr::from(Weight::LAMBDA);
            prop_assert_eq!(ark(weight.scalar()), expected);
        }

        #[test]
        fn scalars_are_arkworks_s(left in any::<[u8; 32]>(), right in any::<[u8; 32]>()) {
            let [left, right] = [left, right].map(|bytes| Fr::from_be_bytes_mod_order(&bytes));
            let read = |number: Fr| {
                let mut bytes = [0; 32];
                bytes.copy_from_slice(&number.into_bigint().to_bytes_be());
                Scalar::from_be_bytes(&bytes)
            };
            let (ours, theirs) = (read(left), read(right));
            prop_assert_eq!(ark(ours.plus(theirs)), left + right);
            prop_assert_eq!(ark(ours.minus(theirs)), left - right);
            prop_assert_eq!(ark(ours.times(theirs)), left * right);
        }

        #[test]
        fn weights_hang_on_the_whole_batch(seed in any::<[u8; 32]>(), claims in prop::collection::vec(any::<[[u8; 32]; 2]>(), 1..20), at in any::<prop::sample::Index>()) {
            let draw = |seed: &[u8; 32], claims: &[[[u8; 32]; 2]]| {
                let transcript = claims.iter().fold(Transcript::new(seed), |t, [key, proof]| t.absorb(key, proof));
                transcript.weights(claims.len())
            };
            let weights = draw(&seed, &claims);
            prop_assert_eq!(&weights, &draw(&seed, &claims));
            let mut other = claims.clone();
            other[at.index(claims.len())][1][7] ^= 1;
            let others = draw(&seed, &other);
            prop_assert!(weights.iter().zip(&others).all(|(a, b)| a != b));
        }
    }
}
