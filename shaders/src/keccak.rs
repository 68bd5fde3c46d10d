//! Keccak as the kernels' twins compute it: the twin of `common/keccak.wgsl` and `common/shake256.wgsl`.

/// Lanes of a block of SHAKE128.
pub(crate) const RATE_128: usize = 21;
/// Lanes of a block of SHAKE256.
pub(crate) const RATE_256: usize = 17;

/// Keccak-f\[1600\] (FIPS 202, section 3.3); lane x + 5 y of the state is that in column x, row y.
pub(crate) fn permute(state: &mut [u64; 25]) {
    // The register that the round constants come from (algorithm 5), lowest bit first.
    let mut register = 1_u8;
    for _ in 0..24 {
        theta(state);
        let before = *state;
        let (mut x, mut y, mut turn) = (1, 0, 0);
        for step in 1..25 {
            turn += step;
            let to = (y, (2 * x + 3 * y) % 5);
            state[to.0 + 5 * to.1] = before[x + 5 * y].rotate_left(turn);
            (x, y) = to;
        }
        for row in state.as_chunks_mut::<5>().0 {
            let old = *row;
            for x in 0..5 {
                row[x] = old[x] ^ !old[(x + 1) % 5] & old[(x + 2) % 5];
            }
        }
        for power in 0..7 {
            state[0] ^= u64::from(register & 1) << ((1 << power) - 1);
            register = (register << 1) ^ ((register >> 7) * 0x71);
        }
    }
}

fn theta(state: &mut [u64; 25]) {
    let columns: [u64; 5] = std::array::from_fn(|x| (0..5).fold(0, |sum, y| sum ^ state[x + 5 * y]));
    for (i, lane) in state.iter_mut().enumerate() {
        *lane ^= columns[(i + 4) % 5] ^ columns[(i + 1) % 5].rotate_left(1);
    }
}

/// The state of a SHAKE with blocks of `rate` lanes after `input`, its first block of output in front.
pub(crate) fn shake(rate: usize, input: &[u8]) -> [u64; 25] {
    let mut bytes = input.to_vec();
    bytes.push(0x1f);
    bytes.resize(bytes.len().next_multiple_of(8 * rate), 0);
    if let Some(last) = bytes.last_mut() {
        *last |= 0x80;
    }
    let mut state = [0; 25];
    for block in bytes.chunks_exact(8 * rate) {
        for (lane, bytes) in state.iter_mut().zip(block.as_chunks().0) {
            *lane ^= u64::from_le_bytes(*bytes);
        }
        permute(&mut state);
    }
    state
}

/// The first bytes of a state.
pub(crate) fn bytes_of(lanes: &[u64]) -> Vec<u8> {
    lanes.iter().flat_map(|lane| lane.to_le_bytes()).collect()
}

/// The first words of a state.
pub(crate) fn words_of(lanes: &[u64]) -> impl Iterator<Item = u32> {
    lanes.iter().flat_map(|lane| [*lane as u32, (lane >> 32) as u32])
}

/// Bytes of words.
pub(crate) fn bytes_in(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use shake::digest::{ExtendableOutput, Update, XofReader};

    fn library<X: Default + Update + ExtendableOutput>(input: &[u8], len: usize) -> Vec<u8> {
        let mut hash = X::default();
        hash.update(input);
        let mut output = vec![0; len];
        hash.finalize_xof().read(&mut output);
        output
    }

    fn squeeze(rate: usize, input: &[u8], blocks: usize) -> Vec<u8> {
        let mut state = shake(rate, input);
        let mut output = Vec::new();
        for _ in 0..blocks {
            output.extend(bytes_of(&state[..rate]));
            permute(&mut state);
        }
        output
    }

    proptest! {
        #[test]
        fn hashes_are_those_of_the_library(input in prop::collection::vec(any::<u8>(), 0..700)) {
            let output = squeeze(RATE_128, &input, 3);
            prop_assert_eq!(&library::<shake::Shake128>(&input, output.len()), &output);
            let output = squeeze(RATE_256, &input, 3);
            prop_assert_eq!(&library::<shake::Shake256>(&input, output.len()), &output);
        }
    }

    #[test]
    fn a_block_of_input_more_or_less_is_noticed() {
        for len in [0, 135, 136, 137, 167, 168, 169] {
            let input = vec![7; len];
            let output = squeeze(RATE_256, &input, 1);
            assert_eq!(library::<shake::Shake256>(&input, 136), output);
            assert_ne!(library::<shake::Shake256>(&[&input[..], &[0]].concat(), 136), output);
            let words: Vec<u32> = words_of(&shake(RATE_256, &input)).take(2).collect();
            assert_eq!(bytes_in(&words), output.first_chunk::<8>().unwrap());
        }
    }
}
