//! The form of a Groth16 proof over BLS12-381, its verifying key and its public inputs: all that can be said about them
//! without arithmetic on the curves.
//!
//! Points have the encoding of Zcash and of the IETF's draft on pairing-friendly curves: big-endian coordinates, those of
//! the quadratic extension with c1 in front of c0, and three flags in the first bits. In a proof they are compressed (48 and
//! 96 bytes), in a key they are not (96 and 192 bytes).

/// Bytes of the order of the groups, and of a public input.
const WORD: usize = 32;
/// Bytes of a compressed point of G1.
const G1: usize = 48;
/// Bytes of a compressed point of G2.
const G2: usize = 96;

/// Order of the groups G1, G2 and GT: 2^255 or so, prime. Big-endian.
pub const BLS12_381_ORDER: [u8; 32] = [
    0x73, 0xed, 0xa7, 0x53, 0x29, 0x9d, 0x7d, 0x48, 0x33, 0x39, 0xd8, 0x08, 0x09, 0xa1, 0xd8, 0x05, 0x53,
    0xbd, 0xa4, 0x02, 0xff, 0xfe, 0x5b, 0xfe, 0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x01,
];

/// The parts of a Groth16 claim whose lengths fit together and whose public inputs are canonical. Whether the points are
/// points, and of the right groups, is still open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Groth16Parts<'a> {
    /// The whole verifying key.
    pub key: &'a [u8],
    /// alpha, in G1.
    pub alpha: &'a [u8; 2 * G1],
    /// beta, gamma and delta, in G2.
    pub beta_gamma_delta: &'a [[u8; 2 * G2]; 3],
    /// A point of G1 for the constant term, then one for each public input.
    pub ic: &'a [[u8; 2 * G1]],
    /// Public inputs, big-endian, each below [`BLS12_381_ORDER`]: one less than there are points in `ic`.
    pub inputs: &'a [[u8; WORD]],
    /// A, in G1.
    pub a: &'a [u8; G1],
    /// B, in G2.
    pub b: &'a [u8; G2],
    /// C, in G1.
    pub c: &'a [u8; G1],
}

impl<'a> Groth16Parts<'a> {
    /// Bytes of a proof: A, B and C, compressed.
    pub const PROOF_LEN: usize = 2 * G1 + G2;
    /// Bytes of a verifying key in front of `ic`: alpha, beta, gamma and delta.
    pub const KEY_HEAD_LEN: usize = 2 * G1 + 3 * 2 * G2;

    /// Bytes of a verifying key for so many public inputs; `None` where no such key fits into memory.
    pub fn key_len(inputs: usize) -> Option<usize> {
        inputs.checked_add(1)?.checked_mul(2 * G1)?.checked_add(Self::KEY_HEAD_LEN)
    }

    /// Reads a claim's bytes; `None` where they are malformed, which is the verdict invalid: a key, a list of inputs or a
    /// proof of another length than they must have together, or an input that is not below the order.
    pub fn read(verifying_key: &'a [u8], inputs: &'a [u8], proof: &'a [u8]) -> Option<Self> {
        let (inputs, []) = inputs.as_chunks::<WORD>() else { return None };
        if Some(verifying_key.len()) != Self::key_len(inputs.len()) || proof.len() != Self::PROOF_LEN {
            return None;
        }
        if !inputs.iter().all(|input| *input < BLS12_381_ORDER) {
            return None;
        }
        let (alpha, rest) = verifying_key.split_first_chunk()?;
        let (head, ic) = rest.split_at_checked(3 * 2 * G2)?;
        let beta_gamma_delta = head.as_chunks().0.first_chunk()?;
        let (a, rest) = proof.split_first_chunk()?;
        let (b, rest) = rest.split_first_chunk()?;
        let c = rest.first_chunk()?;
        Some(Self { key: verifying_key, alpha, beta_gamma_delta, ic: ic.as_chunks().0, inputs, a, b, c })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lengths_must_fit_together() {
        for count in [0usize, 1, 2, 16, 300] {
            let len = Groth16Parts::key_len(count).unwrap();
            assert_eq!(len, 672 + 96 * (count + 1));
            let (key, inputs, proof) = (vec![1; len + 96], vec![0; 32 * count + 32], vec![2; 193]);
            let read = |key_len, inputs_len, proof_len| {
                Groth16Parts::read(&key[..key_len], &inputs[..inputs_len], &proof[..proof_len]).is_some()
            };
            assert!(read(len, 32 * count, 192));
            assert!(!read(len + 96, 32 * count, 192) && !read(len - 96, 32 * count, 192));
            assert!(!read(len + 1, 32 * count, 192) && !read(len - 1, 32 * count, 192));
            assert!(!read(len, 32 * count + 32, 192) && !read(len, 32 * count + 1, 192));
            assert!(!read(len, 32 * count, 191) && !read(len, 32 * count, 193));
        }
        assert_eq!(Groth16Parts::key_len(usize::MAX), None);
        assert_eq!(Groth16Parts::key_len(usize::MAX / 96), None);
    }

    #[test]
    fn inputs_end_below_the_order() {
        let key = vec![0; 672 + 3 * 96];
        let reads = |input: [u8; 32]| {
            [[input, [0; 32]], [[0; 32], input]]
                .map(|inputs| Groth16Parts::read(&key, inputs.as_flattened(), &[0; 192]).is_some())
        };
        let mut largest = BLS12_381_ORDER;
        largest[31] = 0;
        assert_eq!(reads(largest), [true; 2]);
        assert_eq!(reads(BLS12_381_ORDER), [false; 2]);
        assert_eq!(reads([0xff; 32]), [false; 2]);
        let mut high = [0xff; 32];
        high[0] = 0x73;
        assert_eq!(reads(high), [false; 2]);
        high[1] = 0xec;
        assert_eq!(reads(high), [true; 2]);
    }

    proptest! {
        #[test]
        fn what_is_read_lies_where_it_was(
            inputs in prop::collection::vec(prop::collection::vec(any::<u8>(), 32), 0..5),
            key in prop::collection::vec(any::<u8>(), 672 + 5 * 96),
            proof in prop::collection::vec(any::<u8>(), 192),
        ) {
            let mut inputs = inputs;
            inputs.iter_mut().for_each(|input| input[0] &= 0x3f);
            let inputs = inputs.concat();
            let key = &key[..672 + 96 * (inputs.len() / 32 + 1)];
            let parts = Groth16Parts::read(key, &inputs, &proof).unwrap();
            let whole = [parts.alpha, parts.beta_gamma_delta.as_flattened(), parts.ic.as_flattened()].concat();
            prop_assert_eq!(&whole, key);
            prop_assert_eq!(parts.key, key);
            prop_assert_eq!(parts.inputs.as_flattened(), &inputs);
            prop_assert_eq!([&parts.a[..], parts.b, parts.c].concat(), proof);
        }

        #[test]
        fn any_bytes_are_read_or_refused(
            key in prop::collection::vec(any::<u8>(), 0..2000),
            inputs in prop::collection::vec(any::<u8>(), 0..200),
            proof in prop::collection::vec(any::<u8>(), 0..400),
        ) {
            prop_assert!(Groth16Parts::read(&key, &inputs, &proof).is_none_or(|parts| parts.key.len() >= 768));
        }
    }
}
