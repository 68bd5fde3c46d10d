// Numbers modulo p = 2^255 - 19 as ten limbs of 26 and 25 bits in turn, two to a vector, multiplied as 64-bit integers.
//
// A *tight* number has limbs below 2^26 and 2^25 + 2^18: what is read from memory and what a product leaves. Sums and
// differences are not carried. With limbs of at most a and b times the tight ones a product fits where a b < 32 and b < 3.3:
// of a sum of two tight numbers a is 2, of a difference 3, and the second factor is the smaller one.

struct Fe {
    a: vec2<u32>,
    b: vec2<u32>,
    c: vec2<u32>,
    d: vec2<u32>,
    e: vec2<u32>,
}

const LOW_26: u32 = 0x3ffffffu;
const LOW_25: u32 = 0x1ffffffu;
// 2 p, limb by limb.
const TWICE_P_FIRST: vec2<u32> = vec2<u32>(0x7ffffdau, 0x3fffffeu);
const TWICE_P: vec2<u32> = vec2<u32>(0x7fffffeu, 0x3fffffeu);

// Any 256 bits; tight.
fn fe_from(low: vec4<u32>, high: vec4<u32>) -> Fe {
    return Fe(
        vec2<u32>((low.x & 0x3ffffffu) + 19u * (high.w >> 31u), ((low.x >> 26u) | (low.y << 6u)) & 0x1ffffffu),
        vec2<u32>(((low.y >> 19u) | (low.z << 13u)) & 0x3ffffffu, ((low.z >> 13u) | (low.w << 19u)) & 0x1ffffffu),
        vec2<u32>((low.w >> 6u) & 0x3ffffffu, high.x & 0x1ffffffu),
        vec2<u32>(((high.x >> 25u) | (high.y << 7u)) & 0x3ffffffu, ((high.y >> 19u) | (high.z << 13u)) & 0x1ffffffu),
        vec2<u32>(((high.z >> 12u) | (high.w << 20u)) & 0x3ffffffu, (high.w >> 6u) & 0x1ffffffu),
    );
}

// Not carried.
fn fe_add(x: Fe, y: Fe) -> Fe {
    return Fe(x.a + y.a, x.b + y.b, x.c + y.c, x.d + y.d, x.e + y.e);
}

// Not carried; y is tight.
fn fe_sub(x: Fe, y: Fe) -> Fe {
    return Fe(
        x.a + TWICE_P_FIRST - y.a,
        x.b + TWICE_P - y.b,
        x.c + TWICE_P - y.c,
        x.d + TWICE_P - y.d,
        x.e + TWICE_P - y.e,
    );
}

fn fe_select(otherwise: Fe, chosen: Fe, choose: bool) -> Fe {
    return Fe(
        select(otherwise.a, chosen.a, choose),
        select(otherwise.b, chosen.b, choose),
        select(otherwise.c, chosen.c, choose),
        select(otherwise.d, chosen.d, choose),
        select(otherwise.e, chosen.e, choose),
    );
}

// Tight, of sums of products.
fn carried(r0: u64, r1: u64, r2: u64, r3: u64, r4: u64, r5: u64, r6: u64, r7: u64, r8: u64, r9: u64) -> Fe {
    // Two chains at once: from limb 0 and from limb 5 on.
    let s1 = r1 + (r0 >> 26u);
    let s6 = r6 + (r5 >> 25u);
    let s2 = r2 + (s1 >> 25u);
    let s7 = r7 + (s6 >> 26u);
    let s3 = r3 + (s2 >> 26u);
    let s8 = r8 + (s7 >> 25u);
    let s4 = r4 + (s3 >> 25u);
    let s9 = r9 + (s8 >> 26u);
    let s5 = (r5 & 0x1fffffflu) + (s4 >> 26u);
    let s0 = (r0 & 0x3fffffflu) + 19lu * (s9 >> 25u);
    let t6 = (s6 & 0x3fffffflu) + (s5 >> 25u);
    let t1 = (s1 & 0x1fffffflu) + (s0 >> 26u);
    return Fe(
        vec2<u32>(u32(s0) & LOW_26, u32(t1) & LOW_25),
        vec2<u32>((u32(s2) & LOW_26) + u32(t1 >> 25u), u32(s3) & LOW_25),
        vec2<u32>(u32(s4) & LOW_26, u32(s5) & LOW_25),
        vec2<u32>(u32(t6) & LOW_26, (u32(s7) & LOW_25) + u32(t6 >> 26u)),
        vec2<u32>(u32(s8) & LOW_26, u32(s9) & LOW_25),
    );
}

fn fe_mul(x: Fe, y: Fe) -> Fe {
    let f0 = u64(x.a.x);
    let f1 = u64(x.a.y);
    let f2 = u64(x.b.x);
    let f3 = u64(x.b.y);
    let f4 = u64(x.c.x);
    let f5 = u64(x.c.y);
    let f6 = u64(x.d.x);
    let f7 = u64(x.d.y);
    let f8 = u64(x.e.x);
    let f9 = u64(x.e.y);
    let t1 = u64(2u * x.a.y);
    let t3 = u64(2u * x.b.y);
    let t5 = u64(2u * x.c.y);
    let t7 = u64(2u * x.d.y);
    let t9 = u64(2u * x.e.y);
    let g0 = u64(y.a.x);
    let g1 = u64(y.a.y);
    let g2 = u64(y.b.x);
    let g3 = u64(y.b.y);
    let g4 = u64(y.c.x);
    let g5 = u64(y.c.y);
    let g6 = u64(y.d.x);
    let g7 = u64(y.d.y);
    let g8 = u64(y.e.x);
    let g9 = u64(y.e.y);
    let n1 = u64(19u * y.a.y);
    let n2 = u64(19u * y.b.x);
    let n3 = u64(19u * y.b.y);
    let n4 = u64(19u * y.c.x);
    let n5 = u64(19u * y.c.y);
    let n6 = u64(19u * y.d.x);
    let n7 = u64(19u * y.d.y);
    let n8 = u64(19u * y.e.x);
    let n9 = u64(19u * y.e.y);
    let h0 = f0 * g0 + t1 * n9 + f2 * n8 + t3 * n7 + f4 * n6 + t5 * n5 + f6 * n4 + t7 * n3 + f8 * n2 + t9 * n1;
    let h1 = f0 * g1 + f1 * g0 + f2 * n9 + f3 * n8 + f4 * n7 + f5 * n6 + f6 * n5 + f7 * n4 + f8 * n3 + f9 * n2;
    let h2 = f0 * g2 + t1 * g1 + f2 * g0 + t3 * n9 + f4 * n8 + t5 * n7 + f6 * n6 + t7 * n5 + f8 * n4 + t9 * n3;
    let h3 = f0 * g3 + f1 * g2 + f2 * g1 + f3 * g0 + f4 * n9 + f5 * n8 + f6 * n7 + f7 * n6 + f8 * n5 + f9 * n4;
    let h4 = f0 * g4 + t1 * g3 + f2 * g2 + t3 * g1 + f4 * g0 + t5 * n9 + f6 * n8 + t7 * n7 + f8 * n6 + t9 * n5;
    let h5 = f0 * g5 + f1 * g4 + f2 * g3 + f3 * g2 + f4 * g1 + f5 * g0 + f6 * n9 + f7 * n8 + f8 * n7 + f9 * n6;
    let h6 = f0 * g6 + t1 * g5 + f2 * g4 + t3 * g3 + f4 * g2 + t5 * g1 + f6 * g0 + t7 * n9 + f8 * n8 + t9 * n7;
    let h7 = f0 * g7 + f1 * g6 + f2 * g5 + f3 * g4 + f4 * g3 + f5 * g2 + f6 * g1 + f7 * g0 + f8 * n9 + f9 * n8;
    let h8 = f0 * g8 + t1 * g7 + f2 * g6 + t3 * g5 + f4 * g4 + t5 * g3 + f6 * g2 + t7 * g1 + f8 * g0 + t9 * n9;
    let h9 = f0 * g9 + f1 * g8 + f2 * g7 + f3 * g6 + f4 * g5 + f5 * g4 + f6 * g3 + f7 * g2 + f8 * g1 + f9 * g0;
    return carried(h0, h1, h2, h3, h4, h5, h6, h7, h8, h9);
}

fn fe_square(x: Fe) -> Fe {
    let f0 = u64(x.a.x);
    let f1 = u64(x.a.y);
    let f2 = u64(x.b.x);
    let f3 = u64(x.b.y);
    let f4 = u64(x.c.x);
    let f5 = u64(x.c.y);
    let f6 = u64(x.d.x);
    let f7 = u64(x.d.y);
    let f8 = u64(x.e.x);
    let f9 = u64(x.e.y);
    let t0 = u64(2u * x.a.x);
    let t1 = u64(2u * x.a.y);
    let t2 = u64(2u * x.b.x);
    let t3 = u64(2u * x.b.y);
    let t4 = u64(2u * x.c.x);
    let t5 = u64(2u * x.c.y);
    let t6 = u64(2u * x.d.x);
    let t7 = u64(2u * x.d.y);
    let t8 = u64(2u * x.e.x);
    let t9 = u64(2u * x.e.y);
    let n5 = u64(38u * x.c.y);
    let n6 = u64(19u * x.d.x);
    let n7 = u64(38u * x.d.y);
    let n8 = u64(19u * x.e.x);
    let n9 = u64(38u * x.e.y);
    let h0 = f0 * f0 + t1 * n9 + t2 * n8 + t3 * n7 + t4 * n6 + f5 * n5;
    let h1 = t0 * f1 + f2 * n9 + t3 * n8 + f4 * n7 + t5 * n6;
    let h2 = t0 * f2 + t1 * f1 + t3 * n9 + t4 * n8 + t5 * n7 + f6 * n6;
    let h3 = t0 * f3 + t1 * f2 + f4 * n9 + t5 * n8 + f6 * n7;
    let h4 = t0 * f4 + t1 * t3 + f2 * f2 + t5 * n9 + t6 * n8 + f7 * n7;
    let h5 = t0 * f5 + t1 * f4 + t2 * f3 + f6 * n9 + t7 * n8;
    let h6 = t0 * f6 + t1 * t5 + t2 * f4 + t3 * f3 + t7 * n9 + f8 * n8;
    let h7 = t0 * f7 + t1 * f6 + t2 * f5 + t3 * f4 + f8 * n9;
    let h8 = t0 * f8 + t1 * t7 + t2 * f6 + t3 * t5 + f4 * f4 + f9 * n9;
    let h9 = t0 * f9 + t1 * f8 + t2 * f7 + t3 * f6 + t4 * f5;
    return carried(h0, h1, h2, h3, h4, h5, h6, h7, h8, h9);
}

// The words of the number below p that it is; limbs are below 2^29.
fn fe_words(x: Fe) -> Words {
    var l0 = x.a.x;
    var l1 = x.a.y + (l0 >> 26u);
    var l2 = x.b.x + (l1 >> 25u);
    var l3 = x.b.y + (l2 >> 26u);
    var l4 = x.c.x + (l3 >> 25u);
    var l5 = x.c.y + (l4 >> 26u);
    var l6 = x.d.x + (l5 >> 25u);
    var l7 = x.d.y + (l6 >> 26u);
    var l8 = x.e.x + (l7 >> 25u);
    var l9 = x.e.y + (l8 >> 26u);
    l0 = (l0 & LOW_26) + 19u * (l9 >> 25u);
    l1 &= LOW_25;
    l2 &= LOW_26;
    l3 &= LOW_25;
    l4 &= LOW_26;
    l5 &= LOW_25;
    l6 &= LOW_26;
    l7 &= LOW_25;
    l8 &= LOW_26;
    l9 &= LOW_25;
    // 1 where it is p or more: it is below 2^255 + 2^10.
    var above = (l0 + 19u) >> 26u;
    above = (l1 + above) >> 25u;
    above = (l2 + above) >> 26u;
    above = (l3 + above) >> 25u;
    above = (l4 + above) >> 26u;
    above = (l5 + above) >> 25u;
    above = (l6 + above) >> 26u;
    above = (l7 + above) >> 25u;
    above = (l8 + above) >> 26u;
    above = (l9 + above) >> 25u;
    l0 += 19u * above;
    l1 += l0 >> 26u;
    l2 += l1 >> 25u;
    l3 += l2 >> 26u;
    l4 += l3 >> 25u;
    l5 += l4 >> 26u;
    l6 += l5 >> 25u;
    l7 += l6 >> 26u;
    l8 += l7 >> 25u;
    l9 += l8 >> 26u;
    l0 &= LOW_26;
    l1 &= LOW_25;
    l2 &= LOW_26;
    l3 &= LOW_25;
    l4 &= LOW_26;
    l5 &= LOW_25;
    l6 &= LOW_26;
    l7 &= LOW_25;
    l8 &= LOW_26;
    l9 &= LOW_25;
    return Words(
        vec4<u32>(l0 | (l1 << 26u), (l1 >> 6u) | (l2 << 19u), (l2 >> 13u) | (l3 << 13u), (l3 >> 19u) | (l4 << 6u)),
        vec4<u32>(l5 | (l6 << 25u), (l6 >> 7u) | (l7 << 19u), (l7 >> 13u) | (l8 << 12u), (l8 >> 20u) | (l9 << 6u)),
    );
}
