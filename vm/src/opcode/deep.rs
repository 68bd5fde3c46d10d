//! The immediate byte of DUPN, SWAPN and EXCHANGE (EIP-8024). Bytes that read as JUMPDEST or PUSH are none, so that jump
//! destinations stay what they were.

/// How deep DUPN and SWAPN reach: 17 to 235.
pub(crate) fn depth(immediate: u8) -> Option<u8> {
    match immediate {
        0..=90 | 128..=255 => Some(immediate.wrapping_add(145)),
        _ => None,
    }
}

/// The two items that EXCHANGE swaps, counted from 0 at the top: the first is the shallower one.
pub(crate) fn pair(immediate: u8) -> Option<(u8, u8)> {
    if (82..128).contains(&immediate) {
        return None;
    }
    let key = immediate ^ 143;
    let (row, column) = (key / 16, key % 16);
    Some(if row < column { (row + 1, column + 1) } else { (column + 1, 29 - row) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn immediates_decode_as_the_eip_lists() {
        assert_eq!([0x80, 0xdb, 0x5a, 0x00].map(depth), [Some(17), Some(108), Some(235), Some(145)]);
        assert_eq!(
            [0x9d, 0x2f, 0x8f, 0x50].map(pair),
            [Some((2, 3)), Some((1, 19)), Some((1, 29)), Some((14, 16))]
        );
        for none in [0x5b, 0x60, 0x7f] {
            assert_eq!((depth(none), pair(none)), (None, None));
        }
        assert_eq!((depth(0x5c), pair(0x52)), (None, None));
    }

    #[test]
    fn each_immediate_means_something_else() {
        let depths: BTreeSet<_> = (0..=255).filter_map(depth).collect();
        assert_eq!((depths.len(), depths.first(), depths.last()), (219, Some(&17), Some(&235)));
        let pairs: BTreeSet<_> = (0..=255).filter_map(pair).collect();
        assert_eq!(pairs.len(), 210);
        assert!(pairs.iter().all(|&(first, second)| first < second && second <= 29 && first + second <= 30));
    }
}
