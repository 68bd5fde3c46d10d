// Numbers modulo l = 2^252 + 27742317777372353535851937790883648493 as twenty limbs of 13 bits, four to a vector, multiplied as
// 32-bit integers. Products are Montgomery's with 2^260 in both forms, so that words that hold a factor 2^260 are the same.

struct Sc {
    a: vec4<u32>,
    b: vec4<u32>,
    c: vec4<u32>,
    d: vec4<u32>,
    e: vec4<u32>,
}

// Limbs of l, those of the fourth vector 0.
const L_A: vec4<u32> = vec4<u32>(0x13edu, 0x7aeu, 0x697u, 0x4c6u);
const L_B: vec4<u32> = vec4<u32>(0x581u, 0xe6bu, 0xbdeu, 0x1bd4u);
const L_C: vec4<u32> = vec4<u32>(0x1ef9u, 0xa6u, 0x0u, 0x0u);
const L_E: vec4<u32> = vec4<u32>(0x0u, 0x0u, 0x0u, 0x20u);
// Minus the inverse of l modulo 2^13.
const L_INVERSE: u32 = 0x1e1bu;

// Any 256 bits.
fn sc_from(low: vec4<u32>, high: vec4<u32>) -> Sc {
    return Sc(
        vec4<u32>(
            low.x & 0x1fffu,
            (low.x >> 13u) & 0x1fffu,
            ((low.x >> 26u) | (low.y << 6u)) & 0x1fffu,
            (low.y >> 7u) & 0x1fffu,
        ),
        vec4<u32>(
            ((low.y >> 20u) | (low.z << 12u)) & 0x1fffu,
            (low.z >> 1u) & 0x1fffu,
            (low.z >> 14u) & 0x1fffu,
            ((low.z >> 27u) | (low.w << 5u)) & 0x1fffu,
        ),
        vec4<u32>(
            (low.w >> 8u) & 0x1fffu,
            ((low.w >> 21u) | (high.x << 11u)) & 0x1fffu,
            (high.x >> 2u) & 0x1fffu,
            (high.x >> 15u) & 0x1fffu,
        ),
        vec4<u32>(
            ((high.x >> 28u) | (high.y << 4u)) & 0x1fffu,
            (high.y >> 9u) & 0x1fffu,
            ((high.y >> 22u) | (high.z << 10u)) & 0x1fffu,
            (high.z >> 3u) & 0x1fffu,
        ),
        vec4<u32>(
            (high.z >> 16u) & 0x1fffu,
            ((high.z >> 29u) | (high.w << 3u)) & 0x1fffu,
            (high.w >> 10u) & 0x1fffu,
            (high.w >> 23u) & 0x1ffu,
        ),
    );
}

fn sc_add(x: Sc, y: Sc) -> Sc {
    return sc_carried(Sc(x.a + y.a, x.b + y.b, x.c + y.c, x.d + y.d, x.e + y.e));
}

// 8 l more than the difference.
fn sc_sub(x: Sc, y: Sc) -> Sc {
    return sc_carried(Sc(
        x.a + vec4<u32>(0x5f68u, 0x5d72u, 0x54b7u, 0x462fu) - y.a,
        x.b + vec4<u32>(0x4c07u, 0x5357u, 0x5ef1u, 0x5ea0u) - y.b,
        x.c + vec4<u32>(0x57ccu, 0x4535u, 0x3ffeu, 0x3ffeu) - y.c,
        x.d + vec4<u32>(0x3ffeu, 0x3ffeu, 0x3ffeu, 0x3ffeu) - y.d,
        x.e + vec4<u32>(0x3ffeu, 0x3ffeu, 0x3ffeu, 0xfeu) - y.e,
    ));
}

// Limbs of 13 bits, of larger ones.
fn sc_carried(x: Sc) -> Sc {
    let s1 = x.a.y + (x.a.x >> 13u);
    let s2 = x.a.z + (s1 >> 13u);
    let s3 = x.a.w + (s2 >> 13u);
    let s4 = x.b.x + (s3 >> 13u);
    let s5 = x.b.y + (s4 >> 13u);
    let s6 = x.b.z + (s5 >> 13u);
    let s7 = x.b.w + (s6 >> 13u);
    let s8 = x.c.x + (s7 >> 13u);
    let s9 = x.c.y + (s8 >> 13u);
    let s10 = x.c.z + (s9 >> 13u);
    let s11 = x.c.w + (s10 >> 13u);
    let s12 = x.d.x + (s11 >> 13u);
    let s13 = x.d.y + (s12 >> 13u);
    let s14 = x.d.z + (s13 >> 13u);
    let s15 = x.d.w + (s14 >> 13u);
    let s16 = x.e.x + (s15 >> 13u);
    let s17 = x.e.y + (s16 >> 13u);
    let s18 = x.e.z + (s17 >> 13u);
    let s19 = x.e.w + (s18 >> 13u);
    let low = 0x1fffu;
    return Sc(
        vec4<u32>(x.a.x & low, s1 & low, s2 & low, s3 & low),
        vec4<u32>(s4 & low, s5 & low, s6 & low, s7 & low),
        vec4<u32>(s8 & low, s9 & low, s10 & low, s11 & low),
        vec4<u32>(s12 & low, s13 & low, s14 & low, s15 & low),
        vec4<u32>(s16 & low, s17 & low, s18 & low, s19 & low),
    );
}

// x y / 2^260, below 1.01 l where x y is below 2^512. Twenty trips.
fn sc_mul(x: Sc, y: Sc) -> Sc {
    var limbs = array<u32, 20>(
        x.a.x, x.a.y, x.a.z, x.a.w, x.b.x, x.b.y, x.b.z, x.b.w, x.c.x, x.c.y,
        x.c.z, x.c.w, x.d.x, x.d.y, x.d.z, x.d.w, x.e.x, x.e.y, x.e.z, x.e.w,
    );
    var a = vec4<u32>();
    var b = vec4<u32>();
    var c = vec4<u32>();
    var d = vec4<u32>();
    var e = vec4<u32>();
    for (var i = 0u; i < 20u; i++) {
        let limb = limbs[i];
        a += limb * y.a;
        let m = (a.x * L_INVERSE) & 0x1fffu;
        a += m * L_A;
        b += limb * y.b + m * L_B;
        c += limb * y.c + m * L_C;
        d += limb * y.d;
        e += limb * y.e + m * L_E;
        // A limb down.
        a = vec4<u32>(a.y + (a.x >> 13u), a.zw, b.x);
        b = vec4<u32>(b.yzw, c.x);
        c = vec4<u32>(c.yzw, d.x);
        d = vec4<u32>(d.yzw, e.x);
        e = vec4<u32>(e.yzw, 0u);
    }
    return sc_carried(Sc(a, b, c, d, e));
}

// Below l; x is below 2 l, with limbs of 13 bits.
fn sc_canonical(x: Sc) -> Sc {
    // x - l + 2^13 in every limb, less what the limb before lacks.
    let d0 = x.a.x + 0x2000u - 0x13edu;
    let d1 = x.a.y + 0x2000u - 0x7aeu - (1u - (d0 >> 13u));
    let d2 = x.a.z + 0x2000u - 0x697u - (1u - (d1 >> 13u));
    let d3 = x.a.w + 0x2000u - 0x4c6u - (1u - (d2 >> 13u));
    let d4 = x.b.x + 0x2000u - 0x581u - (1u - (d3 >> 13u));
    let d5 = x.b.y + 0x2000u - 0xe6bu - (1u - (d4 >> 13u));
    let d6 = x.b.z + 0x2000u - 0xbdeu - (1u - (d5 >> 13u));
    let d7 = x.b.w + 0x2000u - 0x1bd4u - (1u - (d6 >> 13u));
    let d8 = x.c.x + 0x2000u - 0x1ef9u - (1u - (d7 >> 13u));
    let d9 = x.c.y + 0x2000u - 0xa6u - (1u - (d8 >> 13u));
    let d10 = x.c.z + 0x2000u - (1u - (d9 >> 13u));
    let d11 = x.c.w + 0x2000u - (1u - (d10 >> 13u));
    let d12 = x.d.x + 0x2000u - (1u - (d11 >> 13u));
    let d13 = x.d.y + 0x2000u - (1u - (d12 >> 13u));
    let d14 = x.d.z + 0x2000u - (1u - (d13 >> 13u));
    let d15 = x.d.w + 0x2000u - (1u - (d14 >> 13u));
    let d16 = x.e.x + 0x2000u - (1u - (d15 >> 13u));
    let d17 = x.e.y + 0x2000u - (1u - (d16 >> 13u));
    let d18 = x.e.z + 0x2000u - (1u - (d17 >> 13u));
    let d19 = x.e.w + 0x2000u - 0x20u - (1u - (d18 >> 13u));
    let less = (d19 >> 13u) == 0u;
    let low = 0x1fffu;
    return Sc(
        select(vec4<u32>(d0 & low, d1 & low, d2 & low, d3 & low), x.a, less),
        select(vec4<u32>(d4 & low, d5 & low, d6 & low, d7 & low), x.b, less),
        select(vec4<u32>(d8 & low, d9 & low, d10 & low, d11 & low), x.c, less),
        select(vec4<u32>(d12 & low, d13 & low, d14 & low, d15 & low), x.d, less),
        select(vec4<u32>(d16 & low, d17 & low, d18 & low, d19 & low), x.e, less),
    );
}

// The words of a canonical number.
fn sc_words(x: Sc) -> Words {
    return Words(
        vec4<u32>(
            x.a.x | (x.a.y << 13u) | (x.a.z << 26u),
            (x.a.z >> 6u) | (x.a.w << 7u) | (x.b.x << 20u),
            (x.b.x >> 12u) | (x.b.y << 1u) | (x.b.z << 14u) | (x.b.w << 27u),
            (x.b.w >> 5u) | (x.c.x << 8u) | (x.c.y << 21u),
        ),
        vec4<u32>(
            (x.c.y >> 11u) | (x.c.z << 2u) | (x.c.w << 15u) | (x.d.x << 28u),
            (x.d.x >> 4u) | (x.d.y << 9u) | (x.d.z << 22u),
            (x.d.z >> 10u) | (x.d.w << 3u) | (x.e.x << 16u) | (x.e.y << 29u),
            (x.e.y >> 3u) | (x.e.z << 10u) | (x.e.w << 23u),
        ),
    );
}
