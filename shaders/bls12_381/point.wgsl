// Points of y^2 = x^3 + 4 as (x : y : z). The formulas hold for all of them, infinity (0 : 1 : 0) included: the curve has no
// point of order two (Renes, Costello, Batina, "Complete addition formulas for prime order elliptic curves", algorithm 7).

struct Point {
    x: Fe,
    y: Fe,
    z: Fe,
}

// A point in a buffer.
struct PointWords {
    x: Words,
    y: Words,
    z: Words,
}

fn infinity() -> Point {
    return Point(fe_zero(), fe_one(), fe_zero());
}

fn point_words(p: Point) -> PointWords {
    return PointWords(fe_vectors(p.x), fe_vectors(p.y), fe_vectors(p.z));
}

fn thrice(x: Fe) -> Fe {
    return fe_add(fe_add(x, x), x);
}

// Three times the curve's constant.
fn times_twelve(x: Fe) -> Fe {
    let three = thrice(x);
    let six = fe_add(three, three);
    return fe_add(six, six);
}

// 12 products, six in each of two trips: compilers take a time that grows with the square of how many there are.
fn add(p: Point, q: Point) -> Point {
    var a = p.x;
    var b = p.y;
    var c = p.z;
    var d = fe_add(p.x, p.y);
    var e = fe_add(p.y, p.z);
    var f = fe_add(p.x, p.z);
    var k = q.x;
    var l = q.y;
    var m = q.z;
    var n = fe_add(q.x, q.y);
    var o = fe_add(q.y, q.z);
    var r = fe_add(q.x, q.z);
    for (var trip = 0u; trip < 2u; trip++) {
        a = fe_multiply(a, k);
        b = fe_multiply(b, l);
        c = fe_multiply(c, m);
        d = fe_multiply(d, n);
        e = fe_multiply(e, o);
        f = fe_multiply(f, r);
        if trip == 0u {
            // Mixed terms: x y, y z, x z.
            let xy = fe_subtract(d, fe_add(a, b));
            let yz = fe_subtract(e, fe_add(b, c));
            let xz = times_twelve(fe_subtract(f, fe_add(a, c)));
            let xx = thrice(a);
            let zz = times_twelve(c);
            let more = fe_add(b, zz);
            let less = fe_subtract(b, zz);
            a = xy;
            k = less;
            b = yz;
            l = xz;
            c = xz;
            m = xx;
            d = less;
            n = more;
            e = more;
            o = yz;
            f = xx;
            r = xy;
        }
    }
    return Point(fe_subtract(a, b), fe_add(c, d), fe_add(e, f));
}
