// Numbers modulo p as thirteen limbs of 30 bits, multiplied as 64-bit integers (Montgomery, by 2^390).
//
// All limbs are below 2^30, and numbers below 2 p + 2^363: what is read from memory where it is below 2 p, what products leave,
// which are below 1.2 p, and sums and differences. Factors of products may be any 384 bits that are read from memory.

alias Fe = array<u32, 13>;

const LOW_30: u32 = 0x3fffffffu;
const LOW_30_WIDE: u64 = 0x3ffffffflu;
// Minus the inverse of p modulo 2^30.
const MINUS_INVERSE: u32 = 0x3ffcfffdu;
// What limbs lend each other, so that none is below 0.
const LOAN_FIRST: u32 = 0x40000000u;
const LOAN: u32 = 0x3fffffffu;
const LOAN_LAST: u32 = 0xffffffffu;
// The highest limbs of p, 2 p and 3 p.
const TOP_1: u32 = 0x1a0111u;
const TOP_2: u32 = 0x340223u;
const TOP_3: u32 = 0x4e0335u;

fn fe_zero() -> Fe {
    return Fe();
}

fn fe_one() -> Fe {
    return Fe(
        0x00d1ff2eu, 0x19d80000u, 0x34800ac4u, 0x2e00cde6u, 0x02431c84u, 0x269f83a2u, 0x3dcf80ddu,
        0x09b42da0u, 0x25eec26cu, 0x15d98f12u, 0x04b29f14u, 0x259fcfa0u, 0x00015de9u,
    );
}

// Any 384 bits.
fn fe_from_words(words: array<u32, 12>) -> Fe {
    return Fe(
        words[0] & LOW_30,
        ((words[0] >> 30u) | (words[1] << 2u)) & LOW_30,
        ((words[1] >> 28u) | (words[2] << 4u)) & LOW_30,
        ((words[2] >> 26u) | (words[3] << 6u)) & LOW_30,
        ((words[3] >> 24u) | (words[4] << 8u)) & LOW_30,
        ((words[4] >> 22u) | (words[5] << 10u)) & LOW_30,
        ((words[5] >> 20u) | (words[6] << 12u)) & LOW_30,
        ((words[6] >> 18u) | (words[7] << 14u)) & LOW_30,
        ((words[7] >> 16u) | (words[8] << 16u)) & LOW_30,
        ((words[8] >> 14u) | (words[9] << 18u)) & LOW_30,
        ((words[9] >> 12u) | (words[10] << 20u)) & LOW_30,
        ((words[10] >> 10u) | (words[11] << 22u)) & LOW_30,
        words[11] >> 8u,
    );
}

// Of limbs of any 32 bits.
fn carried(x: Fe) -> Fe {
    let c0 = x[0];
    let c1 = x[1] + (c0 >> 30u);
    let c2 = x[2] + (c1 >> 30u);
    let c3 = x[3] + (c2 >> 30u);
    let c4 = x[4] + (c3 >> 30u);
    let c5 = x[5] + (c4 >> 30u);
    let c6 = x[6] + (c5 >> 30u);
    let c7 = x[7] + (c6 >> 30u);
    let c8 = x[8] + (c7 >> 30u);
    let c9 = x[9] + (c8 >> 30u);
    let c10 = x[10] + (c9 >> 30u);
    let c11 = x[11] + (c10 >> 30u);
    let c12 = x[12] + (c11 >> 30u);
    return Fe(
        c0 & LOW_30, c1 & LOW_30, c2 & LOW_30, c3 & LOW_30, c4 & LOW_30,
        c5 & LOW_30, c6 & LOW_30, c7 & LOW_30, c8 & LOW_30, c9 & LOW_30,
        c10 & LOW_30, c11 & LOW_30, c12,
    );
}

// p where `one`, 3 p where `three`, else 0; both are never set.
fn multiple(one: bool, three: bool) -> Fe {
    return Fe(
        select(select(0u, 0x3fffaaabu, one), 0x3fff0001u, three),
        select(select(0u, 0x27fbffffu, one), 0x37f3ffffu, three),
        select(select(0u, 0x153ffffbu, one), 0x3fbffff2u, three),
        select(select(0u, 0x2affffacu, one), 0x00ffff04u, three),
        select(select(0u, 0x30f6241eu, one), 0x12e26c5cu, three),
        select(select(0u, 0x034a83dau, one), 0x09df8b90u, three),
        select(select(0u, 0x112bf673u, one), 0x3383e359u, three),
        select(select(0u, 0x12e13ce1u, one), 0x38a3b6a3u, three),
        select(select(0u, 0x2cd76477u, one), 0x06862d65u, three),
        select(select(0u, 0x1ed90d2eu, one), 0x1c8b278cu, three),
        select(select(0u, 0x29a4b1bau, one), 0x3cee152fu, three),
        select(select(0u, 0x3a8e5ff9u, one), 0x2fab1fecu, three),
        select(select(0u, 0x001a0111u, one), 0x004e0335u, three),
    );
}

// 2 p where `two`, 3 p where `three`, which counts more, else 0.
fn even_multiple(two: bool, three: bool) -> Fe {
    return Fe(
        select(select(0u, 0x3fff5556u, two), 0x3fff0001u, three),
        select(select(0u, 0x0ff7ffffu, two), 0x37f3ffffu, three),
        select(select(0u, 0x2a7ffff7u, two), 0x3fbffff2u, three),
        select(select(0u, 0x15ffff58u, two), 0x00ffff04u, three),
        select(select(0u, 0x21ec483du, two), 0x12e26c5cu, three),
        select(select(0u, 0x069507b5u, two), 0x09df8b90u, three),
        select(select(0u, 0x2257ece6u, two), 0x3383e359u, three),
        select(select(0u, 0x25c279c2u, two), 0x38a3b6a3u, three),
        select(select(0u, 0x19aec8eeu, two), 0x06862d65u, three),
        select(select(0u, 0x3db21a5du, two), 0x1c8b278cu, three),
        select(select(0u, 0x13496374u, two), 0x3cee152fu, three),
        select(select(0u, 0x351cbff3u, two), 0x2fab1fecu, three),
        select(select(0u, 0x00340223u, two), 0x004e0335u, three),
    );
}

// Less 2 p or 3 p where it is that much for certain: the highest limbs know it but for what is carried to them.
fn fe_add(x: Fe, y: Fe) -> Fe {
    let top = x[12] + y[12];
    let less = even_multiple(top > TOP_2, top > TOP_3);
    return carried(Fe(
        x[0] + y[0] + LOAN_FIRST - less[0], x[1] + y[1] + LOAN - less[1], x[2] + y[2] + LOAN - less[2],
        x[3] + y[3] + LOAN - less[3], x[4] + y[4] + LOAN - less[4], x[5] + y[5] + LOAN - less[5],
        x[6] + y[6] + LOAN - less[6], x[7] + y[7] + LOAN - less[7], x[8] + y[8] + LOAN - less[8],
        x[9] + y[9] + LOAN - less[9], x[10] + y[10] + LOAN - less[10], x[11] + y[11] + LOAN - less[11],
        x[12] + y[12] + LOAN_LAST - less[12],
    ));
}

// And p or 3 p where it may be below 0, or below -p.
fn fe_subtract(x: Fe, y: Fe) -> Fe {
    let top = i32(x[12]) - i32(y[12]);
    let more = multiple(top < 1 && top > -i32(TOP_1), top <= -i32(TOP_1));
    return carried(Fe(
        x[0] + LOAN_FIRST + more[0] - y[0], x[1] + LOAN + more[1] - y[1], x[2] + LOAN + more[2] - y[2],
        x[3] + LOAN + more[3] - y[3], x[4] + LOAN + more[4] - y[4], x[5] + LOAN + more[5] - y[5],
        x[6] + LOAN + more[6] - y[6], x[7] + LOAN + more[7] - y[7], x[8] + LOAN + more[8] - y[8],
        x[9] + LOAN + more[9] - y[9], x[10] + LOAN + more[10] - y[10], x[11] + LOAN + more[11] - y[11],
        x[12] + LOAN_LAST + more[12] - y[12],
    ));
}

fn fe_negate(x: Fe) -> Fe {
    return fe_subtract(Fe(), x);
}

fn fe_select(otherwise: Fe, chosen: Fe, choose: bool) -> Fe {
    return Fe(
        select(otherwise[0], chosen[0], choose), select(otherwise[1], chosen[1], choose),
        select(otherwise[2], chosen[2], choose), select(otherwise[3], chosen[3], choose),
        select(otherwise[4], chosen[4], choose), select(otherwise[5], chosen[5], choose),
        select(otherwise[6], chosen[6], choose), select(otherwise[7], chosen[7], choose),
        select(otherwise[8], chosen[8], choose), select(otherwise[9], chosen[9], choose),
        select(otherwise[10], chosen[10], choose), select(otherwise[11], chosen[11], choose),
        select(otherwise[12], chosen[12], choose),
    );
}

// Those of the number below p that it is.
fn fe_words(x: Fe) -> array<u32, 12> {
    // Now below p + 2^364, and with p taken off once more.
    let less = multiple(x[12] > TOP_1, false);
    let once = carried(Fe(
        x[0] + LOAN_FIRST - less[0], x[1] + LOAN - less[1], x[2] + LOAN - less[2],
        x[3] + LOAN - less[3], x[4] + LOAN - less[4], x[5] + LOAN - less[5],
        x[6] + LOAN - less[6], x[7] + LOAN - less[7], x[8] + LOAN - less[8],
        x[9] + LOAN - less[9], x[10] + LOAN - less[10], x[11] + LOAN - less[11],
        x[12] + LOAN_LAST - less[12],
    ));
    let twice = carried(Fe(
        once[0] + LOAN_FIRST - 0x3fffaaabu, once[1] + LOAN - 0x27fbffffu,
        once[2] + LOAN - 0x153ffffbu, once[3] + LOAN - 0x2affffacu,
        once[4] + LOAN - 0x30f6241eu, once[5] + LOAN - 0x034a83dau,
        once[6] + LOAN - 0x112bf673u, once[7] + LOAN - 0x12e13ce1u,
        once[8] + LOAN - 0x2cd76477u, once[9] + LOAN - 0x1ed90d2eu,
        once[10] + LOAN - 0x29a4b1bau, once[11] + LOAN - 0x3a8e5ff9u,
        once[12] + LOAN_LAST - 0x001a0111u,
    ));
    let y = fe_select(twice, once, twice[12] >= 0x80000000u);
    return array<u32, 12>(
        y[0] | (y[1] << 30u),
        (y[1] >> 2u) | (y[2] << 28u),
        (y[2] >> 4u) | (y[3] << 26u),
        (y[3] >> 6u) | (y[4] << 24u),
        (y[4] >> 8u) | (y[5] << 22u),
        (y[5] >> 10u) | (y[6] << 20u),
        (y[6] >> 12u) | (y[7] << 18u),
        (y[7] >> 14u) | (y[8] << 16u),
        (y[8] >> 16u) | (y[9] << 14u),
        (y[9] >> 18u) | (y[10] << 12u),
        (y[10] >> 20u) | (y[11] << 10u),
        (y[11] >> 22u) | (y[12] << 8u),
    );
}

// Columns of the product, from the lowest, and of the multiple of p that makes thirteen of them vanish. Where a column of both
// together could pass 2^64, what is above 30 bits of one goes on by itself.
fn fe_multiply(x: Fe, y: Fe) -> Fe {
    let f0 = u64(x[0]);
    let f1 = u64(x[1]);
    let f2 = u64(x[2]);
    let f3 = u64(x[3]);
    let f4 = u64(x[4]);
    let f5 = u64(x[5]);
    let f6 = u64(x[6]);
    let f7 = u64(x[7]);
    let f8 = u64(x[8]);
    let f9 = u64(x[9]);
    let f10 = u64(x[10]);
    let f11 = u64(x[11]);
    let f12 = u64(x[12]);
    let g0 = u64(y[0]);
    let g1 = u64(y[1]);
    let g2 = u64(y[2]);
    let g3 = u64(y[3]);
    let g4 = u64(y[4]);
    let g5 = u64(y[5]);
    let g6 = u64(y[6]);
    let g7 = u64(y[7]);
    let g8 = u64(y[8]);
    let g9 = u64(y[9]);
    let g10 = u64(y[10]);
    let g11 = u64(y[11]);
    let g12 = u64(y[12]);
    let s0 = f0 * g0;
    let m0 = u64((u32(s0) * MINUS_INVERSE) & LOW_30);
    let c0 = (s0 + m0 * 0x3fffaaablu) >> 30u;
    let s1 = f0 * g1 + f1 * g0 + m0 * 0x27fbfffflu + c0;
    let m1 = u64((u32(s1) * MINUS_INVERSE) & LOW_30);
    let c1 = (s1 + m1 * 0x3fffaaablu) >> 30u;
    let s2 = f0 * g2 + f1 * g1 + f2 * g0 + m0 * 0x153ffffblu + m1 * 0x27fbfffflu + c1;
    let m2 = u64((u32(s2) * MINUS_INVERSE) & LOW_30);
    let c2 = (s2 + m2 * 0x3fffaaablu) >> 30u;
    let s3 = f0 * g3 + f1 * g2 + f2 * g1 + f3 * g0 + m0 * 0x2affffaclu + m1 * 0x153ffffblu + m2 * 0x27fbfffflu + c2;
    let m3 = u64((u32(s3) * MINUS_INVERSE) & LOW_30);
    let c3 = (s3 + m3 * 0x3fffaaablu) >> 30u;
    let s4 = f0 * g4 + f1 * g3 + f2 * g2 + f3 * g1 + f4 * g0 + m0 * 0x30f6241elu + m1 * 0x2affffaclu +
        m2 * 0x153ffffblu + m3 * 0x27fbfffflu + c3;
    let m4 = u64((u32(s4) * MINUS_INVERSE) & LOW_30);
    let c4 = (s4 + m4 * 0x3fffaaablu) >> 30u;
    let s5 = f0 * g5 + f1 * g4 + f2 * g3 + f3 * g2 + f4 * g1 + f5 * g0 + m0 * 0x034a83dalu + m1 * 0x30f6241elu +
        m2 * 0x2affffaclu + m3 * 0x153ffffblu + m4 * 0x27fbfffflu + c4;
    let m5 = u64((u32(s5) * MINUS_INVERSE) & LOW_30);
    let c5 = (s5 + m5 * 0x3fffaaablu) >> 30u;
    let s6 = f0 * g6 + f1 * g5 + f2 * g4 + f3 * g3 + f4 * g2 + f5 * g1 + f6 * g0 + m0 * 0x112bf673lu +
        m1 * 0x034a83dalu + m2 * 0x30f6241elu + m3 * 0x2affffaclu + m4 * 0x153ffffblu + m5 * 0x27fbfffflu + c5;
    let m6 = u64((u32(s6) * MINUS_INVERSE) & LOW_30);
    let c6 = (s6 + m6 * 0x3fffaaablu) >> 30u;
    let s7 = f0 * g7 + f1 * g6 + f2 * g5 + f3 * g4 + f4 * g3 + f5 * g2 + f6 * g1 + f7 * g0 + m0 * 0x12e13ce1lu +
        m1 * 0x112bf673lu + m2 * 0x034a83dalu + m3 * 0x30f6241elu + m4 * 0x2affffaclu + m5 * 0x153ffffblu +
        m6 * 0x27fbfffflu + c6;
    let m7 = u64((u32(s7) * MINUS_INVERSE) & LOW_30);
    let c7 = (s7 + m7 * 0x3fffaaablu) >> 30u;
    let s8 = f0 * g8 + f1 * g7 + f2 * g6 + f3 * g5 + f4 * g4 + f5 * g3 + f6 * g2 + f7 * g1 + f8 * g0 +
        m0 * 0x2cd76477lu + m1 * 0x12e13ce1lu + m2 * 0x112bf673lu + m3 * 0x034a83dalu + m4 * 0x30f6241elu +
        m5 * 0x2affffaclu + m6 * 0x153ffffblu + m7 * 0x27fbfffflu + c7;
    let m8 = u64((u32(s8) * MINUS_INVERSE) & LOW_30);
    let c8 = (s8 + m8 * 0x3fffaaablu) >> 30u;
    let s9 = f0 * g9 + f1 * g8 + f2 * g7 + f3 * g6 + f4 * g5 + f5 * g4 + f6 * g3 + f7 * g2 + f8 * g1 + f9 * g0 +
        m0 * 0x1ed90d2elu + m1 * 0x2cd76477lu + m2 * 0x12e13ce1lu + m3 * 0x112bf673lu + m4 * 0x034a83dalu +
        m5 * 0x30f6241elu + m6 * 0x2affffaclu + m7 * 0x153ffffblu + m8 * 0x27fbfffflu + c8;
    let m9 = u64((u32(s9) * MINUS_INVERSE) & LOW_30);
    let c9 = (s9 + m9 * 0x3fffaaablu) >> 30u;
    let h10 = f0 * g10 + f1 * g9 + f2 * g8 + f3 * g7 + f4 * g6 + f5 * g5 + f6 * g4 + f7 * g3 + f8 * g2 + f9 * g1 +
        f10 * g0;
    let s10 = (h10 & LOW_30_WIDE) + m0 * 0x29a4b1balu + m1 * 0x1ed90d2elu + m2 * 0x2cd76477lu + m3 * 0x12e13ce1lu +
        m4 * 0x112bf673lu + m5 * 0x034a83dalu + m6 * 0x30f6241elu + m7 * 0x2affffaclu + m8 * 0x153ffffblu +
        m9 * 0x27fbfffflu + c9;
    let m10 = u64((u32(s10) * MINUS_INVERSE) & LOW_30);
    let c10 = ((s10 + m10 * 0x3fffaaablu) >> 30u) + (h10 >> 30u);
    let h11 = f0 * g11 + f1 * g10 + f2 * g9 + f3 * g8 + f4 * g7 + f5 * g6 + f6 * g5 + f7 * g4 + f8 * g3 + f9 * g2 +
        f10 * g1 + f11 * g0;
    let s11 = (h11 & LOW_30_WIDE) + m0 * 0x3a8e5ff9lu + m1 * 0x29a4b1balu + m2 * 0x1ed90d2elu + m3 * 0x2cd76477lu +
        m4 * 0x12e13ce1lu + m5 * 0x112bf673lu + m6 * 0x034a83dalu + m7 * 0x30f6241elu + m8 * 0x2affffaclu +
        m9 * 0x153ffffblu + m10 * 0x27fbfffflu + c10;
    let m11 = u64((u32(s11) * MINUS_INVERSE) & LOW_30);
    let c11 = ((s11 + m11 * 0x3fffaaablu) >> 30u) + (h11 >> 30u);
    let h12 = f0 * g12 + f1 * g11 + f2 * g10 + f3 * g9 + f4 * g8 + f5 * g7 + f6 * g6 + f7 * g5 + f8 * g4 + f9 * g3 +
        f10 * g2 + f11 * g1 + f12 * g0;
    let s12 = (h12 & LOW_30_WIDE) + m0 * 0x001a0111lu + m1 * 0x3a8e5ff9lu + m2 * 0x29a4b1balu + m3 * 0x1ed90d2elu +
        m4 * 0x2cd76477lu + m5 * 0x12e13ce1lu + m6 * 0x112bf673lu + m7 * 0x034a83dalu + m8 * 0x30f6241elu +
        m9 * 0x2affffaclu + m10 * 0x153ffffblu + m11 * 0x27fbfffflu + c11;
    let m12 = u64((u32(s12) * MINUS_INVERSE) & LOW_30);
    let c12 = ((s12 + m12 * 0x3fffaaablu) >> 30u) + (h12 >> 30u);
    let h13 = f1 * g12 + f2 * g11 + f3 * g10 + f4 * g9 + f5 * g8 + f6 * g7 + f7 * g6 + f8 * g5 + f9 * g4 +
        f10 * g3 + f11 * g2 + f12 * g1;
    let s13 = (h13 & LOW_30_WIDE) + m1 * 0x001a0111lu + m2 * 0x3a8e5ff9lu + m3 * 0x29a4b1balu + m4 * 0x1ed90d2elu +
        m5 * 0x2cd76477lu + m6 * 0x12e13ce1lu + m7 * 0x112bf673lu + m8 * 0x034a83dalu + m9 * 0x30f6241elu +
        m10 * 0x2affffaclu + m11 * 0x153ffffblu + m12 * 0x27fbfffflu + c12;
    let c13 = (s13 >> 30u) + (h13 >> 30u);
    let h14 = f2 * g12 + f3 * g11 + f4 * g10 + f5 * g9 + f6 * g8 + f7 * g7 + f8 * g6 + f9 * g5 + f10 * g4 +
        f11 * g3 + f12 * g2;
    let s14 = (h14 & LOW_30_WIDE) + m2 * 0x001a0111lu + m3 * 0x3a8e5ff9lu + m4 * 0x29a4b1balu + m5 * 0x1ed90d2elu +
        m6 * 0x2cd76477lu + m7 * 0x12e13ce1lu + m8 * 0x112bf673lu + m9 * 0x034a83dalu + m10 * 0x30f6241elu +
        m11 * 0x2affffaclu + m12 * 0x153ffffblu + c13;
    let c14 = (s14 >> 30u) + (h14 >> 30u);
    let s15 = f3 * g12 + f4 * g11 + f5 * g10 + f6 * g9 + f7 * g8 + f8 * g7 + f9 * g6 + f10 * g5 + f11 * g4 +
        f12 * g3 + m3 * 0x001a0111lu + m4 * 0x3a8e5ff9lu + m5 * 0x29a4b1balu + m6 * 0x1ed90d2elu +
        m7 * 0x2cd76477lu + m8 * 0x12e13ce1lu + m9 * 0x112bf673lu + m10 * 0x034a83dalu + m11 * 0x30f6241elu +
        m12 * 0x2affffaclu + c14;
    let c15 = s15 >> 30u;
    let s16 = f4 * g12 + f5 * g11 + f6 * g10 + f7 * g9 + f8 * g8 + f9 * g7 + f10 * g6 + f11 * g5 + f12 * g4 +
        m4 * 0x001a0111lu + m5 * 0x3a8e5ff9lu + m6 * 0x29a4b1balu + m7 * 0x1ed90d2elu + m8 * 0x2cd76477lu +
        m9 * 0x12e13ce1lu + m10 * 0x112bf673lu + m11 * 0x034a83dalu + m12 * 0x30f6241elu + c15;
    let c16 = s16 >> 30u;
    let s17 = f5 * g12 + f6 * g11 + f7 * g10 + f8 * g9 + f9 * g8 + f10 * g7 + f11 * g6 + f12 * g5 +
        m5 * 0x001a0111lu + m6 * 0x3a8e5ff9lu + m7 * 0x29a4b1balu + m8 * 0x1ed90d2elu + m9 * 0x2cd76477lu +
        m10 * 0x12e13ce1lu + m11 * 0x112bf673lu + m12 * 0x034a83dalu + c16;
    let c17 = s17 >> 30u;
    let s18 = f6 * g12 + f7 * g11 + f8 * g10 + f9 * g9 + f10 * g8 + f11 * g7 + f12 * g6 + m6 * 0x001a0111lu +
        m7 * 0x3a8e5ff9lu + m8 * 0x29a4b1balu + m9 * 0x1ed90d2elu + m10 * 0x2cd76477lu + m11 * 0x12e13ce1lu +
        m12 * 0x112bf673lu + c17;
    let c18 = s18 >> 30u;
    let s19 = f7 * g12 + f8 * g11 + f9 * g10 + f10 * g9 + f11 * g8 + f12 * g7 + m7 * 0x001a0111lu +
        m8 * 0x3a8e5ff9lu + m9 * 0x29a4b1balu + m10 * 0x1ed90d2elu + m11 * 0x2cd76477lu + m12 * 0x12e13ce1lu + c18;
    let c19 = s19 >> 30u;
    let s20 = f8 * g12 + f9 * g11 + f10 * g10 + f11 * g9 + f12 * g8 + m8 * 0x001a0111lu + m9 * 0x3a8e5ff9lu +
        m10 * 0x29a4b1balu + m11 * 0x1ed90d2elu + m12 * 0x2cd76477lu + c19;
    let c20 = s20 >> 30u;
    let s21 = f9 * g12 + f10 * g11 + f11 * g10 + f12 * g9 + m9 * 0x001a0111lu + m10 * 0x3a8e5ff9lu +
        m11 * 0x29a4b1balu + m12 * 0x1ed90d2elu + c20;
    let c21 = s21 >> 30u;
    let s22 = f10 * g12 + f11 * g11 + f12 * g10 + m10 * 0x001a0111lu + m11 * 0x3a8e5ff9lu + m12 * 0x29a4b1balu +
        c21;
    let c22 = s22 >> 30u;
    let s23 = f11 * g12 + f12 * g11 + m11 * 0x001a0111lu + m12 * 0x3a8e5ff9lu + c22;
    let c23 = s23 >> 30u;
    let s24 = f12 * g12 + m12 * 0x001a0111lu + c23;
    let c24 = s24 >> 30u;
    return Fe(
        u32(s13) & LOW_30,
        u32(s14) & LOW_30,
        u32(s15) & LOW_30,
        u32(s16) & LOW_30,
        u32(s17) & LOW_30,
        u32(s18) & LOW_30,
        u32(s19) & LOW_30,
        u32(s20) & LOW_30,
        u32(s21) & LOW_30,
        u32(s22) & LOW_30,
        u32(s23) & LOW_30,
        u32(s24) & LOW_30,
        u32(c24),
    );
}

fn fe_square(x: Fe) -> Fe {
    let f0 = u64(x[0]);
    let f1 = u64(x[1]);
    let f2 = u64(x[2]);
    let f3 = u64(x[3]);
    let f4 = u64(x[4]);
    let f5 = u64(x[5]);
    let f6 = u64(x[6]);
    let f7 = u64(x[7]);
    let f8 = u64(x[8]);
    let f9 = u64(x[9]);
    let f10 = u64(x[10]);
    let f11 = u64(x[11]);
    let f12 = u64(x[12]);
    let t0 = u64(2u * x[0]);
    let t1 = u64(2u * x[1]);
    let t2 = u64(2u * x[2]);
    let t3 = u64(2u * x[3]);
    let t4 = u64(2u * x[4]);
    let t5 = u64(2u * x[5]);
    let t6 = u64(2u * x[6]);
    let t7 = u64(2u * x[7]);
    let t8 = u64(2u * x[8]);
    let t9 = u64(2u * x[9]);
    let t10 = u64(2u * x[10]);
    let t11 = u64(2u * x[11]);
    let s0 = f0 * f0;
    let m0 = u64((u32(s0) * MINUS_INVERSE) & LOW_30);
    let c0 = (s0 + m0 * 0x3fffaaablu) >> 30u;
    let s1 = t0 * f1 + m0 * 0x27fbfffflu + c0;
    let m1 = u64((u32(s1) * MINUS_INVERSE) & LOW_30);
    let c1 = (s1 + m1 * 0x3fffaaablu) >> 30u;
    let s2 = t0 * f2 + f1 * f1 + m0 * 0x153ffffblu + m1 * 0x27fbfffflu + c1;
    let m2 = u64((u32(s2) * MINUS_INVERSE) & LOW_30);
    let c2 = (s2 + m2 * 0x3fffaaablu) >> 30u;
    let s3 = t0 * f3 + t1 * f2 + m0 * 0x2affffaclu + m1 * 0x153ffffblu + m2 * 0x27fbfffflu + c2;
    let m3 = u64((u32(s3) * MINUS_INVERSE) & LOW_30);
    let c3 = (s3 + m3 * 0x3fffaaablu) >> 30u;
    let s4 = t0 * f4 + t1 * f3 + f2 * f2 + m0 * 0x30f6241elu + m1 * 0x2affffaclu + m2 * 0x153ffffblu +
        m3 * 0x27fbfffflu + c3;
    let m4 = u64((u32(s4) * MINUS_INVERSE) & LOW_30);
    let c4 = (s4 + m4 * 0x3fffaaablu) >> 30u;
    let s5 = t0 * f5 + t1 * f4 + t2 * f3 + m0 * 0x034a83dalu + m1 * 0x30f6241elu + m2 * 0x2affffaclu +
        m3 * 0x153ffffblu + m4 * 0x27fbfffflu + c4;
    let m5 = u64((u32(s5) * MINUS_INVERSE) & LOW_30);
    let c5 = (s5 + m5 * 0x3fffaaablu) >> 30u;
    let s6 = t0 * f6 + t1 * f5 + t2 * f4 + f3 * f3 + m0 * 0x112bf673lu + m1 * 0x034a83dalu + m2 * 0x30f6241elu +
        m3 * 0x2affffaclu + m4 * 0x153ffffblu + m5 * 0x27fbfffflu + c5;
    let m6 = u64((u32(s6) * MINUS_INVERSE) & LOW_30);
    let c6 = (s6 + m6 * 0x3fffaaablu) >> 30u;
    let s7 = t0 * f7 + t1 * f6 + t2 * f5 + t3 * f4 + m0 * 0x12e13ce1lu + m1 * 0x112bf673lu + m2 * 0x034a83dalu +
        m3 * 0x30f6241elu + m4 * 0x2affffaclu + m5 * 0x153ffffblu + m6 * 0x27fbfffflu + c6;
    let m7 = u64((u32(s7) * MINUS_INVERSE) & LOW_30);
    let c7 = (s7 + m7 * 0x3fffaaablu) >> 30u;
    let s8 = t0 * f8 + t1 * f7 + t2 * f6 + t3 * f5 + f4 * f4 + m0 * 0x2cd76477lu + m1 * 0x12e13ce1lu +
        m2 * 0x112bf673lu + m3 * 0x034a83dalu + m4 * 0x30f6241elu + m5 * 0x2affffaclu + m6 * 0x153ffffblu +
        m7 * 0x27fbfffflu + c7;
    let m8 = u64((u32(s8) * MINUS_INVERSE) & LOW_30);
    let c8 = (s8 + m8 * 0x3fffaaablu) >> 30u;
    let s9 = t0 * f9 + t1 * f8 + t2 * f7 + t3 * f6 + t4 * f5 + m0 * 0x1ed90d2elu + m1 * 0x2cd76477lu +
        m2 * 0x12e13ce1lu + m3 * 0x112bf673lu + m4 * 0x034a83dalu + m5 * 0x30f6241elu + m6 * 0x2affffaclu +
        m7 * 0x153ffffblu + m8 * 0x27fbfffflu + c8;
    let m9 = u64((u32(s9) * MINUS_INVERSE) & LOW_30);
    let c9 = (s9 + m9 * 0x3fffaaablu) >> 30u;
    let h10 = t0 * f10 + t1 * f9 + t2 * f8 + t3 * f7 + t4 * f6 + f5 * f5;
    let s10 = (h10 & LOW_30_WIDE) + m0 * 0x29a4b1balu + m1 * 0x1ed90d2elu + m2 * 0x2cd76477lu + m3 * 0x12e13ce1lu +
        m4 * 0x112bf673lu + m5 * 0x034a83dalu + m6 * 0x30f6241elu + m7 * 0x2affffaclu + m8 * 0x153ffffblu +
        m9 * 0x27fbfffflu + c9;
    let m10 = u64((u32(s10) * MINUS_INVERSE) & LOW_30);
    let c10 = ((s10 + m10 * 0x3fffaaablu) >> 30u) + (h10 >> 30u);
    let h11 = t0 * f11 + t1 * f10 + t2 * f9 + t3 * f8 + t4 * f7 + t5 * f6;
    let s11 = (h11 & LOW_30_WIDE) + m0 * 0x3a8e5ff9lu + m1 * 0x29a4b1balu + m2 * 0x1ed90d2elu + m3 * 0x2cd76477lu +
        m4 * 0x12e13ce1lu + m5 * 0x112bf673lu + m6 * 0x034a83dalu + m7 * 0x30f6241elu + m8 * 0x2affffaclu +
        m9 * 0x153ffffblu + m10 * 0x27fbfffflu + c10;
    let m11 = u64((u32(s11) * MINUS_INVERSE) & LOW_30);
    let c11 = ((s11 + m11 * 0x3fffaaablu) >> 30u) + (h11 >> 30u);
    let h12 = t0 * f12 + t1 * f11 + t2 * f10 + t3 * f9 + t4 * f8 + t5 * f7 + f6 * f6;
    let s12 = (h12 & LOW_30_WIDE) + m0 * 0x001a0111lu + m1 * 0x3a8e5ff9lu + m2 * 0x29a4b1balu + m3 * 0x1ed90d2elu +
        m4 * 0x2cd76477lu + m5 * 0x12e13ce1lu + m6 * 0x112bf673lu + m7 * 0x034a83dalu + m8 * 0x30f6241elu +
        m9 * 0x2affffaclu + m10 * 0x153ffffblu + m11 * 0x27fbfffflu + c11;
    let m12 = u64((u32(s12) * MINUS_INVERSE) & LOW_30);
    let c12 = ((s12 + m12 * 0x3fffaaablu) >> 30u) + (h12 >> 30u);
    let h13 = t1 * f12 + t2 * f11 + t3 * f10 + t4 * f9 + t5 * f8 + t6 * f7;
    let s13 = (h13 & LOW_30_WIDE) + m1 * 0x001a0111lu + m2 * 0x3a8e5ff9lu + m3 * 0x29a4b1balu + m4 * 0x1ed90d2elu +
        m5 * 0x2cd76477lu + m6 * 0x12e13ce1lu + m7 * 0x112bf673lu + m8 * 0x034a83dalu + m9 * 0x30f6241elu +
        m10 * 0x2affffaclu + m11 * 0x153ffffblu + m12 * 0x27fbfffflu + c12;
    let c13 = (s13 >> 30u) + (h13 >> 30u);
    let h14 = t2 * f12 + t3 * f11 + t4 * f10 + t5 * f9 + t6 * f8 + f7 * f7;
    let s14 = (h14 & LOW_30_WIDE) + m2 * 0x001a0111lu + m3 * 0x3a8e5ff9lu + m4 * 0x29a4b1balu + m5 * 0x1ed90d2elu +
        m6 * 0x2cd76477lu + m7 * 0x12e13ce1lu + m8 * 0x112bf673lu + m9 * 0x034a83dalu + m10 * 0x30f6241elu +
        m11 * 0x2affffaclu + m12 * 0x153ffffblu + c13;
    let c14 = (s14 >> 30u) + (h14 >> 30u);
    let s15 = t3 * f12 + t4 * f11 + t5 * f10 + t6 * f9 + t7 * f8 + m3 * 0x001a0111lu + m4 * 0x3a8e5ff9lu +
        m5 * 0x29a4b1balu + m6 * 0x1ed90d2elu + m7 * 0x2cd76477lu + m8 * 0x12e13ce1lu + m9 * 0x112bf673lu +
        m10 * 0x034a83dalu + m11 * 0x30f6241elu + m12 * 0x2affffaclu + c14;
    let c15 = s15 >> 30u;
    let s16 = t4 * f12 + t5 * f11 + t6 * f10 + t7 * f9 + f8 * f8 + m4 * 0x001a0111lu + m5 * 0x3a8e5ff9lu +
        m6 * 0x29a4b1balu + m7 * 0x1ed90d2elu + m8 * 0x2cd76477lu + m9 * 0x12e13ce1lu + m10 * 0x112bf673lu +
        m11 * 0x034a83dalu + m12 * 0x30f6241elu + c15;
    let c16 = s16 >> 30u;
    let s17 = t5 * f12 + t6 * f11 + t7 * f10 + t8 * f9 + m5 * 0x001a0111lu + m6 * 0x3a8e5ff9lu + m7 * 0x29a4b1balu +
        m8 * 0x1ed90d2elu + m9 * 0x2cd76477lu + m10 * 0x12e13ce1lu + m11 * 0x112bf673lu + m12 * 0x034a83dalu + c16;
    let c17 = s17 >> 30u;
    let s18 = t6 * f12 + t7 * f11 + t8 * f10 + f9 * f9 + m6 * 0x001a0111lu + m7 * 0x3a8e5ff9lu + m8 * 0x29a4b1balu +
        m9 * 0x1ed90d2elu + m10 * 0x2cd76477lu + m11 * 0x12e13ce1lu + m12 * 0x112bf673lu + c17;
    let c18 = s18 >> 30u;
    let s19 = t7 * f12 + t8 * f11 + t9 * f10 + m7 * 0x001a0111lu + m8 * 0x3a8e5ff9lu + m9 * 0x29a4b1balu +
        m10 * 0x1ed90d2elu + m11 * 0x2cd76477lu + m12 * 0x12e13ce1lu + c18;
    let c19 = s19 >> 30u;
    let s20 = t8 * f12 + t9 * f11 + f10 * f10 + m8 * 0x001a0111lu + m9 * 0x3a8e5ff9lu + m10 * 0x29a4b1balu +
        m11 * 0x1ed90d2elu + m12 * 0x2cd76477lu + c19;
    let c20 = s20 >> 30u;
    let s21 = t9 * f12 + t10 * f11 + m9 * 0x001a0111lu + m10 * 0x3a8e5ff9lu + m11 * 0x29a4b1balu +
        m12 * 0x1ed90d2elu + c20;
    let c21 = s21 >> 30u;
    let s22 = t10 * f12 + f11 * f11 + m10 * 0x001a0111lu + m11 * 0x3a8e5ff9lu + m12 * 0x29a4b1balu + c21;
    let c22 = s22 >> 30u;
    let s23 = t11 * f12 + m11 * 0x001a0111lu + m12 * 0x3a8e5ff9lu + c22;
    let c23 = s23 >> 30u;
    let s24 = f12 * f12 + m12 * 0x001a0111lu + c23;
    let c24 = s24 >> 30u;
    return Fe(
        u32(s13) & LOW_30,
        u32(s14) & LOW_30,
        u32(s15) & LOW_30,
        u32(s16) & LOW_30,
        u32(s17) & LOW_30,
        u32(s18) & LOW_30,
        u32(s19) & LOW_30,
        u32(s20) & LOW_30,
        u32(s21) & LOW_30,
        u32(s22) & LOW_30,
        u32(s23) & LOW_30,
        u32(s24) & LOW_30,
        u32(c24),
    );
}
