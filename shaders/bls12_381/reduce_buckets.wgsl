// A thread sums a part of a window: its buckets side by side, each times its place from 1 on, and once each.

struct Arguments { count: u32, size: u32, unused_2: u32, unused_3: u32, unused_4: u32, unused_5: u32, unused_6: u32, unused_7: u32 }

@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read> sums: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> totals: array<vec4<u32>>;

fn bucket(place: u32) -> Point {
    let first = 9u * place;
    return Point(
        fe_from_vectors(sums[first], sums[first + 1u], sums[first + 2u]),
        fe_from_vectors(sums[first + 3u], sums[first + 4u], sums[first + 5u]),
        fe_from_vectors(sums[first + 6u], sums[first + 7u], sums[first + 8u]),
    );
}

@compute @workgroup_size(64)
fn bls12_381_reduce_buckets(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let item = (workgroup.y * workgroups.x + workgroup.x) * 64u + local;
    if item >= arguments.count {
        return;
    }
    var running = infinity();
    var total = infinity();
    // From the last bucket on: added to the running sum, which is then added to the total.
    for (var step = 0u; step < 2u * arguments.size; step++) {
        let adds_bucket = (step & 1u) == 0u;
        var left = total;
        if adds_bucket {
            left = bucket((item + 1u) * arguments.size - 1u - step / 2u);
        }
        let sum = add(left, running);
        if adds_bucket {
            running = sum;
        } else {
            total = sum;
        }
    }
    let weighted = point_words(total);
    let plain = point_words(running);
    let to = 18u * item;
    totals[to] = weighted.x.low;
    totals[to + 1u] = weighted.x.middle;
    totals[to + 2u] = weighted.x.high;
    totals[to + 3u] = weighted.y.low;
    totals[to + 4u] = weighted.y.middle;
    totals[to + 5u] = weighted.y.high;
    totals[to + 6u] = weighted.z.low;
    totals[to + 7u] = weighted.z.middle;
    totals[to + 8u] = weighted.z.high;
    totals[to + 9u] = plain.x.low;
    totals[to + 10u] = plain.x.middle;
    totals[to + 11u] = plain.x.high;
    totals[to + 12u] = plain.y.low;
    totals[to + 13u] = plain.y.middle;
    totals[to + 14u] = plain.y.high;
    totals[to + 15u] = plain.z.low;
    totals[to + 16u] = plain.z.middle;
    totals[to + 17u] = plain.z.high;
}
