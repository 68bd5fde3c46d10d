//! Blocks judged with a device that turns wrong.
#![allow(clippy::unwrap_used, reason = "tests")]

use erbium::gpu::plan::{ExecuteError, Executor, Limits, Pending, Plan, Resident, Trace, TwinExecutor};
use erbium::gpu::signatures::{DilithiumEngine, Standing, Use};
use erbium::gpu::{CpuRecoverer, CpuVerifier, DilithiumKernels, counter};
use erbium::validate::StreamOptions;
use erbium::vm::H160;
use erbium::vm::claims::{Fault, Recoverer, Recovery};
use erbium::{BLOCKS_IN_DOUBT, GpuMode, Machine};
use erbium_conform::source::Entries;
use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A device of twins that skips the pass with this name while it is told to.
#[derive(Debug, Default)]
struct Skipping {
    twins: TwinExecutor,
    wrong: Arc<AtomicBool>,
}

impl Executor for Skipping {
    fn name(&self) -> &str {
        "skipping"
    }

    fn limits(&self) -> Limits {
        self.twins.limits()
    }

    fn allocate(&self, name: &'static str, words: usize) -> Result<Resident, ExecuteError> {
        self.twins.allocate(name, words)
    }

    fn release(&self, resident: Resident) {
        self.twins.release(resident);
    }

    fn submit(&self, mut plan: Plan) -> Result<Box<dyn Pending>, ExecuteError> {
        if self.wrong.load(Relaxed) {
            plan.passes_mut().retain(|pass| pass.program.kernel.name != "dilithium_compute_w1");
        }
        self.twins.submit(plan)
    }

    fn trace(&self, plan: Plan) -> Result<Trace, ExecuteError> {
        self.twins.trace(plan)
    }
}

/// Counts what is counted, by name.
#[derive(Clone, Default)]
struct Counts(Arc<Mutex<BTreeMap<String, Arc<AtomicU64>>>>);

impl Counts {
    fn of(&self, name: &str) -> u64 {
        self.0.lock().unwrap().get(name).map_or(0, |count| count.load(Relaxed))
    }
}

impl Recorder for Counts {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(Arc::clone(self.0.lock().unwrap().entry(key.name().to_owned()).or_default()))
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

/// Counts how often a block's senders are asked for, once a judgement, and has the device turn wrong with one of them.
struct Counting {
    judged: Arc<AtomicUsize>,
    wrong: Arc<AtomicBool>,
    wrong_from: Option<usize>,
}

impl Recoverer for Counting {
    fn recover(&self, signed: &[Recovery]) -> Result<Vec<Option<H160>>, Fault> {
        if self.judged.fetch_add(1, Relaxed) + 1 == self.wrong_from.unwrap_or_default() {
            self.wrong.store(true, Relaxed);
        }
        CpuRecoverer.recover(signed)
    }
}

/// A machine on a device that can be told to be wrong, or is so from a judgement on; and how often blocks were judged.
fn machine(wrong_from: Option<usize>) -> (Machine, Arc<AtomicBool>, Arc<AtomicUsize>) {
    let (wrong, judged) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let executor = Skipping { wrong: Arc::clone(&wrong), ..Skipping::default() };
    let cpu = CpuVerifier::new();
    let kernels = DilithiumKernels::new(Arc::new(executor), Default::default(), [7; 32], cpu.clone());
    let counting = Counting { judged: Arc::clone(&judged), wrong: Arc::clone(&wrong), wrong_from };
    let machine = Machine::new(&GpuMode::Off)
        .unwrap()
        .with_engine(DilithiumEngine::new(cpu, kernels, Use::Always))
        .with_recoverer(counting);
    (machine, wrong, judged)
}

fn twin_block() -> Vec<u8> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/blocks/twins/930196.json.xz");
    Entries::open(&file).unwrap().next().unwrap().unwrap().bytes
}

#[test]
fn a_block_under_way_is_judged_again_without_the_device() {
    let (machine, wrong, judged) = machine(None);
    let block = twin_block();
    let counts = Counts::default();

    let validate = || {
        let before = judged.load(Relaxed);
        let report = metrics::with_local_recorder(&counts, || machine.validate(&block, None)).unwrap();
        assert!(report.is_valid(), "{:?}", report.flaws);
        judged.load(Relaxed) - before
    };
    assert_eq!(validate(), 1);
    assert!(matches!(machine.device(), Standing::Used { .. }));
    assert_eq!(counts.of(BLOCKS_IN_DOUBT), 0);
    wrong.store(true, Relaxed);
    assert_eq!(validate(), 2);
    assert!(matches!(machine.device(), Standing::Retired { .. }));
    // The block that was reported before is named, once; that under way never was with the device's help.
    assert_eq!((counts.of(BLOCKS_IN_DOUBT), counts.of(counter::DEVICE_FALLBACKS)), (1, 1));
    assert_eq!(validate(), 1);
    assert_eq!(counts.of(BLOCKS_IN_DOUBT), 1);
}

/// The device answers for the first two blocks and is given up with the third, before the second is reported: what it said
/// of that one is not believed either.
#[test]
fn blocks_of_a_stream_that_are_under_way_are_judged_again() {
    let (machine, _, judged) = machine(Some(3));
    let files = (1..=3).map(|number| (number, Some(twin_block())));
    let mut reported = Vec::new();
    let Ok(_) = machine.validate_stream(files, None, StreamOptions::default(), |number, judged| {
        let report = judged.unwrap().result.unwrap();
        assert!(report.is_valid(), "{:?}", report.flaws);
        if number == 1 {
            let start = Instant::now();
            while !matches!(machine.device(), Standing::Retired { .. }) {
                assert!(
                    start.elapsed() < Duration::from_secs(60),
                    "the third block shows the device to be wrong"
                );
                std::thread::yield_now();
            }
        }
        reported.push(number);
        Ok::<_, Infallible>(())
    });
    assert_eq!(reported, [1, 2, 3]);
    assert_eq!(judged.load(Relaxed), 1 + 2 + 2);
}
