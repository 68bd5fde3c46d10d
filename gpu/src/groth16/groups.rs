//! Which points are summed together: those of a key, level by level.

use erbium_shaders::bls12_381::programs::POINTS_A_SUM;
use std::ops::Range;

/// Sums that run side by side.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Level {
    pub(super) lanes: usize,
    /// The columns that lanes sum: the first of every lane, then the second, ..; `u32::MAX` where there is none.
    pub(super) columns: Vec<u32>,
}

/// The sums that add up the points of each key, given the key of each: the first is over points, each next one over the sums
/// of the one before it, the last has a lane a key. `None` where keys are not 0, 1, .. in order.
pub(super) fn levels(keys: &[u32]) -> Option<Vec<Level>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for (place, key) in keys.iter().enumerate() {
        let key = *key as usize;
        if key == ranges.len() {
            ranges.push(place..place + 1);
        } else {
            // The last one's.
            ranges.get_mut(key).filter(|range| range.end == place)?.end += 1;
        }
    }
    let mut levels = Vec::new();
    while !ranges.is_empty() {
        let (mut lists, mut above) = (Vec::new(), Vec::new());
        for range in &ranges {
            let first = lists.len();
            lists.extend(
                range.clone().step_by(POINTS_A_SUM).map(|from| from..range.end.min(from + POINTS_A_SUM)),
            );
            above.push(first..lists.len());
        }
        let column = |place: usize, list: &Range<usize>| match list.start + place {
            column if column < list.end => column as u32,
            _ => u32::MAX,
        };
        let columns = (0..POINTS_A_SUM).flat_map(|place| lists.iter().map(move |list| column(place, list)));
        levels.push(Level { lanes: lists.len(), columns: columns.collect() });
        ranges = above;
        if levels.last().is_some_and(|level| level.lanes == ranges.len()) {
            break;
        }
    }
    (!levels.is_empty()).then_some(levels)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn every_point_is_in_the_sum_of_its_key() {
        for counts in [vec![1], vec![8], vec![9], vec![3, 70, 1, 64], vec![1; 20], vec![600, 2]] {
            let keys: Vec<u32> =
                (0..).zip(&counts).flat_map(|(key, count)| std::iter::repeat_n(key, *count)).collect();
            let mut points: Vec<Vec<u32>> = (0..keys.len() as u32).map(|place| vec![place]).collect();
            for level in levels(&keys).unwrap() {
                let lists = |lane: usize| (0..POINTS_A_SUM).map(move |place| place * level.lanes + lane);
                let column = |at: usize| points.get(level.columns[at] as usize).cloned().unwrap_or_default();
                points = (0..level.lanes).map(|lane| lists(lane).flat_map(column).collect()).collect();
            }
            assert_eq!(points.len(), counts.len());
            let mut next = 0..;
            for (points, count) in points.iter().zip(&counts) {
                assert_eq!(*points, next.by_ref().take(*count).collect::<Vec<u32>>());
            }
        }
    }

    #[test]
    fn keys_are_numbered_in_order() {
        for keys in [&[][..], &[1], &[0, 2], &[0, 1, 0], &[0, 0, 1, 1, 3]] {
            assert_eq!(levels(keys), None);
        }
    }
}
