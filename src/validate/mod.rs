//! Validation of block files: signatures, execution and roots, against what the header says.

mod checks;
mod report;
pub(crate) mod signers;
mod stages;
mod stream;

pub use report::{BlockReport, Check, CheckResult, Flaw, SignatureCounts, Summary, Times, TransactionFlaw};
pub(crate) use stages::Case;
pub use stream::{Judged, Span, StreamOptions, Streamed};

use crate::machine::Machine;
use erbium_gpu::signatures::Standing;
use erbium_vm::ChainSpec;
use erbium_vm::block::json::{BlockFile, BlockFileError};
use erbium_vm::claims::Fault;
use erbium_vm::spec::{SpecSource, SpecValueError};
use signers::Signers;
use std::time::{Duration, Instant};

/// Why a block could not be judged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ValidateError {
    /// The bytes are no block file.
    #[error(transparent)]
    File(#[from] BlockFileError),
    /// The file's chain spec is none.
    #[error("spec: {0}")]
    Spec(#[from] SpecValueError),
    /// Machinery failed, or the pre-state lacks what the block reads.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Machine {
    /// Validates the block file in `bytes` (JSON, see `erbium_vm::block::json`) under `spec`; without one under the
    /// spec that the file carries, else mainnet's.
    ///
    /// Senders and authorities are recovered from their secp256k1 signatures in one batch, quantum-safe signatures are
    /// checked in another, both before execution; what the file says about senders is compared and never believed.
    ///
    /// # Errors
    /// [`ValidateError`] where the block could not be judged. An invalid block is no error: the report says why.
    pub fn validate(&self, bytes: &[u8], spec: Option<&SpecSource>) -> Result<BlockReport, ValidateError> {
        let start = Instant::now();
        let case = Case::read(self, bytes, spec)?;
        let (report, _) = self.validate_case(&case, start.elapsed())?;
        log(&report);
        Ok(report)
    }

    /// Validates a case that was read in the time `decode`; the signers are there where the block was executed to its
    /// end and is valid. What a device said before it was given up is not believed.
    pub(crate) fn validate_case(
        &self,
        case: &Case,
        decode: Duration,
    ) -> Result<(BlockReport, Option<Signers>), ValidateError> {
        let watch = Watch::start(self);
        let judged = self.judge(case, decode)?;
        if watch.is_in_doubt(self, &judged.0) { self.judge(case, decode) } else { Ok(judged) }
    }

    /// Judges a case with whoever answers claims now, one stage after the other.
    fn judge(&self, case: &Case, decode: Duration) -> Result<(BlockReport, Option<Signers>), ValidateError> {
        let signed = self.sign(case, decode)?;
        let executed = self.execute(case, signed)?;
        Ok(self.conclude(case, executed)?)
    }
}

/// How the device stood when the judgement of a block began.
#[derive(Clone, Copy)]
struct Watch {
    used: bool,
    answered: u64,
}

impl Watch {
    fn start(machine: &Machine) -> Self {
        machine.drop_doubtful_verdicts();
        let used = matches!(machine.device(), Standing::Used { .. });
        Self { used, answered: machine.answered_by_device() }
    }

    /// True where the device was given up meanwhile: then the block is to be judged again before it is reported. Else a
    /// block during whose judgement the device answered anything is remembered; where blocks overlap that may have been
    /// for another of them, and one too many is named.
    fn is_in_doubt(self, machine: &Machine, report: &BlockReport) -> bool {
        if matches!(machine.device(), Standing::Retired { .. }) {
            machine.name_reported();
            machine.drop_doubtful_verdicts();
            return self.used;
        }
        if machine.answered_by_device() != self.answered {
            machine.remember(report.number, report.hash);
        }
        false
    }
}

fn log(report: &BlockReport) {
    tracing::debug!(
        number = report.number,
        valid = report.is_valid(),
        gas = report.gas_used,
        time = ?report.times.total(),
        "validated a block"
    );
}

/// The rules that `file` is under: those that were asked for, else those that it carries, else mainnet's.
pub(crate) fn spec_of(file: &BlockFile, asked: Option<&SpecSource>) -> Result<ChainSpec, SpecValueError> {
    let carried = match (asked, &file.spec) {
        (Some(_), _) | (None, None) => None,
        (None, Some(value)) => Some(SpecSource::from_json(value)?),
    };
    let header = &file.block.header;
    let source = asked.or(carried.as_ref()).unwrap_or(&SpecSource::Mainnet);
    Ok(source.at(header.number, header.timestamp))
}
