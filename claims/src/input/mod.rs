//! Byte layouts of what the extension precompiles read: the one place where such input is found malformed.
//!
//! All parts lie end to end; a message takes what is left. Keys and signatures are cut out by the lengths of the scheme
//! and not looked into.

mod groth16;
mod privacy;

pub use groth16::ProofInput;
pub use privacy::{RangeProofInput, StealthScanInput, range_proof_derivation, stealth_address_derivation};

use crate::homomorphic::{Breach, Operation};
use crate::{Claim, Derivation, DilithiumScheme};
use primitive_types::{H256, U256};

/// Input of a contract that checks a signature: public key | signature | message (EIP-8355), where the scheme is known
/// from elsewhere or its number stands in front as one byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignatureInput<'a> {
    scheme: Option<DilithiumScheme>,
    parts: Option<Parts<'a>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Parts<'a> {
    public_key: &'a [u8],
    signature: &'a [u8],
    message: &'a [u8],
}

impl<'a> SignatureInput<'a> {
    /// Shortest input that can hold the number of a scheme, a key and a signature: those of level 2.
    pub const SHORTEST_WITH_SCHEME: usize = 1 + 1312 + 2420;

    /// Reads public key | signature | message.
    pub fn of_scheme(scheme: DilithiumScheme, input: &'a [u8]) -> Self {
        let parts = input.split_at_checked(scheme.public_key_len()).and_then(|(public_key, rest)| {
            let (signature, message) = rest.split_at_checked(scheme.signature_len())?;
            Some(Parts { public_key, signature, message })
        });
        Self { scheme: Some(scheme), parts }
    }

    /// Reads scheme (one byte) | public key | signature | message.
    pub fn with_scheme(input: &'a [u8]) -> Self {
        match input.split_first().and_then(|(&number, rest)| Some((scheme(number)?, rest))) {
            Some((scheme, rest)) => Self::of_scheme(scheme, rest),
            None => Self { scheme: None, parts: None },
        }
    }

    /// The scheme; `None` where its number is unknown or missing.
    pub fn scheme(&self) -> Option<DilithiumScheme> {
        self.scheme
    }

    /// Bytes of the message: what its check is priced by. 0 where there is no whole key and signature.
    pub fn message_len(&self) -> u64 {
        self.parts.map_or(0, |parts| parts.message.len() as u64)
    }

    /// The claim that the input makes; `None` where it is malformed, which is the verdict invalid.
    pub fn claim(&self) -> Option<Claim> {
        let Parts { public_key, signature, message } = self.parts?;
        Some(Claim::Signature {
            scheme: self.scheme?,
            public_key: public_key.to_vec(),
            signature: signature.to_vec(),
            message: message.to_vec().into(),
        })
    }
}

/// Input of the contract that signs: scheme (one byte) | seed, 32 bytes | message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SigningInput<'a> {
    /// One of those of FIPS 204.
    pub scheme: DilithiumScheme,
    /// FIPS 204 seed.
    pub seed: H256,
    /// What is signed.
    pub message: &'a [u8],
}

impl<'a> SigningInput<'a> {
    /// Reads the input; `None` where it is too short or its scheme does not sign.
    pub fn read(input: &'a [u8]) -> Option<Self> {
        let (&number, rest) = input.split_first()?;
        let scheme = scheme(number).filter(|scheme| scheme.is_fips204())?;
        let (seed, message) = rest.split_first_chunk::<32>()?;
        Some(Self { scheme, seed: H256(*seed), message })
    }

    /// What is to be computed.
    pub fn derivation(&self) -> Derivation {
        Derivation::DilithiumSign { scheme: self.scheme, seed: self.seed, message: self.message.to_vec() }
    }
}

/// Input of the contract that encrypts: type (one byte) | value, 32 bytes | seed, 32 bytes, and nothing behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EncryptionInput {
    kind: u8,
    value: U256,
    seed: U256,
}

impl EncryptionInput {
    /// Bytes of the input.
    pub const LEN: usize = 1 + 32 + 32;

    /// Reads the input; `None` where it has another length.
    pub fn read(input: &[u8]) -> Option<Self> {
        let (&kind, rest) = input.split_first()?;
        let (value, rest) = rest.split_first_chunk::<32>()?;
        let seed = <&[u8; 32]>::try_from(rest).ok()?;
        Some(Self { kind, value: U256::from_big_endian(value), seed: U256::from_big_endian(seed) })
    }

    /// What is to be done.
    ///
    /// # Errors
    /// The rule that type or value break.
    pub fn operation(&self) -> Result<Operation, Breach> {
        Operation::encrypt(self.kind.into(), self.value, self.seed)
    }
}

fn scheme(number: u8) -> Option<DilithiumScheme> {
    DilithiumScheme::from_number(u64::from(number))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_scheme() -> impl Strategy<Value = DilithiumScheme> {
        (0..=u8::MAX).prop_filter_map("a scheme", scheme)
    }

    #[test]
    fn the_shortest_input_is_of_level_2() {
        let lengths = (0..=u8::MAX).filter_map(scheme).map(|set| set.public_key_len() + set.signature_len());
        assert_eq!(lengths.min(), Some(SignatureInput::SHORTEST_WITH_SCHEME - 1));
        assert_eq!(SignatureInput::SHORTEST_WITH_SCHEME, 3_733);
    }

    #[test]
    fn a_missing_byte_is_malformed_and_a_message_may_be_empty() {
        for scheme in (0..=u8::MAX).filter_map(scheme) {
            let whole = vec![0; scheme.public_key_len() + scheme.signature_len()];
            let read = SignatureInput::of_scheme(scheme, &whole);
            assert_eq!(read.message_len(), 0);
            assert!(read.claim().is_some());
            let short = SignatureInput::of_scheme(scheme, &whole[1..]);
            assert_eq!((short.scheme(), short.message_len(), short.claim()), (Some(scheme), 0, None));
        }
        let whole = [&[44][..], &[0; 32]].concat();
        assert!(SigningInput::read(&whole).unwrap().message.is_empty());
        assert_eq!(SigningInput::read(&whole[..32]), None);
        for other in (0..=u8::MAX).filter(|number| ![44, 65, 87].contains(number)) {
            assert_eq!(SigningInput::read(&[&[other][..], &[0; 32]].concat()), None, "{other}");
        }
    }

    #[test]
    fn an_encryption_is_65_bytes() {
        let input = [&[8][..], &[1; 32], &[2; 32]].concat();
        let read = EncryptionInput::read(&input).unwrap();
        let expected = EncryptionInput {
            kind: 8,
            value: U256::from_big_endian(&[1; 32]),
            seed: U256::from_big_endian(&[2; 32]),
        };
        assert_eq!((read, input.len()), (expected, EncryptionInput::LEN));
        assert!(read.operation().is_ok());
        for wrong in [&input[..0], &input[..1], &input[..64], &[&input[..], &[0]].concat()] {
            assert_eq!(EncryptionInput::read(wrong), None);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_as_they_lie(mut input in prop::collection::vec(any::<u8>(), 0..9_000)) {
            let _ = SignatureInput::with_scheme(&input);
            let _ = SigningInput::read(&input);
            if let Some(first) = input.first_mut() {
                *first = [44, 65, 87, 2, 21][usize::from(*first) % 5];
            }
            let read = SignatureInput::with_scheme(&input);
            if let Some(Claim::Signature { scheme, public_key, signature, message }) = read.claim() {
                let crate::SignedMessage::Plain(message) = message else { unreachable!() };
                prop_assert_eq!(message.len() as u64, read.message_len());
                prop_assert_eq!(public_key.len(), scheme.public_key_len());
                prop_assert_eq!(signature.len(), scheme.signature_len());
                prop_assert_eq!([&[scheme.number()], &public_key[..], &signature, &message].concat(), input);
            } else {
                prop_assert_eq!(read.message_len(), 0);
            }
        }

        #[test]
        fn what_is_laid_out_reads_back(
            scheme in any_scheme(),
            fill in any::<[u8; 3]>(),
            message in prop::collection::vec(any::<u8>(), 0..100),
        ) {
            let public_key = vec![fill[0]; scheme.public_key_len()];
            let signature = vec![fill[1]; scheme.signature_len()];
            let input = [&public_key[..], &signature, &message].concat();
            let numbered = [&[scheme.number()][..], &input].concat();
            let expected = Claim::Signature { scheme, public_key, signature, message: message.clone().into() };
            prop_assert_eq!(SignatureInput::of_scheme(scheme, &input).claim(), Some(expected.clone()));
            prop_assert_eq!(SignatureInput::with_scheme(&numbered).claim(), Some(expected));
            let signing = [&[scheme.number()][..], &[fill[2]; 32], &message].concat();
            let read = SigningInput::read(&signing);
            prop_assert_eq!(read.is_some(), scheme.is_fips204());
            if let Some(read) = read {
                let seed = H256([fill[2]; 32]);
                prop_assert_eq!(read.derivation(), Derivation::DilithiumSign { scheme, seed, message });
            }
        }
    }
}
