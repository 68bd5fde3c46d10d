//! Many hashes, four at a time.

use erbium_simd::Kernels;

/// Keccak-256 of each message, order kept, on the calling thread.
pub fn keccak256_each<M: AsRef<[u8]>>(messages: &[M]) -> Vec<[u8; 32]> {
    let kernels = Kernels::fastest();
    let mut hashes = vec![[0; 32]; messages.len()];
    // Those of about the same length together: four take as long as the longest.
    let mut order: Vec<_> = messages.iter().map(AsRef::as_ref).zip(&mut hashes).collect();
    order.sort_by_key(|(message, _)| message.len());
    for four in order.chunks_mut(4) {
        let mut lanes: [&[u8]; 4] = [&[]; 4];
        for (lane, (message, _)) in lanes.iter_mut().zip(four.iter()) {
            *lane = message;
        }
        for ((_, place), hash) in four.iter_mut().zip(kernels.keccak256_four(lanes)) {
            **place = hash;
        }
    }
    hashes
}

#[cfg(test)]
mod tests {
    use super::*;
    use keccak_asm::Keccak256;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn hashes_stay_with_their_messages(messages in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..600), 0..12)) {
            let expected: Vec<[u8; 32]> = messages.iter().map(|message| Keccak256::digest(message).into()).collect();
            prop_assert_eq!(keccak256_each(&messages), expected);
        }
    }
}
