// A thread a key: its hash.

struct Arguments { count: u32, unused_1: u32, unused_2: u32, unused_3: u32, unused_4: u32, unused_5: u32, unused_6: u32, unused_7: u32 }

@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read> keys: array<vec2<u32>>;
@group(0) @binding(2) var<storage, read> slots: array<u32>;
@group(0) @binding(3) var<storage, read_write> key_hashes: array<u32>;

struct Input {
    // Lane that the key begins at.
    first: u32,
}

// Keys are whole lanes.
fn input_lane(input: Input, index: u32) -> Lane {
    if 2u * index < KEY_WORDS {
        let words = keys[input.first + index];
        return lane(words.x, words.y);
    }
    return lane(select(0u, 0x1fu, 2u * index == KEY_WORDS), 0u);
}

@compute @workgroup_size(64)
fn dilithium_hash_keys(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let key = (workgroup.y * workgroups.x + workgroup.x) * 64u + local;
    if key >= arguments.count {
        return;
    }
    let state = shake256(Input(key * (KEY_WORDS / 2u)), KEY_WORDS / 34u + 1u);
    let target_word = slots[key] * 16u;
    key_hashes[target_word + 0u] = low_of(state[0]);
    key_hashes[target_word + 1u] = high_of(state[0]);
    key_hashes[target_word + 2u] = low_of(state[1]);
    key_hashes[target_word + 3u] = high_of(state[1]);
    key_hashes[target_word + 4u] = low_of(state[2]);
    key_hashes[target_word + 5u] = high_of(state[2]);
    key_hashes[target_word + 6u] = low_of(state[3]);
    key_hashes[target_word + 7u] = high_of(state[3]);
    key_hashes[target_word + 8u] = low_of(state[4]);
    key_hashes[target_word + 9u] = high_of(state[4]);
    key_hashes[target_word + 10u] = low_of(state[5]);
    key_hashes[target_word + 11u] = high_of(state[5]);
    key_hashes[target_word + 12u] = low_of(state[6]);
    key_hashes[target_word + 13u] = high_of(state[6]);
    key_hashes[target_word + 14u] = low_of(state[7]);
    key_hashes[target_word + 15u] = high_of(state[7]);
}
