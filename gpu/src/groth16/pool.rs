//! What stands among the proofs of others: claims that do not hold, and bytes that are no points of the subgroups.

use super::encoding::P;
use crate::cpu::groth16::{Member, Plant, Secret, VerifyingKey, Wrong, flaws, generator_multiples};
use crate::signatures::Random;
use std::sync::Arc;

/// Infinity, compressed.
pub(super) const G1_INFINITY: [u8; 48] = infinity();
const G2_INFINITY: [u8; 96] = infinity();

const fn infinity<const LEN: usize>() -> [u8; LEN] {
    let mut bytes = [0; LEN];
    bytes[0] = 0xc0;
    bytes
}

/// Why bytes are no point of the subgroup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    /// A coordinate is not below the modulus; less the modulus it is a point's.
    NotReduced,
    /// There is no y for the x.
    OffCurve,
    /// Flags that no point has.
    Flags,
    /// A point of the curve, of another order.
    Outside,
}

/// Why A, B and C of each proof are none: each for every reason once, and no two of a proof for the same but flags.
const REASONS: [[Reason; 3]; 4] = [
    [Reason::NotReduced, Reason::OffCurve, Reason::Outside],
    [Reason::OffCurve, Reason::Outside, Reason::NotReduced],
    [Reason::Outside, Reason::NotReduced, Reason::OffCurve],
    [Reason::Flags; 3],
];

/// Bytes of a proof whose points are none.
#[derive(Clone, Debug)]
pub(super) struct NoPoints {
    pub(super) a: [u8; 48],
    pub(super) b: [u8; 96],
    pub(super) c: [u8; 48],
    /// What is wrong with them.
    pub(super) flaws: u32,
}

/// What a process plants in every chunk.
#[derive(Debug)]
pub(super) struct Pool {
    /// Claims in which one thing each is wrong: A, B, C, the public input.
    pub(super) wrong: Vec<Plant>,
    /// Their key.
    key: Arc<VerifyingKey>,
    pub(super) no_points: Vec<NoPoints>,
}

impl Pool {
    /// Entries of all kinds.
    pub(super) const SIZE: usize = Wrong::ALL.len() + REASONS.len();

    /// What belongs to a seed; `None` should a key made from numbers not be one, which cannot be.
    pub(super) fn new(seed: &[u8; 32]) -> Option<Self> {
        let mut secret = Secret::new(seed);
        let wrong: Vec<_> = Wrong::ALL.iter().map(|part| secret.claim(&[*part])).collect();
        let key = Arc::new(wrong.first()?.key()?);
        let mut random = Random::new(seed, u64::MAX);
        let no_points = REASONS.map(|[a, b, c]| {
            let (a, b, c) = (g1(a, &mut random), g2(b, &mut random), g1(c, &mut random));
            NoPoints { a, b, c, flaws: flaws(&a, &b, &c) }
        });
        Some(Self { wrong, key, no_points: no_points.to_vec() })
    }

    /// The wrong claims as members.
    pub(super) fn members(&self) -> Vec<Member<'_>> {
        self.wrong.iter().filter_map(|plant| Member::planted(plant, &self.key)).collect()
    }
}

fn g1(reason: Reason, random: &mut Random) -> [u8; 48] {
    loop {
        let bytes = attempt(reason, random, |scalar| generator_multiples(scalar).0, 0);
        if let Some(bytes) = bytes
            && is_for(reason, flaws(&bytes, &G2_INFINITY, &G1_INFINITY), 0)
        {
            return bytes;
        }
    }
}

fn g2(reason: Reason, random: &mut Random) -> [u8; 96] {
    loop {
        // Either of the two coordinates of x.
        let from = 48 * random.below(2);
        let bytes = attempt(reason, random, |scalar| generator_multiples(scalar).1, from);
        if let Some(bytes) = bytes
            && is_for(reason, flaws(&G1_INFINITY, &bytes, &G1_INFINITY), 1)
        {
            return bytes;
        }
    }
}

/// Whether a point with these flaws is none for this reason; by curve and modulus only, as far as they tell.
fn is_for(reason: Reason, flaws: u32, point: u32) -> bool {
    flaws == 1 << if reason == Reason::Outside { point + 3 } else { point }
}

/// Bytes that may be none for this reason. The coordinate that is not reduced is the one from `from` on.
fn attempt<const LEN: usize>(
    reason: Reason,
    random: &mut Random,
    multiple: impl Fn(&[u8; 32]) -> [u8; LEN],
    from: usize,
) -> Option<[u8; LEN]> {
    let mut scalar = [0; 32];
    scalar[..31].copy_from_slice(&random.bytes::<31>());
    match reason {
        Reason::OffCurve | Reason::Outside => {
            let mut bytes = random.bytes::<LEN>();
            // All coordinates below the modulus.
            bytes.iter_mut().step_by(48).for_each(|first| *first &= 0x0f);
            bytes[0] |= 0x80 | (scalar[0] & 0x20);
            Some(bytes)
        }
        Reason::NotReduced => {
            let mut bytes = multiple(&scalar);
            let flags = bytes[0] & 0xe0;
            bytes[0] ^= flags;
            let mut carry = 0;
            for (byte, of_modulus) in bytes.get_mut(from..from + 48)?.iter_mut().zip(P).rev() {
                carry += u16::from(*byte) + u16::from(of_modulus);
                *byte = carry as u8;
                carry >>= 8;
            }
            // No room beside the flags.
            if bytes[0] & 0xe0 != 0 {
                return None;
            }
            bytes[0] |= flags;
            Some(bytes)
        }
        Reason::Flags => {
            let mut bytes = multiple(&scalar);
            match random.below(3) {
                // Not compressed.
                0 => bytes[0] &= 0x7f,
                // Infinity with something beside it.
                1 => bytes[0] |= 0x40,
                _ => {
                    bytes = infinity();
                    bytes[0] |= 0x20;
                }
            }
            Some(bytes)
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn every_point_is_none_for_every_reason() {
        for seed in 0..3 {
            let pool = Pool::new(&[seed; 32]).unwrap();
            assert_eq!(pool.wrong.len() + pool.no_points.len(), Pool::SIZE);
            assert_eq!(pool.members().len(), Wrong::ALL.len());
            let flaws: Vec<_> = pool.no_points.iter().map(|proof| proof.flaws).collect();
            assert_eq!(flaws, [0b10_0011, 0b1_0101, 0b1110, 0b111]);
            for (proof, reasons) in pool.no_points.iter().zip(REASONS) {
                let points = [&proof.a[..], &proof.b, &proof.c];
                for (bytes, reason) in points.into_iter().zip(reasons) {
                    let mut first = [0; 48];
                    first.copy_from_slice(&bytes[..48]);
                    first[0] &= 0x1f;
                    let reduced = first < P && bytes.get(48..).is_none_or(|rest| *rest < P[..]);
                    assert_eq!(reduced, reason != Reason::NotReduced, "{reason:?}");
                    let flags = bytes[0] & 0xc0;
                    assert!((flags == 0x80) == (reason != Reason::Flags), "{reason:?}");
                }
            }
        }
    }
}
