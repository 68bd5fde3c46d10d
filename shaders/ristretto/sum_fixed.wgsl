// A thread adds multiples of fixed points, as the nibbles with a number of their factors say: a part of the points, of one
// nibble. The multiples by 1 to 15 are in a table.

struct Arguments { count: u32, parts: u32, size: u32, points: u32, unused_4: u32, unused_5: u32, unused_6: u32, unused_7: u32 }

@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read> table: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> factors: array<u32>;
@group(0) @binding(3) var<storage, read_write> sums: array<vec4<u32>>;

fn ready(place: u32) -> Ready {
    let first = 6u * place;
    return Ready(
        fe_from(table[first], table[first + 1u]),
        fe_from(table[first + 2u], table[first + 3u]),
        fe_from(table[first + 4u], table[first + 5u]),
    );
}

fn store(place: u32, p: Point) {
    let to = 8u * place;
    let x = fe_words(p.x);
    sums[to] = x.low;
    sums[to + 1u] = x.high;
    let y = fe_words(p.y);
    sums[to + 2u] = y.low;
    sums[to + 3u] = y.high;
    let z = fe_words(p.z);
    sums[to + 4u] = z.low;
    sums[to + 5u] = z.high;
    let t = fe_words(p.t);
    sums[to + 6u] = t.low;
    sums[to + 7u] = t.high;
}

@compute @workgroup_size(64)
fn ristretto_sum_fixed(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let item = (workgroup.y * workgroups.x + workgroup.x) * 64u + local;
    if item >= arguments.count {
        return;
    }
    let nibble = item / arguments.parts;
    let first = (item % arguments.parts) * arguments.size;
    var sum = identity();
    for (var place = first; place < min(first + arguments.size, arguments.points); place++) {
        let digit = (factors[8u * place + nibble / 8u] >> (4u * (nibble % 8u))) & 15u;
        if digit != 0u {
            sum = add_ready(sum, ready(15u * place + digit - 1u), false);
        }
    }
    store(item, sum);
}
