//! What the extension that checks proofs reads from calldata.

use crate::{Claim, Groth16Parts};

/// Input of the contract that checks Groth16 proofs: length of the verifying key, four bytes, big-endian | verifying key |
/// proof, 192 bytes | public inputs, 32 bytes each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProofInput<'a> {
    /// What lies behind the length.
    parts: Option<(&'a [u8], &'a [u8])>,
}

impl<'a> ProofInput<'a> {
    /// Reads the input.
    pub fn read(input: &'a [u8]) -> Self {
        let parts = input.split_first_chunk().and_then(|(len, rest)| {
            let len = usize::try_from(u32::from_be_bytes(*len)).ok()?;
            rest.split_at_checked(len)
        });
        Self { parts }
    }

    /// Whole public inputs behind key and proof: what the check is priced by. 0 where the key is longer than what is there.
    pub fn inputs_count(&self) -> u64 {
        self.parts.map_or(0, |(_, rest)| (rest.len().saturating_sub(Groth16Parts::PROOF_LEN) / 32) as u64)
    }

    /// The claim that the input makes; `None` where it is malformed, which is the verdict invalid.
    pub fn claim(&self) -> Option<Claim> {
        let (key, rest) = self.parts?;
        let (proof, inputs) = rest.split_at_checked(Groth16Parts::PROOF_LEN)?;
        Groth16Parts::read(key, inputs, proof)?;
        Some(Claim::Groth16 { verifying_key: key.to_vec(), inputs: inputs.to_vec(), proof: proof.to_vec() })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn laid_out(declared: u32, key: &[u8], proof: &[u8], inputs: &[u8]) -> Vec<u8> {
        [&declared.to_be_bytes()[..], key, proof, inputs].concat()
    }

    #[test]
    fn a_claim_is_cut_by_the_declared_length() {
        let (key, proof, inputs) = (vec![1; 672 + 3 * 96], vec![2; 192], vec![3; 64]);
        let input = laid_out(960, &key, &proof, &inputs);
        let read = ProofInput::read(&input);
        assert_eq!(read.inputs_count(), 2);
        assert_eq!(
            read.claim().unwrap(),
            Claim::Groth16 { verifying_key: key.clone(), inputs, proof: proof.clone() }
        );
        // A byte that is no whole input is not paid for, and is malformed.
        let longer = [&input[..], &[0]].concat();
        assert_eq!((ProofInput::read(&longer).inputs_count(), ProofInput::read(&longer).claim()), (2, None));
        let shorter = &input[..input.len() - 1];
        assert_eq!((ProofInput::read(shorter).inputs_count(), ProofInput::read(shorter).claim()), (1, None));
        // Another length moves everything behind it.
        for (declared, count) in
            [(959, 2), (961, 1), (0, 32), (960 + 192 + 64, 0), (960 + 192 + 65, 0), (u32::MAX, 0)]
        {
            let input = laid_out(declared, &key, &proof, &[3; 64]);
            let read = ProofInput::read(&input);
            assert_eq!((read.inputs_count(), read.claim()), (count, None), "{declared}");
        }
        for short in 0..5 {
            let read = ProofInput::read(&input[..short]);
            assert_eq!((read.inputs_count(), read.claim()), (0, None));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_and_what_makes_a_claim_is_written_back(
            input in prop::collection::vec(any::<u8>(), 0..2000),
            count in 0usize..6,
            reads in any::<bool>(),
        ) {
            let mut input = input;
            if reads {
                let len = 672 + 96 * (count + 1);
                input.resize(4 + len + 192 + 32 * count, 0x11);
                input[..4].copy_from_slice(&u32::try_from(len).unwrap().to_be_bytes());
                input[4 + len + 192..].iter_mut().for_each(|byte| *byte &= 0x3f);
            }
            let read = ProofInput::read(&input);
            prop_assert!(read.inputs_count() <= input.len() as u64 / 32);
            prop_assert!(!reads || read.claim().is_some());
            if let Some(Claim::Groth16 { verifying_key, inputs, proof }) = read.claim() {
                let len = u32::try_from(verifying_key.len()).unwrap();
                prop_assert_eq!(&laid_out(len, &verifying_key, &proof, &inputs), &input);
                prop_assert_eq!(inputs.len() as u64, 32 * read.inputs_count());
            }
        }
    }
}
