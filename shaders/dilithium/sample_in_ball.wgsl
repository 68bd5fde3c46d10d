// A thread a signature: the challenge, out of SHAKE256 of the start of c-tilde.

struct Arguments { count: u32, unused_1: u32, unused_2: u32, unused_3: u32, unused_4: u32, unused_5: u32, unused_6: u32, unused_7: u32 }

@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read> signatures: array<u32>;
@group(0) @binding(2) var<storage, read_write> challenges: array<u32>;

// The first is nearly always enough. Coefficients that are not placed by then stay 0.
const MAX_BLOCKS: u32 = 16u;

// A block of the hash and the challenge, for each thread: word i of thread t at 64 i + t. No thread meets another's.
var<workgroup> hash_block: array<u32, 2176>;
var<workgroup> challenge: array<u32, 1024>;

struct Input {
    // Word that the signature begins at.
    first: u32,
}

fn input_lane(input: Input, index: u32) -> Lane {
    if 8u * index < BALL_SEED_LEN {
        let word = input.first + 2u * index;
        return lane(signatures[word], signatures[word + 1u]);
    }
    return lane(select(0u, 0x1fu, 8u * index == BALL_SEED_LEN), 0u);
}

fn keep(thread: u32, index: u32, value: Lane) {
    hash_block[128u * index + thread] = low_of(value);
    hash_block[128u * index + 64u + thread] = high_of(value);
}

// The two bits of a coefficient.
fn coefficient(thread: u32, place: u32) -> u32 {
    return (challenge[(place / 16u) * 64u + thread] >> (2u * (place % 16u))) & 3u;
}

fn set_coefficient(thread: u32, place: u32, value: u32) {
    let word = (place / 16u) * 64u + thread;
    let shift = 2u * (place % 16u);
    challenge[word] = (challenge[word] & ~(3u << shift)) | (value << shift);
}

@compute @workgroup_size(64)
fn dilithium_sample_in_ball(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let signature = (workgroup.y * workgroups.x + workgroup.x) * 64u + local;
    if signature >= arguments.count {
        return;
    }
    for (var word = 0u; word < 16u; word++) {
        challenge[64u * word + local] = 0u;
    }
    var state = shake256(Input(signature * SIGNATURE_WORDS), 1u);
    let signs_low = low_of(state[0]);
    let signs_high = high_of(state[0]);
    // Signs that are used up, and the byte of the block that comes next.
    var used = 0u;
    var next = 8u;
    for (var block = 0u; block < MAX_BLOCKS && used < TAU; block++) {
        keep(local, 0u, state[0]);
        keep(local, 1u, state[1]);
        keep(local, 2u, state[2]);
        keep(local, 3u, state[3]);
        keep(local, 4u, state[4]);
        keep(local, 5u, state[5]);
        keep(local, 6u, state[6]);
        keep(local, 7u, state[7]);
        keep(local, 8u, state[8]);
        keep(local, 9u, state[9]);
        keep(local, 10u, state[10]);
        keep(local, 11u, state[11]);
        keep(local, 12u, state[12]);
        keep(local, 13u, state[13]);
        keep(local, 14u, state[14]);
        keep(local, 15u, state[15]);
        keep(local, 16u, state[16]);
        for (; next < 136u && used < TAU; next++) {
            let place = (hash_block[(next / 4u) * 64u + local] >> (8u * (next % 4u))) & 0xffu;
            let last = 256u - TAU + used;
            if place <= last {
                let sign = select(signs_high >> (used & 31u), signs_low >> (used & 31u), used < 32u) & 1u;
                set_coefficient(local, last, coefficient(local, place));
                set_coefficient(local, place, 1u + sign);
                used += 1u;
            }
        }
        next = 0u;
        permute(&state);
    }
    for (var word = 0u; word < 16u; word++) {
        challenges[16u * signature + word] = challenge[64u * word + local];
    }
}
