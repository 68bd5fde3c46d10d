//! A case: what is asked, and what the answers must be.

use super::mu;
use erbium_vm::H256;
use erbium_vm::claims::{Claim, Derivation, DilithiumScheme, SignedMessage, Verdict};
use serde::Deserialize;
use std::borrow::Cow;

/// One case of a file.
pub(crate) struct Case {
    /// Its number, as the file gives it.
    pub(super) id: String,
    /// What the file says that it is about.
    pub(super) about: String,
    pub(super) kind: Kind,
}

pub(super) enum Kind {
    /// All of them must hold.
    Checks(Vec<Check>),
    /// It cannot mean anything here.
    Skipped(&'static str),
}

pub(super) enum Check {
    /// Claims that all say the same of one signature.
    Signature { forms: Vec<Form>, claims: Vec<Claim>, expected: Verdict },
    /// No claim can say it: it is invalid by its format.
    Refused { reason: String, expected: Verdict },
    /// A derivation and its answer.
    Derived { what: &'static str, derivation: Derivation, expected: Vec<u8> },
    /// Something that was computed when the file was read, beside what the file says.
    Stated { what: &'static str, ours: String, theirs: String },
}

/// Bytes as they are told.
pub(super) fn hex(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

/// What a claim is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Message,
    Mu,
}

/// The parts of a signature that all interfaces share.
pub(super) struct Signed<'a> {
    pub(super) scheme: DilithiumScheme,
    pub(super) public_key: &'a [u8],
    pub(super) signature: &'a [u8],
    pub(super) expected: Verdict,
}

impl Signed<'_> {
    /// The external interface, pure: with an empty context both over the message and over mu.
    pub(super) fn external(&self, context: &[u8], message: &[u8]) -> Check {
        let Some(mu) = mu::external(self.public_key, context, message) else {
            return self.refused(format!(
                "a context of {} bytes, more than {}",
                context.len(),
                mu::MAX_CONTEXT_LEN
            ));
        };
        let mut asked = vec![(Form::Mu, SignedMessage::Mu(mu))];
        if context.is_empty() {
            asked.insert(0, (Form::Message, SignedMessage::Plain(message.to_vec())));
        }
        self.check(asked)
    }

    /// The internal interface: M' is given.
    pub(super) fn internal(&self, message: &[u8]) -> Check {
        self.check(vec![(Form::Mu, SignedMessage::Mu(mu::internal(self.public_key, &[message])))])
    }

    /// The internal interface: mu is given.
    pub(super) fn over_mu(&self, mu: &[u8]) -> Check {
        match <[u8; 64]>::try_from(mu) {
            Ok(mu) => self.check(vec![(Form::Mu, SignedMessage::Mu(mu))]),
            Err(_) => self.refused(format!("mu of {} bytes, not 64", mu.len())),
        }
    }

    /// Over the message alone: versions before FIPS 204 form mu in other ways.
    pub(super) fn message(&self, message: &[u8]) -> Check {
        self.check(vec![(Form::Message, SignedMessage::Plain(message.to_vec()))])
    }

    /// For files whose cases are all valid: `check` of the signature, and of the same with one bit of c-tilde changed,
    /// which must be invalid.
    pub(super) fn and_damaged(self, check: impl Fn(&Signed<'_>) -> Check) -> [Check; 2] {
        let mut damaged = self.signature.to_vec();
        if let Some(first) = damaged.first_mut() {
            *first ^= 1;
        }
        let counter = Signed { signature: &damaged, expected: Verdict::Invalid, ..self };
        [check(&self), check(&counter)]
    }

    pub(super) fn refused(&self, reason: String) -> Check {
        Check::Refused { reason, expected: self.expected }
    }

    fn check(&self, asked: Vec<(Form, SignedMessage)>) -> Check {
        let claim = |message| Claim::Signature {
            scheme: self.scheme,
            public_key: self.public_key.to_vec(),
            signature: self.signature.to_vec(),
            message,
        };
        let (forms, claims) = asked.into_iter().map(|(form, message)| (form, claim(message))).unzip();
        Check::Signature { forms, claims, expected: self.expected }
    }
}

impl Check {
    /// The public key that belongs to a seed.
    pub(super) fn public_key(scheme: DilithiumScheme, seed: &[u8], expected: &[u8]) -> Self {
        Self::derived("public key", seed, expected, |seed| Derivation::DilithiumKeygen { scheme, seed })
    }

    /// The deterministic signature, pure and with an empty context, under a seed's key.
    pub(super) fn signing(scheme: DilithiumScheme, seed: &[u8], message: &[u8], expected: &[u8]) -> Self {
        let message = message.to_vec();
        Self::derived("signature", seed, expected, |seed| Derivation::DilithiumSign { scheme, seed, message })
    }

    fn derived(
        what: &'static str,
        seed: &[u8],
        expected: &[u8],
        derivation: impl FnOnce(H256) -> Derivation,
    ) -> Self {
        match <[u8; 32]>::try_from(seed) {
            Ok(seed) => {
                Self::Derived { what, derivation: derivation(H256(seed)), expected: expected.to_vec() }
            }
            Err(_) => Self::Refused { reason: seed_length(seed), expected: Verdict::Valid },
        }
    }
}

/// Says that a seed is none.
pub(super) fn seed_length(seed: &[u8]) -> String {
    format!("a seed of {} bytes, not 32", seed.len())
}

/// Bytes as pairs of hexadecimal digits, without anything around them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Cow<'_, str>")]
pub(super) struct Hex(pub(super) Vec<u8>);

impl TryFrom<Cow<'_, str>> for Hex {
    type Error = NotHex;

    fn try_from(digits: Cow<'_, str>) -> Result<Self, NotHex> {
        Ok(Self(hex::decode(&*digits)?))
    }
}

/// A text that is no string of bytes.
#[derive(Debug, thiserror::Error)]
#[error("not hexadecimal: {0}")]
pub(super) struct NotHex(#[from] hex::FromHexError);

/// A parameter set of FIPS 204 by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Cow<'_, str>")]
pub(super) struct ParameterSet(pub(super) DilithiumScheme);

impl TryFrom<Cow<'_, str>> for ParameterSet {
    type Error = UnknownParameterSet;

    fn try_from(name: Cow<'_, str>) -> Result<Self, UnknownParameterSet> {
        match &*name {
            "ML-DSA-44" => Ok(Self(DilithiumScheme::MlDsa44)),
            "ML-DSA-65" => Ok(Self(DilithiumScheme::MlDsa65)),
            "ML-DSA-87" => Ok(Self(DilithiumScheme::MlDsa87)),
            _ => Err(UnknownParameterSet(name.chars().take(40).collect())),
        }
    }
}

/// A name that no parameter set has.
#[derive(Debug, thiserror::Error)]
#[error("no parameter set of ML-DSA is named `{0}`")]
pub(super) struct UnknownParameterSet(String);
