// A thread makes a generator's factor of three kinds of sums: of G the first, of H the second and the third, and a
// constant for each.

struct Arguments { count: u32, size: u32, unused_2: u32, unused_3: u32, unused_4: u32, unused_5: u32, unused_6: u32, unused_7: u32 }

@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read> scalars: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> constants: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> factors: array<vec4<u32>>;

fn scalar(place: u32) -> Sc {
    return sc_from(scalars[2u * place], scalars[2u * place + 1u]);
}

@compute @workgroup_size(64)
fn ristretto_join_factors(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let item = (workgroup.y * workgroups.x + workgroup.x) * 64u + local;
    if item >= arguments.count {
        return;
    }
    // Two constants: that of G and that of H.
    let kind = item / arguments.size;
    var sum = sc_add(scalar(item), sc_from(constants[2u * kind], constants[2u * kind + 1u]));
    if kind == 1u {
        sum = sc_add(sc_canonical(sum), scalar(item + arguments.size));
    }
    let words = sc_words(sc_canonical(sum));
    factors[2u * item] = words.low;
    factors[2u * item + 1u] = words.high;
}
