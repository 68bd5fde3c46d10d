//! go-ethereum's precompile vectors: input, output and exact gas; the file's name tells which precompile.

use crate::hex::Bytes;
use crate::report::Outcome;
use erbium_vm::claims::Fault;
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

/// Who computes in BLS12-381's groups in another way than the precompiles do, and is held against the same vectors.
pub trait Bls12381: Sync {
    /// Whether the product of the pairings is one. Points are uncompressed in the encoding of Zcash and of the IETF's draft.
    /// `None` where one of them is none, or outside the subgroup.
    ///
    /// # Errors
    /// [`Fault`] where machinery failed.
    fn pairing_is_one(&self, pairs: &[([u8; 96], [u8; 192])]) -> Result<Option<bool>, Fault>;

    /// The sum of points of G1, each times a number of 256 bits, the highest byte first. Points are encoded as those of pairs.
    /// `None` where one of them is none, or outside the subgroup.
    ///
    /// # Errors
    /// [`Fault`] where machinery failed.
    fn g1_sum(&self, terms: &[([u8; 96], [u8; 32])]) -> Result<Option<[u8; 96]>, Fault>;
}

/// The precompiles for sums in G1, plain and of multiples, and for pairings, of EIP-2537.
const G1_ADD: u16 = 0x0b;
const G1_MSM: u16 = 0x0c;
const PAIRING: u16 = 0x0f;
/// Bytes of a pair in its input: two numbers for a point of G1, four for one of G2, each behind sixteen zeros.
const PAIR: usize = 6 * NUMBER;
const NUMBER: usize = 64;
const PADDING: usize = 16;

/// The pairs of an input; `None` where it has not the form of pairs.
fn pairs(input: &[u8]) -> Option<Vec<([u8; 96], [u8; 192])>> {
    let (pairs, []) = input.as_chunks::<PAIR>() else { return None };
    (!pairs.is_empty()).then(|| pairs.iter().map(pair).collect())?
}

fn pair(bytes: &[u8; PAIR]) -> Option<([u8; 96], [u8; 192])> {
    let [x, y, x0, x1, y0, y1] = bytes.as_chunks().0 else { return None };
    Some((join(&[x, y])?.try_into().ok()?, join(&[x1, x0, y1, y0])?.try_into().ok()?))
}

/// Coordinates of a point, in the order of Zcash's encoding.
fn join(numbers: &[&[u8; NUMBER]]) -> Option<Vec<u8>> {
    let number = |bytes: &&[u8; NUMBER]| {
        let (padding, number) = bytes.split_at(PADDING);
        // What is beyond 381 bits is no number, and would be taken for flags.
        let fits =
            padding.iter().all(|byte| *byte == 0) && number.first().is_some_and(|byte| byte & 0xe0 == 0);
        fits.then(|| number.to_vec())
    };
    let mut joined = numbers.iter().map(number).collect::<Option<Vec<_>>>()?.concat();
    // Infinity is zeros there, and has a flag here.
    if joined.iter().all(|byte| *byte == 0) {
        *joined.first_mut()? |= 0x40;
    }
    Some(joined)
}

/// The terms of a sum in G1: of two points as they are, or of points with a scalar behind each. `None` where the input has not
/// that form.
fn terms(address: u16, input: &[u8]) -> Option<Vec<([u8; 96], [u8; 32])>> {
    let mut one = [0; 32];
    one[31] = 1;
    let point = |point: &[u8]| -> Option<[u8; 96]> {
        let ([x, y], []) = point.as_chunks() else { return None };
        join(&[x, y])?.try_into().ok()
    };
    let term = |bytes: &[u8]| {
        let (place, scalar) = bytes.split_at_checked(2 * NUMBER)?;
        Some((point(place)?, if scalar.is_empty() { one } else { scalar.try_into().ok()? }))
    };
    let width = match address {
        G1_ADD if input.len() == 4 * NUMBER => 2 * NUMBER,
        G1_MSM if !input.is_empty() => 2 * NUMBER + 32,
        _ => return None,
    };
    input.chunks(width).map(term).collect()
}

/// A point as these precompiles write it.
fn padded(point: [u8; 96]) -> Vec<u8> {
    if point[0] & 0x40 != 0 {
        return vec![0; 2 * NUMBER];
    }
    point.chunks(NUMBER - PADDING).flat_map(|number| [&[0; PADDING][..], number].concat()).collect()
}

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

    /// Runs one vector: exact output for exactly the gas given, out of gas for one less; or a failure where one is due. Where
    /// somebody else computes in the same groups, they have to agree.
    pub(crate) fn run(self, vector: &Vector, other: Option<&dyn Bls12381>) -> Outcome {
        match self.check(vector).and_then(|()| other.map_or(Ok(()), |other| self.compare(vector, other))) {
            Ok(()) => Outcome::Passed,
            Err(difference) => Outcome::Failed { reason: difference.to_string() },
        }
    }

    fn compare(self, vector: &Vector, other: &dyn Bls12381) -> Result<(), Difference> {
        let word = |is_one: bool| [&[0; 31][..], &[u8::from(is_one)]].concat();
        let input = &vector.input.0;
        let got = if let Some(pairs) = (self.address == PAIRING).then(|| pairs(input)).flatten() {
            other.pairing_is_one(&pairs).map(|answer| answer.map(word))
        } else if let Some(terms) = terms(self.address, input) {
            other.g1_sum(&terms).map(|answer| answer.map(padded))
        } else {
            return Ok(());
        };
        let got = got.map_err(Difference::Fault)?;
        let due = vector.expected.as_ref().map(|expected| &expected.0);
        if got.as_ref() == due {
            return Ok(());
        }
        let told = |output: Option<&Vec<u8>>| {
            output.map_or("no point".to_owned(), |bytes| format!("0x{}", hex::encode(bytes)))
        };
        Err(Difference::Other { got: told(got.as_ref()), expected: told(due) })
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
    #[error("the backend says {got}, not {expected}")]
    Other { got: String, expected: String },
    #[error("the backend: {0}")]
    Fault(Fault),
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

    /// Says the same of all pairs, and holds that they are the generators.
    struct Says(Option<bool>);

    impl Bls12381 for Says {
        fn pairing_is_one(&self, pairs: &[([u8; 96], [u8; 192])]) -> Result<Option<bool>, Fault> {
            let [(g1, g2)] = pairs else { return Err(Fault::Coprocessor { reason: "planted".to_owned() }) };
            assert_eq!((g1[0], g1[48], g2[0], g2[48]), (0x17, 0x08, 0x40, 0));
            Ok(self.0)
        }

        /// The first point, whatever the scalars; infinity where it says no.
        fn g1_sum(&self, terms: &[([u8; 96], [u8; 32])]) -> Result<Option<[u8; 96]>, Fault> {
            let infinity = std::array::from_fn(|i| if i == 0 { 0x40 } else { 0 });
            Ok(self.0.and_then(
                |first| if first { terms.first().map(|(point, _)| *point) } else { Some(infinity) },
            ))
        }
    }

    #[test]
    fn whoever_pairs_in_another_way_must_agree() {
        let g1 = "0000000000000000000000000000000017f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb\
            0000000000000000000000000000000008b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1";
        let one = format!("{:064x}", 1);
        let vector = |input: &str| -> Vector {
            let json =
                format!(r#"{{"Input":"{input}","Expected":"{one}","Gas":70300,"Name":"with infinity"}}"#);
            serde_json::from_str(&json).unwrap()
        };
        let pairing = Subject::of("blsPairing").unwrap();
        let good = vector(&format!("{g1}{}", "00".repeat(256)));
        for (says, passes) in [(Some(true), true), (Some(false), false), (None, false)] {
            let outcome = pairing.run(&good, Some(&Says(says)));
            assert_eq!(outcome == Outcome::Passed, passes, "{says:?}: {outcome:?}");
        }
        assert_eq!(pairing.run(&good, None), Outcome::Passed);
        let two = vector(&format!("{g1}{}", "00".repeat(256)).repeat(2));
        assert_eq!(
            pairing.compare(&two, &Says(None)).unwrap_err().to_string(),
            "the backend: coprocessor broke its contract: planted"
        );
        // What is no pair is not asked about.
        for malformed in [
            vector(""),
            vector(&"00".repeat(383)),
            vector(&"01".repeat(384)),
            vector(&format!("{}20{}", "00".repeat(16), "00".repeat(367))),
        ] {
            assert_eq!(pairing.compare(&malformed, &Says(None)), Ok(()));
        }
        assert_eq!(Subject::of("blsG1Add").unwrap().compare(&good, &Says(None)), Ok(()));
    }

    #[test]
    fn whoever_sums_in_another_way_must_agree() {
        let point = |x: u8, y: u8| {
            let number = |byte| [&[0; NUMBER - 1][..], &[byte]].concat();
            [number(x), number(y)].concat()
        };
        let vector = |input: Vec<u8>, expected: Vec<u8>| -> Vector {
            let (input, expected) = (hex::encode(input), hex::encode(expected));
            let json = format!(r#"{{"Input":"{input}","Expected":"{expected}","Gas":1,"Name":"sum"}}"#);
            serde_json::from_str(&json).unwrap()
        };
        let scalar = [7; 32].to_vec();
        let add = vector([point(1, 2), point(0, 0)].concat(), point(1, 2));
        let msm = vector([point(1, 2), scalar.clone()].concat().repeat(2), point(1, 2));
        let none = vector([point(1, 2), scalar.clone()].concat(), point(0, 0));
        for (name, vector, says) in
            [("blsG1Add", &add, true), ("blsG1MultiExp", &msm, true), ("blsG1Mul", &none, false)]
        {
            let subject = Subject::of(name).unwrap();
            assert_eq!(subject.compare(vector, &Says(Some(says))), Ok(()), "{name}");
            for other in [Some(!says), None] {
                assert!(subject.compare(vector, &Says(other)).is_err(), "{name}: {other:?}");
            }
        }
        // Infinity is told by a flag, and one is the scalar of a plain sum.
        let terms = terms(G1_ADD, &add.input.0).unwrap();
        assert_eq!((terms[1].0[0], terms[1].0[1], terms[0].1[31]), (0x40, 0, 1));
        // What has not the form of a sum is not asked about.
        for malformed in [vec![], point(1, 2), [point(1, 2), scalar, vec![0]].concat()] {
            for name in ["blsG1Add", "blsG1MultiExp"] {
                let vector = vector(malformed.clone(), vec![]);
                assert_eq!(Subject::of(name).unwrap().compare(&vector, &Says(None)), Ok(()));
            }
        }
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
