//! What the tests of Dilithium share: a signer and verifier of their own, mutations, and the consensus vectors.
#![allow(dead_code, reason = "each test binary uses a part")]

pub(crate) mod file;
pub(crate) mod mutation;
pub(crate) mod random;
pub(crate) mod script;
pub(crate) mod signer;

use erbium_claims::{Claim, DilithiumScheme, SignedMessage, Verdict, Verifier};
use mutation::Input;

/// Answers about a signature over a plain message.
pub(crate) type Oracle = dyn Fn(DilithiumScheme, &Input) -> bool;

/// What `verifier` answers about `input`, over the plain message.
pub(crate) fn ask(verifier: &dyn Verifier, scheme: DilithiumScheme, input: &Input) -> bool {
    let message = SignedMessage::Plain(input.message.clone());
    ask_over(verifier, scheme, input, message)
}

/// What `verifier` answers about `input`, over the message's mu. Keys that have not their length are hashed all the same.
pub(crate) fn ask_mu(verifier: &dyn Verifier, scheme: DilithiumScheme, input: &Input) -> bool {
    let mu = signer::mu(&signer::params(scheme), &input.public_key, &input.message);
    ask_over(verifier, scheme, input, SignedMessage::Mu(mu))
}

fn ask_over(verifier: &dyn Verifier, scheme: DilithiumScheme, input: &Input, message: SignedMessage) -> bool {
    let (public_key, signature) = (input.public_key.clone(), input.signature.clone());
    let claim = Claim::Signature { scheme, public_key, signature, message };
    match *verifier.verify(&[claim]).unwrap() {
        [verdict] => verdict == Verdict::Valid,
        _ => unreachable!("one verdict a claim"),
    }
}
