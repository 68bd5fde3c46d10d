// A workgroup a polynomial: minus t1 times 2^d, transformed.

struct Arguments { count: u32, unused_1: u32, unused_2: u32, unused_3: u32, unused_4: u32, unused_5: u32, unused_6: u32, unused_7: u32 }

@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read> keys: array<u32>;
@group(0) @binding(2) var<storage, read> slots: array<u32>;
@group(0) @binding(3) var<storage, read> zetas: array<vec2<u32>>;
@group(0) @binding(4) var<storage, read_write> t1s: array<vec4<u32>>;

var<workgroup> coefficients: array<u32, 256>;

// A coefficient, stored with 10 bits; the polynomial begins at word `first`.
fn minus_t1(first: u32, index: u32) -> u32 {
    let word = first + (10u * index) / 32u;
    let shift = (10u * index) % 32u;
    var stored = keys[word] >> shift;
    if shift > 22u {
        stored |= keys[word + 1u] << (32u - shift);
    }
    return Q - ((stored & 0x3ffu) << 13u);
}

@compute @workgroup_size(64)
fn dilithium_expand_t1(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let polynomial = workgroup.y * workgroups.x + workgroup.x;
    // The same for the whole workgroup.
    if polynomial >= arguments.count {
        return;
    }
    let key = polynomial / K;
    let row = polynomial % K;
    let first = key * KEY_WORDS + 8u + row * 80u;
    let t1 = vec4<u32>(
        minus_t1(first, local),
        minus_t1(first, local + 64u),
        minus_t1(first, local + 128u),
        minus_t1(first, local + 192u),
    );
    store(0u, spread(local), 64u, forward(t1, factors_of(0u, local, 0u)));
    workgroupBarrier();
    forward_step(1u, local, 1u);
    workgroupBarrier();
    forward_step(2u, local, 1u);
    workgroupBarrier();
    let x = forward(load(0u, spread(4u * local), 1u), factors_of(3u, local, 0u));
    t1s[(slots[key] * K + row) * 64u + local] = vec4<u32>(
        canonical(times(ONE, x.x)),
        canonical(times(ONE, x.y)),
        canonical(times(ONE, x.z)),
        canonical(times(ONE, x.w)),
    );
}
