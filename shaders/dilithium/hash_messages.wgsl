// A thread a message: the message representative mu.

struct Arguments { count: u32, unused_1: u32, unused_2: u32, unused_3: u32, unused_4: u32, unused_5: u32, unused_6: u32, unused_7: u32 }

@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read> places: array<u32>;
@group(0) @binding(2) var<storage, read> messages: array<u32>;
@group(0) @binding(3) var<storage, read> key_hashes: array<u32>;
@group(0) @binding(4) var<storage, read_write> mus: array<u32>;

struct Input {
    // Word that the message begins at.
    first: u32,
    bytes: u32,
    // Word that the key's hash begins at.
    hash: u32,
}

// Zero where there is none.
fn message_word(input: Input, index: u32) -> u32 {
    if index < (input.bytes + 3u) / 4u {
        return messages[input.first + index];
    }
    return 0u;
}

// Of what follows the key's hash: the prefix of zeros, shorter than a word, the message, the byte that ends it.
fn tail_word(input: Input, index: u32) -> u32 {
    var word = message_word(input, index);
    if PREFIX_LEN != 0u {
        word <<= 8u * PREFIX_LEN;
        if index != 0u {
            word |= message_word(input, index - 1u) >> ((32u - 8u * PREFIX_LEN) & 31u);
        }
    }
    let end = PREFIX_LEN + input.bytes;
    if index == end / 4u {
        word |= 0x1fu << (8u * (end % 4u));
    }
    return word;
}

fn input_lane(input: Input, index: u32) -> Lane {
    if index < TR_LEN / 8u {
        let word = input.hash + 2u * index;
        return lane(key_hashes[word], key_hashes[word + 1u]);
    }
    let word = 2u * (index - TR_LEN / 8u);
    return lane(tail_word(input, word), tail_word(input, word + 1u));
}

@compute @workgroup_size(64)
fn dilithium_hash_messages(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let message = (workgroup.y * workgroups.x + workgroup.x) * 64u + local;
    if message >= arguments.count {
        return;
    }
    let place = message * 4u;
    let input = Input(places[place], places[place + 1u], places[place + 2u] * 16u);
    let state = shake256(input, (TR_LEN + PREFIX_LEN + input.bytes) / 136u + 1u);
    let target_word = places[place + 3u] * 16u;
    mus[target_word + 0u] = low_of(state[0]);
    mus[target_word + 1u] = high_of(state[0]);
    mus[target_word + 2u] = low_of(state[1]);
    mus[target_word + 3u] = high_of(state[1]);
    mus[target_word + 4u] = low_of(state[2]);
    mus[target_word + 5u] = high_of(state[2]);
    mus[target_word + 6u] = low_of(state[3]);
    mus[target_word + 7u] = high_of(state[3]);
    mus[target_word + 8u] = low_of(state[4]);
    mus[target_word + 9u] = high_of(state[4]);
    mus[target_word + 10u] = low_of(state[5]);
    mus[target_word + 11u] = high_of(state[5]);
    mus[target_word + 12u] = low_of(state[6]);
    mus[target_word + 13u] = high_of(state[6]);
    mus[target_word + 14u] = low_of(state[7]);
    mus[target_word + 15u] = high_of(state[7]);
}
