//! Kernels that tell what an adapter can do: its own peak, which throughput is measured against.

use crate::keccak::permute;
use crate::kernel::{Arguments, Binding, Kernel, Part, Twin};
use crate::parts;

/// Every kernel of this module.
pub const KERNELS: &[&Kernel] = &[&BENCH_PRODUCTS, &BENCH_KECCAK];

/// Products that a thread of [`BENCH_PRODUCTS`] makes in a round.
pub const PRODUCTS_PER_ROUND: u32 = 32;
/// Most rounds of [`BENCH_PRODUCTS`]: some drivers stop a shader's loops, all together, after 65,535 trips.
pub const MAX_PRODUCT_ROUNDS: u32 = 30_000;
/// Most rounds of [`BENCH_KECCAK`], for the same reason: each is a trip with 24 of the permutation in it.
pub const MAX_KECCAK_ROUNDS: u32 = 30_000 / 25;

/// Multiplies four numbers modulo q by a known factor, 8 times each a round.
///
/// Arguments: count of threads, rounds (at most [`MAX_PRODUCT_ROUNDS`]), the factor below q, the factor times 2^32 over q
/// rounded down. Groups: count over 64, rounded up. `results`: a word a thread.
pub static BENCH_PRODUCTS: Kernel = Kernel {
    name: "bench_products",
    parts: &[parts::PRODUCTS, Part::Same(include_str!("../bench/bench_products.wgsl"))],
    bindings: &[Binding::write("results")],
    workgroup: 64,
    twin: Twin::Plain(bench_products),
};

/// Permutes a Keccak state.
///
/// Arguments: count of threads, permutations (at most [`MAX_KECCAK_ROUNDS`]). Groups: count over 64, rounded up.
/// `results`: a word a thread.
pub static BENCH_KECCAK: Kernel = Kernel {
    name: "bench_keccak",
    parts: &[parts::LANES, parts::KECCAK, Part::Same(include_str!("../bench/bench_keccak.wgsl"))],
    bindings: &[Binding::write("results")],
    workgroup: 64,
    twin: Twin::Plain(bench_keccak),
};

fn bench_products(arguments: &Arguments, _: u32, buffers: &mut [Vec<u32>]) {
    let [count, rounds, factor, quotient, ..] = *arguments;
    // As the kernel does: the results are not reduced, so that their representatives count.
    let times = |x: u32| {
        let high = (u64::from(quotient) * u64::from(x)) >> 32;
        factor.wrapping_mul(x).wrapping_sub((high as u32).wrapping_mul(crate::dilithium::Q))
    };
    for (item, word) in (0..count).zip(&mut buffers[0]) {
        let mut numbers = [item, item + 1, item + 2, item + 3];
        for _ in 0..rounds * PRODUCTS_PER_ROUND / 4 {
            numbers = numbers.map(times);
        }
        *word = numbers.iter().sum::<u32>() % crate::dilithium::Q;
    }
}

fn bench_keccak(arguments: &Arguments, _: u32, buffers: &mut [Vec<u32>]) {
    let [count, rounds, ..] = *arguments;
    for (item, word) in (0..count).zip(&mut buffers[0]) {
        let mut state = [0; 25];
        state[0] = u64::from(item);
        for _ in 0..rounds {
            permute(&mut state);
        }
        *word = state[0] as u32 ^ (state[0] >> 32) as u32;
    }
}
