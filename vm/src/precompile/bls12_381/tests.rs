//! Laws that the operations obey among each other; fixed vectors are in the crate's integration tests.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use super::*;
use proptest::prelude::*;

type Run = fn(&[u8], u64) -> Result<PrecompileOutput, PrecompileError>;

const GAS: u64 = 100_000_000;

fn output(run: Run, input: &[u8]) -> Vec<u8> {
    run(input, GAS).unwrap().output
}

/// A point of the subgroup for each number.
fn point(run: Run, element_len: usize, number: u8) -> Vec<u8> {
    let mut element = vec![0; element_len];
    element[element_len - 1] = number;
    output(run, &element)
}

fn scalar(number: u64) -> Vec<u8> {
    [vec![0; 24], number.to_be_bytes().to_vec()].concat()
}

/// r, and so the scalar that gives infinity.
const ORDER: &str = "73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001";

/// One MSM over all pairs against the sum of the MSMs of the single pairs.
fn msm_is_the_sum_of_products(msm: Run, add: Run, pairs: &[(Vec<u8>, Vec<u8>)]) {
    let whole: Vec<u8> =
        pairs.iter().flat_map(|(point, scalar)| [point.clone(), scalar.clone()].concat()).collect();
    let sum = pairs
        .iter()
        .map(|(point, scalar)| output(msm, &[point.clone(), scalar.clone()].concat()))
        .reduce(|sum, product| output(add, &[sum, product].concat()));
    assert_eq!(Some(output(msm, &whole)), sum);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Few distinct points, so that equal ones, sums of infinity and infinity itself meet; on both sides of the 32
    /// points from which blst uses Pippenger's method.
    #[test]
    fn msm_of_many_is_the_sum_of_msms_of_one(
        pairs in prop::collection::vec((0_u8..4, any::<[u8; 32]>(), 0_u8..4), 1..40),
    ) {
        for (map, element_len, msm, add) in [
            (map_fp_to_g1 as Run, 64, g1_msm as Run, g1_add as Run),
            (map_fp2_to_g2, 128, g2_msm, g2_add),
        ] {
            let infinity = vec![0; 2 * element_len];
            let pairs: Vec<_> = pairs
                .iter()
                .map(|&(which, random, kind)| {
                    let point = if which == 0 { infinity.clone() } else { point(map, element_len, which) };
                    let scalar = match kind {
                        0 => scalar(u64::from(random[0] % 3)),
                        1 => hex::decode(ORDER).unwrap(),
                        _ => random.to_vec(),
                    };
                    (point, scalar)
                })
                .collect();
            msm_is_the_sum_of_products(msm, add, &pairs);
        }
    }
}

#[test]
fn scalars_wrap_at_the_order() {
    let mut above = hex::decode(ORDER).unwrap();
    above[31] += 5;
    for (map, element_len, msm) in [(map_fp_to_g1 as Run, 64, g1_msm as Run), (map_fp2_to_g2, 128, g2_msm)] {
        let point = point(map, element_len, 1);
        let times = |scalar: Vec<u8>| output(msm, &[point.clone(), scalar].concat());
        assert_eq!(times(above.clone()), times(scalar(5)));
        assert_eq!(times(hex::decode(ORDER).unwrap()), vec![0; 2 * element_len]);
        assert_eq!(times(scalar(1)), point);
    }
}

/// e(aP, bQ) * e(-abP, Q) = 1, alone and beyond the size of one round of blst's Miller loop.
#[test]
fn pairings_are_bilinear() {
    let (p, q) = (point(map_fp_to_g1, 64, 1), point(map_fp2_to_g2, 128, 1));
    let times = |msm: Run, point: &[u8], number| output(msm, &[point.to_vec(), scalar(number)].concat());
    let minus_ab = {
        let order = primitive_types::U256::from_big_endian(&hex::decode(ORDER).unwrap());
        let bytes = (order - 257).to_big_endian().to_vec();
        output(g1_msm, &[p.clone(), bytes].concat())
    };
    let good = [times(g1_msm, &p, 1), times(g2_msm, &q, 257), minus_ab.clone(), q.clone()].concat();
    let bad = [times(g1_msm, &p, 2), times(g2_msm, &q, 257), minus_ab, q].concat();
    let product = |inputs: &[&[u8]]| output(pairing, &inputs.concat())[31];
    assert_eq!(product(&[&good]), 1);
    assert_eq!(product(&[&bad]), 0);
    assert_eq!(product(&[good.as_slice(); 17]), 1);
    let mut mixed = [good.as_slice(); 17];
    mixed[16] = &bad;
    assert_eq!(product(&mixed), 0);
}

#[test]
fn infinity_pairs_to_one() {
    let (p, q) = (point(map_fp_to_g1, 64, 1), point(map_fp2_to_g2, 128, 1));
    let nothing = [p, vec![0; 256], vec![0; 128], q].concat();
    assert_eq!(output(pairing, &nothing)[31], 1);
}
