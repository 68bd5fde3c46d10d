//! The hash of a key.

use super::{HASH_WORDS, Set};
use crate::keccak::{RATE_256, bytes_in, shake, words_of};
use crate::kernel::{Arguments, Binding, Kernel, Part, Twin};
use crate::parts;

/// Hashes keys: SHAKE256 of their bytes, 64 bytes.
///
/// Arguments: count of keys. Groups: count over 64, rounded up.
pub static HASH_KEYS: Kernel = Kernel {
    name: "dilithium_hash_keys",
    parts: &[
        parts::LANES,
        parts::KECCAK,
        parts::SHAKE256,
        Part::Same(include_str!("../../dilithium/hash_keys.wgsl")),
    ],
    bindings: &[Binding::read("keys"), Binding::read("slots"), Binding::write("key_hashes")],
    workgroup: 64,
    twin: Twin::Dilithium(hash_keys),
};

fn hash_keys(set: &Set, arguments: &Arguments, _: u32, buffers: &mut [Vec<u32>]) {
    let [keys, slots, key_hashes] = buffers else { return };
    let keys = keys.chunks_exact(set.key_words() as usize).take(arguments[0] as usize);
    for (key, slot) in keys.zip(slots) {
        let hash = shake(RATE_256, &bytes_in(key));
        let target = &mut key_hashes[(*slot * HASH_WORDS) as usize..][..HASH_WORDS as usize];
        target.iter_mut().zip(words_of(&hash)).for_each(|(target, word)| *target = word);
    }
}
