//! A batch cut into chunks that an executor can hold.

use crate::cpu::Signed;
use crate::cpu::dilithium::{Params, is_well_formed};
use erbium_claims::Verdict;
use foldhash::quality::RandomState;
use rayon::prelude::*;
use std::hash::BuildHasher;

/// A signature of proper form.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item<'a> {
    /// Its place in the batch.
    pub(super) index: usize,
    pub(super) signed: Signed<'a>,
    /// Of its key, with the table's random key.
    pub(super) hash: u64,
}

/// Reads a batch on all cores: signatures of proper form, by scheme and in order, and the places of the others.
pub(super) fn read<'a>(batch: &[Signed<'a>], hasher: &RandomState) -> Vec<Result<Item<'a>, Verdict>> {
    let read = |(index, signed): (usize, &Signed<'a>)| {
        let Signed { scheme, public_key, signature, .. } = *signed;
        if public_key.len() != scheme.public_key_len() || !is_well_formed(Params::of(scheme), signature) {
            return Err(Verdict::Invalid);
        }
        Ok(Item { index, signed: *signed, hash: hasher.hash_one(public_key) })
    };
    batch.par_iter().enumerate().map(read).collect()
}
