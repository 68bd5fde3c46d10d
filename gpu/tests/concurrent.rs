//! Many batches at once from inside one small pool: a thread that waits for its own work is given others' batches.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[cfg(feature = "device")]
mod adapter;
mod dilithium;
mod executors;

use erbium_claims::{Claim, Verifier};
use erbium_gpu::plan::{ExecuteError, Executor, Pending};
use erbium_gpu::signatures::{DilithiumEngine, Options, Recheck, Standing, Use};
use erbium_gpu::{CpuVerifier, DilithiumKernels};
use executors::{Sending, executors, kernels, scheme, signed, small, with_invalid};
use rayon::prelude::*;
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

/// Far longer than the work takes.
const HANGS: Duration = Duration::from_secs(240);

thread_local! {
    static SENDING: Cell<usize> = const { Cell::new(0) };
}

/// Spreads work over the pool while a plan is sent, as a device's uploads do, and counts plans that are sent by a thread
/// that was sending another one already.
fn spreading(inner: Arc<dyn Executor>, nested: Arc<AtomicUsize>) -> Arc<Sending> {
    Sending::new(inner, move |inner, plan| {
        let depth = SENDING.replace(SENDING.get() + 1);
        if depth > 0 {
            nested.fetch_add(1, Ordering::Relaxed);
        }
        (0..4).into_par_iter().for_each(|_| {
            // Deeper than this the stack would fill up.
            if depth < 4 {
                rayon::yield_now();
            }
        });
        SENDING.set(depth);
        inner.submit(plan)
    })
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
            let nested = Arc::new(AtomicUsize::new(0));
            let options = Options { table_bytes, chunk: 8, recheck: Recheck::Never, ..small() };
            let kernels: DilithiumKernels =
                kernels(spreading(Arc::clone(&inner), Arc::clone(&nested)), options);
            let engine = Arc::new(DilithiumEngine::new(CpuVerifier::new(), kernels, Use::Always));
            let shared = Arc::clone(&engine);
            judge(Shared(shared), batches());
            assert!(matches!(engine.standing(), Standing::Used { .. }), "{:?}", engine.standing());
            assert!(engine.answered_by_device() > 0);
            // Who holds a lock over the sending of a plan would have waited for itself so many times.
            assert!(nested.load(Ordering::Relaxed) > 0);
        }
    }
}

/// Notes when a plan is waited for.
struct Noted {
    inner: Box<dyn Pending>,
    notes: Arc<Mutex<String>>,
}

impl Pending for Noted {
    fn wait(self: Box<Self>) -> Result<Vec<u32>, ExecuteError> {
        self.notes.lock().unwrap().push('w');
        self.inner.wait()
    }
}

#[test]
fn the_next_chunks_are_sent_before_one_is_waited_for() {
    for inner in executors("chunks under way") {
        let notes = Arc::new(Mutex::new(String::new()));
        let told = Arc::clone(&notes);
        let noting = Sending::new(inner, move |inner, plan| {
            told.lock().unwrap().push('s');
            Ok(Box::new(Noted { inner: inner.submit(plan)?, notes: Arc::clone(&told) }))
        });
        let kernels = kernels(noting, Options { chunk: 8, ..small() });
        let claims = signed(scheme(44), 40, 3);
        assert!(kernels.verify(&claims).unwrap().iter().all(|verdict| verdict.is_valid()));
        assert_eq!(*notes.lock().unwrap(), "ssswswswww");
    }
}

/// An engine that the test keeps as well.
struct Shared(Arc<DilithiumEngine>);

impl Verifier for Shared {
    fn verify(&self, claims: &[Claim]) -> Result<Vec<erbium_claims::Verdict>, erbium_claims::Fault> {
        self.0.verify(claims)
    }
}
