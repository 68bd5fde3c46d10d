//! The matrix.

use super::ring::Polynomial;
use super::{N, Q, Set};
use crate::keccak::{RATE_128, bytes_in, bytes_of, permute, shake};
use crate::kernel::{Arguments, Binding, Kernel, Part, Twin};
use crate::parts;

/// Blocks of hash after which a polynomial that is not full is left as it is. 5 are the least, 7 have never been needed.
const MAX_BLOCKS: u32 = 64;

/// Expands matrices (FIPS 204, algorithm 32), row by row: uniform below q by rejection, out of SHAKE128 of rho, column
/// and row.
///
/// Arguments: count of polynomials, k * l a key. Groups: count over 64, rounded up.
pub static EXPAND_A: Kernel = Kernel {
    name: "dilithium_expand_a",
    parts: &[parts::LANES, parts::KECCAK, Part::Same(include_str!("../../dilithium/expand_a.wgsl"))],
    bindings: &[Binding::read("keys"), Binding::read("slots"), Binding::write("matrices")],
    workgroup: 64,
    twin: Twin::Dilithium(expand_a),
};

fn expand_a(set: &Set, arguments: &Arguments, _: u32, buffers: &mut [Vec<u32>]) {
    let [keys, slots, matrices] = buffers else { return };
    for item in 0..arguments[0] {
        let (key, entry) = (item / set.entries(), item % set.entries());
        let mut input = bytes_in(&keys[(key * set.key_words()) as usize..][..8]);
        input.extend([(entry % set.l) as u8, (entry / set.l) as u8]);
        let place = slots[key as usize] * set.entries() + entry;
        let target = &mut matrices[(place * N) as usize..][..N as usize];
        let polynomial = uniform(&input);
        target.iter_mut().zip(polynomial).for_each(|(target, coefficient)| *target = coefficient);
    }
}

/// A uniform polynomial out of SHAKE128 of `input` (FIPS 204, algorithm 30).
fn uniform(input: &[u8]) -> Polynomial {
    let mut state = shake(RATE_128, input);
    let mut polynomial = [0; N as usize];
    let mut filled = 0;
    for _ in 0..MAX_BLOCKS {
        for [a, b, c] in bytes_of(&state[..RATE_128]).as_chunks().0 {
            let candidate = u32::from_le_bytes([*a, *b, c & 0x7f, 0]);
            if candidate < Q && filled < polynomial.len() {
                polynomial[filled] = candidate;
                filled += 1;
            }
        }
        if filled == polynomial.len() {
            break;
        }
        permute(&mut state);
    }
    polynomial
}
