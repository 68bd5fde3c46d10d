//! ZK_PROVE.

use super::circuit::Circuits;
use crate::{CpuDeriver, counter};
use erbium_claims::{Bytes, Derivation, Deriver, Fault, Halt};
use primitive_types::{H256, U256};

/// The byte of ZK_PROVE.
const ZK_PROVE: u8 = 0xe3;

/// Computes derivations: ZK_PROVE with the circuits of a folder, all others as [`CpuDeriver`] does.
///
/// ZK_PROVE's answer is the word 1 and 192 bytes of proof, or the word 0 alone where the witness does not satisfy the circuit.
/// A witness of another length, or with a value that is not below the order, halts the asking frame. Without a folder, or
/// where the circuit is not in it, there is a [`Fault`].
#[derive(Debug, Default)]
pub struct CircuitDeriver {
    circuits: Option<Circuits>,
}

impl CircuitDeriver {
    /// One that proves with these circuits.
    pub fn new(circuits: Circuits) -> Self {
        Self { circuits: Some(circuits) }
    }

    fn prove(&self, operands: &[U256], witness: &[u8]) -> Result<Result<Bytes, Halt>, Fault> {
        let Some(circuits) = &self.circuits else {
            return Err(Fault::Unsupported { what: "ZK_PROVE without a folder of circuits" });
        };
        let word = |at: usize| operands.get(at).map(U256::to_big_endian).unwrap_or_default();
        let answer = match circuits.prove(H256(word(0)), witness, &word(3))? {
            Ok(Some(proof)) => Ok([&U256::one().to_big_endian()[..], &proof].concat()),
            Ok(None) => Ok(vec![0; 32]),
            Err(error) => {
                tracing::debug!(%error, "a witness that is none");
                Err(Halt::QuantumSecurityViolation)
            }
        };
        metrics::counter!(counter::DERIVATIONS, "backend" => "cpu", "kind" => "a Groth16 proof").increment(1);
        Ok(answer)
    }
}

impl Deriver for CircuitDeriver {
    fn derive(&self, derivation: &Derivation) -> Result<Result<Bytes, Halt>, Fault> {
        match derivation {
            Derivation::Private { operation: ZK_PROVE, operands, inputs, .. } => {
                self.prove(operands, inputs.first().map(Vec::as_slice).unwrap_or_default())
            }
            other => CpuDeriver.derive(other),
        }
    }
}
