// A thread adds the numbers of a column, of so many rows.

struct Arguments { count: u32, columns: u32, size: u32, rows: u32, unused_4: u32, unused_5: u32, unused_6: u32, unused_7: u32 }

@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read> scalars: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> sums: array<vec4<u32>>;

fn scalar(place: u32) -> Sc {
    return sc_from(scalars[2u * place], scalars[2u * place + 1u]);
}

@compute @workgroup_size(64)
fn ristretto_sum_scalars(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let item = (workgroup.y * workgroups.x + workgroup.x) * 64u + local;
    if item >= arguments.count {
        return;
    }
    let column = item % arguments.columns;
    let first = item / arguments.columns * arguments.size;
    var sum = Sc();
    for (var row = first; row < min(first + arguments.size, arguments.rows); row++) {
        sum = sc_canonical(sc_add(sum, scalar(row * arguments.columns + column)));
    }
    let words = sc_words(sum);
    sums[2u * item] = words.low;
    sums[2u * item + 1u] = words.high;
}
