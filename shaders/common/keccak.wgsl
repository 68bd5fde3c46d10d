// Keccak-f[1600] (FIPS 202) on a state that stays in registers: no index is computed.

alias State = array<Lane, 25>;

// Bit r of these words is bit 0, 1, 3, 7, 15, 31 and 63 of the constant of round r; no other bit of a constant is set.
// Computed rather than looked up: the round is the same for every thread, so this costs scalar instructions at most.
const ROUND_BIT_0: u32 = 0x50f4f1u;
const ROUND_BIT_1: u32 = 0x0db916u;
const ROUND_BIT_3: u32 = 0x8c7f94u;
const ROUND_BIT_7: u32 = 0x327356u;
const ROUND_BIT_15: u32 = 0xb5d4deu;
const ROUND_BIT_31: u32 = 0xd81c68u;
const ROUND_BIT_63: u32 = 0xbbe0ccu;

fn round_constant(round: u32) -> Lane {
    let low = ((ROUND_BIT_0 >> round) & 1u)
        | (((ROUND_BIT_1 >> round) & 1u) << 1u)
        | (((ROUND_BIT_3 >> round) & 1u) << 3u)
        | (((ROUND_BIT_7 >> round) & 1u) << 7u)
        | (((ROUND_BIT_15 >> round) & 1u) << 15u)
        | (((ROUND_BIT_31 >> round) & 1u) << 31u);
    return lane(low, ((ROUND_BIT_63 >> round) & 1u) << 31u);
}

// The permutation. Lane x + 5 y of the state is that in column x, row y.
fn permute(state: ptr<function, State>) {
    var a0 = (*state)[0];
    var a1 = (*state)[1];
    var a2 = (*state)[2];
    var a3 = (*state)[3];
    var a4 = (*state)[4];
    var a5 = (*state)[5];
    var a6 = (*state)[6];
    var a7 = (*state)[7];
    var a8 = (*state)[8];
    var a9 = (*state)[9];
    var a10 = (*state)[10];
    var a11 = (*state)[11];
    var a12 = (*state)[12];
    var a13 = (*state)[13];
    var a14 = (*state)[14];
    var a15 = (*state)[15];
    var a16 = (*state)[16];
    var a17 = (*state)[17];
    var a18 = (*state)[18];
    var a19 = (*state)[19];
    var a20 = (*state)[20];
    var a21 = (*state)[21];
    var a22 = (*state)[22];
    var a23 = (*state)[23];
    var a24 = (*state)[24];
    for (var round = 0u; round < 24u; round++) {
        // Theta.
        let c0 = a0 ^ a5 ^ a10 ^ a15 ^ a20;
        let c1 = a1 ^ a6 ^ a11 ^ a16 ^ a21;
        let c2 = a2 ^ a7 ^ a12 ^ a17 ^ a22;
        let c3 = a3 ^ a8 ^ a13 ^ a18 ^ a23;
        let c4 = a4 ^ a9 ^ a14 ^ a19 ^ a24;
        let d0 = c4 ^ rotate(c1, 1u);
        let d1 = c0 ^ rotate(c2, 1u);
        let d2 = c1 ^ rotate(c3, 1u);
        let d3 = c2 ^ rotate(c4, 1u);
        let d4 = c3 ^ rotate(c0, 1u);
        // Rho and pi, along the cycle that pi makes, so that few lanes are alive at once.
        let b0 = a0 ^ d0;
        let b10 = rotate(a1 ^ d1, 1u);
        let b7 = rotate(a10 ^ d0, 3u);
        let b11 = rotate(a7 ^ d2, 6u);
        let b17 = rotate(a11 ^ d1, 10u);
        let b18 = rotate(a17 ^ d2, 15u);
        let b3 = rotate(a18 ^ d3, 21u);
        let b5 = rotate(a3 ^ d3, 28u);
        let b16 = rotate(a5 ^ d0, 36u);
        let b8 = rotate(a16 ^ d1, 45u);
        let b21 = rotate(a8 ^ d3, 55u);
        let b24 = rotate(a21 ^ d1, 2u);
        let b4 = rotate(a24 ^ d4, 14u);
        let b15 = rotate(a4 ^ d4, 27u);
        let b23 = rotate(a15 ^ d0, 41u);
        let b19 = rotate(a23 ^ d3, 56u);
        let b13 = rotate(a19 ^ d4, 8u);
        let b12 = rotate(a13 ^ d3, 25u);
        let b2 = rotate(a12 ^ d2, 43u);
        let b20 = rotate(a2 ^ d2, 62u);
        let b14 = rotate(a20 ^ d0, 18u);
        let b22 = rotate(a14 ^ d4, 39u);
        let b9 = rotate(a22 ^ d2, 61u);
        let b6 = rotate(a9 ^ d4, 20u);
        let b1 = rotate(a6 ^ d1, 44u);
        // Chi and iota.
        a0 = b0 ^ (~b1 & b2) ^ round_constant(round);
        a1 = b1 ^ (~b2 & b3);
        a2 = b2 ^ (~b3 & b4);
        a3 = b3 ^ (~b4 & b0);
        a4 = b4 ^ (~b0 & b1);
        a5 = b5 ^ (~b6 & b7);
        a6 = b6 ^ (~b7 & b8);
        a7 = b7 ^ (~b8 & b9);
        a8 = b8 ^ (~b9 & b5);
        a9 = b9 ^ (~b5 & b6);
        a10 = b10 ^ (~b11 & b12);
        a11 = b11 ^ (~b12 & b13);
        a12 = b12 ^ (~b13 & b14);
        a13 = b13 ^ (~b14 & b10);
        a14 = b14 ^ (~b10 & b11);
        a15 = b15 ^ (~b16 & b17);
        a16 = b16 ^ (~b17 & b18);
        a17 = b17 ^ (~b18 & b19);
        a18 = b18 ^ (~b19 & b15);
        a19 = b19 ^ (~b15 & b16);
        a20 = b20 ^ (~b21 & b22);
        a21 = b21 ^ (~b22 & b23);
        a22 = b22 ^ (~b23 & b24);
        a23 = b23 ^ (~b24 & b20);
        a24 = b24 ^ (~b20 & b21);
    }
    (*state)[0] = a0;
    (*state)[1] = a1;
    (*state)[2] = a2;
    (*state)[3] = a3;
    (*state)[4] = a4;
    (*state)[5] = a5;
    (*state)[6] = a6;
    (*state)[7] = a7;
    (*state)[8] = a8;
    (*state)[9] = a9;
    (*state)[10] = a10;
    (*state)[11] = a11;
    (*state)[12] = a12;
    (*state)[13] = a13;
    (*state)[14] = a14;
    (*state)[15] = a15;
    (*state)[16] = a16;
    (*state)[17] = a17;
    (*state)[18] = a18;
    (*state)[19] = a19;
    (*state)[20] = a20;
    (*state)[21] = a21;
    (*state)[22] = a22;
    (*state)[23] = a23;
    (*state)[24] = a24;
}
