//! Many batches at once from inside one small pool: a thread that waits for its own work is given others' batches.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[cfg(feature = "device")]
mod adapter;
mod dilithium;
mod executors;

use erbium_claims::{Claim, Verifier};
use erbium_gpu::plan::{ExecuteError, Executor, Limits, Pending, Plan, Resident, Trace};
use erbium_gpu::signatures::{DilithiumEngine, Options, Recheck, Standing, Use};
use erbium_gpu::{CpuVerifier, DilithiumKernels};
use executors::{executors, kernels, scheme, signed, small, with_invalid};
use rayon::prelude::*;
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

/// Far longer than the work takes.
const HANGS: Duration = Duration::from_secs(240);

/// Spreads work over the pool while a plan is sent, as a device's uploads do, and counts plans that are sent by a thread
/// that was sending another one already.
#[derive(Debug)]
struct Spreading {
    inner: Arc<dyn Executor>,
    nested: AtomicUsize,
}

thread_local! {
    static SENDING: Cell<usize> = const { Cell::new(0) };
}

impl Executor for Spreading {
    fn name(&self) -> &str {
        "spreading"
    }

    fn limits(&self) -> Limits {
        self.inner.limits()
    }

    fn allocate(&self, name: &'static str, words: usize) -> Result<Resident, ExecuteError> {
        self.inner.allocate(name, words)
    }

    fn release(&self, resident: Resident) {
        self.inner.release(resident);
    }

    fn submit(&self, plan: Plan<'_>) -> Result<Box<dyn Pending>, ExecuteError> {
        let depth = SENDING.replace(SENDING.get() + 1);
        if depth > 0 {
            self.nested.fetch_add(1, Ordering::Relaxed);
        }
        (0..4).into_par_iter().for_each(|_| {
            // Deeper than this the stack would fill up.
            if depth < 4 {
                rayon::yield_now();
            }
        });
        SENDING.set(depth);
        self.inner.submit(plan)
    }

    fn trace(&self, plan: Plan<'_>) -> Result<Trace, ExecuteError> {
        self.inner.trace(plan)
    }
}

/// Batches that share keys and bring new ones, some with claims that do not hold.
fn batches() -> Vec<Vec<Claim>> {
    let all = with_invalid(signed(scheme(44), 120, 40), 11);
    (0..24).map(|i| all[i * 4..i * 4 + 24].to_vec()).collect()
}

/// Has all batches judged at once by `verifier` in a pool of two.
fn judge(verifier: impl Verifier + Send + 'static, batches: Vec<Vec<Claim>>) {
    let expected: Vec<_> = batches.iter().map(|batch| CpuVerifier::new().verify(batch).unwrap()).collect();
    let (done, finished) = mpsc::channel();
    std::thread::spawn(move || {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        let found: Vec<_> =
            pool.install(|| batches.par_iter().with_max_len(1).map(|batch| verifier.verify(batch)).collect());
        done.send(found).unwrap();
    });
    let found: Vec<_> = finished.recv_timeout(HANGS).expect("batches wait for each other");
    for (found, expected) in found.into_iter().zip(expected) {
        assert_eq!(found.unwrap(), expected);
    }
}

#[test]
fn batches_from_inside_a_pool_do_not_wait_for_each_other() {
    for inner in executors("a small pool") {
        // Room for all keys, and for less than those that two batches bring.
        for table_bytes in [4 << 20, 600 << 10] {
            let spreading = Arc::new(Spreading { inner: Arc::clone(&inner), nested: 0.into() });
            let options = Options { table_bytes, chunk: 8, recheck: Recheck::Never, ..small() };
            let kernels: DilithiumKernels = kernels(Arc::clone(&spreading) as _, options);
            let engine = Arc::new(DilithiumEngine::new(CpuVerifier::new(), kernels, Use::Always));
            let shared = Arc::clone(&engine);
            judge(Shared(shared), batches());
            assert!(matches!(engine.standing(), Standing::Used { .. }), "{:?}", engine.standing());
            assert!(engine.answered_by_device() > 0);
            // Who holds a lock over the sending of a plan would have waited for itself so many times.
            assert!(spreading.nested.load(Ordering::Relaxed) > 0);
        }
    }
}

/// An engine that the test keeps as well.
struct Shared(Arc<DilithiumEngine>);

impl Verifier for Shared {
    fn verify(&self, claims: &[Claim]) -> Result<Vec<erbium_claims::Verdict>, erbium_claims::Fault> {
        self.0.verify(claims)
    }
}
