//! ML-DSA (FIPS 204), batch by batch.
//!
//! There are two ways to check a signature: aws-lc-rs, and [`check`], which hashes for four signatures at once and may
//! start from an expanded key. Both give the same verdicts; which one is taken is a matter of speed alone (see
//! [`Route`]).

mod aws;
mod cache;
mod check;
mod key;
mod parameters;
mod signature;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests;

use cache::KeyCache;
use check::{Item, WIDTH, check, key_hash};
use erbium_claims::{DilithiumScheme, SignedMessage, Verdict};
use erbium_simd::Kernels;
use key::ExpandedKey;
use parameters::Parameters;
use rayon::prelude::*;
use std::fmt;
use std::sync::Arc;

/// Signatures under one key that a work item holds at most.
const GRAIN: usize = 32;

/// A signature of a parameter set of FIPS 204.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signed<'a> {
    pub(super) scheme: DilithiumScheme,
    pub(super) public_key: &'a [u8],
    pub(super) signature: &'a [u8],
    pub(super) message: &'a SignedMessage,
}

/// How ML-DSA signatures are checked: a matter of speed alone, every way gives the same verdicts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Route {
    /// Whatever is fastest on this processor: [`Route::Own`] where it has AVX2. Elsewhere our kernels are slower than
    /// aws-lc-rs even with an expanded key, so that it is [`Route::Library`].
    #[default]
    Fastest,
    /// aws-lc-rs, but for signatures over mu, which it cannot check.
    Library,
    /// Our own code, with the fastest kernels that the processor runs.
    Own,
    /// Our own code, with portable kernels.
    OwnPortable,
}

/// Checks ML-DSA signatures.
pub(super) struct MlDsa {
    cache: KeyCache,
    kernels: Kernels,
    /// Whether aws-lc-rs checks what it can.
    library: bool,
}

impl fmt::Debug for MlDsa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MlDsa").field("kernels", &self.kernels.name()).finish_non_exhaustive()
    }
}

/// A signature with the hash of its key.
#[derive(Clone, Copy)]
struct Asked<'a> {
    signed: Signed<'a>,
    set: Parameters,
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

impl MlDsa {
    /// One that keeps up to so many bytes of expanded keys.
    pub(super) fn new(route: Route, cache_bytes: usize) -> Self {
        let kernels = if route == Route::OwnPortable { Kernels::PORTABLE } else { Kernels::fastest() };
        let library = match route {
            Route::Fastest => kernels == Kernels::PORTABLE,
            Route::Library => true,
            Route::Own | Route::OwnPortable => false,
        };
        Self { cache: KeyCache::new(cache_bytes), kernels, library }
    }

    /// The verdict on one signature, on this thread.
    pub(super) fn verify_one(&self, signed: Signed<'_>) -> Verdict {
        match self.read(0, signed) {
            Ok(asked) => self.check_single(&[asked])[0].into(),
            Err(verdict) => verdict,
        }
    }

    /// The verdicts on a batch, order kept, on all cores of the current rayon pool.
    pub(super) fn verify(&self, batch: &[Signed<'_>]) -> Vec<Verdict> {
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
        // Every place was answered: by its length, by the library, or as part of one piece of work.
        verdicts.into_iter().map(|verdict| verdict.unwrap_or(Verdict::Invalid)).collect()
    }

    /// A signature made ready for our own check, or the verdict where it needs none.
    fn read<'a>(&self, index: usize, signed: Signed<'a>) -> Result<Asked<'a>, Verdict> {
        let Signed { scheme, public_key, signature, message } = signed;
        let lengths =
            public_key.len() == scheme.public_key_len() && signature.len() == scheme.signature_len();
        let Some(set) = Parameters::of(scheme).filter(|_| lengths) else { return Err(Verdict::Invalid) };
        match message {
            SignedMessage::Plain(message) if self.library => {
                Err(aws::verify(scheme, public_key, signature, message))
            }
            _ => Ok(Asked { signed, set, hash: self.cache.hash(scheme, public_key), index }),
        }
    }

    /// Up to four signatures of one parameter set, with different keys.
    fn check_single(&self, asked: &[Asked<'_>]) -> [bool; WIDTH] {
        let Some(Asked { set, .. }) = asked.first() else { return [false; WIDTH] };
        let mut expanded: [Option<Arc<ExpandedKey>>; WIDTH] = Default::default();
        for (expanded, asked) in expanded.iter_mut().zip(asked) {
            let Signed { scheme, public_key, .. } = asked.signed;
            *expanded = self.cache.get(asked.hash, scheme, public_key);
            if expanded.is_none() && self.cache.was_seen(asked.hash) {
                *expanded = Some(self.expand(asked));
            }
        }
        let mut items = [const { None }; WIDTH];
        for ((item, asked), expanded) in items.iter_mut().zip(asked).zip(&expanded) {
            *item = Some(asked.item(expanded.as_deref()));
        }
        match items {
            [Some(a), Some(b), Some(c), Some(d)] => check(self.kernels, set, &[a, b, c, d]),
            [Some(a), Some(b), Some(c), None] => check(self.kernels, set, &[a, b, c]),
            [Some(a), Some(b), ..] => check(self.kernels, set, &[a, b]),
            [Some(a), ..] => check(self.kernels, set, &[a]),
            [None, ..] => [false; WIDTH],
        }
    }

    /// Signatures under one key.
    fn check_same_key(&self, asked: &[Asked<'_>]) -> Vec<bool> {
        let Some(first) = asked.first() else { return Vec::new() };
        let Signed { scheme, public_key, .. } = first.signed;
        let key = self.cache.get(first.hash, scheme, public_key).unwrap_or_else(|| self.expand(first));
        asked
            .chunks(WIDTH)
            .flat_map(|four| {
                let items: Vec<_> = four.iter().map(|asked| asked.item(Some(&key))).collect();
                check(self.kernels, &first.set, &items).into_iter().take(four.len())
            })
            .collect()
    }

    /// Expands a key and keeps it.
    fn expand(&self, asked: &Asked<'_>) -> Arc<ExpandedKey> {
        let Asked { signed: Signed { scheme, public_key, .. }, set, hash, .. } = asked;
        let key = ExpandedKey::expand(self.kernels, set, public_key, key_hash(public_key));
        let key = Arc::new(key);
        self.cache.insert(*hash, *scheme, public_key, &key);
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
