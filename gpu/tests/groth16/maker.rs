//! Claims made from known numbers, valid and not, and what can be wrong with their bytes.

use ark_bls12_381::{Fq, Fq2, Fr, G1Affine, G1Projective, G2Affine, G2Projective};
use ark_ec::{AffineRepr, CurveGroup, PrimeGroup};
use ark_ff::{AdditiveGroup, BigInteger, Field, PrimeField};
use ark_serialize::CanonicalSerialize;
use erbium_gpu::claims::Claim;

fn g1(number: Fr) -> G1Affine {
    (G1Projective::generator() * number).into_affine()
}

fn g2(number: Fr) -> G2Affine {
    (G2Projective::generator() * number).into_affine()
}

fn uncompressed(point: impl CanonicalSerialize) -> Vec<u8> {
    let mut bytes = Vec::new();
    point.serialize_uncompressed(&mut bytes).unwrap();
    bytes
}

fn compressed(point: impl CanonicalSerialize) -> Vec<u8> {
    let mut bytes = Vec::new();
    point.serialize_compressed(&mut bytes).unwrap();
    bytes
}

fn word(number: Fr) -> Vec<u8> {
    number.into_bigint().to_bytes_be()
}

/// A stream of numbers.
pub(crate) struct Numbers(u64);

impl Numbers {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> Fr {
        self.0 = self.0.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        // Squared until it fills the field.
        Fr::from(self.0).pow([0xffff_ffff_ffff])
    }
}

/// A key whose secret is known.
pub(crate) struct Key {
    alpha: Fr,
    beta: Fr,
    gamma: Fr,
    delta: Fr,
    ic: Vec<Fr>,
    pub(crate) bytes: Vec<u8>,
}

/// Which of a key's or proof's numbers are zero, so that points are infinity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Zero {
    None,
    A,
    B,
    C,
    Alpha,
    Gamma,
    Ic,
}

impl Key {
    pub(crate) fn new(numbers: &mut Numbers, inputs: usize, zero: Zero) -> Self {
        let [mut alpha, beta, mut gamma, delta] = std::array::from_fn(|_| numbers.next());
        let mut ic: Vec<_> = (0..=inputs).map(|_| numbers.next()).collect();
        match zero {
            Zero::Alpha => alpha = Fr::ZERO,
            Zero::Gamma => gamma = Fr::ZERO,
            Zero::Ic => ic[inputs / 2] = Fr::ZERO,
            _ => {}
        }
        let mut bytes = uncompressed(g1(alpha));
        bytes.extend([beta, gamma, delta].into_iter().flat_map(|x| uncompressed(g2(x))));
        bytes.extend(ic.iter().flat_map(|x| uncompressed(g1(*x))));
        Self { alpha, beta, gamma, delta, ic, bytes }
    }

    /// A valid claim.
    pub(crate) fn claim(&self, numbers: &mut Numbers, zero: Zero) -> Claim {
        let inputs: Vec<_> = (1..self.ic.len()).map(|_| numbers.next()).collect();
        let sum = self.ic[0] + inputs.iter().zip(&self.ic[1..]).map(|(x, ic)| *x * ic).sum::<Fr>();
        let [mut a, mut b] = [numbers.next(), numbers.next()];
        match zero {
            Zero::A => a = Fr::ZERO,
            Zero::B => b = Fr::ZERO,
            // a b = alpha beta + sum gamma.
            Zero::C => b = (self.alpha * self.beta + sum * self.gamma) / a,
            _ => {}
        }
        let c = (a * b - self.alpha * self.beta - sum * self.gamma) / self.delta;
        Claim::Groth16 {
            verifying_key: self.bytes.clone(),
            inputs: inputs.into_iter().flat_map(word).collect(),
            proof: [compressed(g1(a)), compressed(g2(b)), compressed(g1(c))].concat(),
        }
    }
}

/// A point of the curve outside the subgroup; `small` for one of an order that divides the cofactor.
fn g1_outside(seed: u64, small: bool) -> G1Affine {
    let mut x = Fq::from(seed);
    loop {
        x += Fq::ONE;
        if let Some(point) = G1Affine::get_point_from_x_unchecked(x, seed % 2 == 1)
            && !point.is_in_correct_subgroup_assuming_on_curve()
        {
            return if small { point.mul_bigint(Fr::MODULUS).into_affine() } else { point };
        }
    }
}

fn g2_outside(seed: u64, small: bool) -> G2Affine {
    let mut x = Fq2::new(Fq::from(seed), Fq::from(7u64));
    loop {
        x += Fq2::ONE;
        if let Some(point) = G2Affine::get_point_from_x_unchecked(x, seed % 2 == 1)
            && !point.is_in_correct_subgroup_assuming_on_curve()
        {
            return if small { point.mul_bigint(Fr::MODULUS).into_affine() } else { point };
        }
    }
}

/// A change of a claim, by its number; most make it invalid.
pub(crate) const CHANGES: usize = 24;

/// The modulus of the base field added to a coordinate, where that fits under the flags; else something above the modulus.
fn not_canonical(bytes: &mut [u8]) {
    let flags = bytes[0] & 0xe0;
    bytes[0] &= 0x1f;
    let modulus = Fq::MODULUS.to_bytes_be();
    let mut sum = vec![0; 48];
    let mut carry = 0;
    for i in (0..48).rev() {
        carry += u16::from(bytes[i]) + u16::from(modulus[i]);
        sum[i] = carry as u8;
        carry >>= 8;
    }
    if carry > 0 || sum[0] & 0xe0 != 0 {
        sum = modulus;
    }
    bytes[..48].copy_from_slice(&sum);
    bytes[0] |= flags;
}

/// Changes one thing of a claim.
pub(crate) fn change(claim: &mut Claim, kind: usize, seed: u64) {
    let Claim::Groth16 { verifying_key, inputs, proof } = claim else { panic!("another claim") };
    let (a, b, c) = (0..48, 48..144, 144..192);
    // A, B or C.
    let part = [a.clone(), b.clone(), c.clone()][(seed % 3) as usize].clone();
    let in_g2 = part == b;
    let read_g1 = |bytes: &[u8]| ark_serialize::CanonicalDeserialize::deserialize_compressed(bytes).unwrap();
    let read_g2 = |bytes: &[u8]| ark_serialize::CanonicalDeserialize::deserialize_compressed(bytes).unwrap();
    let points = (verifying_key.len() - 672) / 96;
    match kind {
        // The negative.
        0 => proof[part.start] ^= 0x20,
        // Another point.
        1 if in_g2 => proof[b].copy_from_slice(&compressed(g2(Fr::from(seed + 1)))),
        1 => proof[part].copy_from_slice(&compressed(g1(Fr::from(seed + 1)))),
        // A point outside the subgroup.
        2 if in_g2 => proof[b].copy_from_slice(&compressed(g2_outside(seed, false))),
        2 => proof[part].copy_from_slice(&compressed(g1_outside(seed, false))),
        // Such a point of small order added: the pairing does not see it.
        3 if in_g2 => {
            let point: G2Affine = read_g2(&proof[b.clone()]);
            proof[b].copy_from_slice(&compressed((point + g2_outside(seed, true)).into_affine()));
        }
        3 => {
            let point: G1Affine = read_g1(&proof[part.clone()]);
            proof[part].copy_from_slice(&compressed((point + g1_outside(seed, true)).into_affine()));
        }
        4 => not_canonical(&mut proof[part]),
        5 => not_canonical(&mut proof[96..144]),
        // Infinity, with and without what may not stand beside it.
        6 => {
            proof[part.clone()].fill(0);
            proof[part.start] = 0xc0;
        }
        7 => proof[part.start] |= 0x40,
        8 => {
            proof[part.clone()].fill(0);
            proof[part.start] = 0xe0;
        }
        9 => proof[part.start] &= 0x7f,
        // Most often no point of the curve.
        10 => proof[part.end - 1] ^= 1,
        11 => proof.truncate((seed % 192) as usize),
        12 => proof.push(0),
        13 if !inputs.is_empty() => {
            // The order added.
            let order = Fr::MODULUS.to_bytes_be();
            let mut carry = 0;
            for i in (0..32).rev() {
                carry += u16::from(inputs[i]) + u16::from(order[i]);
                inputs[i] = carry as u8;
                carry >>= 8;
            }
        }
        14 if !inputs.is_empty() => {
            let at = (seed as usize % (inputs.len() / 32)) * 32 + 31;
            inputs[at] ^= 1;
        }
        15 => inputs.extend([0; 32]),
        16 if !inputs.is_empty() => inputs.truncate(inputs.len() - 32),
        17 => inputs.push(0),
        // Of the key: another point, one outside the subgroup, one of an isomorphic curve, one that is not canonical, one that
        // is compressed, infinity, and another length.
        18 => {
            let at = 672 + 96 * (seed as usize % points);
            verifying_key[at..at + 96].copy_from_slice(&uncompressed(g1(Fr::from(seed + 1))));
        }
        19 if in_g2 => {
            let at = 96 + 192 * (seed as usize / 3 % 3);
            verifying_key[at..at + 192].copy_from_slice(&uncompressed(g2_outside(seed, false)));
        }
        19 => {
            let at = 672 + 96 * (seed as usize / 3 % points);
            verifying_key[at..at + 96].copy_from_slice(&uncompressed(g1_outside(seed, false)));
        }
        20 => {
            let scale = Fq::from(seed + 2);
            let point = g1(Fr::from(seed + 5));
            let moved = G1Affine::new_unchecked(point.x * scale.square(), point.y * scale.square() * scale);
            verifying_key[..96].copy_from_slice(&uncompressed(moved));
        }
        21 => not_canonical(&mut verifying_key[48 * (seed as usize % 14)..][..48]),
        22 => {
            let at = if in_g2 { 96..288 } else { 0..96 };
            verifying_key[at.clone()].fill(0);
            verifying_key[at.start] = [0x40, 0, 0xc0][(seed / 3 % 3) as usize];
        }
        23 => verifying_key.truncate(verifying_key.len() - 96),
        _ => {}
    }
}
