// A thread adds the points that are listed for a part of a bucket, or what is opposite to them.

struct Arguments { count: u32, unused_1: u32, unused_2: u32, unused_3: u32, unused_4: u32, unused_5: u32, unused_6: u32, unused_7: u32 }

@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read> points: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> entries: array<u32>;
@group(0) @binding(3) var<storage, read> starts: array<u32>;
@group(0) @binding(4) var<storage, read_write> sums: array<vec4<u32>>;

@compute @workgroup_size(64)
fn bls12_381_accumulate(
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
        let entry = entries[place];
        let first = 6u * (entry & 0x7fffffffu);
        let x = fe_from_vectors(points[first], points[first + 1u], points[first + 2u]);
        let y = fe_from_vectors(points[first + 3u], points[first + 4u], points[first + 5u]);
        sum = add(sum, Point(x, fe_select(y, fe_negate(y), (entry >> 31u) == 1u), fe_one()));
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
