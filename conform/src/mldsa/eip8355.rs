//! EIP-8355's calls: public key, signature and message behind one another, of ML-DSA-44, with the answer and its gas.

use super::case::{Case, Check, Hex, Kind, Signed};
use erbium_vm::claims::{DilithiumScheme, Verdict};
use erbium_vm::spec::GasSchedule;
use serde::Deserialize;
use std::borrow::Cow;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Call {
    name: String,
    input: Hex,
    expected: Word,
    gas: u64,
}

/// A 32-byte 1 or 0.
#[derive(Deserialize)]
#[serde(try_from = "Cow<'_, str>")]
struct Word(Verdict);

#[derive(Debug, thiserror::Error)]
#[error("the answer is neither a 32-byte 1 nor a 32-byte 0")]
struct NoAnswer;

impl TryFrom<Cow<'_, str>> for Word {
    type Error = NoAnswer;

    fn try_from(digits: Cow<'_, str>) -> Result<Self, NoAnswer> {
        match hex::decode(&*digits).as_deref() {
            Ok([zeros @ .., last @ (0 | 1)]) if *zeros == [0; 31] => Ok(Self((*last == 1).into())),
            _ => Err(NoAnswer),
        }
    }
}

/// The cases of `eip8355_test-vectors.json`. Gas is compared with the preset `erbium`, which took the EIP's prices.
pub(super) fn calls(json: &[u8]) -> Result<Vec<Case>, serde_json::Error> {
    let calls: Vec<Call> = serde_json::from_slice(json)?;
    Ok(calls.iter().map(|call| call.case(DilithiumScheme::MlDsa44)).collect())
}

impl Call {
    fn case(&self, scheme: DilithiumScheme) -> Case {
        let (input, expected) = (&self.input.0, self.expected.0);
        let parts = input
            .split_at_checked(scheme.public_key_len())
            .and_then(|(key, rest)| Some((key, rest.split_at_checked(scheme.signature_len())?)));
        let (check, message_len) = match parts {
            Some((public_key, (signature, message))) => {
                let signed = Signed { scheme, public_key, signature, expected };
                (signed.external(&[], message), message.len())
            }
            None => {
                let reason = format!("an input of {} bytes, shorter than key and signature", input.len());
                (Check::Refused { reason, expected }, 0)
            }
        };
        let gas = GasSchedule::erbium().signature(scheme, message_len as u64);
        let price = Check::Stated { what: "gas", ours: gas.to_string(), theirs: self.gas.to_string() };
        Case {
            id: self.name.clone(),
            about: "a call of the precompile".to_owned(),
            kind: Kind::Checks(vec![check, price]),
        }
    }
}
