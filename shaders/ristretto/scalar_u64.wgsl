// Numbers modulo l = 2^252 + 27742317777372353535851937790883648493 as ten limbs of 26 bits, two to a vector, multiplied as
// 64-bit integers. Products are Montgomery's with 2^260 in both forms, so that words that hold a factor 2^260 are the same.

struct Sc {
    a: vec2<u32>,
    b: vec2<u32>,
    c: vec2<u32>,
    d: vec2<u32>,
    e: vec2<u32>,
}

// Limbs of l; those between are 0, and the highest is 2^18.
const L0: u64 = 0xf5d3edlu;
const L1: u64 = 0x98c697lu;
const L2: u64 = 0x1cd6581lu;
const L3: u64 = 0x37a8bdelu;
const L4: u64 = 0x14def9lu;
// Minus the inverse of l modulo 2^26.
const L_INVERSE: u32 = 0x2547e1bu;

// Any 256 bits.
fn sc_from(low: vec4<u32>, high: vec4<u32>) -> Sc {
    return Sc(
        vec2<u32>(low.x & 0x3ffffffu, ((low.x >> 26u) | (low.y << 6u)) & 0x3ffffffu),
        vec2<u32>(((low.y >> 20u) | (low.z << 12u)) & 0x3ffffffu, ((low.z >> 14u) | (low.w << 18u)) & 0x3ffffffu),
        vec2<u32>(((low.w >> 8u) | (high.x << 24u)) & 0x3ffffffu, (high.x >> 2u) & 0x3ffffffu),
        vec2<u32>(((high.x >> 28u) | (high.y << 4u)) & 0x3ffffffu, ((high.y >> 22u) | (high.z << 10u)) & 0x3ffffffu),
        vec2<u32>(((high.z >> 16u) | (high.w << 16u)) & 0x3ffffffu, (high.w >> 10u) & 0x3fffffu),
    );
}

// Not carried: a sum of few.
fn sc_add(x: Sc, y: Sc) -> Sc {
    return Sc(x.a + y.a, x.b + y.b, x.c + y.c, x.d + y.d, x.e + y.e);
}

// 8 l more than the difference, not carried; y is a sum of two products or less.
fn sc_sub(x: Sc, y: Sc) -> Sc {
    return Sc(
        x.a + vec2<u32>(0xbae9f68u, 0x8c634b7u) - y.a,
        x.b + vec2<u32>(0xa6b2c07u, 0xbd45ef1u) - y.b,
        x.c + vec2<u32>(0x8a6f7ccu, 0x7fffffeu) - y.c,
        x.d + vec2<u32>(0x7fffffeu, 0x7fffffeu) - y.d,
        x.e + vec2<u32>(0x7fffffeu, 0x1ffffeu) - y.e,
    );
}

// Limbs of 26 bits.
fn sc_carried(r0: u64, r1: u64, r2: u64, r3: u64, r4: u64, r5: u64, r6: u64, r7: u64, r8: u64, r9: u64) -> Sc {
    let s1 = r1 + (r0 >> 26u);
    let s2 = r2 + (s1 >> 26u);
    let s3 = r3 + (s2 >> 26u);
    let s4 = r4 + (s3 >> 26u);
    let s5 = r5 + (s4 >> 26u);
    let s6 = r6 + (s5 >> 26u);
    let s7 = r7 + (s6 >> 26u);
    let s8 = r8 + (s7 >> 26u);
    let s9 = r9 + (s8 >> 26u);
    let low = 0x3ffffffu;
    return Sc(
        vec2<u32>(u32(r0) & low, u32(s1) & low),
        vec2<u32>(u32(s2) & low, u32(s3) & low),
        vec2<u32>(u32(s4) & low, u32(s5) & low),
        vec2<u32>(u32(s6) & low, u32(s7) & low),
        vec2<u32>(u32(s8) & low, u32(s9) & low),
    );
}

// x y / 2^260, below 1.01 l where x y is below 2^512. Ten trips.
fn sc_mul(x: Sc, y: Sc) -> Sc {
    var limbs = array<u32, 10>(x.a.x, x.a.y, x.b.x, x.b.y, x.c.x, x.c.y, x.d.x, x.d.y, x.e.x, x.e.y);
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
    var t0 = 0lu;
    var t1 = 0lu;
    var t2 = 0lu;
    var t3 = 0lu;
    var t4 = 0lu;
    var t5 = 0lu;
    var t6 = 0lu;
    var t7 = 0lu;
    var t8 = 0lu;
    for (var i = 0u; i < 10u; i++) {
        let f = u64(limbs[i]);
        let first = t0 + f * g0;
        let m = u64((u32(first & 0x3fffffflu) * L_INVERSE) & 0x3ffffffu);
        // A limb down.
        t0 = t1 + f * g1 + m * L1 + ((first + m * L0) >> 26u);
        t1 = t2 + f * g2 + m * L2;
        t2 = t3 + f * g3 + m * L3;
        t3 = t4 + f * g4 + m * L4;
        t4 = t5 + f * g5;
        t5 = t6 + f * g6;
        t6 = t7 + f * g7;
        t7 = t8 + f * g8;
        t8 = f * g9 + (m << 18u);
    }
    return sc_carried(t0, t1, t2, t3, t4, t5, t6, t7, t8, 0lu);
}

// Below l, with limbs of 26 bits; x is below 2 l.
fn sc_canonical(x: Sc) -> Sc {
    let y = sc_carried(
        u64(x.a.x), u64(x.a.y), u64(x.b.x), u64(x.b.y), u64(x.c.x),
        u64(x.c.y), u64(x.d.x), u64(x.d.y), u64(x.e.x), u64(x.e.y),
    );
    // y - l + 2^26 in every limb, less what the limb before lacks.
    let d0 = y.a.x + 0x4000000u - 0xf5d3edu;
    let d1 = y.a.y + 0x4000000u - 0x98c697u - (1u - (d0 >> 26u));
    let d2 = y.b.x + 0x4000000u - 0x1cd6581u - (1u - (d1 >> 26u));
    let d3 = y.b.y + 0x4000000u - 0x37a8bdeu - (1u - (d2 >> 26u));
    let d4 = y.c.x + 0x4000000u - 0x14def9u - (1u - (d3 >> 26u));
    let d5 = y.c.y + 0x4000000u - (1u - (d4 >> 26u));
    let d6 = y.d.x + 0x4000000u - (1u - (d5 >> 26u));
    let d7 = y.d.y + 0x4000000u - (1u - (d6 >> 26u));
    let d8 = y.e.x + 0x4000000u - (1u - (d7 >> 26u));
    let d9 = y.e.y + 0x4000000u - 0x40000u - (1u - (d8 >> 26u));
    let less = (d9 >> 26u) == 0u;
    let low = 0x3ffffffu;
    return Sc(
        select(vec2<u32>(d0 & low, d1 & low), y.a, less),
        select(vec2<u32>(d2 & low, d3 & low), y.b, less),
        select(vec2<u32>(d4 & low, d5 & low), y.c, less),
        select(vec2<u32>(d6 & low, d7 & low), y.d, less),
        select(vec2<u32>(d8 & low, d9 & low), y.e, less),
    );
}

// The words of a canonical number.
fn sc_words(x: Sc) -> Words {
    return Words(
        vec4<u32>(
            x.a.x | (x.a.y << 26u),
            (x.a.y >> 6u) | (x.b.x << 20u),
            (x.b.x >> 12u) | (x.b.y << 14u),
            (x.b.y >> 18u) | (x.c.x << 8u),
        ),
        vec4<u32>(
            (x.c.x >> 24u) | (x.c.y << 2u) | (x.d.x << 28u),
            (x.d.x >> 4u) | (x.d.y << 22u),
            (x.d.y >> 10u) | (x.e.x << 16u),
            (x.e.x >> 16u) | (x.e.y << 10u),
        ),
    );
}
