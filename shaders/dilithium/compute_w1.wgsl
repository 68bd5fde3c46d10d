// A workgroup a signature: w'1 = UseHint(h, A z - c t1 2^d), encoded.

struct Arguments { count: u32, unused_1: u32, unused_2: u32, unused_3: u32, unused_4: u32, unused_5: u32, unused_6: u32, unused_7: u32 }

@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read> signatures: array<u32>;
@group(0) @binding(2) var<storage, read> assignments: array<u32>;
@group(0) @binding(3) var<storage, read> challenges: array<u32>;
@group(0) @binding(4) var<storage, read> matrices: array<vec4<u32>>;
@group(0) @binding(5) var<storage, read> t1s: array<vec4<u32>>;
@group(0) @binding(6) var<storage, read> zetas: array<vec2<u32>>;
@group(0) @binding(7) var<storage, read_write> w1s: array<u32>;

// z and the challenge; from the products on, the rows.
const_assert K <= L + 1u;
var<workgroup> coefficients: array<u32, (L + 1u) * 256u>;
// A bit a coefficient of the rows.
var<workgroup> hints: array<atomic<u32>, K * 8u>;

const Z_BITS: u32 = GAMMA1_BITS + 1u;
// High parts that there are.
const PARTS: u32 = (Q - 1u) / (2u * GAMMA2);

fn signature_byte(first: u32, index: u32) -> u32 {
    return (signatures[first + index / 4u] >> (8u * (index % 4u))) & 0xffu;
}

// A coefficient of z, stored as gamma1 less it; below 2 q. The polynomial begins at word `first`; there is always a word
// behind it.
fn z_coefficient(first: u32, index: u32) -> u32 {
    let word = first + (Z_BITS * index) / 32u;
    let shift = (Z_BITS * index) % 32u;
    let stored = (signatures[word] >> shift) | ((signatures[word + 1u] << (31u - shift)) << 1u);
    return Q + (1u << GAMMA1_BITS) - (stored & ((1u << Z_BITS) - 1u));
}

// A coefficient of the challenge, stored with two bits; below q.
fn challenge_coefficient(first: u32, index: u32) -> u32 {
    let stored = (challenges[first + index / 16u] >> (2u * (index % 16u))) & 3u;
    return select(stored, Q - 1u, stored == 2u);
}

// Sets the bits of the hints. Every place is less than 256, and one that no row owns is passed over.
fn read_hints(first: u32, thread: u32) {
    for (var hint = thread; hint < OMEGA; hint += 64u) {
        var row = 0u;
        for (var above = 0u; above < K; above++) {
            row += select(0u, 1u, signature_byte(first, OMEGA + above) <= hint);
        }
        if row < K {
            let place = signature_byte(first, hint);
            atomicOr(&hints[row * 8u + place / 32u], 1u << (place % 32u));
        }
    }
}

// Four sums of products.
struct Sums {
    x: Wide,
    y: Wide,
    z: Wide,
    w: Wide,
}

fn add_products(sums: Sums, a: vec4<u32>, b: vec4<u32>) -> Sums {
    return Sums(
        add_product(sums.x, a.x, b.x),
        add_product(sums.y, a.y, b.y),
        add_product(sums.z, a.z, b.z),
        add_product(sums.w, a.w, b.w),
    );
}

// The last step of the transform: a thread's four columns.
fn columns(polynomial: u32, place: u32, factors: Factors) -> vec4<u32> {
    return forward(load(polynomial, place, 1u), factors);
}

// FIPS 204, algorithm 40, for r below q.
fn use_hint(r: u32, hint: u32) -> u32 {
    // r is in the middle of interval `part`, or within gamma2 of it; q - 1 is in the middle of that of 0.
    let part = (r + GAMMA2 - 1u) / (2u * GAMMA2);
    let step = select(PARTS - 1u, 1u, r > part * (2u * GAMMA2));
    let moved = part + select(0u, step, hint != 0u);
    return moved - select(0u, PARTS, moved >= PARTS);
}

// A row's high part, from what the inverse transform leaves; `place` is not spread.
fn high_part(row: u32, place: u32, x: u32) -> u32 {
    let hint = (atomicLoad(&hints[row * 8u + place / 32u]) >> (place % 32u)) & 1u;
    return use_hint(canonical(times(SCALE, x)), hint);
}

// A word of the encoded high parts of all rows, W1_BITS bits each.
fn packed(word: u32) -> u32 {
    var result = 0u;
    let first = (32u * word) / W1_BITS;
    for (var i = 0u; i < 8u; i++) {
        // Bits from the word's first on, plus 8.
        let from_bit = (first + i) * W1_BITS + 8u - 32u * word;
        if from_bit < 40u {
            let place = first + i;
            let part = coefficients[(place & ~255u) + spread(place & 255u)];
            result |= select(part >> (8u - from_bit), part << (from_bit - 8u), from_bit >= 8u);
        }
    }
    return result;
}

@compute @workgroup_size(64)
fn dilithium_compute_w1(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let signature = workgroup.y * workgroups.x + workgroup.x;
    // The same for the whole workgroup.
    if signature >= arguments.count {
        return;
    }
    let signature_word = signature * SIGNATURE_WORDS;

    // The first step of the transform, on coefficients as they are read.
    if local < K * 8u {
        atomicStore(&hints[local], 0u);
    }
    let place_0 = spread(local);
    let factors_0 = factors_of(0u, local, 0u);
    for (var column = 0u; column < L; column++) {
        let first = signature_word + Z_START + column * (8u * Z_BITS);
        let z = vec4<u32>(
            z_coefficient(first, local),
            z_coefficient(first, local + 64u),
            z_coefficient(first, local + 128u),
            z_coefficient(first, local + 192u),
        );
        store(column, place_0, 64u, forward(z, factors_0));
    }
    let challenge_word = signature * 16u;
    let challenge = vec4<u32>(
        challenge_coefficient(challenge_word, local),
        challenge_coefficient(challenge_word, local + 64u),
        challenge_coefficient(challenge_word, local + 128u),
        challenge_coefficient(challenge_word, local + 192u),
    );
    store(L, place_0, 64u, forward(challenge, factors_0));
    workgroupBarrier();

    read_hints(signature_word + HINT_START, local);
    forward_step(1u, local, L + 1u);
    workgroupBarrier();
    forward_step(2u, local, L + 1u);
    workgroupBarrier();

    // From here to the next barrier a thread meets its own four columns only.
    let place_3 = spread(4u * local);
    let factors_3 = factors_of(3u, local, 0u);
    let z0 = columns(0u, place_3, factors_3);
    let z1 = columns(1u, place_3, factors_3);
    let z2 = columns(2u, place_3, factors_3);
    let z3 = columns(3u, place_3, factors_3);
    var z4 = vec4<u32>();
    var z5 = vec4<u32>();
    var z6 = vec4<u32>();
    if L > 4u {
        z4 = columns(4u, place_3, factors_3);
    }
    if L > 5u {
        z5 = columns(5u, place_3, factors_3);
    }
    if L > 6u {
        z6 = columns(6u, place_3, factors_3);
    }
    let c = columns(L, place_3, factors_3);

    // At most 8 products below q times 18 q: less than 2^32 q.
    let inverse_3 = factors_of(3u, local, 256u);
    let key = assignments[signature];
    for (var row = 0u; row < K; row++) {
        let entry = (key * K + row) * (L * 64u) + local;
        var sums = Sums(wide_zero(), wide_zero(), wide_zero(), wide_zero());
        sums = add_products(sums, matrices[entry], z0);
        sums = add_products(sums, matrices[entry + 64u], z1);
        sums = add_products(sums, matrices[entry + 128u], z2);
        sums = add_products(sums, matrices[entry + 192u], z3);
        if L > 4u {
            sums = add_products(sums, matrices[entry + 256u], z4);
        }
        if L > 5u {
            sums = add_products(sums, matrices[entry + 320u], z5);
        }
        if L > 6u {
            sums = add_products(sums, matrices[entry + 384u], z6);
        }
        sums = add_products(sums, t1s[(key * K + row) * 64u + local], c);
        let w = vec4<u32>(reduce(sums.x), reduce(sums.y), reduce(sums.z), reduce(sums.w));
        store(row, place_3, 1u, backward(w, inverse_3, 2u * Q));
    }
    workgroupBarrier();
    backward_step(2u, local, K, 8u * Q);
    workgroupBarrier();
    backward_step(1u, local, K, 32u * Q);
    workgroupBarrier();

    let inverse_0 = factors_of(0u, local, 256u);
    for (var row = 0u; row < K; row++) {
        let x = backward(load(row, place_0, 64u), inverse_0, 128u * Q);
        store(row, place_0, 64u, vec4<u32>(
            high_part(row, local, x.x),
            high_part(row, local + 64u, x.y),
            high_part(row, local + 128u, x.z),
            high_part(row, local + 192u, x.w),
        ));
    }
    workgroupBarrier();
    for (var word = local; word < W1_WORDS; word += 64u) {
        w1s[signature * W1_WORDS + word] = packed(word);
    }
}
