// A thread multiplies four numbers modulo q by a factor, over and over.

struct Arguments { count: u32, rounds: u32, factor: u32, quotient: u32, unused_4: u32, unused_5: u32, unused_6: u32, unused_7: u32 }

@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read_write> results: array<u32>;

const Q: u32 = 8380417u;

// As in the transform; below 2 q.
fn times(x: u32) -> u32 {
    return arguments.factor * x - multiply_high(arguments.quotient, x) * Q;
}

fn times_each(x: vec4<u32>) -> vec4<u32> {
    return vec4<u32>(times(x.x), times(x.y), times(x.z), times(x.w));
}

@compute @workgroup_size(64)
fn bench_products(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let item = (workgroup.y * workgroups.x + workgroup.x) * 64u + local;
    if item >= arguments.count {
        return;
    }
    var x = vec4<u32>(item, item + 1u, item + 2u, item + 3u);
    for (var round = 0u; round < arguments.rounds; round++) {
        x = times_each(times_each(times_each(times_each(x))));
        x = times_each(times_each(times_each(times_each(x))));
    }
    // Below 8 q, then below q: both forms and the twin agree.
    results[item] = (x.x + x.y + x.z + x.w) % Q;
}
