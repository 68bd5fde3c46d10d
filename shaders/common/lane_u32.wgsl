// Lanes of Keccak as pairs of 32-bit integers, the low one first.

alias Lane = vec2<u32>;

fn lane(low: u32, high: u32) -> Lane {
    return vec2<u32>(low, high);
}

fn low_of(x: Lane) -> u32 {
    return x.x;
}

fn high_of(x: Lane) -> u32 {
    return x.y;
}

// To the left, by a number of bits that is neither 0 nor 32.
fn rotate(x: Lane, bits: u32) -> Lane {
    let turned = select(x, x.yx, bits > 32u);
    let left = bits & 31u;
    return vec2<u32>(
        (turned.x << left) | (turned.y >> (32u - left)),
        (turned.y << left) | (turned.x >> (32u - left)),
    );
}
