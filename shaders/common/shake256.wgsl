// SHAKE256 of what the kernel's `input_lane(input, i)` gives: the input lane by lane, the byte 1f behind its end, zeros
// behind that. `blocks` is how many blocks of 17 lanes hold the input and at least that byte.
fn shake256(input: Input, blocks: u32) -> State {
    var state: State;
    for (var block = 0u; block < blocks; block++) {
        let first = block * 17u;
        state[0] ^= input_lane(input, first);
        state[1] ^= input_lane(input, first + 1u);
        state[2] ^= input_lane(input, first + 2u);
        state[3] ^= input_lane(input, first + 3u);
        state[4] ^= input_lane(input, first + 4u);
        state[5] ^= input_lane(input, first + 5u);
        state[6] ^= input_lane(input, first + 6u);
        state[7] ^= input_lane(input, first + 7u);
        state[8] ^= input_lane(input, first + 8u);
        state[9] ^= input_lane(input, first + 9u);
        state[10] ^= input_lane(input, first + 10u);
        state[11] ^= input_lane(input, first + 11u);
        state[12] ^= input_lane(input, first + 12u);
        state[13] ^= input_lane(input, first + 13u);
        state[14] ^= input_lane(input, first + 14u);
        state[15] ^= input_lane(input, first + 15u);
        state[16] ^= input_lane(input, first + 16u);
        if block + 1u == blocks {
            state[16] ^= lane(0u, 0x80000000u);
        }
        permute(&state);
    }
    return state;
}
