//! Vectors of ML-DSA (FIPS 204) and of round 3's Dilithium, in the forms of those who publish them.
//!
//! Every case becomes claims and derivations, which the caller's verifier and deriver answer. What is signed purely with
//! an empty context is asked twice, over the message and over mu; contexts, the internal interface and a given mu are
//! asked over mu, which is computed here.

mod acvp;
mod case;
mod eip8355;
mod format;
mod judge;
mod mu;
mod rsp;
mod secret;
mod wycheproof;

pub(crate) use format::Format;
pub(crate) use judge::Judge;

#[cfg(test)]
mod tests;
