//! The virtual machine joined with those who answer its questions.

use crate::caches::Caches;
use crate::device::{DeviceError, GpuMode};
use erbium_gpu::proofs::{CircuitDeriver, Circuits};
use erbium_gpu::{CpuRecoverer, CpuVerifier, DeviceEngine, Standing};
use erbium_vm::claims::{Claim, Deriver, Fault, Recoverer, Verdict, Verifier};
use erbium_vm::evm::Coprocessor;
use erbium_vm::speculation::{ExecutionOptions, ParallelVM, VerdictCache};
use erbium_vm::{CodeCache, H256};
use std::collections::VecDeque;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, Once, PoisonError};

/// The virtual machine, with who recovers signers, answers claims and computes derivations.
///
/// State is not part of it: each call brings the state it works on.
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use erbium::{GpuMode, Machine};
///
/// let machine = Machine::new(&GpuMode::Auto)?;
/// let report = machine.validate(&std::fs::read("examples/blocks/6196166.json")?, None)?;
/// assert!(report.is_valid());
/// # Ok(())
/// # }
/// ```
pub struct Machine {
    recoverer: Box<dyn Recoverer + Send>,
    verifier: Box<dyn Verifier + Send>,
    deriver: Box<dyn Deriver + Send>,
    /// The verifier, unless another has taken its place.
    engine: Option<Arc<DeviceEngine>>,
    /// Blocks that were reported with verdicts of a device.
    reported: Mutex<VecDeque<(u64, H256)>>,
    /// How blocks are executed, with the verdicts that are known from earlier ones.
    parallel: ParallelVM,
    /// Forgets those when the device is given up.
    doubted: Once,
    caches: Caches,
}

/// Counter: blocks that were reported with verdicts of a device before that was given up.
pub const BLOCKS_IN_DOUBT: &str = "erbium_blocks_in_doubt_total";

/// Blocks that are named when the device that helped with them turns out to be wrong.
const REMEMBERED: usize = 1024;

/// An engine that its machine looks at as well.
struct Shared(Arc<DeviceEngine>);

impl Verifier for Shared {
    fn verify(&self, claims: &[Claim]) -> Result<Vec<Verdict>, Fault> {
        self.0.verify(claims)
    }
}

impl Machine {
    /// A machine on the devices that `gpu` asks for.
    ///
    /// # Errors
    /// [`DeviceError`] where a GPU is required or named and cannot be had.
    pub fn new(gpu: &GpuMode) -> Result<Self, DeviceError> {
        Ok(Self::default().with_engine(gpu.engine()?))
    }

    /// How the device stands that answers claims.
    pub fn device(&self) -> Standing {
        self.engine.as_ref().map_or(Standing::None, |engine| engine.standing())
    }

    /// Claims that the device has answered so far.
    pub(crate) fn answered_by_device(&self) -> u64 {
        self.engine.as_ref().map_or(0, |engine| engine.answered_by_device())
    }

    /// Remembers a block that is about to be reported with verdicts of the device.
    pub(crate) fn remember(&self, number: u64, hash: H256) {
        {
            let mut reported = self.reported.lock().unwrap_or_else(PoisonError::into_inner);
            if reported.len() == REMEMBERED {
                reported.pop_front();
            }
            reported.push_back((number, hash));
        }
        // Another thread may have given the device up since it was last looked at.
        if matches!(self.device(), Standing::Retired { .. }) {
            self.name_reported();
        }
    }

    /// Names the blocks that were reported with verdicts of a device that was given up since, once.
    pub(crate) fn name_reported(&self) {
        let reported = std::mem::take(&mut *self.reported.lock().unwrap_or_else(PoisonError::into_inner));
        for (number, hash) in reported {
            metrics::counter!(BLOCKS_IN_DOUBT).increment(1);
            tracing::error!(number, %hash, "block reported with verdicts of a device that was given up since");
        }
    }

    /// Forgets, once, verdicts that a device may have given that was given up since.
    pub(crate) fn drop_doubtful_verdicts(&self) {
        if matches!(self.device(), Standing::Retired { .. }) {
            self.doubted.call_once(|| self.parallel.cache().iter().for_each(|cache| cache.clear()));
        }
    }

    pub(crate) fn caches(&self) -> &Caches {
        &self.caches
    }

    pub(crate) fn without_code_cache(self) -> Self {
        Self { caches: Caches { codes: None, ..self.caches }, ..self }
    }

    /// How blocks are executed.
    pub fn parallel(&self) -> &ParallelVM {
        &self.parallel
    }

    /// Executes blocks as `options` say. Results are the same.
    #[must_use]
    pub fn with_execution(self, options: ExecutionOptions) -> Self {
        let parallel = ParallelVM::new(options);
        let parallel = match self.parallel.cache() {
            Some(cache) => parallel.with_cache(Arc::clone(cache)),
            None => parallel,
        };
        Self { parallel, ..self }
    }

    /// Keeps verdicts on contracts' claims in `cache`, which other machines may use too: all that use it must be cleared
    /// of a device that is wrong by [`VerdictCache::clear`]. A cache of no capacity is off.
    #[must_use]
    pub fn with_verdict_cache(self, cache: Arc<VerdictCache>) -> Self {
        Self { parallel: self.parallel.clone().with_cache(cache), ..self }
    }

    /// Who recovers signers.
    pub fn recoverer(&self) -> &dyn Recoverer {
        &*self.recoverer
    }

    /// Who answers contracts' questions.
    pub fn coprocessor(&self) -> Coprocessor<'_> {
        Coprocessor { verifier: &*self.verifier, deriver: &*self.deriver }
    }

    /// Recovers signers with `recoverer` instead.
    #[must_use]
    pub fn with_recoverer(self, recoverer: impl Recoverer + Send + 'static) -> Self {
        Self { recoverer: Box::new(recoverer), ..self }
    }

    /// Answers claims with `verifier` instead.
    #[must_use]
    pub fn with_verifier(self, verifier: impl Verifier + Send + 'static) -> Self {
        let caches = Caches { keys: None, ..self.caches };
        Self { verifier: Box::new(verifier), engine: None, caches, ..self }
    }

    /// Answers claims with `engine` instead. When its device is given up, the block under way is judged again and those
    /// reported before are named in the log.
    #[must_use]
    pub fn with_engine(self, engine: impl Into<DeviceEngine>) -> Self {
        let engine = Arc::new(engine.into());
        let caches = Caches { keys: Some(engine.signatures().cpu().clone()), ..self.caches };
        Self { verifier: Box::new(Shared(Arc::clone(&engine))), engine: Some(engine), caches, ..self }
    }

    /// Proves with the circuits of `folder` where ZK_PROVE asks; without one, that is a fault.
    #[must_use]
    pub fn with_circuits(self, folder: impl Into<PathBuf>) -> Self {
        self.with_deriver(CircuitDeriver::new(Circuits::new(folder)))
    }

    /// Computes derivations with `deriver` instead.
    #[must_use]
    pub fn with_deriver(self, deriver: impl Deriver + Send + 'static) -> Self {
        Self { deriver: Box::new(deriver), ..self }
    }
}

impl Default for Machine {
    /// All on the processor's cores: signers, Dilithium signatures, Groth16 and range proofs, confidential transfers; ML-DSA keys
    /// and signatures, commitments, range proofs and stealth addresses. ZK_PROVE has no circuits; it and other derivations are a
    /// fault.
    fn default() -> Self {
        let cpu = CpuVerifier::new();
        Self {
            recoverer: Box::new(CpuRecoverer),
            verifier: Box::new(cpu.clone()),
            deriver: Box::new(CircuitDeriver::default()),
            engine: None,
            reported: Mutex::default(),
            parallel: ParallelVM::default().with_cache(Arc::default()),
            doubted: Once::new(),
            caches: Caches { codes: Some(CodeCache::default()), keys: Some(cpu) },
        }
    }
}

impl fmt::Debug for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Machine").finish_non_exhaustive()
    }
}
