//! Who stands behind a queue.

use erbium_claims::{Claim, Fault, Recoverer, Recovery, SignedMessage, Verdict, Verifier};
use primitive_types::H160;

/// What an item weighs beside the bytes that it owns.
const ITEM: usize = 128;

/// Answers items in batches.
pub trait Service: Send + Sync + 'static {
    /// What is asked.
    type Item: Send + 'static;
    /// What is answered.
    type Answer: Send + 'static;
    /// Items, in a word, for threads and metrics.
    const KIND: &'static str;

    /// What an item weighs, in the units of the queue's [`Limits`](super::Limits); an item's weight does not change.
    fn weight(&self, item: &Self::Item) -> usize;

    /// One answer an item, in order.
    ///
    /// # Errors
    /// [`Fault`] when the machinery failed; then nothing has been answered.
    fn answer(&self, items: &[Self::Item]) -> Result<Vec<Self::Answer>, Fault>;
}

/// Puts a verifier behind a queue: claims to verdicts. A claim weighs its bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Verifying<V>(pub V);

impl<V: Verifier + Send + 'static> Service for Verifying<V> {
    type Item = Claim;
    type Answer = Verdict;
    const KIND: &'static str = "claims";

    fn weight(&self, claim: &Claim) -> usize {
        ITEM + match claim {
            Claim::Signature { public_key, signature, message, .. } => {
                let message = match message {
                    SignedMessage::Plain(message) => message.len(),
                    SignedMessage::Mu(mu) => mu.len(),
                };
                public_key.len() + signature.len() + message
            }
            Claim::Groth16 { verifying_key, inputs, proof } => {
                verifying_key.len() + inputs.len() + proof.len()
            }
            Claim::ConfidentialTransfer { body, .. } => body.len(),
            _ => 0,
        }
    }

    fn answer(&self, claims: &[Claim]) -> Result<Vec<Verdict>, Fault> {
        self.0.verify(claims)
    }
}

/// Puts a recoverer behind a queue: signatures to signers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Recovering<R>(pub R);

impl<R: Recoverer + Send + 'static> Service for Recovering<R> {
    type Item = Recovery;
    type Answer = Option<H160>;
    const KIND: &'static str = "recoveries";

    fn weight(&self, _: &Recovery) -> usize {
        ITEM
    }

    fn answer(&self, signed: &[Recovery]) -> Result<Vec<Option<H160>>, Fault> {
        self.0.recover(signed)
    }
}
