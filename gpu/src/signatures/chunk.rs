//! A part of a batch that an executor can hold: its signatures read, and what their records say.

use super::plan::{Message, Record};
use super::plant::Plant;
use super::random::Random;
use super::table::{Found, Table, Wanted};
use crate::cpu::Signed;
use crate::cpu::dilithium::{ExpandedKey, Params, is_well_formed};
use erbium_claims::{DilithiumScheme, SignedMessage};
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
    hash: u64,
    /// Where its key was when it was read.
    found: Option<Found>,
}

impl<'a> Item<'a> {
    /// Its key, to be placed.
    pub(super) fn wanted(&self) -> Wanted<'a> {
        Wanted { hash: self.hash, public_key: self.signed.public_key, found: self.found }
    }
}

/// Signatures that a core reads at a time: what it touches of them stays in its cache until their keys are looked up.
const BLOCK: usize = 64;

/// Cache lines of what is read next that are asked for before; the processor finds the others.
const AHEAD: usize = 8;

/// Reads the signatures at `places` of the batch, all of one scheme, on all cores: those of proper form in order, then the
/// places of the others.
pub(super) fn read<'a>(
    batch: &[Signed<'a>],
    places: &[usize],
    hasher: &RandomState,
    table: &Table,
) -> (Vec<Item<'a>>, Vec<usize>) {
    let read = |index: &usize| {
        let signed = *batch.get(*index)?;
        let Signed { scheme, public_key, signature, .. } = signed;
        let formed =
            public_key.len() == scheme.public_key_len() && is_well_formed(Params::of(scheme), signature);
        formed.then(|| Item { index: *index, signed, hash: hasher.hash_one(public_key), found: None })
    };
    let block = |places: &[usize]| {
        let (mut items, mut malformed) = (Vec::with_capacity(places.len()), Vec::new());
        for (i, place) in places.iter().enumerate() {
            if let Some(next) = places.get(i + 1).and_then(|next| batch.get(*next)) {
                erbium_simd::prefetch(next.signature, AHEAD);
                erbium_simd::prefetch(next.public_key, AHEAD);
            }
            match read(place) {
                Some(item) => items.push(item),
                None => malformed.push(*place),
            }
        }
        let slots = table.read();
        for item in &mut items {
            item.found = slots.find(item.hash, item.signed.public_key);
        }
        (items, malformed)
    };
    let blocks: Vec<_> = places.par_chunks(BLOCK).map(block).collect();
    let (mut items, mut malformed) = (Vec::with_capacity(places.len()), Vec::new());
    for (read, others) in &blocks {
        items.extend_from_slice(read);
        malformed.extend_from_slice(others);
    }
    (items, malformed)
}

/// Whose record one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// The item with this number.
    Item(usize),
    /// The plant with this number.
    Plant(usize),
}

/// Records of items in order, with plants at random places among them.
#[derive(Clone, Debug)]
pub(super) struct Mixture {
    records: usize,
    /// Of the plants, in order.
    places: Vec<usize>,
}

impl Mixture {
    pub(super) fn new(items: usize, plants: usize, random: &mut Random) -> Self {
        let records = items + plants;
        let mut places = Vec::with_capacity(plants);
        while places.len() < plants {
            let place = random.below(records);
            if let Err(at) = places.binary_search(&place) {
                places.insert(at, place);
            }
        }
        Self { records, places }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.records
    }

    /// Whose the record is.
    pub(super) fn owner(&self, record: usize) -> Owner {
        match self.places.binary_search(&record) {
            Ok(plant) => Owner::Plant(plant),
            Err(before) => Owner::Item(record - before),
        }
    }
}

/// Records that a core makes at a time.
const RECORDS: usize = 256;

/// A signature and the slot of its key, for each record.
pub(super) fn owned<'s>(
    scheme: DilithiumScheme,
    mixture: &Mixture,
    (items, slots): (&[Item<'s>], &[u32]),
    (plants, plants_from): (&'s [Plant], usize),
) -> Vec<(u32, Signed<'s>)> {
    let pairs = items.par_iter().zip(slots).with_min_len(RECORDS);
    let mut owned: Vec<_> = pairs.map(|(item, slot)| (*slot, item.signed)).collect();
    for (number, (place, plant)) in mixture.places.iter().zip(plants).enumerate() {
        // In order, so that those before it are in their places.
        let slot = (plants_from + number) as u32;
        owned.insert((*place).min(owned.len()), (slot, plant.signed(scheme)));
    }
    owned
}

/// The mu of each record whose message is not below so many bytes, hashed on all cores; empty where there is none.
pub(super) fn hashed(
    scheme: DilithiumScheme,
    hash_below: usize,
    owned: &[(u32, Signed<'_>)],
) -> Vec<Option<[u8; 64]>> {
    let is_hashed = |message: &SignedMessage| match message {
        SignedMessage::Mu(_) => false,
        SignedMessage::Plain(bytes) => bytes.len() >= hash_below,
    };
    if !owned.par_iter().with_min_len(RECORDS).any(|(_, signed)| is_hashed(signed.message)) {
        return Vec::new();
    }
    let hash = |(_, signed): &(u32, Signed<'_>)| {
        let Signed { public_key, message, .. } = *signed;
        is_hashed(message).then(|| ExpandedKey::hash_message(scheme, public_key, message))
    };
    owned.par_iter().map(hash).collect()
}

/// The records, with what [`hashed`] found.
pub(super) fn records<'s>(owned: &[(u32, Signed<'s>)], hashed: &'s [Option<[u8; 64]>]) -> Vec<Record<'s>> {
    let record = |(number, (slot, signed)): (usize, &(u32, Signed<'s>))| {
        let message = match (hashed.get(number), signed.message) {
            (Some(Some(mu)), _) => Message::Mu(mu),
            (_, SignedMessage::Mu(mu)) => Message::Mu(mu),
            (_, SignedMessage::Plain(bytes)) => Message::Bytes(bytes),
        };
        Record { slot: *slot, signature: signed.signature, message }
    };
    owned.par_iter().enumerate().with_min_len(RECORDS).map(record).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_and_plant_has_one_record() {
        let mut random = Random::new(&[3; 32], 0);
        for (items, plants) in [(0, 8), (1, 2), (100, 2), (50, 0), (0, 0)] {
            let mut seen = vec![0; items + plants];
            let mut firsts = std::collections::BTreeSet::new();
            for _ in 0..40 {
                let mixture = Mixture::new(items, plants, &mut random);
                assert_eq!(mixture.len(), items + plants);
                let mut last = None;
                for record in 0..mixture.len() {
                    match mixture.owner(record) {
                        Owner::Item(number) => {
                            assert!(last.is_none_or(|last| last + 1 == number), "in order");
                            last = Some(number);
                            seen[number] += 1;
                        }
                        Owner::Plant(number) => {
                            seen[items + number] += 1;
                            firsts.insert((number, record));
                        }
                    }
                }
            }
            assert!(seen.iter().all(|times| *times == 40));
            assert!(plants == 0 || items < 100 || firsts.len() > 30, "{firsts:?}");
        }
    }
}
