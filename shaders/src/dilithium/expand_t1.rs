//! The other half of a key.

use super::ring::{bits_at, forward};
use super::{N, Q, Set};
use crate::kernel::{Arguments, Binding, Kernel, Part, Twin};
use crate::parts;

/// Bits that were dropped from t.
const D: u32 = 13;

/// Reads t1 and transforms minus t1 times 2^d.
///
/// Arguments: count of polynomials, k a key. Groups: count.
pub static EXPAND_T1: Kernel = Kernel {
    name: "dilithium_expand_t1",
    parts: &[parts::PRODUCTS, parts::RING, Part::Same(include_str!("../../dilithium/expand_t1.wgsl"))],
    bindings: &[Binding::read("keys"), Binding::read("slots"), Binding::read("zetas"), Binding::write("t1s")],
    workgroup: 64,
    twin: Twin::Dilithium(expand_t1),
};

fn expand_t1(set: &Set, arguments: &Arguments, _: u32, buffers: &mut [Vec<u32>]) {
    let [keys, slots, zetas, t1s] = buffers else { return };
    for item in 0..arguments[0] {
        let (key, row) = (item / set.k, item % set.k);
        let t1 = &keys[(key * set.key_words() + 8 + row * N * 10 / 32) as usize..][..N as usize * 10 / 32];
        let mut polynomial = std::array::from_fn(|i| (Q - (bits_at(t1, 10, i as u32) << D)) % Q);
        forward(zetas, &mut polynomial);
        let place = slots[key as usize] * set.k + row;
        t1s[(place * N) as usize..][..N as usize].copy_from_slice(&polynomial);
    }
}
