// A thread makes one part of some side by side: the weighted sums, and each plain sum times 2^doublings times its place from 0
// on; and the plain sums once each.

struct Arguments { count: u32, size: u32, doublings: u32, unused_3: u32, unused_4: u32, unused_5: u32, unused_6: u32, unused_7: u32 }

@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read> totals: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> combined: array<vec4<u32>>;

fn point(place: u32) -> Point {
    let first = 9u * place;
    return Point(
        fe_from_vectors(totals[first], totals[first + 1u], totals[first + 2u]),
        fe_from_vectors(totals[first + 3u], totals[first + 4u], totals[first + 5u]),
        fe_from_vectors(totals[first + 6u], totals[first + 7u], totals[first + 8u]),
    );
}

@compute @workgroup_size(64)
fn bls12_381_combine_parts(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let item = (workgroup.y * workgroups.x + workgroup.x) * 64u + local;
    if item >= arguments.count {
        return;
    }
    let steps = 3u * arguments.size;
    var running = infinity();
    var weighted = infinity();
    var places = infinity();
    for (var step = 0u; step < steps + arguments.doublings + 1u; step++) {
        let turn = step % 3u;
        let part = 2u * ((item + 1u) * arguments.size - 1u - min(step / 3u, arguments.size - 1u));
        // Plain sums by their places, then doubled.
        var left = places;
        var right = running;
        if step >= steps {
            right = places;
            if step == steps + arguments.doublings {
                left = weighted;
            }
        } else if turn == 1u {
            left = point(part + 1u);
        } else if turn == 2u {
            left = weighted;
            right = point(part);
        }
        let sum = add(left, right);
        if step == steps + arguments.doublings || (step < steps && turn == 2u) {
            weighted = sum;
        } else if step < steps && turn == 1u {
            running = sum;
        } else {
            places = sum;
        }
    }
    let weighted_words = point_words(weighted);
    let plain = point_words(running);
    let to = 18u * item;
    combined[to] = weighted_words.x.low;
    combined[to + 1u] = weighted_words.x.middle;
    combined[to + 2u] = weighted_words.x.high;
    combined[to + 3u] = weighted_words.y.low;
    combined[to + 4u] = weighted_words.y.middle;
    combined[to + 5u] = weighted_words.y.high;
    combined[to + 6u] = weighted_words.z.low;
    combined[to + 7u] = weighted_words.z.middle;
    combined[to + 8u] = weighted_words.z.high;
    combined[to + 9u] = plain.x.low;
    combined[to + 10u] = plain.x.middle;
    combined[to + 11u] = plain.x.high;
    combined[to + 12u] = plain.y.low;
    combined[to + 13u] = plain.y.middle;
    combined[to + 14u] = plain.y.high;
    combined[to + 15u] = plain.z.low;
    combined[to + 16u] = plain.z.middle;
    combined[to + 17u] = plain.z.high;
}
