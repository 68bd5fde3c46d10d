//! Claims on all cores.

use super::groth16::Proven;
use super::range_proof::{self, Statement};
use super::signature::{Route, Signatures, Signed};
use crate::proofs::ZKProofEngine;
use crate::{counter, histogram};
use erbium_claims::{Claim, DilithiumScheme, Fault, Verdict, Verifier};
use std::sync::Arc;
use std::time::Instant;

/// Bytes of expanded keys that a [`CpuVerifier`] keeps unless told otherwise: 64 MiB, some 3,000 keys of level 2, 1,700 of
/// level 3 or 950 of level 5.
pub const KEY_CACHE_BYTES: usize = 64 << 20;

/// Answers claims, a batch over all cores of the current rayon pool.
///
/// Dilithium signatures: ML-DSA-44, -65 and -87 (FIPS 204, pure, with an empty context), round 3 (schemes 2, 3, 5), the
/// draft of FIPS 204 (18, 19, 21), and every scheme's signatures over mu. [`Route`] says which code does it. Range proofs
/// and confidential transfers: [`range_proof`], all of a batch in one sum. Groth16 proofs: [`ZKProofEngine`].
///
/// Keys, signatures and proofs of a wrong length or with malformed contents are [`Verdict::Invalid`]. Verdicts depend on each
/// claim alone, never on its batch, nor on the expanded keys that are kept in bounded memory to check keys that come
/// again faster. Clones share those keys.
#[derive(Clone, Debug)]
pub struct CpuVerifier {
    signatures: Arc<Signatures>,
    proofs: ZKProofEngine,
}

impl Default for CpuVerifier {
    fn default() -> Self {
        Self::with_route(Route::Fastest, KEY_CACHE_BYTES)
    }
}

impl CpuVerifier {
    /// A verifier that keeps [`KEY_CACHE_BYTES`] of expanded keys at most.
    pub fn new() -> Self {
        Self::default()
    }

    /// A verifier that checks signatures in the given way, for comparisons, and keeps so many bytes of expanded keys at
    /// most; 0 for no keys of any kind.
    pub fn with_route(route: Route, cache_bytes: usize) -> Self {
        let signatures = Arc::new(Signatures::new(route, cache_bytes));
        let proofs = if cache_bytes == 0 { ZKProofEngine::with_cache(0) } else { ZKProofEngine::new() };
        Self { signatures, proofs }
    }

    /// The part for Groth16 proofs; it shares this verifier's parsed keys.
    pub fn proofs(&self) -> &ZKProofEngine {
        &self.proofs
    }

    /// How often an expanded key was looked for and was kept, and how often it was not.
    pub fn key_lookups(&self) -> (u64, u64) {
        self.signatures.key_lookups()
    }
}

impl CpuVerifier {
    /// The verdicts on a batch of signatures, order kept. Not counted as claims.
    ///
    /// # Errors
    /// As [`Verifier::verify`].
    pub(crate) fn verify_signed(&self, signed: &[Signed<'_>]) -> Result<Vec<Verdict>, Fault> {
        match signed {
            // A contract asks for one at a time; handing that to another thread only costs.
            [one] => Ok(vec![self.signatures.verify_one(*one)]),
            many => self.signatures.verify(many),
        }
    }
}

impl Verifier for CpuVerifier {
    fn verify(&self, claims: &[Claim]) -> Result<Vec<Verdict>, Fault> {
        let start = Instant::now();
        let mut verdicts = vec![Verdict::Invalid; claims.len()];
        let mut answer = |places: &[usize], answers: &[Verdict]| {
            for (place, answer) in places.iter().zip(answers) {
                if let Some(verdict) = verdicts.get_mut(*place) {
                    *verdict = *answer;
                }
            }
        };
        let (mut signature_places, mut signed) = (Vec::new(), Vec::new());
        let (mut range_places, mut ranges) = (Vec::new(), Vec::new());
        let (mut proof_places, mut proven) = (Vec::new(), Vec::new());
        for (place, claim) in claims.iter().enumerate() {
            if Statement::is_for(claim) {
                range_places.push(place);
                ranges.push(claim);
            } else if let Some(proof) = Proven::read(claim) {
                proof_places.push(place);
                proven.push(proof);
            } else {
                signed.push(Signed::read(claim)?);
                signature_places.push(place);
            }
        }
        if !signed.is_empty() {
            let answers = self.verify_signed(&signed)?;
            count_claims("cpu", &signed, &answers);
            answer(&signature_places, &answers);
        }
        if !ranges.is_empty() {
            let answers = range_proof::verify(&ranges)?;
            count_ranges("cpu", &ranges, &answers);
            answer(&range_places, &answers);
        }
        if !proven.is_empty() {
            let answers = self.proofs.verify_proven(&proven)?;
            count_proofs("cpu", &answers);
            answer(&proof_places, &answers);
        }
        let invalid = verdicts.iter().filter(|verdict| !verdict.is_valid()).count();
        tracing::debug!(batch = claims.len(), invalid, elapsed = ?start.elapsed(), "verified claims");
        Ok(verdicts)
    }
}

/// A signature's kind, finer than [`Claim::kind`].
fn kind(scheme: DilithiumScheme) -> &'static str {
    match scheme {
        DilithiumScheme::Round3Level2 | DilithiumScheme::Round3Level3 | DilithiumScheme::Round3Level5 => {
            "a signature of round 3's Dilithium"
        }
        DilithiumScheme::DraftLevel2 | DilithiumScheme::DraftLevel3 | DilithiumScheme::DraftLevel5 => {
            "a signature of the draft of ML-DSA"
        }
        DilithiumScheme::MlDsa44 => "ML-DSA-44",
        DilithiumScheme::MlDsa65 => "ML-DSA-65",
        DilithiumScheme::MlDsa87 => "ML-DSA-87",
    }
}

/// Counts a batch of signatures that `backend` answered.
pub(crate) fn count_claims(backend: &'static str, signed: &[Signed<'_>], verdicts: &[Verdict]) {
    count(backend, signed.iter().map(|signed| kind(signed.scheme)), verdicts);
}

/// Counts a batch of range proofs and confidential transfers that `backend` answered.
pub(crate) fn count_ranges(backend: &'static str, claims: &[&Claim], verdicts: &[Verdict]) {
    count(backend, claims.iter().map(|claim| claim.kind()), verdicts);
}

/// Counts a batch of Groth16 proofs that `backend` answered.
pub(crate) fn count_proofs(backend: &'static str, verdicts: &[Verdict]) {
    count(backend, verdicts.iter().map(|_| Proven::KIND), verdicts);
}

fn count(backend: &'static str, asked: impl Iterator<Item = &'static str>, verdicts: &[Verdict]) {
    // Batches have few kinds, and mostly one.
    let mut kinds: Vec<(&'static str, (u64, u64))> = Vec::new();
    for (kind, verdict) in asked.zip(verdicts) {
        if kinds.last().is_none_or(|(last, _)| *last != kind) {
            let known = kinds.iter().position(|(known, _)| *known == kind);
            let counts = known.map_or((kind, (0, 0)), |known| kinds.swap_remove(known));
            kinds.push(counts);
        }
        if let Some((_, (asked, invalid))) = kinds.last_mut() {
            *asked += 1;
            *invalid += u64::from(!verdict.is_valid());
        }
    }
    for (kind, (asked, invalid)) in kinds {
        metrics::counter!(counter::CLAIMS, "backend" => backend, "kind" => kind).increment(asked);
        metrics::counter!(counter::INVALID, "backend" => backend, "kind" => kind).increment(invalid);
    }
    // Batches have far fewer than 2^52 claims.
    metrics::histogram!(histogram::BATCH, "backend" => backend).record(verdicts.len() as f64);
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::cpu::dilithium::ExpandedKey;
    use aws_lc_rs::encoding::AsDer;
    use aws_lc_rs::signature::{
        KeyPair, ML_DSA_44_SIGNING, ML_DSA_65_SIGNING, ML_DSA_87_SIGNING, PqdsaKeyPair,
    };
    use erbium_claims::SignedMessage;
    use proptest::prelude::*;

    fn signed(scheme: DilithiumScheme, seed: &[u8; 32], message: Vec<u8>) -> Claim {
        let pair = pair(scheme, seed);
        let mut signature = vec![0; scheme.signature_len()];
        pair.sign(&message, &mut signature).unwrap();
        Claim::Signature {
            scheme,
            public_key: pair.public_key().as_ref().to_vec(),
            signature,
            message: message.into(),
        }
    }

    fn pair(scheme: DilithiumScheme, seed: &[u8; 32]) -> PqdsaKeyPair {
        let algorithm = match scheme {
            DilithiumScheme::MlDsa44 => &ML_DSA_44_SIGNING,
            DilithiumScheme::MlDsa65 => &ML_DSA_65_SIGNING,
            _ => &ML_DSA_87_SIGNING,
        };
        PqdsaKeyPair::from_seed(algorithm, seed).unwrap()
    }

    /// The same claim with its message as mu.
    fn with_mu(mut claim: Claim) -> Claim {
        if let Claim::Signature { scheme, public_key, message, .. } = &mut claim {
            *message = SignedMessage::Mu(ExpandedKey::new(*scheme, public_key).unwrap().mu(message));
        }
        claim
    }

    fn verify(claims: &[Claim]) -> Vec<Verdict> {
        CpuVerifier::new().verify(claims).unwrap()
    }

    fn schemes() -> impl Strategy<Value = DilithiumScheme> {
        prop::sample::select(vec![
            DilithiumScheme::MlDsa44,
            DilithiumScheme::MlDsa65,
            DilithiumScheme::MlDsa87,
        ])
    }

    #[test]
    fn kinds_may_be_mixed() {
        let ours = signed(DilithiumScheme::MlDsa44, &[1; 32], vec![2]);
        let proof = Claim::Groth16 { verifying_key: vec![], inputs: vec![], proof: vec![] };
        let transfer = Claim::ConfidentialTransfer { chain_id: 1, body: vec![] };
        let mixed = [proof.clone(), ours.clone(), transfer, proof, ours];
        assert_eq!(verify(&mixed), [false, true, false, false, true].map(Verdict::from));
        assert_eq!(verify(&[]), []);
    }

    #[test]
    fn a_key_in_der_is_malformed() {
        let scheme = DilithiumScheme::MlDsa65;
        let Claim::Signature { signature, message, .. } = signed(scheme, &[1; 32], vec![2]) else { return };
        let der = pair(scheme, &[1; 32]).public_key().as_der().unwrap().as_ref().to_vec();
        let claim = Claim::Signature { scheme, public_key: der, signature, message };
        assert_eq!(verify(&[claim]), [Verdict::Invalid]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn verdicts_are_the_same_whatever_the_batch(
            batch in prop::collection::vec((schemes(), any::<[u8; 32]>(), any::<bool>(), any::<bool>()), 1..12),
            split in any::<prop::sample::Index>(),
            order in any::<[prop::sample::Index; 12]>(),
        ) {
            let mut asked: Vec<_> = batch
                .iter()
                .map(|(scheme, seed, holds, over_mu)| {
                    let mut claim = signed(*scheme, seed, seed[..9].to_vec());
                    if let (Claim::Signature { message: SignedMessage::Plain(message), .. }, false) = (&mut claim, holds) {
                        message.push(0);
                    }
                    (if *over_mu { with_mu(claim) } else { claim }, Verdict::from(*holds))
                })
                .collect();
            let (claims, expected): (Vec<_>, Vec<_>) = asked.iter().cloned().unzip();
            prop_assert_eq!(&verify(&claims), &expected);

            let (left, right) = claims.split_at(split.index(claims.len()));
            prop_assert_eq!(&[verify(left), verify(right)].concat(), &expected);

            for (i, index) in order.iter().enumerate().take(batch.len()) {
                asked.swap(i, index.index(batch.len()));
            }
            let (claims, expected): (Vec<_>, Vec<_>) = asked.into_iter().unzip();
            prop_assert_eq!(verify(&claims), expected);
        }

        #[test]
        fn a_flipped_bit_or_another_length_is_invalid(
            scheme in schemes(),
            seed in any::<[u8; 32]>(),
            field in 0..3,
            at in any::<prop::sample::Index>(),
            bit in 0u32..8,
            longer in any::<bool>(),
        ) {
            let good = signed(scheme, &seed, seed.to_vec());
            prop_assert_eq!(verify(std::slice::from_ref(&good)), [Verdict::Valid]);
            let bytes = |claim: &mut Claim, change: &dyn Fn(&mut Vec<u8>)| {
                if let Claim::Signature { public_key, signature, message: SignedMessage::Plain(message), .. } = claim {
                    change(match field {
                        0 => public_key,
                        1 => signature,
                        _ => message,
                    });
                }
            };
            let (mut flipped, mut resized) = (good.clone(), good);
            bytes(&mut flipped, &|bytes| {
                let at = at.index(bytes.len());
                bytes[at] ^= 1u8 << bit;
            });
            bytes(&mut resized, &|bytes| {
                let len = if longer { bytes.len() + 1 + at.index(64) } else { at.index(bytes.len()) };
                bytes.resize(len, 0);
            });
            prop_assert_eq!(verify(&[flipped, resized]), [Verdict::Invalid, Verdict::Invalid]);
        }

        #[test]
        fn arbitrary_bytes_are_invalid_and_no_fault(
            scheme in prop::sample::select(vec![2, 3, 5, 18, 19, 21, 44, 65, 87]),
            public_key in prop::collection::vec(any::<u8>(), 0..64),
            signature in prop::collection::vec(any::<u8>(), 0..64),
            message in prop::collection::vec(any::<u8>(), 0..64),
            fill in any::<bool>(),
            mu in any::<Option<[u8; 32]>>(),
        ) {
            let scheme = DilithiumScheme::from_number(scheme).unwrap();
            let stretch = |bytes: Vec<u8>, len| {
                if fill && !bytes.is_empty() { bytes.iter().copied().cycle().take(len).collect() } else { bytes }
            };
            let public_key = stretch(public_key, scheme.public_key_len());
            let signature = stretch(signature, scheme.signature_len());
            let message = mu.map_or(message.into(), |half| SignedMessage::Mu(std::array::from_fn(|i| half[i % 32])));
            let claim = Claim::Signature { scheme, public_key, signature, message };
            prop_assert_eq!(verify(&[claim]), [Verdict::Invalid]);
        }
    }
}
