//! Expanded public keys, and what a signature says under one.

use super::encoding::{Signature, t1_poly};
use super::ntt::{Poly, accumulate, forward, inverse, normalize, reduce};
use super::params::{MAX_C_TILDE, N, Params, Q, T1_LEN};
use super::round::absorb_high;
use super::sample::{expand_a, in_ball};
use super::shake::Shake256;
use erbium_claims::{DilithiumScheme, SignedMessage};

/// A public key with everything that depends on it alone: the matrix, t1 and the key's hash. Most of a verification's
/// time goes into it, so it is worth keeping where a key signs more than once. It holds 1 KiB a polynomial: 20 KiB at
/// level 2, 36 KiB at level 3 and 64 KiB at level 5.
#[derive(Clone)]
pub struct ExpandedKey {
    params: &'static Params,
    /// Row by row, coefficients below q, transformed.
    matrix: Vec<Poly>,
    /// Minus t1 times 2^d, a polynomial a row, coefficients below q, transformed.
    minus_t1: Vec<Poly>,
    /// The key's hash; the version takes its first bytes.
    tr: [u8; 64],
}

impl ExpandedKey {
    /// Expands an encoded public key; `None` where its length is not the scheme's. Every key of that length is one.
    pub fn new(scheme: DilithiumScheme, public_key: &[u8]) -> Option<Self> {
        let params = Params::of(scheme);
        if public_key.len() != params.public_key_len() {
            return None;
        }
        let (rho, t1) = public_key.split_first_chunk()?;
        let minus_t1 = t1
            .as_chunks::<T1_LEN>()
            .0
            .iter()
            .map(|bytes| {
                let mut poly = t1_poly(bytes).map(|t1| Q - t1);
                forward(&mut poly);
                normalize(&mut poly);
                poly
            })
            .collect();
        let tr = Shake256::default().absorb(public_key).digest();
        Some(Self { params, matrix: expand_a(params, rho), minus_t1, tr })
    }

    /// The parameters of the key's scheme.
    pub fn params(&self) -> &'static Params {
        self.params
    }

    /// Bytes of memory that the key holds.
    pub fn size(&self) -> usize {
        size_of::<Self>() + (self.matrix.len() + self.minus_t1.len()) * size_of::<Poly>()
    }

    /// The message representative mu: the hash of tr, the version's prefix and the message (FIPS 204, algorithm 8, line
    /// 7).
    pub fn mu(&self, message: &SignedMessage) -> [u8; 64] {
        mu(self.params, &self.tr, message)
    }

    /// [`ExpandedKey::mu`] without expanding the key.
    pub(crate) fn hash_message(
        scheme: DilithiumScheme,
        public_key: &[u8],
        message: &SignedMessage,
    ) -> [u8; 64] {
        mu(Params::of(scheme), &Shake256::default().absorb(public_key).digest(), message)
    }

    /// The c-tilde that belongs to the challenge, response and hints of `signature`, padded with zeros: FIPS 204,
    /// algorithm 8, lines 8 to 12. The signature holds where it is the signature's own.
    pub fn commitment(&self, mu: &[u8; 64], signature: &Signature) -> [u8; MAX_C_TILDE] {
        let mut challenge = in_ball(self.params, signature.ball_seed(self.params));
        forward(&mut challenge);
        let mut response = signature.z.clone();
        response.iter_mut().for_each(forward);

        let mut hash = Shake256::default().absorb(mu);
        let rows = self.matrix.chunks_exact(self.params.l).zip(&self.minus_t1);
        for (i, (row, minus_t1)) in rows.enumerate() {
            let mut sums = [0; N];
            for (entry, z) in row.iter().zip(&response) {
                accumulate(&mut sums, entry, z);
            }
            accumulate(&mut sums, minus_t1, &challenge);
            let mut w = reduce(&sums);
            inverse(&mut w);
            hash = absorb_high(hash, self.params, &w, signature.hints.row(i));
        }
        let mut c_tilde = hash.digest::<MAX_C_TILDE>();
        c_tilde[self.params.c_tilde_len..].fill(0);
        c_tilde
    }
}

/// `tr` is the whole hash of the key; the version takes its first bytes.
fn mu(params: &Params, tr: &[u8; 64], message: &SignedMessage) -> [u8; 64] {
    match message {
        SignedMessage::Mu(mu) => *mu,
        SignedMessage::Plain(message) => {
            let tr = &tr[..params.tr_len];
            Shake256::default().absorb(tr).absorb(params.prefix).absorb(message).digest()
        }
    }
}

impl std::fmt::Debug for ExpandedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ExpandedKey").field("scheme", &self.params.scheme).finish_non_exhaustive()
    }
}
