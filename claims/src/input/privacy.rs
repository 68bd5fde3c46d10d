//! What the privacy extensions read from memory and calldata.

use crate::{Claim, Derivation, Halt, RANGE_LABEL, RangeProofParts, range_proof_len};
use primitive_types::{H256, U256};

/// Input of the contract that checks range proofs: bits u8 | values u8 | commitments, 32 bytes each | proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RangeProofInput<'a> {
    bits: u8,
    values: u8,
    rest: &'a [u8],
}

impl<'a> RangeProofInput<'a> {
    /// Reads the input; counts that are missing are 0.
    pub fn read(input: &'a [u8]) -> Self {
        match input {
            [bits, values, rest @ ..] => Self { bits: *bits, values: *values, rest },
            [bits] => Self { bits: *bits, values: 0, rest: &[] },
            [] => Self { bits: 0, values: 0, rest: &[] },
        }
    }

    /// Declared bits of all values together: what the check is priced by.
    pub fn total_bits(&self) -> u64 {
        u64::from(self.bits) * u64::from(self.values)
    }

    /// The claim that the input makes; `None` where it is malformed, which is the verdict invalid.
    pub fn claim(&self) -> Option<Claim> {
        let (commitments, proof) = self.rest.split_at_checked(32 * usize::from(self.values))?;
        let commitments = commitments.as_chunks().0;
        RangeProofParts::read(usize::from(self.bits), RANGE_LABEL, commitments, proof)?;
        Some(Claim::RangeProof {
            bits: self.bits,
            label: RANGE_LABEL.to_vec(),
            commitments: commitments.to_vec(),
            proof: proof.to_vec(),
        })
    }
}

/// What RANGE_PROOF is to compute, from the words that lie in memory: `values` and `blindings`, 32 bytes each, big-endian.
///
/// # Errors
/// [`Halt::PrivacyViolation`] where the sizes are none that proofs have, the number of words differs, or a value is not
/// below 2^`bits`. Whether blindings are canonical scalars, the deriver judges, as it does for commitments.
pub fn range_proof_derivation(
    bits: usize,
    values: &[u8],
    blindings: &[u8],
    seed: H256,
) -> Result<Derivation, Halt> {
    let word = |bytes: &[u8; 32]| U256::from_big_endian(bytes);
    let (values, left) = values.as_chunks::<32>();
    let (blindings, more) = blindings.as_chunks::<32>();
    let even = left.is_empty() && more.is_empty() && values.len() == blindings.len();
    if !even || range_proof_len(bits, values.len()).is_none() {
        return Err(Halt::PrivacyViolation);
    }
    let values = values
        .iter()
        .map(|value| Some(word(value)).filter(|value| value.bits() <= bits).map(|value| value.low_u64()))
        .collect::<Option<_>>()
        .ok_or(Halt::PrivacyViolation)?;
    // At most 64.
    Ok(Derivation::RangeProof {
        bits: bits as u8,
        values,
        blindings: blindings.iter().map(word).collect(),
        seed,
    })
}

/// What STEALTH_ADDRESS is to compute.
///
/// # Errors
/// [`Halt::PrivacyViolation`] where the meta-address is not 66 bytes long. Whether keys are keys, the deriver judges.
pub fn stealth_address_derivation(ephemeral_key: H256, meta_address: &[u8]) -> Result<Derivation, Halt> {
    let meta_address = meta_address.try_into().map_err(|_| Halt::PrivacyViolation)?;
    Ok(Derivation::StealthAddress { ephemeral_key, meta_address })
}

/// What STEALTH_SCAN reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StealthScanInput<'a> {
    /// The recipient's compressed public spending key.
    pub spend_public_key: &'a [u8; 33],
    /// Ephemeral public key (33) | view tag (1) | address (20), each.
    pub announcements: &'a [[u8; 54]],
}

impl<'a> StealthScanInput<'a> {
    /// Bytes of an announcement.
    pub const ANNOUNCEMENT: usize = 54;

    /// Cuts key and list.
    ///
    /// # Errors
    /// [`Halt::PrivacyViolation`] where the key is not 33 bytes long or the last announcement is not whole. Whether keys are
    /// keys, the deriver judges.
    pub fn read(spend_public_key: &'a [u8], announcements: &'a [u8]) -> Result<Self, Halt> {
        let spend_public_key = spend_public_key.try_into().map_err(|_| Halt::PrivacyViolation)?;
        let (announcements, rest) = announcements.as_chunks();
        if rest.is_empty() {
            Ok(Self { spend_public_key, announcements })
        } else {
            Err(Halt::PrivacyViolation)
        }
    }

    /// What is to be computed.
    pub fn derivation(&self, view_key: H256) -> Derivation {
        Derivation::StealthScan {
            view_key,
            spend_public_key: *self.spend_public_key,
            announcements: self.announcements.concat(),
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_range_proof_is_cut_by_its_own_counts() {
        let commitments = [[5; 32], [6; 32]];
        let proof = vec![1; range_proof_len(32, 2).unwrap()];
        let input = [&[32, 2][..], &commitments.concat(), &proof].concat();
        let read = RangeProofInput::read(&input);
        assert_eq!(read.total_bits(), 64);
        let claim = Claim::RangeProof {
            bits: 32,
            label: RANGE_LABEL.to_vec(),
            commitments: commitments.to_vec(),
            proof,
        };
        assert_eq!(read.claim(), Some(claim));
        for short in [&input[..input.len() - 1], &input[..60], &input[..1], &[]] {
            assert_eq!(RangeProofInput::read(short).claim(), None);
        }
        assert_eq!(RangeProofInput::read(&[255, 255]).total_bits(), 65_025);
        assert_eq!(RangeProofInput::read(&[8]).total_bits(), 0);
    }

    #[test]
    fn derivations_refuse_what_they_cannot_mean() {
        let word = |number: u64| U256::from(number).to_big_endian();
        let read = |bits, values: &[[u8; 32]], blindings: &[[u8; 32]]| {
            range_proof_derivation(bits, &values.concat(), &blindings.concat(), H256::zero())
        };
        assert_eq!(
            read(8, &[word(255)], &[word(3)]).unwrap(),
            Derivation::RangeProof {
                bits: 8,
                values: vec![255],
                blindings: vec![3.into()],
                seed: H256::zero()
            }
        );
        assert!(read(64, &[word(u64::MAX)], &[[0xff; 32]]).is_ok());
        for wrong in [
            read(8, &[word(256)], &[word(3)]),
            read(64, &[[0xff; 32]], &[word(3)]),
            read(64, &[], &[]),
            read(64, &[word(1); 3], &[word(1); 3]),
            read(64, &[word(1); 2], &[word(1)]),
            read(9, &[word(1)], &[word(1)]),
        ] {
            assert_eq!(wrong, Err(Halt::PrivacyViolation));
        }
        assert!(stealth_address_derivation(H256::zero(), &[2; 66]).is_ok());
        assert_eq!(stealth_address_derivation(H256::zero(), &[2; 65]), Err(Halt::PrivacyViolation));
        assert_eq!(StealthScanInput::read(&[2; 33], &[1; 108]).unwrap().announcements.len(), 2);
        assert!(StealthScanInput::read(&[2; 33], &[1; 107]).is_err());
        assert!(StealthScanInput::read(&[2; 32], &[]).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(input in prop::collection::vec(any::<u8>(), 0..2000), keep in any::<bool>()) {
            let mut input = input;
            if let (false, Some((head, _))) = (keep, input.split_first_chunk_mut::<2>()) {
                *head = [64, 1];
            }
            let read = RangeProofInput::read(&input);
            prop_assert!(read.claim().is_none() || input.len() > 2);
            let _ = range_proof_derivation(64, &input, &input, H256::zero());
        }
    }
}
