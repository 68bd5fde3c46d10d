// Flips bits of one word.

struct Arguments { place: u32, bits: u32, unused_2: u32, unused_3: u32, unused_4: u32, unused_5: u32, unused_6: u32, unused_7: u32 }

@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read_write> target_words: array<u32>;

@compute @workgroup_size(1)
fn flip_word() {
    target_words[arguments.place] ^= arguments.bits;
}
