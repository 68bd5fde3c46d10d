//! The bytes that stand for a claim where verdicts are looked up.

use crate::{Bytes, Claim, Groth16Parts, RangeProofParts, SignedMessage, TransferParts};

/// What the kind of a claim is written as. A number is never used twice.
const SIGNATURE_OF_MESSAGE: u8 = 1;
const SIGNATURE_OF_MU: u8 = 2;
const GROTH16: u8 = 3;
const CONFIDENTIAL_TRANSFER: u8 = 4;
const RANGE_PROOF: u8 = 5;

impl Claim {
    /// All that the claim says, so that different claims have different encodings: one byte for the kind, scheme and
    /// chain id where the kind has them, and every byte string behind its length, 8 bytes big-endian.
    ///
    /// A hash of it names the claim in tables of verdicts. A kind that is new takes a number of its own, and a claim whose
    /// verdict depends on a label writes the label too.
    pub fn encoding(&self) -> Bytes {
        let mut out = Vec::with_capacity(self.payload_len() + 34);
        match self {
            Self::Signature { scheme, public_key, signature, message } => {
                let (kind, message) = match message {
                    SignedMessage::Plain(message) => (SIGNATURE_OF_MESSAGE, message.as_slice()),
                    SignedMessage::Mu(mu) => (SIGNATURE_OF_MU, mu.as_slice()),
                };
                out.extend([kind, scheme.number()]);
                [public_key, signature, message].iter().for_each(|part| write(&mut out, part));
            }
            Self::Groth16 { verifying_key, inputs, proof } => {
                out.push(GROTH16);
                [verifying_key, inputs, proof].iter().for_each(|part| write(&mut out, part));
            }
            Self::RangeProof { bits, label, commitments, proof } => {
                out.extend([RANGE_PROOF, *bits]);
                [label.as_slice(), commitments.as_flattened(), proof]
                    .iter()
                    .for_each(|part| write(&mut out, part));
            }
            Self::ConfidentialTransfer { chain_id, body } => {
                out.push(CONFIDENTIAL_TRANSFER);
                out.extend(chain_id.to_be_bytes());
                write(&mut out, body);
            }
        }
        out
    }

    /// False where the claim's form alone makes it invalid, lengths above all: nobody need be asked then.
    pub fn has_form(&self) -> bool {
        match self {
            Self::Signature { scheme, public_key, signature, .. } => {
                public_key.len() == scheme.public_key_len() && signature.len() == scheme.signature_len()
            }
            Self::Groth16 { verifying_key, inputs, proof } => {
                Groth16Parts::read(verifying_key, inputs, proof).is_some()
            }
            Self::RangeProof { bits, label, commitments, proof } => {
                RangeProofParts::read(usize::from(*bits), label, commitments, proof).is_some()
            }
            Self::ConfidentialTransfer { body, .. } => TransferParts::read(body).is_some(),
        }
    }

    /// Bytes that the claim holds, for bounds on memory.
    pub fn payload_len(&self) -> usize {
        match self {
            Self::Signature { public_key, signature, message, .. } => {
                let message = match message {
                    SignedMessage::Plain(message) => message.len(),
                    SignedMessage::Mu(mu) => mu.len(),
                };
                public_key.len() + signature.len() + message
            }
            Self::Groth16 { verifying_key, inputs, proof } => {
                verifying_key.len() + inputs.len() + proof.len()
            }
            Self::RangeProof { label, commitments, proof, .. } => {
                label.len() + commitments.as_flattened().len() + proof.len()
            }
            Self::ConfidentialTransfer { body, .. } => body.len(),
        }
    }
}

fn write(out: &mut Bytes, part: &[u8]) {
    out.extend((part.len() as u64).to_be_bytes());
    out.extend(part);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DilithiumScheme;
    use proptest::prelude::*;

    fn bytes() -> impl Strategy<Value = Bytes> {
        // Few values and lengths, so that parts often agree and often could be cut elsewhere.
        prop::collection::vec(prop::sample::select(vec![0u8, 1, 8]), 0..12)
    }

    fn claim() -> impl Strategy<Value = Claim> {
        let scheme = prop::sample::select(vec![2u64, 18, 44, 65, 87])
            .prop_filter_map("a scheme", DilithiumScheme::from_number);
        let message = prop_oneof![
            bytes().prop_map(SignedMessage::Plain),
            (0..2u8).prop_map(|fill| SignedMessage::Mu([fill; 64])),
            (0..2u8).prop_map(|fill| SignedMessage::Plain(vec![fill; 64])),
        ];
        prop_oneof![
            (scheme, bytes(), bytes(), message).prop_map(|(scheme, public_key, signature, message)| {
                Claim::Signature { scheme, public_key, signature, message }
            }),
            (bytes(), bytes(), bytes()).prop_map(|(verifying_key, inputs, proof)| Claim::Groth16 {
                verifying_key,
                inputs,
                proof
            }),
            (0..3u64, bytes()).prop_map(|(chain_id, body)| Claim::ConfidentialTransfer { chain_id, body }),
            (8..10u8, bytes(), 0..3usize, bytes()).prop_map(|(bits, label, count, proof)| {
                Claim::RangeProof { bits, label, commitments: vec![[8; 32]; count], proof }
            }),
        ]
    }

    /// Moves a byte from the end of one part to the beginning of the next.
    fn cut_elsewhere(claim: &Claim) -> Option<Claim> {
        let mut other = claim.clone();
        let (from, to) = match &mut other {
            Claim::Signature { public_key, signature, .. } => (public_key, signature),
            Claim::Groth16 { verifying_key, inputs, .. } => (verifying_key, inputs),
            Claim::RangeProof { .. } | Claim::ConfidentialTransfer { .. } => return None,
        };
        to.insert(0, from.pop()?);
        Some(other)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn different_claims_never_share_an_encoding(one in claim(), other in claim()) {
            prop_assert_eq!(one == other, one.encoding() == other.encoding());
            if let Some(shifted) = cut_elsewhere(&one) {
                prop_assert_ne!(shifted.encoding(), one.encoding());
                prop_assert_eq!(shifted.payload_len(), one.payload_len());
            }
            prop_assert!(one.encoding().len() > one.payload_len());
        }
    }

    /// Claims are told to be malformed where the decoders of their kind say so.
    #[test]
    fn a_wrong_length_is_no_form() {
        let scheme = DilithiumScheme::MlDsa44;
        let signature = |key: usize, signature: usize| Claim::Signature {
            scheme,
            public_key: vec![1; key],
            signature: vec![1; signature],
            message: SignedMessage::Plain(vec![]),
        };
        assert!(signature(1_312, 2_420).has_form());
        assert!(!signature(1_311, 2_420).has_form() && !signature(1_312, 2_421).has_form());
        let groth16 = |key: usize, inputs: usize, proof: usize| Claim::Groth16 {
            verifying_key: vec![1; key],
            inputs: vec![1; inputs],
            proof: vec![1; proof],
        };
        assert!(groth16(768, 0, 192).has_form() && groth16(864, 32, 192).has_form());
        for (key, inputs, proof) in [(768, 32, 192), (864, 33, 192), (768, 0, 191)] {
            assert!(!groth16(key, inputs, proof).has_form(), "{key} {inputs} {proof}");
        }
        let range = |bits, proof: usize| Claim::RangeProof {
            bits,
            label: vec![],
            commitments: vec![[1; 32]],
            proof: vec![1; proof],
        };
        let len = crate::range_proof_len(8, 1).unwrap_or_default();
        assert!(range(8, len).has_form() && !range(9, len).has_form() && !range(8, len + 1).has_form());
        assert!(!Claim::ConfidentialTransfer { chain_id: 1, body: vec![1; 40] }.has_form());
    }

    /// What tells two claims apart whose bytes are the same otherwise.
    #[test]
    fn kind_scheme_and_chain_are_part_of_it() {
        let signature =
            |scheme, message| Claim::Signature { scheme, public_key: vec![1], signature: vec![2], message };
        let range = |bits, label: &[u8], count, proof| Claim::RangeProof {
            bits,
            label: label.to_vec(),
            commitments: vec![[3; 32]; count],
            proof: vec![3; proof],
        };
        let plain = || SignedMessage::Plain(vec![3; 64]);
        let all = [
            signature(DilithiumScheme::MlDsa44, plain()),
            signature(DilithiumScheme::DraftLevel2, plain()),
            signature(DilithiumScheme::MlDsa44, SignedMessage::Mu([3; 64])),
            Claim::Groth16 { verifying_key: vec![1], inputs: vec![2], proof: vec![3; 64] },
            Claim::ConfidentialTransfer { chain_id: 1, body: vec![] },
            Claim::ConfidentialTransfer { chain_id: 2, body: vec![] },
            range(8, b"one", 1, 32),
            range(16, b"one", 1, 32),
            range(8, b"two", 1, 32),
            range(8, b"one", 2, 0),
        ];
        let encodings: std::collections::HashSet<_> = all.iter().map(Claim::encoding).collect();
        assert_eq!(encodings.len(), all.len());
    }
}
