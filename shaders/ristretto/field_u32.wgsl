// Numbers modulo p = 2^255 - 19 as twenty limbs of 13 bits, four to a vector, multiplied as 32-bit integers.
//
// Limb 0 is below 10,240, the others below 8,200: of what is read from memory, and after every operation, so that twenty
// products and what is carried to them stay below 2^32. Numbers stay below 2^260 and a little; 2^260 is 608 modulo p.

struct Fe {
    a: vec4<u32>,
    b: vec4<u32>,
    c: vec4<u32>,
    d: vec4<u32>,
    e: vec4<u32>,
}

const LOW_13: vec4<u32> = vec4<u32>(0x1fffu, 0x1fffu, 0x1fffu, 0x1fffu);
const BITS_13: vec4<u32> = vec4<u32>(13u, 13u, 13u, 13u);
// 64 p, limb by limb.
const MANY_P_FIRST: vec4<u32> = vec4<u32>(15168u, 16382u, 16382u, 16382u);
const MANY_P: vec4<u32> = vec4<u32>(16382u, 16382u, 16382u, 16382u);

// Any 256 bits.
fn fe_from(low: vec4<u32>, high: vec4<u32>) -> Fe {
    return Fe(
        vec4<u32>(
            low.x & 0x1fffu,
            (low.x >> 13u) & 0x1fffu,
            ((low.x >> 26u) | (low.y << 6u)) & 0x1fffu,
            (low.y >> 7u) & 0x1fffu,
        ),
        vec4<u32>(
            ((low.y >> 20u) | (low.z << 12u)) & 0x1fffu,
            (low.z >> 1u) & 0x1fffu,
            (low.z >> 14u) & 0x1fffu,
            ((low.z >> 27u) | (low.w << 5u)) & 0x1fffu,
        ),
        vec4<u32>(
            (low.w >> 8u) & 0x1fffu,
            ((low.w >> 21u) | (high.x << 11u)) & 0x1fffu,
            (high.x >> 2u) & 0x1fffu,
            (high.x >> 15u) & 0x1fffu,
        ),
        vec4<u32>(
            ((high.x >> 28u) | (high.y << 4u)) & 0x1fffu,
            (high.y >> 9u) & 0x1fffu,
            ((high.y >> 22u) | (high.z << 10u)) & 0x1fffu,
            (high.z >> 3u) & 0x1fffu,
        ),
        vec4<u32>(
            (high.z >> 16u) & 0x1fffu,
            ((high.z >> 29u) | (high.w << 3u)) & 0x1fffu,
            (high.w >> 10u) & 0x1fffu,
            (high.w >> 23u) & 0x1ffu,
        ),
    );
}

// One round of carries.
fn settled(a: vec4<u32>, b: vec4<u32>, c: vec4<u32>, d: vec4<u32>, e: vec4<u32>) -> Fe {
    let over_a = a >> BITS_13;
    let over_b = b >> BITS_13;
    let over_c = c >> BITS_13;
    let over_d = d >> BITS_13;
    let over_e = e >> BITS_13;
    return Fe(
        (a & LOW_13) + vec4<u32>(608u * over_e.w, over_a.xyz),
        (b & LOW_13) + vec4<u32>(over_a.w, over_b.xyz),
        (c & LOW_13) + vec4<u32>(over_b.w, over_c.xyz),
        (d & LOW_13) + vec4<u32>(over_c.w, over_d.xyz),
        (e & LOW_13) + vec4<u32>(over_d.w, over_e.xyz),
    );
}

fn fe_add(x: Fe, y: Fe) -> Fe {
    return settled(x.a + y.a, x.b + y.b, x.c + y.c, x.d + y.d, x.e + y.e);
}

fn fe_sub(x: Fe, y: Fe) -> Fe {
    return settled(
        x.a + MANY_P_FIRST - y.a,
        x.b + MANY_P - y.b,
        x.c + MANY_P - y.c,
        x.d + MANY_P - y.d,
        x.e + MANY_P - y.e,
    );
}

fn fe_select(otherwise: Fe, chosen: Fe, choose: bool) -> Fe {
    return Fe(
        select(otherwise.a, chosen.a, choose),
        select(otherwise.b, chosen.b, choose),
        select(otherwise.c, chosen.c, choose),
        select(otherwise.d, chosen.d, choose),
        select(otherwise.e, chosen.e, choose),
    );
}

fn fe_mul(x: Fe, y: Fe) -> Fe {
    let f0 = x.a.x;
    let f1 = x.a.y;
    let f2 = x.a.z;
    let f3 = x.a.w;
    let f4 = x.b.x;
    let f5 = x.b.y;
    let f6 = x.b.z;
    let f7 = x.b.w;
    let f8 = x.c.x;
    let f9 = x.c.y;
    let f10 = x.c.z;
    let f11 = x.c.w;
    let f12 = x.d.x;
    let f13 = x.d.y;
    let f14 = x.d.z;
    let f15 = x.d.w;
    let f16 = x.e.x;
    let f17 = x.e.y;
    let f18 = x.e.z;
    let f19 = x.e.w;
    let g0 = y.a.x;
    let g1 = y.a.y;
    let g2 = y.a.z;
    let g3 = y.a.w;
    let g4 = y.b.x;
    let g5 = y.b.y;
    let g6 = y.b.z;
    let g7 = y.b.w;
    let g8 = y.c.x;
    let g9 = y.c.y;
    let g10 = y.c.z;
    let g11 = y.c.w;
    let g12 = y.d.x;
    let g13 = y.d.y;
    let g14 = y.d.z;
    let g15 = y.d.w;
    let g16 = y.e.x;
    let g17 = y.e.y;
    let g18 = y.e.z;
    let g19 = y.e.w;
    let h0 = f0 * g0;
    let h1 = f0 * g1 + f1 * g0;
    let h2 = f0 * g2 + f1 * g1 + f2 * g0;
    let h3 = f0 * g3 + f1 * g2 + f2 * g1 + f3 * g0;
    let h4 = f0 * g4 + f1 * g3 + f2 * g2 + f3 * g1 + f4 * g0;
    let h5 = f0 * g5 + f1 * g4 + f2 * g3 + f3 * g2 + f4 * g1 + f5 * g0;
    let h6 = f0 * g6 + f1 * g5 + f2 * g4 + f3 * g3 + f4 * g2 + f5 * g1 + f6 * g0;
    let h7 = f0 * g7 + f1 * g6 + f2 * g5 + f3 * g4 + f4 * g3 + f5 * g2 + f6 * g1 + f7 * g0;
    let h8 = f0 * g8 + f1 * g7 + f2 * g6 + f3 * g5 + f4 * g4 + f5 * g3 + f6 * g2 + f7 * g1 + f8 * g0;
    let h9 = f0 * g9 + f1 * g8 + f2 * g7 + f3 * g6 + f4 * g5 + f5 * g4 + f6 * g3 + f7 * g2 + f8 * g1 + f9 * g0;
    let h10 = f0 * g10 + f1 * g9 + f2 * g8 + f3 * g7 + f4 * g6 + f5 * g5 + f6 * g4 + f7 * g3 + f8 * g2 + f9 * g1
        + f10 * g0;
    let h11 = f0 * g11 + f1 * g10 + f2 * g9 + f3 * g8 + f4 * g7 + f5 * g6 + f6 * g5 + f7 * g4 + f8 * g3 + f9 * g2
        + f10 * g1 + f11 * g0;
    let h12 = f0 * g12 + f1 * g11 + f2 * g10 + f3 * g9 + f4 * g8 + f5 * g7 + f6 * g6 + f7 * g5 + f8 * g4 + f9 * g3
        + f10 * g2 + f11 * g1 + f12 * g0;
    let h13 = f0 * g13 + f1 * g12 + f2 * g11 + f3 * g10 + f4 * g9 + f5 * g8 + f6 * g7 + f7 * g6 + f8 * g5 + f9 * g4
        + f10 * g3 + f11 * g2 + f12 * g1 + f13 * g0;
    let h14 = f0 * g14 + f1 * g13 + f2 * g12 + f3 * g11 + f4 * g10 + f5 * g9 + f6 * g8 + f7 * g7 + f8 * g6
        + f9 * g5 + f10 * g4 + f11 * g3 + f12 * g2 + f13 * g1 + f14 * g0;
    let h15 = f0 * g15 + f1 * g14 + f2 * g13 + f3 * g12 + f4 * g11 + f5 * g10 + f6 * g9 + f7 * g8 + f8 * g7
        + f9 * g6 + f10 * g5 + f11 * g4 + f12 * g3 + f13 * g2 + f14 * g1 + f15 * g0;
    let h16 = f0 * g16 + f1 * g15 + f2 * g14 + f3 * g13 + f4 * g12 + f5 * g11 + f6 * g10 + f7 * g9 + f8 * g8
        + f9 * g7 + f10 * g6 + f11 * g5 + f12 * g4 + f13 * g3 + f14 * g2 + f15 * g1 + f16 * g0;
    let h17 = f0 * g17 + f1 * g16 + f2 * g15 + f3 * g14 + f4 * g13 + f5 * g12 + f6 * g11 + f7 * g10 + f8 * g9
        + f9 * g8 + f10 * g7 + f11 * g6 + f12 * g5 + f13 * g4 + f14 * g3 + f15 * g2 + f16 * g1 + f17 * g0;
    let h18 = f0 * g18 + f1 * g17 + f2 * g16 + f3 * g15 + f4 * g14 + f5 * g13 + f6 * g12 + f7 * g11 + f8 * g10
        + f9 * g9 + f10 * g8 + f11 * g7 + f12 * g6 + f13 * g5 + f14 * g4 + f15 * g3 + f16 * g2 + f17 * g1
        + f18 * g0;
    let h19 = f0 * g19 + f1 * g18 + f2 * g17 + f3 * g16 + f4 * g15 + f5 * g14 + f6 * g13 + f7 * g12 + f8 * g11
        + f9 * g10 + f10 * g9 + f11 * g8 + f12 * g7 + f13 * g6 + f14 * g5 + f15 * g4 + f16 * g3 + f17 * g2
        + f18 * g1 + f19 * g0;
    let h20 = f1 * g19 + f2 * g18 + f3 * g17 + f4 * g16 + f5 * g15 + f6 * g14 + f7 * g13 + f8 * g12 + f9 * g11
        + f10 * g10 + f11 * g9 + f12 * g8 + f13 * g7 + f14 * g6 + f15 * g5 + f16 * g4 + f17 * g3 + f18 * g2
        + f19 * g1;
    let h21 = f2 * g19 + f3 * g18 + f4 * g17 + f5 * g16 + f6 * g15 + f7 * g14 + f8 * g13 + f9 * g12 + f10 * g11
        + f11 * g10 + f12 * g9 + f13 * g8 + f14 * g7 + f15 * g6 + f16 * g5 + f17 * g4 + f18 * g3 + f19 * g2;
    let h22 = f3 * g19 + f4 * g18 + f5 * g17 + f6 * g16 + f7 * g15 + f8 * g14 + f9 * g13 + f10 * g12 + f11 * g11
        + f12 * g10 + f13 * g9 + f14 * g8 + f15 * g7 + f16 * g6 + f17 * g5 + f18 * g4 + f19 * g3;
    let h23 = f4 * g19 + f5 * g18 + f6 * g17 + f7 * g16 + f8 * g15 + f9 * g14 + f10 * g13 + f11 * g12 + f12 * g11
        + f13 * g10 + f14 * g9 + f15 * g8 + f16 * g7 + f17 * g6 + f18 * g5 + f19 * g4;
    let h24 = f5 * g19 + f6 * g18 + f7 * g17 + f8 * g16 + f9 * g15 + f10 * g14 + f11 * g13 + f12 * g12 + f13 * g11
        + f14 * g10 + f15 * g9 + f16 * g8 + f17 * g7 + f18 * g6 + f19 * g5;
    let h25 = f6 * g19 + f7 * g18 + f8 * g17 + f9 * g16 + f10 * g15 + f11 * g14 + f12 * g13 + f13 * g12 + f14 * g11
        + f15 * g10 + f16 * g9 + f17 * g8 + f18 * g7 + f19 * g6;
    let h26 = f7 * g19 + f8 * g18 + f9 * g17 + f10 * g16 + f11 * g15 + f12 * g14 + f13 * g13 + f14 * g12
        + f15 * g11 + f16 * g10 + f17 * g9 + f18 * g8 + f19 * g7;
    let h27 = f8 * g19 + f9 * g18 + f10 * g17 + f11 * g16 + f12 * g15 + f13 * g14 + f14 * g13 + f15 * g12
        + f16 * g11 + f17 * g10 + f18 * g9 + f19 * g8;
    let h28 = f9 * g19 + f10 * g18 + f11 * g17 + f12 * g16 + f13 * g15 + f14 * g14 + f15 * g13 + f16 * g12
        + f17 * g11 + f18 * g10 + f19 * g9;
    let h29 = f10 * g19 + f11 * g18 + f12 * g17 + f13 * g16 + f14 * g15 + f15 * g14 + f16 * g13 + f17 * g12
        + f18 * g11 + f19 * g10;
    let h30 = f11 * g19 + f12 * g18 + f13 * g17 + f14 * g16 + f15 * g15 + f16 * g14 + f17 * g13 + f18 * g12
        + f19 * g11;
    let h31 = f12 * g19 + f13 * g18 + f14 * g17 + f15 * g16 + f16 * g15 + f17 * g14 + f18 * g13 + f19 * g12;
    let h32 = f13 * g19 + f14 * g18 + f15 * g17 + f16 * g16 + f17 * g15 + f18 * g14 + f19 * g13;
    let h33 = f14 * g19 + f15 * g18 + f16 * g17 + f17 * g16 + f18 * g15 + f19 * g14;
    let h34 = f15 * g19 + f16 * g18 + f17 * g17 + f18 * g16 + f19 * g15;
    let h35 = f16 * g19 + f17 * g18 + f18 * g17 + f19 * g16;
    let h36 = f17 * g19 + f18 * g18 + f19 * g17;
    let h37 = f18 * g19 + f19 * g18;
    let h38 = f19 * g19;
    // What is above 2^260, carried, then times 608.
    let i20 = h20;
    let i21 = h21 + (i20 >> 13u);
    let i22 = h22 + (i21 >> 13u);
    let i23 = h23 + (i22 >> 13u);
    let i24 = h24 + (i23 >> 13u);
    let i25 = h25 + (i24 >> 13u);
    let i26 = h26 + (i25 >> 13u);
    let i27 = h27 + (i26 >> 13u);
    let i28 = h28 + (i27 >> 13u);
    let i29 = h29 + (i28 >> 13u);
    let i30 = h30 + (i29 >> 13u);
    let i31 = h31 + (i30 >> 13u);
    let i32 = h32 + (i31 >> 13u);
    let i33 = h33 + (i32 >> 13u);
    let i34 = h34 + (i33 >> 13u);
    let i35 = h35 + (i34 >> 13u);
    let i36 = h36 + (i35 >> 13u);
    let i37 = h37 + (i36 >> 13u);
    let i38 = h38 + (i37 >> 13u);
    let j0 = h0 + 608u * (i20 & 0x1fffu);
    let j1 = h1 + 608u * (i21 & 0x1fffu) + (j0 >> 13u);
    let j2 = h2 + 608u * (i22 & 0x1fffu) + (j1 >> 13u);
    let j3 = h3 + 608u * (i23 & 0x1fffu) + (j2 >> 13u);
    let j4 = h4 + 608u * (i24 & 0x1fffu) + (j3 >> 13u);
    let j5 = h5 + 608u * (i25 & 0x1fffu) + (j4 >> 13u);
    let j6 = h6 + 608u * (i26 & 0x1fffu) + (j5 >> 13u);
    let j7 = h7 + 608u * (i27 & 0x1fffu) + (j6 >> 13u);
    let j8 = h8 + 608u * (i28 & 0x1fffu) + (j7 >> 13u);
    let j9 = h9 + 608u * (i29 & 0x1fffu) + (j8 >> 13u);
    let j10 = h10 + 608u * (i30 & 0x1fffu) + (j9 >> 13u);
    let j11 = h11 + 608u * (i31 & 0x1fffu) + (j10 >> 13u);
    let j12 = h12 + 608u * (i32 & 0x1fffu) + (j11 >> 13u);
    let j13 = h13 + 608u * (i33 & 0x1fffu) + (j12 >> 13u);
    let j14 = h14 + 608u * (i34 & 0x1fffu) + (j13 >> 13u);
    let j15 = h15 + 608u * (i35 & 0x1fffu) + (j14 >> 13u);
    let j16 = h16 + 608u * (i36 & 0x1fffu) + (j15 >> 13u);
    let j17 = h17 + 608u * (i37 & 0x1fffu) + (j16 >> 13u);
    let j18 = h18 + 608u * (i38 & 0x1fffu) + (j17 >> 13u);
    let j19 = h19 + 608u * (i38 >> 13u) + (j18 >> 13u);
    let k0 = (j0 & 0x1fffu) + 608u * (j19 >> 13u);
    let k1 = (j1 & 0x1fffu) + (k0 >> 13u);
    let k2 = (j2 & 0x1fffu) + (k1 >> 13u);
    return Fe(
        vec4<u32>(k0 & 0x1fffu, k1 & 0x1fffu, k2, j3 & 0x1fffu),
        vec4<u32>(j4 & 0x1fffu, j5 & 0x1fffu, j6 & 0x1fffu, j7 & 0x1fffu),
        vec4<u32>(j8 & 0x1fffu, j9 & 0x1fffu, j10 & 0x1fffu, j11 & 0x1fffu),
        vec4<u32>(j12 & 0x1fffu, j13 & 0x1fffu, j14 & 0x1fffu, j15 & 0x1fffu),
        vec4<u32>(j16 & 0x1fffu, j17 & 0x1fffu, j18 & 0x1fffu, j19 & 0x1fffu),
    );
}

fn fe_square(x: Fe) -> Fe {
    let f0 = x.a.x;
    let f1 = x.a.y;
    let f2 = x.a.z;
    let f3 = x.a.w;
    let f4 = x.b.x;
    let f5 = x.b.y;
    let f6 = x.b.z;
    let f7 = x.b.w;
    let f8 = x.c.x;
    let f9 = x.c.y;
    let f10 = x.c.z;
    let f11 = x.c.w;
    let f12 = x.d.x;
    let f13 = x.d.y;
    let f14 = x.d.z;
    let f15 = x.d.w;
    let f16 = x.e.x;
    let f17 = x.e.y;
    let f18 = x.e.z;
    let f19 = x.e.w;
    let h0 = f0 * f0;
    let h1 = 2u * (f0 * f1);
    let h2 = 2u * (f0 * f2) + f1 * f1;
    let h3 = 2u * (f0 * f3 + f1 * f2);
    let h4 = 2u * (f0 * f4 + f1 * f3) + f2 * f2;
    let h5 = 2u * (f0 * f5 + f1 * f4 + f2 * f3);
    let h6 = 2u * (f0 * f6 + f1 * f5 + f2 * f4) + f3 * f3;
    let h7 = 2u * (f0 * f7 + f1 * f6 + f2 * f5 + f3 * f4);
    let h8 = 2u * (f0 * f8 + f1 * f7 + f2 * f6 + f3 * f5) + f4 * f4;
    let h9 = 2u * (f0 * f9 + f1 * f8 + f2 * f7 + f3 * f6 + f4 * f5);
    let h10 = 2u * (f0 * f10 + f1 * f9 + f2 * f8 + f3 * f7 + f4 * f6) + f5 * f5;
    let h11 = 2u * (f0 * f11 + f1 * f10 + f2 * f9 + f3 * f8 + f4 * f7 + f5 * f6);
    let h12 = 2u * (f0 * f12 + f1 * f11 + f2 * f10 + f3 * f9 + f4 * f8 + f5 * f7) + f6 * f6;
    let h13 = 2u * (f0 * f13 + f1 * f12 + f2 * f11 + f3 * f10 + f4 * f9 + f5 * f8 + f6 * f7);
    let h14 = 2u * (f0 * f14 + f1 * f13 + f2 * f12 + f3 * f11 + f4 * f10 + f5 * f9 + f6 * f8) + f7 * f7;
    let h15 = 2u * (f0 * f15 + f1 * f14 + f2 * f13 + f3 * f12 + f4 * f11 + f5 * f10 + f6 * f9 + f7 * f8);
    let h16 = 2u * (f0 * f16 + f1 * f15 + f2 * f14 + f3 * f13 + f4 * f12 + f5 * f11 + f6 * f10 + f7 * f9) + f8 * f8;
    let h17 = 2u * (f0 * f17 + f1 * f16 + f2 * f15 + f3 * f14 + f4 * f13 + f5 * f12 + f6 * f11 + f7 * f10 + f8 * f9);
    let h18 = 2u * (f0 * f18 + f1 * f17 + f2 * f16 + f3 * f15 + f4 * f14 + f5 * f13 + f6 * f12 + f7 * f11
        + f8 * f10) + f9 * f9;
    let h19 = 2u * (f0 * f19 + f1 * f18 + f2 * f17 + f3 * f16 + f4 * f15 + f5 * f14 + f6 * f13 + f7 * f12
        + f8 * f11 + f9 * f10);
    let h20 = 2u * (f1 * f19 + f2 * f18 + f3 * f17 + f4 * f16 + f5 * f15 + f6 * f14 + f7 * f13 + f8 * f12
        + f9 * f11) + f10 * f10;
    let h21 = 2u * (f2 * f19 + f3 * f18 + f4 * f17 + f5 * f16 + f6 * f15 + f7 * f14 + f8 * f13 + f9 * f12
        + f10 * f11);
    let h22 = 2u * (f3 * f19 + f4 * f18 + f5 * f17 + f6 * f16 + f7 * f15 + f8 * f14 + f9 * f13 + f10 * f12) + f11 * f11;
    let h23 = 2u * (f4 * f19 + f5 * f18 + f6 * f17 + f7 * f16 + f8 * f15 + f9 * f14 + f10 * f13 + f11 * f12);
    let h24 = 2u * (f5 * f19 + f6 * f18 + f7 * f17 + f8 * f16 + f9 * f15 + f10 * f14 + f11 * f13) + f12 * f12;
    let h25 = 2u * (f6 * f19 + f7 * f18 + f8 * f17 + f9 * f16 + f10 * f15 + f11 * f14 + f12 * f13);
    let h26 = 2u * (f7 * f19 + f8 * f18 + f9 * f17 + f10 * f16 + f11 * f15 + f12 * f14) + f13 * f13;
    let h27 = 2u * (f8 * f19 + f9 * f18 + f10 * f17 + f11 * f16 + f12 * f15 + f13 * f14);
    let h28 = 2u * (f9 * f19 + f10 * f18 + f11 * f17 + f12 * f16 + f13 * f15) + f14 * f14;
    let h29 = 2u * (f10 * f19 + f11 * f18 + f12 * f17 + f13 * f16 + f14 * f15);
    let h30 = 2u * (f11 * f19 + f12 * f18 + f13 * f17 + f14 * f16) + f15 * f15;
    let h31 = 2u * (f12 * f19 + f13 * f18 + f14 * f17 + f15 * f16);
    let h32 = 2u * (f13 * f19 + f14 * f18 + f15 * f17) + f16 * f16;
    let h33 = 2u * (f14 * f19 + f15 * f18 + f16 * f17);
    let h34 = 2u * (f15 * f19 + f16 * f18) + f17 * f17;
    let h35 = 2u * (f16 * f19 + f17 * f18);
    let h36 = 2u * (f17 * f19) + f18 * f18;
    let h37 = 2u * (f18 * f19);
    let h38 = f19 * f19;
    // What is above 2^260, carried, then times 608.
    let i20 = h20;
    let i21 = h21 + (i20 >> 13u);
    let i22 = h22 + (i21 >> 13u);
    let i23 = h23 + (i22 >> 13u);
    let i24 = h24 + (i23 >> 13u);
    let i25 = h25 + (i24 >> 13u);
    let i26 = h26 + (i25 >> 13u);
    let i27 = h27 + (i26 >> 13u);
    let i28 = h28 + (i27 >> 13u);
    let i29 = h29 + (i28 >> 13u);
    let i30 = h30 + (i29 >> 13u);
    let i31 = h31 + (i30 >> 13u);
    let i32 = h32 + (i31 >> 13u);
    let i33 = h33 + (i32 >> 13u);
    let i34 = h34 + (i33 >> 13u);
    let i35 = h35 + (i34 >> 13u);
    let i36 = h36 + (i35 >> 13u);
    let i37 = h37 + (i36 >> 13u);
    let i38 = h38 + (i37 >> 13u);
    let j0 = h0 + 608u * (i20 & 0x1fffu);
    let j1 = h1 + 608u * (i21 & 0x1fffu) + (j0 >> 13u);
    let j2 = h2 + 608u * (i22 & 0x1fffu) + (j1 >> 13u);
    let j3 = h3 + 608u * (i23 & 0x1fffu) + (j2 >> 13u);
    let j4 = h4 + 608u * (i24 & 0x1fffu) + (j3 >> 13u);
    let j5 = h5 + 608u * (i25 & 0x1fffu) + (j4 >> 13u);
    let j6 = h6 + 608u * (i26 & 0x1fffu) + (j5 >> 13u);
    let j7 = h7 + 608u * (i27 & 0x1fffu) + (j6 >> 13u);
    let j8 = h8 + 608u * (i28 & 0x1fffu) + (j7 >> 13u);
    let j9 = h9 + 608u * (i29 & 0x1fffu) + (j8 >> 13u);
    let j10 = h10 + 608u * (i30 & 0x1fffu) + (j9 >> 13u);
    let j11 = h11 + 608u * (i31 & 0x1fffu) + (j10 >> 13u);
    let j12 = h12 + 608u * (i32 & 0x1fffu) + (j11 >> 13u);
    let j13 = h13 + 608u * (i33 & 0x1fffu) + (j12 >> 13u);
    let j14 = h14 + 608u * (i34 & 0x1fffu) + (j13 >> 13u);
    let j15 = h15 + 608u * (i35 & 0x1fffu) + (j14 >> 13u);
    let j16 = h16 + 608u * (i36 & 0x1fffu) + (j15 >> 13u);
    let j17 = h17 + 608u * (i37 & 0x1fffu) + (j16 >> 13u);
    let j18 = h18 + 608u * (i38 & 0x1fffu) + (j17 >> 13u);
    let j19 = h19 + 608u * (i38 >> 13u) + (j18 >> 13u);
    let k0 = (j0 & 0x1fffu) + 608u * (j19 >> 13u);
    let k1 = (j1 & 0x1fffu) + (k0 >> 13u);
    let k2 = (j2 & 0x1fffu) + (k1 >> 13u);
    return Fe(
        vec4<u32>(k0 & 0x1fffu, k1 & 0x1fffu, k2, j3 & 0x1fffu),
        vec4<u32>(j4 & 0x1fffu, j5 & 0x1fffu, j6 & 0x1fffu, j7 & 0x1fffu),
        vec4<u32>(j8 & 0x1fffu, j9 & 0x1fffu, j10 & 0x1fffu, j11 & 0x1fffu),
        vec4<u32>(j12 & 0x1fffu, j13 & 0x1fffu, j14 & 0x1fffu, j15 & 0x1fffu),
        vec4<u32>(j16 & 0x1fffu, j17 & 0x1fffu, j18 & 0x1fffu, j19 & 0x1fffu),
    );
}

// The words of the number below p that it is.
fn fe_words(x: Fe) -> Words {
    var l0 = x.a.x;
    var l1 = x.a.y + (l0 >> 13u);
    var l2 = x.a.z + (l1 >> 13u);
    var l3 = x.a.w + (l2 >> 13u);
    var l4 = x.b.x + (l3 >> 13u);
    var l5 = x.b.y + (l4 >> 13u);
    var l6 = x.b.z + (l5 >> 13u);
    var l7 = x.b.w + (l6 >> 13u);
    var l8 = x.c.x + (l7 >> 13u);
    var l9 = x.c.y + (l8 >> 13u);
    var l10 = x.c.z + (l9 >> 13u);
    var l11 = x.c.w + (l10 >> 13u);
    var l12 = x.d.x + (l11 >> 13u);
    var l13 = x.d.y + (l12 >> 13u);
    var l14 = x.d.z + (l13 >> 13u);
    var l15 = x.d.w + (l14 >> 13u);
    var l16 = x.e.x + (l15 >> 13u);
    var l17 = x.e.y + (l16 >> 13u);
    var l18 = x.e.z + (l17 >> 13u);
    var l19 = x.e.w + (l18 >> 13u);
    l0 = (l0 & 0x1fffu) + 19u * (l19 >> 8u);
    l1 &= 0x1fffu;
    l2 &= 0x1fffu;
    l3 &= 0x1fffu;
    l4 &= 0x1fffu;
    l5 &= 0x1fffu;
    l6 &= 0x1fffu;
    l7 &= 0x1fffu;
    l8 &= 0x1fffu;
    l9 &= 0x1fffu;
    l10 &= 0x1fffu;
    l11 &= 0x1fffu;
    l12 &= 0x1fffu;
    l13 &= 0x1fffu;
    l14 &= 0x1fffu;
    l15 &= 0x1fffu;
    l16 &= 0x1fffu;
    l17 &= 0x1fffu;
    l18 &= 0x1fffu;
    l19 &= 0xffu;
    // 1 where it is p or more: it is below 2^255 + 2^10.
    var above = (l0 + 19u) >> 13u;
    above = (l1 + above) >> 13u;
    above = (l2 + above) >> 13u;
    above = (l3 + above) >> 13u;
    above = (l4 + above) >> 13u;
    above = (l5 + above) >> 13u;
    above = (l6 + above) >> 13u;
    above = (l7 + above) >> 13u;
    above = (l8 + above) >> 13u;
    above = (l9 + above) >> 13u;
    above = (l10 + above) >> 13u;
    above = (l11 + above) >> 13u;
    above = (l12 + above) >> 13u;
    above = (l13 + above) >> 13u;
    above = (l14 + above) >> 13u;
    above = (l15 + above) >> 13u;
    above = (l16 + above) >> 13u;
    above = (l17 + above) >> 13u;
    above = (l18 + above) >> 13u;
    above = (l19 + above) >> 8u;
    l0 += 19u * above;
    l1 += l0 >> 13u;
    l2 += l1 >> 13u;
    l3 += l2 >> 13u;
    l4 += l3 >> 13u;
    l5 += l4 >> 13u;
    l6 += l5 >> 13u;
    l7 += l6 >> 13u;
    l8 += l7 >> 13u;
    l9 += l8 >> 13u;
    l10 += l9 >> 13u;
    l11 += l10 >> 13u;
    l12 += l11 >> 13u;
    l13 += l12 >> 13u;
    l14 += l13 >> 13u;
    l15 += l14 >> 13u;
    l16 += l15 >> 13u;
    l17 += l16 >> 13u;
    l18 += l17 >> 13u;
    l19 += l18 >> 13u;
    l0 &= 0x1fffu;
    l1 &= 0x1fffu;
    l2 &= 0x1fffu;
    l3 &= 0x1fffu;
    l4 &= 0x1fffu;
    l5 &= 0x1fffu;
    l6 &= 0x1fffu;
    l7 &= 0x1fffu;
    l8 &= 0x1fffu;
    l9 &= 0x1fffu;
    l10 &= 0x1fffu;
    l11 &= 0x1fffu;
    l12 &= 0x1fffu;
    l13 &= 0x1fffu;
    l14 &= 0x1fffu;
    l15 &= 0x1fffu;
    l16 &= 0x1fffu;
    l17 &= 0x1fffu;
    l18 &= 0x1fffu;
    l19 &= 0xffu;
    return Words(
        vec4<u32>(
            l0 | (l1 << 13u) | (l2 << 26u),
            (l2 >> 6u) | (l3 << 7u) | (l4 << 20u),
            (l4 >> 12u) | (l5 << 1u) | (l6 << 14u) | (l7 << 27u),
            (l7 >> 5u) | (l8 << 8u) | (l9 << 21u),
        ),
        vec4<u32>(
            (l9 >> 11u) | (l10 << 2u) | (l11 << 15u) | (l12 << 28u),
            (l12 >> 4u) | (l13 << 9u) | (l14 << 22u),
            (l14 >> 10u) | (l15 << 3u) | (l16 << 16u) | (l17 << 29u),
            (l17 >> 3u) | (l18 << 10u) | (l19 << 23u),
        ),
    );
}
