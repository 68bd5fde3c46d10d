//! Circuits as rank-1 constraint systems over BLS12-381's scalar field, in a file format of our own.
//!
//! ```text
//! "erbium/r1cs/v1", two zero bytes | variables u32 | public inputs u32 | constraints u32 | the constraints
//! ```
//!
//! A constraint is three sums of multiples of variables, of which the product of the first two has to be the third. A sum is
//! a number of terms, u32, then each term's variable, u32, and coefficient, 32 bytes. Numbers are big-endian, coefficients
//! below the order and not 0, variables of a sum ascend: there is one file for a system, and its Keccak-256 names the
//! circuit. Variable 0 is the constant one; the public inputs follow it.

use ark_bls12_381::Fr;
use ark_ff::{AdditiveGroup, BigInt, PrimeField};
use primitive_types::H256;
use std::collections::BTreeMap;

/// What a file begins with.
const MAGIC: &[u8; 16] = b"erbium/r1cs/v1\0\0";

/// A sum of multiples of variables: coefficients, none of them 0, with the places of variables, ascending.
pub(super) type Terms = Vec<(Fr, usize)>;

/// A rank-1 constraint system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct R1cs {
    variables: u32,
    publics: u32,
    constraints: Vec<[Terms; 3]>,
}

/// Bytes that are no circuit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum R1csError {
    /// It begins with something else.
    #[error("no circuit: it does not begin as {expected} does")]
    Magic {
        /// The format.
        expected: &'static str,
    },
    /// It ends in the middle.
    #[error("the file ends in {what}")]
    End {
        /// What is not whole.
        what: &'static str,
    },
    /// There is something behind the last constraint.
    #[error("{bytes} bytes behind the last constraint")]
    Rest {
        /// How many.
        bytes: usize,
    },
    /// More public inputs than variables, no constraint, or more than a proof can be made of.
    #[error("{variables} variables, {publics} public inputs and {constraints} constraints are no circuit")]
    Counts {
        /// The constant included.
        variables: u32,
        /// The constant not included.
        publics: u32,
        /// Constraints.
        constraints: u32,
    },
    /// A variable that there is not, or that does not come behind the one before it.
    #[error("constraint {constraint} has variable {variable} where none or another belongs")]
    Variable {
        /// From 0 on.
        constraint: usize,
        /// As the file has it.
        variable: u32,
    },
    /// A coefficient that is 0 or not below the order.
    #[error("constraint {constraint} has a coefficient that is 0 or not below the order")]
    Coefficient {
        /// From 0 on.
        constraint: usize,
    },
    /// A file over another field.
    #[error("the circuit is not over BLS12-381's scalar field")]
    Field,
    /// A section that is missing, or a second one.
    #[error("{what} is missing or there twice")]
    Section {
        /// Which.
        what: &'static str,
    },
    /// A version that is not known.
    #[error("version {version} of the format is not known")]
    Version {
        /// As the file has it.
        version: u32,
    },
}

/// Reads what lies end to end.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) fn array<const LEN: usize>(&mut self, what: &'static str) -> Result<&'a [u8; LEN], R1csError> {
        let (array, rest) = self.rest.split_first_chunk().ok_or(R1csError::End { what })?;
        self.rest = rest;
        Ok(array)
    }

    pub(super) fn bytes(&mut self, len: usize, what: &'static str) -> Result<&'a [u8], R1csError> {
        let (bytes, rest) = self.rest.split_at_checked(len).ok_or(R1csError::End { what })?;
        self.rest = rest;
        Ok(bytes)
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    fn u32(&mut self, what: &'static str) -> Result<u32, R1csError> {
        self.array(what).map(|bytes| u32::from_be_bytes(*bytes))
    }
}

/// A canonical number below the order, big-endian.
pub(super) fn number(bytes: &[u8; 32]) -> Option<Fr> {
    let mut limbs = [0; 4];
    for (limb, bytes) in limbs.iter_mut().rev().zip(bytes.as_chunks().0) {
        *limb = u64::from_be_bytes(*bytes);
    }
    Fr::from_bigint(BigInt(limbs))
}

/// The number's 32 bytes, big-endian.
pub(super) fn bytes(number: &Fr) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (bytes, limb) in bytes.as_chunks_mut().0.iter_mut().rev().zip(number.into_bigint().0) {
        *bytes = limb.to_be_bytes();
    }
    bytes
}

impl R1cs {
    /// A system of so many variables, the constant included, of which so many are public, the constant not included. Terms of
    /// a sum may come in any order, and a variable more than once.
    ///
    /// # Errors
    /// [`R1csError::Counts`] and [`R1csError::Variable`].
    pub(super) fn new(
        variables: u32,
        publics: u32,
        constraints: impl IntoIterator<Item = Result<[Vec<(Fr, u32)>; 3], R1csError>>,
    ) -> Result<Self, R1csError> {
        let mut system = Self { variables, publics, constraints: Vec::new() };
        for (at, sums) in constraints.into_iter().enumerate() {
            let [a, b, c] = sums?.map(|sum| {
                let mut terms = BTreeMap::<u32, Fr>::new();
                for (coefficient, variable) in sum {
                    if variable >= variables {
                        return Err(R1csError::Variable { constraint: at, variable });
                    }
                    *terms.entry(variable).or_insert(Fr::ZERO) += coefficient;
                }
                let kept = terms.into_iter().filter(|(_, coefficient)| *coefficient != Fr::ZERO);
                Ok(kept.map(|(variable, coefficient)| (coefficient, variable as usize)).collect())
            });
            system.constraints.push([a?, b?, c?]);
        }
        system.checked()
    }

    /// Both the variables and the constraints, with what proofs add to them, must fit into a domain of 2^28: proofs of such
    /// circuits take hours and more memory than there is.
    fn checked(self) -> Result<Self, R1csError> {
        const MOST: u64 = 1 << 28;
        let (variables, publics) = (self.variables, self.publics);
        let constraints = u32::try_from(self.constraints.len()).unwrap_or(u32::MAX);
        let fits = u64::from(constraints) + u64::from(publics) < MOST && u64::from(variables) < MOST;
        if publics < variables && constraints > 0 && fits {
            Ok(self)
        } else {
            Err(R1csError::Counts { variables, publics, constraints })
        }
    }

    /// Reads a file of our own format.
    ///
    /// # Errors
    /// [`R1csError`] with the constraint.
    pub fn read(file: &[u8]) -> Result<Self, R1csError> {
        let mut reader = Reader::new(file);
        if reader.array("its beginning").ok() != Some(MAGIC) {
            return Err(R1csError::Magic { expected: "erbium/r1cs/v1" });
        }
        let [variables, publics, count] = [(); 3].map(|()| reader.u32("the counts"));
        let (variables, publics, count) = (variables?, publics?, count?);
        let mut constraints = Vec::new();
        for constraint in 0..count as usize {
            let [a, b, c] = [(); 3].map(|()| terms(&mut reader, constraint, variables));
            constraints.push([a?, b?, c?]);
        }
        match reader.rest().len() {
            0 => Self { variables, publics, constraints }.checked(),
            bytes => Err(R1csError::Rest { bytes }),
        }
    }

    /// The file.
    pub fn write(&self) -> Vec<u8> {
        let mut file = MAGIC.to_vec();
        // All counts are below 2^32, as they were read or checked.
        let count = |file: &mut Vec<u8>, number: usize| file.extend((number as u32).to_be_bytes());
        count(&mut file, self.variables as usize);
        count(&mut file, self.publics as usize);
        count(&mut file, self.constraints.len());
        for terms in self.constraints.iter().flatten() {
            count(&mut file, terms.len());
            for (coefficient, variable) in terms {
                count(&mut file, *variable);
                file.extend(bytes(coefficient));
            }
        }
        file
    }

    /// Keccak-256 of the file: the circuit's name.
    pub fn hash(&self) -> H256 {
        hash(&self.write())
    }

    /// Variables, the constant one included.
    pub fn variables(&self) -> usize {
        self.variables as usize
    }

    /// Public inputs, the constant one not included.
    pub fn publics(&self) -> usize {
        self.publics as usize
    }

    /// Constraints.
    pub fn constraints(&self) -> usize {
        self.constraints.len()
    }

    pub(super) fn sums(&self) -> &[[Terms; 3]] {
        &self.constraints
    }

    /// Whether the values of all variables, in their order, satisfy every constraint.
    pub(super) fn is_satisfied(&self, values: &[Fr]) -> bool {
        let sum = |terms: &Terms| {
            let value = |variable: &usize| values.get(*variable).copied().unwrap_or_default();
            terms.iter().map(|(coefficient, variable)| *coefficient * value(variable)).sum::<Fr>()
        };
        let holds = |[a, b, c]: &[Terms; 3]| sum(a) * sum(b) == sum(c);
        values.len() == self.variables() && self.constraints.iter().all(holds)
    }
}

/// Keccak-256.
pub(super) fn hash(bytes: &[u8]) -> H256 {
    H256(keccak_asm::Keccak256::digest(bytes).into())
}

/// One sum of a constraint.
fn terms(reader: &mut Reader<'_>, constraint: usize, variables: u32) -> Result<Terms, R1csError> {
    const WHAT: &str = "a constraint";
    let count = reader.u32(WHAT)?;
    let mut terms = Terms::new();
    for _ in 0..count {
        let variable = reader.u32(WHAT)?;
        let ascends = terms.last().is_none_or(|(_, before)| *before < variable as usize);
        if !ascends || variable >= variables {
            return Err(R1csError::Variable { constraint, variable });
        }
        let coefficient = number(reader.array(WHAT)?).filter(|number| *number != Fr::ZERO);
        terms.push((coefficient.ok_or(R1csError::Coefficient { constraint })?, variable as usize));
    }
    Ok(terms)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(crate) fn system() -> impl Strategy<Value = R1cs> {
        let term =
            (any::<[u8; 32]>(), 0u32..7).prop_map(|(bytes, at)| (Fr::from_be_bytes_mod_order(&bytes), at));
        let sum = prop::collection::vec(term, 0..4);
        let constraints = prop::collection::vec((sum.clone(), sum.clone(), sum), 1..5);
        (constraints, 0u32..7).prop_map(|(constraints, publics)| {
            R1cs::new(7, publics, constraints.into_iter().map(|(a, b, c)| Ok([a, b, c]))).unwrap()
        })
    }

    #[test]
    fn what_is_no_circuit_is_told() {
        let x = |variable| (Fr::from(3u64), variable);
        let system = R1cs::new(3, 1, [Ok([vec![x(1)], vec![x(2)], vec![x(0)]])]).unwrap();
        let file = system.write();
        let changed = |at: usize, byte: u8| {
            let mut file = file.clone();
            file[at] = byte;
            R1cs::read(&file).unwrap_err()
        };
        assert_eq!(changed(0, 0), R1csError::Magic { expected: "erbium/r1cs/v1" });
        assert_eq!(R1cs::read(&[]), Err(R1csError::Magic { expected: "erbium/r1cs/v1" }));
        assert_eq!(R1cs::read(&file[..20]), Err(R1csError::End { what: "the counts" }));
        assert_eq!(changed(27, 2), R1csError::End { what: "a constraint" });
        assert_eq!(changed(27, 0), R1csError::Rest { bytes: file.len() - 28 });
        assert_eq!(changed(23, 3), R1csError::Counts { variables: 3, publics: 3, constraints: 1 });
        assert_eq!(changed(35, 3), R1csError::Variable { constraint: 0, variable: 3 });
        assert_eq!(changed(67, 0), R1csError::Coefficient { constraint: 0 });
        assert_eq!(changed(36, 0xff), R1csError::Coefficient { constraint: 0 });
        let none = R1cs::new(3, 1, []);
        assert_eq!(none, Err(R1csError::Counts { variables: 3, publics: 1, constraints: 0 }));
        let beyond = R1cs::new(3, 1, [Ok([vec![x(3)], vec![], vec![]])]);
        assert_eq!(beyond, Err(R1csError::Variable { constraint: 0, variable: 3 }));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(system in system()) {
            let file = system.write();
            prop_assert_eq!(R1cs::read(&file).unwrap(), system);
        }

        #[test]
        fn any_bytes_are_read_or_refused(system in system(), at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>()) {
            let mut file = system.write();
            let at = at.index(file.len());
            file[at] = byte;
            if let Ok(read) = R1cs::read(&file) {
                prop_assert_eq!(read.write(), file.clone());
            }
            prop_assert!(R1cs::read(&file[..cut.index(file.len())]).is_err());
            let _ = R1cs::read(&[&MAGIC[..], &file[at..]].concat());
        }
    }
}
