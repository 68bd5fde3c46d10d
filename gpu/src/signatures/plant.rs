//! Invalid signatures among a batch's own, with answers that the processor knows.

use super::random::Random;
use crate::cpu::Signed;
use crate::cpu::dilithium::{ExpandedKey, MAX_C_TILDE, Params, Signature};
use erbium_claims::{DilithiumScheme, SignedMessage};

/// A random signature of proper form under a random key: no stage of a device can answer for it without working, and no
/// earlier batch had it.
#[derive(Clone, Debug)]
pub(super) struct Plant {
    pub(super) public_key: Vec<u8>,
    pub(super) signature: Vec<u8>,
    pub(super) message: SignedMessage,
}

/// Bytes of a plant's message.
pub(super) const MESSAGE_BYTES: usize = 48;

impl Plant {
    /// A plant of `scheme`, over a message or over mu.
    pub(super) fn new(scheme: DilithiumScheme, random: &mut Random, over_mu: bool) -> Self {
        let mut public_key = vec![0; scheme.public_key_len()];
        random.fill(&mut public_key);
        let message = if over_mu {
            SignedMessage::Mu(random.bytes())
        } else {
            SignedMessage::Plain(random.bytes::<MESSAGE_BYTES>().to_vec())
        };
        Self { public_key, signature: signature(Params::of(scheme), random), message }
    }

    /// It as a claim would have it.
    pub(super) fn signed(&self, scheme: DilithiumScheme) -> Signed<'_> {
        let Self { public_key, signature, message } = self;
        Signed { scheme, public_key, signature, message }
    }

    /// The c-tilde that a device must find, padded with zeros.
    pub(super) fn expected(&self, scheme: DilithiumScheme) -> Option<[u8; MAX_C_TILDE]> {
        let key = ExpandedKey::new(scheme, &self.public_key)?;
        let signature = Signature::decode(key.params(), &self.signature)?;
        Some(key.commitment(&key.mu(&self.message), &signature))
    }
}

/// A well-formed signature: any c-tilde, responses up to half of gamma1, any number of hints.
fn signature(params: &Params, random: &mut Random) -> Vec<u8> {
    let mut bytes = vec![0; params.c_tilde_len];
    random.fill(&mut bytes);
    let (mut bits, mut held) = (0u64, 0);
    for _ in 0..params.l * 256 {
        // Stored as gamma1 less the coefficient.
        let stored = params.gamma1() / 2 + (random.word() & (params.gamma1() - 1));
        bits |= u64::from(stored) << held;
        held += params.gamma1_bits + 1;
        while held >= 8 {
            bytes.push(bits as u8);
            bits >>= 8;
            held -= 8;
        }
    }
    let count = random.below(params.omega + 1);
    let mut rows = vec![Vec::new(); params.k];
    for _ in 0..count {
        let row = random.below(params.k);
        let place = random.bytes::<1>()[0];
        if let Some(places) = rows.get_mut(row)
            && !places.contains(&place)
        {
            places.push(place);
        }
    }
    let mut ends = Vec::new();
    let mut hints = Vec::new();
    for places in &mut rows {
        places.sort_unstable();
        hints.append(places);
        ends.push(hints.len() as u8);
    }
    hints.resize(params.omega, 0);
    bytes.extend(hints);
    bytes.extend(ends);
    bytes
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::cpu::dilithium::{is_well_formed, verify};
    use erbium_claims::Verdict;

    #[test]
    fn plants_are_well_formed_and_invalid_and_never_the_same() {
        let mut random = Random::new(&[7; 32], 1);
        for number in [2, 3, 5, 18, 19, 21, 44, 65, 87] {
            let scheme = DilithiumScheme::from_number(number).unwrap();
            for over_mu in [false, true] {
                let [one, other] = [(); 2].map(|()| Plant::new(scheme, &mut random, over_mu));
                assert!(is_well_formed(Params::of(scheme), &one.signature));
                assert_ne!((&one.public_key, &one.signature), (&other.public_key, &other.signature));
                let key = ExpandedKey::new(scheme, &one.public_key).unwrap();
                assert_eq!(verify(&key, &one.message, &one.signature), Verdict::Invalid);
                assert_ne!(one.expected(scheme), other.expected(scheme));
            }
        }
    }
}
