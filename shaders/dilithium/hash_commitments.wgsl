// A thread a signature: the hash of mu and w'1.

struct Arguments { count: u32, unused_1: u32, unused_2: u32, unused_3: u32, unused_4: u32, unused_5: u32, unused_6: u32, unused_7: u32 }

@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read> mus: array<vec2<u32>>;
@group(0) @binding(2) var<storage, read> w1s: array<vec2<u32>>;
@group(0) @binding(3) var<storage, read_write> c_tildes: array<u32>;

struct Input {
    // Lanes that mu and w'1 begin at.
    mu: u32,
    w1: u32,
}

// mu is 8 lanes; w'1 is whole lanes.
fn input_lane(input: Input, index: u32) -> Lane {
    if index < 8u {
        let words = mus[input.mu + index];
        return lane(words.x, words.y);
    }
    let offset = 2u * (index - 8u);
    if offset < W1_WORDS {
        let words = w1s[input.w1 + index - 8u];
        return lane(words.x, words.y);
    }
    return lane(select(0u, 0x1fu, offset == W1_WORDS), 0u);
}

// A lane of the output, zero past the end of c-tilde.
fn put(target_word: u32, index: u32, value: Lane) {
    let inside = 8u * index < C_TILDE_LEN;
    c_tildes[target_word + 2u * index] = select(0u, low_of(value), inside);
    c_tildes[target_word + 2u * index + 1u] = select(0u, high_of(value), inside);
}

@compute @workgroup_size(64)
fn dilithium_hash_commitments(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let signature = (workgroup.y * workgroups.x + workgroup.x) * 64u + local;
    if signature >= arguments.count {
        return;
    }
    let input = Input(signature * 8u, signature * (W1_WORDS / 2u));
    let state = shake256(input, (16u + W1_WORDS) / 34u + 1u);
    let target_word = signature * 16u;
    put(target_word, 0u, state[0]);
    put(target_word, 1u, state[1]);
    put(target_word, 2u, state[2]);
    put(target_word, 3u, state[3]);
    put(target_word, 4u, state[4]);
    put(target_word, 5u, state[5]);
    put(target_word, 6u, state[6]);
    put(target_word, 7u, state[7]);
}
