//! The form of a confidential transfer: all that can be said about one without curve arithmetic.
//!
//! ```text
//! context 32 | inputs u8 | outputs u8 | fee u64, big-endian | C_in 32 each | C_out 32 each | range proof | R 32 | s 32
//! ```

use crate::RangeProofParts;
use crate::range_proof::{is_canonical_scalar, range_proof_len};

/// Transcript label of the outputs' range proof.
pub const TRANSFER_LABEL: &[u8] = b"erbium/ctx/v1";
/// Transcript label of the excess equation.
pub const EXCESS_LABEL: &[u8] = b"erbium/ctx/excess/v1";

/// Bits of an amount.
const BITS: usize = 64;
/// Bytes of the context, both counts and the fee.
const HEAD: usize = 32 + 1 + 1 + 8;
/// Most inputs.
const MAX_INPUTS: u8 = 16;

/// A well-formed confidential transfer, cut into its parts.
///
/// 1 to 16 inputs, all different; 1, 2, 4, 8 or 16 outputs; a well-formed range proof of 64 bits over the outputs; s
/// canonical. Whether commitments and R decompress is not known yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransferParts<'a> {
    /// What the contract binds the transfer to.
    pub context: &'a [u8; 32],
    /// The fee, in the open.
    pub fee: u64,
    /// Compressed commitments that are spent.
    pub inputs: &'a [[u8; 32]],
    /// Compressed commitments that are made.
    pub outputs: &'a [[u8; 32]],
    /// The outputs lie below 2^64.
    pub proof: RangeProofParts<'a>,
    /// R, the compressed nonce point of the excess equation.
    pub nonce: &'a [u8; 32],
    /// s, the response of the excess equation.
    pub response: &'a [u8; 32],
    /// All bytes through R: what the challenge covers.
    pub covered: &'a [u8],
}

impl<'a> TransferParts<'a> {
    /// Cuts a transfer; `None` where it is malformed, which is the verdict invalid.
    pub fn read(body: &'a [u8]) -> Option<Self> {
        let (context, rest) = body.split_first_chunk::<32>()?;
        let (&[inputs_count, outputs_count], rest) = rest.split_first_chunk::<2>()?;
        let (fee, rest) = rest.split_first_chunk::<8>()?;
        let outputs_count = usize::from(outputs_count);
        let proof_len = range_proof_len(BITS, outputs_count)?;
        let inputs_len = 32 * usize::from(inputs_count);
        let outputs_len = 32 * outputs_count;
        if !(1..=MAX_INPUTS).contains(&inputs_count)
            || body.len() != HEAD + inputs_len + outputs_len + proof_len + 64
        {
            return None;
        }
        let (inputs, rest) = rest.split_at_checked(inputs_len)?;
        let (outputs, rest) = rest.split_at_checked(outputs_len)?;
        let (proof, rest) = rest.split_at_checked(proof_len)?;
        let (nonce, rest) = rest.split_first_chunk::<32>()?;
        let (response, _) = rest.split_first_chunk::<32>()?;
        let (inputs, outputs) = (inputs.as_chunks().0, outputs.as_chunks().0);
        let covered = body.get(..body.len() - 32)?;
        let proof = RangeProofParts::read(BITS, TRANSFER_LABEL, outputs, proof)?;
        let twice =
            inputs.iter().enumerate().any(|(at, input)| inputs.iter().take(at).any(|other| other == input));
        (!twice && is_canonical_scalar(response)).then_some(Self {
            context,
            fee: u64::from_be_bytes(*fee),
            inputs,
            outputs,
            proof,
            nonce,
            response,
            covered,
        })
    }

    /// The numbers of inputs and outputs that `body` declares, which it is priced by; 0 where they are missing.
    pub fn declared_counts(body: &[u8]) -> (u8, u8) {
        let count = |at: usize| body.get(at).copied().unwrap_or_default();
        (count(32), count(33))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A body of proper form: every input differs from the others, every byte of proof is 1.
    fn body(inputs: u8, outputs: u8) -> Vec<u8> {
        let mut body = [&[9; 32][..], &[inputs, outputs], &7u64.to_be_bytes()].concat();
        body.extend((0..inputs).flat_map(|index| [index; 32]));
        body.extend((0..outputs).flat_map(|_| [3; 32]));
        let proof = range_proof_len(64, usize::from(outputs)).unwrap_or_default();
        body.resize(body.len() + proof + 64, 1);
        body
    }

    #[test]
    fn counts_lengths_and_repetitions_are_judged() {
        for outputs in [1, 2, 4, 8, 16] {
            for inputs in [1, 2, 16] {
                let good = body(inputs, outputs);
                let read = TransferParts::read(&good).unwrap();
                assert_eq!(
                    (read.inputs.len(), read.outputs.len(), read.fee),
                    (inputs.into(), outputs.into(), 7)
                );
                assert_eq!(read.covered.len() + 32, good.len());
                assert_eq!(TransferParts::declared_counts(&good), (inputs, outputs));
                assert_eq!(TransferParts::read(&good[1..]), None);
                assert_eq!(TransferParts::read(&[&good[..], &[0]].concat()), None);
            }
        }
        for (inputs, outputs) in [(0, 1), (17, 1), (1, 0), (1, 3), (1, 17), (255, 255)] {
            assert_eq!(TransferParts::read(&body(inputs, outputs)), None, "{inputs} {outputs}");
        }
        let mut twice = body(3, 1);
        twice.copy_within(42..74, 42 + 64);
        assert_eq!(TransferParts::read(&twice), None);
        let mut high = body(1, 1);
        *high.last_mut().unwrap() = 0x20;
        assert_eq!(TransferParts::read(&high), None);
        assert_eq!(TransferParts::declared_counts(&[1; 33]), (1, 0));
        assert_eq!(TransferParts::declared_counts(&[]), (0, 0));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(mut bytes in prop::collection::vec(any::<u8>(), 0..2500), good in 1u8..4) {
            let _ = TransferParts::read(&bytes);
            let whole = body(good, 2);
            bytes.resize(whole.len(), 0);
            bytes[..42].copy_from_slice(&whole[..42]);
            let _ = TransferParts::read(&bytes);
        }
    }
}
