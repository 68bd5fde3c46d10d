//! No wrong verdict leaves, whatever the device does.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[cfg(feature = "device")]
mod adapter;
mod dilithium;
mod executors;

use erbium_claims::{Claim, Fault, SignedMessage, Verdict, Verifier};
use erbium_gpu::plan::{ExecuteError, Executor, Plan};
use erbium_gpu::queue::{Limits, Queue, SubmitError, Ticket, Verifying};
use erbium_gpu::signatures::{DilithiumEngine, Options, Recheck, Standing, Use};
use erbium_gpu::{CpuVerifier, DilithiumKernels};
use erbium_shaders::Program;
use executors::{Changed, How, executors, failing, flip, kernels, scheme, signed, small, with_invalid};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

fn engine(executor: Arc<dyn Executor>, options: Options) -> DilithiumEngine {
    DilithiumEngine::new(CpuVerifier::new(), kernels(executor, options), Use::Always)
}

/// Only what must be confirmed is.
fn trusting() -> Options {
    Options { recheck: Recheck::Never, ..small() }
}

fn expected(claims: &[Claim]) -> Vec<Verdict> {
    CpuVerifier::new().verify(claims).unwrap()
}

fn reason(engine: &DilithiumEngine) -> Option<String> {
    match engine.standing() {
        Standing::Retired { reason, .. } => Some(reason),
        _ => None,
    }
}

const PASSES: [&str; 8] = [
    "fill",
    "dilithium_hash_keys",
    "dilithium_expand_a",
    "dilithium_expand_t1",
    "dilithium_sample_in_ball",
    "dilithium_hash_messages",
    "dilithium_compute_w1",
    "dilithium_hash_commitments",
];

/// The engine's verdicts on two batches, the second one spoilt; the reason for which the device was retired.
fn spoilt(
    executor: &Arc<dyn Executor>,
    batches: [&[Claim]; 2],
    change: impl Fn(&mut Plan) + Send + Sync + 'static,
) -> Option<String> {
    let on = Arc::new(AtomicBool::new(false));
    let switch = on.clone();
    let changed = Changed::new(executor, move |plan| {
        if switch.load(Ordering::Relaxed) {
            change(plan);
        }
    });
    let engine = engine(changed, trusting());
    assert_eq!(engine.verify(batches[0]).unwrap(), expected(batches[0]));
    assert_eq!(reason(&engine), None);
    assert_eq!(engine.answered_by_device(), batches[0].len() as u64);
    on.store(true, Ordering::Relaxed);
    assert_eq!(engine.verify(batches[1]).unwrap(), expected(batches[1]), "a wrong verdict left");
    // Whatever happened, later verdicts are right as well.
    on.store(false, Ordering::Relaxed);
    assert_eq!(engine.verify(batches[0]).unwrap(), expected(batches[0]));
    reason(&engine)
}

#[test]
fn a_pass_that_does_not_run_is_noticed() {
    for executor in executors("skipped passes") {
        let before = signed(scheme(65), 12, 12);
        // The same, so that what was left behind would do; one is not what it was.
        let mut after = before.clone();
        let Claim::Signature { message, .. } = &mut after[3] else { unreachable!() };
        *message = SignedMessage::Plain(b"not what it was".to_vec());
        for (i, pass) in PASSES.iter().enumerate() {
            let found = spoilt(&executor, [&before, &after], move |plan| {
                assert_eq!(plan.passes()[i].program.kernel.name, PASSES[i]);
                plan.passes_mut().remove(i);
            });
            // Without the pattern there is only nothing to see.
            assert_eq!(found.is_some(), *pass != "fill", "{pass}: {found:?}");
        }
        // All of them: the pattern, or what stood there, is left.
        let found = spoilt(&executor, [&before, &after], |plan| plan.passes_mut().truncate(1)).unwrap();
        assert!(found.contains("no answer"), "{found}");
        let found = spoilt(&executor, [&before, &after], |plan| plan.passes_mut().clear());
        // A plan without passes cannot answer; it still names what it reads back.
        assert!(found.is_some());
    }
}

#[test]
fn a_flipped_word_is_noticed() {
    for executor in executors("flipped words") {
        // New keys in the second batch: all passes run.
        let batches = [signed(scheme(44), 6, 1), signed(scheme(44), 18, 18)];
        for (i, pass) in PASSES.iter().enumerate() {
            for word in [0, 5] {
                let found = spoilt(&executor, [&batches[0], &batches[1]], move |plan| flip(plan, i, word));
                assert_eq!(found.is_some(), *pass != "fill", "{pass}, word {word}: {found:?}");
            }
        }
    }
}

#[test]
fn an_answer_that_is_too_good_is_noticed() {
    for executor in executors("copied answers") {
        let claims = with_invalid(signed(scheme(65), 40, 3), 6);
        let plants = spoilt(&executor, [&claims, &claims], |plan| {
            // The device repeats what it was given: every signature's own c-tilde.
            let (passes, last) = (plan.passes().to_vec(), plan.passes().len() - 1);
            let signatures = passes[last - 1].buffers[0];
            let answers = passes[last].buffers[2];
            plan.passes_mut().truncate(last);
            let words = plan.get(answers).unwrap().words as u32;
            static COPY: erbium_shaders::Kernel = erbium_shaders::Kernel {
                name: "copy_c_tildes",
                parts: &[erbium_shaders::Part::Same(
                    "struct Arguments { words: u32, stride: u32, a: u32, b: u32, c: u32, d: u32, e: u32, f: u32 }
                    @group(0) @binding(0) var<uniform> arguments: Arguments;
                    @group(0) @binding(1) var<storage, read> signatures: array<u32>;
                    @group(0) @binding(2) var<storage, read_write> answers: array<u32>;
                    @compute @workgroup_size(64)
                    fn copy_c_tildes(@builtin(global_invocation_id) id: vec3<u32>) {
                        if id.x >= arguments.words { return; }
                        let word = id.x % 16u;
                        answers[id.x] = select(0u, signatures[id.x / 16u * arguments.stride + word], word < 12u);
                    }",
                )],
                bindings: &[
                    erbium_shaders::Binding::read("signatures"),
                    erbium_shaders::Binding::write("answers"),
                ],
                workgroup: 64,
                twin: erbium_shaders::Twin::Plain(|arguments, _, buffers| {
                    for i in 0..arguments[0] as usize {
                        let (place, word) = (i / 16 * arguments[1] as usize, i % 16);
                        buffers[1][i] = if word < 12 { buffers[0][place + word] } else { 0 };
                    }
                }),
            };
            let stride = plan.get(signatures).unwrap().words as u32 / (words / 16);
            let arguments = [words, stride, 0, 0, 0, 0, 0, 0];
            plan.pass(Program::plain(&COPY), arguments, &[signatures, answers], words.div_ceil(64));
        })
        .unwrap();
        assert!(plants.contains("planted signature"), "{plants}");
    }
}

#[test]
fn a_device_that_fails_its_self_test_is_never_used() {
    for executor in executors("self-test") {
        let changed = Changed::new(&executor, |plan| flip(plan, PASSES.len() - 1, 0));
        let engine = engine(changed, trusting());
        let claims = with_invalid(signed(scheme(87), 7, 3), 3);
        assert_eq!(engine.verify(&claims).unwrap(), expected(&claims));
        assert!(reason(&engine).unwrap().contains("planted signature"), "{:?}", reason(&engine));
        assert_eq!(engine.answered_by_device(), 0);
        assert!(engine.kernels().is_none());
    }
}

#[test]
fn nothing_is_lost_when_a_device_fails_in_mid_batch() {
    let claims = with_invalid(signed(scheme(65), 30, 4), 7);
    let errors = [
        ExecuteError::Lost { reason: "planted".to_owned() },
        ExecuteError::TimeOut { after: std::time::Duration::from_secs(1) },
        ExecuteError::Compile { kernel: "dilithium_expand_a", reason: "planted".to_owned() },
        ExecuteError::Refused { reason: "planted".to_owned() },
        ExecuteError::OutOfMemory { asked: 10, left: 5 },
    ];
    for executor in executors("failures") {
        for how in errors.iter().cloned().map(How::Error).chain([How::Panic]) {
            // Two chunks of the batch, and the self-test, are answered before.
            let engine = engine(failing(&executor, 3, &how), Options { chunk: 8, ..trusting() });
            assert_eq!(engine.verify(&claims).unwrap(), expected(&claims));
            let passing = matches!(how, How::Error(ExecuteError::OutOfMemory { .. }));
            assert_eq!(reason(&engine).is_none(), passing, "{how:?}");
            assert_eq!(engine.answered_by_device(), 0);
        }
    }
}

#[test]
fn other_claims_among_signatures_go_to_the_processor() {
    for executor in executors("other claims") {
        let engine = engine(executor, trusting());
        let mut claims = with_invalid(signed(scheme(44), 6, 3), 4);
        claims.insert(2, Claim::Groth16 { verifying_key: vec![], inputs: vec![], proof: vec![] });
        let due = expected(&claims);
        assert_eq!(due[2], Verdict::Invalid);
        assert_eq!(engine.verify(&claims), Ok(due));
        claims.remove(2);
        assert_eq!(engine.verify(&claims).unwrap(), expected(&claims));
        assert_eq!(reason(&engine), None);
    }
}

#[test]
fn an_engine_without_a_device_asks_the_processor() {
    let engine = DilithiumEngine::without_device(CpuVerifier::new());
    let claims = with_invalid(signed(scheme(44), 5, 2), 2);
    assert_eq!(engine.verify(&claims).unwrap(), expected(&claims));
    assert_eq!(engine.standing(), Standing::None);
    assert_eq!(engine.calibrate(scheme(44)), None);
}

#[test]
fn a_slow_device_is_left_alone() {
    // Twins are slower than the processor whatever the batch.
    let twin = executors("crossover")[0].clone();
    let kernels: DilithiumKernels = kernels(twin, trusting());
    let engine = DilithiumEngine::new(CpuVerifier::new(), kernels, Use::WhereFaster);
    let claims = with_invalid(signed(scheme(44), 40, 3), 4);
    assert_eq!(engine.verify(&claims).unwrap(), expected(&claims));
    assert_eq!(engine.answered_by_device(), 0);
    let crossover = engine.calibrate(scheme(44)).unwrap();
    assert!(!crossover.prefers_device(40), "{crossover:?}");
    assert!(matches!(engine.standing(), Standing::Used { .. }));
}

#[cfg(feature = "device")]
#[test]
fn faults_of_a_real_device_cost_no_verdict() {
    use erbium_gpu::device::{Device, Fault};
    let claims = with_invalid(signed(scheme(65), 30, 4), 7);
    for fault in [Fault::Destroy, Fault::TimeOut, Fault::RefuseAllocations, Fault::PanicInCompiler] {
        for warm in [false, true] {
            let Some(device): Option<Device> = adapter::device("faults", adapter::options()) else { return };
            let engine = engine(Arc::new(device.clone()), Options { chunk: 8, ..trusting() });
            if warm {
                assert_eq!(engine.verify(&claims).unwrap(), expected(&claims));
                assert_eq!(engine.answered_by_device(), 30);
            }
            device.inject(fault);
            assert_eq!(engine.verify(&claims).unwrap(), expected(&claims));
            // Memory may run short for a while; what is there is enough for what was asked before.
            assert_eq!(reason(&engine).is_some(), fault != Fault::RefuseAllocations, "{fault:?}");
        }
    }
}

#[cfg(feature = "device")]
#[test]
fn faults_of_a_real_device_in_mid_batch_cost_no_verdict() {
    use erbium_gpu::device::Fault;
    let claims = with_invalid(signed(scheme(44), 30, 4), 7);
    for fault in [
        Fault::Destroy,
        Fault::TimeOut,
        Fault::Unreadable,
        Fault::BadBuffer,
        Fault::RefuseAllocations,
        Fault::PanicInCompiler,
    ] {
        let Some(device) = adapter::device("faults in mid batch", adapter::options()) else { return };
        // The self-test, then two of four chunks: these are under way.
        let (left, struck) = (std::sync::atomic::AtomicUsize::new(3), device.clone());
        let struck = executors::Sending::new(Arc::new(device), move |inner, plan| {
            let pending = inner.submit(plan);
            if left.fetch_sub(1, Ordering::Relaxed) == 1 {
                struck.inject(fault);
            }
            pending
        });
        let engine = engine(struck, Options { chunk: 8, ..trusting() });
        assert_eq!(engine.verify(&claims).unwrap(), expected(&claims), "{fault:?}");
        // Where buffers of the size are there already nothing may come of it.
        let harmless = matches!(fault, Fault::RefuseAllocations | Fault::BadBuffer);
        assert!(harmless || reason(&engine).is_some(), "{fault:?}");
        assert_eq!(engine.verify(&claims).unwrap(), expected(&claims), "{fault:?}");
    }
}

/// Verdicts of a queue over the engine, which is dropped before anyone looks.
fn queued(engine: DilithiumEngine, claims: &[Claim]) -> (Vec<Result<Verdict, Fault>>, u64) {
    let engine = Arc::new(engine);
    let limits = Limits { batch_weight: 100_000, ..Limits::default() };
    let queue = Queue::new(Verifying(Shared(Arc::clone(&engine))), limits).unwrap();
    let tickets: Vec<_> = claims.iter().map(|claim| queue.submit(claim.clone()).unwrap()).collect();
    queue.close();
    assert!(matches!(queue.submit(claims[0].clone()), Err(SubmitError::Closed(_))));
    // Drains.
    drop(queue);
    (tickets.into_iter().map(Ticket::wait).collect(), engine.answered_by_device())
}

/// An engine that the test keeps as well.
struct Shared(Arc<DilithiumEngine>);

impl Verifier for Shared {
    fn verify(&self, claims: &[Claim]) -> Result<Vec<Verdict>, Fault> {
        self.0.verify(claims)
    }
}

#[test]
fn a_queue_over_a_device_answers_like_the_processor() {
    for executor in executors("a queue") {
        let mut claims = with_invalid(signed(scheme(44), 70, 5), 7);
        claims.extend(with_invalid(signed(scheme(65), 30, 5), 7));
        let due: Vec<_> = expected(&claims).into_iter().map(Ok).collect();
        let (answers, by_device) = queued(engine(Arc::clone(&executor), trusting()), &claims);
        assert_eq!(answers, due);
        assert!(by_device > 50, "{by_device} by the device");
        // A device that is lost in between costs no answer.
        let how = How::Error(ExecuteError::Lost { reason: "planted".to_owned() });
        let (answers, by_device) = queued(engine(failing(&executor, 3, &how), trusting()), &claims);
        assert_eq!(answers, due);
        assert!(by_device < 100, "{by_device} by the device");
        // A difference would show.
        assert_ne!(answers, expected(&claims).into_iter().rev().map(Ok).collect::<Vec<_>>());
    }
}
