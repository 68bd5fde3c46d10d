//! Compressed points as kernels want them: numbers without flags, and a word of flags each.
//!
//! What is malformed shows in the bytes alone and is found here, so that no device decides it: a flag that contradicts
//! another, a number that is not below p, infinity with other bits set.

use super::plan::NUMBER_WORDS;
use erbium_shaders::bls12_381::programs::encoding::{INFINITY, LARGER, MALFORMED};

/// p, big-endian.
pub(super) const P: [u8; 48] = [
    0x1a, 0x01, 0x11, 0xea, 0x39, 0x7f, 0xe6, 0x9a, 0x4b, 0x1b, 0xa7, 0xb6, 0x43, 0x4b, 0xac, 0xd7, 0x64,
    0x77, 0x4b, 0x84, 0xf3, 0x85, 0x12, 0xbf, 0x67, 0x30, 0xd2, 0xa0, 0xf6, 0xb0, 0xf6, 0x24, 0x1e, 0xab,
    0xff, 0xfe, 0xb1, 0x53, 0xff, 0xff, 0xb9, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xaa, 0xab,
];

/// Points.
#[derive(Debug)]
pub(super) struct Encoded {
    /// What is to be said of each.
    pub(super) words: Vec<u32>,
    /// The x of each, or the first parts of all and then the second parts; zero for infinity and what is malformed.
    pub(super) numbers: Vec<u32>,
}

impl Encoded {
    /// Of G1.
    pub(super) fn g1(points: &[&[u8; 48]]) -> Self {
        let mut encoded = Self { words: Vec::new(), numbers: Vec::new() };
        for point in points {
            let (word, [x]) = read([point]);
            encoded.words.push(word);
            encoded.numbers.extend(x);
        }
        encoded
    }

    /// Of G2.
    pub(super) fn g2(points: &[&[u8; 96]]) -> Self {
        let mut encoded = Self { words: Vec::new(), numbers: Vec::new() };
        let mut second = Vec::with_capacity(NUMBER_WORDS * points.len());
        for point in points {
            // The second part comes first.
            let [high, low] = halves(point);
            let (word, [c1, c0]) = read([high, low]);
            encoded.words.push(word);
            encoded.numbers.extend(c0);
            second.extend(c1);
        }
        encoded.numbers.extend(second);
        encoded
    }
}

fn halves(point: &[u8; 96]) -> [&[u8; 48]; 2] {
    let (halves, _) = point.as_chunks();
    match halves {
        [high, low] => [high, low],
        // There are two.
        _ => [&P; 2],
    }
}

/// What is to be said of a point with these numbers, the first of which begins with three flags.
fn read<const N: usize>(numbers: [&[u8; 48]; N]) -> (u32, [[u32; NUMBER_WORDS]; N]) {
    let none = [[0; NUMBER_WORDS]; N];
    let first = numbers.first().map_or(0, |number| number[0]);
    if first & 0x80 == 0 {
        return (MALFORMED, none);
    }
    let without_flags = numbers.iter().enumerate().map(|(i, number)| {
        let mut number = **number;
        if i == 0 {
            number[0] &= 0x1f;
        }
        number
    });
    if first & 0x40 != 0 {
        let others = first & 0x20 != 0 || without_flags.flatten().any(|byte| byte != 0);
        return (if others { MALFORMED } else { INFINITY }, none);
    }
    let mut words = none;
    for (to, number) in words.iter_mut().zip(without_flags) {
        if number >= P {
            return (MALFORMED, none);
        }
        for (word, bytes) in to.iter_mut().rev().zip(number.as_chunks().0) {
            *word = u32::from_be_bytes(*bytes);
        }
    }
    (if first & 0x20 != 0 { LARGER } else { 0 }, words)
}
