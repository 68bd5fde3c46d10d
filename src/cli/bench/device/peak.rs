//! What an adapter can do at its best: the mark that kernels are held against.

use super::super::measure::median;
use super::DeviceBenchError;
use erbium::gpu::device::Device;
use erbium::gpu::plan::{Executor, Plan, Source};
use erbium::gpu::shaders::bench::{
    BENCH_KECCAK, BENCH_PRODUCTS, MAX_KECCAK_ROUNDS, MAX_PRODUCT_ROUNDS, PRODUCTS_PER_ROUND,
};
use erbium::gpu::shaders::dilithium::Q;
use erbium::gpu::shaders::{Arguments, Kernel, Program};
use serde::Serialize;
use std::time::{Duration, Instant};

/// A factor of the number-theoretic transform.
const FACTOR: u32 = 4_808_194;
/// The factor times 2^32 over q, rounded down.
const QUOTIENT: u32 = (((FACTOR as u64) << 32) / Q as u64) as u32;
/// A run shorter than this says little.
const LONG_ENOUGH: Duration = Duration::from_millis(4);
/// Most threads of a run.
const MOST_THREADS: u32 = 1 << 20;
const RUNS: usize = 5;
const WAKING: Duration = Duration::from_millis(40);

/// Operations a second, in kernels that do nothing else.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Peak {
    /// Products of a known factor and a word, modulo q.
    pub(super) products_per_second: f64,
    /// Keccak-f[1600].
    pub(super) keccak_per_second: f64,
}

/// Measures the adapter.
pub(super) fn measure(device: &Device) -> Result<Peak, DeviceBenchError> {
    let products = |count, rounds| [count, rounds, FACTOR, QUOTIENT, 0, 0, 0, 0];
    let keccak = |count, rounds| [count, rounds, 0, 0, 0, 0, 0, 0];
    Ok(Peak {
        products_per_second: rate(device, &BENCH_PRODUCTS, MAX_PRODUCT_ROUNDS, products)?
            * f64::from(PRODUCTS_PER_ROUND),
        keccak_per_second: rate(device, &BENCH_KECCAK, MAX_KECCAK_ROUNDS, keccak)?,
    })
}

/// Keeps an adapter at work for a while, so that its clocks are up: an idle one takes them down, and takes time to raise
/// them.
pub(super) fn wake(device: &Device) -> Result<(), DeviceBenchError> {
    let start = Instant::now();
    while start.elapsed() < WAKING {
        run(device, &BENCH_PRODUCTS, [MOST_THREADS, 16, FACTOR, QUOTIENT, 0, 0, 0, 0])?;
    }
    Ok(())
}

/// Rounds a second of all threads together.
fn rate(
    device: &Device,
    kernel: &'static Kernel,
    most_rounds: u32,
    arguments: impl Fn(u32, u32) -> Arguments,
) -> Result<f64, DeviceBenchError> {
    let (mut threads, mut rounds) = (1 << 10, 1);
    // The first run compiles.
    run(device, kernel, arguments(threads, rounds))?;
    // More threads first: they fill the adapter.
    while run(device, kernel, arguments(threads, rounds))? < LONG_ENOUGH {
        if threads < MOST_THREADS {
            threads *= 2;
        } else if rounds < most_rounds {
            rounds = (rounds * 2).min(most_rounds);
        } else {
            break;
        }
    }
    let mut times = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        times.push(run(device, kernel, arguments(threads, rounds))?.as_secs_f64());
    }
    Ok(f64::from(threads) * f64::from(rounds) / median(times.into_iter()))
}

/// Time of one run: by the adapter's own clock where it has one.
fn run(device: &Device, kernel: &'static Kernel, arguments: Arguments) -> Result<Duration, DeviceBenchError> {
    let mut plan = Plan::new("peak");
    let threads = arguments.first().copied().unwrap_or_default();
    let results = plan.buffer("results", threads as usize, Source::Scratch);
    plan.pass(Program::plain(kernel), arguments, &[results], threads.div_ceil(kernel.workgroup));
    plan.read_back(results);
    device.timings();
    let start = Instant::now();
    device.submit(plan)?.wait()?;
    let elapsed = start.elapsed();
    Ok(device.timings().get(kernel.name).map_or(elapsed, |(_, time)| *time))
}
