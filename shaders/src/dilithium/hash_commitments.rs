//! The hash of the commitment.

use super::{HASH_WORDS, Set};
use crate::keccak::{RATE_256, bytes_in, shake, words_of};
use crate::kernel::{Arguments, Binding, Kernel, Part, Twin};
use crate::parts;

/// Hashes commitments (FIPS 204, algorithm 8, line 12): SHAKE256 of mu and the encoded w'1, as many bytes as c-tilde has,
/// then zeros.
///
/// Arguments: count of signatures. Groups: count over 64, rounded up.
pub static HASH_COMMITMENTS: Kernel = Kernel {
    name: "dilithium_hash_commitments",
    parts: &[
        parts::LANES,
        parts::KECCAK,
        parts::SHAKE256,
        Part::Same(include_str!("../../dilithium/hash_commitments.wgsl")),
    ],
    bindings: &[Binding::read("mus"), Binding::read("w1s"), Binding::write("c_tildes")],
    workgroup: 64,
    twin: Twin::Dilithium(hash_commitments),
};

fn hash_commitments(set: &Set, arguments: &Arguments, _: u32, buffers: &mut [Vec<u32>]) {
    let [mus, w1s, c_tildes] = buffers else { return };
    let inputs = mus.chunks_exact(HASH_WORDS as usize).zip(w1s.chunks_exact(set.w1_words() as usize));
    let targets = c_tildes.chunks_exact_mut(HASH_WORDS as usize);
    for ((mu, w1), target) in inputs.zip(targets).take(arguments[0] as usize) {
        let hash = shake(RATE_256, &[bytes_in(mu), bytes_in(w1)].concat());
        target.fill(0);
        let (inside, _) = target.split_at_mut(set.c_tilde_len as usize / 4);
        inside.iter_mut().zip(words_of(&hash)).for_each(|(target, word)| *target = word);
    }
}
