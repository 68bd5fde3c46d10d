//! A claim with the challenges that its transcript gives.

use super::transcript::Transcript;
use curve25519_dalek::Scalar;
use erbium_claims::{Claim, EXCESS_LABEL, Fault, RangeProofParts, TransferParts};

/// A well-formed claim about committed values, and its challenges.
#[derive(Clone, Debug)]
pub struct Statement<'a> {
    /// The range proof.
    pub proof: RangeProofParts<'a>,
    /// t_x, t_x_blinding, e_blinding.
    pub scalars: [Scalar; 3],
    /// a and b.
    pub last: [Scalar; 2],
    /// The verifier's challenges.
    pub challenges: Challenges,
    /// What a confidential transfer says besides.
    pub excess: Option<Excess<'a>>,
    /// A hash of the whole claim, as the transcript gives it.
    pub digest: [u8; 32],
}

/// Challenges in the names of crate `bulletproofs`.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "names of the protocol")]
pub struct Challenges {
    pub y: Scalar,
    pub z: Scalar,
    pub x: Scalar,
    pub w: Scalar,
    /// u of every round, first round first.
    pub rounds: Vec<Scalar>,
}

/// The equation of a confidential transfer: response B~ = nonce + challenge E, where E is the inputs less the outputs less
/// fee B.
#[derive(Clone, Debug)]
pub struct Excess<'a> {
    /// The transfer.
    pub parts: TransferParts<'a>,
    /// s.
    pub response: Scalar,
    /// c.
    pub challenge: Scalar,
}

impl<'a> Statement<'a> {
    /// Reads a claim; `None` where it is malformed, which is the verdict invalid.
    ///
    /// # Errors
    /// [`Fault::Unsupported`] for claims of other kinds.
    pub fn read(claim: &'a Claim) -> Result<Option<Self>, Fault> {
        match claim {
            Claim::RangeProof { bits, label, commitments, proof } => {
                let parts = RangeProofParts::read(usize::from(*bits), label, commitments, proof);
                Ok(parts.and_then(Self::replay))
            }
            Claim::ConfidentialTransfer { chain_id, body } => {
                Ok(TransferParts::read(body).and_then(|parts| Self::of_transfer(*chain_id, parts)))
            }
            other => Err(Fault::Unsupported { what: other.kind() }),
        }
    }

    /// True for the kinds that [`Self::read`] reads.
    pub fn is_for(claim: &Claim) -> bool {
        matches!(claim, Claim::RangeProof { .. } | Claim::ConfidentialTransfer { .. })
    }

    /// Bytes of points that its equation has besides the generators, each to be decompressed.
    pub fn encodings(&self) -> impl Iterator<Item = &'a [u8; 32]> + use<'a> {
        let proof = self.proof;
        let excess = self.excess.as_ref().map(|excess| excess.parts);
        proof
            .points
            .iter()
            .chain(proof.rounds.as_flattened())
            .chain(proof.commitments)
            .chain(excess.into_iter().flat_map(|parts| std::iter::once(parts.nonce).chain(parts.inputs)))
    }

    fn of_transfer(chain_id: u64, parts: TransferParts<'a>) -> Option<Self> {
        let mut transcript = Transcript::new(EXCESS_LABEL);
        transcript.append_u64(b"chain", chain_id);
        transcript.append(b"body", parts.covered);
        let challenge = transcript.challenge_scalar(b"c");
        let mut statement = Self::replay(parts.proof)?;
        transcript.append(b"s", parts.response);
        transcript.challenge(b"erbium/digest", &mut statement.digest);
        statement.excess = Some(Excess { parts, response: scalar(parts.response)?, challenge });
        Some(statement)
    }

    fn replay(proof: RangeProofParts<'a>) -> Option<Self> {
        let [a, s, t_1, t_2] = proof.points;
        let mut transcript = Transcript::new(proof.label);
        transcript.append(b"dom-sep", b"rangeproof v1");
        transcript.append_u64(b"n", proof.bits as u64);
        transcript.append_u64(b"m", proof.commitments.len() as u64);
        for commitment in proof.commitments {
            transcript.append(b"V", commitment);
        }
        transcript.append(b"A", a);
        transcript.append(b"S", s);
        let y = transcript.challenge_scalar(b"y");
        let z = transcript.challenge_scalar(b"z");
        transcript.append(b"T_1", t_1);
        transcript.append(b"T_2", t_2);
        let x = transcript.challenge_scalar(b"x");
        let [t_x, t_x_blinding, e_blinding] = proof.scalars;
        transcript.append(b"t_x", t_x);
        transcript.append(b"t_x_blinding", t_x_blinding);
        transcript.append(b"e_blinding", e_blinding);
        let w = transcript.challenge_scalar(b"w");
        transcript.append(b"dom-sep", b"ipp v1");
        transcript.append_u64(b"n", proof.vector_len() as u64);
        let mut rounds = Vec::with_capacity(proof.rounds.len());
        for [left, right] in proof.rounds {
            transcript.append(b"L", left);
            transcript.append(b"R", right);
            rounds.push(transcript.challenge_scalar(b"u"));
        }
        // The protocol ends here; what follows makes a hash of the claim.
        let mut digest = [0; 32];
        for last in proof.last {
            transcript.append(b"last", last);
        }
        transcript.challenge(b"erbium/digest", &mut digest);
        let scalars = [scalar(t_x)?, scalar(t_x_blinding)?, scalar(e_blinding)?];
        let [a, b] = proof.last;
        let challenges = Challenges { y, z, x, w, rounds };
        // Nothing can be divided by a challenge of 0, which no one will ever see.
        let divisors = challenges.rounds.iter().chain([&challenges.y]);
        if divisors.into_iter().any(|challenge| *challenge == Scalar::ZERO) {
            return None;
        }
        Some(Self { proof, scalars, last: [scalar(a)?, scalar(b)?], challenges, excess: None, digest })
    }
}

/// The decoder let canonical scalars through alone.
fn scalar(bytes: &[u8; 32]) -> Option<Scalar> {
    Scalar::from_canonical_bytes(*bytes).into_option()
}
