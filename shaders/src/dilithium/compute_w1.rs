//! The commitment that a signature stands for.

use super::ring::{Polynomial, backward, bits_at, forward, times};
use super::{HASH_WORDS, N, Q, Set};
use crate::keccak::bytes_in;
use crate::kernel::{Arguments, Binding, Kernel, Part, Twin};
use crate::parts;

/// Computes w'1 (FIPS 204, algorithm 8, lines 9 and 10), encoded as for the hash: UseHint(h, A z - c t1 2^d).
///
/// Arguments: count of signatures. Groups: count.
pub static COMPUTE_W1: Kernel = Kernel {
    name: "dilithium_compute_w1",
    parts: &[parts::PRODUCTS, parts::RING, Part::Same(include_str!("../../dilithium/compute_w1.wgsl"))],
    bindings: &[
        Binding::read("signatures"),
        Binding::read("assignments"),
        Binding::read("challenges"),
        Binding::read("matrices"),
        Binding::read("t1s"),
        Binding::read("zetas"),
        Binding::write("w1s"),
    ],
    workgroup: 64,
    twin: Twin::Dilithium(compute_w1),
};

fn compute_w1(set: &Set, arguments: &Arguments, _: u32, buffers: &mut [Vec<u32>]) {
    let [signatures, assignments, challenges, matrices, t1s, zetas, w1s] = buffers else { return };
    let signatures = signatures.chunks_exact(set.signature_words() as usize).take(arguments[0] as usize);
    let challenges = challenges.chunks_exact(HASH_WORDS as usize);
    let targets = w1s.chunks_exact_mut(set.w1_words() as usize);
    for (((signature, challenge), target), slot) in signatures.zip(challenges).zip(targets).zip(assignments) {
        let slot = *slot as usize;
        let entries = matrices.as_chunks::<256>().0[slot * set.entries() as usize..].chunks(set.l as usize);
        let rows = t1s.as_chunks::<256>().0[slot * set.k as usize..].iter();

        let mut columns: Vec<_> = (0..set.l).map(|column| response(set, signature, column)).collect();
        columns.push(std::array::from_fn(|i| match bits_at(challenge, 2, i as u32) {
            2 => Q - 1,
            other => other,
        }));
        columns.iter_mut().for_each(|column| forward(zetas, column));

        let hints = hints(set, &bytes_in(&signature[set.hint_start() as usize..]));
        target.fill(0);
        for (row, (entries, t1)) in entries.zip(rows).enumerate().take(set.k as usize) {
            let mut w: Polynomial = [0; N as usize];
            for (factor, column) in entries.iter().chain([t1]).zip(&columns) {
                for i in 0..w.len() {
                    w[i] = (w[i] + times(factor[i], column[i])) % Q;
                }
            }
            backward(zetas, &mut w);
            for (i, w) in w.into_iter().enumerate() {
                let place = row * N as usize + i;
                pack(target, set.w1_bits(), place as u32, use_hint(set.gamma2, w, hints[place]));
            }
        }
    }
}

/// A polynomial of z.
fn response(set: &Set, signature: &[u32], column: u32) -> Polynomial {
    let words = &signature[(set.z_start() + column * set.z_words()) as usize..];
    std::array::from_fn(|i| (Q + (1 << set.gamma1_bits) - bits_at(words, set.z_bits(), i as u32)) % Q)
}

/// Whether there is a hint, for each coefficient of the rows. A hint belongs to the first row whose end is past it, as far
/// as ends increase; one that is past every end belongs to none.
fn hints(set: &Set, bytes: &[u8]) -> Vec<bool> {
    let (places, ends) = bytes.split_at(set.omega as usize);
    let mut hints = vec![false; (set.k * N) as usize];
    for (i, place) in places.iter().enumerate() {
        let row = ends[..set.k as usize].iter().filter(|end| usize::from(**end) <= i).count();
        if let Some(hint) = hints.get_mut(row * N as usize + usize::from(*place)) {
            *hint = true;
        }
    }
    hints
}

/// The high part of r, below q, corrected by a hint (FIPS 204, algorithms 36 and 40).
fn use_hint(gamma2: u32, r: u32, hint: bool) -> u32 {
    let parts = (Q - 1) / (2 * gamma2);
    // The part whose middle r is nearest to; q - 1 and what is near it belongs to part 0, from below.
    let part = r.div_ceil(gamma2) / 2;
    let above = r > part * 2 * gamma2;
    match (hint, above) {
        (false, _) => part % parts,
        (true, true) => (part + 1) % parts,
        (true, false) => (part + parts - 1) % parts,
    }
}

/// Puts a number of `bits` bits into words that were 0.
fn pack(words: &mut [u32], bits: u32, index: u32, value: u32) {
    let at = bits * index;
    let pair = u64::from(value) << (at % 32);
    words[at as usize / 32] |= pair as u32;
    if pair >> 32 != 0 {
        words[at as usize / 32 + 1] |= (pair >> 32) as u32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Algorithm 36 word for word: high part and remainder.
    fn decompose(r: i64, gamma2: i64) -> (i64, i64) {
        let mut r0 = r.rem_euclid(2 * gamma2);
        if r0 > gamma2 {
            r0 -= 2 * gamma2;
        }
        if r - r0 == i64::from(Q) - 1 { (0, r0 - 1) } else { ((r - r0) / (2 * gamma2), r0) }
    }

    /// Algorithm 40 word for word.
    fn standard(hint: bool, r: i64, gamma2: i64) -> i64 {
        let m = (i64::from(Q) - 1) / (2 * gamma2);
        let (r1, r0) = decompose(r, gamma2);
        if hint && r0 > 0 {
            (r1 + 1).rem_euclid(m)
        } else if hint {
            (r1 - 1).rem_euclid(m)
        } else {
            r1
        }
    }

    #[test]
    fn every_coefficient_has_the_high_part_of_the_standard() {
        for gamma2 in [(Q - 1) / 88, (Q - 1) / 32] {
            for r in 0..Q {
                for hint in [false, true] {
                    let expected = standard(hint, i64::from(r), i64::from(gamma2));
                    assert_eq!(i64::from(use_hint(gamma2, r, hint)), expected, "{r} {hint}");
                }
            }
        }
    }

    #[test]
    fn what_is_packed_is_read_again() {
        for bits in [4, 6] {
            let mut words = [0; 48];
            let value = |i: u32| i.wrapping_mul(0x9e37_79b1) >> (32 - bits);
            (0..256).for_each(|i| pack(&mut words, bits, i, value(i)));
            assert!((0..256).all(|i| bits_at(&words, bits, i) == value(i)));
        }
    }
}
