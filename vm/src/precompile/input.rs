//! Reading calldata that extends beyond its end with zeros.

/// The `N` bytes from `offset` on, zeros where the input has ended.
pub(super) fn padded<const N: usize>(input: &[u8], offset: usize) -> [u8; N] {
    let mut bytes = [0; N];
    let present = present(input, offset, N);
    bytes[..present.len()].copy_from_slice(present);
    bytes
}

/// Like [`padded`], of a length known at run time.
pub(super) fn padded_vec(input: &[u8], offset: usize, len: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(len);
    bytes.extend_from_slice(present(input, offset, len));
    bytes.resize(len, 0);
    bytes
}

/// The part of `offset..offset + len` that the input has.
fn present(input: &[u8], offset: usize, len: usize) -> &[u8] {
    let rest = input.get(offset..).unwrap_or_default();
    &rest[..rest.len().min(len)]
}

/// Length in 32-byte words, rounded up.
pub(super) fn words(input: &[u8]) -> u64 {
    input.len().div_ceil(32) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_beyond_the_end_are_zero() {
        assert_eq!(padded::<4>(&[1, 2, 3], 1), [2, 3, 0, 0]);
        assert_eq!(padded::<2>(&[1, 2, 3], 0), [1, 2]);
        assert_eq!(padded::<2>(&[1], usize::MAX), [0, 0]);
        assert_eq!(padded_vec(&[1, 2, 3], 2, 3), [3, 0, 0]);
        assert!(padded_vec(&[1], 7, 0).is_empty());
    }

    #[test]
    fn words_round_up() {
        assert_eq!([0, 1, 32, 33].map(|len| words(&vec![0; len])), [0, 1, 1, 2]);
    }
}
