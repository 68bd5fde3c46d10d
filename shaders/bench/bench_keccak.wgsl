// A thread permutes a Keccak state, over and over.

struct Arguments { count: u32, rounds: u32, unused_2: u32, unused_3: u32, unused_4: u32, unused_5: u32, unused_6: u32, unused_7: u32 }

@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read_write> results: array<u32>;

@compute @workgroup_size(64)
fn bench_keccak(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let item = (workgroup.y * workgroups.x + workgroup.x) * 64u + local;
    if item >= arguments.count {
        return;
    }
    var state: State;
    state[0] = lane(item, 0u);
    for (var round = 0u; round < arguments.rounds; round++) {
        permute(&state);
    }
    results[item] = low_of(state[0]) ^ high_of(state[0]);
}
