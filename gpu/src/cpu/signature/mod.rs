//! Dilithium signatures of all versions, batch by batch.
//!
//! There are three ways to check one: aws-lc-rs, for ML-DSA over a message; [`dilithium`], plain code for every scheme;
//! and [`check`], also for every scheme, which hashes for four signatures at once and may start from an expanded key. All
//! give the same verdicts; which one is taken is a matter of speed alone ([`Route`]).

mod challenge;
mod check;
mod key;
mod library;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests;

use super::cache::KeyCache;
use super::dilithium::{self, Params};
use check::{Item, WIDTH, check};
use erbium_claims::{Claim, DilithiumScheme, Fault, SignedMessage, Verdict};
use erbium_simd::Kernels;
use key::ExpandedKey;
use rayon::prelude::*;
use std::fmt;
use std::sync::Arc;

/// Signatures under one key that a work item holds at most.
const GRAIN: usize = 32;

/// Rows of a matrix at most, over all sets.
const MAX_K: usize = 8;
/// Columns of a matrix at most, over all sets.
const MAX_L: usize = 7;

/// A signature as a claim has it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signed<'a> {
    pub(crate) scheme: DilithiumScheme,
    pub(crate) public_key: &'a [u8],
    pub(crate) signature: &'a [u8],
    pub(crate) message: &'a SignedMessage,
}

impl<'a> Signed<'a> {
    /// Reads a claim; a fault names the kind that nothing here answers.
    pub(crate) fn read(claim: &'a Claim) -> Result<Self, Fault> {
        let Claim::Signature { scheme, public_key, signature, message } = claim else {
            return Err(Fault::Unsupported { what: claim.kind() });
        };
        Ok(Self { scheme: *scheme, public_key, signature, message })
    }
}

/// Which code checks signatures: a matter of speed alone, all give the same verdicts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Route {
    /// Whatever is fastest on this processor: [`Route::FourWay`] where it has AVX2, else [`Route::Library`].
    #[default]
    Fastest,
    /// aws-lc-rs for ML-DSA over a message, [`dilithium`] for the rest.
    Library,
    /// [`dilithium`] for all.
    Plain,
    /// Four signatures at a time and with expanded keys that are kept, by the fastest kernels that the processor runs.
    FourWay,
    /// The same with portable kernels.
    FourWayPortable,
}

/// Checks signatures.
pub(super) struct Signatures {
    cache: KeyCache<ExpandedKey>,
    kernels: Kernels,
    /// Anything but [`Route::Fastest`].
    route: Route,
}

impl fmt::Debug for Signatures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signatures").field("kernels", &self.kernels.name()).finish_non_exhaustive()
    }
}

/// A signature with the hash of its key.
#[derive(Clone, Copy)]
struct Asked<'a> {
    signed: Signed<'a>,
    params: &'static Params,
    hash: u64,
    /// Its place in the batch.
    index: usize,
}

impl<'a> Asked<'a> {
    fn item(&self, expanded: Option<&'a ExpandedKey>) -> Item<'a> {
        let Signed { public_key, signature, message, .. } = self.signed;
        Item { public_key, expanded, signature, message }
    }
}

impl Signatures {
    /// One that keeps up to so many bytes of expanded keys.
    pub(super) fn new(route: Route, cache_bytes: usize) -> Self {
        let kernels = if route == Route::FourWayPortable { Kernels::PORTABLE } else { Kernels::fastest() };
        let route = match route {
            Route::Fastest if kernels == Kernels::PORTABLE => Route::Library,
            Route::Fastest => Route::FourWay,
            other => other,
        };
        Self { cache: KeyCache::new(cache_bytes), kernels, route }
    }

    /// How often an expanded key was looked for and was there, and how often it was not.
    pub(super) fn key_lookups(&self) -> (u64, u64) {
        self.cache.lookups()
    }

    /// The verdict on one signature, on this thread.
    pub(super) fn verify_one(&self, signed: Signed<'_>) -> Verdict {
        match self.read(0, signed) {
            Ok(asked) => self.check_single(&[asked])[0].into(),
            Err(verdict) => verdict,
        }
    }

    /// The verdicts on a batch, order kept, on all cores of the current rayon pool.
    ///
    /// # Errors
    /// [`Fault`] where a signature got no answer: an error of this module, and never a verdict.
    pub(super) fn verify(&self, batch: &[Signed<'_>]) -> Result<Vec<Verdict>, Fault> {
        let read: Vec<_> =
            batch.par_iter().enumerate().map(|(index, signed)| self.read(index, *signed)).collect();
        let mut verdicts: Vec<_> = read.iter().map(|read| read.as_ref().err().copied()).collect();
        let mut asked: Vec<_> = read.into_iter().flatten().collect();
        // Equal keys lie side by side; so do equal parameter sets.
        asked.sort_unstable_by_key(|asked| (asked.signed.scheme.number(), asked.hash, asked.index));

        let same_key = |a: &Asked<'_>, b: &Asked<'_>| {
            (a.signed.scheme, a.signed.public_key) == (b.signed.scheme, b.signed.public_key)
        };
        let (mut singles, mut work) = (Vec::new(), Vec::new());
        for run in asked.chunk_by(same_key) {
            match run {
                [single] => singles.push(*single),
                many => work.extend(many.chunks(GRAIN).map(Work::SameKey)),
            }
        }
        for same_set in singles.chunk_by(|a, b| a.signed.scheme == b.signed.scheme) {
            work.extend(same_set.chunks(WIDTH).map(Work::Singles));
        }
        let answers: Vec<_> = work
            .par_iter()
            .flat_map_iter(|work| {
                let (asked, holds) = match work {
                    Work::SameKey(asked) => (*asked, self.check_same_key(asked)),
                    Work::Singles(asked) => (*asked, self.check_single(asked).to_vec()),
                };
                asked.iter().map(|asked| asked.index).zip(holds)
            })
            .collect();
        for (index, holds) in answers {
            if let Some(verdict) = verdicts.get_mut(index) {
                *verdict = Some(holds.into());
            }
        }
        // By its length, by the library, or as part of one piece of work.
        let all: Option<Vec<_>> = verdicts.into_iter().collect();
        all.ok_or_else(|| Fault::Coprocessor { reason: "a signature of a batch got no answer".to_owned() })
    }

    /// A signature made ready for our own check, or the verdict where it needs none.
    fn read<'a>(&self, index: usize, signed: Signed<'a>) -> Result<Asked<'a>, Verdict> {
        let Signed { scheme, public_key, signature, message } = signed;
        let lengths =
            public_key.len() == scheme.public_key_len() && signature.len() == scheme.signature_len();
        if !lengths {
            return Err(Verdict::Invalid);
        }
        let params = Params::of(scheme);
        match (self.route, message) {
            (Route::Library, SignedMessage::Plain(message)) if scheme.is_fips204() => {
                Err(library::verify(scheme, public_key, signature, message))
            }
            (Route::Library | Route::Plain, _) => {
                // A malformed signature is not worth expanding its key.
                let Some(signature) = dilithium::Signature::decode(params, signature) else {
                    return Err(Verdict::Invalid);
                };
                let key = dilithium::ExpandedKey::new(scheme, public_key);
                Err(key.map_or(Verdict::Invalid, |key| dilithium::verify_decoded(&key, message, &signature)))
            }
            _ => Ok(Asked { signed, params, hash: self.cache.hash(scheme.number(), public_key), index }),
        }
    }

    /// Up to four signatures of one parameter set, with different keys.
    fn check_single(&self, asked: &[Asked<'_>]) -> [bool; WIDTH] {
        let Some(Asked { params, .. }) = asked.first() else { return [false; WIDTH] };
        let mut expanded: [Option<Arc<ExpandedKey>>; WIDTH] = Default::default();
        for (expanded, asked) in expanded.iter_mut().zip(asked) {
            let Signed { scheme, public_key, .. } = asked.signed;
            *expanded = self.cache.get(asked.hash, scheme.number(), public_key);
            if expanded.is_none() && self.cache.was_seen(asked.hash) {
                *expanded = Some(self.expand(asked));
            }
        }
        let mut items = [const { None }; WIDTH];
        for ((item, asked), expanded) in items.iter_mut().zip(asked).zip(&expanded) {
            *item = Some(asked.item(expanded.as_deref()));
        }
        match items {
            [Some(a), Some(b), Some(c), Some(d)] => check(self.kernels, params, &[a, b, c, d]),
            [Some(a), Some(b), Some(c), None] => check(self.kernels, params, &[a, b, c]),
            [Some(a), Some(b), ..] => check(self.kernels, params, &[a, b]),
            [Some(a), ..] => check(self.kernels, params, &[a]),
            [None, ..] => [false; WIDTH],
        }
    }

    /// Signatures under one key.
    fn check_same_key(&self, asked: &[Asked<'_>]) -> Vec<bool> {
        let Some(first) = asked.first() else { return Vec::new() };
        let Signed { scheme, public_key, .. } = first.signed;
        let key =
            self.cache.get(first.hash, scheme.number(), public_key).unwrap_or_else(|| self.expand(first));
        asked
            .chunks(WIDTH)
            .flat_map(|four| {
                let items: Vec<_> = four.iter().map(|asked| asked.item(Some(&key))).collect();
                check(self.kernels, first.params, &items).into_iter().take(four.len())
            })
            .collect()
    }

    /// Expands a key and keeps it.
    fn expand(&self, asked: &Asked<'_>) -> Arc<ExpandedKey> {
        let Asked { signed: Signed { scheme, public_key, .. }, params, hash, .. } = asked;
        let key = ExpandedKey::expand(self.kernels, params, public_key);
        let key = Arc::new(key);
        self.cache.insert(*hash, scheme.number(), public_key, &key);
        key
    }
}

/// A piece of a batch for one core.
enum Work<'a, 'b> {
    /// Signatures under one key.
    SameKey(&'b [Asked<'a>]),
    /// Up to four signatures of one parameter set.
    Singles(&'b [Asked<'a>]),
}
