//! The calls into blst against arkworks, and the parts of a batch among each other.

use super::curve::{self, G1};
use super::plant::Plant;
use super::weight::{Scalar, Weight};
use super::*;
use ark_bls12_381::{Bls12_381, Fq, Fr, G1Affine, G1Projective};
use ark_ec::pairing::Pairing;
use ark_ec::{AffineRepr, CurveGroup, PrimeGroup, VariableBaseMSM};
use ark_ff::{BigInteger, Field, PrimeField};
use ark_serialize::CanonicalSerialize;
use proptest::prelude::*;

fn bytes_of(number: Fr) -> [u8; 32] {
    number.into_bigint().to_bytes_le().try_into().unwrap()
}

fn number(bytes: [u8; 32]) -> Fr {
    Fr::from_le_bytes_mod_order(&bytes)
}

fn theirs(point: G1Affine) -> [u8; 96] {
    let mut bytes = Vec::new();
    point.serialize_uncompressed(&mut bytes).unwrap();
    bytes.try_into().unwrap()
}

fn ours(sum: &curve::Sum) -> [u8; 96] {
    curve::g1_to_uncompressed(&curve::g1_to_affine(&[*sum])[0])
}

fn weight() -> impl Strategy<Value = Weight> {
    let half = prop_oneof![4 => any::<u64>(), 1 => 0..3u64, 1 => Just(u64::MAX)];
    (half.clone(), half).prop_map(|(a, b)| Weight { a, b })
}

/// A scalar, often at an end of its range.
fn scalar() -> impl Strategy<Value = Fr> {
    prop_oneof![
        4 => any::<[u8; 32]>().prop_map(number),
        1 => (0..3u64).prop_map(Fr::from),
        1 => (1..3u64).prop_map(|small| -Fr::from(small)),
    ]
}

#[test]
fn the_endomorphism_is_lambda() {
    let (g1, _) = curve::generators();
    let lambda = Weight { a: 0, b: 1 }.scalar().to_bytes();
    assert_eq!(curve::g1_endomorphism(&g1), curve::g1_multiple(&lambda));
    assert_eq!(curve::g1_endomorphism(&G1::default()), G1::default());
}

#[test]
fn zeros_without_the_flag_of_infinity_are_no_point() {
    assert!(curve::g1_from_uncompressed(&[0; 96]).is_none());
    assert!(curve::g2_from_uncompressed(&[0; 192]).is_none());
    let mut infinity = [0; 192];
    infinity[0] = 0x40;
    assert!(curve::g1_is_infinity(&curve::g1_from_uncompressed(infinity.first_chunk().unwrap()).unwrap()));
    assert!(curve::g2_is_infinity(&curve::g2_from_uncompressed(&infinity).unwrap()));
    // A compressed point with zeros behind it.
    infinity[0] = 0xc0;
    assert!(curve::g1_from_uncompressed(infinity.first_chunk().unwrap()).is_none());
    assert!(curve::g2_from_uncompressed(&infinity).is_none());
}

#[test]
fn a_plant_comes_out_as_its_term() {
    for seed in 0..4 {
        let plant = Plant::new(&[seed; 32]);
        let parts = Groth16Parts::read(&plant.verifying_key, &plant.inputs, &plant.proof).unwrap();
        let key = Arc::new(VerifyingKey::read(&parts).unwrap());
        let item = Item::new(&parts, key, Points::decode(&parts).filter(Points::in_subgroups).unwrap());
        assert!(!item.holds());
        let one = Weight { a: 1, b: 0 };
        for weight in [one, Weight { a: 3, b: 5 }, Weight { a: u64::MAX, b: 1 << 63 }] {
            let (items, weights) = ([item.clone()], [weight]);
            let equation = Equation { items: &items, weights: &weights };
            let products = Products::new(vec![equation.miller(0..1, &equation.weigh(0..1))], 16);
            let judge = Judge::new(equation, products, vec![(0, curve::gt_weighted(&plant.term, weight))]);
            assert_eq!(judge.invalid(), None);
            // As if it had been left out, or an answer were an older one.
            for wrong in [Fp12::default(), curve::gt_weighted(&plant.term, Weight { a: 9, b: 9 })] {
                let equation = Equation { items: &items, weights: &weights };
                let products = Products::new(vec![equation.miller(0..1, &equation.weigh(0..1))], 16);
                let judge = Judge::new(equation, products, vec![(0, wrong)]);
                assert_eq!(judge.invalid(), Some(vec![0]));
            }
        }
    }
}

#[test]
fn claims_are_wrong_in_what_they_should_be() {
    let mut secret = Secret::new(&[3; 32]);
    let mut lists = vec![vec![], vec![Wrong::A, Wrong::Input]];
    lists.extend(Wrong::ALL.map(|part| vec![part]));
    for wrong in lists {
        let claim = secret.claim(&wrong);
        assert_eq!(claim.term == Fp12::default(), wrong.is_empty(), "{wrong:?}");
        let parts = Groth16Parts::read(&claim.verifying_key, &claim.inputs, &claim.proof).unwrap();
        let item = Item::new(&parts, Arc::new(claim.key().unwrap()), Points::decode(&parts).unwrap());
        assert_eq!(item.holds(), wrong.is_empty(), "{wrong:?}");
    }
}

#[test]
fn numbers_go_to_kernels_and_come_back() {
    let (point, _) = curve::generators();
    let words = honest::point(&curve::g1_to_sum(&point));
    let coordinates = |words: &[u32; 36]| {
        let [x, y, z] = words.as_chunks().0 else { unreachable!() };
        g1_from_kernel([x, y, z])
    };
    assert_eq!(curve::g1_to_affine(&[coordinates(&words).unwrap()]), [point]);
    let infinity = coordinates(&honest::point(&curve::Sum::default())).unwrap();
    assert_eq!(curve::g1_to_affine(&[infinity]), [G1::default()]);
    // One bit more, and a number that is not reduced; no coordinates at all.
    for place in 0..36 {
        let mut other = words;
        other[place] ^= 1;
        assert!(coordinates(&other).is_none(), "{place}");
        other[place / 12 * 12..][..12].fill(u32::MAX);
        assert!(coordinates(&other).is_none());
    }
    assert!(coordinates(&[0; 36]).is_none());
    // A number is itself times 2^390.
    let number = Fq::from_be_bytes_mod_order(&curve::g1_to_uncompressed(&point)[..48]);
    let expected = number * Fq::from(2u64).pow([390]);
    let found = kernel_form::g1_to_kernel(&point);
    let expected: Vec<_> =
        expected.into_bigint().0.iter().flat_map(|l| [*l as u32, (*l >> 32) as u32]).collect();
    assert_eq!(found[..12], expected);
}

#[test]
fn trees_cover_every_item_once() {
    for (items, grain) in [(1, 2), (2, 2), (5, 2), (33, 16), (100, 3), (257, 16)] {
        let pieces = (0..items).step_by(grain).map(|_| Fp12::default()).collect();
        let products = Products::new(pieces, grain);
        let mut open = vec![products.root()];
        let mut seen = Vec::new();
        while let Some(node) = open.pop() {
            match (products.halves(node), node.below()) {
                (Some(halves), _) => open.extend(halves),
                (None, Some(below)) => open.push(below),
                (None, None) => seen.extend(products.items(node, items)),
            }
        }
        seen.sort_unstable();
        assert_eq!(seen, (0..items).collect::<Vec<_>>(), "{items} {grain}");
        assert_eq!(products.items(products.root(), items), 0..items);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn weighted_points_and_elements_are_arkworks_s(weight in weight(), factor in scalar()) {
        let point = (G1Projective::generator() * factor).into_affine();
        let factor_bytes = bytes_of(factor);
        let mine = curve::g1_multiple(&factor_bytes);
        prop_assert_eq!(curve::g1_to_uncompressed(&mine), theirs(point));
        let number = number(weight.scalar().to_bytes());
        prop_assert_eq!(ours(&curve::g1_weighted(&mine, weight)), theirs((point * number).into_affine()));
        let (g1, g2) = curve::generators();
        let one = curve::final_exponentiation(&curve::miller(&[(g1, g2)]));
        let element = curve::gt_power(&one, &factor_bytes);
        prop_assert_eq!(curve::gt_weighted(&element, weight), curve::gt_power(&element, &bytes_of(number)));
        // The pairing is bilinear, on both sides and in blst's own form of it.
        prop_assert_eq!(element, curve::final_exponentiation(&curve::miller(&[(mine, g2)])));
        prop_assert_eq!(element, curve::final_exponentiation(&curve::miller(&[(g1, curve::g2_multiple(&factor_bytes))])));
        let ark = Bls12_381::pairing(point, ark_bls12_381::G2Affine::generator());
        prop_assert_eq!(element == Fp12::default(), ark.0 == <Bls12_381 as Pairing>::TargetField::ONE);
    }

    #[test]
    fn sums_are_arkworks_s(
        terms in prop::collection::vec((scalar(), scalar()), 0..60),
        copies in prop::sample::select(vec![1usize, 1, 1, 9, 40]),
        threads in 1usize..4,
    ) {
        let terms: Vec<_> = terms.iter().cycle().take(terms.len() * copies).collect();
        let theirs_points: Vec<_> = terms.iter().map(|(p, _)| G1Projective::generator() * p).collect();
        let theirs_points = G1Projective::normalize_batch(&theirs_points);
        let factors: Vec<_> = terms.iter().map(|(_, s)| *s).collect();
        let expected = theirs(G1Projective::msm(&theirs_points, &factors).unwrap().into_affine());
        let points: Vec<_> = theirs_points.iter().map(|p| G1Point::from_uncompressed(&theirs(*p)).unwrap()).collect();
        let scalars: Vec<_> = factors.iter().map(|s| bytes_of(*s)).collect();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let sum = pool.install(|| g1_msm(&points, &scalars).unwrap());
        prop_assert_eq!(sum.to_uncompressed(), expected);
        prop_assert_eq!(G1Point::from_compressed(&sum.to_compressed()), Some(sum));
        prop_assert!(points.is_empty() || g1_msm(&points[1..], &scalars).is_none());
    }

    #[test]
    fn windows_of_every_size_add_up(pairs in prop::collection::vec((scalar(), scalar()), 2..6), window in 3usize..18) {
        let points: Vec<_> = pairs.iter().map(|(p, _)| curve::g1_multiple(&bytes_of(*p))).filter(|p| !curve::g1_is_infinity(p)).collect();
        prop_assume!(points.len() > 1);
        let scalars: Vec<_> = pairs.iter().map(|(_, s)| bytes_of(*s)).take(points.len()).collect();
        let whole = curve::g1_msm(&points, scalars.as_flattened(), curve::SCALAR_BITS);
        let froms: Vec<_> = (0..=curve::SCALAR_BITS).step_by(window).collect();
        let parts = froms.into_iter().rev().map(|from| curve::g1_msm_window(&points, &scalars, from, window));
        let sum = parts.fold(curve::Sum::default(), |sum, part| curve::g1_add(&curve::g1_doubled(&sum, window), &part));
        prop_assert_eq!(ours(&sum), ours(&whole));
    }
}

#[test]
fn a_scalar_at_the_order_is_none() {
    let mut order = erbium_claims::BLS12_381_ORDER;
    order.reverse();
    assert!(g1_msm(&[G1Point::default()], &[order]).is_none());
    assert!(G1Point::generator_multiple(&order).is_none());
    order[0] = 0;
    assert_eq!(g1_msm(&[G1Point::default()], &[order]), Some(G1Point::default()));
    assert!(G1Point::generator_multiple(&order).is_some());
    assert_eq!(Scalar::default().to_bytes(), [0; 32]);
}
