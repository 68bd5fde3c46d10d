//! Validation of block files: signatures, execution and roots, against what the header says.

mod checks;
mod report;
pub(crate) mod signers;

pub use report::{BlockReport, Check, CheckResult, Flaw, SignatureCounts, Summary, Times, TransactionFlaw};

use crate::machine::Machine;
use erbium_gpu::signatures::Standing;
use erbium_vm::ChainSpec;
use erbium_vm::block::json::{BlockFile, BlockFileError};
use erbium_vm::block::{BlockError, BlockInput, StateRoot, WholeState, execute_block};
use erbium_vm::claims::Fault;
use erbium_vm::evm::{BlockEnv, Evm};
use erbium_vm::spec::{SpecSource, SpecValueError};
use erbium_vm::state::MemoryState;
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
        let file = BlockFile::from_json(bytes)?;
        let spec = spec_of(&file, spec)?;
        let state = file.state_before();
        let decode = start.elapsed();
        let (report, _) = self.validate_file(&file, &spec, &state, decode)?;
        tracing::debug!(
            number = report.number,
            valid = report.is_valid(),
            gas = report.gas_used,
            time = ?report.times.total(),
            "validated a block"
        );
        Ok(report)
    }

    /// Validates a file that was read in the time `decode`; the signers are there where the block was executed to its
    /// end and is valid. What a device said before it was given up is not believed.
    pub(crate) fn validate_file(
        &self,
        file: &BlockFile,
        spec: &ChainSpec,
        state: &MemoryState,
        decode: Duration,
    ) -> Result<(BlockReport, Option<Signers>), ValidateError> {
        let answered = self.answered_by_device();
        let used = matches!(self.device(), Standing::Used { .. });
        let mut judged = self.judge(file, spec, state, decode)?;
        if matches!(self.device(), Standing::Retired { .. }) {
            self.name_reported();
            if used {
                judged = self.judge(file, spec, state, decode)?;
            }
        } else if self.answered_by_device() != answered {
            self.remember(judged.0.number, judged.0.hash);
        }
        Ok(judged)
    }

    /// Validates a file with whoever answers claims now.
    fn judge(
        &self,
        file: &BlockFile,
        spec: &ChainSpec,
        state: &MemoryState,
        decode: Duration,
    ) -> Result<(BlockReport, Option<Signers>), ValidateError> {
        let header = &file.block.header;
        let mut report = BlockReport {
            number: header.number,
            hash: header.hash(),
            fork: spec.fork,
            extensions: spec.extensions,
            transactions: file.block.transactions.len(),
            signatures: SignatureCounts::default(),
            gas_used: 0,
            operations: Vec::new(),
            times: Times { decode, ..Times::default() },
            checks: Vec::new(),
            flaws: Vec::new(),
        };

        let start = Instant::now();
        checks::contents(file, spec.fork, &mut report);
        report.times.roots += start.elapsed();

        let start = Instant::now();
        let (signers, counts) = signers::check(
            &file.block.transactions,
            spec.fork,
            self.recoverer(),
            self.coprocessor().verifier,
        )?;
        report.times.signatures = start.elapsed();
        report.signatures = counts;
        let flaw = match signers.and_then(|signers| checks::senders(file, &signers.senders).map(|()| signers))
        {
            Ok(signers) => {
                report.checks.push(Check { name: "senders", result: CheckResult::Passed });
                match self.execute(file, spec, state, &signers, &mut report)? {
                    Ok(()) => {
                        let signers = report.is_valid().then_some(signers);
                        return Ok((report, signers));
                    }
                    Err(error) => Flaw::from(error),
                }
            }
            Err(flaw) => flaw,
        };
        report.flaws.push(flaw);
        checks::not_executed(&mut report);
        Ok((report, None))
    }

    /// Executes the block and compares what came of it.
    fn execute(
        &self,
        file: &BlockFile,
        spec: &ChainSpec,
        state: &MemoryState,
        signers: &Signers,
        report: &mut BlockReport,
    ) -> Result<Result<(), BlockError>, Fault> {
        let start = Instant::now();
        let env = match BlockEnv::of_header(spec, &file.block.header) {
            Ok(env) => env,
            Err(error) => return Ok(Err(error)),
        };
        let roots = file.whole_state.then(|| WholeState::new(state));
        let mut evm = Evm::new(spec, &env, state).with_coprocessor(self.coprocessor());
        let input = BlockInput {
            block: &file.block,
            senders: &signers.senders,
            authorities: &signers.authorities,
            rlp_size: None,
            state_root: roots.as_ref().map(|roots| roots as &dyn StateRoot),
        };
        let result = execute_block(&mut evm, &input)?;
        report.times.execute = start.elapsed();
        let result = match result {
            Ok(result) => result,
            Err(error) => return Ok(Err(error)),
        };
        let operations = result.transactions.iter().flat_map(|transaction| &transaction.operations);
        report.operations = operations.copied().collect();
        let start = Instant::now();
        let state_root = roots.map(|roots| roots.root_after(&evm.journal.changes())).transpose()?;
        checks::execution(&file.block.header, spec.fork, &result, state_root, report);
        report.times.roots += start.elapsed();
        Ok(Ok(()))
    }
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
