// Products of 32-bit words by 64-bit integers.

// A sum of products.
alias Wide = u64;

fn wide_zero() -> Wide {
    return 0lu;
}

// The sum with another product; the caller sees to it that it stays within 64 bits.
fn add_product(sum: Wide, a: u32, b: u32) -> Wide {
    return sum + u64(a) * u64(b);
}

fn low_word(x: Wide) -> u32 {
    return u32(x & 0xfffffffflu);
}

fn high_word(x: Wide) -> u32 {
    return u32(x >> 32u);
}

// The high word of a product.
fn multiply_high(a: u32, b: u32) -> u32 {
    return u32((u64(a) * u64(b)) >> 32u);
}
