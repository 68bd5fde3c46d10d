//! The form of a Bulletproofs range proof: all that can be said about one without curve arithmetic.
//!
//! ```text
//! A | S | T_1 | T_2 | t_x | t_x_blinding | e_blinding | L_1 | R_1 | ... | L_k | R_k | a | b      32 bytes each
//! ```
//!
//! with `2^k = bits * values`. A, S, T_1, T_2, L and R are compressed ristretto255 points, the others scalars, little-endian.

/// Transcript label of range proofs that contracts check and make.
pub const RANGE_LABEL: &[u8] = b"erbium/range/v1";

/// l, the order of ristretto255: 2^252 + 27742317777372353535851937790883648493, little-endian.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// The encoding of the identity.
const IDENTITY: [u8; 32] = [0; 32];

/// True for a little-endian number below l, the order of ristretto255.
pub fn is_canonical_scalar(bytes: &[u8; 32]) -> bool {
    bytes.iter().rev().lt(ORDER.iter().rev())
}

/// Bytes of a proof that `values` values lie below 2^`bits`. `None` unless `bits` is 8, 16, 32 or 64 and `values` is 1, 2,
/// 4, 8 or 16.
pub fn range_proof_len(bits: usize, values: usize) -> Option<usize> {
    let allowed = matches!(bits, 8 | 16 | 32 | 64) && matches!(values, 1 | 2 | 4 | 8 | 16);
    allowed.then(|| 32 * (9 + 2 * rounds(bits, values)))
}

/// Halvings of the inner product: the logarithm of its length.
fn rounds(bits: usize, values: usize) -> usize {
    (bits * values).trailing_zeros() as usize
}

/// A well-formed range proof with what it is about, cut into its parts.
///
/// All scalars are canonical; A, S, T_1, T_2, L and R are not the identity's encoding. Whether points decompress is not
/// known yet. A commitment may be the identity: it commits to 0 with blinding 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RangeProofParts<'a> {
    /// Bits of a value: 8, 16, 32 or 64.
    pub bits: usize,
    /// The label that the transcript starts with.
    pub label: &'a [u8],
    /// 1, 2, 4, 8 or 16 compressed commitments.
    pub commitments: &'a [[u8; 32]],
    /// A, S, T_1, T_2, compressed.
    pub points: &'a [[u8; 32]; 4],
    /// t_x, t_x_blinding, e_blinding.
    pub scalars: &'a [[u8; 32]; 3],
    /// L and R of every round of the inner-product argument, first round first, compressed.
    pub rounds: &'a [[[u8; 32]; 2]],
    /// The scalars a and b that are left of the two vectors.
    pub last: &'a [[u8; 32]; 2],
}

impl<'a> RangeProofParts<'a> {
    /// Cuts a proof; `None` where it is malformed, which is the verdict invalid.
    pub fn read(bits: usize, label: &'a [u8], commitments: &'a [[u8; 32]], proof: &'a [u8]) -> Option<Self> {
        if range_proof_len(bits, commitments.len())? != proof.len() {
            return None;
        }
        let (elements, _) = proof.as_chunks::<32>();
        let (points, rest) = elements.split_first_chunk::<4>()?;
        let (scalars, rest) = rest.split_first_chunk::<3>()?;
        let (rest, last) = rest.split_last_chunk::<2>()?;
        let (rounds, _) = rest.as_chunks::<2>();
        let no_identity = points.iter().chain(rest).all(|point| *point != IDENTITY);
        let canonical = scalars.iter().chain(last).all(is_canonical_scalar);
        (no_identity && canonical).then_some(Self { bits, label, commitments, points, scalars, rounds, last })
    }

    /// Length of the vectors that the proof is about: bits times values, at most 1,024.
    pub fn vector_len(&self) -> usize {
        self.bits * self.commitments.len()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sizes_are_those_of_the_crate() {
        assert_eq!(range_proof_len(64, 1), Some(672));
        assert_eq!(range_proof_len(8, 1), Some(480));
        assert_eq!(range_proof_len(64, 16), Some(928));
        for (bits, values) in
            [(0, 1), (7, 1), (128, 1), (64, 0), (64, 3), (64, 32), (4, 2), (usize::MAX, usize::MAX)]
        {
            assert_eq!(range_proof_len(bits, values), None, "{bits} {values}");
        }
    }

    #[test]
    fn scalars_end_below_the_order() {
        let mut below = ORDER;
        below[0] -= 1;
        let mut above = ORDER;
        above[0] += 1;
        assert!(is_canonical_scalar(&[0; 32]));
        assert!(is_canonical_scalar(&below));
        for wrong in [ORDER, above, [0xff; 32]] {
            assert!(!is_canonical_scalar(&wrong));
        }
    }

    proptest! {
        #[test]
        fn what_is_read_lies_where_it_was(
            bits in prop::sample::select(vec![8usize, 16, 32, 64]),
            log in 0u32..5,
            mut fill in prop::collection::vec(1u8..=15, 928),
            touched in any::<prop::sample::Index>(),
        ) {
            let commitments = vec![[7; 32]; 1 << log];
            fill.truncate(range_proof_len(bits, commitments.len()).unwrap());
            let read = RangeProofParts::read(bits, b"label", &commitments, &fill).unwrap();
            prop_assert_eq!(1 << read.rounds.len(), read.vector_len());
            let joined = [
                read.points.concat(), read.scalars.concat(), read.rounds.concat().concat(), read.last.concat(),
            ].concat();
            prop_assert_eq!(&joined, &fill);
            // An element that is all zeros is a bad point and a good scalar; one that is all ones is the reverse.
            let element = touched.index(fill.len() / 32);
            let is_scalar = (4..7).contains(&element) || element >= fill.len() / 32 - 2;
            fill[32 * element..32 * element + 32].fill(0);
            prop_assert_eq!(RangeProofParts::read(bits, b"label", &commitments, &fill).is_some(), is_scalar);
            fill[32 * element..32 * element + 32].fill(0xff);
            prop_assert_eq!(RangeProofParts::read(bits, b"label", &commitments, &fill).is_some(), !is_scalar);
            fill.pop();
            prop_assert_eq!(RangeProofParts::read(bits, b"label", &commitments, &fill), None);
        }

        #[test]
        fn any_bytes_are_read_or_refused(
            bits in any::<u8>(),
            commitments in prop::collection::vec(any::<[u8; 32]>(), 0..20),
            proof in prop::collection::vec(any::<u8>(), 0..1000),
        ) {
            let _ = RangeProofParts::read(usize::from(bits), &[], &commitments, &proof);
        }
    }
}
