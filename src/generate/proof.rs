//! Groth16 proofs that contracts are asked to check: of a number whose square is public.

use super::GenerateError;
use erbium_gpu::proofs::{Circuit, CircuitError, R1cs};
use erbium_vm::U256;
use std::sync::LazyLock;

/// What its keys are made of: public, as everything about a generated chain.
const SETUP_SEED: [u8; 32] = *b"erbium/generate/groth16/setup/v1";
/// Variables: the constant, the square, which is public, and the root.
const SQUARE: u32 = 1;
const ROOT: u32 = 2;

/// The circuit: root times root is square.
fn circuit() -> Result<&'static Circuit, GenerateError> {
    static CIRCUIT: LazyLock<Result<Circuit, CircuitError>> = LazyLock::new(|| {
        let mut file = b"erbium/r1cs/v1\0\0".to_vec();
        // Variables, public inputs, constraints.
        [3u32, 1, 1].iter().for_each(|count| file.extend(count.to_be_bytes()));
        for variable in [ROOT, ROOT, SQUARE] {
            file.extend(1u32.to_be_bytes());
            file.extend(variable.to_be_bytes());
            file.extend(word(U256::one()));
        }
        let system = R1cs::read(&file).map_err(|error| CircuitError::Setup { reason: error.to_string() })?;
        Circuit::setup(system, &SETUP_SEED)
    });
    CIRCUIT.as_ref().map_err(|error| GenerateError::Circuit(error.to_string()))
}

/// What precompile 0x102 takes for a proof that somebody knows the root of `root`'s square: the length of the verifying key,
/// the key, the proof, the public input. The same arguments give the same bytes.
pub(super) fn input(root: u64, seed: &[u8; 32]) -> Result<Vec<u8>, GenerateError> {
    let circuit = circuit()?;
    let root = U256::from(root);
    // Below 2^128.
    let square = word(root * root);
    let proof = circuit.prove(&[square, word(root)].concat(), seed);
    let proof = proof.map_err(|error| GenerateError::Circuit(error.to_string()))?;
    let proof = proof.ok_or_else(|| GenerateError::Circuit("a square that is none".to_owned()))?;
    let key = circuit.verifying_key();
    let key_len = key.len() as u32;
    Ok([&key_len.to_be_bytes()[..], key, &proof, &square].concat())
}

fn word(number: U256) -> [u8; 32] {
    number.to_big_endian()
}
