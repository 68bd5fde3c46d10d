// A thread a polynomial of A-hat: uniform below q, out of SHAKE128 of rho, column and row.

struct Arguments { count: u32, unused_1: u32, unused_2: u32, unused_3: u32, unused_4: u32, unused_5: u32, unused_6: u32, unused_7: u32 }

@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read> keys: array<u32>;
@group(0) @binding(2) var<storage, read> slots: array<u32>;
@group(0) @binding(3) var<storage, read_write> matrices: array<vec4<u32>>;

const Q: u32 = 8380417u;
// One in 10^30 polynomials needs more than 7. What is not filled stays what it was.
const MAX_BLOCKS: u32 = 64u;

// A polynomial that fills up. Coefficients are stored by fours: a store of one costs as much.
struct Filling {
    // The last four, the latest one last.
    latest: vec4<u32>,
    // How many coefficients there are.
    filled: u32,
    // The polynomial's place in the matrices, in fours.
    first: u32,
}

fn take_one(filling: ptr<function, Filling>, candidate: u32) {
    if candidate < Q {
        (*filling).latest = vec4<u32>((*filling).latest.yzw, candidate);
        (*filling).filled += 1u;
        let filled = (*filling).filled;
        if (filled & 3u) == 0u && filled <= 256u {
            matrices[(*filling).first + filled / 4u - 1u] = (*filling).latest;
        }
    }
}

// Four candidates. Mostly none is too large; then they complete one store, which begins with as many of the latest as had
// not been stored yet.
fn take(filling: ptr<function, Filling>, c: vec4<u32>) {
    if all(c < vec4<u32>(Q)) {
        let latest = (*filling).latest;
        let filled = (*filling).filled;
        let odd = (filled & 1u) != 0u;
        let early = select(latest.zw, latest.yz, odd);
        let late = select(c, vec4<u32>(latest.w, c.xyz), odd);
        if filled / 4u < 64u {
            matrices[(*filling).first + filled / 4u] =
                select(late, vec4<u32>(early, late.xy), (filled & 2u) != 0u);
        }
        (*filling).latest = c;
        (*filling).filled = filled + 4u;
    } else {
        take_one(filling, c.x);
        take_one(filling, c.y);
        take_one(filling, c.z);
        take_one(filling, c.w);
    }
}

// Four candidates of 3 bytes, whose highest bit is dropped.
fn take_words(filling: ptr<function, Filling>, a: u32, b: u32, c: u32) {
    let candidates = vec4<u32>(a, (a >> 24u) | (b << 8u), (b >> 16u) | (c << 16u), c >> 8u);
    take(filling, candidates & vec4<u32>(0x7fffffu));
}

fn take_lanes(filling: ptr<function, Filling>, a: Lane, b: Lane, c: Lane) {
    take_words(filling, low_of(a), high_of(a), low_of(b));
    take_words(filling, high_of(b), low_of(c), high_of(c));
}

@compute @workgroup_size(64)
fn dilithium_expand_a(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let polynomial = (workgroup.y * workgroups.x + workgroup.x) * 64u + local;
    if polynomial >= arguments.count {
        return;
    }
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
    var filling = Filling(vec4<u32>(), 0u, (slots[key] * (K * L) + entry) * 64u);
    for (var block = 0u; block < MAX_BLOCKS && filling.filled < 256u; block++) {
        permute(&state);
        take_lanes(&filling, state[0], state[1], state[2]);
        take_lanes(&filling, state[3], state[4], state[5]);
        take_lanes(&filling, state[6], state[7], state[8]);
        take_lanes(&filling, state[9], state[10], state[11]);
        take_lanes(&filling, state[12], state[13], state[14]);
        take_lanes(&filling, state[15], state[16], state[17]);
        take_lanes(&filling, state[18], state[19], state[20]);
    }
}
