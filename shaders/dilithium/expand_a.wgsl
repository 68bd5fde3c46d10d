// A thread a polynomial of A-hat: uniform below q, out of SHAKE128 of rho, column and row. Threads draw a block of
// coefficients each into workgroup memory, and together write polynomial after polynomial, neighbours beside each other.

struct Arguments { count: u32, unused_1: u32, unused_2: u32, unused_3: u32, unused_4: u32, unused_5: u32, unused_6: u32, unused_7: u32 }

@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read> keys: array<u32>;
@group(0) @binding(2) var<storage, read> slots: array<u32>;
@group(0) @binding(3) var<storage, read_write> matrices: array<u32>;

const Q: u32 = 8380417u;
// Blocks that everybody draws: 280 candidates. One in 10^30 polynomials needs more than 7.
const COMMON_BLOCKS: u32 = 5u;
// What is not filled then stays what it was.
const MAX_BLOCKS: u32 = 64u;

// A block's coefficients: the i-th of thread t at APART i + t, so that neither threads that store their i-th nor threads
// that load those of the same t meet in a bank.
const APART: u32 = 65u;
var<workgroup> staged: array<u32, 3640>;
// Of each thread: where its coefficients go, and how many there are.
var<workgroup> targets: array<u32, 64>;
var<workgroup> counts: array<u32, 64>;

// Stores a candidate; the place of the next. One that is too large is stored over.
fn stage_one(place: u32, candidate: u32) -> u32 {
    staged[place] = candidate;
    return place + select(0u, APART, candidate < Q);
}

// Four candidates of 3 bytes, whose highest bit is dropped.
fn stage_words(place: u32, a: u32, b: u32, c: u32) -> u32 {
    let second = stage_one(place, a & 0x7fffffu);
    let third = stage_one(second, ((a >> 24u) | (b << 8u)) & 0x7fffffu);
    let fourth = stage_one(third, ((b >> 16u) | (c << 16u)) & 0x7fffffu);
    return stage_one(fourth, (c >> 8u) & 0x7fffffu);
}

fn stage_lanes(place: u32, a: Lane, b: Lane, c: Lane) -> u32 {
    return stage_words(stage_words(place, low_of(a), high_of(a), low_of(b)), high_of(b), low_of(c), high_of(c));
}

// The 56 candidates of a block; how many are coefficients.
fn stage_block(thread: u32, state: ptr<function, State>) -> u32 {
    var place = thread;
    place = stage_lanes(place, (*state)[0], (*state)[1], (*state)[2]);
    place = stage_lanes(place, (*state)[3], (*state)[4], (*state)[5]);
    place = stage_lanes(place, (*state)[6], (*state)[7], (*state)[8]);
    place = stage_lanes(place, (*state)[9], (*state)[10], (*state)[11]);
    place = stage_lanes(place, (*state)[12], (*state)[13], (*state)[14]);
    place = stage_lanes(place, (*state)[15], (*state)[16], (*state)[17]);
    place = stage_lanes(place, (*state)[18], (*state)[19], (*state)[20]);
    return (place - thread) / APART;
}

@compute @workgroup_size(64)
fn dilithium_expand_a(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let first = (workgroup.y * workgroups.x + workgroup.x) * 64u;
    // The same for the whole workgroup.
    if first >= arguments.count {
        return;
    }
    // Threads past the count draw what the last one draws and write nothing.
    let inside = first + local < arguments.count;
    let polynomial = min(first + local, arguments.count - 1u);
    let key = polynomial / (K * L);
    let entry = polynomial % (K * L);
    let rho = key * KEY_WORDS;
    var state: State;
    state[0] = lane(keys[rho], keys[rho + 1u]);
    state[1] = lane(keys[rho + 2u], keys[rho + 3u]);
    state[2] = lane(keys[rho + 4u], keys[rho + 5u]);
    state[3] = lane(keys[rho + 6u], keys[rho + 7u]);
    state[4] = lane((entry % L) | ((entry / L) << 8u) | 0x1f0000u, 0u);
    state[20] = lane(0u, 0x80000000u);
    let target_word = (slots[key] * (K * L) + entry) * 256u;
    var filled = 0u;
    for (var block = 0u; block < COMMON_BLOCKS; block++) {
        permute(&state);
        let count = min(stage_block(local, &state), 256u - filled);
        targets[local] = target_word + filled;
        counts[local] = select(0u, count, inside);
        filled += count;
        workgroupBarrier();
        for (var other = 0u; other < 64u; other++) {
            if local < counts[other] {
                matrices[targets[other] + local] = staged[APART * local + other];
            }
        }
        workgroupBarrier();
    }
    // No barrier from here on: a thread meets its own coefficients only.
    for (var block = COMMON_BLOCKS; block < MAX_BLOCKS && filled < 256u; block++) {
        permute(&state);
        let count = min(stage_block(local, &state), 256u - filled);
        for (var i = 0u; i < count && inside; i++) {
            matrices[target_word + filled + i] = staged[APART * i + local];
        }
        filled += count;
    }
}
