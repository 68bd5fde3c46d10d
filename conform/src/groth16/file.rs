//! Points as bytes: keys uncompressed, proofs compressed.

use super::{Case, Digits, ReadError, check_curve};
use erbium_vm::claims::Claim;
use serde::Deserialize;

#[derive(Deserialize)]
struct File {
    curve: String,
    circuit: String,
    vk: Key,
    cases: Vec<Test>,
}

/// Zcash's keys have two more points, which checking needs not.
#[derive(Deserialize)]
struct Key {
    alpha_g1: Digits,
    beta_g2: Digits,
    gamma_g2: Digits,
    delta_g2: Digits,
    ic: Vec<Digits>,
}

#[derive(Deserialize)]
struct Test {
    id: String,
    /// How the proof was changed.
    kind: Option<String>,
    proof: Digits,
    public_inputs: Vec<Digits>,
    expected: bool,
}

pub(super) fn cases(json: &[u8]) -> Result<Vec<Case>, ReadError> {
    let File { curve, circuit, vk, cases } = serde_json::from_slice(json)?;
    check_curve(&curve)?;
    let head = [&vk.alpha_g1, &vk.beta_g2, &vk.gamma_g2, &vk.delta_g2];
    for (place, digits, len) in [
        ("alpha_g1", head[0], 96),
        ("beta_g2", head[1], 192),
        ("gamma_g2", head[2], 192),
        ("delta_g2", head[3], 192),
    ] {
        if digits.0.len() != len {
            return Err(ReadError::Point { place: format!("vk.{place}"), problem: "has another length" });
        }
    }
    let key: Vec<u8> = head.into_iter().chain(&vk.ic).flat_map(|digits| digits.0.iter().copied()).collect();
    let case = |test: Test| Case {
        claim: Claim::Groth16 {
            verifying_key: key.clone(),
            inputs: test.public_inputs.into_iter().flat_map(|input| input.0).collect(),
            proof: test.proof.0,
        },
        about: test.kind.map_or_else(|| circuit.clone(), |kind| format!("{circuit}, {kind}")),
        id: test.id,
        expected: test.expected.into(),
    };
    Ok(cases.into_iter().map(case).collect())
}
