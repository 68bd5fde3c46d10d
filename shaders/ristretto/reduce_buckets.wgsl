// A thread takes so many buckets that lie side by side: the sum of their sums, each times its place from 1 on, and the plain
// sum. One addition stands in the text, and takes turns.

struct Arguments { count: u32, size: u32, unused_2: u32, unused_3: u32, unused_4: u32, unused_5: u32, unused_6: u32, unused_7: u32 }

@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read> sums: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> totals: array<vec4<u32>>;

fn point(place: u32) -> Point {
    let first = 8u * place;
    return Point(
        fe_from(sums[first], sums[first + 1u]),
        fe_from(sums[first + 2u], sums[first + 3u]),
        fe_from(sums[first + 4u], sums[first + 5u]),
        fe_from(sums[first + 6u], sums[first + 7u]),
    );
}

fn store(place: u32, p: Point) {
    let to = 8u * place;
    let x = fe_words(p.x);
    totals[to] = x.low;
    totals[to + 1u] = x.high;
    let y = fe_words(p.y);
    totals[to + 2u] = y.low;
    totals[to + 3u] = y.high;
    let z = fe_words(p.z);
    totals[to + 4u] = z.low;
    totals[to + 5u] = z.high;
    let t = fe_words(p.t);
    totals[to + 6u] = t.low;
    totals[to + 7u] = t.high;
}

@compute @workgroup_size(64)
fn ristretto_reduce_buckets(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let item = (workgroup.y * workgroups.x + workgroup.x) * 64u + local;
    if item >= arguments.count {
        return;
    }
    var running = identity();
    var total = identity();
    for (var step = 0u; step < 2u * arguments.size; step++) {
        let add_bucket = (step & 1u) == 0u;
        var left = running;
        var right = running;
        if add_bucket {
            right = point((item + 1u) * arguments.size - 1u - step / 2u);
        } else {
            left = total;
        }
        let sum = add(left, right);
        if add_bucket {
            running = sum;
        } else {
            total = sum;
        }
    }
    store(2u * item, total);
    store(2u * item + 1u, running);
}
