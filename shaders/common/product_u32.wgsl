// Products of 32-bit words by their 16-bit halves.

// A sum of products, the low word first.
alias Wide = vec2<u32>;

fn wide_zero() -> Wide {
    return vec2<u32>(0u, 0u);
}

// The sum with another product; the caller sees to it that it stays within 64 bits.
fn add_product(sum: Wide, a: u32, b: u32) -> Wide {
    let low = sum.x + a * b;
    let carry = select(0u, 1u, low < sum.x);
    return vec2<u32>(low, sum.y + multiply_high(a, b) + carry);
}

fn low_word(x: Wide) -> u32 {
    return x.x;
}

fn high_word(x: Wide) -> u32 {
    return x.y;
}

// The high word of a product. No sum here leaves 32 bits: (2^16 - 1)^2 + 2 (2^16 - 1) is 2^32 - 1.
fn multiply_high(a: u32, b: u32) -> u32 {
    let a_low = a & 0xffffu;
    let a_high = a >> 16u;
    let b_low = b & 0xffffu;
    let b_high = b >> 16u;
    let first = a_high * b_low + ((a_low * b_low) >> 16u);
    let second = a_low * b_high + (first & 0xffffu);
    return a_high * b_high + (first >> 16u) + (second >> 16u);
}
