//! Sums of multiples of points by kernels: the processor's sums, arkworks' and go-ethereum's, whatever the device does.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[cfg(feature = "device")]
mod adapter;
mod dilithium;
mod executors;

use ark_bls12_381::{Fr, G1Affine, G1Projective};
use ark_ec::{CurveGroup, VariableBaseMSM};
use ark_ff::{BigInteger, PrimeField};
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use erbium_gpu::msm::{G1Kernels, G1Msm};
use erbium_gpu::plan::{ExecuteError, Executor, Limits, Plan};
use erbium_gpu::proofs::{G1Point, g1_msm, g1_multiples};
use erbium_gpu::signatures::Failure;
use erbium_gpu::{Standing, Trust, Use};
use executors::{Changed, How, executors, failing, flip};
use std::sync::{Arc, Mutex};

fn small(value: u64) -> [u8; 32] {
    std::array::from_fn(|i| if i < 8 { value.to_le_bytes()[i] } else { 0 })
}

/// The order less a number.
fn minus(value: u64) -> [u8; 32] {
    (-Fr::from(value)).into_bigint().to_bytes_le().try_into().unwrap()
}

/// Points that repeat, cancel and are infinity, with scalars of all sizes.
fn terms(count: usize) -> (Vec<G1Point>, Vec<[u8; 32]>) {
    let mut points = g1_multiples(&G1Point::generator_multiple(&small(77)).unwrap(), count);
    let mut scalars: Vec<_> = (0..count)
        .map(|i| match i % 7 {
            0 => small(i as u64),
            1 => minus(i as u64),
            2 => small(1 << (i % 64)),
            3 => minus(1 << (i % 64)),
            4 => [0; 32],
            _ => std::array::from_fn(|byte| if byte == 31 { 0x39 } else { (i * 97 + byte * 31) as u8 }),
        })
        .collect();
    for i in (9..count).step_by(9) {
        points[i] = points[i / 3];
        scalars[i] = scalars[i / 3];
    }
    for i in (11..count).step_by(11) {
        points[i] = G1Point::default();
    }
    (points, scalars)
}

fn arkworks(points: &[G1Point], scalars: &[[u8; 32]]) -> G1Point {
    let points: Vec<_> = points
        .iter()
        .map(|point| G1Affine::deserialize_uncompressed_unchecked(&point.to_uncompressed()[..]).unwrap())
        .collect();
    let scalars: Vec<_> = scalars.iter().map(|bytes| Fr::from_le_bytes_mod_order(bytes)).collect();
    let mut bytes = Vec::new();
    G1Projective::msm(&points, &scalars).unwrap().into_affine().serialize_uncompressed(&mut bytes).unwrap();
    G1Point::from_uncompressed(bytes.first_chunk().unwrap()).unwrap()
}

#[test]
fn sums_are_arkworks_and_the_processors() {
    for executor in executors("sums of points") {
        let kernels = G1Kernels::new(executor);
        for count in [0, 1, 2, 3, 40, 300] {
            let (points, scalars) = terms(count);
            let sum = kernels.sum(&points, &scalars).unwrap();
            assert_eq!(sum, Some(arkworks(&points, &scalars)), "{count}");
            assert_eq!(sum, g1_msm(&points, &scalars), "{count}");
        }
        // All in one bucket.
        let (points, _) = terms(300);
        let scalars = vec![minus(5); 300];
        assert_eq!(kernels.sum(&points, &scalars).unwrap(), g1_msm(&points, &scalars));
        // What is no sum.
        assert_eq!(kernels.sum(&points, &scalars[1..]).unwrap(), None);
        let mut order = minus(1);
        order[0] += 1;
        assert_eq!(kernels.sum(&points[..1], &[order]).unwrap(), None);
    }
}

#[test]
fn go_ethereums_sums_come_out() {
    let file = include_str!("../../tests/data/precompiles/blsG1MultiExp.json");
    let cases: serde_json::Value = serde_json::from_str(file).unwrap();
    let point = |bytes: &[u8]| {
        let uncompressed = [&bytes[16..64], &bytes[80..128]].concat();
        G1Point::from_uncompressed(uncompressed.first_chunk().unwrap()).unwrap_or_default()
    };
    for executor in executors("go-ethereum's sums") {
        let kernels = G1Kernels::new(executor);
        for case in cases.as_array().unwrap() {
            let [input, expected] =
                ["Input", "Expected"].map(|key| hex::decode(case[key].as_str().unwrap()).unwrap());
            let scalar = |bytes: &[u8]| -> [u8; 32] {
                Fr::from_be_bytes_mod_order(bytes).into_bigint().to_bytes_le().try_into().unwrap()
            };
            let (points, scalars): (Vec<_>, Vec<_>) =
                input.chunks(160).map(|pair| (point(&pair[..128]), scalar(&pair[128..]))).unzip();
            let sum = kernels.sum(&points, &scalars).unwrap().unwrap();
            assert_eq!(sum, point(&expected), "{}", case["Name"]);
        }
    }
}

/// An executor with less room.
#[derive(Debug)]
struct Narrow(Arc<dyn Executor>, Mutex<usize>);

impl Executor for Narrow {
    fn name(&self) -> &str {
        "narrow"
    }

    fn limits(&self) -> Limits {
        Limits { buffer_words: 1 << 15, ..self.0.limits() }
    }

    fn allocate(&self, name: &'static str, words: usize) -> Result<erbium_gpu::plan::Resident, ExecuteError> {
        self.0.allocate(name, words)
    }

    fn release(&self, resident: erbium_gpu::plan::Resident) {
        self.0.release(resident);
    }

    fn submit(&self, plan: Plan<'_>) -> Result<Box<dyn erbium_gpu::plan::Pending>, ExecuteError> {
        assert!(plan.buffers().iter().all(|buffer| buffer.words <= 1 << 15));
        *self.1.lock().unwrap() += 1;
        self.0.submit(plan)
    }

    fn trace(&self, plan: Plan<'_>) -> Result<erbium_gpu::plan::Trace, ExecuteError> {
        self.0.trace(plan)
    }
}

#[test]
fn sums_are_split_to_what_an_executor_holds() {
    let narrow = Arc::new(Narrow(executors("split sums")[0].clone(), Mutex::new(0)));
    let (points, scalars) = terms(300);
    let kernels = G1Kernels::new(Arc::clone(&narrow) as _);
    assert_eq!(kernels.sum(&points, &scalars).unwrap(), g1_msm(&points, &scalars));
    assert!(*narrow.1.lock().unwrap() > 1);
}

#[test]
fn no_wrong_sum_gets_through() {
    let twin = executors("wrong sums")[0].clone();
    let (points, scalars) = terms(20);
    let expected = g1_msm(&points, &scalars);
    let wrong = |change: Box<dyn Fn(&mut Plan<'_>) + Send + Sync>, what: &str| {
        let executor = Changed::new(&twin, move |plan| change(plan));
        let kernels = G1Kernels::new(executor.clone());
        let found = kernels.sum(&points, &scalars);
        assert!(matches!(found, Err(Failure::Wrong { .. })), "{what}: {found:?}");
        // The processor answers in its place, and nobody asks it again.
        let trust = Trust::new(&*executor);
        let msm = G1Msm::new(kernels, Use::Always, Arc::clone(&trust));
        assert_eq!(msm.sum(&points, &scalars), expected, "{what}");
        assert!(matches!(trust.standing(), Standing::Retired { .. }), "{what}");
    };
    let names: Arc<Mutex<Vec<&'static str>>> = Arc::default();
    let seen = Arc::clone(&names);
    let whole = Changed::new(&twin, move |plan| {
        *seen.lock().unwrap() = plan.passes().iter().map(|pass| pass.program.kernel.name).collect();
    });
    assert_eq!(G1Kernels::new(whole).sum(&points, &scalars).unwrap(), expected);
    let names = names.lock().unwrap().clone();
    let passes = names.len();
    for (pass, name) in names.iter().enumerate() {
        // Without the pattern the sum is right.
        if !name.contains("fill") {
            wrong(Box::new(move |plan| drop(plan.passes_mut().remove(pass))), name);
        }
    }
    assert_eq!(passes, 4, "{names:?}");
    wrong(Box::new(|plan| plan.passes_mut().clear()), "no pass");
    wrong(Box::new(move |plan| flip(plan, passes - 1, 3)), "a window's x");
    wrong(Box::new(move |plan| flip(plan, passes - 1, 25)), "a window's z");
    wrong(Box::new(|plan| flip(plan, 0, 14)), "a part's y");
}

#[test]
fn old_answers_are_refused() {
    let twin = executors("old answers")[0].clone();
    let (points, scalars) = terms(20);
    let kept: Arc<Mutex<Option<Vec<u32>>>> = Arc::default();
    struct Old(Vec<u32>);
    impl erbium_gpu::plan::Pending for Old {
        fn wait(self: Box<Self>) -> Result<Vec<u32>, ExecuteError> {
            Ok(self.0)
        }
    }
    let executor = executors::Sending::new(twin, move |inner, plan| {
        let mut kept = kept.lock().unwrap();
        let words = match kept.take() {
            Some(words) => words,
            None => inner.submit(plan)?.wait()?,
        };
        *kept = Some(words.clone());
        Ok(Box::new(Old(words)))
    });
    let kernels = G1Kernels::new(executor);
    assert_eq!(kernels.sum(&points, &scalars).unwrap(), g1_msm(&points, &scalars));
    let again = kernels.sum(&points, &scalars);
    assert!(matches!(again, Err(Failure::Wrong { .. })), "{again:?}");
}

#[test]
fn failures_cost_no_sum() {
    let twin = executors("failures of sums")[0].clone();
    let (points, scalars) = terms(20);
    for how in [
        How::Error(ExecuteError::Lost { reason: "planted".to_owned() }),
        How::Error(ExecuteError::OutOfMemory { asked: 10, left: 5 }),
        How::Panic,
    ] {
        for answered in [0, 1, 2] {
            let executor = failing(&twin, answered, &how);
            let trust = Trust::new(&*executor);
            let msm = G1Msm::new(G1Kernels::new(executor), Use::Always, Arc::clone(&trust));
            for _ in 0..2 {
                assert_eq!(msm.sum(&points, &scalars), g1_msm(&points, &scalars), "{how:?}");
            }
        }
    }
    let msm = G1Msm::without_device();
    assert_eq!((msm.sum(&points, &scalars), msm.calibrate()), (g1_msm(&points, &scalars), None));
    // A device that is used is asked.
    let trust = Trust::new(&*twin);
    let msm = G1Msm::new(G1Kernels::new(Arc::clone(&twin)), Use::Always, Arc::clone(&trust));
    assert_eq!(msm.sum(&points, &scalars), g1_msm(&points, &scalars));
    assert_eq!(trust.answered(), 20);
}
