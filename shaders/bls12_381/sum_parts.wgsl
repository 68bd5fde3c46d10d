// A thread adds sums that lie side by side: the parts of a bucket.

struct Arguments { count: u32, unused_1: u32, unused_2: u32, unused_3: u32, unused_4: u32, unused_5: u32, unused_6: u32, unused_7: u32 }

@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read> parts: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> starts: array<u32>;
@group(0) @binding(3) var<storage, read_write> sums: array<vec4<u32>>;

fn part(place: u32) -> Point {
    let first = 9u * place;
    return Point(
        fe_from_vectors(parts[first], parts[first + 1u], parts[first + 2u]),
        fe_from_vectors(parts[first + 3u], parts[first + 4u], parts[first + 5u]),
        fe_from_vectors(parts[first + 6u], parts[first + 7u], parts[first + 8u]),
    );
}

@compute @workgroup_size(64)
fn bls12_381_sum_parts(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let item = (workgroup.y * workgroups.x + workgroup.x) * 64u + local;
    if item >= arguments.count {
        return;
    }
    var sum = infinity();
    let end = starts[item + 1u];
    for (var place = starts[item]; place < end; place++) {
        sum = add(sum, part(place));
    }
    let words = point_words(sum);
    let to = 9u * item;
    sums[to] = words.x.low;
    sums[to + 1u] = words.x.middle;
    sums[to + 2u] = words.x.high;
    sums[to + 3u] = words.y.low;
    sums[to + 4u] = words.y.middle;
    sums[to + 5u] = words.y.high;
    sums[to + 6u] = words.z.low;
    sums[to + 7u] = words.z.middle;
    sums[to + 8u] = words.z.high;
}
