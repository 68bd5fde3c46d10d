//! Kernels that every family uses.

use crate::kernel::{Arguments, Binding, Kernel, Part, Twin};

/// Every kernel of this module.
pub const KERNELS: &[&Kernel] = &[&FILL, &FLIP_WORD];

/// Overwrites a buffer with a pattern: word i becomes `hash(seed + i)`.
///
/// Arguments: count of words, seed. Groups: count over 64, rounded up.
pub static FILL: Kernel = Kernel {
    name: "fill",
    parts: &[Part::Same(include_str!("../common/fill.wgsl"))],
    bindings: &[Binding::write("target_words")],
    workgroup: 64,
    twin: Twin::Plain(fill),
};

/// Flips bits of one word, for tests of what is done about wrong answers.
///
/// Arguments: place of the word, bits. Groups: 1.
pub static FLIP_WORD: Kernel = Kernel {
    name: "flip_word",
    parts: &[Part::Same(include_str!("../common/flip_word.wgsl"))],
    bindings: &[Binding::write("target_words")],
    workgroup: 1,
    twin: Twin::Plain(flip_word),
};

/// The word that [`FILL`] writes at `place`: a mixing of both words, so that no two patterns are alike anywhere.
pub fn pattern(seed: u32, place: u32) -> u32 {
    let mut word = seed.wrapping_add(place);
    word = (word ^ word >> 16).wrapping_mul(0x7feb_352d);
    word = (word ^ word >> 15).wrapping_mul(0x846c_a68b);
    word ^ word >> 16
}

fn fill(arguments: &Arguments, _: u32, buffers: &mut [Vec<u32>]) {
    let [count, seed, ..] = *arguments;
    for (place, word) in (0..count).zip(&mut buffers[0]) {
        *word = pattern(seed, place);
    }
}

fn flip_word(arguments: &Arguments, _: u32, buffers: &mut [Vec<u32>]) {
    let [place, bits, ..] = *arguments;
    buffers[0][place as usize] ^= bits;
}
