//! 0x09 BLAKE2F: the compression function of BLAKE2b (EIP-152, RFC 7693).

use super::{PrecompileError, PrecompileOutput, charge};

/// rounds 4 | h 64 | m 128 | t 16 | f 1.
const INPUT_LEN: usize = 213;

/// RFC 7693, section 2.6.
const IV: [u64; 8] = [
    0x6a09_e667_f3bc_c908,
    0xbb67_ae85_84ca_a73b,
    0x3c6e_f372_fe94_f82b,
    0xa54f_f53a_5f1d_36f1,
    0x510e_527f_ade6_82d1,
    0x9b05_688c_2b3e_6c1f,
    0x1f83_d9ab_fb41_bd6b,
    0x5be0_cd19_137e_2179,
];

/// RFC 7693, section 2.7. Round i uses row i mod 10.
const SIGMA: [[usize; 16]; 10] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
    [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
    [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
    [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
    [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
    [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
    [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
    [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
    [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
];

/// Gas is the number of rounds. Rounds are big-endian, everything else little-endian.
pub(super) fn run(input: &[u8], gas_limit: u64) -> Result<PrecompileOutput, PrecompileError> {
    let input: &[u8; INPUT_LEN] =
        input.try_into().map_err(|_| PrecompileError::InputLength { expected: "213", got: input.len() })?;
    let rounds = u32::from_be_bytes([input[0], input[1], input[2], input[3]]);
    let gas_used = charge(u64::from(rounds), gas_limit)?;
    let last = match input[INPUT_LEN - 1] {
        0 => false,
        1 => true,
        other => return Err(PrecompileError::FinalFlag(other)),
    };

    let mut h: [u64; 8] = numbers(&input[4..68]);
    compress(&mut h, &numbers(&input[68..196]), numbers(&input[196..212]), last, rounds);
    Ok(PrecompileOutput { gas_used, output: h.iter().flat_map(|word| word.to_le_bytes()).collect() })
}

/// Little-endian numbers of eight bytes each.
fn numbers<const N: usize>(bytes: &[u8]) -> [u64; N] {
    let (chunks, _) = bytes.as_chunks::<8>();
    std::array::from_fn(|i| u64::from_le_bytes(chunks[i]))
}

/// One round over the working vector and the message block.
type Round = fn(&mut [u64; 16], &[u64; 16]);

/// RFC 7693, section 3.2, with the number of rounds given.
fn compress(h: &mut [u64; 8], m: &[u64; 16], t: [u64; 2], last: bool, rounds: u32) {
    let mut v = [0; 16];
    v[..8].copy_from_slice(h);
    v[8..].copy_from_slice(&IV);
    v[12] ^= t[0];
    v[13] ^= t[1];
    if last {
        v[14] = !v[14];
    }

    // Whole cycles keep every index a constant.
    for _ in 0..rounds / 10 {
        round::<0>(&mut v, m);
        round::<1>(&mut v, m);
        round::<2>(&mut v, m);
        round::<3>(&mut v, m);
        round::<4>(&mut v, m);
        round::<5>(&mut v, m);
        round::<6>(&mut v, m);
        round::<7>(&mut v, m);
        round::<8>(&mut v, m);
        round::<9>(&mut v, m);
    }
    let rest: [Round; 9] = [
        round::<0>, round::<1>, round::<2>, round::<3>, round::<4>, round::<5>, round::<6>, round::<7>,
        round::<8>,
    ];
    for round in rest.iter().take((rounds % 10) as usize) {
        round(&mut v, m);
    }

    for (i, word) in h.iter_mut().enumerate() {
        *word ^= v[i] ^ v[i + 8];
    }
}

/// Columns, then diagonals.
#[inline]
fn round<const R: usize>(v: &mut [u64; 16], m: &[u64; 16]) {
    let s = &SIGMA[R];
    mix(v, [0, 4, 8, 12], m[s[0]], m[s[1]]);
    mix(v, [1, 5, 9, 13], m[s[2]], m[s[3]]);
    mix(v, [2, 6, 10, 14], m[s[4]], m[s[5]]);
    mix(v, [3, 7, 11, 15], m[s[6]], m[s[7]]);
    mix(v, [0, 5, 10, 15], m[s[8]], m[s[9]]);
    mix(v, [1, 6, 11, 12], m[s[10]], m[s[11]]);
    mix(v, [2, 7, 8, 13], m[s[12]], m[s[13]]);
    mix(v, [3, 4, 9, 14], m[s[14]], m[s[15]]);
}

/// The mixing function G.
#[inline(always)]
fn mix(v: &mut [u64; 16], [a, b, c, d]: [usize; 4], x: u64, y: u64) {
    v[a] = v[a].wrapping_add(v[b]).wrapping_add(x);
    v[d] = (v[d] ^ v[a]).rotate_right(32);
    v[c] = v[c].wrapping_add(v[d]);
    v[b] = (v[b] ^ v[c]).rotate_right(24);
    v[a] = v[a].wrapping_add(v[b]).wrapping_add(y);
    v[d] = (v[d] ^ v[a]).rotate_right(16);
    v[c] = v[c].wrapping_add(v[d]);
    v[b] = (v[b] ^ v[c]).rotate_right(63);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// BLAKE2b-512 of "abc" (RFC 7693, appendix A): one compression of the parameter block's state.
    #[test]
    fn hashes_abc() {
        let mut h = IV;
        h[0] ^= 0x0101_0040;
        let mut m = [0; 16];
        m[0] = u64::from_le_bytes(*b"abc\0\0\0\0\0");
        compress(&mut h, &m, [3, 0], true, 12);
        let digest: Vec<u8> = h.iter().flat_map(|word| word.to_le_bytes()).collect();
        assert_eq!(
            hex::encode(digest),
            "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1\
             7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923"
        );
    }
}
