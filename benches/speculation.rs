//! What presuming and running ahead cost at worst, and gain on real blocks: sequential execution and others by turns.
//!
//! `cargo bench --bench speculation -- [--rounds N] [--data PATH]`
//!
//! Timed is the execution of a block from a state in memory, claims of contracts included, without transactions'
//! signatures and without roots. A ratio is that of medians: of hostile blocks the time over the sequential one, of real
//! blocks the speed over it.

#[path = "../tests/support/hostile.rs"]
mod hostile;

use erbium::gpu::CpuVerifier;
use erbium::vm::ParallelVM;
use erbium::vm::block::json::BlockFile;
use erbium::vm::block::{BlockInput, BlockResult};
use erbium::vm::claims::{NoCoprocessor, Verifier};
use erbium::vm::evm::{BlockEnv, Coprocessor, Evm};
use erbium::vm::spec::SpecSource;
use erbium::vm::speculation::Counters;
use erbium::vm::state::MemoryState;
use erbium::vm::{ChainSpec, H160};
use erbium::{ExecutionOptions, Parallel};
use erbium_conform::source::Entries;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

type Answer<T> = Result<T, Box<dyn Error>>;

/// The manners: sequential first, then those that are held against it.
fn manners() -> [(&'static str, ExecutionOptions); 3] {
    let ahead = |threads| ExecutionOptions {
        parallel: Parallel::Always,
        threads: Some(threads),
        ..ExecutionOptions::default()
    };
    [
        ("sequential", ExecutionOptions::sequential()),
        ("ahead, 1 thread", ahead(1)),
        ("ahead, all threads", ahead(usize::MAX)),
    ]
}

/// As `validate` does it.
const USUAL: &str = "as usual";

fn main() -> Answer<()> {
    let (rounds, data) = arguments()?;
    println!("{} threads, {rounds} rounds, medians", rayon::current_num_threads());
    let verifier = CpuVerifier::new();
    println!("\nhostile and honest blocks of claims: time over sequential");
    for scene in hostile::blocks().iter().chain(&hostile::honest_blocks()) {
        let env = scene.env();
        let run = |options| execute(&scene.spec, &env, &scene.state, &scene.input(), &verifier, options);
        let mut usual = manners().to_vec();
        usual.push((USUAL, ExecutionOptions::default()));
        let times = by_turns(rounds, &usual, run)?;
        let of = |at: usize| times[at].as_secs_f64() / times[0].as_secs_f64();
        println!(
            "{:<36} {:>8.1} ms; ahead, 1 thread {:.2}; all threads {:.2}; {USUAL} {:.2}",
            scene.name,
            times[0].as_secs_f64() * 1e3,
            of(1),
            of(2),
            of(3),
        );
    }
    real_blocks(rounds, &data, &verifier)
}

fn arguments() -> Answer<(usize, PathBuf)> {
    let (mut rounds, mut data) = (5, blocks_at_hand());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--rounds" => rounds = arguments.next().ok_or("--rounds needs a number")?.parse()?,
            "--data" => data = arguments.next().ok_or("--data needs a path")?.into(),
            // Cargo says so.
            "--bench" => {}
            other => return Err(format!("what is {other}?").into()),
        }
    }
    Ok((rounds, data))
}

/// The 48 blocks of the fixtures, or the few of the repository.
fn blocks_at_hand() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let fixtures = std::env::var_os("ERBIUM_FIXTURES").map_or_else(|| root.join("../shared"), PathBuf::from);
    let archive = fixtures.join("fixtures/mainnet-blocks.tar.xz");
    if archive.is_file() { archive } else { root.join("examples/blocks") }
}

fn real_blocks(rounds: usize, data: &Path, verifier: &dyn Verifier) -> Answer<()> {
    println!("\n{}: speed over sequential", data.display());
    println!("{:>12} {:>5} {:>8} {:>9} {:>8} {:>8} {:>8}", "block", "txs", "Mgas", "ms", "1", "all", USUAL);
    let mut usual = manners().to_vec();
    usual.push((USUAL, ExecutionOptions::default()));
    let (mut sums, mut counters) = (vec![0.0; usual.len()], Counters::default());
    for entry in Entries::open(data)? {
        let entry = entry?;
        if !entry.name.contains(".json") {
            continue;
        }
        let file = BlockFile::from_json(&entry.bytes)?;
        let source = match &file.spec {
            Some(spec) => SpecSource::from_json(spec)?,
            None => SpecSource::Mainnet,
        };
        let header = &file.block.header;
        let spec = source.at(header.number, header.timestamp);
        let (env, state) = (BlockEnv::of_header(&spec, header)?, file.state_before());
        let senders: Vec<H160> = file.claimed.transactions.iter().map(|claimed| claimed.from).collect();
        let authorities = vec![Vec::new(); senders.len()];
        let input = BlockInput {
            block: &file.block,
            senders: &senders,
            authorities: &authorities,
            rlp_size: None,
            state_root: None,
        };
        let run = |options| execute(&spec, &env, &state, &input, verifier, options);
        let times = by_turns(rounds, &usual, run)?;
        let (_, _, counted) = run(ExecutionOptions::default())?;
        counters += &counted;
        let seconds: Vec<f64> = times.iter().map(Duration::as_secs_f64).collect();
        sums.iter_mut().zip(&seconds).for_each(|(sum, time)| *sum += time);
        println!(
            "{:>12} {:>5} {:>8.2} {:>9.2} {:>8.2} {:>8.2} {:>8.2}",
            header.number,
            senders.len(),
            header.gas_used as f64 / 1e6,
            seconds[0] * 1e3,
            seconds[0] / seconds[1],
            seconds[0] / seconds[2],
            seconds[0] / seconds[3],
        );
    }
    println!(
        "{:>12} {:>24.2} {:>8.2} {:>8.2} {:>8.2}\n{counters:?}",
        "all",
        sums[0] * 1e3,
        sums[0] / sums[1],
        sums[0] / sums[2],
        sums[0] / sums[3],
    );
    Ok(())
}

/// Median times of each manner, the manners taking turns; what comes out must agree.
fn by_turns(
    rounds: usize,
    manners: &[(&str, ExecutionOptions)],
    run: impl Fn(ExecutionOptions) -> Answer<(Duration, BlockResult, Counters)>,
) -> Answer<Vec<Duration>> {
    let (_, expected, _) = run(ExecutionOptions::sequential())?;
    let mut times = vec![Vec::new(); manners.len()];
    for _ in 0..rounds.max(1) {
        for ((name, options), times) in manners.iter().zip(&mut times) {
            let (time, result, _) = run(*options)?;
            if result != expected {
                return Err(format!("another result: {name}").into());
            }
            times.push(time);
        }
    }
    Ok(times
        .into_iter()
        .map(|mut times| {
            times.sort_unstable();
            times[times.len() / 2]
        })
        .collect())
}

fn execute(
    spec: &ChainSpec,
    env: &BlockEnv,
    state: &MemoryState,
    input: &BlockInput<'_>,
    verifier: &dyn Verifier,
    options: ExecutionOptions,
) -> Answer<(Duration, BlockResult, Counters)> {
    let coprocessor = Coprocessor { verifier, deriver: &NoCoprocessor };
    let mut evm = Evm::new(spec, env, state).with_coprocessor(coprocessor);
    let (vm, mut counters) = (ParallelVM::new(options), Counters::default());
    let start = Instant::now();
    let result = vm.execute_block(&mut evm, input, &mut counters)??;
    Ok((start.elapsed(), result, counters))
}
