//! A frame's memory against a vector that grows by words: contents and size after each of a byte string's accesses.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use erbium_vm::Memory;
use proptest::prelude::*;

/// Runs groups of four bytes, each a read or a write, on memory and on a vector that grows in steps of `word` bytes;
/// tells the number of the first access after which they differ.
fn disagreement(input: &[u8], word: usize) -> Option<usize> {
    let mut memory = Memory::new();
    let mut model: Vec<u8> = Vec::new();
    input.chunks_exact(4).position(|group| {
        let (offset, size) = (16 * usize::from(group[1]) + usize::from(group[2] % 16), usize::from(group[3]));
        if size > 0 && offset + size > model.len() {
            model.resize((offset + size).next_multiple_of(word), 0);
        }
        let agree = if group[0] % 2 == 0 {
            let expected = if size == 0 { &[][..] } else { &model[offset..offset + size] };
            memory.read(offset, size) == Ok(expected)
        } else {
            let data = vec![group[0]; size];
            if size > 0 {
                model[offset..offset + size].copy_from_slice(&data);
            }
            memory.write(offset, &data) == Ok(())
        };
        !agree || memory.len() != model.len() || memory.bytes() != model
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn does_what_a_vector_does(input in proptest::collection::vec(any::<u8>(), 0..256)) {
        prop_assert_eq!(disagreement(&input, 32), None);
    }
}

#[test]
fn a_wrong_word_size_is_found() {
    let one_byte = [1, 0, 0, 1];
    assert_eq!(disagreement(&one_byte, 32), None);
    assert_eq!(disagreement(&one_byte, 64), Some(0));
}
