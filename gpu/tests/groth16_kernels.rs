//! Groth16 proofs by kernels: the processor's verdicts whatever the batch, and no wrong one whatever the device does.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[cfg(feature = "device")]
mod adapter;
mod dilithium;
mod executors;
#[allow(dead_code, reason = "another test binary uses the rest")]
#[path = "groth16/maker.rs"]
mod maker;

use erbium_claims::{Claim, Fault, Verdict, Verifier};
use erbium_gpu::groth16::{Groth16Engine, Groth16Kernels, Options};
use erbium_gpu::plan::{BufferIndex, ExecuteError, Executor, Pass, Pending, Plan, Source};
use erbium_gpu::signatures::Recheck;
use erbium_gpu::{
    CpuVerifier, DeviceEngine, DilithiumEngine, RangeEngine, RangeKernels, Standing, Trust, Use,
    ZKProofEngine,
};
use erbium_shaders::Program;
use erbium_shaders::bls12_381::Fe;
use erbium_shaders::common::FLIP_WORD;
use executors::{Changed, How, Sending, executors, failing, scheme, signed, small, with_invalid};
use maker::{CHANGES, Key, Numbers, Zero};
use proptest::prelude::*;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// Nothing is confirmed but what must be.
fn trusting() -> Options {
    Options { recheck: Recheck::Never, few: 1, ..Options::default() }
}

fn kernels(executor: &Arc<dyn Executor>, options: Options) -> Groth16Kernels {
    Groth16Kernels::new(Arc::clone(executor), options, ZKProofEngine::new())
}

fn expected(claims: &[Claim]) -> Vec<Verdict> {
    CpuVerifier::new().verify(claims).unwrap()
}

/// Proofs that hold, under keys in turn.
fn proofs(count: usize, keys: usize) -> Vec<Claim> {
    let mut numbers = Numbers::new(count as u64);
    let keys: Vec<_> = (0..keys).map(|inputs| Key::new(&mut numbers, inputs, Zero::None)).collect();
    (0..count).map(|at| keys[at % keys.len()].claim(&mut numbers, Zero::None)).collect()
}

fn changed(claim: &Claim, kind: usize, seed: u64) -> Claim {
    let mut claim = claim.clone();
    maker::change(&mut claim, kind, seed);
    claim
}

/// Claims of several keys, true, with infinity in them, false in every way, and malformed.
fn mixture() -> Vec<Claim> {
    let mut numbers = Numbers::new(5);
    let mut claims = proofs(3, 2);
    let whole = Key::new(&mut numbers, 2, Zero::None).claim(&mut numbers, Zero::None);
    for zero in [Zero::A, Zero::B, Zero::C, Zero::Alpha, Zero::Gamma, Zero::Ic] {
        claims.push(Key::new(&mut numbers, 1, zero).claim(&mut numbers, zero));
    }
    claims.extend((0..CHANGES).map(|kind| changed(&whole, kind, kind as u64)));
    // What is about A, B and C alike.
    claims.extend(
        (1..5)
            .flat_map(|kind| (0..3).map(move |part| (kind, part)))
            .map(|(kind, part)| changed(&whole, kind, part)),
    );
    claims
}

#[test]
fn everyone_answers_as_the_processor_does() {
    let claims = mixture();
    let due = expected(&claims);
    assert_eq!(due.iter().filter(|verdict| verdict.is_valid()).count(), 9);
    for executor in executors("Groth16 proofs") {
        for options in [
            Options { few: 8, ..trusting() },
            Options { chunk: 16, recheck: Recheck::Always, ..Options::default() },
        ] {
            assert_eq!(kernels(&executor, options).verify(&claims), Ok(due.clone()));
        }
        let kernels = kernels(&executor, trusting());
        assert_eq!(kernels.verify(&[]), Ok(vec![]));
        assert_eq!(kernels.chunks(), 0);
        let transfer = Claim::ConfidentialTransfer { chain_id: 1, body: vec![] };
        assert!(matches!(kernels.verify(&[transfer]), Err(Fault::Unsupported { .. })));
    }
}

#[test]
fn one_that_does_not_hold_is_found_in_smaller_chunks() {
    let twin = executors("smaller chunks").swap_remove(0);
    let good = proofs(9, 2);
    for bad in 0..9 {
        let mut claims = good.clone();
        claims[bad] = changed(&claims[bad], 1, 2);
        let kernels = kernels(&twin, Options { few: 2, ..trusting() });
        assert_eq!(kernels.verify(&claims), Ok(expected(&claims)));
        // 9; 4 of these; half of the 4 or 5 with the bad one; of 3, one more.
        assert!((3..=4).contains(&kernels.chunks()), "{bad}: {}", kernels.chunks());
    }
    let all_bad: Vec<_> = good.iter().map(|claim| changed(claim, 0, 0)).collect();
    assert_eq!(
        kernels(&twin, Options { few: 2, ..trusting() }).verify(&all_bad),
        Ok(vec![Verdict::Invalid; 9])
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if std::env::var_os("PROPTEST_CASES").is_some() { ProptestConfig::default().cases } else { 4 }))]

    #[test]
    fn verdicts_are_the_processor_s_whatever_the_batch(
        seed in any::<u64>(),
        wanted in prop::collection::vec((0..3usize, 0..3 * CHANGES, any::<u16>()), 1..16),
        few in 1usize..6,
        chunk in 3usize..20,
    ) {
        let mut numbers = Numbers::new(seed);
        let keys: Vec<_> = (0..3).map(|inputs| Key::new(&mut numbers, inputs, Zero::None)).collect();
        let claims: Vec<_> = wanted
            .iter()
            // Two thirds stay as they are.
            .map(|(key, kind, seed)| changed(&keys[*key].claim(&mut numbers, Zero::None), *kind, u64::from(*seed)))
            .collect();
        for executor in executors("any Groth16 proofs") {
            let kernels = kernels(&executor, Options { few, chunk, ..trusting() });
            prop_assert_eq!(kernels.verify(&claims).unwrap(), expected(&claims));
        }
    }
}

/// What comes of a batch on an executor whose plans are spoilt, after one whose plans were not: a wrong answer was noticed,
/// or every verdict is right.
fn spoilt(
    executor: &Arc<dyn Executor>,
    claims: &[Claim],
    change: impl Fn(&mut Plan) + Send + Sync + 'static,
) -> Option<String> {
    let executor: Arc<dyn Executor> = Changed::new(executor, change);
    noticed(&kernels(&executor, trusting()), claims)
}

fn noticed(kernels: &Groth16Kernels, claims: &[Claim]) -> Option<String> {
    match kernels.verify_claims(&claims.iter().collect::<Vec<_>>()) {
        Ok(verdicts) => {
            assert_eq!(verdicts, expected(claims), "a wrong verdict left");
            None
        }
        Err(failure) => {
            assert!(!failure.is_passing(), "{failure}");
            Some(failure.to_string())
        }
    }
}

/// How many passes a plan for these claims has.
fn passes(executor: &Arc<dyn Executor>, claims: &[Claim]) -> usize {
    let seen = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&seen);
    let found = spoilt(executor, claims, move |plan| count.store(plan.passes().len(), Ordering::Relaxed));
    assert_eq!(found, None);
    seen.load(Ordering::Relaxed)
}

#[test]
fn a_pass_that_does_not_run_is_noticed() {
    let claims = proofs(2, 1);
    for executor in executors("skipped passes of Groth16 proofs") {
        let count = passes(&executor, &claims);
        assert!(count > 20, "{count} passes");
        // A part of them, another one on a device; `plan/tests.rs` has all.
        for skipped in (usize::from(executor.name() != "twin")..count).step_by(2) {
            let found = spoilt(&executor, &claims, move |plan| drop(plan.passes_mut().remove(skipped)));
            // Without the pattern there is only nothing to see.
            assert_eq!(found.is_some(), skipped > 0, "{skipped} of {count}: {found:?}");
        }
        let found = spoilt(&executor, &claims, |plan| plan.passes_mut().truncate(1)).unwrap();
        assert!(found.contains("no answer"), "{found}");
        assert!(spoilt(&executor, &claims, |plan| plan.passes_mut().clear()).is_some());
    }
}

#[test]
fn no_flipped_word_costs_a_verdict() {
    let claims = proofs(2, 1);
    for executor in executors("flipped words of Groth16 proofs") {
        let count = passes(&executor, &claims);
        let mut noticed = 0;
        for after in (1..count).step_by(4) {
            for buffer in [3, 4] {
                let found = spoilt(&executor, &claims, move |plan| {
                    let flipped = plan.passes()[after].buffers[buffer];
                    let words = plan.get(flipped).unwrap().words;
                    flip(plan, after, flipped, (after * 997 % words) as u32, 1 << 7);
                });
                noticed += usize::from(found.is_some());
            }
        }
        // Some are in registers that nobody reads any more.
        assert!(noticed > count / 8, "{noticed} of {count} passes");
    }
}

/// Flips bits of a word after the pass with this number.
fn flip(plan: &mut Plan<'_>, after: usize, buffer: BufferIndex, word: u32, bits: u32) {
    let arguments = [word, bits, 0, 0, 0, 0, 0, 0];
    let pass = Pass { program: Program::plain(&FLIP_WORD), arguments, buffers: vec![buffer], groups: 1 };
    plan.passes_mut().insert(after + 1, pass);
}

/// What the programs' passes do with points that are none shows nowhere but in flags: each of the plants has to be found.
#[test]
fn a_flag_that_is_never_set_is_noticed() {
    let claims = proofs(2, 1);
    for executor in executors("flags of Groth16 proofs") {
        for bit in 0..6 {
            let executor = answering(&executor, move |words, proofs| {
                words[..proofs].iter_mut().for_each(|flags| *flags &= !(1 << bit));
            });
            let found = noticed(&kernels(&executor, trusting()), &claims).unwrap();
            assert!(found.contains("planted proof"), "{bit}: {found}");
        }
    }
}

/// Hands answers on, changed by a function of the words and how many proofs there are.
fn answering(
    inner: &Arc<dyn Executor>,
    change: impl Fn(&mut Vec<u32>, usize) + Send + Sync + 'static,
) -> Arc<dyn Executor> {
    Sending::new(Arc::clone(inner), move |inner, plan| {
        let proofs = proofs_of(&plan);
        let mut words = inner.submit(plan)?.wait()?;
        change(&mut words, proofs);
        Ok(Box::new(Answered(words)))
    })
}

struct Answered(Vec<u32>);

impl Pending for Answered {
    fn wait(self: Box<Self>) -> Result<Vec<u32>, ExecuteError> {
        Ok(self.0)
    }
}

/// Proofs of a plan, plants included.
fn proofs_of(plan: &Plan<'_>) -> usize {
    let encodings = plan.buffers().iter().find(|buffer| buffer.name == "encodings_g2").unwrap();
    encodings.words / 24
}

#[test]
fn answers_that_are_changed_are_noticed() {
    let claims = proofs(3, 1);
    // A line, and a number of it.
    const LINE: usize = 144;
    type Lie = fn(&mut Vec<u32>, usize);
    let lies: [(&str, Lie); 8] = [
        ("a good proof found bad", |words, proofs| {
            *words[..proofs].iter_mut().find(|flags| **flags == 0).unwrap() = 1;
        }),
        ("lines of one", |words, proofs| {
            for line in words[proofs..proofs + 68 * LINE].chunks_mut(LINE) {
                line.fill(0);
                line[..12].copy_from_slice(&Fe::ONE.words());
            }
        }),
        ("a line of another step", |words, proofs| words.copy_within(proofs..proofs + LINE, proofs + LINE)),
        ("lines of no number", |words, proofs| words[proofs..proofs + 12].fill(u32::MAX)),
        ("a sum of another key", |words, _| {
            // Coordinates of sums lie side by side.
            let from = words.len() - 24;
            words.copy_within(from..from + 12, from + 12);
        }),
        ("zeros", |words, _| words.fill(0)),
        ("too few", |words, _| words.truncate(100)),
        ("a bit", |words, proofs| words[proofs + 30 * LINE + 80] ^= 1),
    ];
    let twin = executors("changed answers of Groth16 proofs").swap_remove(0);
    for (what, lie) in lies {
        let executor = answering(&twin, lie);
        assert!(noticed(&kernels(&executor, trusting()), &claims).is_some(), "{what}");
    }
}

#[test]
fn an_old_answer_is_noticed() {
    // The same batch asked about again, answered with what was read back before.
    let claims = proofs(2, 1);
    for executor in executors("old answers of Groth16 proofs") {
        let kept = Mutex::new(None::<Vec<u32>>);
        let executor: Arc<dyn Executor> = Sending::new(executor, move |inner, plan| {
            let mut kept = kept.lock().unwrap();
            let words = match kept.take() {
                Some(words) => words,
                None => inner.submit(plan)?.wait()?,
            };
            *kept = Some(words.clone());
            Ok(Box::new(Answered(words)))
        });
        let kernels = kernels(&executor, trusting());
        assert_eq!(noticed(&kernels, &claims), None);
        for _ in 0..3 {
            assert!(noticed(&kernels, &claims).is_some());
        }
    }
}

fn engine(executor: Arc<dyn Executor>) -> (Groth16Engine, Arc<Trust>) {
    let trust = Trust::new(&*executor);
    let of_proofs = kernels(&executor, trusting());
    (Groth16Engine::new(ZKProofEngine::new(), of_proofs, Use::Always, Arc::clone(&trust)), trust)
}

fn ask(engine: &Groth16Engine, claims: &[Claim]) -> Vec<Verdict> {
    engine.verify(&claims.iter().collect::<Vec<_>>()).unwrap()
}

fn reason(trust: &Trust) -> Option<String> {
    match trust.standing() {
        Standing::Retired { reason, .. } => Some(reason),
        _ => None,
    }
}

#[test]
fn a_device_that_turns_wrong_is_given_up_and_no_verdict_is() {
    let good = proofs(2, 1);
    let mixed = [good[0].clone(), changed(&good[1], 0, 1), changed(&good[1], 3, 1), good[1].clone()];
    let twin = executors("turning wrong").swap_remove(0);
    for (batch, skipped) in [(&good[..], 3), (&mixed, 9), (&mixed, 1)] {
        let on = Arc::new(AtomicBool::new(false));
        let switch = Arc::clone(&on);
        let executor = Changed::new(&twin, move |plan| {
            if switch.load(Ordering::Relaxed) {
                plan.passes_mut().remove(skipped);
            }
        });
        let (engine, trust) = engine(executor);
        assert_eq!(ask(&engine, batch), expected(batch));
        assert_eq!((reason(&trust), trust.answered()), (None, batch.len() as u64));
        on.store(true, Ordering::Relaxed);
        assert_eq!(ask(&engine, batch), expected(batch), "a wrong verdict left");
        assert!(reason(&trust).is_some() && engine.kernels().is_none(), "{skipped}");
        on.store(false, Ordering::Relaxed);
        assert_eq!(ask(&engine, batch), expected(batch));
        assert_eq!(trust.answered(), batch.len() as u64);
    }
}

#[test]
fn a_wrong_valid_is_found_by_checking_again() {
    // An executor that is told of a proof with A negated that it has not: its answers are right, about another one.
    let good = proofs(2, 1);
    let claims = [good[0].clone(), changed(&good[1], 0, 0)];
    let twin = executors("checking again").swap_remove(0);
    let Claim::Groth16 { proof, .. } = &claims[1] else { panic!("another claim") };
    let x: Vec<u32> = proof[1..48]
        .rchunks(4)
        .map(|bytes| bytes.iter().fold(0, |word, byte| word << 8 | u32::from(*byte)))
        .collect();
    for recheck in [Recheck::Never, Recheck::Always] {
        let x = x.clone();
        let executor: Arc<dyn Executor> = Changed::new(&twin, move |plan| negate(plan, &x));
        let kernels = kernels(&executor, Options { recheck, ..trusting() });
        let asked = kernels.verify_claims(&claims.iter().collect::<Vec<_>>());
        match recheck {
            // Nobody could know.
            Recheck::Never => assert_eq!(asked, Ok(vec![Verdict::Valid; 2])),
            _ => assert!(asked.unwrap_err().to_string().contains("was found valid and is not")),
        }
    }
}

/// Turns the sign of the point of G1 whose x has these lowest words.
fn negate(plan: &mut Plan<'_>, x: &[u32]) {
    let sent = plan.buffers().iter().find(|buffer| buffer.name == "encodings_g1").unwrap();
    let Source::Upload(upload) = &sent.source else { panic!("not sent") };
    let place = upload.to_words().chunks(12).position(|number| number[..11] == x[..11]).unwrap();
    // Its bit for the larger root stands at the same place of the words that programs share.
    let words = plan.passes()[1].buffers[2];
    assert_eq!(plan.get(words).unwrap().name, "words");
    flip(plan, 0, words, place as u32, 2);
}

#[test]
fn nothing_is_lost_when_a_device_fails_in_mid_batch() {
    let mut claims = proofs(4, 1);
    claims.push(changed(&claims[2], 14, 1));
    let out_of_memory = ExecuteError::OutOfMemory { asked: 10, left: 5 };
    let ways = [
        How::Error(ExecuteError::Lost { reason: "planted".to_owned() }),
        How::Error(out_of_memory),
        How::Panic,
    ];
    let twin = executors("failures of Groth16 proofs").swap_remove(0);
    for how in ways {
        // Before the self-test, within it, and after a chunk of the batch.
        for left in [0, 1, 6] {
            let (engine, trust) = engine(failing(&twin, left, &how));
            assert_eq!(ask(&engine, &claims), expected(&claims));
            let passing = matches!(how, How::Error(ExecuteError::OutOfMemory { .. }));
            assert_eq!(reason(&trust).is_none(), passing, "{how:?} {left}");
        }
    }
}

#[test]
fn a_device_that_is_wrong_about_proofs_is_asked_about_nothing() {
    let twin = executors("retirement").swap_remove(0);
    let on = Arc::new(AtomicBool::new(false));
    let switch = Arc::clone(&on);
    let executor: Arc<dyn Executor> = Changed::new(&twin, move |plan| {
        if switch.load(Ordering::Relaxed) && plan.name() == "groth16" {
            plan.passes_mut().remove(7);
        }
    });
    let trust = Trust::new(&*executor);
    let of_proofs = kernels(&executor, trusting());
    let signatures = executors::kernels(Arc::clone(&executor), small());
    let signatures =
        DilithiumEngine::with_trust(CpuVerifier::new(), signatures, Use::Always, Arc::clone(&trust));
    let engine = DeviceEngine::of(
        signatures,
        RangeEngine::new(RangeKernels::new(executor, Default::default()), Use::Always, Arc::clone(&trust)),
        Groth16Engine::new(ZKProofEngine::new(), of_proofs, Use::Always, trust),
    );
    let mut claims = with_invalid(signed(scheme(44), 4, 2), 3);
    claims.splice(1..1, proofs(2, 1));
    claims.push(changed(&claims[1], 0, 0));
    assert_eq!(engine.verify(&claims).unwrap(), expected(&claims));
    assert_eq!(engine.answered_by_device(), 7);
    on.store(true, Ordering::Relaxed);
    assert_eq!(engine.verify(&claims).unwrap(), expected(&claims));
    assert!(matches!(engine.standing(), Standing::Retired { .. }));
    on.store(false, Ordering::Relaxed);
    assert_eq!(engine.verify(&claims).unwrap(), expected(&claims));
    assert_eq!(engine.answered_by_device(), 7);
    assert!(engine.signatures().kernels().is_none() && engine.proofs().kernels().is_none());
}

#[test]
fn engines_without_a_device_ask_the_processor() {
    let claims = mixture();
    let engine = DeviceEngine::without_device(CpuVerifier::new());
    assert_eq!(engine.verify(&claims).unwrap(), expected(&claims));
    assert_eq!((engine.standing(), engine.proofs().calibrate()), (Standing::None, None));
}

#[test]
fn products_of_pairings_are_told() {
    // e(A, B) e(-A, B) = 1.
    let mut proof = [0; 192];
    let Claim::Groth16 { proof: bytes, .. } = proofs(1, 1).swap_remove(0) else { panic!("another claim") };
    proof.copy_from_slice(&bytes);
    let (a, b): ([u8; 48], [u8; 96]) = (proof[..48].try_into().unwrap(), proof[48..144].try_into().unwrap());
    let mut minus = a;
    minus[0] ^= 0x20;
    let Claim::Groth16 { proof: outside, .. } = changed(&proofs(1, 1)[0], 2, 0) else {
        panic!("another claim")
    };
    let outside: [u8; 48] = outside[..48].try_into().unwrap();
    for executor in executors("pairings") {
        let kernels = kernels(&executor, trusting());
        let asked = |pairs: &[([u8; 48], [u8; 96])]| kernels.pairing_is_one(pairs).unwrap();
        assert_eq!(asked(&[(a, b), (minus, b)]), Some(true));
        assert_eq!(asked(&[(a, b)]), Some(false));
        assert_eq!(asked(&[(outside, b), (a, b)]), None);
        assert_eq!(asked(&[]), Some(true));
    }
}

#[cfg(feature = "device")]
#[test]
fn faults_of_a_real_device_cost_no_verdict() {
    use erbium_gpu::device::{Device, Fault};
    let mut claims = proofs(3, 1);
    claims.push(changed(&claims[2], 14, 1));
    for fault in [Fault::Destroy, Fault::TimeOut, Fault::RefuseAllocations, Fault::PanicInCompiler] {
        for warm in [false, true] {
            let Some(device): Option<Device> = adapter::device("faults", adapter::options()) else { return };
            let (engine, trust) = engine(Arc::new(device.clone()));
            if warm {
                assert_eq!(ask(&engine, &claims), expected(&claims));
                assert_eq!(trust.answered(), 4, "{:?}", reason(&trust));
            }
            device.inject(fault);
            assert_eq!(ask(&engine, &claims), expected(&claims));
            assert_eq!(reason(&trust).is_some(), fault != Fault::RefuseAllocations, "{fault:?}");
        }
    }
}
