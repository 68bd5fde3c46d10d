//! Circuits with their keys: making the keys, keeping them in a folder, and proving.
//!
//! A circuit named by hash H has three files: `H.r1cs`, the system in our own format; `H.pk`, arkworks' proving key,
//! uncompressed; and `H.vk`, the verifying key as claims have it. H is 64 hexadecimal digits.

use super::r1cs::{R1cs, R1csError, Terms, hash, number};
use super::{ZKProofEngine, encode};
use ark_bls12_381::{Bls12_381, Fr};
use ark_ff::{Field, PrimeField};
use ark_groth16::{Groth16, ProvingKey};
use ark_relations::gr1cs::{
    ConstraintSynthesizer, ConstraintSystemRef, LinearCombination, SynthesisError, Variable,
};
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize, SerializationError};
use erbium_claims::{Claim, Fault, Groth16Parts, Verifier};
use primitive_types::H256;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use zeroize::{Zeroize, Zeroizing};

/// Circuits that a folder keeps in memory.
const KEPT: usize = 4;

/// A circuit with its keys.
pub struct Circuit {
    system: R1cs,
    /// The three sums of each constraint, by which of them.
    matrices: [Vec<Terms>; 3],
    proving_key: ProvingKey<Bls12_381>,
    verifying_key: Vec<u8>,
}

/// What is wrong with a circuit or its files.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CircuitError {
    /// A file that cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file that is no circuit.
    #[error("{}: {source}", path.display())]
    R1cs {
        /// Which.
        path: PathBuf,
        /// Why.
        source: R1csError,
    },
    /// A file that holds another circuit than its name says.
    #[error("{}: the circuit in it is {found:?}", path.display())]
    Name {
        /// Which.
        path: PathBuf,
        /// The hash of what is in it.
        found: H256,
    },
    /// Keys that do not belong to their circuit, or are none.
    #[error("the keys of circuit {circuit:?} are damaged: {reason}")]
    Keys {
        /// Whose.
        circuit: H256,
        /// What is wrong.
        reason: String,
    },
    /// A circuit that no keys can be made for.
    #[error("no keys for the circuit: {reason}")]
    Setup {
        /// Why.
        reason: String,
    },
}

/// A witness that cannot be one of its circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProveError {
    /// It has another length.
    #[error("a witness of {got} bytes where {expected} belong")]
    WitnessLength {
        /// Bytes.
        got: usize,
        /// 32 for each variable but the constant.
        expected: usize,
    },
    /// A value that is not below the order.
    #[error("value {at} of the witness is not below the order")]
    Value {
        /// From 0 on.
        at: usize,
    },
    /// arkworks refused.
    #[error("arkworks makes no proof of it")]
    Refused,
}

/// The system in the form that arkworks makes keys of.
struct Synthesis<'a>(&'a R1cs);

impl ConstraintSynthesizer<Fr> for Synthesis<'_> {
    fn generate_constraints(self, system: ConstraintSystemRef<Fr>) -> Result<(), SynthesisError> {
        let Self(circuit) = self;
        let value = || Err(SynthesisError::AssignmentMissing);
        let mut variables = vec![Variable::one()];
        for _ in 0..circuit.publics() {
            variables.push(system.new_input_variable(value)?);
        }
        for _ in 1 + circuit.publics()..circuit.variables() {
            variables.push(system.new_witness_variable(value)?);
        }
        let sum = |terms: &Terms| {
            let variable = |at: &usize| variables.get(*at).copied().unwrap_or(Variable::zero());
            LinearCombination(terms.iter().map(|(coefficient, at)| (*coefficient, variable(at))).collect())
        };
        for [a, b, c] in circuit.sums() {
            system.enforce_r1cs_constraint(|| sum(a), || sum(b), || sum(c))?;
        }
        Ok(())
    }
}

impl Circuit {
    /// Makes keys for a system out of a seed, on one core. Whoever knows the seed can prove anything under these keys: they
    /// are for tests.
    ///
    /// # Errors
    /// [`CircuitError::Setup`].
    pub fn setup(system: R1cs, seed: &[u8; 32]) -> Result<Self, CircuitError> {
        let setup = |reason: &dyn ToString| CircuitError::Setup { reason: reason.to_string() };
        let mut random = ChaCha20Rng::from_seed(*seed);
        let key =
            Groth16::<Bls12_381>::generate_random_parameters_with_reduction(Synthesis(&system), &mut random)
                .map_err(|error| setup(&error))?;
        let verifying_key = encode(&key.vk).map_err(|error| setup(&error))?;
        Ok(Self::with_keys(system, key, verifying_key))
    }

    fn with_keys(system: R1cs, proving_key: ProvingKey<Bls12_381>, verifying_key: Vec<u8>) -> Self {
        let matrices =
            std::array::from_fn(|which| system.sums().iter().map(|sums| sums[which].clone()).collect());
        Self { system, matrices, proving_key, verifying_key }
    }

    /// The system.
    pub fn system(&self) -> &R1cs {
        &self.system
    }

    /// The verifying key as claims have it.
    pub fn verifying_key(&self) -> &[u8] {
        &self.verifying_key
    }

    /// Writes the circuit's three files into a folder, which is made where it is not there; answers its name.
    ///
    /// # Errors
    /// [`CircuitError::File`] and, should a key not be encoded, [`CircuitError::Keys`].
    pub fn write(&self, folder: &Path) -> Result<H256, CircuitError> {
        let system = self.system.write();
        let name = hash(&system);
        let mut key = Vec::new();
        self.proving_key.serialize_uncompressed(&mut key).map_err(|error| damaged(name, &error))?;
        let fails = |path: &Path| {
            let path = path.to_owned();
            move |source| CircuitError::File { path, source }
        };
        std::fs::create_dir_all(folder).map_err(fails(folder))?;
        for (ending, bytes) in [("r1cs", &system), ("pk", &key), ("vk", &self.verifying_key)] {
            let path = file(folder, name, ending);
            std::fs::write(&path, bytes).map_err(fails(&path))?;
        }
        Ok(name)
    }

    /// Reads a circuit's three files. Lengths of its keys are checked, and that the verifying key is the proving key's; that
    /// they belong to the circuit shows when a proof is checked.
    ///
    /// # Errors
    /// [`CircuitError`] with the file.
    pub fn read(folder: &Path, name: H256) -> Result<Self, CircuitError> {
        let read = |ending| {
            let path = file(folder, name, ending);
            std::fs::read(&path).map_err(|source| CircuitError::File { path, source })
        };
        let bytes = read("r1cs")?;
        let path = || file(folder, name, "r1cs");
        if hash(&bytes) != name {
            return Err(CircuitError::Name { path: path(), found: hash(&bytes) });
        }
        let system = R1cs::read(&bytes).map_err(|source| CircuitError::R1cs { path: path(), source })?;
        let verifying_key = read("vk")?;
        let key = ProvingKey::deserialize_uncompressed_unchecked(&read("pk")?[..])
            .map_err(|error| damaged(name, &error))?;
        let circuit = Self::with_keys(system, key, verifying_key);
        if circuit.fits() { Ok(circuit) } else { Err(damaged(name, &"their lengths are another circuit's")) }
    }

    /// Whether the keys have as many points as proofs need, and agree.
    fn fits(&self) -> bool {
        let (variables, publics) = (self.system.variables(), self.system.publics());
        let key = &self.proving_key;
        let domain = (self.system.constraints() + publics + 1).next_power_of_two();
        [key.a_query.len(), key.b_g1_query.len(), key.b_g2_query.len()] == [variables; 3]
            && key.l_query.len() == variables - publics - 1
            && key.h_query.len() == domain - 1
            && key.vk.gamma_abc_g1.len() == publics + 1
            && encode(&key.vk).is_ok_and(|bytes| bytes == self.verifying_key)
    }

    /// The claim that a proof of these public inputs makes.
    pub fn claim(&self, publics: &[u8], proof: &[u8]) -> Claim {
        Claim::Groth16 {
            verifying_key: self.verifying_key.clone(),
            inputs: publics.to_vec(),
            proof: proof.to_vec(),
        }
    }

    /// Proves that the witness satisfies the circuit, on one core. It holds the value of every variable but the constant, 32
    /// bytes each, big-endian, public inputs first. Randomness is ChaCha20's with this seed: the same bytes in every run.
    /// `None` where the witness does not satisfy the circuit.
    ///
    /// # Errors
    /// [`ProveError`].
    pub fn prove(
        &self,
        witness: &[u8],
        seed: &[u8; 32],
    ) -> Result<Option<[u8; Groth16Parts::PROOF_LEN]>, ProveError> {
        let expected = 32 * (self.system.variables() - 1);
        if witness.len() != expected {
            return Err(ProveError::WitnessLength { got: witness.len(), expected });
        }
        let mut values = Zeroizing::new(Vec::with_capacity(self.system.variables()));
        values.push(Fr::ONE);
        for (at, value) in witness.as_chunks::<32>().0.iter().enumerate() {
            values.push(number(value).ok_or(ProveError::Value { at })?);
        }
        if !self.system.is_satisfied(&values) {
            return Ok(None);
        }
        let mut random = ChaCha20Rng::from_seed(*seed);
        let [r, s] = [(); 2].map(|()| scalar(&mut random));
        let proof = Groth16::<Bls12_381>::create_proof_with_reduction_and_matrices(
            &self.proving_key,
            r,
            s,
            &self.matrices,
            self.system.publics() + 1,
            self.system.constraints(),
            &values,
        );
        let mut bytes = Vec::with_capacity(Groth16Parts::PROOF_LEN);
        proof
            .map_err(|_| ProveError::Refused)?
            .serialize_compressed(&mut bytes)
            .map_err(|_| ProveError::Refused)?;
        bytes.try_into().map(Some).map_err(|_| ProveError::Refused)
    }
}

/// A number below the order out of 64 bytes.
fn scalar(random: &mut ChaCha20Rng) -> Fr {
    let mut bytes = [0; 64];
    random.fill_bytes(&mut bytes);
    let scalar = Fr::from_le_bytes_mod_order(&bytes);
    bytes.zeroize();
    scalar
}

fn damaged(circuit: H256, reason: &dyn ToString) -> CircuitError {
    CircuitError::Keys { circuit, reason: reason.to_string() }
}

fn file(folder: &Path, name: H256, ending: &str) -> PathBuf {
    folder.join(format!("{name:x}.{ending}"))
}

impl From<SerializationError> for CircuitError {
    fn from(error: SerializationError) -> Self {
        Self::Setup { reason: error.to_string() }
    }
}

/// A folder of circuits, of which the last few are kept in memory.
#[derive(Debug)]
pub struct Circuits {
    folder: PathBuf,
    /// The one used last at the end.
    kept: Mutex<Vec<(H256, Arc<Circuit>)>>,
    engine: ZKProofEngine,
}

impl std::fmt::Debug for Circuit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Circuit").field("hash", &self.system.hash()).finish_non_exhaustive()
    }
}

impl Circuits {
    /// The circuits of a folder. It is read when one is asked for.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), kept: Mutex::default(), engine: ZKProofEngine::new() }
    }

    /// A circuit by its name.
    ///
    /// # Errors
    /// As [`Circuit::read`].
    pub fn get(&self, name: H256) -> Result<Arc<Circuit>, CircuitError> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let circuit = match kept.iter().position(|(other, _)| *other == name) {
            Some(at) => kept.remove(at).1,
            None => Arc::new(Circuit::read(&self.folder, name)?),
        };
        if kept.len() == KEPT {
            kept.remove(0);
        }
        kept.push((name, Arc::clone(&circuit)));
        Ok(circuit)
    }

    /// Proves as [`Circuit::prove`] does, and checks the proof before it is handed out.
    ///
    /// # Errors
    /// The outer ones are faults: a circuit that is not there, or keys that make no proofs of it.
    pub(super) fn prove(
        &self,
        name: H256,
        witness: &[u8],
        seed: &[u8; 32],
    ) -> Result<Result<Option<[u8; Groth16Parts::PROOF_LEN]>, ProveError>, Fault> {
        let fault = |error: &dyn ToString| Fault::Backend {
            what: format!("circuit {name:?}"),
            reason: error.to_string(),
        };
        let circuit = self.get(name).map_err(|error| fault(&error))?;
        let proof = match circuit.prove(witness, seed) {
            Ok(Some(proof)) => proof,
            other => return Ok(other),
        };
        let publics = witness.get(..32 * circuit.system.publics()).unwrap_or_default();
        let [verdict] = self.engine.verify(&[circuit.claim(publics, &proof)])?[..] else {
            return Err(fault(&"a proof was not checked"));
        };
        if verdict.is_valid() { Ok(Ok(Some(proof))) } else { Err(fault(&"its keys make no valid proofs")) }
    }
}
