//! What the host does for signatures that a device checks: everything but the device's own work.
//!
//! `cargo bench --bench host -- [--scheme 44|65|87] [--batch N] [--rounds N] [--threads N]`
//!
//! The executor here copies what a plan sends into memory that is kept, as a device's uploads are, and answers at once:
//! with the c-tilde of each signature, all of which hold, and of the plants, which it computes at nobody's cost. Times are
//! those of the processor, so that they are core-microseconds whatever else the machine does: means over the rounds, since
//! the system's own counts are coarse. What a batch needs one thread for, whatever the number of cores, is told apart: the
//! caller is not of the pool, so that its own time is that. Below each total, its parts: their shares of the time on the
//! clock, which with one thread in the pool, as here unless it is told otherwise, are shares of the cores' time.

#[path = "../src/cli/bench/place.rs"]
mod place;
mod support {
    pub(crate) mod answering;
}

use aws_lc_rs::signature::{KeyPair, ML_DSA_44_SIGNING, ML_DSA_65_SIGNING, ML_DSA_87_SIGNING, PqdsaKeyPair};
use claims::{Claim, DilithiumScheme, Verifier};
use erbium::gpu::signatures::{DilithiumKernels, HostTimes, Options};
use erbium::gpu::{CpuVerifier, claims};
use rayon::prelude::*;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};
use support::answering::Answering;

/// Keys that take turns where keys repeat.
const REPEATED: usize = 16;

/// Microseconds a signature.
#[derive(Clone, Debug, Default)]
struct Sample {
    /// Of cores, the executor's answers not counted.
    cores: f64,
    /// Of the calling thread, which does what is not done on all cores.
    alone: f64,
    /// Of cores that copy uploads.
    copying: f64,
    /// On the clock.
    wall: f64,
    /// Of cores, by part.
    parts: Vec<f64>,
}

const PARTS: [&str; 7] = ["planting", "reading", "placing", "planning", "sending", "judging", "rechecking"];

fn parts(times: HostTimes) -> [Duration; 7] {
    let HostTimes { planting, reading, placing, planning, sending, judging, rechecking, .. } = times;
    [planting, reading, placing, planning, sending, judging, rechecking]
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let value = |name: &str, otherwise: usize| {
        let at = arguments.iter().position(|argument| argument == name);
        at.and_then(|at| arguments.get(at + 1)?.parse().ok()).unwrap_or(otherwise)
    };
    let (scheme, batch, rounds) = (value("--scheme", 65), value("--batch", 16_384), value("--rounds", 20));
    let Some(scheme) = DilithiumScheme::from_number(scheme as u64).filter(|scheme| scheme.is_fips204())
    else {
        eprintln!("error: --scheme is not 44, 65 or 87");
        return ExitCode::from(2);
    };
    let threads = value("--threads", 1);
    if rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().is_err() {
        eprintln!("error: no threads");
        return ExitCode::from(2);
    }
    println!("scheme keys     part          core us     alone   copying   wall us   a signature");
    for repeated in [false, true] {
        let Some(claims) = signed(scheme, batch, if repeated { REPEATED } else { batch }) else {
            eprintln!("error: aws-lc-rs does not sign");
            return ExitCode::from(2);
        };
        let Some(samples) = samples(repeated, &claims, rounds) else {
            eprintln!("error: a verdict is wrong");
            return ExitCode::from(1);
        };
        print(scheme, if repeated { "repeated" } else { "distinct" }, &samples);
    }
    println!(
        "batch {batch}, {rounds} rounds, means; {threads} threads; CPU {}, commit {}",
        place::cpu(),
        place::commit()
    );
    ExitCode::SUCCESS
}

/// One sample a round; `None` where a verdict is wrong.
fn samples(repeated: bool, claims: &[Claim], rounds: usize) -> Option<Vec<Sample>> {
    let options = Options::default();
    let executor = Arc::new(Answering::new(options.plants));
    let kernels = DilithiumKernels::new(Arc::clone(&executor) as _, options, [5; 32], CpuVerifier::new());
    let mut samples = Vec::new();
    for round in 0..=rounds {
        if !repeated {
            kernels.expire_keys();
        }
        executor.clear();
        let before = parts(kernels.host_times());
        let (cores, alone, start) = (core_seconds(), thread_seconds(), Instant::now());
        let right = kernels.verify(claims).is_ok_and(|verdicts| verdicts.iter().all(|v| v.is_valid()));
        let (alone, wall) = (thread_seconds() - alone, start.elapsed().as_secs_f64());
        let cores = core_seconds() - cores;
        if !right {
            return None;
        }
        let (copying, answering) = executor.seconds();
        let each = |seconds: f64| seconds * 1e6 / claims.len() as f64;
        // Of the time on the clock, what this process ran.
        let running = cores / wall;
        let after = parts(kernels.host_times());
        let shares = before.iter().zip(after).zip(PARTS).map(|((before, after), name)| {
            let seconds = (after - *before).as_secs_f64() * running;
            each(if name == "sending" { seconds - answering } else { seconds })
        });
        // The first one fills memory.
        if round > 0 {
            samples.push(Sample {
                parts: shares.collect(),
                cores: each(cores - answering),
                alone: each(alone - answering),
                copying: each(copying),
                wall: each(wall),
            });
        }
    }
    Some(samples)
}

fn print(scheme: DilithiumScheme, keys: &str, samples: &[Sample]) {
    let mean =
        |part: &dyn Fn(&Sample) -> f64| samples.iter().map(part).sum::<f64>() / samples.len().max(1) as f64;
    println!(
        "{:<6} {keys:<8} {:<12} {:>8.3} {:>9.3} {:>9.3} {:>9.3}",
        scheme.number(),
        "all",
        mean(&|sample| sample.cores),
        mean(&|sample| sample.alone),
        mean(&|sample| sample.copying),
        mean(&|sample| sample.wall),
    );
    for (i, part) in PARTS.iter().enumerate() {
        let time = mean(&|sample| sample.parts.get(i).copied().unwrap_or_default());
        println!("{:<6} {keys:<8}   {part:<10} {time:>8.3}", scheme.number());
    }
}

/// Signatures that hold, of 32-byte messages, by so many keys in turn.
fn signed(scheme: DilithiumScheme, count: usize, keys: usize) -> Option<Vec<Claim>> {
    let algorithm = match scheme {
        DilithiumScheme::MlDsa44 => &ML_DSA_44_SIGNING,
        DilithiumScheme::MlDsa65 => &ML_DSA_65_SIGNING,
        _ => &ML_DSA_87_SIGNING,
    };
    let numbered = |number: usize| {
        let mut bytes = [0x33; 32];
        bytes[..8].copy_from_slice(&(number as u64).to_le_bytes());
        bytes
    };
    let claim = |index: usize| {
        let pair = PqdsaKeyPair::from_seed(algorithm, &numbered(index % keys)).ok()?;
        let mut signature = vec![0; scheme.signature_len()];
        let message = numbered(index).to_vec();
        pair.sign(&message, &mut signature).ok()?;
        let public_key = pair.public_key().as_ref().to_vec();
        Some(Claim::Signature { scheme, public_key, signature, message: message.into() })
    };
    (0..count).into_par_iter().map(claim).collect()
}

/// Seconds that this thread has run; those on the clock where the system does not tell.
fn thread_seconds() -> f64 {
    ran("/proc/thread-self/schedstat".as_ref()).map_or_else(clock, |nanoseconds| nanoseconds as f64 / 1e9)
}

/// Nanoseconds that a thread has run, by its file.
fn ran(schedstat: &Path) -> Option<u64> {
    std::fs::read_to_string(schedstat).ok()?.split(' ').next()?.parse().ok()
}

fn clock() -> f64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.unwrap_or_default().as_secs_f64()
}

/// Seconds that this process's threads have run; where the system does not tell, seconds on the clock.
fn core_seconds() -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let nanoseconds: u64 = tasks.filter_map(|task| ran(&task.path().join("schedstat"))).sum();
    if nanoseconds > 0 { nanoseconds as f64 / 1e9 } else { clock() }
}
