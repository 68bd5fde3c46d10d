// Arithmetic modulo q and the number-theoretic transform, four coefficients and two layers at a time. Values may exceed q
// by as much as is said; a word holds 512 q.

const Q: u32 = 8380417u;
// The inverse of q modulo 2^32.
const Q_INVERSE: u32 = 58728449u;
// 2^32 over 256 modulo q, and its quotient: undoes what the inverse transform and a reduction leave.
const SCALE: vec2<u32> = vec2<u32>(16382u, 8395782u);

// The factor 1: a product with it is only smaller.
const ONE: vec2<u32> = vec2<u32>(1u, 512u);

// The product of a known factor (its value, and that times 2^32 over q, rounded down) and any word; below 2 q.
fn times(factor: vec2<u32>, x: u32) -> u32 {
    return factor.x * x - multiply_high(factor.y, x) * Q;
}

// A sum of products below 2^32 q, over 2^32; below 2 q.
fn reduce(sum: Wide) -> u32 {
    return high_word(sum) + Q - multiply_high(low_word(sum) * Q_INVERSE, Q);
}

// Below q, from below 2 q.
fn canonical(x: u32) -> u32 {
    return select(x, x - Q, x >= Q);
}

// The factors of two layers: that of the outer one, and those of the two blocks that the inner one makes of its block.
struct Factors {
    outer: vec2<u32>,
    left: vec2<u32>,
    right: vec2<u32>,
}

// Two layers on four coefficients that are evenly apart; adds 4 q to the bound.
fn forward(x: vec4<u32>, factors: Factors) -> vec4<u32> {
    let outer_0 = times(factors.outer, x.z);
    let outer_1 = times(factors.outer, x.w);
    let a = x.x + outer_0;
    let b = x.y + outer_1;
    let c = x.x + 2u * Q - outer_0;
    let d = x.y + 2u * Q - outer_1;
    let left = times(factors.left, b);
    let right = times(factors.right, d);
    return vec4<u32>(a + left, a + 2u * Q - left, c + right, c + 2u * Q - right);
}

// Two layers of the inverse on four coefficients that are below `bound`, a multiple of q; they end below four times that.
fn backward(x: vec4<u32>, factors: Factors, bound: u32) -> vec4<u32> {
    let a = x.x + x.y;
    let b = times(factors.left, x.x + bound - x.y);
    let c = x.z + x.w;
    let d = times(factors.right, x.z + bound - x.w);
    return vec4<u32>(
        a + c,
        b + d,
        times(factors.outer, a + 2u * bound - c),
        times(factors.outer, b + 2u * bound - d),
    );
}

// Where coefficients are in workgroup memory: so that the 32 threads beside each other meet 32 banks in every step.
fn spread(place: u32) -> u32 {
    return place ^ (((place >> 5u) & 1u) * 5u) ^ (((place >> 6u) & 1u) * 26u);
}

// Step 0 to 3 of the transform, two layers each: coefficients 64, 16, 4 and 1 apart. The first of a thread's four:
fn first_place(step: u32, thread: u32) -> u32 {
    let apart = 64u >> (2u * step);
    return ((thread & ~(apart - 1u)) << 2u) | (thread & (apart - 1u));
}

// The factors that a thread needs in a step; `table` is 0 for the transform and 256 for its inverse.
fn factors_of(step: u32, thread: u32, table: u32) -> Factors {
    let block = (1u << (2u * step)) + (thread >> (6u - 2u * step));
    return Factors(zetas[table + block], zetas[table + 2u * block], zetas[table + 2u * block + 1u]);
}

// Four coefficients of a polynomial in workgroup memory; `place` is spread.
fn load(polynomial: u32, place: u32, apart: u32) -> vec4<u32> {
    let base = polynomial * 256u;
    return vec4<u32>(
        coefficients[base + place],
        coefficients[base + (place ^ spread(apart))],
        coefficients[base + (place ^ spread(2u * apart))],
        coefficients[base + (place ^ spread(3u * apart))],
    );
}

fn store(polynomial: u32, place: u32, apart: u32, x: vec4<u32>) {
    let base = polynomial * 256u;
    coefficients[base + place] = x.x;
    coefficients[base + (place ^ spread(apart))] = x.y;
    coefficients[base + (place ^ spread(2u * apart))] = x.z;
    coefficients[base + (place ^ spread(3u * apart))] = x.w;
}

// A step of the transform on the first polynomials in workgroup memory.
fn forward_step(step: u32, thread: u32, polynomials: u32) {
    let apart = 64u >> (2u * step);
    let place = spread(first_place(step, thread));
    let factors = factors_of(step, thread, 0u);
    for (var polynomial = 0u; polynomial < polynomials; polynomial++) {
        store(polynomial, place, apart, forward(load(polynomial, place, apart), factors));
    }
}

// A step of the inverse on the first polynomials in workgroup memory.
fn backward_step(step: u32, thread: u32, polynomials: u32, bound: u32) {
    let apart = 64u >> (2u * step);
    let place = spread(first_place(step, thread));
    let factors = factors_of(step, thread, 256u);
    for (var polynomial = 0u; polynomial < polynomials; polynomial++) {
        store(polynomial, place, apart, backward(load(polynomial, place, apart), factors, bound));
    }
}
