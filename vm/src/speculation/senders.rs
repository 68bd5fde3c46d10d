//! Which transactions of a block have the same sender: each of those but the first takes the nonce that the one before it
//! leaves.

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use primitive_types::H160;
use std::ops::Range;

/// For each transaction of a range its sender's last one before it and first one after it, in the range.
#[derive(Debug)]
pub(super) struct Senders {
    first: usize,
    neighbours: Vec<(Option<usize>, Option<usize>)>,
}

impl Senders {
    /// Of the transactions at `range`, whose senders are at the same places of `senders`.
    pub(super) fn new(senders: &[H160], range: &Range<usize>) -> Self {
        let mut last = HashMap::<H160, usize, RandomState>::with_capacity_and_hasher(
            range.len(),
            RandomState::default(),
        );
        let mut neighbours = vec![(None, None); range.len()];
        for (index, sender) in range.clone().zip(senders.iter().skip(range.start)) {
            let Some(before) = last.insert(*sender, index) else { continue };
            if let Some(neighbours) = neighbours.get_mut(index - range.start) {
                neighbours.0 = Some(before);
            }
            if let Some(neighbours) = neighbours.get_mut(before - range.start) {
                neighbours.1 = Some(index);
            }
        }
        Self { first: range.start, neighbours }
    }

    fn at(&self, index: usize) -> (Option<usize>, Option<usize>) {
        self.neighbours.get(index.wrapping_sub(self.first)).copied().unwrap_or_default()
    }

    /// The sender's transaction before the one at `index`.
    pub(super) fn before(&self, index: usize) -> Option<usize> {
        self.at(index).0
    }

    /// The sender's transaction after the one at `index`.
    pub(super) fn after(&self, index: usize) -> Option<usize> {
        self.at(index).1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_of_the_same_sender_and_in_range() {
        let senders = [1, 2, 1, 1, 3, 2].map(H160::from_low_u64_be);
        let all = Senders::new(&senders, &(0..6));
        let around = |senders: &Senders| {
            (0..7).map(|index| (senders.before(index), senders.after(index))).collect::<Vec<_>>()
        };
        let expected = [
            (None, Some(2)),
            (None, Some(5)),
            (Some(0), Some(3)),
            (Some(2), None),
            (None, None),
            (Some(1), None),
            (None, None),
        ];
        assert_eq!(around(&all), expected);
        let part = Senders::new(&senders, &(1..4));
        let expected = [
            (None, None),
            (None, None),
            (None, Some(3)),
            (Some(2), None),
            (None, None),
            (None, None),
            (None, None),
        ];
        assert_eq!(around(&part), expected);
    }
}
