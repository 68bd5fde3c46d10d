// A thread multiplies one number of each of a row's pairs: the first where a bit of its place is 0, the second where it is 1,
// the lowest bit for the first pair. All have a factor 2^260.

struct Arguments { count: u32, size: u32, pairs: u32, unused_3: u32, unused_4: u32, unused_5: u32, unused_6: u32, unused_7: u32 }

@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read> pairs: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> products: array<vec4<u32>>;

fn scalar(place: u32) -> Sc {
    return sc_from(pairs[2u * place], pairs[2u * place + 1u]);
}

@compute @workgroup_size(64)
fn ristretto_multiply_subsets(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let item = (workgroup.y * workgroups.x + workgroup.x) * 64u + local;
    if item >= arguments.count {
        return;
    }
    let row = item / arguments.size;
    let bits = item % arguments.size;
    var product = scalar(2u * arguments.pairs * row + (bits & 1u));
    for (var pair = 1u; pair < arguments.pairs; pair++) {
        product = sc_mul(product, scalar(2u * (arguments.pairs * row + pair) + ((bits >> pair) & 1u)));
    }
    let words = sc_words(sc_canonical(product));
    products[2u * item] = words.low;
    products[2u * item + 1u] = words.high;
}
