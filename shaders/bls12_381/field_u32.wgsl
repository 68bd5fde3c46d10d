// Numbers modulo p as thirty limbs of 13 bits, four to a vector, multiplied as 32-bit integers (Montgomery, by 2^390).
//
// All limbs are below 2^13, the two behind the last are 0, and numbers are below 28 2^377, which is 2.16 p: what is read from
// memory where it is below 2 p, what products leave, which are below 1.2 p, and sums and differences. Factors of products may
// be any 384 bits that are read from memory.

struct Fe {
    a: vec4<u32>,
    b: vec4<u32>,
    c: vec4<u32>,
    d: vec4<u32>,
    e: vec4<u32>,
    f: vec4<u32>,
    g: vec4<u32>,
    h: vec4<u32>,
}

const LOW_13: vec4<u32> = vec4<u32>(0x1fffu, 0x1fffu, 0x1fffu, 0x1fffu);
// Minus the inverse of p modulo 2^13.
const MINUS_INVERSE: u32 = 0x1ffdu;
// What limbs lend each other, so that none is below 0.
const LOAN_FIRST: vec4<u32> = vec4<u32>(0x2000u, 0x1fffu, 0x1fffu, 0x1fffu);
const LOAN: vec4<u32> = vec4<u32>(0x1fffu, 0x1fffu, 0x1fffu, 0x1fffu);
const LOAN_LAST: vec4<u32> = vec4<u32>(0x1fffu, 0xffffffffu, 0u, 0u);
// p, and its highest limb and those of 2 p and 3 p.
const P_A: vec4<u32> = vec4<u32>(2731u, 8189u, 8191u, 7679u);
const P_B: vec4<u32> = vec4<u32>(7071u, 8191u, 1359u, 8150u);
const P_C: vec4<u32> = vec4<u32>(3071u, 245u, 7561u, 3425u);
const P_D: vec4<u32> = vec4<u32>(2575u, 6249u, 7580u, 599u);
const P_E: vec4<u32> = vec4<u32>(4997u, 7207u, 7634u, 3784u);
const P_F: vec4<u32> = vec4<u32>(6861u, 421u, 7897u, 884u);
const P_G: vec4<u32> = vec4<u32>(6731u, 7988u, 3679u, 980u);
const P_H: vec4<u32> = vec4<u32>(17u, 13u, 0u, 0u);
const TOP_1: u32 = 13u;
const TOP_2: u32 = 26u;
const TOP_3: u32 = 39u;

fn fe_zero() -> Fe {
    return Fe();
}

fn fe_one() -> Fe {
    return Fe(
        vec4<u32>(7982u, 1679u, 0u, 3072u),
        vec4<u32>(1127u, 86u, 3360u, 1779u),
        vec4<u32>(6147u, 1061u, 4295u, 4356u),
        vec4<u32>(7694u, 3283u, 55u, 7071u),
        vec4<u32>(5763u, 5765u, 6921u, 7556u),
        vec4<u32>(2654u, 4578u, 5593u, 7720u),
        vec4<u32>(2857u, 5122u, 8143u, 4908u),
        vec4<u32>(5598u, 0u, 0u, 0u),
    );
}

// Any 384 bits.
fn fe_from_words(words: array<u32, 12>) -> Fe {
    return Fe(
        vec4<u32>(
            words[0] & 0x1fffu,
            (words[0] >> 13u) & 0x1fffu,
            ((words[0] >> 26u) | (words[1] << 6u)) & 0x1fffu,
            (words[1] >> 7u) & 0x1fffu,
        ),
        vec4<u32>(
            ((words[1] >> 20u) | (words[2] << 12u)) & 0x1fffu,
            (words[2] >> 1u) & 0x1fffu,
            (words[2] >> 14u) & 0x1fffu,
            ((words[2] >> 27u) | (words[3] << 5u)) & 0x1fffu,
        ),
        vec4<u32>(
            (words[3] >> 8u) & 0x1fffu,
            ((words[3] >> 21u) | (words[4] << 11u)) & 0x1fffu,
            (words[4] >> 2u) & 0x1fffu,
            (words[4] >> 15u) & 0x1fffu,
        ),
        vec4<u32>(
            ((words[4] >> 28u) | (words[5] << 4u)) & 0x1fffu,
            (words[5] >> 9u) & 0x1fffu,
            ((words[5] >> 22u) | (words[6] << 10u)) & 0x1fffu,
            (words[6] >> 3u) & 0x1fffu,
        ),
        vec4<u32>(
            (words[6] >> 16u) & 0x1fffu,
            ((words[6] >> 29u) | (words[7] << 3u)) & 0x1fffu,
            (words[7] >> 10u) & 0x1fffu,
            ((words[7] >> 23u) | (words[8] << 9u)) & 0x1fffu,
        ),
        vec4<u32>(
            (words[8] >> 4u) & 0x1fffu,
            (words[8] >> 17u) & 0x1fffu,
            ((words[8] >> 30u) | (words[9] << 2u)) & 0x1fffu,
            (words[9] >> 11u) & 0x1fffu,
        ),
        vec4<u32>(
            ((words[9] >> 24u) | (words[10] << 8u)) & 0x1fffu,
            (words[10] >> 5u) & 0x1fffu,
            (words[10] >> 18u) & 0x1fffu,
            ((words[10] >> 31u) | (words[11] << 1u)) & 0x1fffu,
        ),
        vec4<u32>(
            (words[11] >> 12u) & 0x1fffu,
            words[11] >> 25u,
            0u,
            0u,
        ),
    );
}

struct Carried {
    limbs: vec4<u32>,
    carry: u32,
}

// Four limbs of any 32 bits, less what is carried to and from them.
fn carried_four(limbs: vec4<u32>, carry: u32) -> Carried {
    let x = limbs.x + carry;
    let y = limbs.y + (x >> 13u);
    let z = limbs.z + (y >> 13u);
    let w = limbs.w + (z >> 13u);
    return Carried(vec4<u32>(x, y, z, w) & LOW_13, w >> 13u);
}

// Of limbs of any 32 bits. The last one keeps what is over, so that numbers below 0 show.
fn carried(x: Fe) -> Fe {
    let a = carried_four(x.a, 0u);
    let b = carried_four(x.b, a.carry);
    let c = carried_four(x.c, b.carry);
    let d = carried_four(x.d, c.carry);
    let e = carried_four(x.e, d.carry);
    let f = carried_four(x.f, e.carry);
    let g = carried_four(x.g, f.carry);
    let h = x.h.x + g.carry;
    let last = vec4<u32>(h & 0x1fffu, x.h.y + (h >> 13u), 0u, 0u);
    return Fe(a.limbs, b.limbs, c.limbs, d.limbs, e.limbs, f.limbs, g.limbs, last);
}

// p where `one`, 3 p where `three`, else 0; both are never set.
fn multiple(one: bool, three: bool) -> Fe {
    let zero = vec4<u32>();
    return Fe(
        select(select(zero, P_A, one), vec4<u32>(1u, 8184u, 8191u, 6655u), three),
        select(select(zero, P_B, one), vec4<u32>(4831u, 8191u, 4079u, 8066u), three),
        select(select(zero, P_C, one), vec4<u32>(1023u, 736u, 6299u, 2085u), three),
        select(select(zero, P_D, one), vec4<u32>(7726u, 2363u, 6358u, 1799u), three),
        select(select(zero, P_E, one), vec4<u32>(6799u, 5238u, 6520u, 3162u), three),
        select(select(zero, P_F, one), vec4<u32>(4200u, 1265u, 7307u, 2654u), three),
        select(select(zero, P_G, one), vec4<u32>(3809u, 7582u, 2847u, 2941u), three),
        select(select(zero, P_H, one), vec4<u32>(51u, 39u, 0u, 0u), three),
    );
}

// 2 p where `two`, 3 p where `three`, which counts more, else 0.
fn even_multiple(two: bool, three: bool) -> Fe {
    let zero = vec4<u32>();
    return Fe(
        select(select(zero, vec4<u32>(5462u, 8186u, 8191u, 7167u), two), vec4<u32>(1u, 8184u, 8191u, 6655u), three),
        select(select(zero, vec4<u32>(5951u, 8191u, 2719u, 8108u), two), vec4<u32>(4831u, 8191u, 4079u, 8066u), three),
        select(select(zero, vec4<u32>(6143u, 490u, 6930u, 6851u), two), vec4<u32>(1023u, 736u, 6299u, 2085u), three),
        select(select(zero, vec4<u32>(5150u, 4306u, 6969u, 1199u), two), vec4<u32>(7726u, 2363u, 6358u, 1799u), three),
        select(select(zero, vec4<u32>(1802u, 6223u, 7077u, 7569u), two), vec4<u32>(6799u, 5238u, 6520u, 3162u), three),
        select(select(zero, vec4<u32>(5530u, 843u, 7602u, 1769u), two), vec4<u32>(4200u, 1265u, 7307u, 2654u), three),
        select(select(zero, vec4<u32>(5270u, 7785u, 7359u, 1960u), two), vec4<u32>(3809u, 7582u, 2847u, 2941u), three),
        select(select(zero, vec4<u32>(34u, 26u, 0u, 0u), two), vec4<u32>(51u, 39u, 0u, 0u), three),
    );
}

// Less 2 p or 3 p where it is that much for certain: the highest limbs know it but for what is carried to them.
fn fe_add(x: Fe, y: Fe) -> Fe {
    let top = x.h.y + y.h.y;
    let less = even_multiple(top > TOP_2, top > TOP_3);
    return carried(Fe(
        x.a + y.a + LOAN_FIRST - less.a,
        x.b + y.b + LOAN - less.b,
        x.c + y.c + LOAN - less.c,
        x.d + y.d + LOAN - less.d,
        x.e + y.e + LOAN - less.e,
        x.f + y.f + LOAN - less.f,
        x.g + y.g + LOAN - less.g,
        x.h + y.h + LOAN_LAST - less.h,
    ));
}

// And p or 3 p where it may be below 0, or below -p.
fn fe_subtract(x: Fe, y: Fe) -> Fe {
    let top = i32(x.h.y) - i32(y.h.y);
    let more = multiple(top < 1 && top > -i32(TOP_1), top <= -i32(TOP_1));
    return carried(Fe(
        x.a + LOAN_FIRST + more.a - y.a,
        x.b + LOAN + more.b - y.b,
        x.c + LOAN + more.c - y.c,
        x.d + LOAN + more.d - y.d,
        x.e + LOAN + more.e - y.e,
        x.f + LOAN + more.f - y.f,
        x.g + LOAN + more.g - y.g,
        x.h + LOAN_LAST + more.h - y.h,
    ));
}

fn fe_negate(x: Fe) -> Fe {
    return fe_subtract(Fe(), x);
}

fn fe_select(otherwise: Fe, chosen: Fe, choose: bool) -> Fe {
    return Fe(
        select(otherwise.a, chosen.a, choose),
        select(otherwise.b, chosen.b, choose),
        select(otherwise.c, chosen.c, choose),
        select(otherwise.d, chosen.d, choose),
        select(otherwise.e, chosen.e, choose),
        select(otherwise.f, chosen.f, choose),
        select(otherwise.g, chosen.g, choose),
        select(otherwise.h, chosen.h, choose),
    );
}

// Those of the number below p that it is.
fn fe_words(x: Fe) -> array<u32, 12> {
    // Now below 15 2^377, and with p taken off once more.
    let less = multiple(x.h.y > TOP_1, false);
    let once = carried(Fe(
        x.a + LOAN_FIRST - less.a,
        x.b + LOAN - less.b,
        x.c + LOAN - less.c,
        x.d + LOAN - less.d,
        x.e + LOAN - less.e,
        x.f + LOAN - less.f,
        x.g + LOAN - less.g,
        x.h + LOAN_LAST - less.h,
    ));
    let twice = carried(Fe(
        once.a + LOAN_FIRST - P_A,
        once.b + LOAN - P_B,
        once.c + LOAN - P_C,
        once.d + LOAN - P_D,
        once.e + LOAN - P_E,
        once.f + LOAN - P_F,
        once.g + LOAN - P_G,
        once.h + LOAN_LAST - P_H,
    ));
    let y = fe_select(twice, once, twice.h.y >= 0x80000000u);
    return array<u32, 12>(
        y.a.x | (y.a.y << 13u) | (y.a.z << 26u),
        (y.a.z >> 6u) | (y.a.w << 7u) | (y.b.x << 20u),
        (y.b.x >> 12u) | (y.b.y << 1u) | (y.b.z << 14u) | (y.b.w << 27u),
        (y.b.w >> 5u) | (y.c.x << 8u) | (y.c.y << 21u),
        (y.c.y >> 11u) | (y.c.z << 2u) | (y.c.w << 15u) | (y.d.x << 28u),
        (y.d.x >> 4u) | (y.d.y << 9u) | (y.d.z << 22u),
        (y.d.z >> 10u) | (y.d.w << 3u) | (y.e.x << 16u) | (y.e.y << 29u),
        (y.e.y >> 3u) | (y.e.z << 10u) | (y.e.w << 23u),
        (y.e.w >> 9u) | (y.f.x << 4u) | (y.f.y << 17u) | (y.f.z << 30u),
        (y.f.z >> 2u) | (y.f.w << 11u) | (y.g.x << 24u),
        (y.g.x >> 8u) | (y.g.y << 5u) | (y.g.z << 18u) | (y.g.w << 31u),
        (y.g.w >> 1u) | (y.h.x << 12u) | (y.h.y << 25u),
    );
}

// A row of a product, and the multiple of p that makes the lowest limb vanish, then one limb less. In thirty rows a limb has at
// most sixty products of two limbs added to it and what is carried: less than 2^32.
fn row(sum: Fe, factor: u32, y: Fe) -> Fe {
    let lowest = sum.a.x + factor * y.a.x;
    let more = (lowest * MINUS_INVERSE) & 0x1fffu;
    let a = sum.a + factor * y.a + more * P_A;
    let b = sum.b + factor * y.b + more * P_B;
    let c = sum.c + factor * y.c + more * P_C;
    let d = sum.d + factor * y.d + more * P_D;
    let e = sum.e + factor * y.e + more * P_E;
    let f = sum.f + factor * y.f + more * P_F;
    let g = sum.g + factor * y.g + more * P_G;
    let h = sum.h + factor * y.h + more * P_H;
    return Fe(
        vec4<u32>(a.y + (a.x >> 13u), a.zw, b.x),
        vec4<u32>(b.yzw, c.x),
        vec4<u32>(c.yzw, d.x),
        vec4<u32>(d.yzw, e.x),
        vec4<u32>(e.yzw, f.x),
        vec4<u32>(f.yzw, g.x),
        vec4<u32>(g.yzw, h.x),
        vec4<u32>(h.y, 0u, 0u, 0u),
    );
}

fn four_rows(sum: Fe, factors: vec4<u32>, y: Fe) -> Fe {
    return row(row(row(row(sum, factors.x, y), factors.y, y), factors.z, y), factors.w, y);
}

// Seven trips of a loop: compilers take too long over thirty rows, one after another.
fn fe_multiply(x: Fe, y: Fe) -> Fe {
    var sum = Fe();
    var left = x;
    for (var trip = 0u; trip < 7u; trip++) {
        sum = four_rows(sum, left.a, y);
        left = Fe(left.b, left.c, left.d, left.e, left.f, left.g, left.h, vec4<u32>());
    }
    return carried(row(row(sum, left.a.x, y), left.a.y, y));
}

fn fe_square(x: Fe) -> Fe {
    return fe_multiply(x, x);
}
