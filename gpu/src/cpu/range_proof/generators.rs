//! The points that all range proofs share.

use crate::cpu::dilithium::Shake256;
use curve25519_dalek::RistrettoPoint;
use std::sync::OnceLock;

/// Most bits of a value.
pub const MAX_BITS: usize = 64;
/// Most values of a proof.
pub const MAX_VALUES: usize = 16;
/// Length of the longest vectors, and of the tables of G and H.
pub const MAX_VECTOR: usize = MAX_BITS * MAX_VALUES;

/// G and H of one of the values of an aggregated proof: [`MAX_BITS`] points each, by bit.
#[derive(Debug)]
pub struct Share {
    /// The points that the bits are committed with.
    pub g: [RistrettoPoint; MAX_BITS],
    /// The points that the bits less one are committed with.
    pub h: [RistrettoPoint; MAX_BITS],
}

/// The generators of crate `bulletproofs`: a proof over `values` values of `bits` bits uses, of the shares 0 to
/// `values - 1`, the first `bits` points each. Share and bit make the place `share * 64 + bit` in the tables of
/// [`Coefficients`](super::Coefficients).
#[derive(Clone, Copy, Debug)]
pub struct Generators;

impl Generators {
    /// B, which values are committed with.
    pub fn base() -> RistrettoPoint {
        pedersen().B
    }

    /// B~, which blindings are committed with.
    pub fn blinding_base() -> RistrettoPoint {
        pedersen().B_blinding
    }

    /// The points of one value; `None` from [`MAX_VALUES`] on. Made when first asked for, in a millisecond or so.
    pub fn share(index: usize) -> Option<&'static Share> {
        static SHARES: [OnceLock<Share>; MAX_VALUES] = [const { OnceLock::new() }; MAX_VALUES];
        SHARES.get(index).map(|share| share.get_or_init(|| Share::new(index)))
    }

    /// G at a place of the table.
    pub fn g(place: usize) -> Option<&'static RistrettoPoint> {
        Self::share(place / MAX_BITS).and_then(|share| share.g.get(place % MAX_BITS))
    }

    /// H at a place of the table.
    pub fn h(place: usize) -> Option<&'static RistrettoPoint> {
        Self::share(place / MAX_BITS).and_then(|share| share.h.get(place % MAX_BITS))
    }
}

/// B and B~ of crate `bulletproofs`.
pub(super) fn pedersen() -> &'static bulletproofs::PedersenGens {
    static PEDERSEN: OnceLock<bulletproofs::PedersenGens> = OnceLock::new();
    PEDERSEN.get_or_init(bulletproofs::PedersenGens::default)
}

impl Share {
    fn new(index: usize) -> Self {
        Self { g: chain(b'G', index), h: chain(b'H', index) }
    }
}

/// Points by SHAKE256 of a letter and a number: 64 bytes each, hashed to the group.
fn chain(letter: u8, index: usize) -> [RistrettoPoint; MAX_BITS] {
    // Below MAX_VALUES.
    let number = (index as u32).to_le_bytes();
    let shake = Shake256::default().absorb(b"GeneratorsChain").absorb(&[letter]).absorb(&number);
    let mut output = shake.finish();
    let mut bytes = Vec::with_capacity(64 * MAX_BITS + 136);
    while bytes.len() < 64 * MAX_BITS {
        bytes.extend(output.block());
    }
    let (wide, _) = bytes.as_chunks::<64>();
    let mut points = [RistrettoPoint::default(); MAX_BITS];
    for (point, wide) in points.iter_mut().zip(wide) {
        *point = RistrettoPoint::from_uniform_bytes(wide);
    }
    points
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use bulletproofs::BulletproofGens;

    /// The crate shows its G alone; its H is compared through proofs, in `verify`.
    #[test]
    fn g_is_that_of_the_crate() {
        let theirs = BulletproofGens::new(MAX_BITS, MAX_VALUES);
        for index in 0..MAX_VALUES {
            assert!(theirs.share(index).G(MAX_BITS).eq(&Generators::share(index).unwrap().g), "{index}");
        }
        assert!(Generators::share(MAX_VALUES).is_none());
        assert_eq!(Generators::g(65), Generators::share(1).unwrap().g.get(1));
        assert_ne!(Generators::h(65), Generators::g(65));
    }
}
