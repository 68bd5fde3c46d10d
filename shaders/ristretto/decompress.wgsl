// A thread decodes a point (RFC 9496, section 4.3.1).

struct Arguments { count: u32, flags_from: u32, unused_2: u32, unused_3: u32, unused_4: u32, unused_5: u32, unused_6: u32, unused_7: u32 }

@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read> encodings: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> points: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> results: array<u32>;

@compute @workgroup_size(64)
fn ristretto_decompress(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let item = (workgroup.y * workgroups.x + workgroup.x) * 64u + local;
    if item >= arguments.count {
        return;
    }
    let encoding = Words(encodings[2u * item], encodings[2u * item + 1u]);
    let s = fe_of(encoding);
    let canonical = same(encoding, fe_words(s)) && !is_odd(encoding);
    let ss = fe_square(s);
    let u1 = fe_sub(fe_one(), ss);
    let u2 = fe_add(fe_one(), ss);
    let u2_squared = fe_square(u2);
    let d_u1_squared = fe_mul(fe_square(u1), fe_of(D));
    let v = fe_sub(fe_negate(d_u1_squared), u2_squared);
    let inverse = fe_inverse_root(fe_mul(v, u2_squared));
    let den_x = fe_mul(u2, inverse.root);
    let den_y = fe_mul(fe_mul(v, den_x), inverse.root);
    let x = fe_even(fe_mul(fe_add(s, s), den_x));
    let y = fe_mul(u1, den_y);
    let t = fe_mul(x, y);
    let holds = canonical && inverse.is_square && !is_odd(fe_words(t)) && !same(fe_words(y), Words());

    // The identity stands in for what is no point.
    let y_or_one = fe_select(fe_one(), y, holds);
    let x_or_zero = fe_select(fe_zero(), x, holds);
    let plus = fe_words(fe_add(y_or_one, x_or_zero));
    let minus = fe_words(fe_sub(y_or_one, x_or_zero));
    let product = fe_words(fe_mul(fe_select(fe_zero(), t, holds), fe_of(TWICE_D)));
    let place = 6u * item;
    points[place] = plus.low;
    points[place + 1u] = plus.high;
    points[place + 2u] = minus.low;
    points[place + 3u] = minus.high;
    points[place + 4u] = product.low;
    points[place + 5u] = product.high;
    results[arguments.flags_from + item] = select(0u, 1u, holds);
}
