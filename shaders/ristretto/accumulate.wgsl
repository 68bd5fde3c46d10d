// A thread adds the points that are listed for a bucket, or what is opposite to them.

struct Arguments { count: u32, unused_1: u32, unused_2: u32, unused_3: u32, unused_4: u32, unused_5: u32, unused_6: u32, unused_7: u32 }

@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read> points: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> entries: array<u32>;
@group(0) @binding(3) var<storage, read> starts: array<u32>;
@group(0) @binding(4) var<storage, read_write> sums: array<vec4<u32>>;

fn ready(place: u32) -> Ready {
    let first = 6u * place;
    return Ready(
        fe_from(points[first], points[first + 1u]),
        fe_from(points[first + 2u], points[first + 3u]),
        fe_from(points[first + 4u], points[first + 5u]),
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
fn ristretto_accumulate(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let item = (workgroup.y * workgroups.x + workgroup.x) * 64u + local;
    if item >= arguments.count {
        return;
    }
    var sum = identity();
    for (var place = starts[item]; place < starts[item + 1u]; place++) {
        // The highest bit: to be subtracted.
        let entry = entries[place];
        sum = add_ready(sum, ready(entry & 0x7fffffffu), entry >= 0x80000000u);
    }
    store(item, sum);
}
