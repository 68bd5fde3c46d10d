//! Range proofs by kernels: the processor's verdicts whatever the batch, and no wrong one whatever the device does.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[cfg(feature = "device")]
mod adapter;
mod dilithium;
mod executors;
#[allow(dead_code, reason = "another test binary uses the rest")]
#[path = "ranges/reference.rs"]
mod reference;

use curve25519_dalek::Scalar;
use erbium_claims::{Claim, Verdict, Verifier};
use erbium_gpu::cpu::range_proof::{Opening, make_transfer};
use erbium_gpu::plan::{ExecuteError, Executor, Pass, Plan};
use erbium_gpu::ranges::{Options, RangeEngine, RangeKernels};
use erbium_gpu::signatures::Recheck;
use erbium_gpu::{CpuVerifier, DeviceEngine, DilithiumEngine, Groth16Engine, Standing, Trust, Use};
use erbium_shaders::Program;
use erbium_shaders::common::FLIP_WORD;
use executors::{Changed, How, Watched, executors, failing, flip, scheme, signed, small, with_invalid};
use reference::prove;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Nothing is confirmed but what must be.
fn trusting() -> Options {
    Options { recheck: Recheck::Never, few: 1, ..Options::default() }
}

fn expected(claims: &[Claim]) -> Vec<Verdict> {
    CpuVerifier::new().verify(claims).unwrap()
}

fn proofs(bits: usize, count: usize) -> Vec<Claim> {
    (0..count).map(|i| prove(b"kernels", bits, &[i as u64 * 37 % 256], [i as u8; 32])).collect()
}

fn transfer(inputs: usize, outputs: usize) -> Claim {
    let opening = |i: usize, value| Opening { value, blinding: Scalar::from(i as u64 + 11) };
    let spent: Vec<_> = (0..inputs).map(|i| opening(i, 10 * outputs as u64)).collect();
    let made: Vec<_> = (0..outputs).map(|i| opening(100 + i, 10 * inputs as u64 - 1)).collect();
    let body = make_transfer(17_778, &[7; 32], outputs as u64, &spent, &made, &[3; 32]).unwrap();
    Claim::ConfidentialTransfer { chain_id: 17_778, body }
}

/// The same proof with a byte changed.
fn changed(claim: &Claim, at: usize, bits: u8) -> Claim {
    let mut claim = claim.clone();
    match &mut claim {
        Claim::RangeProof { proof, .. } => proof[at] ^= bits,
        Claim::ConfidentialTransfer { body, .. } => body[at] ^= bits,
        _ => unreachable!(),
    }
    claim
}

/// Claims of several shapes, true, false in several ways, and malformed.
fn mixture() -> Vec<Claim> {
    let mut claims = proofs(8, 6);
    claims.push(prove(b"other", 16, &[5, 65_535], [9; 32]));
    claims.push(prove(b"kernels", 64, &[u64::MAX], [8; 32]));
    claims.push(transfer(2, 1));
    let (first, second) = (claims[0].clone(), claims[1].clone());
    // A that is no point, t_x, R of a round, the last scalar; too short; a commitment of another proof.
    for (at, bits) in [(0, 1), (4 * 32, 1), (9 * 32, 4), (14 * 32, 2)] {
        claims.push(changed(&first, at, bits));
    }
    let mut short = first.clone();
    let mut foreign = second;
    let Claim::RangeProof { proof, .. } = &mut short else { unreachable!() };
    proof.pop();
    if let (Claim::RangeProof { commitments, .. }, Claim::RangeProof { commitments: others, .. }) =
        (&mut foreign, &first)
    {
        commitments.clone_from(others);
    }
    claims.extend([short, foreign]);
    let other_chain = match transfer(1, 2) {
        Claim::ConfidentialTransfer { body, .. } => Claim::ConfidentialTransfer { chain_id: 1, body },
        _ => unreachable!(),
    };
    claims.push(other_chain);
    claims
}

#[test]
fn everyone_answers_as_the_processor_does() {
    let claims = mixture();
    let due = expected(&claims);
    assert_eq!(due.iter().filter(|verdict| verdict.is_valid()).count(), 9);
    for executor in executors("range proofs") {
        for options in [trusting(), Options { chunk: 4, recheck: Recheck::Always, ..Options::default() }] {
            let kernels = RangeKernels::new(executor.clone(), options);
            assert_eq!(kernels.verify(&claims), Ok(due.clone()));
        }
        let kernels = RangeKernels::new(executor, trusting());
        assert_eq!(kernels.verify(&[]), Ok(vec![]));
        assert_eq!(kernels.chunks(), 0);
    }
}

#[test]
fn every_pass_on_a_device_writes_what_its_twin_writes() {
    let claims = proofs(8, 3);
    let executors = executors("passes of range proofs");
    let (twin, devices) = executors.split_first().unwrap();
    let traces = |executor: &Arc<dyn Executor>| {
        let watched = Watched::new(Arc::clone(executor));
        RangeKernels::new(watched.clone(), trusting()).verify(&claims).unwrap();
        std::mem::take(&mut *watched.seen.lock().unwrap())
    };
    let expected = traces(twin);
    assert_eq!(expected.len(), 1);
    for device in devices {
        assert_eq!(expected[0].difference(&traces(device)[0]), None);
    }
}

fn engine(executor: Arc<dyn Executor>) -> (RangeEngine, Arc<Trust>) {
    let trust = Trust::new(&*executor);
    (RangeEngine::new(RangeKernels::new(executor, trusting()), Use::Always, Arc::clone(&trust)), trust)
}

fn ask(engine: &RangeEngine, claims: &[Claim]) -> Vec<Verdict> {
    engine.verify(&claims.iter().collect::<Vec<_>>()).unwrap()
}

fn reason(trust: &Trust) -> Option<String> {
    match trust.standing() {
        Standing::Retired { reason, .. } => Some(reason),
        _ => None,
    }
}

/// Why the device was given up that answers one batch, and then another one with its plans spoilt.
fn spoilt(
    executor: &Arc<dyn Executor>,
    batches: [&[Claim]; 2],
    change: impl Fn(&mut Plan) + Send + Sync + 'static,
) -> Option<String> {
    let on = Arc::new(AtomicBool::new(false));
    let switch = Arc::clone(&on);
    let executor = Changed::new(executor, move |plan| {
        if switch.load(Ordering::Relaxed) {
            change(plan);
        }
    });
    let (engine, trust) = engine(executor);
    assert_eq!(ask(&engine, batches[0]), expected(batches[0]));
    assert_eq!((reason(&trust), trust.answered()), (None, batches[0].len() as u64));
    on.store(true, Ordering::Relaxed);
    assert_eq!(ask(&engine, batches[1]), expected(batches[1]), "a wrong verdict left");
    on.store(false, Ordering::Relaxed);
    assert_eq!(ask(&engine, batches[0]), expected(batches[0]));
    reason(&trust)
}

const PASSES: [&str; 13] = [
    "fill",
    "ristretto_decompress",
    "ristretto_accumulate",
    "ristretto_reduce_buckets",
    "ristretto_combine_windows",
    "ristretto_encode",
    "ristretto_multiply_subsets",
    "ristretto_sum_scalars",
    "ristretto_join_factors",
    "ristretto_sum_fixed",
    "ristretto_sum_points",
    "ristretto_encode",
    "fill",
];

#[test]
fn a_pass_that_does_not_run_is_noticed() {
    let before = proofs(8, 2);
    // As many points, so that what was left behind fits; in the second one does not hold.
    let with_false = [before[0].clone(), changed(&before[1], 4 * 32, 1)];
    for executor in executors("skipped passes of range proofs") {
        for after in [&before[..], &with_false] {
            for (i, pass) in PASSES[..12].iter().enumerate() {
                let found = spoilt(&executor, [&before, after], move |plan| {
                    assert_eq!(plan.passes()[i].program.kernel.name, PASSES[i]);
                    plan.passes_mut().remove(i);
                });
                // Without the pattern there is only nothing to see. Where a claim does not hold, the processor's word may be
                // what the device's was by chance.
                let must = *pass != "fill" && after == &before[..];
                assert!(found.is_some() || !must, "{pass}: {found:?}");
                assert!(found.is_none() || *pass != "fill", "{pass}: {found:?}");
            }
        }
        let found = spoilt(&executor, [&before, &before], |plan| plan.passes_mut().truncate(1)).unwrap();
        assert!(found.contains("no answer"), "{found}");
        assert!(spoilt(&executor, [&before, &before], |plan| plan.passes_mut().clear()).is_some());
    }
}

#[test]
fn a_flipped_word_is_noticed() {
    let claims = proofs(8, 2);
    for executor in executors("flipped words of range proofs") {
        for (i, pass) in PASSES[..12].iter().enumerate().skip(1) {
            // Of a point y, or what is made of it: an encoding shows x by two bits only.
            let word = 11;
            let found = spoilt(&executor, [&claims, &claims], move |plan| flip(plan, i, word));
            assert!(found.is_some(), "{pass}: {found:?}");
        }
        // Flags.
        let found = spoilt(&executor, [&claims, &claims], |plan| {
            let results = plan.get(plan.passes()[0].buffers[0]).unwrap().words as u32;
            for back in 1..20 {
                let buffers = plan.passes()[0].buffers.clone();
                let arguments = [results - back, 1, 0, 0, 0, 0, 0, 0];
                plan.passes_mut().push(Pass {
                    program: Program::plain(&FLIP_WORD),
                    arguments,
                    buffers,
                    groups: 1,
                });
            }
        });
        assert!(found.is_some());
    }
}

#[test]
fn an_old_answer_and_the_identity_are_noticed() {
    // The same batch asked about again, answered with what was read back before; or with nothing but identities.
    let claims = proofs(8, 2);
    for executor in executors("old answers of range proofs") {
        let found = spoilt(&executor, [&claims, &claims], |plan| {
            let results = plan.passes()[0].buffers.clone();
            let words = plan.get(results[0]).unwrap().words as u32;
            plan.passes_mut().truncate(2);
            static ZERO: erbium_shaders::Kernel = erbium_shaders::Kernel {
                name: "zero_sums",
                parts: &[erbium_shaders::Part::Same(
                    "struct Arguments { words: u32, a: u32, b: u32, c: u32, d: u32, e: u32, f: u32, g: u32 }
                    @group(0) @binding(0) var<uniform> arguments: Arguments;
                    @group(0) @binding(1) var<storage, read_write> answers: array<u32>;
                    @compute @workgroup_size(64)
                    fn zero_sums(@builtin(global_invocation_id) id: vec3<u32>) {
                        if id.x < arguments.words { answers[id.x] = 0u; }
                    }",
                )],
                bindings: &[erbium_shaders::Binding::write("answers")],
                workgroup: 64,
                twin: erbium_shaders::Twin::Plain(|arguments, _, buffers| {
                    buffers[0][..arguments[0] as usize].fill(0);
                }),
            };
            let flags = plan.passes()[1].arguments[0];
            let words = words - flags;
            plan.pass(Program::plain(&ZERO), [words, 0, 0, 0, 0, 0, 0, 0], &results, words.div_ceil(64));
        });
        assert!(found.unwrap().contains("sum"));
    }
}

#[test]
fn nothing_is_lost_when_a_device_fails_in_mid_batch() {
    let mut claims = proofs(8, 5);
    claims.push(changed(&claims[2], 4 * 32, 1));
    let out_of_memory = ExecuteError::OutOfMemory { asked: 10, left: 5 };
    let ways = [
        How::Error(ExecuteError::Lost { reason: "planted".to_owned() }),
        How::Error(out_of_memory),
        How::Panic,
    ];
    let twin = executors("failures of range proofs")[0].clone();
    for how in ways {
        // Before the self-test, within it, and after a chunk of the batch.
        for left in [0, 3, 11] {
            let (engine, trust) = engine(failing(&twin, left, &how));
            assert_eq!(ask(&engine, &claims), expected(&claims));
            let passing = matches!(how, How::Error(ExecuteError::OutOfMemory { .. }));
            assert_eq!(reason(&trust).is_none(), passing, "{how:?}");
        }
    }
}

#[test]
fn a_device_that_is_wrong_about_one_kind_is_asked_about_none() {
    let twin = executors("retirement")[0].clone();
    let on = Arc::new(AtomicBool::new(false));
    let switch = Arc::clone(&on);
    let executor = Changed::new(&twin, move |plan| {
        if switch.load(Ordering::Relaxed) && plan.name() == "ranges" {
            flip(plan, 5, 3);
        }
    });
    let trust = Trust::new(&*executor);
    let kernels = executors::kernels(executor.clone(), small());
    let signatures =
        DilithiumEngine::with_trust(CpuVerifier::new(), kernels, Use::Always, Arc::clone(&trust));
    let ranges = RangeEngine::new(RangeKernels::new(executor, trusting()), Use::Always, Arc::clone(&trust));
    let of_proofs = Groth16Engine::without_device(signatures.cpu().proofs().clone());
    let engine = DeviceEngine::of(signatures, ranges, of_proofs);
    let mut claims = with_invalid(signed(scheme(44), 4, 2), 3);
    claims.splice(1..1, proofs(8, 2));
    claims.push(changed(&claims[1], 4 * 32, 1));
    assert_eq!(engine.verify(&claims).unwrap(), expected(&claims));
    assert_eq!(engine.answered_by_device(), 7);
    assert_eq!(engine.standing(), Standing::Used { name: "twin".to_owned() });
    on.store(true, Ordering::Relaxed);
    assert_eq!(engine.verify(&claims).unwrap(), expected(&claims));
    assert!(matches!(engine.standing(), Standing::Retired { .. }));
    on.store(false, Ordering::Relaxed);
    assert_eq!(engine.verify(&claims).unwrap(), expected(&claims));
    assert_eq!(engine.answered_by_device(), 7);
    assert!(engine.signatures().kernels().is_none() && engine.ranges().kernels().is_none());
}

#[test]
fn engines_without_a_device_ask_the_processor() {
    let claims = mixture();
    let engine = DeviceEngine::without_device(CpuVerifier::new());
    assert_eq!(engine.verify(&claims).unwrap(), expected(&claims));
    assert_eq!((engine.standing(), engine.ranges().calibrate()), (Standing::None, None));
}

#[cfg(feature = "device")]
#[test]
fn faults_of_a_real_device_cost_no_verdict() {
    use erbium_gpu::device::{Device, Fault};
    let mut claims = proofs(8, 3);
    claims.push(changed(&claims[2], 4 * 32, 1));
    for fault in [Fault::Destroy, Fault::TimeOut, Fault::RefuseAllocations, Fault::PanicInCompiler] {
        for warm in [false, true] {
            let Some(device): Option<Device> = adapter::device("faults", adapter::options()) else { return };
            let (engine, trust) = engine(Arc::new(device.clone()));
            if warm {
                assert_eq!(ask(&engine, &claims), expected(&claims));
                assert_eq!(trust.answered(), 4);
            }
            device.inject(fault);
            assert_eq!(ask(&engine, &claims), expected(&claims));
            assert_eq!(reason(&trust).is_some(), fault != Fault::RefuseAllocations, "{fault:?}");
        }
    }
}
