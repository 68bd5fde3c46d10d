// Lanes of Keccak as 64-bit integers.

alias Lane = u64;

fn lane(low: u32, high: u32) -> Lane {
    return u64(low) | (u64(high) << 32u);
}

fn low_of(x: Lane) -> u32 {
    return u32(x & 0xfffffffflu);
}

fn high_of(x: Lane) -> u32 {
    return u32(x >> 32u);
}

// To the left, by a number of bits that is neither 0 nor 32.
fn rotate(x: Lane, bits: u32) -> Lane {
    return (x << bits) | (x >> (64u - bits));
}
