//! The message representative mu.

use super::{HASH_WORDS, Set};
use crate::keccak::{RATE_256, bytes_in, shake, words_of};
use crate::kernel::{Arguments, Binding, Kernel, Part, Twin};
use crate::parts;

/// Longest message that [`HASH_MESSAGES`] takes, in bytes. A thread makes 25 trips a block of 136 bytes, and some drivers
/// stop a shader's loops, all together, after 65,535 trips: this stays below half of it.
pub const MAX_MESSAGE_BYTES: u32 = 128 << 10;

/// Hashes messages (FIPS 204, algorithm 8, line 7): SHAKE256 of the key's hash, the version's prefix and the message,
/// 64 bytes. The mu of a place goes to the signature that the place names; others stay what they were.
///
/// Arguments: count of messages, none longer than [`MAX_MESSAGE_BYTES`]. Groups: count over 64, rounded up.
pub static HASH_MESSAGES: Kernel = Kernel {
    name: "dilithium_hash_messages",
    parts: &[
        parts::LANES,
        parts::KECCAK,
        parts::SHAKE256,
        Part::Same(include_str!("../../dilithium/hash_messages.wgsl")),
    ],
    bindings: &[
        Binding::read("places"),
        Binding::read("messages"),
        Binding::read("key_hashes"),
        Binding::write("mus"),
    ],
    workgroup: 64,
    twin: Twin::Dilithium(hash_messages),
};

fn hash_messages(set: &Set, arguments: &Arguments, _: u32, buffers: &mut [Vec<u32>]) {
    let [places, messages, key_hashes, mus] = buffers else { return };
    for [first, bytes, slot, index] in places.as_chunks().0.iter().take(arguments[0] as usize) {
        let hash = &key_hashes[(slot * HASH_WORDS) as usize..][..HASH_WORDS as usize];
        let words = &messages[*first as usize..][..bytes.div_ceil(4) as usize];
        let mut input = bytes_in(hash);
        input.truncate(set.tr_len as usize);
        input.resize((set.tr_len + set.prefix_len) as usize, 0);
        input.extend(&bytes_in(words)[..*bytes as usize]);
        let mu = shake(RATE_256, &input);
        let target = &mut mus[(index * HASH_WORDS) as usize..][..HASH_WORDS as usize];
        target.iter_mut().zip(words_of(&mu)).for_each(|(target, word)| *target = word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_message_stays_within_a_drivers_trips() {
        let blocks = (64 + 2 + MAX_MESSAGE_BYTES) / 136 + 1;
        assert!(blocks * 25 < 30_000);
    }
}
