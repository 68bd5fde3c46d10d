//! Proofs made by circuits, checked by arkworks and by the engine.

use crate::{oracle, verify};
use erbium_gpu::claims::{Derivation, Deriver, Fault, Halt, Verdict};
use erbium_gpu::proofs::{Circuit, CircuitDeriver, CircuitError, Circuits, ProveError, R1cs};
use primitive_types::{H160, H256, U256};
use std::path::PathBuf;

/// A public number y is the cube of a secret x plus a public z: variables 1, y, z, x, x^2.
fn cube() -> R1cs {
    let term =
        |variable: u32, coefficient: u8| [&variable.to_be_bytes()[..], &[0; 31], &[coefficient]].concat();
    let sum = |terms: &[(u32, u8)]| {
        let count = u32::try_from(terms.len()).unwrap().to_be_bytes();
        [&count[..], &terms.iter().flat_map(|(at, c)| term(*at, *c)).collect::<Vec<_>>()].concat()
    };
    // (y - z) is written as y + (r - 1) z.
    let mut minus_one = erbium_gpu::claims::BLS12_381_ORDER;
    minus_one[31] = 0;
    let difference = [&2u32.to_be_bytes()[..], &term(1, 1), &2u32.to_be_bytes(), &minus_one].concat();
    let file = [
        b"erbium/r1cs/v1\0\0",
        &[5u32, 2, 2].map(u32::to_be_bytes).concat()[..],
        &sum(&[(3, 1)]),
        &sum(&[(3, 1)]),
        &sum(&[(4, 1)]),
        &sum(&[(4, 1)]),
        &sum(&[(3, 1)]),
        &difference,
    ]
    .concat();
    R1cs::read(&file).unwrap()
}

fn word(number: u64) -> [u8; 32] {
    U256::from(number).to_big_endian()
}

/// The values of all variables but the constant.
fn witness(x: u64, z: u64) -> Vec<u8> {
    [x * x * x + z, z, x, x * x].map(word).concat()
}

/// A folder that is gone when the test is.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("erbium-circuits-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn proofs_verify_here_and_in_arkworks_and_hang_on_the_seed_alone() {
    let circuit = Circuit::setup(cube(), &[1; 32]).unwrap();
    let publics = |x: u64, z: u64| [x * x * x + z, z].map(word).concat();
    let proof = circuit.prove(&witness(7, 5), &[2; 32]).unwrap().unwrap();
    for threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let again = pool.install(|| Circuit::setup(cube(), &[1; 32]).unwrap());
        assert_eq!(again.verifying_key(), circuit.verifying_key());
        assert_eq!(pool.install(|| again.prove(&witness(7, 5), &[2; 32])), Ok(Some(proof)));
    }
    let other = circuit.prove(&witness(7, 5), &[3; 32]).unwrap().unwrap();
    assert!(proof != other);
    let claims = [
        circuit.claim(&publics(7, 5), &proof),
        circuit.claim(&publics(7, 5), &other),
        circuit.claim(&publics(7, 6), &proof),
        circuit.claim(&publics(8, 5), &proof),
    ];
    let expected = [true, true, false, false].map(Verdict::from);
    assert_eq!(claims.each_ref().map(oracle::verdict), expected);
    assert_eq!(verify(&claims), expected);
    // Another setup's key is another key.
    let foreign = Circuit::setup(cube(), &[9; 32]).unwrap();
    assert_eq!(verify(&[foreign.claim(&publics(7, 5), &proof)]), [Verdict::Invalid]);
}

#[test]
fn a_witness_that_does_not_satisfy_makes_no_proof() {
    let circuit = Circuit::setup(cube(), &[1; 32]).unwrap();
    let good = witness(3, 0);
    for at in 0..4 {
        let mut bad = good.clone();
        bad[32 * at + 31] ^= 1;
        assert_eq!(circuit.prove(&bad, &[0; 32]), Ok(None), "{at}");
        let mut beyond = good.clone();
        beyond[32 * at..32 * at + 32].copy_from_slice(&erbium_gpu::claims::BLS12_381_ORDER);
        assert_eq!(circuit.prove(&beyond, &[0; 32]), Err(ProveError::Value { at }));
    }
    let short = circuit.prove(&good[1..], &[0; 32]);
    assert_eq!(short, Err(ProveError::WitnessLength { got: 127, expected: 128 }));
}

#[test]
fn a_folder_gives_circuits_by_their_hash() {
    let folder = Folder::new("folder");
    let circuit = Circuit::setup(cube(), &[1; 32]).unwrap();
    let name = circuit.write(&folder.0).unwrap();
    assert_eq!(name, cube().hash());
    let file = |ending: &str| folder.0.join(format!("{name:x}.{ending}"));
    let read = Circuit::read(&folder.0, name).unwrap();
    assert_eq!(read.prove(&witness(2, 2), &[4; 32]), circuit.prove(&witness(2, 2), &[4; 32]));
    assert!(matches!(Circuit::read(&folder.0, H256::zero()), Err(CircuitError::File { .. })));

    let keep = std::fs::read(file("vk")).unwrap();
    std::fs::write(file("vk"), &keep[1..]).unwrap();
    assert!(matches!(Circuit::read(&folder.0, name), Err(CircuitError::Keys { .. })));
    std::fs::write(file("vk"), &keep).unwrap();
    let keep = std::fs::read(file("pk")).unwrap();
    for damaged in [&keep[..keep.len() - 1], &keep[..100], &[]] {
        std::fs::write(file("pk"), damaged).unwrap();
        assert!(matches!(Circuit::read(&folder.0, name), Err(CircuitError::Keys { .. })));
    }
    std::fs::write(file("pk"), &keep).unwrap();
    std::fs::write(file("r1cs"), b"another").unwrap();
    assert!(matches!(Circuit::read(&folder.0, name), Err(CircuitError::Name { .. })));
}

fn zk_prove(circuit: H256, witness: Vec<u8>, seed: u64) -> Derivation {
    Derivation::Private {
        operation: 0xe3,
        operands: vec![
            U256::from_big_endian(&circuit.0),
            0.into(),
            witness.len().into(),
            seed.into(),
            0.into(),
        ],
        inputs: vec![witness, vec![]],
        contract: H160::zero(),
    }
}

#[test]
fn zk_prove_answers_proof_zero_halt_or_fault() {
    let folder = Folder::new("derive");
    let name = Circuit::setup(cube(), &[1; 32]).unwrap().write(&folder.0).unwrap();
    let deriver = CircuitDeriver::new(Circuits::new(&folder.0));
    let answer = deriver.derive(&zk_prove(name, witness(4, 1), 11)).unwrap().unwrap();
    assert_eq!((answer.len(), &answer[..32]), (224, &word(1)[..]));
    let circuit = Circuit::read(&folder.0, name).unwrap();
    assert_eq!(circuit.prove(&witness(4, 1), &word(11)).unwrap().unwrap()[..], answer[32..]);
    let unsatisfied = [&witness(4, 1)[..96], &word(17)].concat();
    assert_eq!(deriver.derive(&zk_prove(name, unsatisfied, 11)), Ok(Ok(word(0).to_vec())));
    let halts = Ok(Err(Halt::QuantumSecurityViolation));
    assert_eq!(deriver.derive(&zk_prove(name, vec![0; 127], 11)), halts);
    assert_eq!(deriver.derive(&zk_prove(name, vec![0xff; 128], 11)), halts);
    let Err(Fault::Backend { what, reason }) = deriver.derive(&zk_prove(H256::zero(), vec![], 1)) else {
        panic!("a circuit that is not there")
    };
    assert!(what.contains("circuit 0x0000") && reason.contains(".r1cs"), "{what}: {reason}");
    let without = CircuitDeriver::default().derive(&zk_prove(name, witness(4, 1), 11));
    assert_eq!(without, Err(Fault::Unsupported { what: "ZK_PROVE without a folder of circuits" }));

    // The proving key of another circuit's setup makes proofs that its verifying key does not know.
    let other = Folder::new("other");
    Circuit::setup(cube(), &[2; 32]).unwrap().write(&other.0).unwrap();
    let damaged = Folder::new("damaged");
    Circuit::setup(cube(), &[1; 32]).unwrap().write(&damaged.0).unwrap();
    let pk = |folder: &Folder| folder.0.join(format!("{name:x}.pk"));
    let mut key = std::fs::read(pk(&damaged)).unwrap();
    let foreign = std::fs::read(pk(&other)).unwrap();
    // All behind the verifying key, of which the length is known: four points, a count, three points.
    let head = 96 + 3 * 192 + 8 + 3 * 96;
    key[head..].copy_from_slice(&foreign[head..]);
    std::fs::write(pk(&damaged), key).unwrap();
    let fault = CircuitDeriver::new(Circuits::new(&damaged.0)).derive(&zk_prove(name, witness(4, 1), 11));
    let Err(Fault::Backend { reason, .. }) = fault else { panic!("a damaged key") };
    assert!(reason.contains("no valid proofs"), "{reason}");
}
