// A thread computes the factors of one pair of generators in a proof, times the proof's weight:
// -(z + a s_i) and z + y^-i (z^(2+j) 2^k - b / s_i), for i = j bits + k.

struct Arguments { count: u32, size: u32, bits: u32, record: u32, unused_4: u32, unused_5: u32, unused_6: u32, unused_7: u32 }

@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read> proofs: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> products: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> scalars: array<vec4<u32>>;

// 2^260 modulo l: a product with it only reduces.
const ONE_LOW: vec4<u32> = vec4<u32>(0x6721e6edu, 0x45af48bdu, 0xab5ac67eu, 0x35e51b3bu);
const ONE_HIGH: vec4<u32> = vec4<u32>(0xffffffebu, 0xffffffffu, 0xffffffffu, 0x0fffffffu);

fn number(place: u32) -> Sc {
    return sc_from(proofs[2u * place], proofs[2u * place + 1u]);
}

fn product(place: u32) -> Sc {
    return sc_from(products[2u * place], products[2u * place + 1u]);
}

@compute @workgroup_size(64)
fn ristretto_expand_scalars(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let item = (workgroup.y * workgroups.x + workgroup.x) * 64u + local;
    if item >= arguments.count {
        return;
    }
    let proof = item / arguments.size;
    let i = item % arguments.size;
    let k = i % arguments.bits;
    let record = proof * arguments.record;
    let z = number(record);
    let rows = 2u * proof * arguments.size;
    let s = product(rows + i);
    // All challenges the other way round.
    let s_inverse = product(rows + arguments.size - 1u - i);
    let y = product(rows + arguments.size + i);
    let word = vec4<u32>(k / 32u) == vec4<u32>(0u, 1u, 2u, 3u);
    let power = sc_from(select(vec4<u32>(), vec4<u32>(1u << (k % 32u)), word), vec4<u32>());
    let first = sc_add(z, sc_mul(s, number(record + 1u)));
    let inner = sc_sub(
        sc_mul(number(record + 3u + i / arguments.bits), power),
        sc_mul(s_inverse, number(record + 2u)),
    );
    let second = sc_add(z, sc_mul(y, inner));
    let one = sc_from(ONE_LOW, ONE_HIGH);
    let g = sc_words(sc_canonical(sc_mul(sc_sub(Sc(), first), one)));
    let h = sc_words(sc_canonical(sc_mul(second, one)));
    let to = 4u * proof * arguments.size + 2u * i;
    scalars[to] = g.low;
    scalars[to + 1u] = g.high;
    scalars[to + 2u * arguments.size] = h.low;
    scalars[to + 2u * arguments.size + 1u] = h.high;
}
