//! What is sampled from hashes, against the standard's text over a library's SHAKE; and forms of hints that no valid
//! signature has.
#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

use erbium_shaders::Program;
use erbium_shaders::dilithium::{COMPUTE_W1, EXPAND_A, Q, SAMPLE_IN_BALL, Set, zetas};
use proptest::prelude::*;
use shake::digest::{ExtendableOutput, Update, XofReader};

fn bytes(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn reader<X: Default + Update + ExtendableOutput>(input: &[u8]) -> X::Reader {
    let mut hash = X::default();
    hash.update(input);
    hash.finalize_xof()
}

fn byte(reader: &mut impl XofReader) -> u8 {
    let mut byte = [0];
    reader.read(&mut byte);
    byte[0]
}

/// FIPS 204, algorithms 30 and 14.
fn rej_ntt_poly(seed: &[u8]) -> Vec<u32> {
    let mut xof = reader::<shake::Shake128>(seed);
    let mut polynomial = Vec::new();
    while polynomial.len() < 256 {
        let [low, middle, high] = [byte(&mut xof), byte(&mut xof), byte(&mut xof)].map(u32::from);
        let z = (high % 128) * 65_536 + middle * 256 + low;
        if z < Q {
            polynomial.push(z);
        }
    }
    polynomial
}

/// FIPS 204, algorithm 29.
fn sample_in_ball(tau: usize, seed: &[u8]) -> [i8; 256] {
    let mut xof = reader::<shake::Shake256>(seed);
    let mut c = [0; 256];
    let mut signs = [0; 8];
    xof.read(&mut signs);
    for i in 256 - tau..256 {
        let mut j = usize::from(byte(&mut xof));
        while j > i {
            j = usize::from(byte(&mut xof));
        }
        c[i] = c[j];
        let place = i + tau - 256;
        c[j] = if signs[place / 8] >> (place % 8) & 1 == 1 { -1 } else { 1 };
    }
    c
}

/// A key's matrix by the twin, in slot 1 of 2.
fn matrix(set: Set, key: &[u32]) -> Vec<u32> {
    let words = set.entries() as usize * 256;
    let mut buffers = [key.to_vec(), vec![1], vec![7; 2 * words]];
    let groups = set.entries().div_ceil(64);
    Program::dilithium(&EXPAND_A, set).run(&[set.entries(), 0, 0, 0, 0, 0, 0, 0], groups, &mut buffers);
    let (before, matrix) = buffers[2].split_at(words);
    assert!(before.iter().all(|word| *word == 7), "another slot");
    matrix.to_vec()
}

fn challenge(set: Set, signature: &[u32]) -> Vec<u32> {
    let mut buffers = [signature.to_vec(), vec![7; 16]];
    Program::dilithium(&SAMPLE_IN_BALL, set).run(&[1, 0, 0, 0, 0, 0, 0, 0], 1, &mut buffers);
    buffers[1].clone()
}

/// The encoded w'1 of a signature whose z and c are zero, so that only hints are in it.
fn hints_alone(set: Set, hints: &[u8]) -> Vec<u32> {
    let mut signature = vec![0; set.signature_words() as usize];
    let mut at = set.z_start() as usize * 32;
    for _ in 0..set.l * 256 {
        // gamma1 stands for 0.
        let bit = at + set.gamma1_bits as usize;
        signature[bit / 32] |= 1_u32 << (bit % 32);
        at += set.z_bits() as usize;
    }
    for (i, byte) in hints.iter().enumerate() {
        signature[set.hint_start() as usize + i / 4] |= u32::from(*byte) << (8 * (i % 4));
    }
    let mut buffers = [
        signature,
        vec![0],
        vec![0; 16],
        vec![1; set.entries() as usize * 256],
        vec![1; set.k as usize * 256],
        zetas().to_vec(),
        vec![7; set.w1_words() as usize],
    ];
    Program::dilithium(&COMPUTE_W1, set).run(&[1, 0, 0, 0, 0, 0, 0, 0], 1, &mut buffers);
    buffers[6].clone()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20, ..ProptestConfig::default() })]

    #[test]
    fn matrices_are_those_of_the_standard(seed in any::<[u32; 8]>(), which in 0..9_usize) {
        let (_, set) = support::sets()[which];
        let mut key = seed.to_vec();
        key.resize(set.key_words() as usize, 0);
        let matrix = matrix(set, &key);
        for (i, polynomial) in matrix.chunks_exact(256).enumerate() {
            let (row, column) = (i as u32 / set.l, i as u32 % set.l);
            let mut input = bytes(&seed);
            input.extend([column as u8, row as u8]);
            prop_assert_eq!(polynomial, &rej_ntt_poly(&input)[..]);
            // Column and row in the other order are another polynomial.
            input[32..].reverse();
            prop_assert_eq!(row == column, polynomial == rej_ntt_poly(&input));
        }
    }

    #[test]
    fn challenges_are_those_of_the_standard(seed in any::<[u32; 16]>(), which in 0..9_usize) {
        let (_, set) = support::sets()[which];
        let mut signature = seed.to_vec();
        signature.resize(set.signature_words() as usize, 9);
        let packed = challenge(set, &signature);
        let expected = sample_in_ball(set.tau as usize, &bytes(&seed)[..set.ball_seed_len as usize]);
        for (i, expected) in expected.into_iter().enumerate() {
            let coefficient = packed[i / 16] >> (2 * (i % 16)) & 3;
            prop_assert_eq!(coefficient, [2, 0, 1][(expected + 1) as usize]);
        }
        let other = sample_in_ball(set.tau as usize - 1, &bytes(&seed)[..set.ball_seed_len as usize]);
        prop_assert_ne!(other, expected);
    }

    #[test]
    fn any_hints_stay_within_their_rows(mut hints in prop::collection::vec(any::<u8>(), 84), which in 0..9_usize) {
        let (_, set) = support::sets()[which];
        hints.truncate((set.omega + set.k) as usize);
        let w1 = hints_alone(set, &hints);
        // w is 0: a hint makes its high part the last one, the others are 0.
        let last = (Q - 1) / (2 * set.gamma2) - 1;
        let bits = bytes(&w1);
        let mut set_places = 0;
        for place in 0..(set.k * 256) as usize {
            let at = place * set.w1_bits() as usize;
            let pair = u32::from(bits[at / 8]) | u32::from(*bits.get(at / 8 + 1).unwrap_or(&0)) << 8;
            let part = pair >> (at % 8) & ((1 << set.w1_bits()) - 1);
            prop_assert!(part == 0 || part == last);
            set_places += u32::from(part == last);
        }
        prop_assert!(set_places <= set.omega);
    }
}

#[test]
fn hints_go_to_the_rows_that_own_them() {
    let (_, set) = support::sets()[6];
    // Places 3 and 200 in row 0, none in row 1, 5 in row 2, 5 in row 3.
    let mut hints = vec![0; 84];
    hints[..4].copy_from_slice(&[3, 200, 5, 5]);
    hints[80..].copy_from_slice(&[2, 2, 3, 4]);
    let w1 = bytes(&hints_alone(set, &hints));
    let part = |row: usize, place: usize| {
        let at = 6 * (256 * row + place);
        (u32::from(w1[at / 8]) | u32::from(*w1.get(at / 8 + 1).unwrap()) << 8) >> (at % 8) & 63
    };
    let found: Vec<_> = (0..4)
        .flat_map(|row| (0..250).map(move |place| (row, place)))
        .filter(|(row, place)| part(*row, *place) != 0)
        .collect();
    assert_eq!(found, [(0, 3), (0, 200), (2, 5), (3, 5)]);
    assert_eq!(part(0, 3), 43);
}
