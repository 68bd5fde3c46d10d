// A thread encodes a point (RFC 9496, section 4.3.2).

struct Arguments { count: u32, results_from: u32, unused_2: u32, unused_3: u32, unused_4: u32, unused_5: u32, unused_6: u32, unused_7: u32 }

@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read> sums: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> results: array<u32>;

// 1 / sqrt(a - d), a = -1.
const INVERSE_ROOT_OF_A_MINUS_D: Words = Words(
    vec4<u32>(0x805d40eau, 0x99c8fdaau, 0x5a4172beu, 0x9d2f1617u),
    vec4<u32>(0xfe01d840u, 0x16c27b91u, 0xcfaffca2u, 0x786c8905u),
);

@compute @workgroup_size(64)
fn ristretto_encode(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let item = (workgroup.y * workgroups.x + workgroup.x) * 64u + local;
    if item >= arguments.count {
        return;
    }
    let first = 8u * item;
    let x = fe_from(sums[first], sums[first + 1u]);
    let y = fe_from(sums[first + 2u], sums[first + 3u]);
    let z = fe_from(sums[first + 4u], sums[first + 5u]);
    let t = fe_from(sums[first + 6u], sums[first + 7u]);
    let u1 = fe_mul(fe_sub(z, y), fe_add(z, y));
    let u2 = fe_mul(x, y);
    let root = fe_inverse_root(fe_mul(fe_square(u2), u1)).root;
    let den_1 = fe_mul(root, u1);
    let den_2 = fe_mul(root, u2);
    let z_inverse = fe_mul(fe_mul(den_1, den_2), t);
    let rotate = is_odd(fe_words(fe_mul(t, z_inverse)));
    let x_turned = fe_select(x, fe_mul(y, fe_of(ROOT)), rotate);
    let y_turned = fe_select(y, fe_mul(x, fe_of(ROOT)), rotate);
    let den = fe_select(den_2, fe_mul(den_1, fe_of(INVERSE_ROOT_OF_A_MINUS_D)), rotate);
    let negative = is_odd(fe_words(fe_mul(x_turned, z_inverse)));
    let difference = fe_select(fe_sub(z, y_turned), fe_add(z, y_turned), negative);
    let s = fe_words(fe_even(fe_mul(difference, den)));
    let place = arguments.results_from + 8u * item;
    results[place] = s.low.x;
    results[place + 1u] = s.low.y;
    results[place + 2u] = s.low.z;
    results[place + 3u] = s.low.w;
    results[place + 4u] = s.high.x;
    results[place + 5u] = s.high.y;
    results[place + 6u] = s.high.z;
    results[place + 7u] = s.high.w;
}
