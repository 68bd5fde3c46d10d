// A thread multiplies a row's first number by those of its factors whose bit is set in the place, the lowest bit for the first
// factor. Factors have a factor 2^260 of their own.

struct Arguments { count: u32, size: u32, factors: u32, unused_3: u32, unused_4: u32, unused_5: u32, unused_6: u32, unused_7: u32 }

@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read> rows: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> products: array<vec4<u32>>;

fn scalar(place: u32) -> Sc {
    return sc_from(rows[2u * place], rows[2u * place + 1u]);
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
    let first = (item / arguments.size) * (arguments.factors + 1u);
    let bits = item % arguments.size;
    var product = scalar(first);
    for (var bit = 0u; bit < arguments.factors; bit++) {
        if ((bits >> bit) & 1u) != 0u {
            product = sc_mul(product, scalar(first + 1u + bit));
        }
    }
    let words = sc_words(sc_canonical(product));
    products[2u * item] = words.low;
    products[2u * item + 1u] = words.high;
}
