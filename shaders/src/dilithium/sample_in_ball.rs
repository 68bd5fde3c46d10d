//! The challenge.

use super::{N, Set};
use crate::keccak::{RATE_256, bytes_in, bytes_of, permute, shake};
use crate::kernel::{Arguments, Binding, Kernel, Part, Twin};
use crate::parts;

/// Blocks of hash after which coefficients that are not placed yet stay 0. The first is nearly always enough.
const MAX_BLOCKS: u32 = 16;

/// Samples challenges (FIPS 204, algorithm 29) out of the start of c-tilde.
///
/// Arguments: count of signatures. Groups: count over 64, rounded up.
pub static SAMPLE_IN_BALL: Kernel = Kernel {
    name: "dilithium_sample_in_ball",
    parts: &[
        parts::LANES,
        parts::KECCAK,
        parts::SHAKE256,
        Part::Same(include_str!("../../dilithium/sample_in_ball.wgsl")),
    ],
    bindings: &[Binding::read("signatures"), Binding::write("challenges")],
    workgroup: 64,
    twin: Twin::Dilithium(sample_in_ball),
};

fn sample_in_ball(set: &Set, arguments: &Arguments, _: u32, buffers: &mut [Vec<u32>]) {
    let [signatures, challenges] = buffers else { return };
    let signatures = signatures.chunks_exact(set.signature_words() as usize).take(arguments[0] as usize);
    for (signature, target) in signatures.zip(challenges.chunks_exact_mut(16)) {
        let seed = bytes_in(&signature[..set.ball_seed_len as usize / 4]);
        target.fill(0);
        for (i, coefficient) in in_ball(set.tau as usize, &seed).into_iter().enumerate() {
            target[i / 16] |= coefficient << (2 * (i % 16));
        }
    }
}

/// `tau` coefficients 1 or 2 (for -1), the others 0.
fn in_ball(tau: usize, seed: &[u8]) -> [u32; N as usize] {
    let mut polynomial = [0; N as usize];
    let mut state = shake(RATE_256, seed);
    let signs = state[0];
    let mut last = N as usize - tau;
    for block in 0..MAX_BLOCKS {
        // The first 8 bytes are the signs.
        for place in &bytes_of(&state[..RATE_256])[if block == 0 { 8 } else { 0 }..] {
            let place = usize::from(*place);
            if last < polynomial.len() && place <= last {
                let sign = signs >> (last + tau - N as usize) & 1;
                polynomial[last] = polynomial[place];
                polynomial[place] = 1 + sign as u32;
                last += 1;
            }
        }
        permute(&mut state);
    }
    polynomial
}
