//! Kernels of ristretto255 against their twins, and these against the library.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[cfg(feature = "device")]
mod adapter;

use curve25519_dalek::Scalar;
use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoPoint};
use curve25519_dalek::traits::MultiscalarMul;
use erbium_gpu::plan::{BufferIndex, Executor, Plan, Source, Trace, TwinExecutor};
use erbium_shaders::common::FILL;
use erbium_shaders::ristretto::{
    ACCUMULATE, COMBINE_WINDOWS, DECOMPRESS, ENCODE, FACTOR, FIELD_OPERATIONS, JOIN_FACTORS, MAX_TRIPS,
    MULTIPLY_SUBSETS, Operation, REDUCE_BUCKETS, SUM_FIXED, SUM_POINTS, SUM_SCALARS, Words, multiples,
};
use erbium_shaders::{Kernel, Program};

/// Twins, then the device that the environment asks for.
fn executors(test: &str) -> Vec<Box<dyn Executor>> {
    #[cfg_attr(not(feature = "device"), expect(unused_mut, reason = "no device is pushed"))]
    let mut executors: Vec<Box<dyn Executor>> = vec![Box::new(TwinExecutor::new())];
    #[cfg(feature = "device")]
    if let Some(device) = adapter::device(test, adapter::options()) {
        executors.push(Box::new(device));
    }
    let _ = test;
    executors
}

/// What everyone reads back, which is the same pass by pass.
fn everyone(test: &str, plan: &Plan<'_>) -> Vec<u32> {
    let traces: Vec<Trace> =
        executors(test).iter().map(|executor| executor.trace(plan.clone()).unwrap()).collect();
    for trace in &traces {
        assert_eq!(traces[0].difference(trace), None);
    }
    traces[0].readback.clone()
}

fn pass(plan: &mut Plan<'_>, kernel: &'static Kernel, arguments: &[u32], buffers: &[BufferIndex]) {
    let mut all = [0; 8];
    all[..arguments.len()].copy_from_slice(arguments);
    plan.pass(Program::plain(kernel), all, buffers, all[0].div_ceil(kernel.workgroup));
}

fn scratch(plan: &mut Plan<'_>, name: &'static str, words: usize) -> BufferIndex {
    plan.buffer(name, words, Source::Scratch)
}

/// Random words that are always the same.
struct Words32(u64);

impl Words32 {
    fn word(&mut self) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 32) as u32
    }

    fn number(&mut self) -> Words {
        std::array::from_fn(|_| self.word())
    }

    fn scalar(&mut self) -> Scalar {
        Scalar::from_bytes_mod_order(bytes(&self.number()))
    }

    fn point(&mut self) -> RistrettoPoint {
        RistrettoPoint::mul_base(&self.scalar())
    }
}

fn bytes(words: &Words) -> [u8; 32] {
    std::array::from_fn(|i| words[i / 4].to_le_bytes()[i % 4])
}

fn words(bytes: [u8; 32]) -> Words {
    std::array::from_fn(|i| u32::from_le_bytes(bytes.as_chunks().0[i]))
}

fn encoding(point: &RistrettoPoint) -> Words {
    words(point.compress().to_bytes())
}

fn decoded(words: &[u32]) -> RistrettoPoint {
    CompressedRistretto(bytes(words.first_chunk().unwrap())).decompress().unwrap()
}

/// p plus a small number, and other numbers that arithmetic trips over.
fn boundary() -> Vec<Words> {
    let p = |more: i32| {
        let mut words = [u32::MAX; 8];
        words[0] = 0xffff_ffed_u32.wrapping_add_signed(more);
        words[7] >>= 1;
        words
    };
    let small = |value: u32| [value, 0, 0, 0, 0, 0, 0, 0];
    let mut numbers = vec![small(0), small(1), small(2), p(-2), p(-1), p(0), p(1), p(18)];
    numbers.extend([
        [u32::MAX; 8],
        [0, 0, 0, 0, 0, 0, 0, 1 << 31],
        [0xffff_ffda, !0, !0, !0, !0, !0, !0, !0],
    ]);
    numbers.extend([small(0x3ff_ffff), [0xfc00_0000, 0x0007_ffff, 0, 0, 0, 0, 0, 0]]);
    numbers
}

#[test]
fn fields_are_the_same_in_every_form() {
    let numbers = boundary();
    let mut random = Words32(1);
    let mut operands: Vec<u32> =
        numbers.iter().flat_map(|x| numbers.iter().flat_map(move |y| [*x, *y].concat())).collect();
    operands.extend((0..64).flat_map(|_| [random.number(), random.number()].concat()));
    let count = operands.len() as u32 / 16;
    let mut found = Vec::new();
    for operation in Operation::ALL {
        let mut plan = Plan::new("test");
        let from = plan.upload("operands", operands.clone());
        let to = scratch(&mut plan, "results", count as usize * 8);
        pass(&mut plan, &FIELD_OPERATIONS, &[count, operation as u32, 3], &[from, to]);
        plan.read_back(to);
        found.push(everyone("field operations", &plan));
    }
    // No two operations do the same.
    assert!((1..found.len()).all(|i| !found[..i].contains(&found[i])));
}

#[cfg(feature = "device")]
#[test]
fn a_device_computes_the_same_in_the_form_that_it_chooses() {
    use erbium_gpu::device::Field;
    use erbium_shaders::Form;
    let Some(device) = adapter::device("forms of fields", adapter::options()) else { return };
    let before = device.forms();
    device.choose_field_form(Field::Ristretto).unwrap();
    let chosen = device.forms();
    assert_eq!((before.lanes, before.products), (chosen.lanes, chosen.products));
    assert!(device.report().int64 || chosen.field == Form::U32);
    let mut plan = Plan::new("test");
    let sent = plan.upload("operands", boundary().concat().repeat(2));
    let count = boundary().len() as u32;
    let results = scratch(&mut plan, "results", 8 * boundary().len());
    pass(&mut plan, &FIELD_OPERATIONS, &[count, Operation::Multiply as u32, 20], &[sent, results]);
    plan.read_back(results);
    assert_eq!(
        TwinExecutor::new().trace(plan.clone()).unwrap().difference(&device.trace(plan).unwrap()),
        None
    );
}

/// Points, and encodings that are none: not canonical, odd, off the curve, with a bit too many.
fn encodings(count: usize) -> (Vec<Words>, Vec<bool>) {
    let mut random = Words32(2);
    let mut encodings: Vec<_> = (0..count).map(|_| encoding(&random.point())).collect();
    encodings.push([0; 8]);
    encodings.extend(boundary());
    for i in 0..count {
        let mut changed = encodings[i];
        changed[i % 8] ^= 1 << (i * 7 % 32);
        encodings.push(changed);
        let mut high = encodings[i];
        high[7] |= 1 << 31;
        encodings.push(high);
    }
    let holds = encodings.iter().map(|words| CompressedRistretto(bytes(words)).decompress().is_some());
    let holds = holds.collect();
    (encodings, holds)
}

#[test]
fn points_are_decoded_and_encoded_as_the_library_does() {
    let (encodings, holds) = encodings(30);
    assert!(holds.iter().filter(|holds| **holds).count() > 30 && holds.iter().any(|holds| !holds));
    let count = encodings.len() as u32;
    let mut plan = Plan::new("test");
    let sent = plan.upload("encodings", encodings.concat());
    let points = scratch(&mut plan, "points", encodings.len() * 24);
    let results = scratch(&mut plan, "results", encodings.len() * 9);
    let sums = scratch(&mut plan, "sums", encodings.len() * 32);
    let entries = plan.upload("entries", (0..count).collect());
    let starts = plan.upload("starts", (0..=count).collect());
    pass(&mut plan, &FILL, &[9 * count, 5], &[results]);
    pass(&mut plan, &DECOMPRESS, &[count, 8 * count], &[sent, points, results]);
    pass(&mut plan, &ACCUMULATE, &[count], &[points, entries, starts, sums]);
    pass(&mut plan, &ENCODE, &[count, 0], &[sums, results]);
    plan.read_back(results);
    let found = everyone("coding", &plan);
    for (i, holds) in holds.into_iter().enumerate() {
        assert_eq!(found[8 * encodings.len() + i], u32::from(holds), "{i}: {:08x?}", encodings[i]);
        // The identity stands for what is no point.
        assert_eq!(found[8 * i..][..8], if holds { encodings[i] } else { [0; 8] });
    }
}

#[test]
fn buckets_become_windows() {
    // 3 windows of 8 buckets in parts of 2, and points that cancel, repeat and are not there.
    let mut random = Words32(3);
    let points: Vec<_> = (0..10).map(|_| random.point()).collect();
    let (windows, buckets, size) = (3_usize, 8_usize, 2_u32);
    let mut expected = vec![RistrettoPoint::default(); windows];
    let (mut entries, mut starts) = (Vec::new(), vec![0]);
    for bucket in 0..windows * buckets {
        let mut sum = RistrettoPoint::default();
        for i in 0..bucket % 5 {
            let (point, subtract) = ((bucket * 3 + i / 2) % 10, bucket % 4 == 2 || i % 2 == 1);
            entries.push(point as u32 | u32::from(subtract) << 31);
            sum += if subtract { -points[point] } else { points[point] };
        }
        expected[bucket / buckets] += sum * Scalar::from((bucket % buckets + 1) as u64);
        starts.push(entries.len() as u32);
    }
    let mut plan = Plan::new("test");
    let sent = plan.upload("encodings", points.iter().flat_map(encoding).collect());
    let ready = scratch(&mut plan, "points", points.len() * 24);
    let results = scratch(&mut plan, "results", 10 + windows * 8);
    let entries = plan.upload("entries", entries);
    let starts = plan.upload("starts", starts);
    let sums = scratch(&mut plan, "sums", windows * buckets * 32);
    let parts = buckets as u32 / size;
    let totals = scratch(&mut plan, "totals", windows * parts as usize * 64);
    let sums_of_windows = scratch(&mut plan, "windows", windows * 32);
    pass(&mut plan, &FILL, &[10 + 8 * windows as u32, 5], &[results]);
    pass(&mut plan, &DECOMPRESS, &[10, 8 * windows as u32], &[sent, ready, results]);
    pass(&mut plan, &ACCUMULATE, &[(windows * buckets) as u32], &[ready, entries, starts, sums]);
    pass(&mut plan, &REDUCE_BUCKETS, &[windows as u32 * parts, size], &[sums, totals]);
    pass(&mut plan, &COMBINE_WINDOWS, &[windows as u32, parts, size.ilog2()], &[totals, sums_of_windows]);
    pass(&mut plan, &ENCODE, &[windows as u32, 0], &[sums_of_windows, results]);
    plan.read_back(results);
    let found = everyone("buckets", &plan);
    for (i, expected) in expected.iter().enumerate() {
        assert_eq!(decoded(&found[8 * i..]), *expected, "window {i}");
    }
}

#[test]
fn a_bucket_may_have_as_many_points_as_a_chunk() {
    // All trips that a thread may take.
    let point = Words32(6).point();
    let mut plan = Plan::new("test");
    let sent = plan.upload("encodings", encoding(&point).to_vec());
    let entries = plan.upload("entries", vec![0; MAX_TRIPS as usize]);
    let starts = plan.upload("starts", vec![0, MAX_TRIPS]);
    let ready = scratch(&mut plan, "points", 24);
    let sums = scratch(&mut plan, "sums", 32);
    let results = scratch(&mut plan, "results", 9);
    pass(&mut plan, &DECOMPRESS, &[1, 8], &[sent, ready, results]);
    pass(&mut plan, &ACCUMULATE, &[1], &[ready, entries, starts, sums]);
    pass(&mut plan, &ENCODE, &[1, 0], &[sums, results]);
    plan.read_back(results);
    for executor in executors("a full bucket") {
        let found = executor.submit(plan.clone()).unwrap().wait().unwrap();
        assert_eq!(decoded(&found), point * Scalar::from(MAX_TRIPS), "{}", executor.name());
    }
}

#[test]
fn multiples_of_fixed_points_are_summed() {
    let mut random = Words32(4);
    let points: Vec<_> = (0..7).map(|_| random.point()).collect();
    let mut factors: Vec<_> = (0..7).map(|_| random.scalar()).collect();
    factors[2] = Scalar::ZERO;
    factors[3] = -Scalar::ONE;
    let encodings: Vec<_> = points.iter().map(encoding).collect();
    let (parts, size) = (3_u32, 3);
    let mut plan = Plan::new("test");
    let table = plan.upload("table", multiples(&encodings).unwrap());
    let sent = plan.upload("factors", factors.iter().flat_map(|factor| words(factor.to_bytes())).collect());
    let sums = scratch(&mut plan, "sums", 64 * parts as usize * 32);
    let windows = scratch(&mut plan, "windows", 64 * 32);
    let results = scratch(&mut plan, "results", 64 * 8);
    pass(&mut plan, &SUM_FIXED, &[64 * parts, parts, size, 7], &[table, sent, sums]);
    pass(&mut plan, &SUM_POINTS, &[64, parts], &[sums, windows]);
    pass(&mut plan, &ENCODE, &[64, 0], &[windows, results]);
    plan.read_back(results);
    let found = everyone("fixed points", &plan);
    let sixteen = Scalar::from(16_u8);
    let sum = (0..64)
        .rev()
        .fold(RistrettoPoint::default(), |sum, nibble| sum * sixteen + decoded(&found[8 * nibble..]));
    assert_eq!(sum, RistrettoPoint::multiscalar_mul(&factors, &points));
}

#[test]
fn factors_of_generators_are_sums_of_products() {
    let (proofs, lg) = (5_usize, 4_usize);
    let size = 1 << lg;
    let mut random = Words32(5);
    let two_260 = Scalar::from_canonical_bytes(bytes(&FACTOR)).unwrap();
    let plain = |scalar: Scalar| words(scalar.to_bytes());
    let constants = [random.scalar(), -Scalar::ONE];
    let mut expected: Vec<_> = constants.iter().flat_map(|constant| vec![*constant; size]).collect();
    let mut rows = Vec::new();
    for proof in 0..proofs {
        for row in 0..3 {
            let first = if proof == 1 { -Scalar::ONE } else { random.scalar() };
            let factors: Vec<_> =
                (0..lg).map(|bit| if proof == bit { -Scalar::ONE } else { random.scalar() }).collect();
            rows.extend(plain(first));
            factors.iter().for_each(|factor| rows.extend(plain(factor * two_260)));
            for i in 0..size {
                let product =
                    (0..lg).filter(|bit| i >> bit & 1 == 1).map(|bit| factors[bit]).product::<Scalar>();
                // The third is of H as the second is.
                expected[row.min(1) * size + i] += first * product;
            }
        }
    }
    let (columns, lg, width) = (3 * size as u32, lg as u32, size as u32);
    let mut plan = Plan::new("test");
    let rows = plan.upload("rows", rows);
    let constants =
        plan.upload("constants", constants.iter().flat_map(|constant| plain(*constant)).collect());
    let products = scratch(&mut plan, "products", proofs * 3 * size * 8);
    let partial = scratch(&mut plan, "partial", 3 * 3 * size * 8);
    let sums = scratch(&mut plan, "sums", 3 * size * 8);
    let factors = scratch(&mut plan, "factors", 2 * size * 8);
    pass(&mut plan, &MULTIPLY_SUBSETS, &[proofs as u32 * columns, width, lg], &[rows, products]);
    pass(&mut plan, &SUM_SCALARS, &[3 * columns, columns, 2, proofs as u32], &[products, partial]);
    pass(&mut plan, &SUM_SCALARS, &[columns, columns, 3, 3], &[partial, sums]);
    pass(&mut plan, &JOIN_FACTORS, &[2 * width, width], &[sums, constants, factors]);
    plan.read_back(factors);
    let found = everyone("factors", &plan);
    for (i, expected) in expected.into_iter().enumerate() {
        assert_eq!(found[8 * i..][..8], plain(expected), "{i}");
    }
}
