// Points of -x^2 + y^2 = 1 + d x^2 y^2, as (x : y : z : t) with t z = x y. The formulas hold for all points (Hisil, Wong, Carter,
// Dawson, "Twisted Edwards Curves Revisited", section 3.1: d is no square). All coordinates are tight.

struct Point {
    x: Fe,
    y: Fe,
    z: Fe,
    t: Fe,
}

// A point with z = 1, ready to be added.
struct Ready {
    // y + x, y - x, 2 d x y.
    plus: Fe,
    minus: Fe,
    product: Fe,
}

// d and 2 d.
const D: Words = Words(
    vec4<u32>(0x135978a3u, 0x75eb4dcau, 0x4141d8abu, 0x00700a4du),
    vec4<u32>(0x7779e898u, 0x8cc74079u, 0x2b6ffe73u, 0x52036ceeu),
);
const TWICE_D: Words = Words(
    vec4<u32>(0x26b2f159u, 0xebd69b94u, 0x8283b156u, 0x00e0149au),
    vec4<u32>(0xeef3d130u, 0x198e80f2u, 0x56dffce7u, 0x2406d9dcu),
);

fn identity() -> Point {
    return Point(fe_zero(), fe_one(), fe_one(), fe_zero());
}

// 9 products.
fn add(p: Point, q: Point) -> Point {
    let a = fe_mul(fe_sub(p.y, p.x), fe_sub(q.y, q.x));
    let b = fe_mul(fe_add(p.y, p.x), fe_add(q.y, q.x));
    let c = fe_mul(fe_mul(p.t, q.t), fe_of(TWICE_D));
    let d = fe_mul(fe_add(p.z, p.z), q.z);
    let e = fe_sub(b, a);
    let f = fe_sub(d, c);
    let g = fe_add(d, c);
    let h = fe_add(b, a);
    return Point(fe_mul(e, f), fe_mul(g, h), fe_mul(f, g), fe_mul(e, h));
}

// p + q, or p - q; 7 products.
fn add_ready(p: Point, q: Ready, subtract: bool) -> Point {
    let a = fe_mul(fe_sub(p.y, p.x), fe_select(q.minus, q.plus, subtract));
    let b = fe_mul(fe_add(p.y, p.x), fe_select(q.plus, q.minus, subtract));
    let c = fe_mul(p.t, q.product);
    let d = fe_add(p.z, p.z);
    let e = fe_sub(b, a);
    // Twice and three times as long as tight; the longer one comes first.
    let less = fe_sub(d, c);
    let more = fe_add(d, c);
    let h = fe_add(b, a);
    let x = fe_mul(fe_select(less, more, subtract), e);
    let y = fe_mul(fe_select(more, less, subtract), h);
    return Point(x, y, fe_mul(less, more), fe_mul(e, h));
}
