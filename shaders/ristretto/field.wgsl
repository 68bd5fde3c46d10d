// What both forms of the field have in common: signs, comparison, inverse square roots.

const FE_ONE: Words = Words(vec4<u32>(1u, 0u, 0u, 0u), vec4<u32>(0u, 0u, 0u, 0u));
// The square root of -1 that is even, and its negative.
const ROOT: Words = Words(
    vec4<u32>(0x4a0ea0b0u, 0xc4ee1b27u, 0xad2fe478u, 0x2f431806u),
    vec4<u32>(0x3dfbd7a7u, 0x2b4d0099u, 0x4fc1df0bu, 0x2b832480u),
);
const MINUS_ROOT: Words = Words(
    vec4<u32>(0xb5f15f3du, 0x3b11e4d8u, 0x52d01b87u, 0xd0bce7f9u),
    vec4<u32>(0xc2042858u, 0xd4b2ff66u, 0xb03e20f4u, 0x547cdb7fu),
);
const MINUS_ONE: Words = Words(
    vec4<u32>(0xffffffecu, 0xffffffffu, 0xffffffffu, 0xffffffffu),
    vec4<u32>(0xffffffffu, 0xffffffffu, 0xffffffffu, 0x7fffffffu),
);

// The chain to the power 2^252 - 3: so many squarings, then a product with one of those kept.
const CHAIN: u32 = 11u;

fn fe_of(x: Words) -> Fe {
    return fe_from(x.low, x.high);
}

fn fe_zero() -> Fe {
    return Fe();
}

fn fe_one() -> Fe {
    return fe_of(FE_ONE);
}

// x is tight.
fn fe_negate(x: Fe) -> Fe {
    return fe_sub(fe_zero(), x);
}

fn same(x: Words, y: Words) -> bool {
    return all(x.low == y.low) && all(x.high == y.high);
}

// Whether the number below p is odd: then it is called negative.
fn is_odd(x: Words) -> bool {
    return (x.low.x & 1u) != 0u;
}

// The even one of x and -x; x is tight.
fn fe_even(x: Fe) -> Fe {
    return fe_select(x, fe_negate(x), is_odd(fe_words(x)));
}

// x^(2^252 - 3), x tight: 252 squarings and 11 products, in as many trips.
fn fe_power(x: Fe) -> Fe {
    // Which product: 0 with what was there before the squarings, 1 with x, 2 with the
    // power 2^10 - 1, 3 with 2^50 - 1.
    let factors = array<u32, 11>(0u, 0u, 1u, 0u, 0u, 0u, 2u, 0u, 0u, 3u, 1u);
    let squarings = array<u32, 11>(1u, 2u, 1u, 5u, 10u, 20u, 10u, 50u, 100u, 50u, 2u);
    var power = x;
    var ten = x;
    var fifty = x;
    for (var step = 0u; step < CHAIN; step++) {
        var factor = power;
        if factors[step] == 1u {
            factor = x;
        } else if factors[step] == 2u {
            factor = ten;
        } else if factors[step] == 3u {
            factor = fifty;
        }
        for (var i = 0u; i < squarings[step]; i++) {
            power = fe_square(power);
        }
        power = fe_mul(power, factor);
        if step == 3u {
            ten = power;
        } else if step == 6u {
            fifty = power;
        }
    }
    return power;
}

struct InverseRoot {
    // Even; of x times the root of -1 where x is not a square, 0 where it is 0.
    root: Fe,
    is_square: bool,
}

// 1 / sqrt(x), x tight (RFC 9496, section 4.2, with u = 1).
fn fe_inverse_root(x: Fe) -> InverseRoot {
    let cube = fe_mul(fe_square(x), x);
    let seventh = fe_mul(fe_square(cube), x);
    let root = fe_mul(cube, fe_power(seventh));
    let check = fe_words(fe_mul(fe_square(root), x));
    let minus = same(check, MINUS_ONE);
    let turned = fe_mul(root, fe_of(ROOT));
    let chosen = fe_select(root, turned, minus || same(check, MINUS_ROOT));
    return InverseRoot(fe_even(chosen), minus || same(check, FE_ONE));
}
