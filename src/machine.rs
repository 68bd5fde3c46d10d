//! The virtual machine joined with those who answer its questions.

use crate::device::{DeviceError, GpuMode};
use erbium_gpu::{CpuDeriver, CpuRecoverer, CpuVerifier};
use erbium_vm::claims::{Deriver, Recoverer, Verifier};
use erbium_vm::evm::Coprocessor;
use std::fmt;

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
}

impl Machine {
    /// A machine on the devices that `gpu` asks for.
    ///
    /// # Errors
    /// [`DeviceError`] where a GPU is required or named: there is no device support built in yet.
    pub fn new(gpu: &GpuMode) -> Result<Self, DeviceError> {
        gpu.check()?;
        Ok(Self::default())
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
        Self { verifier: Box::new(verifier), ..self }
    }

    /// Computes derivations with `deriver` instead.
    #[must_use]
    pub fn with_deriver(self, deriver: impl Deriver + Send + 'static) -> Self {
        Self { deriver: Box::new(deriver), ..self }
    }
}

impl Default for Machine {
    /// Signers are recovered and ML-DSA signatures checked on all cores of the processor, and ML-DSA keys and signatures
    /// derived on one; other claims and derivations are a fault.
    fn default() -> Self {
        Self {
            recoverer: Box::new(CpuRecoverer),
            verifier: Box::new(CpuVerifier),
            deriver: Box::new(CpuDeriver),
        }
    }
}

impl fmt::Debug for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Machine").finish_non_exhaustive()
    }
}
