//! What the host does for signatures that a device checks: everything but the device's own work.
//!
//! `cargo bench --bench host -- [--scheme 44|65|87] [--batch N] [--rounds N]`
//!
//! The executor here copies what a plan sends into memory that is kept, as a device's uploads are, and answers at once:
//! with the c-tilde of each signature, all of which hold, and of the plants, which it computes while the clock of the
//! host stands still. Times are those of the processor, of all threads together, so that they are core-microseconds
//! whatever else the machine does; the parts are differences between runs with and without them, taken by turns.

#[path = "../src/cli/bench/place.rs"]
mod place;
mod support {
    pub(crate) mod answering;
}

use aws_lc_rs::signature::{KeyPair, ML_DSA_44_SIGNING, ML_DSA_65_SIGNING, ML_DSA_87_SIGNING, PqdsaKeyPair};
use claims::{Claim, DilithiumScheme, Verifier};
use erbium::gpu::signatures::{DilithiumKernels, Options, Recheck};
use erbium::gpu::{CpuVerifier, claims};
use rayon::prelude::*;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;
use support::answering::Answering;

/// Keys that take turns where keys repeat.
const REPEATED: usize = 16;

/// A way to run the same batch.
struct Variant {
    name: &'static str,
    options: Options,
}

/// Microseconds a signature.
#[derive(Clone, Copy, Default)]
struct Sample {
    /// Of cores, the executor's own not counted.
    cores: f64,
    /// Of cores that copy uploads.
    copying: f64,
    /// On the clock.
    wall: f64,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let value = |name: &str, otherwise: usize| {
        let at = arguments.iter().position(|argument| argument == name);
        at.and_then(|at| arguments.get(at + 1)?.parse().ok()).unwrap_or(otherwise)
    };
    let (scheme, batch, rounds) = (value("--scheme", 65), value("--batch", 16_384), value("--rounds", 9));
    let Some(scheme) = DilithiumScheme::from_number(scheme as u64).filter(|scheme| scheme.is_fips204())
    else {
        eprintln!("error: --scheme is not 44, 65 or 87");
        return ExitCode::from(2);
    };
    println!("scheme keys     part                    core us   copying   wall us   a signature");
    for repeated in [false, true] {
        let Some(claims) = signed(scheme, batch, if repeated { REPEATED } else { batch }) else {
            eprintln!("error: aws-lc-rs does not sign");
            return ExitCode::from(2);
        };
        if !measure(scheme, repeated, &claims, rounds) {
            eprintln!("error: a verdict is wrong");
            return ExitCode::from(1);
        }
    }
    println!(
        "batch {batch}, {rounds} rounds, medians; {} threads; CPU {}, commit {}",
        rayon::current_num_threads(),
        place::cpu(),
        place::commit()
    );
    ExitCode::SUCCESS
}

/// Prints a line a variant; false where a verdict is wrong.
fn measure(scheme: DilithiumScheme, repeated: bool, claims: &[Claim], rounds: usize) -> bool {
    let whole = Options::default();
    let unchecked = Options { recheck: Recheck::Never, ..whole };
    let variants = [
        Variant { name: "all", options: whole },
        Variant { name: "no rechecks", options: unchecked },
        Variant { name: "nor plants", options: Options { plants: 0, ..unchecked } },
    ];
    let sides: Vec<_> = variants
        .iter()
        .map(|variant| {
            let executor = Arc::new(Answering::new(variant.options.plants));
            let kernels = DilithiumKernels::new(
                Arc::clone(&executor) as _,
                variant.options,
                [5; 32],
                CpuVerifier::new(),
            );
            (executor, kernels)
        })
        .collect();
    let mut samples = vec![Vec::new(); variants.len()];
    for round in 0..=rounds {
        for (samples, (executor, kernels)) in samples.iter_mut().zip(&sides) {
            if !repeated {
                kernels.expire_keys();
            }
            executor.clear();
            let (cores, start) = (core_seconds(), Instant::now());
            let right = kernels.verify(claims).is_ok_and(|verdicts| verdicts.iter().all(|v| v.is_valid()));
            let (cores, wall) = (core_seconds() - cores, start.elapsed().as_secs_f64());
            if !right {
                return false;
            }
            let (copying, answering) = executor.seconds();
            let each = |seconds: f64| seconds * 1e6 / claims.len() as f64;
            // The first one fills memory.
            if round > 0 {
                samples.push(Sample {
                    cores: each(cores - answering),
                    copying: each(copying),
                    wall: each(wall - answering),
                });
            }
        }
    }
    for (variant, samples) in variants.iter().zip(&samples) {
        let of = |part: fn(&Sample) -> f64| {
            let mut values: Vec<f64> = samples.iter().map(part).collect();
            values.sort_by(f64::total_cmp);
            values.get(values.len() / 2).copied().unwrap_or_default()
        };
        println!(
            "{:<6} {:<8} {:<20} {:>10.3} {:>9.3} {:>9.3}",
            scheme.number(),
            if repeated { "repeated" } else { "distinct" },
            variant.name,
            of(|sample| sample.cores),
            of(|sample| sample.copying),
            of(|sample| sample.wall),
        );
    }
    true
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

/// Seconds that this process's threads have run; where the system does not tell, seconds on the clock.
fn core_seconds() -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let of = |task: std::fs::DirEntry| {
        let text = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<u64>().ok()
    };
    let nanoseconds: u64 = tasks.filter_map(of).sum();
    if nanoseconds > 0 {
        return nanoseconds as f64 / 1e9;
    }
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}
