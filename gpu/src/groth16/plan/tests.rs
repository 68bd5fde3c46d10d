//! What the twin answers, against arkworks and blst.

#[cfg(feature = "device")]
#[path = "../../../tests/adapter/mod.rs"]
mod adapter;

use super::*;
use crate::plan::{Executor, TwinExecutor};
use crate::proofs::G1Point;
use ark_bls12_381::{Bls12_381, Fq, Fq2, Fq6, Fq12, Fr, G1Affine, G1Projective, G2Affine, G2Projective};
use ark_ec::pairing::{MillerLoopOutput, Pairing, PairingOutput};
use ark_ec::{CurveGroup, PrimeGroup};
use ark_ff::{AdditiveGroup, BigInt, BigInteger, Field, PrimeField, Zero};
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use blst::BLST_ERROR;
use blst::min_pk::{PublicKey, Signature};
use proptest::prelude::*;

/// Numbers that are always the same.
struct Stream(u64);

impl Stream {
    fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        self.0.rotate_left(29) ^ self.0 >> 31
    }

    fn scalar(&mut self) -> Fr {
        Fr::from(self.word()).pow([0xffff_ffff_ffff])
    }

    fn number(&mut self) -> Fq {
        Fq::from(self.word()).pow([0xffff_ffff_ffff])
    }

    fn g1(&mut self) -> G1Affine {
        (G1Projective::generator() * self.scalar()).into_affine()
    }

    fn g2(&mut self) -> G2Affine {
        (G2Projective::generator() * self.scalar()).into_affine()
    }

    /// A point of G1's curve, hardly ever of the subgroup.
    fn g1_outside(&mut self) -> G1Affine {
        loop {
            let point = G1Affine::get_point_from_x_unchecked(self.number(), self.word() & 1 == 1);
            if let Some(point) = point {
                return point;
            }
        }
    }

    fn g2_outside(&mut self) -> G2Affine {
        loop {
            let x = Fq2::new(self.number(), self.number());
            if let Some(point) = G2Affine::get_point_from_x_unchecked(x, self.word() & 1 == 1) {
                return point;
            }
        }
    }
}

/// A multiple, without regard to the order of the subgroup.
fn multiple<G: CurveGroup>(point: G, factor: &[u64]) -> G {
    let bits = factor.iter().rev().flat_map(|limb| (0..64).rev().map(move |bit| limb >> bit & 1));
    bits.fold(G::zero(), |sum, bit| if bit == 1 { sum.double() + point } else { sum.double() })
}

fn bytes<const N: usize>(point: impl CanonicalSerialize) -> [u8; N] {
    let mut bytes = Vec::new();
    point.serialize_compressed(&mut bytes).unwrap();
    bytes.try_into().unwrap()
}

/// A number as kernels have it.
fn number(words: &[u32]) -> Fq {
    let limbs = std::array::from_fn(|i| u64::from(words[2 * i]) | u64::from(words[2 * i + 1]) << 32);
    Fq::from_bigint(BigInt(limbs)).unwrap() / Fq::from(2u64).pow([390])
}

fn point(words: &[u32], place: [Range<usize>; 3]) -> G1Affine {
    let [x, y, z] = place.map(|range| number(&words[range]));
    if z.is_zero() {
        assert!(x.is_zero() && !y.is_zero());
        return G1Affine::identity();
    }
    let point = G1Affine::new_unchecked(x / z, y / z);
    assert!(point.is_on_curve());
    point
}

/// What the CPU makes of the products of lines.
fn finished(words: &[u32], layout: &Layout) -> PairingOutput<Bls12_381> {
    let z = 0xd201_0000_0001_0000_u64;
    let mut lines = (0..LINES).map(|line| {
        let numbers: Vec<_> = words[layout.line(line)].chunks(NUMBER_WORDS).map(number).collect();
        let two = |i: usize| Fq2::new(numbers[2 * i], numbers[2 * i + 1]);
        Fq12::new(Fq6::new(two(0), two(1), two(2)), Fq6::new(two(3), two(4), two(5)))
    });
    let mut product = Fq12::ONE;
    for bit in (0..63).rev() {
        product = product.square() * lines.next().unwrap();
        if z >> bit & 1 == 1 {
            product *= lines.next().unwrap();
        }
    }
    assert!(lines.next().is_none());
    product.conjugate_in_place();
    Bls12_381::final_exponentiation(MillerLoopOutput(product)).unwrap()
}

/// A, B and C.
type Points = (G1Affine, G2Affine, G1Affine);

#[derive(Clone)]
struct Proof {
    a: [u8; 48],
    b: [u8; 96],
    c: [u8; 48],
    weight: [u64; 2],
    key: u32,
}

fn terms(proofs: &[Proof]) -> Terms<'_> {
    Terms {
        a: proofs.iter().map(|proof| &proof.a).collect(),
        b: proofs.iter().map(|proof| &proof.b).collect(),
        c: proofs.iter().map(|proof| &proof.c).collect(),
        weights: proofs.iter().map(|proof| proof.weight).collect(),
        keys: proofs.iter().map(|proof| proof.key).collect(),
    }
}

fn ask(proofs: &[Proof]) -> (Vec<u32>, Layout) {
    let (plan, layout) = question(terms(proofs), 5).unwrap();
    assert!(
        plan.bytes_held() <= super::bytes(proofs.len()),
        "{} {}",
        plan.bytes_held(),
        super::bytes(proofs.len())
    );
    assert!(
        plan.buffers()
            .iter()
            .all(|buffer| buffer.words <= largest(proofs.len()) || buffer.name == "programs")
    );
    let words = TwinExecutor::new().submit(plan).unwrap().wait().unwrap();
    assert_eq!(words.len(), layout.words());
    (words, layout)
}

fn weight(weight: [u64; 2]) -> Fr {
    let lambda = Fr::from(0xac45_a401_0001_a402_0000_0000_ffff_ffff_u128);
    Fr::from(weight[0]) + lambda * Fr::from(weight[1])
}

/// Holds an answer against arkworks, given the points of good proofs.
fn check(proofs: &[Proof], points: &[Option<Points>]) {
    let (words, layout) = ask(proofs);
    let (mut left, mut right) = (Vec::new(), Vec::new());
    let keys = proofs.last().unwrap().key as usize + 1;
    let mut sums = vec![G1Projective::zero(); keys];
    for ((proof, points), flags) in proofs.iter().zip(points).zip(&words[layout.flags()]) {
        assert_eq!(*flags == 0, points.is_some(), "{flags:b}");
        if let Some((a, b, c)) = points {
            left.push((*a * weight(proof.weight)).into_affine());
            right.push(*b);
            sums[proof.key as usize] += *c * weight(proof.weight);
        }
    }
    for (key, sum) in sums.into_iter().enumerate() {
        assert_eq!(point(&words, layout.sum(key)), sum.into_affine(), "key {key}");
    }
    assert_eq!(finished(&words, &layout), Bls12_381::multi_pairing(left, right));
}

fn proof(a: G1Affine, b: G2Affine, c: G1Affine, weight: [u64; 2], key: u32) -> Proof {
    Proof { a: bytes(a), b: bytes(b), c: bytes(c), weight, key }
}

#[test]
fn answers_are_arkworks_s() {
    let mut stream = Stream(1);
    for counts in [vec![1], vec![2, 3], vec![1, 9, 2], vec![30, MANY - 20]] {
        let (mut proofs, mut points) = (Vec::new(), Vec::new());
        for (key, count) in (0..).zip(counts) {
            for _ in 0..count {
                let (a, b, c) = (stream.g1(), stream.g2(), stream.g1());
                proofs.push(proof(a, b, c, [stream.word(), stream.word()], key));
                points.push(Some((a, b, c)));
            }
        }
        check(&proofs, &points);
    }
}

#[test]
fn infinity_zero_weights_and_terms_that_cancel_count_as_they_should() {
    let mut stream = Stream(2);
    let (a, b, c) = (stream.g1(), stream.g2(), stream.g1());
    let (no_a, no_b) = (G1Affine::identity(), G2Affine::identity());
    let minus = |point: G1Affine| -point;
    let cases = [
        (no_a, b, c, [5, 6], 0),
        (a, no_b, c, [u64::MAX, u64::MAX], 0),
        (a, b, no_a, [1, 0], 0),
        (a, b, c, [0, 0], 0),
        (a, b, c, [0, 1], 1),
        (minus(a), b, minus(c), [0, 1], 1),
        (a, b, c, [7, 1 << 63], 1),
        (a, b, c, [7, 1 << 63], 1),
        (no_a, no_b, no_a, [3, 3], 2),
    ];
    let proofs: Vec<_> =
        cases.iter().map(|(a, b, c, weight, key)| proof(*a, *b, *c, *weight, *key)).collect();
    let points: Vec<_> = cases.iter().map(|(a, b, c, ..)| Some((*a, *b, *c))).collect();
    check(&proofs, &points);
}

#[test]
fn bad_points_are_found_and_left_out() {
    let mut stream = Stream(3);
    let order = Fr::MODULUS.0;
    let good = |stream: &mut Stream| (stream.g1(), stream.g2(), stream.g1());
    let mut cases: Vec<(Proof, Option<Points>, u32)> = Vec::new();
    let mut put = |a: [u8; 48], b: [u8; 96], c: [u8; 48], flags: u32, points| {
        cases.push((Proof { a, b, c, weight: [stream.word(), stream.word()], key: 0 }, points, flags));
    };
    let mut other = Stream(4);
    let (a, b, c) = good(&mut other);
    put(bytes(a), bytes(b), bytes(c), 0, Some((a, b, c)));
    let outside = (other.g1_outside(), other.g2_outside(), other.g1_outside());
    put(bytes(outside.0), bytes(b), bytes(c), flag::A_OUTSIDE, None);
    put(bytes(a), bytes(outside.1), bytes(c), flag::B_OUTSIDE, None);
    put(bytes(a), bytes(b), bytes(outside.2), flag::C_OUTSIDE, None);
    // Of small orders: the cofactors', 3 and 11, whose square divides the cofactor.
    let cofactor = multiple(G1Projective::from(outside.0), &order);
    let three = G1Affine::get_point_from_x_unchecked(Fq::ZERO, false).unwrap();
    assert!(multiple(G1Projective::from(three), &[3]).is_zero());
    let h1 = 0x396c_8c00_5555_e156_8c00_aaab_0000_aaab_u128 / 121;
    let eleven = multiple(cofactor, &[h1 as u64, (h1 >> 64) as u64]);
    assert!(!eleven.is_zero() && multiple(eleven, &[11]).is_zero());
    let cofactor_g2 = multiple(G2Projective::from(outside.1), &order);
    for point in [cofactor.into_affine(), three, eleven.into_affine(), (cofactor + a).into_affine()] {
        put(bytes(point), bytes(cofactor_g2.into_affine()), bytes(-point), 0o70, None);
    }
    put(bytes(a), bytes((cofactor_g2 + b).into_affine()), bytes(c), flag::B_OUTSIDE, None);
    // Malformed.
    let mut zero = [0; 48];
    put(zero, bytes(b), bytes(c), flag::A, None);
    zero[0] = 0xe0;
    let mut large = [0xff; 96];
    large[0] = 0x9f;
    put(bytes(a), large, zero, flag::B | flag::C, None);
    put(bytes(outside.0), [0; 96], bytes(outside.2), 0o52, None);
    let (a, b, c) = good(&mut other);
    put(bytes(a), bytes(b), bytes(c), 0, Some((a, b, c)));
    let proofs: Vec<_> = cases.iter().map(|(proof, ..)| proof.clone()).collect();
    let points: Vec<_> = cases.iter().map(|(_, points, _)| *points).collect();
    let (words, layout) = ask(&proofs);
    let expected: Vec<_> = cases.iter().map(|(.., flags)| *flags).collect();
    assert_eq!(words[layout.flags()], expected);
    check(&proofs, &points);
}

/// Encodings of many kinds: x of the curve and not, at the ends of the field and beyond, with all flags.
fn encodings() -> Vec<Proof> {
    let mut stream = Stream(5);
    let (mut g1, mut g2): (Vec<[u8; 48]>, Vec<[u8; 96]>) = (Vec::new(), Vec::new());
    let p: [u8; 48] = Fq::MODULUS.to_bytes_be().try_into().unwrap();
    let mut numbers: Vec<[u8; 48]> =
        (0..6).map(|_| stream.number().into_bigint().to_bytes_be().try_into().unwrap()).collect();
    let mut highest = [0xff; 48];
    highest[0] = 0x1f;
    numbers.extend([[0; 48], p, highest]);
    for last in [0xaa, 0xac] {
        let mut near = p;
        near[47] = last;
        numbers.push(near);
    }
    for i in 1..8 {
        let mut small = [0; 48];
        small[47] = i;
        numbers.push(small);
    }
    for (i, number) in numbers.iter().enumerate() {
        for flags in 0..8 {
            let mut first = *number;
            first[0] |= flags << 5;
            g1.push(first);
            let second = numbers[(i * 5 + usize::from(flags)) % numbers.len()];
            g2.push([first, second].as_flattened().try_into().unwrap());
            if flags == 4 || flags == 5 {
                g2.push([first, [0; 48]].as_flattened().try_into().unwrap());
                let mut zero = [0; 48];
                zero[0] |= flags << 5;
                g2.push([zero, *number].as_flattened().try_into().unwrap());
            }
        }
    }
    let count = g1.len().max(g2.len());
    (0..count)
        .map(|i| Proof {
            a: g1[i % g1.len()],
            b: g2[i % g2.len()],
            c: g1[(7 * i + 3) % g1.len()],
            weight: [1, 0],
            key: 0,
        })
        .collect()
}

#[test]
fn points_are_decoded_as_blst_decodes_them() {
    let proofs = encodings();
    let (words, layout) = ask(&proofs);
    let mut seen = 0;
    for (proof, flags) in proofs.iter().zip(&words[layout.flags()]) {
        let of_g1 = |point: &[u8; 48]| match PublicKey::uncompress(point) {
            // Without looking further: (0, 2) and (0, -2).
            Err(BLST_ERROR::BLST_POINT_NOT_IN_GROUP) => 8,
            Err(_) => 1,
            Ok(_) if G1Point::from_compressed(point).is_none() => 8,
            Ok(_) => 0,
        };
        let b = match Signature::uncompress(&proof.b) {
            Err(_) => 1,
            Ok(point) if point.validate(false).is_err() => 8,
            Ok(_) => 0,
        };
        let expected = of_g1(&proof.a) | b << 1 | of_g1(&proof.c) << 2;
        assert_eq!(*flags, expected, "{:02x?} {:02x?} {:02x?}", proof.a, proof.b, proof.c);
        seen |= expected;
    }
    assert_eq!(seen, 0o77);
}

#[test]
fn signs_of_roots_are_blst_s() {
    // Every y goes into a sum, or into a pairing: with the other sign, those would be others.
    let mut stream = Stream(6);
    let (mut proofs, mut points) = (Vec::new(), Vec::new());
    for turn in 0..8 {
        let (mut a, mut b, mut c) = (stream.g1(), stream.g2(), stream.g1());
        if turn & 1 == 1 {
            a = -a;
        }
        if turn & 2 == 2 {
            b = -b;
        }
        if turn & 4 == 4 {
            c = -c;
        }
        proofs.push(proof(a, b, c, [stream.word(), 1], turn));
        points.push(Some((a, b, c)));
    }
    check(&proofs, &points);
}

#[test]
fn nothing_is_asked_about_lists_that_do_not_fit() {
    let mut stream = Stream(7);
    let good = proof(stream.g1(), stream.g2(), stream.g1(), [1, 2], 0);
    let terms = |count: usize, keys: Vec<u32>| Terms {
        a: vec![&good.a; count],
        b: vec![&good.b; count],
        c: vec![&good.c; count],
        weights: vec![good.weight; count],
        keys,
    };
    assert!(question(terms(2, vec![0, 1]), 1).is_some());
    assert!(question(terms(0, vec![]), 1).is_none());
    assert!(question(terms(2, vec![0]), 1).is_none());
    assert!(question(terms(2, vec![1, 1]), 1).is_none());
    assert!(question(terms(2, vec![0, 2]), 1).is_none());
    assert!(question(terms(MAX_PROOFS + 1, vec![0; MAX_PROOFS + 1]), 1).is_none());
    // As many as there may be fit a small device.
    let (plan, _) = question(terms(MAX_PROOFS, (0..MAX_PROOFS as u32).collect()), 1).unwrap();
    let limits = TwinExecutor::new().limits();
    assert_eq!(plan.check(), Ok(()));
    assert!(largest(MAX_PROOFS) <= limits.buffer_words && super::bytes(MAX_PROOFS) <= limits.budget);
    assert!(plan.buffers().iter().all(|buffer| buffer.words <= largest(MAX_PROOFS)));
    assert!(plan.bytes_held() <= super::bytes(MAX_PROOFS));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10))]

    #[test]
    fn any_mix_is_answered_as_the_libraries_do(seed: u64, kinds in prop::collection::vec((0..40_u8, any::<[u8; 3]>()), 1..8)) {
        let mut stream = Stream(seed);
        let (mut proofs, mut points) = (Vec::new(), Vec::new());
        for (kind, [at, bits, key]) in kinds {
            let (mut a, mut b, mut c) = (stream.g1(), stream.g2(), stream.g1());
            match kind {
                0 => a = stream.g1_outside(),
                1 => b = stream.g2_outside(),
                2 => c = stream.g1_outside(),
                3 => a = G1Affine::identity(),
                4 => b = G2Affine::identity(),
                5 => c = G1Affine::identity(),
                _ => {}
            }
            let key = proofs.last().map_or(0, |last: &Proof| last.key + u32::from(key & 1));
            let half = |word: u64| if word & 7 == 0 { 0 } else { word };
            let mut proof = proof(a, b, c, [half(stream.word()), half(stream.word())], key);
            let at = usize::from(at);
            match kind {
                6..10 => proof.a[at % 48] ^= bits,
                10..14 => proof.b[at % 96] ^= bits,
                14..18 => proof.c[at % 48] ^= bits,
                // The other root.
                18 => proof.a[0] ^= 0x20,
                19 => proof.b[0] ^= 0x20,
                _ => {}
            }
            let read = || {
                let b = Signature::uncompress(&proof.b).ok()?;
                b.validate(false).ok()?;
                G1Point::from_compressed(&proof.a)?;
                G1Point::from_compressed(&proof.c)?;
                let g1 = |bytes: &[u8; 48]| G1Affine::deserialize_compressed(&bytes[..]).ok();
                Some((g1(&proof.a)?, G2Affine::deserialize_compressed(&proof.b[..]).ok()?, g1(&proof.c)?))
            };
            points.push(read());
            proofs.push(proof);
        }
        check(&proofs, &points);
    }
}

/// Good proofs with a few bad ones among them.
fn mixed(count: usize) -> Vec<Proof> {
    let mut stream = Stream(8);
    let mut mixed = Vec::new();
    for i in 0..count {
        let (mut a, mut b, mut c) = (stream.g1(), stream.g2(), stream.g1());
        match i {
            1 => a = stream.g1_outside(),
            2 => b = stream.g2_outside(),
            3 => c = stream.g1_outside(),
            4 => a = G1Affine::identity(),
            _ => {}
        }
        mixed.push(proof(a, b, c, [stream.word(), stream.word()], (i / 12) as u32));
        if i == 5 {
            mixed[i].b[95] ^= 1;
        }
    }
    mixed
}

#[test]
fn a_pass_that_is_left_out_changes_the_answer() {
    let proofs = mixed(10);
    let (plan, _) = question(terms(&proofs), 5).unwrap();
    let run = |plan: Plan<'static>| TwinExecutor::new().submit(plan).unwrap().wait().unwrap();
    let whole = run(plan.clone());
    for pass in 1..plan.passes().len() {
        let mut without = plan.clone();
        without.passes_mut().remove(pass);
        assert!(run(without) != whole, "pass {pass} of {plan}");
    }
}

#[test]
fn points_count_as_wrong_until_they_are_checked() {
    let proofs = mixed(1);
    let (plan, layout) = question(terms(&proofs), 5).unwrap();
    let programs = Programs::get().unwrap();
    for (routine, expected) in [
        (&programs.decode_g1, flag::A | flag::C),
        (&programs.decode_g2, flag::B),
        (&programs.subgroup_g1, flag::A_OUTSIDE | flag::C_OUTSIDE),
        (&programs.subgroup_g2, flag::B_OUTSIDE),
    ] {
        let mut without = plan.clone();
        let skipped: Vec<_> = routine.passes(0).collect();
        without.passes_mut().retain(|pass| skipped.iter().all(|range| pass.arguments[1..3] != *range));
        let words = TwinExecutor::new().submit(without).unwrap().wait().unwrap();
        assert_eq!(words[layout.flags()], [expected]);
    }
}

#[cfg(feature = "device")]
mod device {
    use super::*;
    use crate::device::{Device, Options};
    use erbium_shaders::Form;
    use erbium_shaders::common::FILL;

    /// The plan with all memory filled before, so that what no pass writes is the same everywhere.
    fn filled(mut plan: Plan<'static>) -> Plan<'static> {
        let mut fillers = Plan::new("fill");
        let mut places = Vec::new();
        for buffer in plan.buffers() {
            let place = fillers.buffer(buffer.name, buffer.words, Source::Scratch);
            if matches!(buffer.source, Source::Scratch) {
                places.push((place, buffer.words as u32));
            }
        }
        for (place, words) in places {
            let groups = words.div_ceil(FILL.workgroup);
            fillers.pass(Program::plain(&FILL), [words, 3, 0, 0, 0, 0, 0, 0], &[place], groups);
        }
        plan.passes_mut().splice(0..0, fillers.passes().iter().cloned());
        plan
    }

    fn difference(
        device: &Device,
        proofs: &[Proof],
        plant: impl FnOnce(&mut Plan<'static>),
    ) -> Option<String> {
        let mut plan = filled(question(terms(proofs), 5).unwrap().0);
        let twin = TwinExecutor::new().trace(plan.clone()).unwrap();
        plant(&mut plan);
        twin.difference(&device.trace(plan).unwrap())
    }

    fn compare(device: &Device, proofs: &[Proof]) {
        assert_eq!(difference(device, proofs, |_| {}), None);
    }

    #[test]
    fn a_device_answers_as_the_twin_does() {
        let Some(device) = adapter::device("programs", adapter::options()) else { return };
        compare(&device, &mixed(1));
        compare(&device, &mixed(13));
        compare(&device, &encodings());
        // The form that runs everywhere.
        let portable = Options { form: Some(Form::U32), ..adapter::options() };
        let Some(other) = adapter::device("programs in the portable form", portable) else { return };
        compare(&other, &mixed(13));
        // An instruction too few shows.
        let planted = difference(&device, &mixed(2), |plan| {
            let pass = plan.passes().len() / 2;
            plan.passes_mut()[pass].arguments[2] -= 1;
        });
        assert!(planted.is_some_and(|text| text.contains("bls12_381_run")));
        // So many that lines are multiplied otherwise.
        compare(&device, &mixed(MANY + 1));
    }
}
