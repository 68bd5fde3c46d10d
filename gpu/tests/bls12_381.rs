//! Kernels of BLS12-381 against their twins, and these against arkworks.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[cfg(feature = "device")]
mod adapter;

use ark_bls12_381::{Fq, Fr, G1Affine, G1Projective};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{AdditiveGroup, BigInteger, Field as _, PrimeField};
use erbium_gpu::plan::{BufferIndex, Executor, Plan, Source, Trace, TwinExecutor};
use erbium_shaders::bls12_381::{
    ACCUMULATE, ADD_TRIPS, COMBINE_PARTS, FIELD_OPERATIONS, Fe, MAX_TRIPS, NUMBER_WORDS, Operation, P,
    POINT_WORDS, REDUCE_BUCKETS, SUM_PARTS, Words,
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

    /// Of any 384 bits.
    fn number(&mut self) -> Words {
        std::array::from_fn(|_| self.word())
    }

    /// Below p.
    fn reduced(&mut self) -> Words {
        Fe::from_words(&self.number()).words()
    }

    fn point(&mut self) -> G1Affine {
        let bytes: Vec<u8> = self.number().iter().flat_map(|word| word.to_le_bytes()).collect();
        (G1Affine::generator() * Fr::from_le_bytes_mod_order(&bytes)).into_affine()
    }
}

/// Numbers below 2 p that arithmetic trips over.
fn boundary() -> Vec<Words> {
    let p = |more: i32| {
        let mut words = P;
        words[0] = words[0].wrapping_add_signed(more);
        words
    };
    let small = |value: u32| {
        let mut words = [0; 12];
        words[0] = value;
        words
    };
    // Sums of p with itself, which nothing reduces.
    let twice_p = |less: u64| {
        let mut carry = 0_i64;
        P.map(|word| {
            carry += 2 * i64::from(word) - if carry == 0 && word == P[0] { less as i64 } else { 0 };
            let low = carry as u32;
            carry >>= 32;
            low
        })
    };
    let mut numbers = vec![small(0), small(1), small(2), p(-2), p(-1), p(0), p(1), twice_p(1), twice_p(2)];
    let mut all = [u32::MAX; 12];
    all[11] >>= 3;
    // 2^381 - 1; highest limbs of p with nothing and with everything below, in both forms.
    numbers.push(all);
    for bits in [360, 377] {
        let mut low = P;
        for bit in 0..bits {
            low[bit / 32] &= !(1 << (bit % 32));
        }
        let mut high = low;
        for bit in 0..bits {
            high[bit / 32] |= 1 << (bit % 32);
        }
        numbers.extend([low, high]);
    }
    numbers.push(Fe::ONE.words());
    numbers.push((-Fe::ONE).words());
    numbers
}

/// What everyone makes of these pairs by an operation.
fn operate(pairs: &[u32], operation: Operation, rounds: u32) -> Vec<u32> {
    let count = pairs.len() / (2 * NUMBER_WORDS);
    let mut plan = Plan::new("test");
    let from = plan.upload("operands", pairs.to_vec());
    let to = scratch(&mut plan, "results", count * NUMBER_WORDS);
    pass(&mut plan, &FIELD_OPERATIONS, &[count as u32, operation as u32, rounds], &[from, to]);
    plan.read_back(to);
    everyone("field operations", &plan)
}

fn pairs(numbers: &[Words]) -> Vec<u32> {
    numbers.iter().flat_map(|x| numbers.iter().flat_map(move |y| [*x, *y].concat())).collect()
}

#[test]
fn fields_are_the_same_in_every_form() {
    let mut random = Words32(1);
    let mut operands = pairs(&boundary());
    operands.extend((0..64).flat_map(|_| [random.reduced(), random.reduced()].concat()));
    let mut found = Vec::new();
    for operation in Operation::ALL {
        found.push(operate(&operands, operation, 3));
        assert!((1..found.len()).all(|i| !found[..i].contains(&found[i])), "two operations do the same");
    }
    // Factors of products may be longer.
    let mut long = vec![[u32::MAX; 12], [0x8000_0000; 12]];
    long.extend(boundary());
    long.extend((0..8).map(|_| random.number()));
    for operation in [Operation::Multiply, Operation::Square] {
        operate(&pairs(&long), operation, 1);
    }
    // A long chain of everything.
    operate(&operands, Operation::Mix, 500);
}

#[test]
fn numbers_are_arkworks() {
    let mut random = Words32(2);
    let two_390 = Fq::from(2).pow([390]);
    let theirs = |words: &Words| {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        Fq::from_le_bytes_mod_order(&bytes)
    };
    let mut numbers = boundary();
    numbers.extend((0..20).map(|_| random.number()));
    for x in &numbers {
        assert_eq!(theirs(&Fe::from_plain(x).words()), theirs(x) * two_390);
        for y in &numbers {
            let (a, b) = (Fe::from_words(x), Fe::from_words(y));
            assert_eq!(theirs(&(a * b).words()) * two_390, theirs(x) * theirs(y));
            assert_eq!(theirs(&(a + b).words()), theirs(x) + theirs(y));
            assert_eq!(theirs(&(a - b).words()), theirs(x) - theirs(y));
        }
    }
}

#[cfg(feature = "device")]
#[test]
fn a_device_computes_the_same_in_the_form_that_it_chooses() {
    use erbium_gpu::device::Field;
    use erbium_shaders::Form;
    let Some(device) = adapter::device("forms of fields", adapter::options()) else { return };
    let before = device.forms();
    device.choose_field_form(Field::Bls12381).unwrap();
    let chosen = device.forms();
    assert_eq!((before.lanes, before.products, before.field), (chosen.lanes, chosen.products, chosen.field));
    assert!(device.report().int64 || chosen.base_field == Form::U32);
    let operands = pairs(&boundary());
    let count = operands.len() / (2 * NUMBER_WORDS);
    for form in Form::ALL.into_iter().filter(|form| device.report().int64 || *form == Form::U32) {
        for operation in Operation::ALL {
            let mut plan = Plan::new("test");
            let sent = plan.upload("operands", operands.clone());
            let results = scratch(&mut plan, "results", NUMBER_WORDS * count);
            let arguments = [count as u32, operation as u32, 20, 0, 0, 0, 0, 0];
            let program = Program::in_form(&FIELD_OPERATIONS, form);
            plan.pass(program, arguments, &[sent, results], arguments[0].div_ceil(64));
            plan.read_back(results);
            let ours = TwinExecutor::new().trace(plan.clone()).unwrap();
            assert_eq!(ours.difference(&device.trace(plan).unwrap()), None, "{form} {operation:?}");
        }
    }
}

/// A coordinate, as buffers have it.
fn number(x: Fq) -> Words {
    let bytes = x.into_bigint().to_bytes_le();
    Fe::from_plain(&std::array::from_fn(|i| u32::from_le_bytes(bytes.as_chunks().0[i]))).words()
}

fn affine(point: &G1Affine) -> Vec<u32> {
    let (x, y) = point.xy().unwrap();
    [number(x), number(y)].concat()
}

fn coordinate(words: &[u32]) -> Fq {
    let plain = Fe::from_words(words.first_chunk().unwrap()).to_plain();
    let bytes: Vec<u8> = plain.iter().flat_map(|word| word.to_le_bytes()).collect();
    Fq::from_le_bytes_mod_order(&bytes)
}

/// A sum, from (x : y : z).
fn sum(words: &[u32]) -> G1Affine {
    let [x, y, z] = [0, 1, 2].map(|i| coordinate(&words[NUMBER_WORDS * i..]));
    match z.inverse() {
        Some(inverse) => G1Affine::new_unchecked(x * inverse, y * inverse),
        None => {
            assert!(x == Fq::ZERO && y != Fq::ZERO);
            G1Affine::identity()
        }
    }
}

/// A point of the curve that is not in the subgroup, nor are most of its multiples.
fn outside() -> G1Affine {
    let point = (0..).find_map(|x| G1Affine::get_point_from_x_unchecked(Fq::from(x), true)).unwrap();
    assert!(!point.is_in_correct_subgroup_assuming_on_curve());
    point
}

/// A point of order three.
fn of_order_three() -> G1Affine {
    // x = 0.
    G1Affine::new_unchecked(Fq::ZERO, Fq::from(2))
}

#[test]
fn parts_of_buckets_are_summed() {
    let mut random = Words32(3);
    let mut points: Vec<_> = (0..6).map(|_| random.point()).collect();
    points.extend([outside(), of_order_three(), -points[0]]);
    // P + P, P - P, back from infinity, thrice a point of order three, nothing at all.
    let minus = |i: u32| i | 1 << 31;
    let lists: Vec<Vec<u32>> = vec![
        vec![0, 0],
        vec![0, minus(0)],
        vec![0, minus(0), 1],
        vec![minus(2), minus(2), 2, 2],
        vec![7, 7, 7],
        vec![7, minus(7), minus(7)],
        vec![6, 6, 6, minus(1)],
        vec![0, 8],
        vec![],
        (0..9).chain((0..9).map(minus)).chain([3]).collect(),
        vec![4],
        vec![minus(5)],
    ];
    let expected: Vec<G1Projective> = lists
        .iter()
        .map(|list| {
            let term = |entry: &u32| {
                let point = points[(entry & !(1 << 31)) as usize].into_group();
                if entry >> 31 == 1 { -point } else { point }
            };
            list.iter().map(term).sum()
        })
        .collect();
    let mut starts = vec![0];
    lists.iter().for_each(|list| starts.push(starts.last().unwrap() + list.len() as u32));
    let count = lists.len();
    let mut plan = Plan::new("test");
    let sent = plan.upload("points", points.iter().flat_map(affine).collect());
    let entries = plan.upload("entries", lists.concat());
    let starts = plan.upload("starts", starts);
    let parts = scratch(&mut plan, "parts", count * POINT_WORDS);
    // All of one, none of the next, the rest.
    let groups = [0, 3, 3, count as u32];
    let group_starts = plan.upload("group starts", groups.to_vec());
    let sums = scratch(&mut plan, "sums", 3 * POINT_WORDS);
    pass(&mut plan, &ACCUMULATE, &[count as u32], &[sent, entries, starts, parts]);
    pass(&mut plan, &SUM_PARTS, &[3], &[parts, group_starts, sums]);
    plan.read_back(parts);
    let found = everyone("parts", &plan);
    for (i, expected) in expected.iter().enumerate() {
        assert_eq!(sum(&found[POINT_WORDS * i..]), expected.into_affine(), "{i}");
    }
    plan.read_back(sums);
    let found = everyone("sums of parts", &plan);
    for (i, ends) in groups.windows(2).enumerate() {
        let expected: G1Projective = expected[ends[0] as usize..ends[1] as usize].iter().sum();
        assert_eq!(sum(&found[POINT_WORDS * i..]), expected.into_affine(), "{i}");
    }
}

#[test]
fn buckets_become_windows() {
    // 2 windows of 16 buckets in parts of 2, four parts made one twice, some buckets empty.
    let (windows, buckets, size, group) = (2_usize, 16_usize, 2_usize, 4_usize);
    let mut random = Words32(4);
    let sums: Vec<_> = (0..windows * buckets)
        .map(|i| if i % 5 == 3 { G1Projective::ZERO } else { random.point().into_group() })
        .collect();
    let words = |point: &G1Projective| {
        let (x, y, z) = point.into_affine().xy().map_or((Fq::ZERO, Fq::from(7), Fq::ZERO), |(x, y)| {
            // Not every z is 1.
            (x * Fq::from(3), y * Fq::from(3), Fq::from(3))
        });
        [number(x), number(y), number(z)].concat()
    };
    let parts = windows * buckets / size;
    let mut plan = Plan::new("test");
    let sent = plan.upload("sums", sums.iter().flat_map(words).collect());
    let totals = scratch(&mut plan, "totals", parts * 2 * POINT_WORDS);
    let fewer = scratch(&mut plan, "fewer", parts / group * 2 * POINT_WORDS);
    let last = scratch(&mut plan, "windows", windows * 2 * POINT_WORDS);
    let doublings = size.ilog2();
    pass(&mut plan, &REDUCE_BUCKETS, &[parts as u32, size as u32], &[sent, totals]);
    let arguments = [(parts / group) as u32, group as u32, doublings];
    pass(&mut plan, &COMBINE_PARTS, &arguments, &[totals, fewer]);
    let arguments = [windows as u32, 2, doublings + group.ilog2()];
    pass(&mut plan, &COMBINE_PARTS, &arguments, &[fewer, last]);
    plan.read_back(last);
    let found = everyone("windows", &plan);
    for (i, sums) in sums.chunks(buckets).enumerate() {
        let weighted: G1Projective =
            sums.iter().zip(1_u32..).map(|(sum, place)| *sum * Fr::from(place)).sum();
        let plain: G1Projective = sums.iter().sum();
        assert_eq!(sum(&found[2 * POINT_WORDS * i..]), weighted.into_affine());
        assert_eq!(sum(&found[2 * POINT_WORDS * i + POINT_WORDS..]), plain.into_affine());
    }
}

#[test]
fn a_part_may_be_as_long_as_trips_allow() {
    let point = Words32(6).point();
    let count = MAX_TRIPS / ADD_TRIPS;
    let mut plan = Plan::new("test");
    let sent = plan.upload("points", affine(&point));
    let entries = plan.upload("entries", vec![0; count as usize]);
    let starts = plan.upload("starts", vec![0, count]);
    let sums = scratch(&mut plan, "sums", POINT_WORDS);
    pass(&mut plan, &ACCUMULATE, &[1], &[sent, entries, starts, sums]);
    plan.read_back(sums);
    for executor in executors("a full part") {
        let found = executor.submit(plan.clone()).unwrap().wait().unwrap();
        assert_eq!(sum(&found), (point * Fr::from(count)).into_affine(), "{}", executor.name());
    }
}
