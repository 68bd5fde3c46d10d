//! go-ethereum's precompile vectors: input, output and exact gas; the file's name tells which precompile.

use crate::hex::Bytes;
use crate::report::Outcome;
use erbium_vm::precompile::{PrecompileError, Precompiles};
use erbium_vm::{Fork, H160};
use serde::Deserialize;

/// One vector. Of `expected` with `gas` and `expected_error` exactly one is there.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Vector {
    pub(crate) name: String,
    input: Bytes,
    expected: Option<Bytes>,
    gas: Option<u64>,
    expected_error: Option<String>,
}

/// A precompile and the fork whose gas the vectors give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Subject {
    pub(crate) fork: Fork,
    address: u16,
}

/// Stems of file names in lower case: go-ethereum's, then EIP-2537's own.
const SUBJECTS: [(&str, Fork, u16); 28] = [
    ("ecrecover", Fork::Frontier, 0x01),
    ("modexp", Fork::Byzantium, 0x05),
    ("modexp_eip2565", Fork::Berlin, 0x05),
    ("modexp_eip7883", Fork::Osaka, 0x05),
    ("bn256add", Fork::Istanbul, 0x06),
    ("bn256scalarmul", Fork::Istanbul, 0x07),
    ("bn256pairing", Fork::Istanbul, 0x08),
    ("blake2f", Fork::Istanbul, 0x09),
    ("pointevaluation", Fork::Cancun, 0x0a),
    ("blsg1add", Fork::Prague, 0x0b),
    ("blsg1mul", Fork::Prague, 0x0c),
    ("blsg1multiexp", Fork::Prague, 0x0c),
    ("blsg2add", Fork::Prague, 0x0d),
    ("blsg2mul", Fork::Prague, 0x0e),
    ("blsg2multiexp", Fork::Prague, 0x0e),
    ("blspairing", Fork::Prague, 0x0f),
    ("blsmapg1", Fork::Prague, 0x10),
    ("blsmapg2", Fork::Prague, 0x11),
    ("p256verify", Fork::Osaka, 0x100),
    ("add_g1_bls", Fork::Prague, 0x0b),
    ("msm_g1_bls", Fork::Prague, 0x0c),
    ("add_g2_bls", Fork::Prague, 0x0d),
    ("msm_g2_bls", Fork::Prague, 0x0e),
    ("mul_g1_bls", Fork::Prague, 0x0c),
    ("mul_g2_bls", Fork::Prague, 0x0e),
    ("pairing_check_bls", Fork::Prague, 0x0f),
    ("map_fp_to_g1_bls", Fork::Prague, 0x10),
    ("map_fp2_to_g2_bls", Fork::Prague, 0x11),
];

/// Gas for calls that must fail whatever they are given.
const PLENTY: u64 = i64::MAX as u64;

impl Subject {
    /// The precompile that a file of this stem is about; `fail-` in front is for vectors that must fail.
    pub(crate) fn of(stem: &str) -> Option<Self> {
        let stem = stem.to_ascii_lowercase();
        let stem = stem.strip_prefix("fail-").unwrap_or(&stem);
        let (_, fork, address) = SUBJECTS.into_iter().find(|(name, ..)| *name == stem)?;
        Some(Self { fork, address })
    }

    /// Runs one vector: exact output for exactly the gas given, out of gas for one less; or a failure where one is due.
    pub(crate) fn run(self, vector: &Vector) -> Outcome {
        match self.check(vector) {
            Ok(()) => Outcome::Passed,
            Err(difference) => Outcome::Failed { reason: difference.to_string() },
        }
    }

    fn check(self, vector: &Vector) -> Result<(), Difference> {
        let Self { fork, address } = self;
        let precompile = Precompiles::of(fork)
            .get(&H160::from_low_u64_be(u64::from(address)))
            .ok_or(Difference::Absent { address, fork })?;
        let input = &vector.input.0;
        let (expected, gas) = match (&vector.expected, vector.gas, &vector.expected_error) {
            (Some(expected), Some(gas), None) => (&expected.0, gas),
            (None, _, Some(error)) => {
                return match precompile.call(input, PLENTY) {
                    Ok(_) => Err(Difference::MustFail { error: error.clone() }),
                    Err(_) => Ok(()),
                };
            }
            _ => return Err(Difference::Malformed),
        };
        let answer = precompile.call(input, gas).map_err(|error| match precompile.call(input, PLENTY) {
            Ok(answer) => Difference::Gas { got: answer.gas_used, expected: gas },
            Err(_) => Difference::Failed { error },
        })?;
        if answer.gas_used != gas {
            return Err(Difference::Gas { got: answer.gas_used, expected: gas });
        }
        if answer.output != *expected {
            return Err(Difference::Output {
                got: hex::encode(answer.output),
                expected: hex::encode(expected),
            });
        }
        match gas.checked_sub(1).map(|less| precompile.call(input, less)) {
            None | Some(Err(PrecompileError::OutOfGas)) => Ok(()),
            Some(_) => Err(Difference::TooLittleGas { gas: gas - 1 }),
        }
    }
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum Difference {
    #[error("no precompile at {address:#x} under {fork}")]
    Absent { address: u16, fork: Fork },
    #[error("the vector has neither output and gas nor an expected error")]
    Malformed,
    #[error("succeeds where it must fail: {error}")]
    MustFail { error: String },
    #[error("fails: {error}")]
    Failed { error: PrecompileError },
    #[error("uses {got} gas, not {expected}")]
    Gas { got: u64, expected: u64 },
    #[error("returns 0x{got}, not 0x{expected}")]
    Output { got: String, expected: String },
    #[error("is not out of gas with {gas}")]
    TooLittleGas { gas: u64 },
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn run(stem: &str, expected: &str, gas: u64) -> Result<(), Difference> {
        let input = format!("{:064x}{:064x}{:064x}030205", 1, 1, 1);
        let json = format!(r#"{{"Input":"{input}","Expected":"{expected}","Gas":{gas},"Name":"3^2 mod 5"}}"#);
        Subject::of(stem).unwrap().check(&serde_json::from_str(&json).unwrap())
    }

    #[test]
    fn output_and_gas_are_exact() {
        assert_eq!(run("modexp_eip2565", "04", 200), Ok(()));
        assert!(matches!(run("modexp_eip2565", "05", 200), Err(Difference::Output { .. })));
        assert_eq!(run("modexp_eip2565", "04", 201), Err(Difference::Gas { got: 200, expected: 201 }));
        assert_eq!(run("modexp_eip2565", "04", 199), Err(Difference::Gas { got: 200, expected: 199 }));
        assert_eq!(run("modexp_eip7883", "04", 200), Err(Difference::Gas { got: 500, expected: 200 }));
    }

    #[test]
    fn what_must_fail_may_not_succeed() {
        let vector = |input: &str| {
            let json = format!(r#"{{"Input":"{input}","ExpectedError":"bad length","Name":"x"}}"#);
            Subject::of("fail-blake2f").unwrap().check(&serde_json::from_str(&json).unwrap())
        };
        assert_eq!(vector(""), Ok(()));
        assert!(matches!(vector(&"00".repeat(213)), Err(Difference::MustFail { .. })));
    }

    #[test]
    fn names_are_told_in_any_case() {
        assert_eq!(Subject::of("fail-blake2f"), Subject::of("blake2F"));
        assert_eq!(Subject::of("p256Verify"), Some(Subject { fork: Fork::Osaka, address: 0x100 }));
        assert_eq!(Subject::of("testcases_add"), None);
        let half: Vector = serde_json::from_str(r#"{"Input":"","Expected":"","Name":"x"}"#).unwrap();
        assert_eq!(Subject::of("ecRecover").unwrap().check(&half), Err(Difference::Malformed));
    }
}
