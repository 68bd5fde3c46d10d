// A thread makes a window's sum of those of its chunks: their weighted sums, and their plain sums times their place from 0 on
// times 2^doublings. One addition stands in the text, and takes turns.

struct Arguments { count: u32, chunks: u32, doublings: u32, unused_3: u32, unused_4: u32, unused_5: u32, unused_6: u32, unused_7: u32 }

@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read> totals: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> windows: array<vec4<u32>>;

fn point(place: u32) -> Point {
    let first = 8u * place;
    return Point(
        fe_from(totals[first], totals[first + 1u]),
        fe_from(totals[first + 2u], totals[first + 3u]),
        fe_from(totals[first + 4u], totals[first + 5u]),
        fe_from(totals[first + 6u], totals[first + 7u]),
    );
}

fn store(place: u32, p: Point) {
    let to = 8u * place;
    let x = fe_words(p.x);
    windows[to] = x.low;
    windows[to + 1u] = x.high;
    let y = fe_words(p.y);
    windows[to + 2u] = y.low;
    windows[to + 3u] = y.high;
    let z = fe_words(p.z);
    windows[to + 4u] = z.low;
    windows[to + 5u] = z.high;
    let t = fe_words(p.t);
    windows[to + 6u] = t.low;
    windows[to + 7u] = t.high;
}

@compute @workgroup_size(64)
fn ristretto_combine_windows(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let item = (workgroup.y * workgroups.x + workgroup.x) * 64u + local;
    if item >= arguments.count {
        return;
    }
    let steps = 3u * arguments.chunks;
    var running = identity();
    var weighted = identity();
    var plain = identity();
    for (var step = 0u; step < steps + arguments.doublings + 1u; step++) {
        let turn = step % 3u;
        let chunk = 2u * ((item + 1u) * arguments.chunks - 1u - min(step / 3u, arguments.chunks - 1u));
        // Plain sums by their places, then doubled.
        var left = plain;
        var right = running;
        if step >= steps {
            right = plain;
            if step == steps + arguments.doublings {
                left = weighted;
            }
        } else if turn == 1u {
            left = point(chunk + 1u);
        } else if turn == 2u {
            left = weighted;
            right = point(chunk);
        }
        let sum = add(left, right);
        if step == steps + arguments.doublings || (step < steps && turn == 2u) {
            weighted = sum;
        } else if step < steps && turn == 1u {
            running = sum;
        } else {
            plain = sum;
        }
    }
    store(item, weighted);
}
