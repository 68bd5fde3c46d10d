//! Sums of multiples of points against go-ethereum's vectors of EIP-2537.

use ark_bls12_381::Fr;
use ark_ff::{BigInteger, PrimeField};
use erbium_gpu::proofs::{G1Point, g1_msm, g1_multiples};

/// The point of 128 bytes: each coordinate behind sixteen zeros, infinity as zeros.
fn read(bytes: &[u8]) -> G1Point {
    if bytes.iter().all(|byte| *byte == 0) {
        return G1Point::default();
    }
    let uncompressed = [&bytes[16..64], &bytes[80..128]].concat();
    G1Point::from_uncompressed(uncompressed.first_chunk().unwrap()).unwrap()
}

fn write(point: G1Point) -> Vec<u8> {
    if point == G1Point::default() {
        return vec![0; 128];
    }
    let bytes = point.to_uncompressed();
    [&[0; 16][..], &bytes[..48], &[0; 16], &bytes[48..]].concat()
}

#[test]
fn go_ethereum_s_sums_come_out() {
    let file = include_str!("../../../tests/data/precompiles/blsG1MultiExp.json");
    let cases: serde_json::Value = serde_json::from_str(file).unwrap();
    let mut asked = 0;
    for case in cases.as_array().unwrap() {
        let [input, expected] =
            ["Input", "Expected"].map(|key| hex::decode(case[key].as_str().unwrap()).unwrap());
        // Scalars of EIP-2537 are any numbers of 256 bits.
        let scalar = |bytes: &[u8]| -> [u8; 32] {
            Fr::from_be_bytes_mod_order(bytes).into_bigint().to_bytes_le().try_into().unwrap()
        };
        let (points, scalars): (Vec<_>, Vec<[u8; 32]>) =
            input.chunks(160).map(|pair| (read(&pair[..128]), scalar(&pair[128..]))).unzip();
        assert_eq!(write(g1_msm(&points, &scalars).unwrap()), expected, "{}", case["Name"]);
        asked += 1;
    }
    assert!(asked > 5, "{asked} cases");
}

#[test]
fn multiples_are_multiples() {
    let scalar = |small: u8| {
        let mut bytes = [0; 32];
        bytes[0] = small;
        bytes
    };
    let point = G1Point::generator_multiple(&scalar(7)).unwrap();
    let multiples = g1_multiples(&point, 5);
    let expected = (1..=5).map(|times| g1_msm(&[point], &[scalar(times)]).unwrap());
    assert_eq!(multiples, expected.collect::<Vec<_>>());
    assert_eq!(g1_multiples(&point, 0), []);
}
